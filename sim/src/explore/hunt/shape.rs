//! The shape of a seed's world: what can happen in it, and how often.

use super::workload::Doing;
use crate::fault::ActionKind;
use crate::rng::Stream;
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;

/// How long things are down or cut off: from the default to longer than every retry period.
const OUTAGES: [Option<u64>; 5] = [None, Some(50_000), Some(300_000), Some(2_500_000), Some(45_000_000)];
/// Those that no request has to outlast.
const SHORT: usize = 3;
/// How many faults a run has at most, in one shape or another.
const MOST: [u64; 5] = [1, 2, 2, 3, 6];

/// The shape of a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Kinds of faults with their weights; those that are not there are off.
    pub kinds: Vec<(ActionKind, u64)>,
    /// Faults of one run, at most.
    pub most: u64,
    /// How long outages last, in microseconds; nothing is the world's default.
    pub outages: Vec<Option<u64>>,
    /// What clients do besides the script, with weights.
    pub doings: Vec<(Doing, u64)>,
    /// How often they do something between two statements, in percent. With 0 the script is
    /// left as it is, with all that it expects.
    pub busy: u64,
}

impl Shape {
    /// The shape of this seed.
    pub fn draw(stream: Stream) -> Shape {
        let mut rng = stream.text("shape").generator();
        let mut kinds = some(&mut rng, ActionKind::all());
        // What waits for a timer may wait for ever once another fault has struck, and then the
        // script's own claims need not hold.
        let busy = if rng.random_bool(0.25) { 0 } else { rng.random_range(5..50) };
        if busy == 0 {
            kinds.retain(|(kind, _)| *kind != ActionKind::Until);
        }
        if kinds.is_empty() {
            kinds.push((ActionKind::Reboot, 1));
        }
        let known = if busy == 0 { SHORT } else { OUTAGES.len() };
        let mut outages: Vec<Option<u64>> = OUTAGES[..known].iter().filter(|_| rng.random_bool(0.5)).copied().collect();
        if outages.is_empty() {
            outages.push(None);
        }
        let most = MOST[rng.random_range(0..MOST.len())];
        Shape { kinds, most, outages, doings: some(&mut rng, Doing::ALL.into_iter()), busy }
    }
}

/// Each of them or not, with weights far apart.
fn some<T>(rng: &mut Xoshiro256PlusPlus, all: impl Iterator<Item = T>) -> Vec<(T, u64)> {
    let mut chosen = Vec::new();
    for one in all {
        if rng.random_bool(0.5) {
            chosen.push((one, 1 << rng.random_range(0..5)));
        }
    }
    chosen
}

/// One of them, by weight.
pub(super) fn pick<T: Copy>(rng: &mut Xoshiro256PlusPlus, weighted: &[(T, u64)]) -> Option<T> {
    let all: u64 = weighted.iter().map(|(_, weight)| weight).sum();
    if all == 0 {
        return None;
    }
    let mut at = rng.random_range(0..all);
    weighted.iter().find_map(|(one, weight)| match at.checked_sub(*weight) {
        Some(rest) => {
            at = rest;
            None
        }
        None => Some(*one),
    })
}
