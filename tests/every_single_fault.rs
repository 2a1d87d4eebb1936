//! Every single fault, one per run: a reboot of every tablet at every cut of every
//! transaction (with the writes in flight lost, and kept), a reset of every pipe at every
//! message (three ways), a delay of every message, a refusal of every connect, an abort of
//! the scans of every shard after every message. All of them must end ok.

mod common;

use common::{all_faults, go, load, load_without_zone};
use std::sync::Arc;
use tablets::quirk::Quirks;
use tabletsim::run::Verdict;
use tabletsim::scenario::Scenario;

/// Runs the scenario once per fault; returns how many runs, and what did not end ok.
fn sweep(scenario: &Arc<Scenario>) -> (usize, Vec<String>) {
    let faults = all_faults(scenario);
    let mut wrong = Vec::new();
    for fault in &faults {
        let outcome = go(scenario, vec![fault.clone()], Quirks::NONE, false);
        if outcome.verdict != Verdict::Ok {
            let said = outcome.objections.iter().map(|objection| objection.sentence.clone());
            let why: Vec<String> = outcome.reasons.iter().cloned().chain(said).collect();
            wrong.push(format!("{fault}: {} {}", outcome.verdict, why.join("; ")));
        }
    }
    (faults.len(), wrong)
}

fn all_end_ok(name: &str, scenario: &Arc<Scenario>, at_least: usize) {
    let (runs, wrong) = sweep(scenario);
    println!("{name}: {runs} runs, {} not ok", wrong.len());
    assert!(runs >= at_least, "{runs} faults are not every fault of {name}");
    assert!(wrong.is_empty(), "{} of {runs} faults of {name}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn tiny() {
    all_end_ok("tiny.sim", &load("tiny.sim"), 220);
}

#[test]
fn small() {
    all_end_ok("small.sim", &load("small.sim"), 340);
}

#[test]
fn restore() {
    all_end_ok("restore.sim", &load("restore.sim"), 2_700);
}

/// Creation of tables, writes and backups, not only the restore.
#[test]
fn small_from_its_first_event() {
    all_end_ok("small.sim without zone", &load_without_zone("small.sim"), 800);
}
