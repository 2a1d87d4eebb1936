//! The reference: what every table holds, folded from the users' writes that became durable.
//!
//! It reads the users' requests, not the shards' rows, change streams or backup tables, so a
//! mistake in any of these cannot hide in it. A write counts when the commit that it caused
//! is durable at its shard. A backup is of one moment, for all of its tables and shards: when
//! SchemeShard's commit that decides the cut is durable. By then all shards must have blocked
//! writes, and none may take one before it has made its part of the cut.
//! Rows are kept by table: a key has one shard at a time, so splits and merges change nothing here.
//! A restore that ended well makes its targets' rows what the model said they had to be; of one
//! that failed or was cancelled nothing is promised, so its targets' rows are taken as they are.
//!
//! Left out: what clients were told. A lost answer says nothing about the write.

use crate::oracle::View;
use crate::trace::{Record, What};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tablets::datashard::DataShard;
use tablets::ids::{ColumnId, OperationId, PathId, TabletId};
use tablets::message::{DataShardMessage, Parcel, ShardStep, WriteOp};
use tablets::row::{Key, Row, TableSchema, Value};
use tablets::schemeshard::{
    BackupItem, BackupRow, BackupStatus, OperationKind, Outcome, Phase, RestoreState, SchemeShard, SchemeShardTables,
    TableRow,
};

/// Rows by key, without their nulls, which to a user are the same as absent cells.
pub(super) type Rows = BTreeMap<Key, Row>;

/// The model of all user tables. Rows are shared until they are written, as copies of a run and
/// backups of a table have them in common.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Model {
    rows: BTreeMap<PathId, Arc<Rows>>,
    table_of: BTreeMap<TabletId, PathId>,
    at_cut: BTreeMap<OperationId, BTreeMap<PathId, Arc<Rows>>>,
    unfinished: BTreeSet<PathId>,
    /// Restores whose outcome was taken.
    ended: BTreeSet<OperationId>,
}

/// A restore that completes, and what its targets must hold, in the order of the targets.
pub(super) struct Completes {
    pub(super) operation: OperationId,
    /// Nothing for an index of a table that no restore has finished.
    pub(super) targets: Vec<Option<Arc<Rows>>>,
}

/// The newest Completed backup of a collection, which has nothing newer while it is restored from.
/// What SchemeShard takes for the chain's end may be wrong.
fn newest(tables: &SchemeShardTables, collection: PathId) -> Option<(&OperationId, &BackupRow)> {
    let completed = |row: &BackupRow| row.collection == collection && row.status == BackupStatus::Completed;
    tables.backups.iter().filter(|(_, row)| completed(row)).max_by_key(|(_, row)| row.seq)
}

impl Model {
    /// Takes one record; returns SchemeShard's tables if they have changed, and the restores that
    /// complete with this.
    pub(super) fn observe(
        &mut self,
        record: &Record,
        view: &View<'_>,
    ) -> Option<(Arc<SchemeShardTables>, Vec<Completes>)> {
        let (What::Durable { .. }, Some(tablet)) = (&record.what, record.tablet) else {
            return None;
        };
        if let Some(message) = view.executed().and_then(|executed| executed.message.as_ref()) {
            self.take(tablet, message);
        }
        let tables = view.durable::<SchemeShard>(tablet)?;
        self.take_cuts(&tables);
        self.take_unfinished(&tables, view);
        let completes = self.completes(&tables);
        Some((tables, completes))
    }

    /// The commit that a message led to is durable.
    fn take(&mut self, tablet: TabletId, message: &Parcel) {
        if !matches!(message.kind, "Write" | "Init") {
            return;
        }
        match message.open::<DataShardMessage>() {
            Ok(DataShardMessage::Step { step: ShardStep::Init(init), .. }) => {
                self.table_of.insert(tablet, init.path_id);
            }
            Ok(DataShardMessage::Write { ops, .. }) => {
                let Some(table) = self.table_of.get(&tablet) else { return };
                let rows = Arc::make_mut(self.rows.entry(*table).or_default());
                for op in ops {
                    match op {
                        WriteOp::Upsert { key, cells } => {
                            let row = rows.entry(key).or_default();
                            row.patch(&cells);
                            if cells.cells().any(|(_, value)| *value == Value::Null) {
                                *row = plain(row);
                            }
                        }
                        WriteOp::Erase { key } => drop(rows.remove(&key)),
                    }
                }
            }
            Ok(_) | Err(_) => {}
        }
    }

