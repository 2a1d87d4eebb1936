//! Where faults can strike: every point of a traced run that an anchor can name.
//!
//! A timer is a point if it measures time, so not a note of a tablet to itself. With it
//! come the messages that reached its tablet while it was armed: the first and the last of
//! them may be what the timer waits for, and a search lets them come just before it fires
//! and just after. A deadline is no point: what comes after it fails by right.
//!
//! A node is a point, at each message that reaches a tablet on it, if there are several nodes.
//!
//! Left out: states of operations as points of their own. Each is entered by a commit, whose
//! cuts are points.

use crate::fault::{Anchor, Side};
use crate::trace::{Mail, Record, Trace, What};
use crate::world::Endpoint;
use std::collections::BTreeMap;
use tablets::executor::Cut;
use tablets::ids::{NodeId, Steady, TabletId};
use tablets::message::Kind;
use tablets::side_effects::TimerClass;

/// A message, as anchors name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Named {
    /// The sender.
    pub from: Endpoint,
    /// The receiver.
    pub to: Endpoint,
    /// The kind.
    pub kind: Kind,
    /// Which of them.
    pub n: u64,
}

impl Named {
    fn of(mail: &Mail) -> Named {
        Named { from: mail.from, to: mail.to, kind: mail.parcel.kind, n: mail.n }
    }

    pub(super) fn anchor(self, side: Side) -> Anchor {
        let Named { from, to, kind, n } = self;
        Anchor::Message { from, to, kind: kind.to_owned(), n, side }
    }
}

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
    /// The n-th write that a tablet handed to its log.
    Write {
        /// The tablet.
        tablet: TabletId,
        /// Which of them, over the tablet's whole life.
        n: u64,
    },
    /// The n-th snapshot that became durable at a tablet.
    Snapshot {
        /// The tablet.
        tablet: TabletId,
        /// Which of them, over the tablet's whole life.
        n: u64,
    },
    /// The n-th firing of a kind of timer.
    Timer {
        /// The tablet.
        tablet: TabletId,
        /// What it brings back.
        kind: Kind,
        /// Which of them, over the tablet's whole life.
        n: u64,
        /// The first and the last message that reached the tablet while it was armed.
        awaited: (Option<Named>, Option<Named>),
    },
    /// A node, when a message has reached a tablet on it.
    Node {
        /// The node.
        node: NodeId,
        /// The message.
        message: Named,
    },
}

impl Point {
    /// The anchor of this point; a message and a timer have two, one on each side.
    pub fn anchor(self, side: Side) -> Anchor {
        match self {
            Point::Cut { tablet, tx, n, cut } => Anchor::Cut { tablet, cut, tx: tx.to_owned(), n },
            Point::Message { from, to, kind, n } => Named { from, to, kind, n }.anchor(side),
            Point::Connect { from, to, n } => Anchor::Connect { from, to, n },
            Point::Write { tablet, n } => Anchor::Write { tablet, n },
            Point::Snapshot { tablet, n } => Anchor::Snapshot { tablet, n },
            Point::Timer { tablet, kind, n, .. } => Anchor::Timer { tablet, kind: kind.to_owned(), n, side },
            Point::Node { message, .. } => message.anchor(Side::After),
        }
    }

    /// The tablets that it is about: of a message or connect both ends.
    pub fn tablets(self) -> Vec<TabletId> {
        let of = |end: Endpoint| if let Endpoint::Tablet(tablet) = end { Some(tablet) } else { None };
        match self {
            Point::Cut { tablet, .. }
            | Point::Write { tablet, .. }
            | Point::Snapshot { tablet, .. }
            | Point::Timer { tablet, .. } => vec![tablet],
            Point::Message { from, to, .. } => [from, to].into_iter().filter_map(of).collect(),
            Point::Connect { from, to, .. } => of(from).into_iter().chain([to]).collect(),
            Point::Node { message, .. } => of(message.to).into_iter().collect(),
        }
    }
}

/// All points inside the zone of a run whose records were kept, in the order of the run.
pub fn points(trace: &Trace) -> Vec<Point> {
    points_from(trace, 0)
}

/// The points from the record with this place on. They have the same names as those of the whole
/// run, for what they count is counted from its beginning.
pub fn points_from(trace: &Trace, from: usize) -> Vec<Point> {
    if from >= trace.records().len() {
        return Vec::new();
    }
    let mut finder = Finder { in_zone: true, ..Finder::default() };
    for (place, record) in trace.records().iter().enumerate() {
        if place == from {
            finder.begin(record.at);
        }
        finder.see(record);
    }
    finder.rank_timers();
    finder.found
}

/// A timer that was armed, at this place among the points.
#[derive(Debug, Hash)]
struct Armed {
    tablet: TabletId,
    kind: Kind,
    due: Steady,
    /// `None` if it was armed outside of the zone.
    place: Option<usize>,
    awaited: (Option<Named>, Option<Named>),
}

