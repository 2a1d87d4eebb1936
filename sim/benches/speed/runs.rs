//! Runs of scenarios and searches, as far as they are measured.

use crate::contest::{Lap, lap};
use std::path::Path;
use std::sync::Arc;
use tabletsim::explore::{Choice, Search, SearchOptions};
use tabletsim::fault::Schedule;
use tabletsim::oracle::{Watch, all};
use tabletsim::run::{Checkpoint, Run, RunOptions, Verdict};
use tabletsim::scenario::Scenario;

/// Rows of the full backup and of the two increments of `restore.sim`.
pub const ROWS: u64 = 4000 + 400 + 400;

/// A scenario of the collection, or of this folder.
pub fn load(name: &str) -> Arc<Scenario> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    Arc::new(Scenario::load(&path).unwrap_or_else(|error| panic!("{error}")))
}

/// The oracles that only take notes until something ends.
pub fn ends() -> Vec<&'static str> {
    all().into_iter().filter(|oracle| oracle.watch() == Watch::Ends).map(|oracle| oracle.name()).collect()
}

/// The setup of a scenario, from which its runs go on.
pub fn set_up(scenario: &Arc<Scenario>, only: Vec<&'static str>, record: bool) -> Checkpoint {
    Checkpoint::new(scenario, &RunOptions { only, record, ..RunOptions::default() })
}

/// One run from the end of the setup, judgement included; its events are counted.
pub fn events(checkpoint: &mut Checkpoint) -> Lap {
    let mut run = checkpoint.start(&Schedule::default());
    let before = run.progress().events;
    lap(|| {
        while run.step() {}
        let outcome = run.end();
        assert_eq!(outcome.verdict, Verdict::Ok, "{:?}", outcome.reasons);
        outcome.events - before
    })
}

/// So many runs from the end of the setup, the copy of it included.
pub fn runs(checkpoint: &mut Checkpoint, times: u64) -> Lap {
    lap(|| {
        for _ in 0..times {
            assert_eq!(checkpoint.run(&Schedule::default()).verdict, Verdict::Ok);
        }
        times
    })
}

/// Some single faults of a scenario, spread over it as they come; runs are counted.
pub fn sweep(scenario: &Arc<Scenario>, jobs: usize, choice: Choice) -> Lap {
    let options = SearchOptions { jobs, choice, ..SearchOptions::default() };
    lap(|| {
        let report = Search { scenario, options: &options, watch: &mut |_| {} }.run();
        let report = report.expect("no journal is written");
        report.singles.len() as u64
    })
}

/// Bytes of memory that one copy of a run takes at the end of the setup; nothing where it is not
/// known how much this process has.
pub fn bytes_of_a_copy(scenario: &Arc<Scenario>) -> Option<u64> {
    const COPIES: u64 = 400;
    let mut run = set_up(scenario, Vec::new(), false).start(&Schedule::default());
    let before = resident("VmRSS")?;
    let copies: Vec<Run> = (0..COPIES).map(|_| run.copy()).collect();
    let after = resident("VmRSS")?;
    drop(copies);
    Some(after.saturating_sub(before) / COPIES)
}

/// A line of what Linux tells about the memory of this process, in bytes.
pub fn resident(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}
