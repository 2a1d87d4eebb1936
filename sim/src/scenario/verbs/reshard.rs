//! Verbs that split and merge shards.

use crate::scenario::args::Args;
use crate::scenario::catalog::{Catalog, OperationKind};
use crate::scenario::error::Flaw;
use crate::scenario::statement::{Reshard, Statement};
use crate::scenario::table::boundaries;
use tablets::ids::TabletId;

pub(super) fn split(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    reshard(args, catalog, false, false)
}

pub(super) fn merge(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    reshard(args, catalog, true, false)
}

pub(super) fn split_by_load(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    reshard(args, catalog, false, true)
}

pub(super) fn merge_by_load(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    reshard(args, catalog, true, true)
}

fn reshard(args: &mut Args, catalog: &Catalog, merge: bool, by_load: bool) -> Result<Statement, Flaw> {
    let path = args.word("a table's path")?;
    let of = args.key("in").map(|name| catalog.operation(&name, Some(OperationKind::Backup))).transpose()?;
    let table = if of.is_some() { catalog.declared_table(&path)? } else { catalog.table(&path)? };
    let keys = boundaries(&table.schema, &args.word("one or more keys")?, catalog.marks)?;
    let mut shards = Vec::new();
    if let Some(text) = args.key("shards") {
        for number in text.text.split(',') {
            let number =
                number.parse().map_err(|_| text.flaw(format!("expected numbers of shards, found '{number}'")))?;
            shards.push(TabletId(number));
        }
    }
    Ok(Statement::Reshard(Reshard { table, of, merge, keys, shards, by_load }))
}
