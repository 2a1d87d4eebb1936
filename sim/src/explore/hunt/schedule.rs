//! Schedules of a shape: which faults, where, for how long.

use super::shape::{Shape, pick};
use crate::fault::{Action, Fault, Point};
use crate::rng::Stream;
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;

/// How often a point is looked for to which a kind of fault applies.
const TRIES: usize = 40;
/// A fault near another one is at most so many points away.
const NEAR: usize = 12;

/// Chooses faults.
pub(super) struct Chooser<'a> {
    rng: Xoshiro256PlusPlus,
    shape: &'a Shape,
    places: &'a [Point],
    /// The place of the last fault.
    last: Option<usize>,
}

impl<'a> Chooser<'a> {
    pub(super) fn new(stream: Stream, shape: &'a Shape, places: &'a [Point]) -> Chooser<'a> {
        Chooser { rng: stream.generator(), shape, places, last: None }
    }

    /// A schedule from nothing.
    pub(super) fn draw(&mut self) -> Vec<Fault> {
        let count = self.rng.random_range(1..=self.shape.most);
        let mut faults: Vec<Fault> = Vec::new();
        for _ in 0..count {
            let fault = self.fault();
            faults.extend(fault.filter(|fault| !faults.contains(fault)));
        }
        faults
    }

    /// A schedule near this one: a fault more, a fault less, or another in place of one.
    pub(super) fn vary(&mut self, before: &[Fault]) -> Vec<Fault> {
        let mut faults = before.to_vec();
        let at = self.rng.random_range(0..faults.len());
        self.last = self.place_of(&faults[at]);
        match self.rng.random_range(0..3) {
            0 if faults.len() > 1 => drop(faults.remove(at)),
            1 => drop(self.fault().map(|fault| faults[at] = fault)),
            _ => faults.extend(self.fault()),
        }
        faults
    }

    fn place_of(&self, fault: &Fault) -> Option<usize> {
        use crate::fault::Side::{After, Before};
        self.places.iter().position(|point| [Before, After].iter().any(|side| point.anchor(*side) == fault.anchor))
    }

    fn fault(&mut self) -> Option<Fault> {
        let kind = pick(&mut self.rng, &self.shape.kinds)?;
        for _ in 0..TRIES {
            let place = self.place()?;
            let faults = self.places[place].faults(kind);
            if !faults.is_empty() {
                self.last = Some(place);
                let fault = faults[self.rng.random_range(0..faults.len())].clone();
                return Some(self.lasting(fault));
            }
        }
        None
    }

    /// Anywhere, or near the last fault.
    fn place(&mut self) -> Option<usize> {
        let count = self.places.len();
        if count == 0 {
            return None;
        }
        match self.last.filter(|_| self.rng.random_bool(0.5)) {
            Some(last) => Some(self.rng.random_range(last.saturating_sub(NEAR)..=(last + NEAR).min(count - 1))),
            None => Some(self.rng.random_range(0..count)),
        }
    }

    fn lasting(&mut self, mut fault: Fault) -> Fault {
        let outage = self.shape.outages[self.rng.random_range(0..self.shape.outages.len())];
        match &mut fault.action {
            Action::Reboot { down_us, .. } | Action::Kill { down_us, .. } | Action::Fail { down_us } => {
                *down_us = outage;
            }
            Action::Isolate { for_us, .. } | Action::Slow { for_us, .. } => *for_us = outage.unwrap_or(*for_us),
            Action::Delay { by_us } => *by_us = outage.unwrap_or(*by_us),
            _ => {}
        }
        fault
    }
}