    fn take_cuts(&mut self, tables: &SchemeShardTables) {
        let cuts =
            |row: &tablets::schemeshard::OperationRow| row.kind == OperationKind::Backup && row.phase == Phase::Cut;
        for (backup, _) in tables.operations.iter().filter(|(_, row)| cuts(row)) {
            if self.at_cut.contains_key(backup) {
                continue;
            }
            let sources = tables.backups[backup].items.iter().filter(|item| item.index.is_none());
            let rows = |item: &BackupItem| (item.source, self.rows.get(&item.source).cloned().unwrap_or_default());
            self.at_cut.insert(*backup, sources.map(rows).collect());
        }
    }

    /// A restore that failed or was cancelled promises nothing: its targets hold what they hold.
    fn take_unfinished(&mut self, tables: &SchemeShardTables, view: &View<'_>) {
        for (operation, row) in tables.restore_states.iter() {
            let unfinished = matches!(row.state, RestoreState::Ended(Outcome::Failed | Outcome::Cancelled));
            if !unfinished || !self.ended.insert(*operation) {
                continue;
            }
            for target in &tables.restores[operation].targets {
                if let Some(table) = tables.tables.get(target) {
                    self.rows.insert(*target, Arc::new(stored(view, table)));
                    self.unfinished.insert(*target);
                }
            }
        }
    }

    /// The restores that complete; their targets hold from now on what they must.
    fn completes(&mut self, tables: &SchemeShardTables) -> Vec<Completes> {
        let completed = |state| {
            matches!(state, RestoreState::Finalizing(Outcome::Completed) | RestoreState::Ended(Outcome::Completed))
        };
        let all = tables.restore_states.iter().filter(|(_, row)| completed(row.state));
        let new: Vec<OperationId> =
            all.map(|(operation, _)| *operation).filter(|operation| self.ended.insert(*operation)).collect();
        new.into_iter().map(|operation| self.complete(operation, tables)).collect()
    }

    fn complete(&mut self, operation: OperationId, tables: &SchemeShardTables) -> Completes {
        let restore = &tables.restores[&operation];
        let last = newest(tables, restore.backup_collection_path_id);
        let items = last.map(|(_, row)| row.items.as_slice()).unwrap_or_default();
        let mut targets = Vec::new();
        for (name, target) in restore.table_path_list.iter().zip(&restore.targets) {
            let item = items.iter().find(|item| item.name == *name);
            let expected = match (last, item) {
                (Some((backup, _)), Some(item)) => self.expected(*backup, items, item, tables),
                _ => Some(Arc::default()),
            };
            if item.is_some_and(|item| item.index.is_none() && self.unfinished.contains(&item.source)) {
                self.unfinished.insert(*target);
            }
            if let Some(rows) = &expected {
                self.rows.insert(*target, Arc::clone(rows));
            }
            targets.push(expected);
        }
        Completes { operation, targets }
    }

    /// What a backup of this item, one of `items`, must hold; `None` for an index of a table that no
    /// restore has finished.
    pub(super) fn expected(
        &self,
        backup: OperationId,
        items: &[BackupItem],
        item: &BackupItem,
        tables: &SchemeShardTables,
    ) -> Option<Arc<Rows>> {
        let Some(index) = &item.index else {
            return Some(self.at_cut(backup, item.source));
        };
        let of = &items[index.of as usize];
        let schema = &tables.tables.get(&of.table)?.schema;
        let rows = self.at_cut(backup, of.source);
        (!self.unfinished.contains(&of.source)).then(|| Arc::new(index_rows(schema, &index.columns, &rows)))
    }

