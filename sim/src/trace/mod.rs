//! What happened, as typed records.

use tablets::ids::{Generation, Steady, TabletId};

/// One fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The step in which it happened.
    pub step: u64,
    /// When.
    pub at: Steady,
    /// At which tablet, if it was at one.
    pub tablet: Option<TabletId>,
    /// In which incarnation of it.
    pub generation: Generation,
    /// The step that put this step's event into the queue.
    pub cause: u64,
    /// The fact.
    pub what: What,
}

/// The facts.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// The runner's note.
    Note(String),
}

/// The records of a run, if they are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    records: Vec<Record>,
}

impl Trace {
    /// The records, in order.
    pub fn records(&self) -> &[Record] {
        &self.records
    }
}
