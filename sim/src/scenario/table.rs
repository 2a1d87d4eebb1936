//! A table as a script declares it, and rows as a script writes them.

use super::args::Text;
use super::error::{Flaw, unknown};
use super::line::quoted_if_needed;
use super::statement::Marks;
use std::fmt::{self, Display, Formatter};
use tablets::ids::ColumnId;
use tablets::index::{IMPL_TABLE, IndexSpec, index_schema};
use tablets::row::{COLUMN_TYPES, Column, ColumnType, Key, Row, TableSchema, Value};

/// A declared table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableDef {
    /// Absolute path.
    pub path: String,
    /// Columns and key; ids are 1, 2, ... in order of declaration.
    pub schema: TableSchema,
    /// First keys of the second and later partitions, growing.
    pub boundaries: Vec<Key>,
    /// Its indexes; their split points are of the first indexed column.
    pub indexes: Vec<IndexSpec>,
}

impl TableDef {
    /// Whether it holds the rows of an index, whose key may be null.
    pub(crate) fn is_index_table(&self) -> bool {
        self.path.ends_with(IMPL_TABLE)
    }

    /// The index tables, which can be read as every table.
    pub(crate) fn index_tables(&self) -> impl Iterator<Item = TableDef> {
        self.indexes.iter().map(|index| {
            let ids = index.columns.iter().filter_map(|name| Some(self.schema.column(name)?.id)).collect::<Vec<_>>();
            TableDef {
                path: format!("{}/{}/{IMPL_TABLE}", self.path, index.name),
                schema: index_schema(&self.schema, &ids),
                boundaries: index.boundaries.clone(),
                indexes: Vec::new(),
            }
        })
    }
}

impl Display for TableDef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        for column in &self.schema.columns {
            write!(f, " {}:{}", column.name, column.ty)?;
        }
        let names: Vec<&str> = self.schema.key_columns().map(|column| column.name.as_str()).collect();
        write!(f, " key={}", names.join(","))?;
        if !self.boundaries.is_empty() {
            write!(f, " split={}", quoted_if_needed(&split_text(&self.boundaries)))?;
        }
        let spec = |index: &IndexSpec| format!("{}:{}", index.name, index.columns.join(","));
        let splits = |index: &IndexSpec| {
            let points: Vec<String> = index.boundaries.iter().map(|key| plain(&key.values()[0])).collect();
            (!points.is_empty()).then(|| format!("{}:{}", index.name, points.join(",")))
        };
        if !self.indexes.is_empty() {
            let specs = self.indexes.iter().map(spec).collect::<Vec<_>>();
            write!(f, " index={}", quoted_if_needed(&specs.join(";")))?;
        }
        let splits = self.indexes.iter().filter_map(splits).collect::<Vec<_>>();
        if splits.is_empty() { Ok(()) } else { write!(f, " index-split={}", quoted_if_needed(&splits.join(";"))) }
    }
}

/// Split points as a script writes them, before quotes.
pub(crate) fn split_text(boundaries: &[Key]) -> String {
    let point = |key: &Key| key.values().iter().map(plain).collect::<Vec<_>>().join(",");
    boundaries.iter().map(point).collect::<Vec<_>>().join(";")
}

/// A value as a script writes it, before quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::Utf8(text) => text.to_string(),
        Value::String(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => other.to_string(),
    }
}

/// `a=1 b=2` for the key columns.
pub(crate) fn key_text(table: &TableDef, key: &Key) -> String {
    let cells = table.schema.key_columns().zip(key.values());
    cells.map(|(column, value)| cell_text(&column.name, value)).collect::<Vec<_>>().join(" ")
}

/// ` v=1 w=NULL` for the other cells.
pub(crate) fn named_cells(table: &TableDef, cells: &Row) -> String {
    let present = table.schema.value_columns().filter_map(|column| Some((column, cells.get(column.id)?)));
    present.map(|(column, value)| format!(" {}", cell_text(&column.name, value))).collect()
}

fn cell_text(name: &str, value: &Value) -> String {
    let text = match value {
        Value::Null => "NULL".to_owned(),
        Value::Utf8(_) | Value::String(_) => format!("{:?}", plain(value)),
        other => quoted_if_needed(&plain(other)),
    };
    format!("{}={text}", quoted_if_needed(name))
}

/// Reads `name:Type`.
pub(crate) fn column(text: &Text, at: usize) -> Result<Column, Flaw> {
    let Some((name, ty)) = text.text.split_once(':') else {
        return Err(text.flaw(format!("expected a column as NAME:TYPE, found '{}'", text.text)));
    };
    let known = COLUMN_TYPES.iter().find(|(known, _)| *known == ty);
    let (_, ty) =
        known.ok_or_else(|| text.flaw(unknown("column type", ty, COLUMN_TYPES.iter().map(|(name, _)| *name))))?;
    let well_named = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !well_named {
        return Err(text.flaw(format!("expected a column name of letters, digits and '_', found '{name}'")));
    }
    Ok(Column { id: ColumnId(at as u32 + 1), name: name.to_owned(), ty: *ty })
}

/// Reads one value of a column.
pub(crate) fn value(column: &Column, text: &str) -> Result<Value, String> {
    Value::parse(column.ty, text).map_err(|wrong| {
        let (low, high) = number_range(column.ty);
        match text.parse::<i128>() {
            Ok(number) if number < low || number > high => {
                format!("column '{}': {text} is out of range for {} ({low} to {high})", column.name, column.ty)
            }
            _ => format!("column '{}': {wrong}", column.name),
        }
    })
}

