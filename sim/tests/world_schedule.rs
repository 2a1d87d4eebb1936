//! Schedules as text: what is written can be read, and what cannot be read is explained.

use proptest::prelude::*;
use tablets::executor::Cut;
use tablets::ids::{Steady, TabletId};
use tabletsim::fault::{Action, Anchor, End, Fate, Fault, Keep, Old, Schedule, Side};
use tabletsim::{EdgeId, Endpoint};

fn tablet() -> impl Strategy<Value = TabletId> {
    (1_u64..100_000).prop_map(TabletId)
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    prop_oneof![tablet().prop_map(Endpoint::Tablet), (1_u32..9).prop_map(|n| Endpoint::Edge(EdgeId(n)))]
}

fn duration() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..2_000, (0_u64..2_000).prop_map(|ms| ms * 1_000), (0_u64..2_000).prop_map(|s| s * 1_000_000)]
}

fn message() -> impl Strategy<Value = Anchor> {
    let side = prop_oneof![Just(Side::Before), Just(Side::After)];
    (endpoint(), endpoint(), "[A-Z][a-z]{1,9}", 1_u64..99, side).prop_map(|(from, to, kind, n, side)| Anchor::Message {
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

fn anchor() -> impl Strategy<Value = Anchor> {
    let cut = prop_oneof![Just(Cut::Pre), Just(Cut::Exec), Just(Cut::Durable), Just(Cut::Done)];
    prop_oneof![
        (1_u64..9_999).prop_map(Anchor::Event),
        duration().prop_map(|us| Anchor::Time(Steady(us))),
        (tablet(), cut, "[A-Z][a-z]{1,9}", 1_u64..99).prop_map(|(tablet, cut, tx, n)| Anchor::Cut {
            tablet,
            cut,
            tx,
            n
        }),
        message(),
        connect(),
    ]
}

fn reboot() -> impl Strategy<Value = Fault> {
    let keep = prop_oneof![Just(Keep::None), Just(Keep::All), (1_u32..9).prop_map(Keep::First)];
    let old = prop_oneof![Just(Old::Dies), Just(Old::Lives)];
    (anchor(), tablet(), proptest::option::of(duration()), keep, old).prop_map(
        |(anchor, tablet, down_us, keep, old)| Fault { anchor, action: Action::Reboot { tablet, down_us, keep, old } },
    )
}

fn reset() -> impl Strategy<Value = Fault> {
    let fate = prop_oneof![Just(Fate::Lost), Just(Fate::Drained)];
    let end = prop_oneof![Just(End::Client), Just(End::Server), Just(End::Both)];
    (anchor(), endpoint(), endpoint(), fate, end).prop_map(|(anchor, from, to, fate, end)| Fault {
        anchor,
        action: Action::Reset { pair: (from, to), fate, end },
    })
}

fn fault() -> impl Strategy<Value = Fault> {
    let refuse = (connect(), 1_u64..9).prop_map(|(anchor, times)| Fault { anchor, action: Action::Refuse { times } });
    let delay = (message(), duration()).prop_map(|(anchor, by_us)| match anchor {
        Anchor::Message { from, to, kind, n, .. } => {
            let anchor = Anchor::Message { from, to, kind, n, side: Side::Before };
            Fault { anchor, action: Action::Delay { by_us } }
        }
        anchor => Fault { anchor, action: Action::Delay { by_us } },
    });
    prop_oneof![reboot(), reset(), refuse, delay]
}

proptest! {
    #[test]
    fn what_is_written_can_be_read(faults in proptest::collection::vec(fault(), 0..4)) {
        let schedule = Schedule(faults);
        let text = schedule.to_string();
        prop_assert_eq!(text.parse::<Schedule>().map_err(|error| format!("{text}: {error}")), Ok(schedule));
    }
}

#[test]
fn the_examples_of_the_documentation_are_their_own_text() {
    for line in [
        "reboot t1 at durable of IncrementalRestoreResponse#2",
        "reboot t72001 at event 120 down_for=2s keep=all",
        "reset t1-t72001 before ApplyRecords#3",
        "reset t72001-t72003 after Handshake#1 drained side=client",
        "refuse connect t1-t72001#2 times=3",
        "delay t72001-t72002 ApplyRecords#1 by 5ms",
        "reset client1-t1 at time 300us",
        "reboot t1 before Add#1 on client1-t1",
    ] {
        assert_eq!(line.parse::<Fault>().map(|fault| fault.to_string()).as_deref(), Ok(line));
    }
    assert_eq!(
        "reset t1-t2 after A#1 lost side=both".parse::<Fault>().map(|fault| fault.to_string()).as_deref(),
        Ok("reset t1-t2 after A#1")
    );
}

#[test]
fn what_cannot_be_read_is_explained() {
    for (line, expected) in [
        ("", "expected reboot, reset, refuse, inject or delay at the end"),
        ("explode t1", "expected reboot, reset, refuse, inject or delay, found 'explode'"),
        ("reboot x1 at event 1", "expected a tablet such as t1 or a client such as client1, found 'x1'"),
        ("reboot client1 at event 1", "expected a tablet such as t1, found client1"),
        ("reboot t1 at half of Add#1", "expected pre, exec, durable, done, found 'half'"),
        ("reboot t1 at pre of Add", "expected a name and a number from 1 such as Response#2, found 'Add'"),
        ("reboot t1 at pre of Add#0", "found 'Add#0'"),
        ("reboot t1 before Add#1", "expected 'on' and two ends such as t1-t72001 after the message"),
        ("reset t1 before Add#1", "expected two ends such as t1-t72001, found 't1'"),
        ("reset t1-t2 before Add#1 slowly", "did not expect 'slowly'"),
        ("refuse connect t1-client1#1", "expected a connect to a tablet, found one to client1"),
        ("delay t1-t2 Add#1 by 5", "expected a duration such as 2s, 5ms or 300us, found '5'"),
    ] {
        let error = line.parse::<Fault>().expect_err(line);
        assert!(error.contains(expected), "{line}: {error}");
    }
}
