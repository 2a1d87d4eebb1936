//! What came of a run.

use crate::fault::{Receipt, Schedule};
use crate::oracle::Objection;
use crate::trace::Trace;
use crate::world::{TabletCounters, Types};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Formatter};
use tablets::ids::Steady;

/// The judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything ended as it should.
    Ok,
    /// A property or an expectation does not hold.
    Violated,
    /// Something waits, and nothing will ever wake it.
    Stuck,
    /// The event budget ran out.
    Exhausted,
    /// A tablet broke one of its own rules.
    Panicked,
    /// Not the run that was asked for.
    Invalid,
}

impl Verdict {
    /// The exit code of the command line.
    pub fn exit_code(self) -> u8 {
        match self {
            Verdict::Ok => 0,
            Verdict::Violated | Verdict::Stuck | Verdict::Exhausted | Verdict::Panicked => 1,
            Verdict::Invalid => 3,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Violated => "violated",
            Verdict::Stuck => "stuck",
            Verdict::Exhausted => "exhausted",
            Verdict::Panicked => "panicked",
            Verdict::Invalid => "invalid",
        }
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a statement printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The statement's line.
    pub line: usize,
    /// The statement.
    pub statement: String,
    /// What it printed.
    pub text: Vec<String>,
}

/// A run that is over.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The judgement.
    pub verdict: Verdict,
    /// Why, one sentence each; empty if all is well.
    pub reasons: Vec<String>,
    /// What was printed, in order.
    pub output: Vec<Printed>,
    /// Events handled.
    pub events: u64,
    /// Events handled since the zone began.
    pub zone_events: u64,
    /// When it ended.
    pub virtual_time: Steady,
    /// Faults asked for, the scenario's own and others.
    pub faults_asked: usize,
    /// The others.
    pub schedule: Schedule,
    /// What the faults that struck have done.
    pub receipts: Vec<Receipt>,
    /// The faults that did not strike, and what was seen in place of their anchors.
    pub unfired: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// The run's identity.
    pub trace_hash: u64,
    /// What oracles object to.
    pub objections: Vec<Objection>,
    /// For each objection, at which type of tablet and at which step of the protocol it was made.
    pub culprits: Vec<String>,
    /// How often each oracle found something to judge.
    pub looked: Vec<(&'static str, u64)>,
    /// What tablets that lived at the end had counted, if it was asked for.
    pub counters: Vec<TabletCounters>,
    /// The records, if they were kept.
    pub trace: Trace,
    /// The tablet types, with which the trace is read.
    pub types: Types,
}
