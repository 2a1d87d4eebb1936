//! A tablet's durable tables and the transaction that changes them.
//!
//! Tables are typed maps declared by [`local_db!`](crate::local_db!). A write goes to the map and,
//! encoded, to the redo record of its transaction: `[table][key][Option<row>]`
//! one after another. Applying the redo records in order to an empty database,
//! or to a snapshot, gives the tables again; that is all a boot needs.
//!
//! Maps are shared until written, so a copy of a database costs a few pointers.
//!
//! Left out: YDB's memtables, parts, compaction and page cache. A tablet here
//! keeps its tables in memory and its log and snapshot with the host.

use crate::ids::{Steady, Wall};
use crate::message::{DecodeError, Encoder, pack};
use serde::{Serialize, de::DeserializeOwned};
use std::any::Any;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::ops::RangeBounds;

/// Takes a row that a redo record writes: its table's number, its key, and the row unless it is erased.
pub type ShowRow<'a> = dyn FnMut(u32, &dyn Any, Option<&dyn Any>) + 'a;

/// All tables of one tablet type.
pub trait Schema:
    Clone + Default + Debug + Hash + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Applies one redo record.
    ///
    /// # Errors
    /// The record is not one of this schema's.
    fn redo(&mut self, record: &[u8]) -> Result<(), DecodeError>;

    /// What a redo record changes, one line a row, for people.
    ///
    /// # Errors
    /// The record is not one of this schema's.
    fn describe(record: &[u8]) -> Result<Vec<String>, DecodeError>;

    /// Shows every row that a redo record writes, in order.
    ///
    /// # Errors
    /// The record is not one of this schema's.
    fn each_row(record: &[u8], show: &mut ShowRow<'_>) -> Result<(), DecodeError>;

    /// How many rows all tables have.
    fn row_count(&self) -> usize;

    /// Rows that are not the same in another database, one line each: what is here, what is there.
    fn differences(&self, other: &Self) -> Vec<String>;

    /// The whole database as a snapshot's bytes.
    fn snapshot(&self) -> Vec<u8> {
        pack(self)
    }
}

/// One table of a [`Schema`].
pub trait Table {
    /// The database it belongs to.
    type Schema: Schema;
    /// Its primary key.
    type Key: Ord + Clone + Display + Serialize + DeserializeOwned + 'static;
    /// The rest of its row.
    type Row: Clone + Display + Serialize + DeserializeOwned + 'static;
    /// Its number in redo records; YDB's, where it is known.
    const NUMBER: u32;
    /// Its name.
    const NAME: &'static str;
    /// Its rows.
    fn rows(schema: &Self::Schema) -> &BTreeMap<Self::Key, Self::Row>;
    /// Its rows, to be written by redo and transactions only.
    fn rows_mut(schema: &mut Self::Schema) -> &mut BTreeMap<Self::Key, Self::Row>;
}

/// A transaction's view of the tables: reads see its own writes, and every write
/// is recorded for the log.
#[derive(Debug)]
pub struct Txn<'a, S: Schema> {
    tables: &'a mut S,
    redo: Encoder,
    steady: Steady,
    wall: Wall,
}

impl<'a, S: Schema> Txn<'a, S> {
    /// A transaction that has written nothing yet.
    pub fn new(tables: &'a mut S, steady: Steady, wall: Wall) -> Self {
        Txn { tables, redo: Encoder::default(), steady, wall }
    }

    /// All tables, to read.
    pub fn tables(&self) -> &S {
        self.tables
    }

    /// The row at `key`.
    pub fn get<T: Table<Schema = S>>(&self, key: &T::Key) -> Option<&T::Row> {
        T::rows(self.tables).get(key)
    }

    /// The rows of a range of keys, in order.
    pub fn range<T: Table<Schema = S>>(
        &self,
        range: impl RangeBounds<T::Key>,
    ) -> impl DoubleEndedIterator<Item = (&T::Key, &T::Row)> {
        T::rows(self.tables).range(range)
    }

