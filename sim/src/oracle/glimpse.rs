//! Looks inside tablets, at moments that leave no record.
//!
//! Records say what left a tablet and what became durable. What its memory holds, and what it would
//! do if it booted now or heard something once more, is looked at on the spot and on copies, so
//! that nothing of the run changes.

use crate::world::Endpoint;
use std::any::Any;
use tablets::ids::{Commit, Generation, OperationId, TabletId};
use tablets::message::{Kind, Parcel};
use tablets::side_effects::TimerClass;
use tablets::tablet::{Kept, Via};

/// A look inside.
#[derive(Debug)]
pub enum Glimpse<'a> {
    /// A transaction has executed and written; its redo record is logged next.
    Executed(&'a Executed),
    /// Nothing of an incarnation is in flight: its tables and its disk.
    Disk(&'a Disk),
    /// A message was delivered once more, to a copy.
    Again(&'a Again<'a>),
    /// The run has ended and nothing is under way.
    Rest(&'a Rest),
}

/// What a tablet booted from the tables as executed has in its derived memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Shadow {
    /// Not looked at; a big tablet is looked at now and then.
    Skipped,
    /// The same.
    Same,
    /// Something else: one line for each difference, memory first.
    Differs(Vec<String>),
    /// It does not come up: the sentence.
    Panics(String),
}

/// A transaction has executed and written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Executed {
    /// The tablet.
    pub tablet: TabletId,
    /// The incarnation.
    pub generation: Generation,
    /// The transaction's type.
    pub tx: Kind,
    /// Its place in the log.
    pub commit: Commit,
    /// The operation it is about.
    pub operation: Option<OperationId>,
    /// The tablet as a boot would make it.
    pub shadow: Shadow,
}

/// The tables of an incarnation with nothing in flight, and what its disk says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// The tablet.
    pub tablet: TabletId,
    /// The incarnation.
    pub generation: Generation,
    /// Rows in which they differ, memory first.
    pub differences: Vec<String>,
}

/// A message that has been delivered.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// To which tablet.
    pub tablet: TabletId,
    /// Its type.
    pub kind: Kind,
    /// Who sent it.
    pub from: Endpoint,
    /// How it came.
    pub via: Via,
    /// What it says.
    pub parcel: Parcel,
}

/// To which copy a message is delivered once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyOf {
    /// The tablet as it is.
    Now,
    /// The tablet as a boot from its tables would make it.
    Rebooted,
    /// The tablet at the end of the run.
    End,
}

/// What a message did that was delivered once more.
#[derive(Debug)]
pub struct Again<'a> {
    /// The message.
    pub arrival: &'a Arrival,
    /// To which copy.
    pub copy: CopyOf,
    /// The copy's tables before and after (`T::Schema`), if it wrote.
    pub tables: Option<(&'a dyn Any, &'a dyn Any)>,
    /// With which sentence it panicked, if it did.
    pub panic: Option<&'a str>,
}

/// What there is when nothing is under way any more.
#[derive(Clone, Debug, Default)]
pub struct Rest {
    /// What the memory of tablets holds for operations.
    pub kept: Vec<(TabletId, Kept)>,
    /// Pipes that tablets have open: from whom, to whom.
    pub pipes: Vec<(TabletId, TabletId)>,
    /// Timers that will fire again and again: at which tablet, what for.
    pub timers: Vec<(TabletId, TimerClass, Kind)>,
    /// Tablets that exist, with their types.
    pub tablets: Vec<(TabletId, Kind)>,
}
