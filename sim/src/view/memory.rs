//! A run whose tablets are asked what they remember, event by event.
//!
//! No record of a trace has a tablet's memory. A run that is made for a page can be asked while it
//! goes on; to ask changes nothing, so its trace is the one that it has without.
//!
//! Memory is long: a value is cut, and ends in an ellipsis, and of a very long run only the
//! beginning is told, which [`Memory::until`] says.

use crate::run::{Outcome, Run, RunOptions};
use crate::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tablets::ids::TabletId;

/// A longer value is cut.
const LONGEST: usize = 1500;
/// No more is told once so many bytes are.
const ENOUGH: usize = 4_000_000;

/// What tablets remembered in the course of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Every change, in order.
    pub changes: Vec<Remembered>,
    /// The last step that was looked at, if the run went on after it.
    pub until: Option<u64>,
}

/// A part of a tablet's memory, from a step on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The step after which it is so.
    pub step: u64,
    /// The tablet.
    pub tablet: TabletId,
    /// Which part.
    pub part: &'static str,
    /// What it is; empty if the tablet is down.
    pub value: String,
}

/// Makes a run with its records, and tells each change of a tablet's memory.
pub fn watched(scenario: &Arc<Scenario>, options: &RunOptions) -> (Outcome, Memory) {
    let mut run = Run::new(scenario, &RunOptions { record: true, ..options.clone() });
    let mut watch = Watch::default();
    while run.step() {
        watch.look(&run);
    }
    watch.look(&run);
    (run.end(), watch.memory)
}

#[derive(Default)]
struct Watch {
    /// Records that were looked at.
    seen: usize,
    parts: BTreeMap<TabletId, Vec<(&'static str, String)>>,
    told: usize,
    memory: Memory,
}

impl Watch {
    /// Asks the tablets at which something has happened, once everything is told.
    fn look(&mut self, run: &Run) {
        let world = run.world();
        let records = world.trace().records();
        if !world.between_events() || records.len() == self.seen || self.memory.until.is_some() {
            return;
        }
        let step = records.last().map_or(0, |record| record.step);
        let touched: BTreeSet<TabletId> = records[self.seen..].iter().filter_map(|record| record.tablet).collect();
        self.seen = records.len();
        for tablet in touched {
            let parts = run.memory(tablet);
            self.tell(step, tablet, parts);
        }
        self.memory.until = (self.told > ENOUGH).then_some(step);
    }

    fn tell(&mut self, step: u64, tablet: TabletId, parts: Vec<(&'static str, String)>) {
        let before = self.parts.entry(tablet).or_default();
        let is_down = parts.is_empty();
        let gone = before.iter().filter(|_| is_down).map(|(part, _)| (*part, String::new()));
        let now: Vec<_> = parts.into_iter().chain(gone).collect();
        for (place, (part, value)) in now.iter().enumerate() {
            if before.get(place).is_none_or(|(_, old)| old != value) {
                let value = shortened(value);
                self.told += value.len();
                self.memory.changes.push(Remembered { step, tablet, part, value });
            }
        }
        *before = now;
    }
}

/// The value, or what fits of it and a mark that there was more.
fn shortened(value: &str) -> String {
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, shortened};

    #[test]
    fn what_is_cut_says_so() {
        let whole = "ä".repeat(LONGEST);
        assert_eq!(shortened(&whole), whole);
        assert_eq!(shortened(&format!("{whole}b")), format!("{whole} …"));
    }
}
