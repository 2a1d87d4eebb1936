//! SchemeShard's rows of restores, before and after each of its commits.
//!
//! Tables are shared until they are written, so to keep those of the commit before costs nothing
//! where they did not change, and whether they did is a comparison of two pointers.

use crate::oracle::View;
use crate::trace::{Record, What};
use std::collections::BTreeMap;
use std::sync::Arc;
use tablets::ids::{OperationId, TabletId};
use tablets::schemeshard::{ProgressKey, ProgressRow, RestoreStateRow, SchemeShard, SchemeShardTables};

/// What all restores are doing, and their work lists.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Lists {
    pub(super) states: Arc<BTreeMap<OperationId, RestoreStateRow>>,
    pub(super) rows: Arc<BTreeMap<ProgressKey, ProgressRow>>,
}

impl Lists {
    /// The work list of one restore.
    pub(super) fn of(&self, operation: OperationId) -> impl Iterator<Item = (&ProgressKey, &ProgressRow)> {
        let key = |incremental, sub_operation, shard| ProgressKey { operation, incremental, sub_operation, shard };
        self.rows.range(key(0, 0, TabletId(0))..=key(u32::MAX, u32::MAX, TabletId(u64::MAX)))
    }
}

/// A commit of SchemeShard that changed something of a restore.
pub(super) struct Change {
    pub(super) before: Lists,
    pub(super) after: Lists,
    pub(super) tables: Arc<SchemeShardTables>,
}

impl Change {
    /// Restores that were there before or are after.
    pub(super) fn restores(&self) -> Vec<OperationId> {
        let gone = self.before.states.keys().filter(|operation| !self.after.states.contains_key(operation));
        gone.chain(self.after.states.keys()).copied().collect()
    }

    /// Rows that differ, as they were and as they are.
    pub(super) fn rows(
        &self,
        operation: OperationId,
    ) -> impl Iterator<Item = (ProgressKey, Option<&ProgressRow>, Option<&ProgressRow>)> {
        let gone = self.before.of(operation).filter(|(key, _)| !self.after.rows.contains_key(key));
        let gone = gone.map(|(key, row)| (*key, Some(row), None));
        let now = self.after.of(operation).map(|(key, row)| (*key, self.before.rows.get(key), Some(row)));
        gone.chain(now).filter(|(_, before, after)| before != after)
    }
}

/// Keeps what was before.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct WorkLists {
    known: BTreeMap<TabletId, Lists>,
}

impl WorkLists {
    /// A row as it is durable.
    pub(super) fn row(&self, key: &ProgressKey) -> Option<&ProgressRow> {
        self.known.values().find_map(|lists| lists.rows.get(key))
    }

    /// Takes one record; a commit that changed nothing of restores is none.
    pub(super) fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Change> {
        let (What::Durable { .. }, Some(tablet)) = (&record.what, record.tablet) else {
            return None;
        };
        let tables = view.durable::<SchemeShard>(tablet)?;
        let known = self.known.entry(tablet).or_default();
        if Arc::ptr_eq(&known.states, &tables.restore_states) && Arc::ptr_eq(&known.rows, &tables.shard_progress) {
            return None;
        }
        let after = Lists { states: Arc::clone(&tables.restore_states), rows: Arc::clone(&tables.shard_progress) };
        let before = std::mem::replace(known, after.clone());
        Some(Change { before, after, tables })
    }
}
