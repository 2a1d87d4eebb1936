//! What a run has reached, so that another one can be told to have reached something new.

use crate::run::Outcome;
use crate::trace::What;
use crate::trace::by_name::{CUTS, name};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tablets::ids::TabletId;
use tablets::message::Kind;

/// Something that a run has reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Feature {
    /// The type of the tablet at which it was.
    pub tablet: String,
    /// What happened there last: a transaction, and the cut that it had come to.
    pub event: String,
    /// The state that an operation entered last, anywhere.
    pub state: String,
    /// The fault that struck just then, by its first word; nothing if the event itself is the news.
    pub fault: String,
}

/// Transactions that ran, by type of tablet; states that operations entered; and which fault
/// struck after which cut of which transaction, while operations were in which state.
pub(super) fn features(outcome: &Outcome) -> BTreeSet<Feature> {
    let mut kinds: BTreeMap<TabletId, Kind> = BTreeMap::new();
    let mut features = BTreeSet::new();
    let (mut tablet, mut event, mut state) = ("", "start".to_owned(), String::new());
    for record in outcome.trace.records() {
        match (&record.what, record.tablet) {
            (What::Created(kind), Some(at)) => drop(kinds.insert(at, kind)),
            (What::Cut { cut, tx, .. }, Some(at)) => {
                tablet = kinds.get(&at).copied().unwrap_or("?");
                event = format!("{tx} {}", name(CUTS, *cut));
                let (event, none) = ((*tx).to_owned(), String::new());
                features.insert(Feature { tablet: tablet.to_owned(), event, state: none.clone(), fault: none });
            }
            (What::Durable { redo, .. }, Some(at)) => {
                let kind = kinds.get(&at).copied().unwrap_or("?");
                if let Some(entered) = outcome.types.last_reached(kind, redo) {
                    state = entered;
                    let (tablet, event, state) = (kind.to_owned(), String::new(), state.clone());
                    features.insert(Feature { tablet, event, state, fault: String::new() });
                }
            }
            (What::Fault(line), _) => {
                let fault = line.split(' ').next().unwrap_or_default().to_owned();
                let (tablet, event, state) = (tablet.to_owned(), event.clone(), state.clone());
                features.insert(Feature { tablet, event, state, fault });
            }
            _ => {}
        }
    }
    features
}