/// The numbers that fit a column; everything for types that are not numbers.
pub(crate) fn number_range(ty: ColumnType) -> (i128, i128) {
    match ty {
        ColumnType::Bool => (0, 1),
        ColumnType::Uint32 => (0, u32::MAX.into()),
        ColumnType::Uint64 | ColumnType::Timestamp => (0, u64::MAX.into()),
        ColumnType::Int64 => (i64::MIN.into(), i64::MAX.into()),
        ColumnType::Utf8 | ColumnType::String => (i128::MIN, i128::MAX),
    }
}

/// Reads split points: `10,20` for one key column, `a,1;b,2` for several. They grow, unless a
/// refusal is expected.
pub(crate) fn boundaries(schema: &TableSchema, text: &Text, marks: Marks) -> Result<Vec<Key>, Flaw> {
    let columns: Vec<&Column> = schema.key_columns().collect();
    let between: &[char] = if columns.len() == 1 { &[',', ';'] } else { &[';'] };
    let mut keys: Vec<Key> = Vec::new();
    for point in text.text.split(between) {
        let values: Vec<&str> = point.split(',').collect();
        if values.len() != columns.len() {
            let message = format!("expected {} values in split point '{point}', found {}", columns.len(), values.len());
            return Err(text.flaw(message));
        }
        let values =
            columns.iter().zip(values).map(|(column, text)| value(column, text.trim())).collect::<Result<Key, _>>();
        let key = values.map_err(|message| text.flaw(message))?;
        if keys.last().is_some_and(|last| *last >= key) && !marks.refused {
            return Err(text.flaw(format!("expected growing split points, '{point}' is not above the one before it")));
        }
        keys.push(key);
    }
    Ok(keys)
}

/// Reads `NAME:COLUMN,COLUMN;NAME:COLUMN`.
pub(crate) fn indexes(schema: &TableSchema, text: &Text) -> Result<Vec<IndexSpec>, Flaw> {
    let mut indexes: Vec<IndexSpec> = Vec::new();
    for (name, columns) in named_lists(text)? {
        for column in &columns {
            let names = schema.columns.iter().map(|column| column.name.as_str());
            schema.column(column).ok_or_else(|| text.flaw(unknown("column", column, names)))?;
        }
        indexes.push(IndexSpec { name, columns, boundaries: Vec::new() });
    }
    Ok(indexes)
}

/// Reads `NAME:VALUE,VALUE;NAME:VALUE`: split points of the first column of indexes.
pub(crate) fn split_indexes(schema: &TableSchema, indexes: &mut [IndexSpec], text: &Text) -> Result<(), Flaw> {
    for (name, points) in named_lists(text)? {
        let names: Vec<String> = indexes.iter().map(|index| index.name.clone()).collect();
        let found = indexes.iter_mut().find(|index| index.name == name);
        let missing = || text.flaw(unknown("index", &name, names.iter().map(String::as_str)));
        let index = found.ok_or_else(missing)?;
        let column = schema.column(&index.columns[0]).expect("the columns of an index were checked");
        let points = points.iter().map(|point| Ok(Key::new([value(column, point)?]))).collect::<Result<_, String>>();
        index.boundaries = points.map_err(|message| text.flaw(message))?;
    }
    Ok(())
}

fn named_lists(text: &Text) -> Result<Vec<(String, Vec<String>)>, Flaw> {
    let list = |item: &str| {
        let (name, list) = item.split_once(':')?;
        Some((name.to_owned(), list.split(',').map(|part| part.trim().to_owned()).collect()))
    };
    let lists: Option<Vec<_>> = text.text.split(';').map(list).collect();
    lists.ok_or_else(|| text.flaw(format!("expected NAME:A,B;NAME:C, found '{}'", text.text)))
}

/// A row read from `name=value` pairs: its key and its other cells.
pub(crate) fn row(table: &TableDef, pairs: &[(Text, Text)]) -> Result<(Key, Row), Flaw> {
    let mut row = Row::default();
    for (name, text) in pairs {
        let names = table.schema.columns.iter().map(|column| column.name.as_str());
        let missing = || name.flaw(unknown(&format!("column of {}", table.path), &name.text, names.clone()));
        let column = table.schema.column(&name.text).ok_or_else(missing)?;
        let value = value(column, &text.text).map_err(|message| text.flaw(message))?;
        if row.get(column.id).is_some() {
            return Err(name.flaw(format!("column '{}' is given twice", name.text)));
        }
        if value == Value::Null && table.schema.is_key(column.id) && !table.is_index_table() {
            return Err(text.flaw(format!("key column '{}' takes no NULL", column.name)));
        }
        row.set(column.id, value);
    }
    let column = pairs.first().map_or(1, |(name, _)| name.column);
    let key = split_key(table, &mut row).map_err(|message| Flaw::new(column, message))?;
    Ok((key, row))
}

/// Takes the key out of a full row.
pub(crate) fn split_key(table: &TableDef, row: &mut Row) -> Result<Key, String> {
    let take = |column: &Column| row.take(column.id).ok_or_else(|| format!("expected key column '{}'", column.name));
    table.schema.key_columns().map(take).collect::<Result<Key, _>>()
}
