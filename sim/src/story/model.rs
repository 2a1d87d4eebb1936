//! What a story is made of.

use crate::trace::Mark;
use serde::Serialize;

/// The place of a [`Fact`] in [`Story::facts`].
pub type Index = usize;

/// A trace, sorted out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Story {
    /// The run's input, as the first record has it.
    pub input: String,
    /// How many of everything.
    pub counts: Counts,
    /// Who took part: clients first, then tablets, each in order of their numbers.
    pub lanes: Vec<Lane>,
    /// What happened, one for each record, in order.
    pub facts: Vec<Fact>,
    /// Generations of tablets, in order of their starts.
    pub incarnations: Vec<Incarnation>,
    /// Transactions of tablets, in order of their first cuts.
    pub transactions: Vec<Transaction>,
    /// Redo records, in the order in which they were handed to their logs.
    pub writes: Vec<Write>,
    /// Messages, in the order in which they were sent.
    pub messages: Vec<Message>,
    /// Connections, in the order in which they were asked for.
    pub connections: Vec<Connection>,
    /// Timers of tablets, in the order in which they were armed.
    pub timers: Vec<Timer>,
    /// Distributed operations, in the order in which they were first named.
    pub operations: Vec<Operation>,
    /// Faults that fired, with what they did.
    pub faults: Vec<Fault>,
    /// What oracles objected to, and tablets that panicked.
    pub objections: Vec<Index>,
    /// The runner's notes, such as statements that begin.
    pub notes: Vec<Index>,
    /// Where faults may strike.
    pub zones: Vec<Zone>,
}

/// How many of everything there are. Every view of a trace agrees on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Events that the world handled; the number of the last step.
    pub events: u64,
    /// Facts.
    pub facts: usize,
    /// Messages put on a connection.
    pub messages: usize,
    /// Messages that will never arrive.
    pub losses: usize,
    /// Starts of a tablet after its first.
    pub reboots: usize,
    /// Faults that fired.
    pub faults: usize,
    /// Objections and panics.
    pub objections: usize,
}

/// One who takes part: a tablet or a client outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lane {
    /// Its name, such as `t1` or `client1`.
    pub name: String,
    /// The tablet's type; `None` for a client.
    pub kind: Option<&'static str>,
    /// Of a shard, the table and the keys that it holds.
    pub holds: Option<String>,
    /// When the hive made it exist.
    pub created: Option<Index>,
    /// When the hive deleted it.
    pub deleted: Option<Index>,
}

/// One fact: a record, read aloud.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fact {
    /// The step in which it happened.
    pub step: u64,
    /// When, in microseconds.
    pub at_us: u64,
    /// At whom; `None` if it is about the run.
    pub lane: Option<usize>,
    /// In which generation of the tablet; 0 if in none.
    pub generation: u32,
    /// The step that caused this step.
    pub cause: u64,
    /// Which sort of fact, in one word such as `sent`.
    pub kind: &'static str,
    /// What kind of line it is.
    pub mark: Mark,
    /// Whether only the detailed form of a trace shows it.
    pub detail: bool,
    /// What happened; one text for each row if rows changed, else one.
    pub texts: Vec<String>,
    /// The transaction that it is a part of.
    pub transaction: Option<usize>,
    /// The operation that it is about, by number.
    pub operation: Option<u64>,
    /// The fact that it follows from.
    pub because: Option<Index>,
}

/// A generation of a tablet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Incarnation {
    /// The tablet's lane.
    pub lane: usize,
    /// Its number.
    pub generation: u32,
    /// On which node it runs.
    pub node: u32,
    /// When it was started.
    pub started: Index,
    /// When it had read the disk.
    pub booted: Option<Index>,
    /// When it ended; `None` if it lives at the end of the trace.
    pub stopped: Option<Index>,
    /// How many log writes in flight were lost with it.
    pub writes_lost: u64,
}

/// A cut that a transaction came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CutAt {
    /// Its name: `pre`, `exec`, `durable` or `done`.
    pub cut: &'static str,
    /// When.
    pub at: Index,
}

