//! On which track of Perfetto a slice lies.
//!
//! Slices of one track must nest. Transactions of one incarnation overlap, as the next
//! executes while the log still writes the last; so each incarnation has as many tracks as
//! there are transactions at a time, and a slice takes the first track that is free.

use std::collections::{BTreeMap, BTreeSet};

/// Tracks of one incarnation are numbered from its generation times this.
const APART: u64 = 1000;

/// A piece of work at an incarnation; `generation` is 0 at a client.
#[derive(Clone, Debug)]
pub(super) struct Slice {
    pub(super) lane: usize,
    pub(super) generation: u32,
    /// From here on.
    pub(super) from: u64,
    /// Up to here, exclusive.
    pub(super) to: u64,
}

/// Which tracks there are.
#[derive(Default)]
pub(super) struct Tracks {
    /// For each track, from when on it is free.
    free: BTreeMap<(usize, u64), u64>,
    /// Tracks of incarnations, also of those that did nothing.
    known: BTreeSet<(usize, u64)>,
}

impl Tracks {
    /// The track for a slice; slices come in order of their beginnings.
    pub(super) fn place(&mut self, slice: &Slice) -> u64 {
        let first = first(slice.generation);
        let is_free = |track: &u64| self.free.get(&(slice.lane, *track)).is_none_or(|free| *free <= slice.from);
        let track = (first..first + APART).find(is_free).expect("fewer transactions than tracks overlap");
        self.free.insert((slice.lane, track), slice.to);
        self.known.insert((slice.lane, track));
        track
    }

    /// The track for what is at an incarnation as a whole.
    pub(super) fn main(&mut self, lane: usize, generation: u32) -> u64 {
        self.known.insert((lane, first(generation)));
        first(generation)
    }

    /// All tracks with their lane and name.
    pub(super) fn names(&self) -> impl Iterator<Item = (usize, u64, String)> {
        self.known.iter().map(|(lane, track)| {
            let (generation, row) = (track / APART, track % APART);
            let name = if generation == 0 { "client".to_owned() } else { format!("g{generation}") };
            (*lane, *track, if row == 1 { name } else { format!("{name} ({row})") })
        })
    }
}

fn first(generation: u32) -> u64 {
    u64::from(generation) * APART + 1
}
