//! Schedules as text: what is written can be read in all three forms, and what cannot be read is explained.

use proptest::prelude::*;
use proptest::sample::select;
use tablets::executor::Cut;
use tablets::ids::{NodeId, OperationId, Steady, TabletId};
use tabletsim::fault::{Action, Anchor, EXAMPLES, End, Fate, Fault, Home, Keep, Old, Schedule, Side};
use tabletsim::{EdgeId, Endpoint};

fn tablet() -> impl Strategy<Value = TabletId> {
    (1_u64..100_000).prop_map(TabletId)
}

fn node() -> impl Strategy<Value = NodeId> {
    (1_u32..9).prop_map(NodeId)
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    prop_oneof![tablet().prop_map(Endpoint::Tablet), (1_u32..9).prop_map(|n| Endpoint::Edge(EdgeId(n)))]
}

fn duration() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..2_000, (0_u64..2_000).prop_map(|ms| ms * 1_000), (0_u64..9_000).prop_map(|s| s * 1_000_000)]
}

fn side() -> impl Strategy<Value = Side> {
    select(vec![Side::Before, Side::After])
}

fn name() -> impl Strategy<Value = String> {
    "[A-Z][a-z]{1,9}"
}

fn message(side: impl Strategy<Value = Side>) -> impl Strategy<Value = Anchor> {
    (endpoint(), endpoint(), name(), 1_u64..99, side).prop_map(|(from, to, kind, n, side)| Anchor::Message {
        from,
        to,
        kind,
        n,
        side,
    })
}

fn connect() -> impl Strategy<Value = Anchor> {
    (endpoint(), tablet(), 1_u64..99).prop_map(|(from, to, n)| Anchor::Connect { from, to, n })
}

fn write() -> impl Strategy<Value = Anchor> {
    prop_oneof![
        (tablet(), 1_u64..999).prop_map(|(tablet, n)| Anchor::Write { tablet, n }),
        (tablet(), 1_u64..999).prop_map(|(tablet, n)| Anchor::Snapshot { tablet, n }),
    ]
}

fn anchor() -> impl Strategy<Value = Anchor> {
    let cut = select(vec![Cut::Pre, Cut::Exec, Cut::Durable, Cut::Done]);
    let state = prop_oneof![name(), "[A-Z][a-z]{1,9}\\([A-Z][a-z]{1,9}\\)", "increment [1-9]"];
    prop_oneof![
        (1_u64..9_999).prop_map(Anchor::Event),
        duration().prop_map(|us| Anchor::Time(Steady(us))),
        (tablet(), cut, name(), 1_u64..99).prop_map(|(tablet, cut, tx, n)| Anchor::Cut { tablet, cut, tx, n }),
        (tablet(), name(), 1_u64..99, side()).prop_map(|(tablet, kind, n, side)| Anchor::Timer {
            tablet,
            kind,
            n,
            side
        }),
        (1_u64..99, state).prop_map(|(op, state)| Anchor::State { operation: OperationId(op), state }),
        message(side()),
        connect(),
        write(),
    ]
}

fn down() -> impl Strategy<Value = Option<u64>> {
    proptest::option::of(duration())
}

fn keep() -> impl Strategy<Value = Keep> {
    prop_oneof![Just(Keep::None), Just(Keep::All), (1_u32..9).prop_map(Keep::First)]
}

fn of_tablets() -> impl Strategy<Value = Action> {
    let old = prop_oneof![Just(Old::Dies), Just(Old::Lives), duration().prop_map(Old::LivesFor)];
    let home = select(vec![Home::Elsewhere, Home::There]);
    prop_oneof![
        (tablet(), down(), keep(), old).prop_map(|(tablet, down_us, keep, old)| Action::Reboot {
            tablet,
            down_us,
            keep,
            old
        }),
        (node(), down(), keep(), home).prop_map(|(node, down_us, keep, home)| Action::Kill {
            node,
            down_us,
            keep,
            home
        }),
        (tablet(), node()).prop_map(|(tablet, node)| Action::Move { tablet, node }),
        tablet().prop_map(|tablet| Action::Delete { tablet }),
        (tablet(), "[A-Z][a-z]{1,9}(:[A-Za-z/_.]{1,9})?").prop_map(|(tablet, event)| Action::Inject { tablet, event }),
        (tablet(), 1_u32..99, duration()).prop_map(|(tablet, times, for_us)| Action::Slow { tablet, times, for_us }),
    ]
}

