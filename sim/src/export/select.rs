//! A part of a trace: some of the steps, some of those who take part.

use crate::story::{Fact, Message, Story};
use crate::trace::{Record, actor};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Which part is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// These steps.
    pub steps: RangeInclusive<u64>,
    /// These tablets and clients, such as `t1`; all if there are none.
    pub names: BTreeSet<String>,
}

impl Default for Selection {
    fn default() -> Self {
        Selection { steps: 0..=u64::MAX, names: BTreeSet::new() }
    }
}

impl Selection {
    /// Whether everything is shown.
    pub fn is_all(&self) -> bool {
        *self == Selection::default()
    }

    /// Whether a record is shown; what is about the run is, if its step is.
    pub fn keeps_record(&self, record: &Record) -> bool {
        let name = actor(record);
        let name = name.split('.').next().unwrap_or_default();
        self.steps.contains(&record.step) && (name == "-" || self.keeps_name(name))
    }

    /// Whether a fact is shown.
    pub(super) fn keeps(&self, story: &Story, fact: &Fact) -> bool {
        self.steps.contains(&fact.step) && fact.lane.is_none_or(|lane| self.keeps_name(story.name(lane)))
    }

    /// Whether a message is shown that ends at `end`: one of its ends has to be.
    pub(super) fn keeps_message(&self, story: &Story, message: &Message, end: &Fact) -> bool {
        let ends = [message.from, message.to];
        self.steps.contains(&end.step) && ends.iter().any(|lane| self.keeps_name(story.name(*lane)))
    }

    fn keeps_name(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.contains(name)
    }
}
