//! CreateTable, AlterTable and DropTable.
//!
//! An alter's new schema is published with its proposal, and each shard learns it by itself:
//! until all have, a write may meet a shard of the other version, is refused there, and its
//! client resolves again. Left out: YDB's plan step, at which all shards change at once, and
//! every alter but the adding of columns.

use super::{Proposal, check_boundaries, leaf};
use crate::index::{IndexSpec, index_schema};
use crate::message::Status;
use crate::row::{Column, ColumnType, DELETED_MARKER, Key, MARKER_COLUMN, TableSchema};
use crate::schemeshard::PathState;
use crate::schemeshard::schema::{OperationKind, OperationRow, PathKind, Phase, Tables};
use crate::schemeshard::tree::{self, Refusal, check_not_held};
use crate::schemeshard::{index, operation};
use std::collections::BTreeSet;

impl Proposal<'_, '_> {
    pub(super) fn create_table(
        &mut self,
        path: &str,
        (columns, key): (&[Column], &[String]),
        boundaries: &[Key],
        indexes: &[IndexSpec],
    ) -> Result<Status, Refusal> {
        self.part()?;
        self.ss.tree.check_free(self.txn.tables(), path)?;
        let schema = schema_of(path, columns, key)?;
        check_boundaries(path, &schema, boundaries)?;
        let mut plans = Vec::with_capacity(indexes.len());
        for (at, spec) in indexes.iter().enumerate() {
            self.part()?;
            let columns = index::check_spec(path, &schema, spec, &indexes[..at])?;
            let schema = index_schema(&schema, &columns);
            check_boundaries(&format!("{path}/{}", spec.name), &schema, &spec.boundaries)?;
            plans.push((spec, columns, schema));
        }

        let parent = self.ss.tree.create_parents(self.txn, path);
        let held = (PathState::Create, self.operation);
        let table = self.ss.tree.create(self.txn, parent, leaf(path), PathKind::Table, Some(held));
        self.put_table(table, schema, boundaries);
        for (spec, columns, schema) in plans {
            let impl_table = index::create(self.ss, self.txn, table, (&spec.name, &columns), held);
            self.put_table(impl_table, schema, &spec.boundaries);
        }
        let row = OperationRow {
            kind: OperationKind::CreateTable,
            phase: Phase::CreateShards,
            round: 0,
            path: table,
            tables: index::with_indexes(self.txn.tables(), table),
        };
        operation::begin(self.ss, self.txn, self.operation, row, self.outbox);
        Ok(Status::Accepted)
    }

    pub(super) fn alter_table(&mut self, path: &str, add: &[(String, ColumnType)]) -> Result<Status, Refusal> {
        self.part()?;
        let table = self.resolve_kind(path, PathKind::Table)?;
        index::check_no_index_table(self.txn.tables(), table)?;
        check_not_held(self.txn.tables(), table)?;
        if self.is_backup_table(table) {
            let reason = format!("{path} belongs to a backup, which never changes; alter the table it is of");
            return Err((Status::PreconditionFailed, reason));
        }
        check_new_columns(path, &self.txn.tables().tables[&table].schema, add)?;

        tree::hold(self.txn, table, PathState::Alter, self.operation);
        self.txn.update::<Tables>(&table, |row| row.schema = row.schema.with_columns(add));
        let row = OperationRow {
            kind: OperationKind::AlterTable,
            phase: Phase::AlterShards,
            round: 0,
            path: table,
            tables: vec![table],
        };
        operation::begin(self.ss, self.txn, self.operation, row, self.outbox);
        Ok(Status::Accepted)
    }

    pub(super) fn drop_table(&mut self, path: &str) -> Result<Status, Refusal> {
        self.part()?;
        let table = self.resolve_kind(path, PathKind::Table)?;
        index::check_no_index_table(self.txn.tables(), table)?;
        check_not_held(self.txn.tables(), table)?;
        if self.is_backup_table(table) {
            let reason = format!("{path} belongs to a backup; drop the collection instead");
            return Err((Status::PreconditionFailed, reason));
        }

        let tables = index::with_indexes(self.txn.tables(), table);
        for table in &tables {
            index::hold(self.txn, *table, PathState::Drop, self.operation);
        }
        let row =
            OperationRow { kind: OperationKind::DropTable, phase: Phase::DeleteShards, round: 0, path: table, tables };
        operation::begin(self.ss, self.txn, self.operation, row, self.outbox);
        Ok(Status::Accepted)
    }
}

fn check_new_columns(path: &str, schema: &TableSchema, add: &[(String, ColumnType)]) -> Result<(), Refusal> {
    if add.is_empty() {
        return Err((Status::InvalidParameter, format!("nothing is to be added to {path}; name a column")));
    }
    let mut names = BTreeSet::new();
    for (name, _) in add {
        if name == DELETED_MARKER {
            return Err((Status::SchemeError, format!("{DELETED_MARKER} is reserved; choose another name")));
        }
        if schema.column(name).is_some() || !names.insert(name) {
            return Err((Status::SchemeError, format!("{path} has a column {name} already; choose another name")));
        }
    }
    Ok(())
}

fn schema_of(path: &str, columns: &[Column], key: &[String]) -> Result<TableSchema, Refusal> {
    let refuse = |reason: String| Err((Status::SchemeError, format!("{path}: {reason}")));
    let mut names = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for column in columns {
        if column.name == DELETED_MARKER || column.id == MARKER_COLUMN {
            return refuse(format!(
                "column {} takes the name or the id of {DELETED_MARKER}; choose another",
                column.name
            ));
        }
        if !names.insert(&column.name) || !ids.insert(column.id) {
            return refuse(format!("column {} is there twice; name it once", column.name));
        }
    }
    let mut schema = TableSchema { columns: columns.to_vec(), key: Vec::new(), version: 1 };
    for name in key {
        let Some(column) = schema.column(name) else {
            return refuse(format!("key column {name} is not a column of the table; name one"));
        };
        let id = column.id;
        if schema.is_key(id) {
            return refuse(format!("key column {name} is there twice; name it once"));
        }
        schema.key.push(id);
    }
    if schema.key.is_empty() {
        return refuse("a table needs a primary key; name its columns".to_owned());
    }
    Ok(schema)
}
