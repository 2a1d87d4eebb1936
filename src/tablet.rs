//! What a tablet is: a value that boots from tables, routes events to
//! transactions, and changes only inside them.
//!
//! Rules the executor relies on:
//! * `boot` rebuilds memory from the durable tables alone.
//! * `receive` is pure routing; a transaction is the only way to change memory.
//! * `execute` has no way to speak: messages, answers and timers are asked for in
//!   `complete`, which runs when what `execute` wrote is durable.
//! * What follows from the tables (`derived`) changes only in the `execute` of a
//!   transaction that writes.

use crate::counters::Counter;
use crate::ids::{ClientId, Generation, NodeId, OperationId, ServerId, TabletId};
use crate::local_db::{Schema, Txn};
use crate::message::{Kind, Message};
use crate::quirk::Quirks;
use crate::side_effects::{HiveAnswer, SideEffects};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::{self, Debug};
use std::hash::Hash;

/// Which incarnation of which tablet this is, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BootInfo {
    /// The tablet.
    pub tablet: TabletId,
    /// The incarnation.
    pub generation: Generation,
    /// The machine it runs on.
    pub node: NodeId,
    /// Which known mistakes it makes.
    pub quirks: Quirks,
}

/// A transaction type's number and name. YDB: `ETxTypes` of a tablet's counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TxType {
    /// The number; YDB's, where it is known.
    pub number: u32,
    /// The name.
    pub name: Kind,
}

impl fmt::Display for TxType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Why a pipe client came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PipeEnd {
    /// The connection broke, or could not be made often enough.
    Broken,
    /// The tablet is known to be deleted: nobody will ever answer.
    Deleted,
}

/// How a message reached the tablet, and so how it can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// Over a connection that the other side opened.
    Server(ServerId),
    /// Over a connection that this tablet opened.
    Client(ClientId),
}

/// What a tablet reacts to.
#[derive(Clone, Debug, Hash)]
pub enum Event<T: Tablet> {
    /// A message over a pipe.
    Message(Via, T::Message),
    /// A pipe client of this tablet is connected. YDB: `TEvTabletPipe::TEvClientConnected`.
    ClientConnected(ClientId),
    /// A pipe client of this tablet is gone. YDB: `TEvTabletPipe::TEvClientDestroyed`.
    ClientDestroyed(ClientId, PipeEnd),
    /// A connection to this tablet is gone. YDB: `TEvTabletPipe::TEvServerDisconnected`.
    ServerDisconnected(ServerId),
    /// A timer, or a note of the tablet to itself. YDB: `TEvPrivate`.
    Private(T::Private),
    /// The hive answers.
    Hive(HiveAnswer),
    /// Settings were changed while running. YDB: the immediate control board.
    Reconfigured(T::Config),
}

/// Something that an operation needs before it can go on; a link of the wait-for chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wait {
    /// The operation that waits.
    pub operation: OperationId,
    /// What for, as a sentence's end: "the response of t72003 to increment 1".
    pub what: String,
    /// The kinds of messages whose arrival would end the wait.
    pub kinds: Vec<Kind>,
    /// Who would send it.
    pub peer: Option<TabletId>,
}

/// Something that memory holds for an operation, and must let go with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kept {
    /// The operation.
    pub operation: OperationId,
    /// What, as a sentence's end: "a report that nobody will ask for".
    pub what: String,
}

/// Where an operation is, as names that faults and goals can be anchored at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The operation.
    pub operation: OperationId,
    /// What about it: an operation is in several states at a time, one of each aspect.
    pub aspect: Kind,
    /// All names of that state, such as `Finalizing` and `Finalizing(Completed)`.
    pub names: Vec<String>,
}

/// A tablet type. See the module's rules.
pub trait Tablet: Clone + Hash + Send + Sync + 'static {
    /// The type's name.
    const KIND: Kind;
    /// Its durable tables.
    type Schema: Schema;
    /// All that it can receive over a pipe.
    type Message: Message;
    /// Its timers and notes to itself.
    type Private: Message;
    /// Its settings.
    type Config: Clone + Debug + Hash + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// Its transactions: one flat enum.
    type Tx: Transaction<Tablet = Self> + Clone + Debug + Hash + Send + Sync;
    /// The part of memory that must follow from the tables.
    type Derived: PartialEq + Debug;

    /// Memory as it follows from `tables`, and the transactions that resume what a crash interrupted.
    fn boot(info: BootInfo, config: &Self::Config, tables: &Self::Schema) -> (Self, Vec<Self::Tx>);

    /// The transaction that handles `event`; `None` if nothing is to be done.
    fn receive(&self, event: Event<Self>) -> Option<Self::Tx>;

    /// The part of memory that must follow from the tables.
    fn derived(&self) -> Self::Derived;

    /// An event that a host may bring about as a fault, by name; `None` if there is none such.
    fn injection(_name: &str) -> Option<Self::Private> {
        None
    }

    /// Where operations are by these rows, which are those that one transaction has written.
    fn reached(_written: &Self::Schema) -> Vec<Reached> {
        Vec::new()
    }

    /// What it has counted, and what its durable rows say, for people.
    fn counters(&self, _tables: &Self::Schema) -> Vec<Counter> {
        Vec::new()
    }

    /// What its memory holds for operations.
    fn keeps(&self) -> Vec<Kept> {
        Vec::new()
    }

    /// The parts of its memory that no table has, each with its name and its value, for people.
    fn memory(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// What unfinished operations wait for, for the wait-for chain.
    fn waits(&self, tables: &Self::Schema) -> Vec<Wait>;
}

/// A tablet's transaction. YDB: `NTabletFlatExecutor::ITransaction`.
pub trait Transaction: Sized + 'static {
    /// The tablet it runs on.
    type Tablet: Tablet;

    /// Its type.
    fn tx_type(&self) -> TxType;

    /// The operation it is about, for logs and coverage.
    fn operation(&self) -> Option<OperationId>;

    /// Whether `complete` may send or answer anything. Asked after `execute`, of a transaction
    /// that wrote nothing: one that speaks waits until the log has confirmed this generation.
    fn speaks(&self) -> bool {
        true
    }

    /// Reads, decides and writes. Nothing leaves the tablet here.
    fn execute(&mut self, tablet: &mut Self::Tablet, txn: &mut Txn<'_, <Self::Tablet as Tablet>::Schema>);

    /// Speaks, once what was written is durable.
    fn complete(self, tablet: &mut Self::Tablet, effects: &mut SideEffects);
}
