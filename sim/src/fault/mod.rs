//! Faults as values: an anchor (where it strikes) and an action (what it does).
//!
//! A fault prints as the line of script that reproduces it, and a [`Schedule`] as such
//! lines joined with `; `:
//!
//! ```text
//! reboot t1 at durable of IncrementalRestoreResponse#2
//! reboot t72001 at event 120 down_for=2s keep=all
//! reset t1-t72001 before ApplyRecords#3
//! reset t72001-t72003 after Handshake#1 drained side=client
//! refuse connect t1-t72001#2 times=3
//! delay t72001-t72002 ApplyRecords#1 by 5ms
//! inject AbortScan t72001 after Handshake#1 on t72001-t72003
//! ```
//!
//! Anchors carry meaning, not position: taking one fault out of a schedule leaves the
//! others where they were.

mod armed;
mod candidates;
mod nearest;
mod points;
mod text;

pub(crate) use armed::Armed;
pub use candidates::ActionKind;
pub(crate) use nearest::Seen;
pub use points::{Point, points};
pub(crate) use text::microseconds;

use crate::world::Endpoint;
use std::fmt;
use tablets::executor::Cut;
use tablets::ids::{Steady, TabletId};

/// Which side of its anchor a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Just before the message is handed to its receiver, which never sees it if the pipe is reset.
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
}

/// How many of the log writes in flight a reboot keeps, from the oldest on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Keep {
    /// None of them.
    #[default]
    None,
    /// All of them.
    All,
    /// So many.
    First(u32),
}

/// What happens to the old incarnation when a new one is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Old {
    /// It is gone at once.
    #[default]
    Dies,
    /// It goes on until the log refuses it.
    Lives,
}

/// What becomes of messages in flight when a connection breaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// Nothing more arrives.
    #[default]
    Lost,
    /// All that was sent arrives, then the notice.
    Drained,
}

/// Which end of a connection breaks it. What is on its way *to* an end that breaks alone is
/// lost in any case, as with a reboot; the [`Fate`] is of what that end has sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// The end that opened it.
    Client,
    /// The end it was opened to.
    Server,
    /// The network between: both directions have the same fate.
    #[default]
    Both,
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Stops a tablet and starts its next generation after a while.
    Reboot {
        /// The tablet.
        tablet: TabletId,
        /// How long it is down, in microseconds; `None` is the world's default.
        down_us: Option<u64>,
        /// Which log writes in flight survive.
        keep: Keep,
        /// Whether the old incarnation goes on meanwhile.
        old: Old,
    },
    /// Breaks the connection of the anchor's message, or all connections between two ends.
    Reset {
        /// The two ends, as sender and receiver of the anchor's message if there is one.
        pair: (Endpoint, Endpoint),
        /// What becomes of messages in flight.
        fate: Fate,
        /// Which end breaks it.
        end: End,
    },
    /// Refuses the anchor's connect and those that follow it between the same two ends.
    Refuse {
        /// How many in all.
        times: u64,
    },
    /// Brings about an event of the tablet's own that it lets faults bring about, such as the
    /// termination of its scans.
    Inject {
        /// The tablet.
        tablet: TabletId,
        /// The event's name.
        event: String,
    },
    /// Delays the anchor's message, and so those behind it.
    Delay {
        /// By so many microseconds.
        by_us: u64,
    },
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fault {
    /// Where it strikes.
    pub anchor: Anchor,
    /// What it does.
    pub action: Action,
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