    /// Writes a whole row.
    pub fn put<T: Table<Schema = S>>(&mut self, key: T::Key, row: T::Row) {
        record::<T>(&mut self.redo, &key, Some(&row));
        T::rows_mut(self.tables).insert(key, row);
    }

    /// Writes `row` at `key`: merged into the one that is there, or whole where there is none.
    pub fn merge<T: Table<Schema = S>>(&mut self, key: &T::Key, row: &T::Row, into: impl FnOnce(&mut T::Row, &T::Row)) {
        let written = match T::rows_mut(self.tables).entry(key.clone()) {
            Entry::Vacant(place) => place.insert(row.clone()),
            Entry::Occupied(place) => {
                let there = place.into_mut();
                into(there, row);
                there
            }
        };
        record::<T>(&mut self.redo, key, Some(written));
    }

    /// Changes the row at `key` in place and returns whether it was there.
    pub fn update<T: Table<Schema = S>>(&mut self, key: &T::Key, change: impl FnOnce(&mut T::Row)) -> bool {
        let Some(row) = T::rows_mut(self.tables).get_mut(key) else {
            return false;
        };
        change(row);
        record::<T>(&mut self.redo, key, Some(row));
        true
    }

    /// Removes a row, if it is there.
    pub fn erase<T: Table<Schema = S>>(&mut self, key: &T::Key) {
        if T::rows_mut(self.tables).remove(key).is_some() {
            record::<T>(&mut self.redo, key, None);
        }
    }

    /// Now, on the clock that never goes back.
    pub fn steady(&self) -> Steady {
        self.steady
    }

    /// Now, on the clock for names and texts.
    pub fn wall(&self) -> Wall {
        self.wall
    }

    /// The redo record, or `None` if nothing was written.
    pub fn into_redo(self) -> Option<Vec<u8>> {
        (!self.redo.is_empty()).then(|| self.redo.into_bytes())
    }
}

/// One row of a redo record; `None` erases.
fn record<T: Table>(redo: &mut Encoder, key: &T::Key, row: Option<&T::Row>) {
    redo.push(&T::NUMBER);
    redo.push(key);
    redo.push(&row);
}

/// The key of a table that has one row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Only;

impl Display for Only {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("-")
    }
}

