//! What the searches of these tests share: a scenario, its points, the faults at each, a run.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use std::path::Path;
use std::sync::Arc;
use tablets::quirk::Quirks;
use tabletsim::fault::{ActionKind, Fault, Schedule, points};
use tabletsim::run::{Outcome, RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;

/// A scenario of the collection.
pub fn load(name: &str) -> Arc<Scenario> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sim/scenarios").join(name);
    Arc::new(Scenario::load(&path).unwrap_or_else(|error| panic!("{error}")))
}

/// The same scenario with faults allowed from its first event on: creation and backups too.
pub fn load_without_zone(name: &str) -> Arc<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sim/scenarios");
    let text = std::fs::read_to_string(folder.join(name)).expect("the scenario is there");
    let lines = text.lines().map(|line| if line.starts_with("zone ") { "" } else { line });
    let text = lines.collect::<Vec<_>>().join("\n") + "\n";
    Arc::new(Scenario::parse(name, &text, &folder).unwrap_or_else(|error| panic!("{error}")))
}

/// One run under these faults.
pub fn go(scenario: &Arc<Scenario>, faults: Vec<Fault>, quirks: Quirks, record: bool) -> Outcome {
    let options = RunOptions { schedule: Schedule(faults), quirks, record, ..RunOptions::default() };
    run(scenario, &options, &mut |_| {})
}

/// Every fault at every point of a run of this scenario without faults; those of the simplest
/// kinds first, for whoever stops at the first that is found.
pub fn all_faults(scenario: &Arc<Scenario>) -> Vec<Fault> {
    let clean = go(scenario, Vec::new(), Quirks::NONE, true);
    assert_eq!(clean.verdict, Verdict::Ok, "without faults: {:?} {:?}", clean.reasons, clean.objections);
    let points = points(&clean.trace);
    let simple = [ActionKind::Reboot, ActionKind::Reset, ActionKind::Refuse, ActionKind::Delay, ActionKind::AbortScan];
    let (first, then): (Vec<_>, Vec<_>) = ActionKind::all().partition(|kind| simple.contains(kind));
    let of = |kinds: Vec<ActionKind>| {
        points.iter().flat_map(move |point| kinds.clone().into_iter().flat_map(|kind| point.faults(kind)))
    };
    of(first).chain(of(then)).collect()
}
