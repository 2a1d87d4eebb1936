//! Shrinking: from a failure to the smallest one that is still the same.
//!
//! ```text
//!   capsule ──> fewer faults ──> fewer statements ──> weaker faults ──> smaller values ──┐
//!                    ^                                                                   │
//!                    └──────────────── as long as something gets smaller ────────────────┘
//! ```
//!
//! Every step proposes a smaller case, runs it, and keeps it if it fails with the same
//! fingerprint. Statements are taken out in halves, quarters and so on (delta debugging), then
//! whatever belongs together: a table with all that names it. What is left of a line loses its
//! arguments one by one, and its numbers are halved.
//!
//! Taking a statement out gives operations and tablets other numbers. `anchors` lets the faults
//! follow: an operation by its statement, a tablet by the statement that made it, the n-th of a
//! kind by how many there are now.
//!
//! The result is believed after two more runs of the script as it is printed.
//!
//! Left out: other orders of statements; other interleavings of the same length.

mod anchors;
mod case;
mod faults;
mod judge;
mod values;

pub use judge::ShrinkProgress;

use super::{Capsule, Fingerprint};
use crate::run::{RunOptions, run};
use crate::scenario::{CsvFiles, Scenario};
use case::Case;
use judge::Judge;
use std::fmt;
use std::sync::Arc;

/// How large a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Statements of the script that are no faults.
    pub statements: usize,
    /// Faults.
    pub faults: usize,
    /// Letters of the script.
    pub letters: usize,
    /// Events of the run.
    pub events: u64,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Size { statements, faults, letters, events } = self;
        write!(f, "{statements} statements, {faults} faults, {letters} letters, {events} events")
    }
}

/// A failure that was made smaller.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The failure, with its faults in the script.
    pub capsule: Capsule,
    /// The script, ready to be kept.
    pub script: String,
    /// How large it was, and is.
    pub sizes: (Size, Size),
    /// Runs that it took.
    pub runs: u64,
}

/// Makes the failure of a capsule smaller; `watch` hears how far it is.
///
/// # Errors
/// The capsule does not show its failure, or what came of it does not show it twice.
pub fn shrink(capsule: &Capsule, watch: &mut dyn FnMut(&ShrinkProgress)) -> Result<Shrunk, String> {
    let outcome = capsule.run(false);
    match Fingerprint::of(&outcome) {
        Some(found) if found == capsule.fingerprint => {}
        Some(found) => return Err(format!("the capsule shows another failure: {found}")),
        None => return Err(format!("the capsule shows no failure: its run is {}", outcome.verdict)),
    }
    let mut judge = Judge::new(capsule, outcome.events, watch);
    let mut case = Case::of(capsule, &mut judge);
    let before = Size { events: outcome.events, ..case.size() };
    loop {
        let size = case.size();
        let smaller = faults::fewer(&case, &mut judge);
        let smaller = values::fewer_statements(&smaller, &mut judge);
        let smaller = faults::weaker(&smaller, &mut judge);
        let smaller = values::smaller(&smaller, &mut judge);
        case = judge.plainer(&smaller);
        if case.size() == size || judge.is_spent() {
            break;
        }
    }
    let runs = judge.runs();
    let script = case.script(&capsule.fingerprint);
    let (capsule, events) = believed(capsule, &case, &script)?;
    let after = Size { events, ..case.size() };
    Ok(Shrunk { capsule, script, sizes: (before, after), runs: runs + 2 })
}

/// The script as a capsule, after two runs of it that are the same, and fail as they should.
fn believed(was: &Capsule, case: &Case, script: &str) -> Result<(Capsule, u64), String> {
    let files = CsvFiles::Kept(was.scenario.csv_files());
    let scenario = Scenario::parse_with("shrunk.sim", script, &files).map_err(|error| error.to_string())?;
    let scenario = Arc::new(scenario);
    let options = RunOptions { beyond_contract: was.beyond_contract, quirks: case.quirks, ..RunOptions::default() };
    let capsule = Capsule::new(&scenario, &options, &options.schedule, &was.fingerprint);
    let runs = [(); 2].map(|()| run(&scenario, &options, &mut |_| {}));
    let wrong = runs.iter().find(|outcome| Fingerprint::of(outcome).as_ref() != Some(&was.fingerprint));
    match wrong {
        None if runs[0].trace_hash == runs[1].trace_hash => Ok((capsule, runs[0].events)),
        None => Err("two runs of the shrunk script differ".to_owned()),
        Some(outcome) => Err(format!("the shrunk script is {}, and not the same failure:\n{script}", outcome.verdict)),
    }
}
