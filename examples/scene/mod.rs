//! What lessons 5 to 9 share: a scenario is played, and what became of it is told.

#![allow(unreachable_pub, dead_code, reason = "each lesson is a program of its own and uses a part of this")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tablets::datashard::DataShard;
use tablets::ids::TabletId;
use tablets::quirk::{Quirk, Quirks};
use tablets::row::{Key, Row};
use tabletsim::fault::Schedule;
use tabletsim::run::{Outcome, Run, RunOptions};
use tabletsim::scenario::Scenario;
use tabletsim::trace::{Detail, Text, actor};

/// Plays a scenario under these faults, with tablets that make this mistake, if one is given.
pub fn play(script: &str, faults: &str, mistake: Option<Quirk>) -> Outcome {
    let mut run = start(script, faults, mistake);
    while run.step() {}
    run.end()
}

/// The same, stopped at its end, so that its disks can be looked at.
pub fn played(script: &str) -> Run {
    let mut run = start(script, "", None);
    while run.step() {}
    run
}

/// Rows by key.
pub type Rows = BTreeMap<Key, Row>;

/// The rows on a shard's disk.
pub fn shard_rows(run: &Run, tablet: TabletId) -> Rows {
    let shard = run.world().durable::<DataShard>(tablet).expect("the shard is there");
    shard.rows.iter().map(|(key, row)| (key.clone(), row.clone())).collect()
}

fn start(script: &str, faults: &str, mistake: Option<Quirk>) -> Run {
    let scenario = Scenario::parse("lesson", script, Path::new(".")).unwrap_or_else(|error| panic!("{error}"));
    let schedule: Schedule = faults.parse().expect("the lesson's faults are well written");
    let quirks = mistake.map_or(Quirks::NONE, |quirk| Quirks::NONE.with(quirk));
    Run::new(&Arc::new(scenario), &RunOptions { schedule, quirks, record: true, ..RunOptions::default() })
}

/// The verdict, and what the first oracle that objects says.
pub fn told(outcome: &Outcome) -> String {
    let mut text = format!("verdict: {}\n", outcome.verdict);
    if let Some(objection) = outcome.objections.first() {
        text += &format!("{}: {}\n", objection.oracle, objection.sentence);
        objection.details.iter().for_each(|line| text += &format!("  {line}\n"));
    }
    text
}

/// What the scenario's `read` and other statements printed.
pub fn printed(outcome: &Outcome) -> String {
    outcome.output.iter().flat_map(|printed| &printed.text).map(|line| format!("{line}\n")).collect()
}

/// The lines of the trace that hold one of these words; not its first, the run's input.
pub fn traced(outcome: &Outcome, words: &[&str]) -> String {
    let mut text = Text::new(&outcome.types, Detail::Story);
    let mut lines = String::new();
    for record in outcome.trace.records().iter().skip(1) {
        for (mark, fact) in text.facts(record) {
            if words.iter().any(|word| fact.contains(word)) {
                lines += &format!("{:<9} {} {fact}\n", actor(record), mark.sign());
            }
        }
    }
    lines
}
