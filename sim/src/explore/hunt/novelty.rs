//! What a run has reached, so that another one can be told to have reached something new.

use crate::trace::by_name::{CUTS, name};
use crate::trace::{Trace, What};
use std::collections::{BTreeMap, BTreeSet};
use tablets::ids::TabletId;
use tablets::message::Kind;

/// Transactions that ran, by type of tablet; and which fault struck after which cut of which
/// transaction of which type of tablet.
pub(super) fn features(trace: &Trace) -> BTreeSet<String> {
    let mut kinds: BTreeMap<TabletId, Kind> = BTreeMap::new();
    let mut last: Option<String> = None;
    let mut features = BTreeSet::new();
    let mut seen: BTreeSet<(Kind, Kind)> = BTreeSet::new();
    for record in trace.records() {
        match (&record.what, record.tablet) {
            (What::Created(kind), Some(tablet)) => drop(kinds.insert(tablet, kind)),
            (What::Cut { cut, tx, .. }, Some(tablet)) => {
                let kind = kinds.get(&tablet).copied().unwrap_or("?");
                if seen.insert((kind, *tx)) {
                    features.insert(format!("{kind} {tx}"));
                }
                last = Some(format!("{kind} {tx} {}", name(CUTS, *cut)));
            }
            (What::Fault(line), _) => {
                let verb = line.split(' ').next().unwrap_or_default();
                features.insert(format!("{} {verb}", last.as_deref().unwrap_or("start")));
            }
            _ => {}
        }
    }
    features
}
