//! Capsules: a failure as a value that makes the same run again, elsewhere and later.
//!
//! A capsule holds all of a run's input (script, the CSV files that it loads, seed, quirks,
//! faults), which build it was found with, and the fingerprint of the failure. It has two
//! forms: a file that people read, and one word to paste, which is the file made small, with a
//! version and a checksum.
//!
//! ```text
//! tabletsim capsule 1          tc1:7VRNb9swDL3nVxC67CKH...:9f3a1b02
//! build 0.1.0 8c1f22ab90e1d7f3
//! file sim/scenarios/tiny.sim
//! seed 1
//! quirk advance-early
//! fault reset t1-t72003 before RestoreMultipleIncrementalBackups#1
//! oracle restore_exact
//! culprit SchemeShard, Progress durable
//! sentence ...
//! script
//! table /Root/t k:Uint64 key=k
//! ```
//!
//! Left out: the run itself. It is a function of the capsule.

mod build;
mod replay;
mod text;
mod word;

pub use build::Build;
pub use replay::{Finding, Replayed};

use super::Fingerprint;
use crate::fault::Schedule;
use crate::run::{Outcome, RunOptions, run};
use crate::scenario::Scenario;
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use tablets::quirk::Quirks;

/// A failure, and all that it takes to see it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Capsule {
    /// The program that found it.
    pub build: Build,
    /// The scenario, with its script and its CSV files.
    pub scenario: Arc<Scenario>,
    /// The seed.
    pub seed: u64,
    /// Mistakes that the tablets make.
    pub quirks: Quirks,
    /// Whether faults may break the contract of pipes.
    pub beyond_contract: bool,
    /// The faults, beside those of the script.
    pub schedule: Schedule,
    /// Which failure it is.
    pub fingerprint: Fingerprint,
}

/// Why a text is no capsule for this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CapsuleError {
    /// It is no capsule, of another version, or damaged.
    Unreadable(String),
    /// It is one, but asks for things that this program does not have; each as a sentence.
    Unfit(Build, Vec<String>),
}

impl fmt::Display for CapsuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CapsuleError::Unreadable(message) => f.write_str(message),
            CapsuleError::Unfit(build, misfits) => {
                write!(f, "the capsule was made by build {build}, and does not fit this one: {}", misfits.join("; "))
            }
        }
    }
}

impl std::error::Error for CapsuleError {}

impl Capsule {
    /// A failure of `scenario` under these options and this schedule, which stands in place of
    /// the options' own.
    pub fn new(
        scenario: &Arc<Scenario>,
        options: &RunOptions,
        schedule: &Schedule,
        fingerprint: &Fingerprint,
    ) -> Capsule {
        Capsule {
            build: Build::this(),
            scenario: Arc::clone(scenario),
            seed: options.seed.or(scenario.seed()).unwrap_or(1),
            quirks: options.quirks,
            beyond_contract: options.beyond_contract,
            schedule: schedule.clone(),
            fingerprint: fingerprint.clone(),
        }
    }

    /// Reads a capsule from one word, or from the file of this name.
    ///
    /// # Errors
    /// There is no such capsule, or it does not fit this program.
    pub fn load(word_or_path: &str) -> Result<Capsule, CapsuleError> {
        if word::is_word(word_or_path) {
            return Capsule::parse(word_or_path);
        }
        let failed = |error: std::io::Error| CapsuleError::Unreadable(format!("{word_or_path}: {error}"));
        let text = std::fs::read_to_string(Path::new(word_or_path)).map_err(failed)?;
        Capsule::parse(&text)
    }

    /// Whether a text looks like a capsule in either form.
    pub fn is_one(text: &str) -> bool {
        word::is_word(text) || text::is_text(text)
    }

    /// Reads a capsule in either form.
    ///
    /// # Errors
    /// It is none, or does not fit this program.
    pub fn parse(text: &str) -> Result<Capsule, CapsuleError> {
        if word::is_word(text) {
            let text = word::unpack(text.trim()).map_err(CapsuleError::Unreadable)?;
            return text::read(&text);
        }
        text::read(text)
    }

    /// The capsule as one word to paste. Comments of the script are not in it.
    pub fn to_line(&self) -> String {
        word::pack(&text::write(self, text::Comments::Dropped))
    }

    /// What its run is made of besides the scenario.
    pub fn options(&self) -> RunOptions {
        RunOptions {
            seed: Some(self.seed),
            schedule: self.schedule.clone(),
            beyond_contract: self.beyond_contract,
            quirks: self.quirks,
            ..RunOptions::default()
        }
    }

    /// Its run, with records if asked.
    pub fn run(&self, record: bool) -> Outcome {
        run(&self.scenario, &RunOptions { record, ..self.options() }, &mut |_| {})
    }
}

/// From either form.
impl FromStr for Capsule {
    type Err = CapsuleError;

    fn from_str(text: &str) -> Result<Capsule, CapsuleError> {
        Capsule::parse(text)
    }
}

/// The capsule as a file.
impl fmt::Display for Capsule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::write(self, text::Comments::Kept))
    }
}
