//! honest_status: what is said to have succeeded has, and what has not says why.

use crate::oracle::applied::Applied;
use crate::oracle::{Facts, Objection, Oracle, View};
use crate::trace::{Record, What};
use std::collections::{BTreeMap, BTreeSet};
use tablets::ids::OperationId;
use tablets::message::ScanStatus;
use tablets::schemeshard::{
    Outcome, ProgressKey, RestoreState, RestoreStateRow, SchemeShard, SchemeShardTables, ShardState,
};

/// A shard's Success is written only when its target holds every row; Failed and Cancelled
/// carry an issue; the terminal state never changes. (That Completed is exact is
/// `restore_exact`'s.)
#[derive(Clone, Debug, Default, Hash)]
pub struct HonestStatus {
    applied: Applied,
    succeeded: BTreeSet<ProgressKey>,
    ended: BTreeMap<OperationId, RestoreStateRow>,
    looked: u64,
}

impl Oracle for HonestStatus {
    fn name(&self) -> &'static str {
        "honest_status"
    }

    fn rule(&self) -> &'static str {
        "Success is reported only for what is durably applied; Failed and Cancelled say why; an end is final"
    }

    fn facts(&self) -> Facts {
        Facts::DURABLE
    }

    fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection> {
        let What::Durable { .. } = record.what else {
            return None;
        };
        let tables = view.durable::<SchemeShard>(record.tablet?)?;
        self.applied.follow(&tables, view);
        let wrong = self.false_success(&tables, view).or_else(|| self.dishonest_end(&tables));
        self.succeeded.retain(|key| tables.shard_progress.contains_key(key));
        wrong.map(|(sentence, details)| Objection {
            oracle: self.name(),
            sentence,
            rule: self.rule(),
            tablets: record.tablet.into_iter().collect(),
            steps: vec![record.step],
            details,
        })
    }

    fn at_end(&mut self, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn looked(&self) -> u64 {
        self.looked
    }
}

type Wrong = Option<(String, Vec<String>)>;

impl HonestStatus {
    fn false_success(&mut self, tables: &SchemeShardTables, view: &View<'_>) -> Wrong {
        let success = ShardState::Done(ScanStatus::Success);
        let new: Vec<ProgressKey> = tables
            .shard_progress
            .iter()
            .filter(|(key, row)| row.state == success && !self.succeeded.contains(key))
            .map(|(key, _)| *key)
            .collect();
        for key in new {
            self.looked += 1;
            self.succeeded.insert(key);
            let restore = &tables.restores[&key.operation];
            let place = (key.incremental, key.sub_operation, key.shard);
            if let Some(missing) = self.applied.first_missing(view, tables, key.operation, restore, place) {
                let sentence = format!("{} is said to have succeeded in increment {}", key.shard, key.incremental);
                return Some((sentence, vec![missing]));
            }
        }
        None
    }

    fn dishonest_end(&mut self, tables: &SchemeShardTables) -> Wrong {
        for (operation, row) in tables.restore_states.iter() {
            let RestoreState::Ended(outcome) = row.state else {
                continue;
            };
            match self.ended.insert(*operation, row.clone()) {
                None => self.looked += 1,
                Some(before) if before != *row => {
                    return Some((format!("{operation} had ended, and its state changed"), Vec::new()));
                }
                Some(_) => {}
            }
            if outcome != Outcome::Completed && row.issues.is_empty() {
                return Some((format!("{operation} ended as {outcome:?} and does not say why"), Vec::new()));
            }
        }
        None
    }
}
