//! Where faults can strike: every point of a traced run that an anchor can name.
//!
//! Left out: timers, log writes and states of a restore as points.

use crate::fault::{Anchor, Side};
use crate::trace::{Trace, What};
use crate::world::Endpoint;
use tablets::executor::Cut;
use tablets::ids::TabletId;
use tablets::message::Kind;

/// A place in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Point {
    /// A cut of the n-th transaction of a type.
    Cut {
        /// The tablet.
        tablet: TabletId,
        /// The transaction type.
        tx: Kind,
        /// Which of them, over the tablet's whole life.
        n: u64,
        /// The cut.
        cut: Cut,
    },
    /// The arrival of the n-th message of a kind between two ends.
    Message {
        /// The sender.
        from: Endpoint,
        /// The receiver.
        to: Endpoint,
        /// The kind.
        kind: Kind,
        /// Which of them.
        n: u64,
    },
    /// The n-th connect between two.
    Connect {
        /// Who connects.
        from: Endpoint,
        /// To which tablet.
        to: TabletId,
        /// Which of them.
        n: u64,
    },
}

impl Point {
    /// The anchor of this point; a message has two, one on each side of it.
    pub fn anchor(self, side: Side) -> Anchor {
        match self {
            Point::Cut { tablet, tx, n, cut } => Anchor::Cut { tablet, cut, tx: tx.to_owned(), n },
            Point::Message { from, to, kind, n } => Anchor::Message { from, to, kind: kind.to_owned(), n, side },
            Point::Connect { from, to, n } => Anchor::Connect { from, to, n },
        }
    }
}

/// All points inside the zone of a run whose records were kept, in the order of the run.
pub fn points(trace: &Trace) -> Vec<Point> {
    let mut in_zone = true;
    let mut found = Vec::new();
    for record in trace.records() {
        let point = match &record.what {
            What::ZoneBegun => {
                in_zone = true;
                continue;
            }
            What::ZoneEnded => {
                in_zone = false;
                continue;
            }
            What::Cut { cut, tx, n, .. } => record.tablet.map(|tablet| Point::Cut { tablet, tx, n: *n, cut: *cut }),
            What::Delivered(mail) => {
                Some(Point::Message { from: mail.from, to: mail.to, kind: mail.parcel.kind, n: mail.n })
            }
            What::Connecting(link) => Some(Point::Connect { from: link.from, to: link.to, n: link.n }),
            _ => None,
        };
        found.extend(point.filter(|_| in_zone));
    }
    found
}
