//! A run that begins with a copy of the finished setup is the run from the start, and the
//! number for its state tells two states apart and nothing else.

mod common;

use common::{all_faults, go, load, load_without_zone};
use std::sync::Arc;
use tablets::quirk::Quirks;
use tabletsim::fault::Schedule;
use tabletsim::run::{Checkpoint, Outcome, Run, RunOptions};
use tabletsim::scenario::Scenario;

/// From where a run begins: the end of the setup, or a copy made on its way.
fn checkpoints(scenario: &Arc<Scenario>, climbed: &Schedule) -> [Checkpoint; 2] {
    let mut high = Checkpoint::new(scenario, &RunOptions::default());
    high.climb(climbed);
    [Checkpoint::new(scenario, &RunOptions::default()), high]
}

fn same(copied: &Outcome, whole: &Outcome, schedule: &Schedule) {
    assert_eq!(copied.trace_hash, whole.trace_hash, "{schedule}");
    // `idempotent` tries less before the first fault of a run that has faults; a checkpoint's setup has none.
    let looked = |outcome: &Outcome| -> Vec<_> {
        outcome.looked.iter().filter(|(oracle, _)| *oracle != "idempotent").copied().collect()
    };
    assert_eq!((copied.verdict, looked(copied)), (whole.verdict, looked(whole)), "{schedule}");
    assert_eq!((copied.events, &copied.reasons), (whole.events, &whole.reasons), "{schedule}");
    assert_eq!((&copied.receipts, &copied.schedule), (&whole.receipts, &whole.schedule), "{schedule}");
}

fn same_from_all(scenario: &Arc<Scenario>, every: usize) {
    let mut checkpoints = checkpoints(scenario, &Schedule::default());
    let clean = checkpoints[0].run(&Schedule::default());
    assert_eq!(clean.trace_hash, go(scenario, Vec::new(), Quirks::NONE, false).trace_hash, "without faults");
    for fault in all_faults(scenario).into_iter().step_by(every) {
        let schedule = Schedule(vec![fault.clone()]);
        let whole = go(scenario, vec![fault], Quirks::NONE, false);
        checkpoints.iter_mut().for_each(|checkpoint| same(&checkpoint.run(&schedule), &whole, &schedule));
    }
}

#[test]
fn a_copy_goes_on_as_the_original() {
    same_from_all(&load("tiny.sim"), 1);
    same_from_all(&load("small.sim"), 5);
    same_from_all(&load("restore.sim"), 101);
    same_from_all(&load_without_zone("small.sim"), 101);
}

/// A second fault finds the first one where it was: struck, or waiting.
#[test]
fn a_copy_with_a_fault_goes_on_with_another() {
    let scenario = load("tiny.sim");
    let faults = all_faults(&scenario);
    for first in faults.iter().step_by(97) {
        let mut checkpoints = checkpoints(&scenario, &Schedule(vec![first.clone()]));
        for second in faults.iter().step_by(41) {
            let schedule = Schedule(vec![first.clone(), second.clone()]);
            let whole = go(&scenario, schedule.0.clone(), Quirks::NONE, false);
            checkpoints.iter_mut().for_each(|checkpoint| same(&checkpoint.run(&schedule), &whole, &schedule));
        }
    }
}

/// Runs begin late: the last of them when most of the climbed run is over.
#[test]
fn a_climbed_run_is_not_made_again() {
    let scenario = load("restore.sim");
    let [mut low, mut high] = checkpoints(&scenario, &Schedule::default());
    let end = low.run(&Schedule::default()).events;
    let starts: Vec<(u64, u64)> = all_faults(&scenario)
        .into_iter()
        .step_by(499)
        .map(|fault| {
            let schedule = Schedule(vec![fault]);
            (low.start(&schedule).progress().events, high.start(&schedule).progress().events)
        })
        .collect();
    let (setup, latest) = (starts[0].0, starts.iter().map(|(_, high)| *high).max().unwrap_or(0));
    assert!(starts.iter().all(|(low, high)| *low == setup && high >= low), "{starts:?}");
    assert!(latest - setup > (end - setup) * 3 / 4, "the last starts at {latest} of {setup}..{end}");
}

/// States that nobody watched before cannot be waited for: such a run is made from the start.
#[test]
fn a_fault_that_watches_states_starts_at_the_start() {
    let scenario = load("tiny.sim");
    let schedule: Schedule =
        "delay t72002-t1 ResolveTable#1 until when op8 enters Finalizing".parse().expect("a fault");
    let whole = go(&scenario, schedule.0.clone(), Quirks::NONE, false);
    for mut checkpoint in checkpoints(&scenario, &Schedule::default()) {
        assert_eq!(checkpoint.start(&schedule).progress().events, 0);
        same(&checkpoint.run(&schedule), &whole, &schedule);
    }
}

#[test]
fn a_fault_of_the_setup_is_missed_from_all() {
    let scenario = load("tiny.sim");
    for fault in ["reboot t1 at pre of Propose#1", "refuse connect client1-t1#1 times=9", "reboot t1 at time 1ms"] {
        let schedule: Schedule = fault.parse().expect("a fault");
        let whole = go(&scenario, schedule.0.clone(), Quirks::NONE, false);
        for mut checkpoint in checkpoints(&scenario, &Schedule::default()) {
            same(&checkpoint.run(&schedule), &whole, &schedule);
        }
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
