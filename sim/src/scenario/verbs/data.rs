//! Verbs about rows.

use crate::scenario::args::{Args, Text};
use crate::scenario::catalog::Catalog;
use crate::scenario::csv;
use crate::scenario::duration::Duration;
use crate::scenario::error::Flaw;
use crate::scenario::generate::{KeyOrder, RowPlan, ValueOrder, WriterPlan};
use crate::scenario::statement::Statement;
use crate::scenario::table::{TableDef, number_range, row};
use std::sync::Arc;

pub(super) fn upsert(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    let table = catalog.table(&args.word("a table's path")?)?;
    let (key, cells) = named_row(args, &table)?;
    Ok(Statement::Upsert { table, key, cells })
}

pub(super) fn erase(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    let table = catalog.table(&args.word("a table's path")?)?;
    let (key, cells) = named_row(args, &table)?;
    if cells.cells().next().is_some() {
        return Err(args.flaw("expected key columns only"));
    }
    Ok(Statement::Erase { table, key })
}

fn named_row(args: &mut Args, table: &TableDef) -> Result<(tablets::row::Key, tablets::row::Row), Flaw> {
    let pairs = args.pairs();
    if pairs.is_empty() {
        return Err(args.flaw("expected COLUMN=VALUE"));
    }
    row(table, &pairs)
}

pub(super) fn load(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    let table = catalog.table(&args.word("a table's path")?)?;
    let file = args.word("a CSV file")?;
    let (path, text) = catalog.files.read(&file.text)?;
    let ops = csv::load(&table, &path, &text)?;
    Ok(Statement::Load { table, file: file.text, text: text.into(), ops: Arc::new(ops) })
}

pub(super) fn read(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    Ok(Statement::Read { path: catalog.table_path(&args.word("a table's path")?)? })
}

pub(super) fn rows(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    let table = catalog.table(&args.word("a table's path")?)?;
    let count = count(args)?;
    let seed = seed(args)?;
    let keys = choice(args.key("keys"), &[("sequential", KeyOrder::Sequential), ("uniform", KeyOrder::Uniform)])?;
    let values = choice(args.key("values"), &[("random", ValueOrder::Random), ("number", ValueOrder::Number)])?;
    let (from, to) = span(args, &table, count)?;
    let nulls = share(args, "nulls", 0.1)?;
    let batch = args.key_or("batch", "a number of rows", 500)?;
    if batch == 0 {
        return Err(args.flaw("a batch has at least one row"));
    }
    Ok(Statement::Rows { table, plan: RowPlan { count, seed, keys, from, to, values, nulls, batch } })
}

pub(super) fn writer(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    let table = catalog.table(&args.word("a table's path")?)?;
    let count = count(args)?;
    let every = args.key("every").map_or(Ok(Duration(1_000)), |text| text.parse_telling())?;
    let seed = seed(args)?;
    let (from, to) = span(args, &table, count)?;
    let erase = share(args, "erase", 0.0)?;
    let partial = share(args, "partial", 0.3)?;
    let nulls = share(args, "nulls", 0.1)?;
    Ok(Statement::Writer { table, plan: WriterPlan { count, every, seed, from, to, erase, partial, nulls } })
}

pub(super) fn expect(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    let path = args.word("a table's path")?;
    let table = catalog.table(&path)?;
    if table.schema.column("rows").is_none()
        && let Some(rows) = args.key("rows")
    {
        return Ok(Statement::ExpectRows { path: table.path.clone(), rows: rows.parse("a number of rows")? });
    }
    let absent = args.flag("absent");
    let (key, cells) = named_row(args, &table)?;
    if absent && cells.cells().next().is_some() {
        return Err(args.flaw("expected key columns only before 'absent'"));
    }
    Ok(Statement::ExpectRow { table, key, cells: (!absent).then_some(cells) })
}

fn count(args: &mut Args) -> Result<u64, Flaw> {
    args.required("count")?.parse("a number of rows")
}

fn seed(args: &mut Args) -> Result<Option<u64>, Flaw> {
    args.key("seed").map(|text| text.parse("a number")).transpose()
}

fn choice<T: Copy>(text: Option<Text>, choices: &[(&str, T)]) -> Result<T, Flaw> {
    let Some(text) = text else { return Ok(choices[0].1) };
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let found = choices.iter().find(|(name, _)| *name == text.text).map(|(_, choice)| *choice);
    found.ok_or_else(|| text.flaw(format!("expected {}, found '{}'", names.join(" or "), text.text)))
}

fn share(args: &mut Args, name: &'static str, default: f64) -> Result<f64, Flaw> {
    let Some(text) = args.key(name) else { return Ok(default) };
    let share: f64 = text.parse("a share from 0 to 1")?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(text.flaw("expected a share from 0 to 1")) }
}

/// The keys to draw from; all of them must fit every key column.
fn span(args: &mut Args, table: &TableDef, count: u64) -> Result<(u64, u64), Flaw> {
    let from: u64 = args.key_or("from", "a number", 0)?;
    let given = args.key("to");
    let to = given.as_ref().map_or(Ok(from.saturating_add(count.max(1))), |text| text.parse("a number"))?;
    let wrong =
        |message: String| given.as_ref().map_or_else(|| args.flaw(message.clone()), |text| text.flaw(message.clone()));
    if to <= from {
        return Err(wrong(format!("expected 'to' above 'from', found {from} to {to}")));
    }
    for column in table.schema.key_columns() {
        let (_, high) = number_range(column.ty);
        if i128::from(to) - 1 > high {
            let message =
                format!("column '{}': {} is out of range for {} (up to {high})", column.name, to - 1, column.ty);
            return Err(wrong(message));
        }
    }
    Ok((from, to))
}
