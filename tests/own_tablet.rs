//! A tablet that is neither SchemeShard nor DataShard is swept, and tested with drawn faults.

#![allow(clippy::duplicate_mod, reason = "the example brings its own copy of what examples share")]
#![allow(dead_code, unreachable_pub, reason = "the example is a program, borrowed here as a module")]

#[path = "../examples/common/mod.rs"]
mod common;
#[path = "../examples/own_tablet.rs"]
mod own_tablet;

use common::{AccountMessage, balance, request, world};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use tabletsim::fault::Schedule;
use tabletsim::strategy::fault_schedule;

#[test]
fn a_sweep_finds_who_forgets() {
    let report = own_tablet::report();
    let harmful: Vec<&str> = report.lines().filter(|line| line.contains(" do harm")).collect();
    assert_eq!(harmful.len(), 3, "{report}");
    assert!(!harmful[0].contains(" 0 of them") && !harmful[1].contains(" 0 of them"), "{report}");
    assert!(harmful[2].ends_with(" 0 of them do harm"), "{report}");
    assert!(report.contains("3 deposits of 10 were confirmed, and the balance is 40"), "{report}");
}

/// Two deposits under drawn faults; the smallest faults that do harm, if any do.
fn smallest_harm(kind: fn(u64) -> AccountMessage) -> Option<Schedule> {
    let deposits = |faults: &Schedule| {
        let mut world = world(&faults.to_string());
        for id in 1..=2 {
            request(&mut world, &kind(id), 20);
        }
        (balance(&mut world), world)
    };
    let (_, clean) = deposits(&Schedule::default());
    let points = clean.points();
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let tested = runner.run(&fault_schedule(), |faults| {
        let (found, _) = deposits(&faults.at(&points));
        prop_assert_eq!(found, 20);
        Ok(())
    });
    match tested {
        Ok(()) => None,
        Err(TestError::Fail(_, faults)) => Some(faults.at(&points)),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

#[test]
fn drawn_faults_find_it_too_and_shrink_to_one() {
    assert_eq!(smallest_harm(|id| AccountMessage::AddOnce(id, 10)), None);
    for kind in [|_| AccountMessage::Add(10), |id| AccountMessage::AddNoted(id, 10)] {
        let faults = smallest_harm(kind).expect("some fault does harm");
        assert_eq!(faults.0.len(), 1, "{faults}");
    }
}
