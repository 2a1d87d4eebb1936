//! Every single fault, one per run: a reboot of every tablet at every cut of every
//! transaction, a reset of every pipe at every message (three ways), a refusal of every
//! connect. All of them must end ok.

use std::path::Path;
use std::sync::Arc;
use tabletsim::fault::{Action, End, Fate, Fault, Keep, Old, Point, Schedule, Side, points};
use tabletsim::run::{Outcome, RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;

fn load(name: &str) -> Arc<Scenario> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sim/scenarios").join(name);
    Arc::new(Scenario::load(&path).unwrap_or_else(|error| panic!("{error}")))
}

fn go(scenario: &Arc<Scenario>, faults: Vec<Fault>, record: bool) -> Outcome {
    let options = RunOptions { schedule: Schedule(faults), record, ..RunOptions::default() };
    run(scenario, &options, &mut |_| {})
}

/// The faults to try at one point.
fn faults_at(point: Point) -> Vec<Fault> {
    let reset = |side, fate| {
        let Point::Message { from, to, .. } = point else { unreachable!("only messages are reset") };
        Fault { anchor: point.anchor(side), action: Action::Reset { pair: (from, to), fate, end: End::Both } }
    };
    match point {
        Point::Cut { tablet, .. } => [Keep::None, Keep::All]
            .map(|keep| Fault {
                anchor: point.anchor(Side::Before),
                action: Action::Reboot { tablet, down_us: None, keep, old: Old::Dies },
            })
            .to_vec(),
        Point::Message { .. } => {
            vec![reset(Side::Before, Fate::Lost), reset(Side::After, Fate::Lost), reset(Side::Before, Fate::Drained)]
        }
        Point::Connect { .. } => {
            vec![Fault { anchor: point.anchor(Side::Before), action: Action::Refuse { times: 2 } }]
        }
    }
}

/// Runs the scenario once per fault; returns how many runs and what did not end ok.
fn sweep(name: &str) -> (usize, Vec<String>) {
    let scenario = load(name);
    let clean = go(&scenario, Vec::new(), true);
    assert_eq!(clean.verdict, Verdict::Ok, "{name} without faults: {:?} {:?}", clean.reasons, clean.objections);
    let faults: Vec<Fault> = points(&clean.trace).into_iter().flat_map(faults_at).collect();
    let mut wrong = Vec::new();
    for fault in &faults {
        let outcome = go(&scenario, vec![fault.clone()], false);
        if outcome.verdict != Verdict::Ok {
            let said = outcome.objections.iter().map(|objection| objection.sentence.clone());
            let why: Vec<String> = outcome.reasons.iter().cloned().chain(said).collect();
            wrong.push(format!("{fault}: {} {}", outcome.verdict, why.join("; ")));
        }
    }
    (faults.len(), wrong)
}

#[test]
fn tiny() {
    let (runs, wrong) = sweep("tiny.sim");
    println!("tiny.sim: {runs} runs, {} not ok", wrong.len());
    assert!(runs > 200, "a sweep of {runs} faults is none");
    assert!(wrong.is_empty(), "{} of {runs} faults:\n{}", wrong.len(), wrong.join("\n"));
}

fn all(name: &str) {
    let start = std::time::Instant::now();
    let (runs, wrong) = sweep(name);
    println!("{name}: {runs} runs, {} not ok, {:?}", wrong.len(), start.elapsed());
    for w in wrong.iter().take(25) { println!("  {}", &w[..w.len().min(400)]); }
}

#[test]
fn others() {
    for name in ["tiny.sim", "small.sim", "full_only.sim", "csv.sim", "same_leaf_names.sim", "two_collections.sim", "restore.sim"] { all(name); }
}