fn of_networks() -> impl Strategy<Value = Action> {
    let fate = select(vec![Fate::Lost, Fate::Drained]);
    let end = select(vec![End::Client, End::Server, End::Both]);
    let by = (duration(), any::<bool>()).prop_map(|(us, back)| if back { -(us as i64) } else { us as i64 });
    prop_oneof![
        (endpoint(), endpoint(), fate, end).prop_map(|(from, to, fate, end)| Action::Reset {
            pair: (from, to),
            fate,
            end
        }),
        (node(), node(), duration(), down()).prop_map(|(one, other, for_us, told_us)| Action::Partition {
            nodes: (one, other),
            for_us,
            told_us
        }),
        (node(), duration(), down()).prop_map(|(node, for_us, told_us)| Action::Isolate { node, for_us, told_us }),
        (proptest::option::of(node()), by).prop_map(|(node, by_us)| Action::Jump { node, by_us }),
    ]
}

fn until() -> impl Strategy<Value = Action> {
    (anchor(), duration()).prop_map(|(until, gap_us)| {
        let sided = matches!(until, Anchor::Message { .. } | Anchor::Timer { .. });
        Action::DelayUntil { until, gap_us: if sided { gap_us } else { 0 } }
    })
}

fn fault() -> impl Strategy<Value = Fault> {
    let of = |anchor: BoxedStrategy<Anchor>, action: BoxedStrategy<Action>| {
        (anchor, action).prop_map(|(anchor, action)| Fault { anchor, action })
    };
    let sent = || message(Just(Side::Before)).boxed();
    let odd = select(vec![Action::Drop, Action::Duplicate, Action::Reorder]);
    prop_oneof![
        of(anchor().boxed(), of_tablets().boxed()),
        of(anchor().boxed(), of_networks().boxed()),
        of(connect().boxed(), (1_u64..9).prop_map(|times| Action::Refuse { times }).boxed()),
        of(write().boxed(), down().prop_map(|down_us| Action::Fail { down_us }).boxed()),
        of(sent(), duration().prop_map(|by_us| Action::Delay { by_us }).boxed()),
        of(sent(), until().boxed()),
        of(sent(), odd.boxed()),
    ]
}

proptest! {
    #[test]
    fn what_is_written_can_be_read(faults in proptest::collection::vec(fault(), 0..4)) {
        let schedule = Schedule(faults);
        let text = schedule.to_string();
        prop_assert_eq!(Schedule::from_text(&text).map_err(|error| format!("{text}: {error}")), Ok(schedule));
    }

    #[test]
    fn as_one_word_too(faults in proptest::collection::vec(fault(), 0..4)) {
        let schedule = Schedule(faults);
        let line = schedule.to_line();
        prop_assert!(line.starts_with("ts1:") && !line.contains(|c: char| c.is_whitespace() || "'\"$&;<>|*?!`\\".contains(c)));
        prop_assert_eq!(Schedule::from_text(&format!(" {line}\n")).map_err(|error| format!("{line}: {error}")), Ok(schedule));
    }

    #[test]
    fn and_as_a_file(faults in proptest::collection::vec(fault(), 0..4)) {
        let mut text = "# Found on a Sunday.\n\n".to_owned();
        for (at, fault) in faults.iter().enumerate() {
            text += &if at % 2 == 0 { format!("  {fault}  # why #1 matters\n") } else { Schedule(vec![fault.clone()]).to_line() };
            text += "\n";
        }
        prop_assert_eq!(Schedule::read("found.faults", &text).map_err(|error| format!("{text}: {error}")), Ok(Schedule(faults)));
    }

    #[test]
    fn a_damaged_word_says_so(faults in proptest::collection::vec(fault(), 1..4), at in any::<prop::sample::Index>()) {
        let line = Schedule(faults).to_line();
        let place = 4 + at.index(line.len() - 4);
        let mut damaged = line.clone();
        damaged.replace_range(place..=place, if &line[place..=place] == "x" { "y" } else { "x" });
        let error = Schedule::from_text(&damaged).expect_err(&damaged);
        let told = error.message.contains("was changed or cut") || error.message.contains("checksum at the end");
        prop_assert!(told, "{}: {}", damaged, error);
    }
}