/// A transaction of a tablet, from its first cut to its last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transaction {
    /// The tablet's lane.
    pub lane: usize,
    /// In which generation.
    pub generation: u32,
    /// Its type.
    pub tx: &'static str,
    /// The n-th of its type over the tablet's whole life, counted from 1.
    pub n: u64,
    /// Counted from 1 within the generation.
    pub serial: u64,
    /// What brought it about, such as a delivery.
    pub trigger: Option<Index>,
    /// The cuts that it came to, in order.
    pub cuts: Vec<CutAt>,
    /// What it wrote, as a place in [`Story::writes`].
    pub write: Option<usize>,
    /// When its generation ended before it did.
    pub aborted: Option<Index>,
    /// The operation that it is about, by number.
    pub operation: Option<u64>,
}

/// A redo record on its way to the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Write {
    /// The tablet's lane.
    pub lane: usize,
    /// In which generation.
    pub generation: u32,
    /// Its place in the generation's log.
    pub commit: u64,
    /// Its size.
    pub bytes: usize,
    /// When it was handed to the log.
    pub logged: Index,
    /// When it was durable.
    pub durable: Option<Index>,
    /// When its generation ended with the write in flight.
    pub lost: Option<Index>,
    /// The rows that it changes, as soon as it is durable.
    pub changes: Vec<Change>,
}

/// A change of one row of a durable table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The table and the key, such as `LongOps[op1]`.
    pub row: String,
    /// What it is now; `None` if it was erased.
    pub value: Option<String>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The connection, counted over the run.
    pub connection: u64,
    /// The sender's lane.
    pub from: usize,
    /// The receiver's lane.
    pub to: usize,
    /// Whether it answers over a connection that the receiver opened.
    pub reply: bool,
    /// The type.
    pub kind: &'static str,
    /// The n-th of its type between these two, counted from 1.
    pub n: u64,
    /// The content.
    pub text: String,
    /// When it was put on the connection.
    pub sent: Index,
    /// When it was handed to the receiver; more than once only beyond the contract of pipes.
    pub delivered: Vec<Index>,
    /// When it was known that it never arrives.
    pub lost: Option<Index>,
    /// The operation that it is about, by number.
    pub operation: Option<u64>,
}

/// A connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// Its number, counted over the run.
    pub connection: u64,
    /// The lane of who opened it.
    pub from: usize,
    /// The tablet's lane.
    pub to: usize,
    /// The n-th connect between these two, counted from 1.
    pub n: u64,
    /// When it was asked for.
    pub connecting: Option<Index>,
    /// When the asker had the answer.
    pub connected: Option<Index>,
    /// When the asker was refused.
    pub refused: Option<Index>,
    /// When it broke.
    pub broken: Option<Index>,
    /// When who opened it closed it.
    pub closed: Option<Index>,
    /// When ends heard that it was gone.
    pub notices: Vec<Index>,
}

/// A timer of a tablet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timer {
    /// The tablet's lane.
    pub lane: usize,
    /// In which generation.
    pub generation: u32,
    /// What it is for: `due`, `heartbeat` or `deadline`.
    pub class: &'static str,
    /// What it brings back.
    pub text: String,
    /// When it was armed; `None` for what a fault has injected.
    pub armed: Option<Index>,
    /// After how many microseconds it fires.
    pub delay_us: u64,
    /// When it fired.
    pub fired: Option<Index>,
}

/// A distributed operation, as far as facts name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// Its number.
    pub id: u64,
    /// The message that began it, such as `RestoreBackupCollection`.
    pub name: String,
    /// The fact that names it first.
    pub first: Index,
    /// The fact that names it last.
    pub last: Index,
}

/// A fault that fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// When.
    pub at: Index,
    /// The line of script.
    pub text: String,
    /// Where its receipt is.
    pub receipt: Option<Index>,
}

/// A part of the run in which faults may strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Zone {
    /// Where it begins.
    pub begun: Index,
    /// Where it ends; `None` if it lasts to the end.
    pub ended: Option<Index>,
}

impl Story {
    /// The fact at `index`.
    pub fn fact(&self, index: Index) -> &Fact {
        &self.facts[index]
    }

    /// The name of a lane.
    pub fn name(&self, lane: usize) -> &str {
        &self.lanes[lane].name
    }
}
