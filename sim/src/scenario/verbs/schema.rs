//! Verbs about paths.

use crate::scenario::args::{Args, Text};
use crate::scenario::catalog::Catalog;
use crate::scenario::error::{Flaw, unknown};
use crate::scenario::statement::{Marks, Statement};
use crate::scenario::table::{TableDef, boundaries, column, indexes, split_indexes};
use std::sync::Arc;
use tablets::ids::ColumnId;
use tablets::row::{Column, ColumnType, TableSchema};

pub(super) fn mkdir(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    Ok(Statement::MkDir { path: catalog.path(&args.word("a path")?)? })
}

pub(super) fn drop_table(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    Ok(Statement::DropTable { path: catalog.table_path(&args.word("a table's path")?)? })
}

pub(super) fn alter(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    let path = args.word("a table's path")?;
    if !args.flag("add") {
        return Err(args.flaw("expected 'add' before the new columns"));
    }
    let mut add: Vec<(String, ColumnType)> = Vec::new();
    for text in args.words() {
        let Column { name, ty, .. } = column(&text, 0)?;
        let lenient = catalog.marks.refused;
        let taken = |name: &str| add.iter().any(|(other, _)| other == name);
        if !lenient && (taken(&name) || catalog.table(&path)?.schema.column(&name).is_some()) {
            return Err(text.flaw(format!("column '{name}' is declared twice")));
        }
        add.push((name, ty));
    }
    if add.is_empty() && !catalog.marks.refused {
        return Err(args.flaw("expected one or more columns"));
    }
    Ok(Statement::Alter { path: catalog.table_path(&path)?, add })
}

pub(super) fn describe(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    Ok(Statement::Describe { path: catalog.path(&args.word("a path")?)? })
}

pub(super) fn table(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    let path = catalog.new_table_path(&args.word("a path")?)?;
    let mut columns: Vec<Column> = Vec::new();
    for (at, text) in args.words().iter().enumerate() {
        let column = column(text, at)?;
        if columns.iter().any(|other| other.name == column.name) && !catalog.marks.refused {
            return Err(text.flaw(format!("column '{}' is declared twice", column.name)));
        }
        columns.push(column);
    }
    let mut schema = TableSchema { columns, key: Vec::new(), version: 1 };
    let named = if catalog.marks.refused { args.key("key") } else { Some(args.required("key")?) };
    schema.key = named.map_or(Ok(Vec::new()), |text| key(&schema, &text, catalog.marks))?;
    let split = args.key("split").map_or(Ok(Vec::new()), |text| boundaries(&schema, &text, catalog.marks));
    let boundaries = split?;
    let mut specs = args.key("index").map_or(Ok(Vec::new()), |text| indexes(&schema, &text))?;
    if let Some(text) = args.key("index-split") {
        split_indexes(&schema, &mut specs, &text)?;
    }
    Ok(Statement::Table(Arc::new(TableDef { path, schema, boundaries, indexes: specs })))
}

fn key(schema: &TableSchema, text: &Text, marks: Marks) -> Result<Vec<ColumnId>, Flaw> {
    let mut key = Vec::new();
    for name in text.text.split(',') {
        let names = schema.columns.iter().map(|column| column.name.as_str());
        let column = schema.column(name).ok_or_else(|| text.flaw(unknown("column", name, names)))?;
        if key.contains(&column.id) && !marks.refused {
            return Err(text.flaw(format!("key column '{name}' is given twice")));
        }
        key.push(column.id);
    }
    Ok(key)
}

pub(super) fn collection(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    let incremental = args.flag("incremental");
    let omit_indexes = args.flag("omit-indexes");
    let name = catalog.new_collection(args.word("a collection's name")?)?;
    let mut tables: Vec<String> = Vec::new();
    for text in args.words() {
        let path = catalog.table_path(&text)?;
        if tables.contains(&path) && !catalog.marks.refused {
            return Err(text.flaw(format!("table '{path}' is given twice")));
        }
        tables.push(path);
    }
    if tables.is_empty() && !catalog.marks.refused {
        return Err(args.flaw("expected the paths of one or more tables"));
    }
    Ok(Statement::Collection { name, tables, incremental, omit_indexes })
}

pub(super) fn drop_collection(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    Ok(Statement::DropCollection { name: catalog.collection(args.word("a collection's name")?)? })
}
