//! Traces in the formats of other tools: each keeps its tool's rules, and all agree.

mod agree;
mod commands;
mod mermaid;
mod perfetto;
mod pictures;
mod shiviz;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use tabletsim::fault::Schedule;
use tabletsim::run::{Outcome, RunOptions, run};
use tabletsim::scenario::Scenario;
use tabletsim::story::Story;

/// A reboot, and a message that is lost with its pipe.
const FAULTS: &str = "reboot t1 at event 20; reset t72003-t72002 before RecordStatuses#1";

fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name)
}

fn outcome(name: &str, seed: u64, schedule: &str) -> Outcome {
    let scenario = Arc::new(Scenario::load(&scenario(name)).expect("the scenario is right"));
    let schedule = Schedule::from_text(schedule).expect("the schedule is right");
    let options = RunOptions { seed: Some(seed), schedule, record: true, ..RunOptions::default() };
    run(&scenario, &options, &mut |_| ())
}

fn story(name: &str, schedule: &str) -> Story {
    let outcome = outcome(name, 1, schedule);
    Story::of(&outcome.trace, &outcome.types)
}