#[test]
fn every_example_is_its_own_text() {
    for example in EXAMPLES {
        let read: Result<Fault, _> = example.line.parse();
        assert_eq!(read.map(|fault| fault.to_string()).as_deref(), Ok(example.line), "{}", example.name);
    }
    assert_eq!(
        "reset t1-t2 after A#1 lost side=both".parse::<Fault>().map(|fault| fault.to_string()).as_deref(),
        Ok("reset t1-t2 after A#1")
    );
}

#[test]
fn a_word_of_another_version_or_half_a_word_says_so() {
    let schedule: Schedule = "reboot t1 at event 5; reset t1-t2 before Add#3".parse().expect("it is well-formed");
    let line = schedule.to_line();
    assert_eq!(line, "ts1:reboot+t1+at+event+5,reset+t1-t2+before+Add#3:97710cf3");
    let error = |text: &str| Schedule::from_text(text).expect_err(text).to_string();
    assert_eq!(
        error(&line.replace("ts1:", "ts2:")),
        "column 1: this schedule is of version ts2; this program reads ts1"
    );
    assert_eq!(
        error(&line[..line.len() - 1]),
        "column 1: the schedule was changed or cut: its checksum is 97710cf3, and it says '97710cf'"
    );
    assert_eq!(
        error("ts1:reboot"),
        "column 1: the schedule was changed or cut: its checksum is 8f1b7f80, and it says 'reboot'"
    );
}

#[test]
fn what_cannot_be_read_is_explained() {
    for (line, column, expected) in [
        ("", 1, "expected one of reboot, move, kill,"),
        ("explode t1", 1, "there is no fault 'explode'"),
        ("rebot t1 at event 1", 1, "did you mean 'reboot'?"),
        ("reboot x1 at event 1", 8, "expected a tablet such as t1 or a client such as client1, found 'x1'"),
        ("reboot client1 at event 1", 8, "expected a tablet such as t1, found 'client1'"),
        ("reboot t1 at half of Add#1", 14, "expected pre, exec, durable, done, found 'half'"),
        ("reboot t1 at pre of Add", 21, "expected a name and a number from 1 such as Response#2, found 'Add'"),
        ("reboot t1 at pre of Add#0", 21, "found 'Add#0'"),
        ("reboot t1 before Add#1", 23, "expected 'on' and two ends such as t1-t72001 after the message at the end"),
        ("reboot t1 at event 1 old=never", 26, "expected old=dies, old=lives or old=DURATION, found 'never'"),
        ("reboot t1 when r enters Finalizing", 16, "expected an operation such as op8, found 'r'"),
        ("reset t1 before Add#1", 7, "expected two ends such as t1-t72001, found 't1'"),
        ("reset t1-t2 before Add#1 slowly", 26, "did not expect 'slowly'"),
        ("refuse connect t1-client1#1", 16, "expected a connect to a tablet, found one to client1"),
        ("delay t1-t2 Add#1 by 5", 22, "expected a duration such as 5s, 2ms or 100us, found '5'"),
        ("delay t1-t2 Add#1 until 5us at event 7", 25, "expected a gap only before or after a message or timer"),
        ("isolate n2 at event 5", 22, "expected for=DURATION"),
        ("partition n1 at event 5 for=1s", 11, "expected two nodes such as n1-n2, found 'n1'"),
        ("fail commit#1 on t1", 6, "expected a write such as write#3 or snapshot#1, found 'commit#1'"),
        ("slow t1 at event 1 times=0 for=1s", 26, "expected how many times slower, found '0'"),
    ] {
        let error = line.parse::<Fault>().expect_err(line);
        assert!(error.message.contains(expected) && error.column == column, "{line}: {error}");
    }
    let error = "reboot t1 at event 1; reset t1".parse::<Schedule>().expect_err("half a fault");
    assert_eq!(error.to_string(), "column 29: expected two ends such as t1-t72001, found 't1'");
    let error = Schedule::read("a.faults", "# first\nreboot t1 at event 1\nreboot t1\n").expect_err("half a fault");
    assert_eq!(error.to_string(), "a.faults:3:10: expected 'at', 'before', 'after', 'connect' or 'when' at the end");
}
