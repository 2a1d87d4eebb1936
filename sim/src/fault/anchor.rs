//! Anchors: where in a run a fault strikes.
//!
//! An anchor names a thing by what it is and the how-manieth of its kind, so that one fault
//! more or less in a schedule leaves the others where they were.

use crate::trace::Mail;
use crate::world::Endpoint;
use tablets::executor::Cut;
use tablets::ids::{OperationId, Steady, TabletId};

/// Which side of its anchor a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Just before the message or timer is handed to its receiver, which never sees it if the
    /// pipe is reset.
    Before,
    /// Just after the receiver has handled it.
    After,
}

/// Where a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anchor {
    /// Before the n-th event, counted from 1 since the zone began.
    Event(u64),
    /// Before the first event at or after this time.
    Time(Steady),
    /// At a cut of the n-th transaction of a type, counted from 1 over the tablet's whole life.
    Cut {
        /// The tablet.
        tablet: TabletId,
        /// The cut.
        cut: Cut,
        /// The transaction type's name.
        tx: String,
        /// Which of them.
        n: u64,
    },
    /// At the n-th message of a kind that was sent from one end to another, counted from 1.
    Message {
        /// Its sender.
        from: Endpoint,
        /// Its receiver.
        to: Endpoint,
        /// Its kind.
        kind: String,
        /// Which of them.
        n: u64,
        /// Before or after it is handled.
        side: Side,
    },
    /// At the n-th connect from one end to a tablet, counted from 1.
    Connect {
        /// Who connects.
        from: Endpoint,
        /// To which tablet.
        to: TabletId,
        /// Which of them.
        n: u64,
    },
    /// At the n-th firing of a kind of timer, counted from 1 over the tablet's whole life.
    Timer {
        /// The tablet.
        tablet: TabletId,
        /// What the timer brings back.
        kind: String,
        /// Which of them.
        n: u64,
        /// Before or after it is handled.
        side: Side,
    },
    /// When the n-th write is handed to a tablet's log, counted from 1 over its whole life.
    Write {
        /// The tablet.
        tablet: TabletId,
        /// Which of them.
        n: u64,
    },
    /// When the n-th snapshot is handed to a tablet's log, counted from 1 over its whole life.
    Snapshot {
        /// The tablet.
        tablet: TabletId,
        /// Which of them.
        n: u64,
    },
    /// When an operation enters a state, durably, for the first time in the zone. Nothing has
    /// been said of it yet.
    State {
        /// The operation.
        operation: OperationId,
        /// The state's name, as its tablet tells it.
        state: String,
    },
}

/// Something that happens and that an anchor can name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment<'a> {
    Event(u64),
    Cut(TabletId, Cut, &'a str, u64),
    Message(&'a Mail, Side),
    Connect(Endpoint, TabletId, u64),
    Timer(TabletId, &'a str, u64, Side),
    Write(TabletId, u64),
    Snapshot(TabletId, u64),
    State(OperationId, &'a str),
}

impl Anchor {
    /// Whether this is the moment that the anchor names. A time is no moment.
    pub(crate) fn is(&self, moment: &Moment<'_>) -> bool {
        match (self, moment) {
            (Anchor::Event(n), Moment::Event(found)) => n == found,
            (Anchor::Cut { tablet, cut, tx, n }, Moment::Cut(at, found, name, count)) => {
                (tablet, cut, n) == (at, found, count) && tx == name
            }
            (Anchor::Message { from, to, kind, n, side }, Moment::Message(mail, at)) => {
                side == at && *n == mail.n && kind == mail.parcel.kind && (*from, *to) == (mail.from, mail.to)
            }
            (Anchor::Connect { from, to, n }, Moment::Connect(client, server, count)) => {
                (from, to, n) == (client, server, count)
            }
            (Anchor::Timer { tablet, kind, n, side }, Moment::Timer(at, name, count, when)) => {
                (tablet, n, side) == (at, count, when) && kind == name
            }
            (Anchor::Write { tablet, n }, Moment::Write(at, count)) => (tablet, n) == (at, count),
            (Anchor::Snapshot { tablet, n }, Moment::Snapshot(at, count)) => (tablet, n) == (at, count),
            (Anchor::State { operation, state }, Moment::State(of, name)) => operation == of && state == name,
            _ => false,
        }
    }
}
