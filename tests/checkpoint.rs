//! A run that begins with a copy of the finished setup is the run from the start, and the
//! number for its state tells two states apart and nothing else.

mod common;

use common::{all_faults, go, load, load_without_zone};
use std::sync::Arc;
use tablets::quirk::Quirks;
use tabletsim::fault::Schedule;
use tabletsim::run::{Checkpoint, Outcome, Run, RunOptions};
use tabletsim::scenario::Scenario;

fn same_from_both(scenario: &Arc<Scenario>, every: usize) {
    let mut checkpoint = Checkpoint::new(scenario, &RunOptions::default());
    let clean = checkpoint.run(&Schedule::default());
    assert_eq!(clean.trace_hash, go(scenario, Vec::new(), Quirks::NONE, false).trace_hash, "without faults");
    for fault in all_faults(scenario).into_iter().step_by(every) {
        let copied = checkpoint.run(&Schedule(vec![fault.clone()]));
        let whole = go(scenario, vec![fault.clone()], Quirks::NONE, false);
        assert_eq!(copied.trace_hash, whole.trace_hash, "{fault}");
        // `idempotent` tries less before the first fault of a run that has faults; a checkpoint's setup has none.
        let looked = |outcome: &Outcome| -> Vec<_> {
            outcome.looked.iter().filter(|(oracle, _)| *oracle != "idempotent").copied().collect()
        };
        assert_eq!((copied.verdict, looked(&copied)), (whole.verdict, looked(&whole)), "{fault}");
    }
}

#[test]
fn a_copy_goes_on_as_the_original() {
    same_from_both(&load("tiny.sim"), 1);
    same_from_both(&load("small.sim"), 5);
    same_from_both(&load("restore.sim"), 101);
    same_from_both(&load_without_zone("small.sim"), 101);
}

#[test]
fn a_fault_of_the_setup_is_missed_from_both() {
    let scenario = load("tiny.sim");
    for fault in ["reboot t1 at pre of Propose#1", "refuse connect client1-t1#1 times=9", "reboot t1 at time 1ms"] {
        let schedule: Schedule = fault.parse().expect("a fault");
        let copied = Checkpoint::new(&scenario, &RunOptions::default()).run(&schedule);
        let whole = go(&scenario, schedule.0, Quirks::NONE, false);
        assert_eq!((copied.verdict, copied.reasons), (whole.verdict, whole.reasons), "{fault}");
        assert_eq!(copied.trace_hash, whole.trace_hash, "{fault}");
    }
}

/// The states of a run, one after each step.
fn states(mut run: Run) -> Vec<Option<u64>> {
    std::iter::from_fn(|| run.step().then(|| run.state())).collect()
}

#[test]
fn states_are_the_same_in_a_copy_and_change_with_every_event() {
    let scenario = load("tiny.sim");
    let mut checkpoint = Checkpoint::new(&scenario, &RunOptions::default());
    let first = states(checkpoint.start(&Schedule::default()));
    let second = states(checkpoint.start(&Schedule::default()));
    assert_eq!(first, second);
    let seen: Vec<u64> = first.into_iter().flatten().collect();
    assert!(seen.len() > 60, "{} states", seen.len());
    assert!(seen.windows(2).all(|two| two[0] != two[1]), "an event that changes nothing, not even the queue");
    let whole = states(Run::new(&scenario, &RunOptions::default()));
    assert!(whole.ends_with(&[Some(seen[seen.len() - 1])]), "the end is the same from the start");
}

/// The restore ends as it does without a reboot, but SchemeShard has another generation; the
/// state says so.
#[test]
fn a_generation_more_is_another_state() {
    let scenario = load("tiny.sim");
    let mut checkpoint = Checkpoint::new(&scenario, &RunOptions::default());
    let last = |run: Run| states(run).into_iter().flatten().last();
    let clean = last(checkpoint.start(&Schedule::default()));
    let schedule: Schedule = "reboot t1 at event 1".parse().expect("a fault");
    assert_ne!(clean, last(checkpoint.start(&schedule)));
}
