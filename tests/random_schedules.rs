//! Several faults in one run: schedules drawn from the seed, some of whose outages outlast
//! every retry period. A fault that finds its anchor gone makes a run invalid, which is no
//! finding; everything else must end ok.
//!
//! `SCHEDULES=20000 cargo test --release --test random_schedules` draws more.

mod common;

use common::{all_faults, load, load_without_zone};
use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};
use std::sync::Arc;
use tabletsim::fault::{Action, Fault, Schedule};
use tabletsim::run::{Checkpoint, RunOptions, Verdict};
use tabletsim::scenario::Scenario;

/// How long a tablet or node can be down or cut off: from less than a retry to longer than all of them.
const DOWN_US: [Option<u64>; 4] = [None, Some(300_000), Some(2_500_000), Some(45_000_000)];
/// The same without outages that outlast a cut's timeout, after which a backup fails, and should.
const SHORT_DOWN_US: [Option<u64>; 3] = [None, Some(300_000), Some(2_500_000)];

fn draw(faults: &[Fault], down: &[Option<u64>], rng: &mut TestRng) -> Vec<Fault> {
    let count = 2 + rng.random_range(0..4);
    let mut schedule: Vec<Fault> = (0..count).map(|_| faults[rng.random_range(0..faults.len())].clone()).collect();
    for fault in &mut schedule {
        let drawn = down[rng.random_range(0..down.len())];
        match &mut fault.action {
            Action::Reboot { down_us, .. } | Action::Kill { down_us, .. } | Action::Fail { down_us } => {
                *down_us = drawn;
            }
            Action::Isolate { for_us, .. } => *for_us = drawn.unwrap_or(1_000_000),
            _ => {}
        }
    }
    schedule
}

fn try_schedules(name: &str, scenario: &Arc<Scenario>, down: &[Option<u64>], count: usize) {
    let faults = all_faults(scenario);
    let mut setup = Checkpoint::new(scenario, &RunOptions::default());
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let (mut ok, mut wrong) = (0, Vec::new());
    for _ in 0..count {
        let schedule = draw(&faults, down, &mut rng);
        let outcome = setup.run(&Schedule(schedule.clone()));
        match outcome.verdict {
            Verdict::Ok => ok += 1,
            Verdict::Invalid => {}
            verdict => {
                let said: Vec<String> = outcome.objections.iter().map(ToString::to_string).collect();
                wrong.push(format!(
                    "{}: {verdict} {} {}",
                    Schedule(schedule),
                    outcome.reasons.join("; "),
                    said.join("; ")
                ));
            }
        }
    }
    println!("{name}: {count} schedules, {ok} ok, {} not, the rest invalid", wrong.len());
    assert!(ok * 4 > count, "most schedules found none of their anchors");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

fn count(default: usize) -> usize {
    std::env::var("SCHEDULES").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn small() {
    try_schedules("small.sim", &load("small.sim"), &DOWN_US, count(2_000));
}

#[test]
fn restore() {
    try_schedules("restore.sim", &load("restore.sim"), &DOWN_US, count(500));
}

#[test]
fn index() {
    try_schedules("index.sim", &load("index.sim"), &DOWN_US, count(500));
}

#[test]
fn index_from_its_first_event() {
    try_schedules("index.sim without zone", &load_without_zone("index.sim"), &SHORT_DOWN_US, count(500));
}

#[test]
fn split() {
    try_schedules("split.sim", &load("split.sim"), &DOWN_US, count(500));
}

/// Creation, writes and backups too.
#[test]
fn restore_from_its_first_event() {
    try_schedules("restore.sim without zone", &load_without_zone("restore.sim"), &SHORT_DOWN_US, count(500));
}
