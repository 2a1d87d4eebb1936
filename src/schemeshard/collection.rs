//! Backup collections: which shards collect for them, which chain can be restored, and
//! how tables and collections are forgotten.

use crate::ids::{OperationId, PathId, TabletId};
use crate::local_db::Txn;
use crate::quirk::{Quirk, Quirks};
use crate::schemeshard::schema::{
    BackupCollections, BackupKind, BackupRow, BackupStatus, Backups, IndexKey, SchemeShardTables, TableIndexes, Tables,
};
use crate::schemeshard::{PathState, SchemeShard, index, tree};
use std::collections::BTreeSet;

/// The newest Completed full backup and the Completed incrementals after it, in order of
/// their sequence numbers. Empty if there is no full one.
pub(super) fn chain(quirks: Quirks, tables: &SchemeShardTables, collection: PathId) -> Vec<(OperationId, &BackupRow)> {
    let mut completed: Vec<(OperationId, &BackupRow)> = tables
        .backups
        .iter()
        .filter(|(_, row)| row.collection == collection && row.status == BackupStatus::Completed)
        .map(|(id, row)| (*id, row))
        .collect();
    completed.sort_by_key(|(_, row)| row.seq);
    if quirks.has(Quirk::ChainByName) {
        // Names are stamps, so their order is taken for that of the backups.
        completed.sort_by_key(|(_, row)| &tables.paths[&row.dir].name);
    }
    match completed.iter().rposition(|(_, row)| row.kind == BackupKind::Full) {
        Some(full) => completed.split_off(full),
        None => Vec::new(),
    }
}

/// The tables that may collect changes for this collection: those it ever took a backup of and
/// that exist.
pub(super) fn source_tables(tables: &SchemeShardTables, collection: PathId) -> BTreeSet<PathId> {
    let items = tables.backups.values().filter(|row| row.collection == collection).flat_map(|row| &row.items);
    items.map(|item| item.source).filter(|source| tables.tables.contains_key(source)).collect()
}

/// Their shards.
pub(super) fn sources(tables: &SchemeShardTables, collection: PathId) -> BTreeSet<TabletId> {
    let rows = source_tables(tables, collection).into_iter().map(|source| &tables.tables[&source]);
    rows.flat_map(|table| table.partitions.iter().map(|part| part.tablet)).collect()
}

/// Whether a table holds the rows of a backup.
pub(super) fn is_backup_table(tables: &SchemeShardTables, table: PathId) -> bool {
    tables.backups.values().any(|backup| backup.items.iter().any(|item| item.table == table))
}

/// The backup tables of a collection, of failed backups too.
pub(super) fn backup_tables(tables: &SchemeShardTables, collection: PathId) -> Vec<PathId> {
    let items = tables.backups.values().filter(|row| row.collection == collection).flat_map(|row| &row.items);
    items.map(|item| item.table).collect()
}

/// Forgets a table whose shards are deleted, and its indexes.
pub(super) fn forget_table(ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>, path: PathId) {
    let indexes: Vec<(PathId, PathId)> =
        index::indexes(txn.tables(), path).map(|(index, row)| (index, row.impl_table)).collect();
    for (index, impl_table) in indexes {
        txn.erase::<Tables>(&impl_table);
        txn.erase::<TableIndexes>(&IndexKey { table: path, index });
        drop_once(ss, txn, impl_table);
        drop_once(ss, txn, index);
    }
    txn.erase::<Tables>(&path);
    drop_once(ss, txn, path);
}

/// Drops a path, unless that was done by force.
fn drop_once(ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>, path: PathId) {
    if tree::exists(txn.tables(), path) {
        ss.tree.drop_path(txn, path);
    }
}

/// Forgets a collection whose backups' shards are deleted: its rows and all paths below it.
pub(super) fn forget_collection(ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>, collection: PathId) {
    let backups: Vec<OperationId> =
        txn.tables().backups.iter().filter(|(_, row)| row.collection == collection).map(|(id, _)| *id).collect();
    for backup in backups {
        txn.erase::<Backups>(&backup);
    }
    txn.erase::<BackupCollections>(&collection);
    for path in subtree(ss, collection) {
        txn.erase::<Tables>(&path);
        ss.tree.drop_path(txn, path);
    }
    assert_eq!(txn.tables().paths[&collection].state, PathState::NotExist, "the collection itself goes last");
}

/// A path and all below it, children first.
fn subtree(ss: &SchemeShard, root: PathId) -> Vec<PathId> {
    let mut below: Vec<PathId> = ss.tree.children(root).flat_map(|(_, child)| subtree(ss, child)).collect();
    below.push(root);
    below
}
