//! Typed values, keys, rows and table schemas.
//!
//! A row keeps only the cells it was given: *absent* (not listed), *null* and *a
//! value* are three different things. In a user table an absent cell reads as
//! null; in an incremental backup it means "this change left the column alone".
//!
//! Left out: YDB's dictionary of some thirty types; these seven cover what backup
//! and restore treat differently (ordering, width, bytes against text).

use crate::ids::ColumnId;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};
use std::cmp::Ordering;
use std::fmt;

/// The column that marks a deleted key in an incremental backup. YDB has the same name.
pub const DELETED_MARKER: &str = "__ydb_incrBackupImpl_deleted";

/// The id of that column, which no other column may have.
pub const MARKER_COLUMN: ColumnId = ColumnId(u32::MAX);

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ColumnType {
    /// True or false.
    Bool,
    /// 32 bits, unsigned.
    Uint32,
    /// 64 bits, unsigned.
    Uint64,
    /// 64 bits, signed.
    Int64,
    /// Text.
    Utf8,
    /// Bytes; YDB's `String` has no encoding.
    String,
    /// Microseconds since 1970.
    Timestamp,
}

/// Every column type with its name in scripts, in the order of declaration.
pub const COLUMN_TYPES: [(&str, ColumnType); 7] = [
    ("Bool", ColumnType::Bool),
    ("Uint32", ColumnType::Uint32),
    ("Uint64", ColumnType::Uint64),
    ("Int64", ColumnType::Int64),
    ("Utf8", ColumnType::Utf8),
    ("String", ColumnType::String),
    ("Timestamp", ColumnType::Timestamp),
];

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = COLUMN_TYPES.iter().find(|(_, ty)| ty == self).map_or("?", |(name, _)| name);
        f.write_str(name)
    }
}

/// One cell. Values of one column share a variant, so the derived order is the column's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Value {
    /// Explicitly nothing; sorts first.
    Null,
    /// See [`ColumnType::Bool`].
    Bool(bool),
    /// See [`ColumnType::Uint32`].
    Uint32(u32),
    /// See [`ColumnType::Uint64`].
    Uint64(u64),
    /// See [`ColumnType::Int64`].
    Int64(i64),
    /// See [`ColumnType::Utf8`].
    Utf8(CompactString),
    /// See [`ColumnType::String`].
    String(Vec<u8>),
    /// See [`ColumnType::Timestamp`].
    Timestamp(u64),
}

impl Value {
    /// Reads `text` as a value of type `ty`; `NULL` is null. The error says what was expected.
    pub fn parse(ty: ColumnType, text: &str) -> Result<Value, String> {
        if text == "NULL" {
            return Ok(Value::Null);
        }
        let wrong = || format!("'{text}' is not a {ty}");
        Ok(match ty {
            ColumnType::Bool => Value::Bool(text.parse().map_err(|_| wrong())?),
            ColumnType::Uint32 => Value::Uint32(text.parse().map_err(|_| wrong())?),
            ColumnType::Uint64 => Value::Uint64(text.parse().map_err(|_| wrong())?),
            ColumnType::Int64 => Value::Int64(text.parse().map_err(|_| wrong())?),
            ColumnType::Utf8 => Value::Utf8(text.into()),
            ColumnType::String => Value::String(text.as_bytes().to_vec()),
            ColumnType::Timestamp => Value::Timestamp(text.parse().map_err(|_| wrong())?),
        })
    }

    /// The value's type; `None` for null, which fits every nullable column.
    pub fn column_type(&self) -> Option<ColumnType> {
        Some(match self {
            Value::Null => return None,
            Value::Bool(_) => ColumnType::Bool,
            Value::Uint32(_) => ColumnType::Uint32,
            Value::Uint64(_) => ColumnType::Uint64,
            Value::Int64(_) => ColumnType::Int64,
            Value::Utf8(_) => ColumnType::Utf8,
            Value::String(_) => ColumnType::String,
            Value::Timestamp(_) => ColumnType::Timestamp,
        })
    }

    /// Size in bytes as counted against batch and memory limits.
    pub fn size(&self) -> usize {
        match self {
            Value::Null | Value::Bool(_) => 1,
            Value::Uint32(_) => 4,
            Value::Uint64(_) | Value::Int64(_) | Value::Timestamp(_) => 8,
            Value::Utf8(text) => text.len(),
            Value::String(bytes) => bytes.len(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("NULL"),
            Value::Bool(v) => write!(f, "{v}"),
            Value::Uint32(v) => write!(f, "{v}"),
            Value::Uint64(v) | Value::Timestamp(v) => write!(f, "{v}"),
            Value::Int64(v) => write!(f, "{v}"),
            Value::Utf8(v) => write!(f, "{v:?}"),
            Value::String(v) => write!(f, "b\"{}\"", v.escape_ascii()),
        }
    }
}

/// A primary key: the values of the key columns, in key order. Most have one, which needs no memory of its own.
#[derive(Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key(SmallVec<[Value; 1]>);

impl Key {
    /// The values of the key columns, in key order.
    pub fn new(values: impl IntoIterator<Item = Value>) -> Key {
        Key(values.into_iter().collect())
    }

    /// The values of the key columns, in key order.
    pub fn values(&self) -> &[Value] {
        &self.0
    }

