//! Faults that are drawn before it is known where they can strike.

use crate::fault::{ActionKind, Fault, Point, Schedule};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Faults by their kind; where each strikes is a share of all the places there are.
#[derive(Clone, Debug)]
pub struct Faults(Vec<(ActionKind, Index)>);

/// Up to three faults of any kind.
pub fn fault_schedule() -> impl Strategy<Value = Faults> {
    let kind = select(ActionKind::all().collect::<Vec<ActionKind>>());
    prop::collection::vec((kind, any::<Index>()), 0..=3).prop_map(Faults)
}

impl Faults {
    /// The faults at these points. One whose kind applies to none of them is left out.
    pub fn at(&self, points: &[Point]) -> Schedule {
        let mut schedule = Schedule::default();
        for (kind, place) in &self.0 {
            let all: Vec<Fault> = points.iter().flat_map(|point| point.faults(*kind)).collect();
            let fault = (!all.is_empty()).then(|| place.get(&all).clone());
            schedule.0.extend(fault.filter(|fault| !schedule.0.contains(fault)));
        }
        schedule
    }
}
