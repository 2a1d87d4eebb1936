//! What an incarnation and its host say to each other.

use crate::executor::Executor;
use crate::ids::{ClientId, Commit, OperationId, ServerId, Steady, TabletId, Wall};
use crate::message::Parcel;
use crate::pipe::PipeNews;
use crate::side_effects::{HiveAnswer, HiveRequest, TimerClass};
use crate::tablet::{Tablet, TxType, Via};
use std::sync::Arc;

/// A moment of a transaction at which a reboot can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cut {
    /// The message is consumed, nothing executed.
    Pre,
    /// Executed, not durable.
    Exec,
    /// Durable, not completed.
    Durable,
    /// Completed; what it sent arrives.
    Done,
}

/// Whether the incarnation goes on after a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// It goes on.
    Go,
    /// It ends here, at once.
    Stop,
}

/// One transaction of one incarnation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TxRef {
    /// Its type.
    pub tx_type: TxType,
    /// Counted from 1 within the incarnation.
    pub serial: u64,
}

/// What a tablet's host is asked to do.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Wire {
    /// Connect a pipe client to the leader of a tablet.
    Connect(ClientId, TabletId),
    /// Bring back [`PipeNews::RetryDue`] after so many microseconds.
    RetryAfter(ClientId, u64),
    /// Send over a connection that this tablet opened.
    Transmit(ClientId, Parcel),
    /// Send over a connection that was opened to this tablet.
    Reply(ServerId, Parcel),
    /// End a connection that this tablet opened.
    Disconnect(ClientId),
    /// Bring this back as [`Delivery::Timer`] after so many microseconds.
    Timer(u64, TimerClass, Parcel),
    /// Ask the hive.
    Hive(HiveRequest),
}

/// A tablet's only way out, implemented by its host.
pub trait Port {
    /// A transaction has come to a cut.
    fn at(&mut self, cut: Cut, tx: TxRef) -> Flow;
    /// Appends a redo record to the log; answered by [`Delivery::Logged`] or [`Delivery::Fenced`].
    fn log(&mut self, commit: Commit, tx: TxRef, redo: Vec<u8>);
    /// Appends a snapshot of everything up to and with `commit`, which replaces the log before it.
    fn snapshot(&mut self, commit: Commit, image: Vec<u8>);
    /// Asks whether this generation is the newest; answered by [`Delivery::Confirmed`] or [`Delivery::Fenced`].
    fn confirm(&mut self, ticket: u64);
    /// Does what is asked, on behalf of a transaction or of a pipe client itself.
    fn wire(&mut self, tx: Option<TxRef>, wire: Wire);
    /// Now, on the clock that never goes back.
    fn steady(&self) -> Steady;
    /// Now, on this node's wall clock.
    fn wall(&self) -> Wall;
    /// A look at the incarnation after each `execute` that wrote, for oracles; the operation is the one
    /// that the transaction is about.
    fn executed<T: Tablet>(&mut self, _tx: TxRef, _operation: Option<OperationId>, _executor: &Executor<T>) {}
}

/// What a host delivers to an incarnation, one at a time.
#[derive(Clone, Debug, Hash)]
pub enum Delivery {
    /// The first: the disk's content, if there is any. The fence is set.
    Boot {
        /// The newest snapshot.
        snapshot: Option<Arc<[u8]>>,
        /// The redo records after it.
        tail: Vec<Arc<[u8]>>,
    },
    /// The log is durable up to and with this commit.
    Logged(Commit),
    /// This generation was the newest when asked.
    Confirmed(u64),
    /// A newer generation exists: this one stops.
    Fenced,
    /// News of a pipe client.
    Pipe(ClientId, PipeNews),
    /// A message over a pipe.
    Message(Via, Parcel),
    /// A connection to this tablet is gone.
    ServerDisconnected(ServerId),
    /// A timer, or a note to itself.
    Timer(Parcel),
    /// The hive answers.
    Hive(HiveAnswer),
    /// New settings, encoded as the tablet's `Config`.
    Reconfigure(Arc<[u8]>),
}