/// Declares a database: its struct, a marker type per table, and the redo reader.
///
/// `120 IncrementalRestoreOperations(incremental_restore_operations): OperationId => LongOp,`
/// declares table 120 with its marker type, its field, its key and its row.
#[macro_export]
macro_rules! local_db {
    (
        $(#[$schema_doc:meta])*
        $schema:ident {
            $($(#[$doc:meta])* $number:literal $table:ident($field:ident): $key:ty => $row:ty,)+
        }
    ) => {
        $(#[$schema_doc])*
        #[derive(Clone, Debug, Default, PartialEq, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $schema {
            $($(#[$doc])* pub $field: std::sync::Arc<std::collections::BTreeMap<$key, $row>>,)+
        }

        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Hash)]
            pub struct $table;

            impl $crate::local_db::Table for $table {
                type Schema = $schema;
                type Key = $key;
                type Row = $row;
                const NUMBER: u32 = $number;
                const NAME: &'static str = stringify!($table);

                fn rows(schema: &$schema) -> &std::collections::BTreeMap<$key, $row> {
                    &schema.$field
                }

                fn rows_mut(schema: &mut $schema) -> &mut std::collections::BTreeMap<$key, $row> {
                    std::sync::Arc::make_mut(&mut schema.$field)
                }
            }
        )+

        impl $crate::local_db::Schema for $schema {
            fn redo(&mut self, record: &[u8]) -> Result<(), $crate::message::DecodeError> {
                let mut decoder = $crate::message::Decoder::new(record);
                while let Some(number) = decoder.read::<u32>()? {
                    match number {
                        $($number => $crate::local_db::redo_row::<$table>(self, &mut decoder)?,)+
                        other => panic!("redo record names table {other}, which this schema does not have"),
                    }
                }
                Ok(())
            }

            fn describe(record: &[u8]) -> Result<Vec<String>, $crate::message::DecodeError> {
                let mut lines = Vec::new();
                let mut decoder = $crate::message::Decoder::new(record);
                while let Some(number) = decoder.read::<u32>()? {
                    lines.push(match number {
                        $($number => $crate::local_db::describe_row::<$table>(&mut decoder)?,)+
                        other => panic!("redo record names table {other}, which this schema does not have"),
                    });
                }
                Ok(lines)
            }

            fn each_row(
                record: &[u8],
                show: &mut $crate::local_db::ShowRow<'_>,
            ) -> Result<(), $crate::message::DecodeError> {
                let mut decoder = $crate::message::Decoder::new(record);
                while let Some(number) = decoder.read::<u32>()? {
                    match number {
                        $($number => $crate::local_db::show_row::<$table>(&mut decoder, show)?,)+
                        other => panic!("redo record names table {other}, which this schema does not have"),
                    }
                }
                Ok(())
            }

            fn row_count(&self) -> usize {
                0 $(+ self.$field.len())+
            }

            fn differences(&self, other: &Self) -> Vec<String> {
                let mut lines = Vec::new();
                $($crate::local_db::differing_rows(stringify!($table), &self.$field, &other.$field, &mut lines);)+
                lines
            }
        }
    };
}

/// Reads one key and row of a redo record and applies it. For [`local_db!`](crate::local_db!).
#[doc(hidden)]
pub fn redo_row<T: Table>(
    schema: &mut T::Schema,
    decoder: &mut crate::message::Decoder<'_>,
) -> Result<(), DecodeError> {
    let (key, row) = row_of::<T>(decoder)?;
    match row {
        Some(row) => T::rows_mut(schema).insert(key, row),
        None => T::rows_mut(schema).remove(&key),
    };
    Ok(())
}

/// Reads one key and row of a redo record as a line. For [`local_db!`](crate::local_db!).
#[doc(hidden)]
pub fn describe_row<T: Table>(decoder: &mut crate::message::Decoder<'_>) -> Result<String, DecodeError> {
    let (key, row) = row_of::<T>(decoder)?;
    Ok(match row {
        Some(row) => format!("{}[{key}] = {row}", T::NAME),
        None => format!("{}[{key}] erased", T::NAME),
    })
}

/// Reads one key and row of a redo record and shows it. For [`local_db!`](crate::local_db!).
#[doc(hidden)]
pub fn show_row<T: Table>(
    decoder: &mut crate::message::Decoder<'_>,
    show: &mut ShowRow<'_>,
) -> Result<(), DecodeError> {
    let (key, row) = row_of::<T>(decoder)?;
    show(T::NUMBER, &key, row.as_ref().map(|row| row as &dyn Any));
    Ok(())
}

/// The rows in which a table differs from the same table elsewhere. For [`local_db!`](crate::local_db!).
#[doc(hidden)]
pub fn differing_rows<K: Ord + Display, R: PartialEq + Display>(
    name: &str,
    here: &BTreeMap<K, R>,
    there: &BTreeMap<K, R>,
    lines: &mut Vec<String>,
) {
    let text = |row: Option<&R>| row.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    for (key, row) in here.iter().filter(|(key, row)| there.get(key) != Some(row)) {
        lines.push(format!("{name}[{key}]: {row} / {}", text(there.get(key))));
    }
    for (key, row) in there.iter().filter(|(key, _)| !here.contains_key(key)) {
        lines.push(format!("{name}[{key}]: nothing / {row}"));
    }
}

fn row_of<T: Table>(decoder: &mut crate::message::Decoder<'_>) -> Result<(T::Key, Option<T::Row>), DecodeError> {
    let key = decoder.read::<T::Key>()?.expect("a redo record names a key after its table");
    let row = decoder.read::<Option<T::Row>>()?.expect("a redo record gives a row after its key");
    Ok((key, row))
}