    /// Size in bytes as counted against batch and memory limits.
    pub fn size(&self) -> usize {
        self.0.iter().map(Value::size).sum()
    }
}

impl Clone for Key {
    fn clone(&self) -> Key {
        match &self.0[..] {
            [value] => Key(smallvec![value.clone()]),
            values => Key(values.into()),
        }
    }
}

/// Keys of one number are what searches compare most.
impl Ord for Key {
    fn cmp(&self, other: &Key) -> Ordering {
        match (&self.0[..], &other.0[..]) {
            ([Value::Uint64(this)], [Value::Uint64(that)]) => this.cmp(that),
            (these, those) => these.cmp(those),
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromIterator<Value> for Key {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Key {
        Key::new(values)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, value) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            write!(f, "{value}")?;
        }
        Ok(())
    }
}

/// The non-key cells of a row.
///
/// * Sorted by column, each column at most once.
/// * A column that is not listed is absent, which is not the same as null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Row(SmallVec<[(ColumnId, Value); 2]>);

impl Row {
    /// A row of the given cells, in any order; of a column given twice the last one counts.
    pub fn new(cells: impl IntoIterator<Item = (ColumnId, Value)>) -> Row {
        let mut row = Row::default();
        for (column, value) in cells {
            row.set(column, value);
        }
        row
    }

    /// The cell of `column`, or `None` where it is absent.
    pub fn get(&self, column: ColumnId) -> Option<&Value> {
        let at = self.0.binary_search_by_key(&column, |(id, _)| *id).ok()?;
        Some(&self.0[at].1)
    }

    /// Sets one cell.
    pub fn set(&mut self, column: ColumnId, value: Value) {
        match self.0.binary_search_by_key(&column, |(id, _)| *id) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (column, value)),
        }
    }

    /// The cells present, by column.
    pub fn cells(&self) -> impl Iterator<Item = &(ColumnId, Value)> {
        self.0.iter()
    }

    /// Overwrites with every cell present in `patch`; absent ones stay as they are.
    pub fn patch(&mut self, patch: &Row) {
        for (column, value) in &patch.0 {
            self.set(*column, value.clone());
        }
    }

    /// Removes and returns one cell.
    pub fn take(&mut self, column: ColumnId) -> Option<Value> {
        let at = self.0.binary_search_by_key(&column, |(id, _)| *id).ok()?;
        Some(self.0.remove(at).1)
    }

    /// Size in bytes as counted against batch and memory limits.
    pub fn size(&self) -> usize {
        self.0.iter().map(|(_, value)| 2 + value.size()).sum()
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, (column, value)) in self.0.iter().enumerate() {
            write!(f, "{}{}:{value}", if i > 0 { " " } else { "" }, column.0)?;
        }
        f.write_str("}")
    }
}

/// A half-open interval of keys, `from` included and `to` not; `None` is unbounded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyRange {
    /// First key inside, if bounded.
    pub from: Option<Key>,
    /// First key after, if bounded.
    pub to: Option<Key>,
}

impl KeyRange {
    /// Whether `key` lies inside.
    pub fn contains(&self, key: &Key) -> bool {
        self.from.as_ref().is_none_or(|from| from <= key) && self.to.as_ref().is_none_or(|to| key < to)
    }
}

impl fmt::Display for KeyRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.from {
            Some(key) => write!(f, "[{key} .. ")?,
            None => f.write_str("[-inf .. ")?,
        }
        match &self.to {
            Some(key) => write!(f, "{key})"),
            None => f.write_str("+inf)"),
        }
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Column {
    /// Its id, which rows use.
    pub id: ColumnId,
    /// Its name, which people use.
    pub name: String,
    /// Its type.
    pub ty: ColumnType,
}

/// Columns and key of a table.
///
/// * Every id in `key` is a column's.
/// * `version` grows with every alter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TableSchema {
    /// All columns, by id.
    pub columns: Vec<Column>,
    /// The primary key, in order.
    pub key: Vec<ColumnId>,
    /// Schema version; writes that name another one are refused.
    pub version: u64,
}

impl TableSchema {
    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether `id` belongs to the primary key.
    pub fn is_key(&self, id: ColumnId) -> bool {
        self.key.contains(&id)
    }

    /// The columns outside the key.
    pub fn value_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !self.is_key(column.id))
    }

    /// The key columns in key order.
    pub fn key_columns(&self) -> impl Iterator<Item = &Column> {
        self.key.iter().filter_map(|id| self.columns.iter().find(|column| column.id == *id))
    }

    /// The deletion marker, in the table of an incremental backup.
    pub fn marker(&self) -> Option<ColumnId> {
        self.column(DELETED_MARKER).map(|column| column.id)
    }

    /// This schema with nullable columns added, numbered after those that are there, as the next version.
    #[must_use]
    pub fn with_columns(&self, add: &[(String, ColumnType)]) -> TableSchema {
        let mut schema = self.clone();
        for (name, ty) in add {
            assert!(schema.column(name).is_none(), "column {name} is added once");
            let last = schema.columns.iter().map(|column| column.id.0).filter(|id| *id != MARKER_COLUMN.0).max();
            schema.columns.push(Column { id: ColumnId(last.unwrap_or(0) + 1), name: name.clone(), ty: *ty });
        }
        schema.version += 1;
        schema
    }

    /// This schema with the deletion marker added, as an incremental backup stores it.
    #[must_use]
    pub fn with_marker(&self) -> TableSchema {
        assert!(self.marker().is_none(), "the marker column is added once");
        let mut schema = self.clone();
        schema.columns.push(Column { id: MARKER_COLUMN, name: DELETED_MARKER.to_owned(), ty: ColumnType::Bool });
        schema
    }
}
