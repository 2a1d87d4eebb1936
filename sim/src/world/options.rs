//! What a runner gives to a world and hears from it.

use crate::fault::Schedule;
use crate::rng::Latencies;
use crate::world::EdgeId;
use tablets::ids::{Generation, TabletId};
use tablets::message::Parcel;
use tablets::quirk::Quirks;
use tablets::tablet::PipeEnd;

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
    /// Whether faults may break the contract of pipes.
    pub beyond_contract: bool,
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
            beyond_contract: false,
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
    /// An oracle objected; see [`World::objections`](crate::World::objections).
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
    /// A timer of [`World::edge_after`](crate::World::edge_after).
    Timer {
        /// As given.
        token: u64,
    },
}
