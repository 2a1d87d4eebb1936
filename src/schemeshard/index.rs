//! Indexes in the tree: `<table>/<index>/indexImplTable`, where a table's row in `TableIndexes`
//! says which columns. An index table is created, held, backed up, restored and dropped with
//! its table and never by itself.

use crate::ids::{ColumnId, OperationId, PathId, TabletId};
use crate::index::{IMPL_TABLE, IndexFeed, IndexSpec};
use crate::local_db::Txn;
use crate::message::{IndexView, Status};
use crate::schemeshard::schema::{IndexKey, IndexRow, PathKind, Paths, SchemeShardTables, TableIndexes};
use crate::schemeshard::tree::{self, Refusal, absolute};
use crate::schemeshard::{PathState, SchemeShard};

/// The indexes of a table.
pub(super) fn indexes(tables: &SchemeShardTables, table: PathId) -> impl Iterator<Item = (PathId, &IndexRow)> {
    let key = |index| IndexKey { table, index };
    tables.indexes.range(key(PathId(0))..=key(PathId(u64::MAX))).map(|(key, row)| (key.index, row))
}

/// The index that this table holds the rows of, if it does.
pub(super) fn index_of(tables: &SchemeShardTables, impl_table: PathId) -> Option<PathId> {
    let parent = tables.paths.get(&impl_table)?.parent?;
    (tables.paths[&parent].kind == PathKind::Index).then_some(parent)
}

/// A table and the tables of its indexes.
pub(super) fn with_indexes(tables: &SchemeShardTables, table: PathId) -> Vec<PathId> {
    std::iter::once(table).chain(indexes(tables, table).map(|(_, row)| row.impl_table)).collect()
}

/// Creates the paths of an index below its table; the caller makes the table's row.
pub(super) fn create(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    table: PathId,
    (name, columns): (&str, &[ColumnId]),
    held: (PathState, OperationId),
) -> PathId {
    let index = ss.tree.create(txn, table, name, PathKind::Index, Some(held));
    let impl_table = ss.tree.create(txn, index, IMPL_TABLE, PathKind::Table, Some(held));
    txn.put::<TableIndexes>(IndexKey { table, index }, IndexRow { columns: columns.to_vec(), impl_table });
    impl_table
}

/// Holds a table; if it is an index's, the index too.
pub(super) fn hold(txn: &mut Txn<'_, SchemeShardTables>, table: PathId, state: PathState, holder: OperationId) {
    tree::hold(txn, table, state, holder);
    if let Some(index) = index_of(txn.tables(), table) {
        tree::hold(txn, index, state, holder);
    }
}

/// A mistake: the index tables that a restore fills are not held any more.
pub(super) fn forget_locks(txn: &mut Txn<'_, SchemeShardTables>, restore: OperationId) {
    let targets = txn.tables().restores[&restore].targets.clone();
    for target in targets {
        for path in index_of(txn.tables(), target).into_iter().flat_map(|index| [index, target]) {
            txn.update::<Paths>(&path, |row| (row.state, row.holder) = (PathState::NoChanges, None));
        }
    }
}

/// What the shards of a table must know to feed its indexes.
pub(super) fn feeds(tables: &SchemeShardTables, table: PathId, schemeshard_id: TabletId) -> Vec<IndexFeed> {
    let feed = |(_, row): (PathId, &IndexRow)| IndexFeed {
        path_id: row.impl_table,
        key: tables.tables[&row.impl_table].schema.key.clone(),
        schemeshard_id,
    };
    indexes(tables, table).map(feed).collect()
}

/// The indexes of a table, for people.
pub(super) fn views(tables: &SchemeShardTables, table: PathId) -> Vec<IndexView> {
    let name_of = |id: &ColumnId| {
        let column = tables.tables[&table].schema.columns.iter().find(|column| column.id == *id);
        column.expect("an index is over columns of its table").name.clone()
    };
    let view = |(index, row): (PathId, &IndexRow)| IndexView {
        name: tables.paths[&index].name.to_string(),
        columns: row.columns.iter().map(name_of).collect(),
    };
    indexes(tables, table).map(view).collect()
}

/// Refuses a table that holds the rows of an index.
pub(super) fn check_no_index_table(tables: &SchemeShardTables, table: PathId) -> Result<(), Refusal> {
    let Some(index) = index_of(tables, table) else {
        return Ok(());
    };
    let of = tables.paths[&index].parent.expect("an index is below its table");
    let (found, of) = (absolute(tables, table), absolute(tables, of));
    Err((Status::PreconditionFailed, format!("{found} belongs to an index; name its table {of} instead")))
}

/// The columns of an index that a client asks for.
///
/// # Errors
/// A name that cannot be, columns that are unknown or twice there, or the primary key again.
pub(super) fn check_spec(
    path: &str,
    schema: &crate::row::TableSchema,
    spec: &IndexSpec,
    earlier: &[IndexSpec],
) -> Result<Vec<ColumnId>, Refusal> {
    let IndexSpec { name, columns, .. } = spec;
    let refuse = |reason: String| Err((Status::SchemeError, format!("{path}: {reason}")));
    if name.is_empty() || name.contains('/') {
        return refuse(format!("'{name}' cannot be the name of an index; take one without '/'"));
    }
    if earlier.iter().any(|other| other.name == *name) {
        return refuse(format!("index {name} is there twice; give each its own name"));
    }
    let mut ids = Vec::new();
    for column in columns {
        let Some(found) = schema.column(column) else {
            return refuse(format!(
                "index {name} is over {column}, which is not a column of the table; add it or name another"
            ));
        };
        if ids.contains(&found.id) {
            return refuse(format!("index {name} names column {column} twice; leave one out"));
        }
        ids.push(found.id);
    }
    if ids.is_empty() {
        return refuse(format!("index {name} has no columns; name at least one"));
    }
    if schema.key.starts_with(&ids) && schema.key.len() == ids.len() {
        return refuse(format!("index {name} is the primary key again; leave it out, the table is sorted by that"));
    }
    Ok(ids)
}
