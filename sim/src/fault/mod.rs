//! Faults as values: an anchor (where it strikes) and an action (what it does).
//!
//! A fault prints as the line of script that reproduces it, and a [`Schedule`] as such
//! lines joined with `; `:
//!
//! ```text
//! reboot t1 at durable of IncrementalRestoreResponse#2
//! reset t1-t72001 before ApplyRecords#3
//! delay t72001-t72002 ApplyRecords#1 until 1us before timer RetryDue#1 on t1
//! isolate n2 when op8 enters Finalizing for=30s
//! ```
//!
//! [`EXAMPLES`] has one line for every anchor and every action. A schedule has two more
//! forms: a file, with comments ([`Schedule::read`]), and one word without blanks that says
//! when it was damaged ([`Schedule::to_line`]).
//!
//! Anchors carry meaning, not position: taking one fault out of a schedule leaves the
//! others where they were.

mod action;
mod anchor;
mod armed;
mod candidates;
mod examples;
mod line;
mod nearest;
mod points;
mod read;
mod read_anchor;
mod words;
mod write;

pub use action::{Action, End, Fate, Home, Keep, Old};
pub(crate) use anchor::Moment;
pub use anchor::{Anchor, Side};
pub(crate) use armed::Armed;
pub use candidates::ActionKind;
pub use examples::{EXAMPLES, Example};
pub(crate) use nearest::Seen;
pub use points::{Point, points, points_from};
pub use read::ACTIONS;
pub use words::FaultError;

use std::fmt;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fault {
    /// Where it strikes.
    pub anchor: Anchor,
    /// What it does.
    pub action: Action,
}

impl Fault {
    /// Whether it is anchored at a state, or a message waits for one.
    pub(crate) fn watches_states(&self) -> bool {
        let is_state = |anchor: &Anchor| matches!(anchor, Anchor::State { .. });
        let waits = matches!(&self.action, Action::DelayUntil { until, .. } if is_state(until));
        waits || is_state(&self.anchor)
    }
}

/// The faults of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Schedule(pub Vec<Fault>);

/// What a fault that fired has done.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Receipt {
    /// Its place in the schedule, from 0.
    pub index: usize,
    /// The fault.
    pub fault: Fault,
    /// The step at which it fired.
    pub step: u64,
    /// What it cut, lost and killed, one sentence's end each.
    pub effects: Vec<String>,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.effects.join("; "))
    }
}

/// A fault that has not fired, and why, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unfired<'a> {
    /// The fault.
    pub fault: &'a Fault,
    /// What was seen instead: "t1 had 3 transactions Response, not 7".
    pub nearest: String,
}
