//! Proptest strategies for whoever tests a protocol with this simulator.
//!
//! ```text
//!   topology() ──┐
//!                ├──> scenario() ──> Script ──────────────┐
//!   workload() ──┘                                        ├──> judge
//!   fault_schedule() ──> Faults ──> at the points of it ──┘
//! ```
//!
//! What is drawn is a value that shrinks: fewer tables, backups and writes, smaller keys, fewer
//! faults. Faults are drawn before it is known where they can strike, and find their places in a
//! run without faults; so they stay meaningful while the script shrinks. A failing case prints as
//! a script with its faults inside, to be saved and run.
//!
//! ```
//! use proptest::prelude::*;
//! use tabletsim::strategy::{Drawn, drawn};
//! use tablets::quirk::Quirks;
//!
//! proptest!(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() }, |(case in drawn())| {
//!     case.judge(Quirks::NONE)?;
//! });
//! # let _: fn() -> BoxedStrategy<Drawn> = || drawn().boxed();
//! ```
//!
//! `fault_schedule` knows nothing of scripts: with [`World::points`](crate::World::points) it
//! serves tablets that are neither SchemeShard nor DataShard.
//!
//! Left out: what only a script says (`await`, `must`); hunts draw more freely.

mod faults;
mod script;

pub use faults::{Faults, fault_schedule};
pub use script::{Script, Table, Topology, Workload, Write, scenario, topology, workload};

use crate::fault::{Schedule, points};
use crate::run::{Outcome, RunOptions, run};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use std::fmt;
use tablets::quirk::Quirks;

/// A script and the faults of its run.
#[derive(Clone)]
pub struct Drawn {
    /// What clients do.
    pub script: Script,
    /// What happens meanwhile.
    pub faults: Faults,
}

/// A script and faults.
pub fn drawn() -> impl Strategy<Value = Drawn> {
    (scenario(), fault_schedule()).prop_map(|(script, faults)| Drawn { script, faults })
}

impl Drawn {
    /// The faults, at their places in a run without them.
    pub fn schedule(&self) -> Schedule {
        let options = RunOptions { record: true, ..RunOptions::default() };
        let clean = run(&self.script.scenario(), &options, &mut |_| {});
        self.faults.at(&points(&clean.trace))
    }

    /// The run of tablets that make these mistakes.
    pub fn run(&self, quirks: Quirks) -> Outcome {
        let options = RunOptions { schedule: self.schedule(), quirks, ..RunOptions::default() };
        run(&self.script.scenario(), &options, &mut |_| {})
    }

    /// Runs, and judges for proptest.
    ///
    /// # Errors
    /// Something that must hold does not; a run that was not the one that was drawn is rejected.
    pub fn judge(&self, quirks: Quirks) -> Result<(), TestCaseError> {
        let outcome = self.run(quirks);
        match outcome.verdict {
            crate::run::Verdict::Ok => Ok(()),
            crate::run::Verdict::Invalid => Err(TestCaseError::reject(outcome.reasons.join("; "))),
            verdict => {
                let said = outcome.objections.iter().map(ToString::to_string).chain(outcome.reasons);
                Err(TestCaseError::fail(format!("{verdict}: {}", said.collect::<Vec<String>>().join("; "))))
            }
        }
    }
}

/// As a script, ready to be saved and run.
impl fmt::Debug for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", self.script)?;
        self.schedule().0.iter().try_for_each(|fault| writeln!(f, "fault {:?}", fault.to_string()))
    }
}
