//! Rows of a CSV file: the header names columns, each record is an upsert.
//!
//! An empty field leaves its column out; `NULL` is null.

use super::error::{Flaw, unknown};
use super::table::{TableDef, split_key, value};
use csv::{Position, ReaderBuilder, StringRecord};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tablets::message::WriteOp;
use tablets::row::{Column, Row, Value};

/// Where the CSV files of a script are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CsvFiles {
    /// In this folder.
    In(PathBuf),
    /// Here, by the names that the script gives them.
    Kept(BTreeMap<String, String>),
}

impl CsvFiles {
    /// The whole name of a file, and its text.
    pub(crate) fn read(&self, name: &str) -> Result<(String, String), Flaw> {
        let (whole, text) = match self {
            CsvFiles::In(folder) => {
                let path = folder.join(name);
                (path.display().to_string(), std::fs::read_to_string(path).map_err(|error| super::read_failure(&error)))
            }
            CsvFiles::Kept(files) => {
                (name.to_owned(), files.get(name).cloned().ok_or("this file was not kept".to_owned()))
            }
        };
        let text = text.map_err(|message| Flaw::elsewhere(whole.clone(), None, 1, message))?;
        Ok((whole, text))
    }
}

/// Reads the text of `file` as rows of `table`.
pub(crate) fn load(table: &TableDef, file: &str, text: &str) -> Result<Vec<WriteOp>, Flaw> {
    let whole = |message: String| Flaw::elsewhere(file.to_owned(), None, 1, message);
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let broken = |error: &csv::Error| match error.position() {
        Some(position) => Flaw::elsewhere(file.to_owned(), Some(position.line() as usize), 1, "cannot be read as CSV"),
        None => whole("cannot be read as CSV".to_owned()),
    };
    let header = reader.headers().map_err(|error| broken(&error))?.clone();
    let columns =
        columns(table, &header).map_err(|(at, message)| Flaw::elsewhere(file.to_owned(), Some(1), at, message))?;
    let mut ops = Vec::new();
    for record in reader.into_records() {
        let record = record.map_err(|error| broken(&error))?;
        let line = record.position().map_or(0, Position::line) as usize;
        let op = row(table, &columns, &record)
            .map_err(|(at, message)| Flaw::elsewhere(file.to_owned(), Some(line), at, message))?;
        ops.push(op);
    }
    if ops.is_empty() {
        return Err(whole("expected at least one row below the header".to_owned()));
    }
    Ok(ops)
}

/// The columns that the header names, or the column of the text that is wrong.
fn columns<'a>(table: &'a TableDef, header: &StringRecord) -> Result<Vec<&'a Column>, (usize, String)> {
    let mut columns: Vec<&Column> = Vec::new();
    for (at, name) in header.iter().enumerate() {
        let names = table.schema.columns.iter().map(|column| column.name.as_str());
        let what = format!("column of {}", table.path);
        let column =
            table.schema.column(name.trim()).ok_or_else(|| (place(header, at), unknown(&what, name, names)))?;
        if columns.contains(&column) {
            return Err((place(header, at), format!("column '{name}' is given twice")));
        }
        columns.push(column);
    }
    match table.schema.key_columns().find(|key| !columns.contains(key)) {
        Some(key) => Err((1, format!("expected key column '{}' in the header", key.name))),
        None => Ok(columns),
    }
}

fn row(table: &TableDef, columns: &[&Column], record: &StringRecord) -> Result<WriteOp, (usize, String)> {
    if record.len() != columns.len() {
        return Err((1, format!("expected {} fields as in the header, found {}", columns.len(), record.len())));
    }
    let mut row = Row::default();
    for (at, (column, field)) in columns.iter().zip(record).enumerate() {
        let field = field.trim();
        if field.is_empty() && !table.schema.is_key(column.id) {
            continue;
        }
        let value = value(column, field).map_err(|message| (place(record, at), message))?;
        if value == Value::Null && table.schema.is_key(column.id) {
            return Err((place(record, at), format!("key column '{}' takes no NULL", column.name)));
        }
        row.set(column.id, value);
    }
    let key = split_key(table, &mut row).map_err(|message| (1, message))?;
    Ok(WriteOp::Upsert { key, cells: row })
}

/// The text column where a field begins, not counting quotes.
fn place(record: &StringRecord, field: usize) -> usize {
    record.iter().take(field).map(|field| field.chars().count() + 1).sum::<usize>() + 1
}
