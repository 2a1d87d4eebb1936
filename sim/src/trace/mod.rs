//! What happened in a run, as typed records.
//!
//! The records are the run: the [hash](TraceHash) over them identifies it, and every view
//! (text, lanes, JSON Lines) is a pure function of them and of the tablet [types]. They are
//! small and shared; nothing is formatted unless somebody reads it. A run that keeps no
//! records still keeps the hash.
//!
//! [types]: crate::world::Types
//!
//! Left out: colours; [`export`](crate::export) has the formats of other people's tools.

pub(crate) mod by_name;
mod hash;
mod json;
mod lanes;
mod text;

pub use hash::TraceHash;
pub use json::{read_json_lines, write_json_lines};
pub use lanes::{lanes, lanes_from, lanes_some};
pub(crate) use text::is_detail;
pub use text::{Detail, Mark, Text, actor};

use crate::world::Endpoint;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tablets::executor::Cut;
use tablets::ids::{Commit, Generation, NodeId, Steady, TabletId};
use tablets::message::{Kind, Parcel};
use tablets::pipe::Refusal;
use tablets::side_effects::TimerClass;

/// One fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The step in which it happened; 0 before the first.
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

/// A message on a connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mail {
    /// The connection, counted over the run; 0 if there was none any more.
    pub connection: u64,
    /// The sender.
    pub from: Endpoint,
    /// The receiver.
    pub to: Endpoint,
    /// Whether it answers over a connection that the receiver opened.
    pub reply: bool,
    /// The n-th of its kind between these two, counted from 1.
    pub n: u64,
    /// The message.
    #[serde(with = "by_name::parcel")]
    pub parcel: Parcel,
}

/// A connection, as its connect is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The connection, counted over the run.
    pub connection: u64,
    /// Who opened it.
    pub from: Endpoint,
    /// To which tablet.
    pub to: TabletId,
    /// The n-th connect between these two, counted from 1.
    pub n: u64,
}

/// The facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum What {
    /// The run's input; the first record.
    Input(Arc<str>),
    /// The runner's note, such as a statement that begins.
    Note(Arc<str>),
    /// From here on faults may strike.
    ZoneBegun,
    /// From here on they do not.
    ZoneEnded,
    /// The hive has made the tablet exist.
    Created(#[serde(with = "by_name::kind")] Kind),
    /// The hive has deleted the tablet.
    Deleted,
    /// An incarnation was started on a node. It has read nothing yet.
    Started(NodeId),
    /// It has read the disk: so many bytes of snapshot, so many redo records.
    Booted {
        /// Bytes of the snapshot.
        snapshot: u64,
        /// Redo records after it.
        records: u64,
    },
    /// A transaction has come to a cut.
    Cut {
        /// The cut.
        #[serde(with = "by_name::cut")]
        cut: Cut,
        /// The transaction's type.
        #[serde(with = "by_name::kind")]
        tx: Kind,
        /// The n-th of its type over the tablet's whole life, counted from 1.
        n: u64,
        /// Counted from 1 within the incarnation.
        serial: u64,
    },
    /// A redo record was handed to the log.
    Logged {
        /// Its place.
        commit: Commit,
        /// The transaction's type.
        #[serde(with = "by_name::kind")]
        tx: Kind,
        /// The record.
        #[serde(with = "by_name::bytes")]
        redo: Arc<[u8]>,
    },
    /// A redo record is durable.
    Durable {
        /// Its place.
        commit: Commit,
        /// The record.
        #[serde(with = "by_name::bytes")]
        redo: Arc<[u8]>,
    },
    /// A snapshot is durable and replaces the log up to this commit.
    Snapshot {
        /// The newest commit in it.
        commit: Commit,
        /// Its size in bytes.
        bytes: u64,
    },
    /// The log has confirmed that this generation is the newest.
    Confirmed(u64),
    /// The log has refused: a newer generation has booted.
    Fenced,
    /// Somebody asks to be connected.
    Connecting(Link),
    /// The asker has the answer: connected.
    Connected(Link),
    /// The asker has the answer: not connected.
    Refused {
        /// The attempt.
        link: Link,
        /// Why.
        #[serde(with = "by_name::refusal")]
        refusal: Refusal,
    },
    /// A connection breaks, or one of its ends goes.
    Broken(Link),
    /// Who opened a connection closes it.
    Closed(Link),
    /// An end hears that a connection is gone, whyever.
    Notice(Link),
    /// A message was put on a connection.
    Sent(Mail),
    /// A message was handed to its receiver.
    Delivered(Mail),
    /// A message will never arrive.
    Lost(Mail),
    /// A timer was armed.
    Armed {
        /// What it is for.
        #[serde(with = "by_name::class")]
        class: TimerClass,
        /// In how many microseconds it fires.
        delay_us: u64,
        /// What it brings back.
        #[serde(with = "by_name::parcel")]
        parcel: Parcel,
    },
    /// A timer fires.
    Fired {
        /// What it is for.
        #[serde(with = "by_name::class")]
        class: TimerClass,
        /// What it brings back.
        #[serde(with = "by_name::parcel")]
        parcel: Parcel,
    },
    /// The tablet asks the hive to create another one.
    AskedCreate(TabletId),
    /// The tablet asks the hive to delete another one.
    AskedDelete(TabletId),
    /// The hive has answered about another tablet.
    HiveAnswered(TabletId),
    /// The settings of the tablet were changed.
    Reconfigured,
    /// A fault fires: the line of script.
    Fault(Arc<str>),
    /// What the fault just fired has done.
    Receipt(Arc<str>),
    /// The incarnation is no more; so many log writes in flight are lost.
    Stopped {
        /// Log writes lost.
        writes_lost: u64,
    },
    /// The tablet panicked, with this sentence.
    Panicked(Arc<str>),
    /// An oracle objects: name and sentence.
    Objected(Arc<str>, Arc<str>),
    /// A timer of an edge client fires.
    EdgeTimer(Endpoint, u64),
}

/// The records of a run, if they are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    records: Vec<Record>,
}

impl Trace {
    /// A trace of these records.
    pub fn new(records: Vec<Record>) -> Trace {
        Trace { records }
    }

    /// The records, in order.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Puts another record in place of the first, if there is one.
    pub(crate) fn replace_first(&mut self, record: Record) {
        if let Some(first) = self.records.first_mut() {
            *first = record;
        }
    }

    pub(crate) fn push(&mut self, record: Record) {
        self.records.push(record);
    }
}
