//! Every single fault, one per run: a reboot of every tablet at every cut of every
//! transaction (with the writes in flight lost, and kept), a reset of every pipe at every
//! message (three ways), a delay of every message, a refusal of every connect, an abort of
//! the scans of every shard after every message. All of them must end ok.

mod common;

use common::{all_faults, go, load};
use tablets::quirk::Quirks;
use tabletsim::run::Verdict;

/// Runs the scenario once per fault; returns how many runs, and what did not end ok.
fn sweep(name: &str) -> (usize, Vec<String>) {
    let scenario = load(name);
    let faults = all_faults(&scenario);
    let mut wrong = Vec::new();
    for fault in &faults {
        let outcome = go(&scenario, vec![fault.clone()], Quirks::NONE, false);
        if outcome.verdict != Verdict::Ok {
            let said = outcome.objections.iter().map(|objection| objection.sentence.clone());
            let why: Vec<String> = outcome.reasons.iter().cloned().chain(said).collect();
            wrong.push(format!("{fault}: {} {}", outcome.verdict, why.join("; ")));
        }
    }
    (faults.len(), wrong)
}

fn all_end_ok(name: &str, at_least: usize) {
    let (runs, wrong) = sweep(name);
    println!("{name}: {runs} runs, {} not ok", wrong.len());
    assert!(runs >= at_least, "{runs} faults are not every fault of {name}");
    assert!(wrong.is_empty(), "{} of {runs} faults of {name}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn tiny() {
    all_end_ok("tiny.sim", 190);
}

#[test]
fn small() {
    all_end_ok("small.sim", 290);
}

#[test]
fn restore() {
    all_end_ok("restore.sim", 2_300);
}
