//! Verbs about backups and restores.

use crate::scenario::args::Args;
use crate::scenario::catalog::{Catalog, OperationKind};
use crate::scenario::error::{Flaw, unknown};
use crate::scenario::statement::{Named, Statement};
use crate::scenario::table::{TableDef, boundaries};
use std::sync::Arc;
use tablets::row::Key;

/// The states of a restore.
const STATES: [&str; 5] = ["Running", "Finalizing", "Completed", "Failed", "Cancelled"];

pub(super) fn full(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    backup(args, catalog, false)
}

pub(super) fn incremental(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    backup(args, catalog, true)
}

fn backup(args: &mut Args, catalog: &Catalog, incremental: bool) -> Result<Statement, Flaw> {
    let collection = catalog.collection(args.word("a collection's name")?)?;
    Ok(Statement::Backup { collection, incremental, name: catalog.new_operation(args.key("as"))? })
}

pub(super) fn restore(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    let collection = catalog.collection(args.word("a collection's name")?)?;
    let name = catalog.new_operation(args.key("as"))?;
    let mut split: Vec<(Arc<TableDef>, Vec<Key>)> = Vec::new();
    for (path, points) in args.pairs() {
        let table = catalog.table_of(&collection, &path)?;
        if split.iter().any(|(other, _)| *other == table) {
            return Err(path.flaw(format!("'{}' is given twice", path.text)));
        }
        let points = boundaries(&table.schema, &points, catalog.marks)?;
        split.push((table, points));
    }
    Ok(Statement::Restore { collection, name, boundaries: split })
}

fn named(args: &mut Args, catalog: &Catalog, kind: OperationKind) -> Result<Named, Flaw> {
    catalog.operation(&args.word("a name that was given with as=")?, Some(kind))
}

pub(super) fn cancel(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    Ok(Statement::Cancel { restore: named(args, catalog, OperationKind::Restore)? })
}

pub(super) fn forget(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    Ok(Statement::Forget { restore: named(args, catalog, OperationKind::Restore)? })
}

pub(super) fn get_restore(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    Ok(Statement::GetRestore { restore: named(args, catalog, OperationKind::Restore)? })
}

pub(super) fn list_restores(_: &mut Args, _: &Catalog) -> Result<Statement, Flaw> {
    Ok(Statement::ListRestores)
}

pub(super) fn get_backup(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    Ok(Statement::GetBackup { backup: named(args, catalog, OperationKind::Backup)? })
}

pub(super) fn expect_restore(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    let restore = named(args, catalog, OperationKind::Restore)?;
    let state = args.required("state")?;
    let states: Vec<String> = state.text.split('|').map(str::to_owned).collect();
    match states.iter().find(|name| !STATES.contains(&name.as_str())) {
        Some(name) => Err(state.flaw(unknown("state of a restore", name, STATES))),
        None => Ok(Statement::ExpectRestore { restore, states }),
    }
}
