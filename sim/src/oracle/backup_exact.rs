//! backup_exact: a Completed backup holds what the users had written at its cut.

use crate::oracle::model::{Model, Rows, differences_of, name_of, plain};
use crate::oracle::{Facts, Objection, Oracle, View, Watch};
use crate::trace::Record;
use std::collections::BTreeSet;
use tablets::datashard::DataShard;
use tablets::ids::{OperationId, PathId};
use tablets::row::{Key, Row, Value};
use tablets::schemeshard::{BackupItem, BackupKind, BackupRow, BackupStatus, SchemeShardTables};

/// At the commit with which a backup becomes Completed, its chain as stored (the full backup, and
/// over it every Completed incremental up to this one) gives for every listed table the rows that
/// the model had at the moment of the cut, and for an index table what follows from its table.
#[derive(Clone, Debug, Default, Hash)]
pub struct BackupExact {
    model: Model,
    judged: BTreeSet<OperationId>,
    looked: u64,
}

impl Oracle for BackupExact {
    fn name(&self) -> &'static str {
        "backup_exact"
    }

    fn rule(&self) -> &'static str {
        "a completed backup, its full backup folded with its increments, holds exactly the rows that users had written \
         at one moment, its cut, in all listed tables and all their shards; index tables follow from their tables"
    }

    fn watch(&self) -> Watch {
        Watch::Ends
    }

    fn facts(&self) -> Facts {
        Facts::DURABLE
    }

    fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection> {
        let (tables, _) = self.model.observe(record, view)?;
        let completed = tables.backups.iter().filter(|(_, row)| row.status == BackupStatus::Completed);
        let new: Vec<OperationId> =
            completed.map(|(backup, _)| *backup).filter(|backup| self.judged.insert(*backup)).collect();
        new.into_iter().find_map(|backup| self.judge(backup, &tables, record, view))
    }

    fn at_end(&mut self, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn looked(&self) -> u64 {
        self.looked
    }
}

impl BackupExact {
    fn judge(
        &mut self,
        backup: OperationId,
        tables: &SchemeShardTables,
        record: &Record,
        view: &View<'_>,
    ) -> Option<Objection> {
        self.looked += 1;
        let row = &tables.backups[&backup];
        let chain = chain(tables, row);
        let mut wrong: Vec<String> = left_out(tables, row);
        let mut shards = Vec::new();
        for item in &row.items {
            let Some(expected) = self.model.expected(backup, &row.items, item, tables) else {
                continue;
            };
            let lines = match folded(&chain, &item.name, tables, view) {
                Ok(found) => differences_of(&item.name, &expected, &found),
                Err(why) => vec![why],
            };
            if !lines.is_empty() {
                let stored = tables.tables.get(&item.table).into_iter().flat_map(|table| &table.partitions);
                shards.extend(stored.map(|part| part.tablet));
            }
            wrong.extend(lines);
        }
        let kind = match row.kind {
            BackupKind::Full => "full",
            BackupKind::Incremental => "incremental",
        };
        (!wrong.is_empty()).then(|| Objection {
            oracle: self.name(),
            sentence: format!(
                "the {kind} backup {} ({backup}) completes, but what is stored is not what users had written at its cut",
                name_of(tables, row.dir)
            ),
            rule: self.rule(),
            tablets: record.tablet.into_iter().chain(shards).collect(),
            steps: vec![record.step],
            details: wrong,
        })
    }
}

/// The backups that a restore of this one reads: the newest full backup up to it, and the completed
/// incrementals after that, in order.
fn chain<'a>(tables: &'a SchemeShardTables, row: &BackupRow) -> Vec<&'a BackupRow> {
    let all = tables.backups.values().filter(|other| {
        other.collection == row.collection && other.seq <= row.seq && other.status == BackupStatus::Completed
    });
    let mut chain: Vec<&BackupRow> = all.collect();
    chain.sort_by_key(|other| other.seq);
    let full = chain.iter().rposition(|other| other.kind == BackupKind::Full).unwrap_or(0);
    chain.split_off(full)
}

/// Listed tables of which the backup has no copy, one line each.
fn left_out(tables: &SchemeShardTables, row: &BackupRow) -> Vec<String> {
    let listed = tables.collections.get(&row.collection).into_iter().flat_map(|collection| &collection.tables);
    let missing = listed.filter(|name| row.items.iter().all(|item| item.name != **name));
    missing.map(|name| format!("{name} is listed, and the backup has no copy of it")).collect()
}

/// A table as its chain stores it, or how the chain is no chain.
fn folded(chain: &[&BackupRow], name: &str, tables: &SchemeShardTables, view: &View<'_>) -> Result<Rows, String> {
    let mut rows = Rows::new();
    for (i, backup) in chain.iter().enumerate() {
        let dir = name_of(tables, backup.dir);
        if (i == 0) != (backup.kind == BackupKind::Full) {
            return Err(format!("{dir} is no part of a chain: a full backup comes first, and only first"));
        }
        let Some(item) = backup.items.iter().find(|item| item.name == name) else {
            return Err(format!("{name}: {dir} has no copy of it"));
        };
        for (key, row) in copy(item, tables, view) {
            fold(&mut rows, key, row, item.table, tables).map_err(|why| format!("{name}: {dir}, key {why}"))?;
        }
    }
    Ok(rows.iter().map(|(key, row)| (key.clone(), plain(row))).collect())
}

/// The rows of one copy, as its shards hold them durably.
fn copy(item: &BackupItem, tables: &SchemeShardTables, view: &View<'_>) -> Vec<(Key, Row)> {
    let parts = tables.tables.get(&item.table).into_iter().flat_map(|table| &table.partitions);
    let shards = parts.filter_map(|part| view.durable::<DataShard>(part.tablet));
    shards
        .flat_map(|shard| shard.rows.iter().map(|(key, row)| (key.clone(), row.clone())).collect::<Vec<_>>())
        .collect()
}

/// Puts a stored row over what the chain has so far.
fn fold(rows: &mut Rows, key: Key, mut row: Row, copy: PathId, tables: &SchemeShardTables) -> Result<(), String> {
    let marker = tables.tables[&copy].schema.marker();
    let Some(marker) = marker else {
        rows.insert(key, row);
        return Ok(());
    };
    match row.get(marker) {
        Some(Value::Bool(true)) if row.cells().count() > 1 => Err(format!("{key}: a removed key with cells: {row}")),
        Some(Value::Bool(true)) => {
            rows.remove(&key);
            Ok(())
        }
        Some(Value::Bool(false)) => {
            row = Row::new(row.cells().filter(|(column, _)| *column != marker).cloned());
            rows.entry(key).or_default().patch(&row);
            Ok(())
        }
        found => Err(format!("{key}: the marker is {found:?}, and must be true or false")),
    }
}
