//! Any few faults at any points: the world keeps its own rules, and a run is repeatable.

mod world_counter;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use tablets::ids::{SECOND_US, Steady};
use tabletsim::fault::{Action, Anchor, End, Fate, Fault, Keep, Old, Point, Schedule, Side};
use tabletsim::{Endpoint, Step, World};
use world_counter::{CLIENT, ONE, Say, TWO, TimerClassName, rest, say, story, total, world};

/// Both counters at work: relays, heartbeats, a deadline, and the client again later.
fn busy(world: &mut World) -> Vec<String> {
    say(world, ONE, &Say::Arm(TimerClassName::Heartbeat, SECOND_US));
    say(world, TWO, &Say::Arm(TimerClassName::Deadline, SECOND_US));
    for amount in [1, 2] {
        say(world, ONE, &Say::Relay(TWO, amount));
        say(world, TWO, &Say::Relay(ONE, amount));
        say(world, ONE, &Say::Get);
    }
    let mut heard = rest(world);
    world.edge_after(CLIENT, 3 * SECOND_US, 1);
    say(world, ONE, &Say::Write(1, "later".to_owned()));
    heard.extend(rest(world));
    heard
}

fn points() -> Vec<Point> {
    let mut calm = world(7, "");
    busy(&mut calm);
    calm.points()
}

fn action(anchor: &Anchor) -> impl Strategy<Value = Action> + use<> {
    let keep = select(vec![Keep::None, Keep::All, Keep::First(1)]);
    let tablet = match anchor {
        Anchor::Cut { tablet, .. } => select(vec![*tablet, *tablet, ONE]),
        _ => select(vec![ONE, TWO]),
    };
    let down = select(vec![None, Some(0), Some(SECOND_US), Some(90 * SECOND_US)]);
    let old = select(vec![Old::Dies, Old::Dies, Old::Lives]);
    let pair = match anchor {
        Anchor::Message { from, to, .. } => (*from, *to),
        Anchor::Connect { from, to, .. } => (*from, Endpoint::Tablet(*to)),
        _ => (Endpoint::Tablet(ONE), Endpoint::Tablet(TWO)),
    };
    let fate = select(vec![Fate::Lost, Fate::Drained]);
    let end = select(vec![End::Client, End::Server, End::Both]);
    let reboot = (tablet, down, keep, old).prop_map(|(tablet, down_us, keep, old)| Action::Reboot {
        tablet,
        down_us,
        keep,
        old,
    });
    let reset = (fate, end).prop_map(move |(fate, end)| Action::Reset { pair, fate, end });
    let special = match anchor {
        Anchor::Message { .. } => Action::Delay { by_us: 5_000 },
        Anchor::Connect { .. } => Action::Refuse { times: 2 },
        _ => Action::Reset { pair, fate: Fate::Lost, end: End::Both },
    };
    prop_oneof![reboot, reset, Just(special)]
}

fn fault(points: Vec<Point>) -> impl Strategy<Value = Fault> {
    let at_point = (any::<Index>(), select(vec![Side::Before, Side::After]))
        .prop_map(move |(index, side)| index.get(&points).anchor(side));
    let elsewhere =
        prop_oneof![(1_u64..120).prop_map(Anchor::Event), (0_u64..5_000_000).prop_map(|us| Anchor::Time(Steady(us))),];
    prop_oneof![4 => at_point, 1 => elsewhere]
        .prop_flat_map(|anchor| action(&anchor).prop_map(move |action| Fault { anchor: anchor.clone(), action }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_few_faults_leave_a_world_that_rests_and_repeats(
        seed in 0_u64..20,
        faults in proptest::collection::vec(fault(points()), 1..5),
    ) {
        let schedule = Schedule(faults).to_string();
        let mut once = world(seed, &schedule);
        let heard = busy(&mut once);
        prop_assert!(matches!(once.step(), Step::AtRest { .. }), "{schedule}\n{}", story(&once));
        prop_assert!(heard.iter().all(|line| !line.contains("panic")), "{schedule}: {heard:?}");
        prop_assert_eq!(heard.iter().filter(|line| *line == "timer 1").count(), 1);
        prop_assert!(total(&once, ONE) % 1000 <= 3 && total(&once, TWO) % 1000 <= 3, "at most once");
        prop_assert_eq!(once.receipts().len() + once.unfired().len(), schedule.split(';').count());

        let mut again = world(seed, &schedule);
        busy(&mut again);
        prop_assert_eq!(once.trace_hash(), again.trace_hash());
        say(&mut once, ONE, &Say::Add(1));
        say(&mut once, TWO, &Say::Add(1));
        let answers = rest(&mut once).iter().filter(|line| line.starts_with("Done")).count();
        prop_assert!(answers == 2 || once.receipts().iter().any(|receipt| receipt.to_string().contains("broke"))
            || schedule.contains("old=lives"), "the world goes on: {schedule}\n{}", story(&once));
    }
}