    /// The rows of a user's table at the cut of a backup.
    fn at_cut(&self, backup: OperationId, table: PathId) -> Arc<Rows> {
        self.at_cut.get(&backup).and_then(|tables| tables.get(&table)).cloned().unwrap_or_default()
    }

    /// Whether nothing is promised of a table's indexes: the table is what a restore left that did
    /// not end well, or was restored from a backup of such a one.
    pub(super) fn is_unfinished(&self, table: PathId) -> bool {
        self.unfinished.contains(&table)
    }
}

/// The rows of the table of an index over `columns`, as they follow from the rows of its table:
/// one for each, under the indexed values and what the primary key has beyond them.
pub(super) fn index_rows(table: &TableSchema, columns: &[ColumnId], rows: &Rows) -> Rows {
    let beyond: Vec<ColumnId> = table.key.iter().copied().filter(|id| !columns.contains(id)).collect();
    let under = |key: &Key, row: &Row| {
        let primary: BTreeMap<ColumnId, &Value> = table.key.iter().copied().zip(key.values()).collect();
        let value = |id: &ColumnId| primary.get(id).copied().or_else(|| row.get(*id)).unwrap_or(&Value::Null).clone();
        Key::new(columns.iter().chain(&beyond).map(value))
    };
    rows.iter().map(|(key, row)| (under(key, row), Row::default())).collect()
}

/// The rows that a table's shards hold durably.
pub(super) fn stored(view: &View<'_>, table: &TableRow) -> Rows {
    let shards = table.partitions.iter().filter_map(|part| view.durable::<DataShard>(part.tablet));
    shards.flat_map(|shard| shard.rows.iter().map(|(key, row)| (key.clone(), plain(row))).collect::<Vec<_>>()).collect()
}

/// Whether a table's shards hold exactly these rows durably, none of them twice.
pub(super) fn holds(view: &View<'_>, table: &TableRow, rows: &Rows) -> bool {
    let shards = table.partitions.iter().filter_map(|part| view.durable::<DataShard>(part.tablet));
    let mut rows = rows.iter();
    let are_next = shards.into_iter().all(|shard| {
        let is_next = |(key, row)| rows.next().is_some_and(|(k, r)| k == key && cells(row).eq(r.cells()));
        shard.rows.iter().all(is_next)
    });
    are_next && rows.next().is_none()
}

/// A row without its nulls.
pub(super) fn plain(row: &Row) -> Row {
    Row::new(cells(row).cloned())
}

/// The cells of a row that are not null.
fn cells(row: &Row) -> impl Iterator<Item = &(ColumnId, Value)> {
    row.cells().filter(|(_, value)| *value != Value::Null)
}

/// The differences in a table, below a line that names it; nothing if there are none.
pub(super) fn differences_of(name: &str, expected: &Rows, found: &Rows) -> Vec<String> {
    let lines = differences(expected, found, 6);
    let head = format!("{name} ({} rows expected, {} found):", expected.len(), found.len());
    let head = (!lines.is_empty()).then_some(head);
    head.into_iter().chain(lines.into_iter().map(|line| format!("  {line}"))).collect()
}

/// Up to `most` differences between two sets of rows, one line each.
pub(super) fn differences(expected: &Rows, found: &Rows, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (key, row) in expected {
        match found.get(key) {
            None => lines.push(format!("key {key}: expected {row}, not there")),
            Some(other) if other != row => lines.push(format!("key {key}: expected {row}, found {other}")),
            Some(_) => {}
        }
    }
    for (key, row) in found.iter().filter(|(key, _)| !expected.contains_key(*key)) {
        lines.push(format!("key {key}: expected no row, found {row}"));
    }
    let more = lines.len().saturating_sub(most);
    lines.truncate(most);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

/// A table's name, for sentences.
pub(super) fn name_of(tables: &SchemeShardTables, path: PathId) -> String {
    match tables.paths.get(&path) {
        Some(row) => match row.parent {
            Some(parent) => format!("{}/{}", name_of(tables, parent), row.name),
            None => format!("/{}", row.name),
        },
        None => path.to_string(),
    }
}