#[derive(Debug, Default)]
struct Finder {
    in_zone: bool,
    found: Vec<Point>,
    writes: BTreeMap<TabletId, u64>,
    snapshots: BTreeMap<TabletId, u64>,
    timers: Vec<Armed>,
    homes: BTreeMap<TabletId, NodeId>,
}

impl Finder {
    /// Forgets the points so far, but not the timers that are still to fire.
    fn begin(&mut self, now: Steady) {
        self.found.clear();
        for timer in &mut self.timers {
            timer.place = timer.place.filter(|_| timer.due >= now).map(|_| 0);
            timer.awaited = (None, None);
        }
    }

    fn see(&mut self, record: &Record) {
        match &record.what {
            What::ZoneBegun => self.in_zone = true,
            What::ZoneEnded => self.in_zone = false,
            what => {
                let found = self.point(record, what);
                let found = if self.in_zone { found } else { None };
                self.found.extend(found);
                if let What::Delivered(mail) = what {
                    self.delivered(record.at, mail);
                }
            }
        }
    }

    fn point(&mut self, record: &Record, what: &What) -> Option<Point> {
        let count = |counts: &mut BTreeMap<TabletId, u64>, tablet: TabletId| {
            let n = counts.entry(tablet).or_default();
            *n += 1;
            *n
        };
        match what {
            What::Cut { cut, tx, n, .. } => Some(Point::Cut { tablet: record.tablet?, tx, n: *n, cut: *cut }),
            What::Delivered(mail) => {
                let Named { from, to, kind, n } = Named::of(mail);
                Some(Point::Message { from, to, kind, n })
            }
            What::Connecting(link) => Some(Point::Connect { from: link.from, to: link.to, n: link.n }),
            What::Logged { .. } => {
                let tablet = record.tablet?;
                Some(Point::Write { tablet, n: count(&mut self.writes, tablet) })
            }
            What::Snapshot { .. } => {
                let tablet = record.tablet?;
                Some(Point::Snapshot { tablet, n: count(&mut self.snapshots, tablet) })
            }
            What::Started(node) => {
                self.homes.insert(record.tablet?, *node);
                None
            }
            What::Armed { class: TimerClass::Due, delay_us, parcel } => {
                let place = self.in_zone.then_some(self.found.len()).filter(|_| *delay_us > 0);
                let due = record.at.plus(*delay_us);
                let (tablet, kind) = (record.tablet?, parcel.kind);
                self.timers.push(Armed { tablet, kind, due, place, awaited: (None, None) });
                None
            }
            _ => None,
        }
    }

    fn delivered(&mut self, at: Steady, mail: &Mail) {
        let Endpoint::Tablet(tablet) = mail.to else { return };
        let message = Named::of(mail);
        if !self.in_zone {
            return;
        }
        for timer in self.timers.iter_mut().filter(|timer| timer.tablet == tablet && timer.due >= at) {
            timer.awaited.0.get_or_insert(message);
            timer.awaited.1 = Some(message).filter(|last| timer.awaited.0 != Some(*last));
        }
        let nodes = self.homes.values().collect::<std::collections::BTreeSet<_>>().len();
        if let Some(node) = self.homes.get(&tablet).filter(|_| nodes > 1) {
            self.found.push(Point::Node { node: *node, message });
        }
    }

    /// Timers fire in the order in which they are due, so that says which of its kind each is.
    fn rank_timers(&mut self) {
        let mut timers = std::mem::take(&mut self.timers);
        timers.sort_by_key(|timer| timer.due);
        let mut counts: BTreeMap<(TabletId, Kind), u64> = BTreeMap::new();
        let mut placed = Vec::new();
        for Armed { tablet, kind, place, awaited, .. } in timers {
            let n = counts.entry((tablet, kind)).or_default();
            *n += 1;
            placed.extend(place.map(|place| (place, Point::Timer { tablet, kind, n: *n, awaited })));
        }
        placed.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
        for (place, point) in placed {
            self.found.insert(place, point);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Point, points, points_from};
    use crate::run::{RunOptions, run};
    use crate::scenario::Scenario;
    use std::path::Path;
    use std::sync::Arc;

    fn writes(points: &[Point]) -> Vec<&Point> {
        points.iter().filter(|point| matches!(point, Point::Write { .. })).collect()
    }

    #[test]
    fn points_of_the_second_half_have_the_names_that_they_have_in_the_whole_run() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/tiny.sim");
        let scenario = Arc::new(Scenario::load(&file).expect("the scenario can be read"));
        let outcome = run(&scenario, &RunOptions { record: true, ..RunOptions::default() }, &mut |_| {});
        let (half, all) = (outcome.trace.records().len() * 3 / 4, points(&outcome.trace));
        let later = points_from(&outcome.trace, half);
        assert!(writes(&later).len() > 3 && later.len() < all.len(), "{} of {} points", later.len(), all.len());
        let unknown: Vec<&Point> = writes(&later).into_iter().filter(|point| !all.contains(point)).collect();
        assert_eq!(unknown, Vec::<&Point>::new());
        assert_eq!(points_from(&outcome.trace, usize::MAX), Vec::new());
    }
}
