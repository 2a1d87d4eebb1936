//! The step loop.

use crate::fault::{Receipt, Schedule, Unfired};
use crate::oracle::{Objection, Oracle};
use crate::rng::Latencies;
use crate::trace::Trace;
use std::fmt;
use std::sync::Arc;
use tablets::ids::{Generation, Steady, TabletId};
use tablets::message::{Kind, Parcel};
use tablets::quirk::Quirks;
use tablets::tablet::{PipeEnd, Tablet, Wait};

/// A client outside of the cluster. Not a tablet: it never reboots and has no disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EdgeId(pub u32);

impl fmt::Display for EdgeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client{}", self.0)
    }
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// A tablet.
    Tablet(TabletId),
    /// A client outside.
    Edge(EdgeId),
}

/// What a world is made of. With the same options and the same edge clients a run is the same.
#[derive(Clone, Debug)]
pub struct WorldOptions {
    /// Where latencies come from.
    pub seed: u64,
    /// How many machines there are.
    pub nodes: u32,
    /// Which mistakes the tablets make.
    pub quirks: Quirks,
    /// After so many events the run is exhausted.
    pub event_budget: u64,
    /// Whether to keep the records; the hash is always kept.
    pub record: bool,
    /// The faults.
    pub schedule: Schedule,
    /// How long things take.
    pub latencies: Latencies,
}

impl Default for WorldOptions {
    fn default() -> Self {
        WorldOptions {
            seed: 1,
            nodes: 1,
            quirks: Quirks::NONE,
            event_budget: 5_000_000,
            record: false,
            schedule: Schedule::default(),
            latencies: Latencies::default(),
        }
    }
}

/// What one step was.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// An event that concerns no edge client.
    Event,
    /// Something for an edge client.
    Edge(EdgeId, EdgeEvent),
    /// Nothing happened: nothing is pending that would do anything.
    AtRest {
        /// Whether deadlines are pending. They fire only while something else is pending too,
        /// such as a timer of an edge client.
        deadlines: bool,
    },
    /// Nothing happened: the event budget is used up.
    Exhausted,
    /// A tablet panicked and is gone for good.
    Panicked {
        /// The tablet.
        tablet: TabletId,
        /// The incarnation.
        generation: Generation,
        /// What it said.
        sentence: String,
    },
    /// An oracle objected; see [`World::objections`].
    Objected,
}

/// What an edge client hears.
#[derive(Clone, Debug, PartialEq)]
pub enum EdgeEvent {
    /// A message came over its pipe to `tablet`.
    Answer {
        /// The sender.
        tablet: TabletId,
        /// The message, a `ClientMessage` as a rule.
        parcel: Parcel,
    },
    /// Its pipe to `tablet` is gone; the next send opens another one.
    PipeLost {
        /// The other end.
        tablet: TabletId,
        /// Why.
        end: PipeEnd,
    },
    /// A timer of [`World::edge_after`].
    Timer {
        /// As given.
        token: u64,
    },
}

/// A world of tablets.
pub struct World {}

#[allow(unused_variables)]
impl World {
    /// An empty world.
    pub fn new(options: WorldOptions) -> World {
        unimplemented!()
    }

    /// Makes a tablet type known, under `T::KIND`.
    pub fn add_type<T: Tablet>(&mut self, config: T::Config) {
        unimplemented!()
    }

    /// Changes the settings of a type, for later boots and for every live tablet of it.
    pub fn reconfigure<T: Tablet>(&mut self, config: T::Config) {
        unimplemented!()
    }

    /// Makes a tablet exist; it is placed on a node and boots. Again is the same.
    pub fn create_tablet(&mut self, tablet: TabletId, kind: Kind) {
        unimplemented!()
    }

    /// Handles the next event, exactly one.
    pub fn step(&mut self) -> Step {
        unimplemented!()
    }

    /// Now, on the clock that never goes back.
    pub fn now(&self) -> Steady {
        unimplemented!()
    }

    /// How many events were handled.
    pub fn events(&self) -> u64 {
        unimplemented!()
    }

    /// How many events were handled since the zone began.
    pub fn zone_events(&self) -> u64 {
        unimplemented!()
    }

    /// From here on faults may strike. If this is never called, they may strike from the start.
    pub fn begin_zone(&mut self) {
        unimplemented!()
    }

    /// From here on no fault strikes.
    pub fn end_zone(&mut self) {
        unimplemented!()
    }

    /// Sends over the edge client's pipe to `tablet`, which is opened if need be.
    pub fn edge_send(&mut self, edge: EdgeId, tablet: TabletId, parcel: Parcel) {
        unimplemented!()
    }

    /// Closes the edge client's pipe to `tablet`, if there is one; nothing more is heard of it.
    pub fn edge_close(&mut self, edge: EdgeId, tablet: TabletId) {
        unimplemented!()
    }

    /// Brings [`EdgeEvent::Timer`] with `token` after so many microseconds.
    pub fn edge_after(&mut self, edge: EdgeId, delay_us: u64, token: u64) {
        unimplemented!()
    }

    /// The durable tables of a tablet; `None` if it does not exist or is of another type.
    pub fn durable<T: Tablet>(&self, tablet: TabletId) -> Option<Arc<T::Schema>> {
        unimplemented!()
    }

    /// What unfinished operations of live tablets wait for.
    pub fn waits(&mut self) -> Vec<(TabletId, Wait)> {
        unimplemented!()
    }

    /// The records; none if they are not kept.
    pub fn trace(&self) -> &Trace {
        unimplemented!()
    }

    /// The hash over all records so far, the same in every build.
    pub fn trace_hash(&self) -> u64 {
        unimplemented!()
    }

    /// What the faults that fired have done.
    pub fn receipts(&self) -> &[Receipt] {
        unimplemented!()
    }

    /// The faults that have not fired.
    pub fn unfired(&self) -> Vec<Unfired<'_>> {
        unimplemented!()
    }

    /// Adds an oracle, which sees every later record.
    pub fn add_oracle(&mut self, oracle: Box<dyn Oracle>) {
        unimplemented!()
    }

    /// Asks every oracle once more, at the end of the run.
    pub fn finish(&mut self) {
        unimplemented!()
    }

    /// How often each oracle found something to judge.
    pub fn looked(&self) -> Vec<(&'static str, u64)> {
        unimplemented!()
    }

    /// What the oracles object to.
    pub fn objections(&self) -> &[Objection] {
        unimplemented!()
    }

    /// Puts a line of the runner into the trace, such as the statement that begins.
    pub fn note(&mut self, text: &str) {
        unimplemented!()
    }
}
