//! `no_panic`: no tablet ever breaks one of its own invariants.
//!
//! Nor would it if it booted after any of its commits.
//!
//! Left out: crash loops as such. A tablet that panicked is not started again, so the first
//! panic at boot is the whole story.

use crate::oracle::{Executed, Facts, Glimpse, Objection, Oracle, Shadow, View, Watch};
use crate::trace::{Record, What};

/// The oracle.
#[derive(Clone, Debug, Default, Hash)]
pub struct NoPanic {
    boots: u64,
}

impl Oracle for NoPanic {
    fn name(&self) -> &'static str {
        "no_panic"
    }

    fn rule(&self) -> &'static str {
        "no assertion of a tablet fails, whatever faults there are"
    }

    fn watch(&self) -> Watch {
        Watch::Inside
    }

    fn facts(&self) -> Facts {
        Facts::OTHER
    }

    fn observe(&mut self, record: &Record, _: &View<'_>) -> Option<Objection> {
        let tablet = record.tablet?;
        let sentence = match &record.what {
            What::Booted { .. } => {
                self.boots += 1;
                return None;
            }
            What::Panicked(sentence) => sentence,
            _ => return None,
        };
        Some(Objection {
            oracle: self.name(),
            sentence: format!("{tablet}.{} panicked: {sentence}", record.generation),
            rule: self.rule(),
            tablets: vec![tablet],
            steps: vec![record.step],
            details: Vec::new(),
        })
    }

    fn look(&mut self, glimpse: &Glimpse<'_>, view: &View<'_>) -> Option<Objection> {
        let Glimpse::Executed(Executed { tablet, tx, shadow: Shadow::Panics(sentence), .. }) = glimpse else {
            return None;
        };
        Some(Objection {
            oracle: self.name(),
            sentence: format!("after {tx}, a boot of {tablet} would panic: {sentence}"),
            rule: self.rule(),
            tablets: vec![*tablet],
            steps: vec![view.step()],
            details: Vec::new(),
        })
    }

    fn at_end(&mut self, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn looked(&self) -> u64 {
        self.boots
    }
}
