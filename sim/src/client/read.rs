//! A table read in key order, partition by partition.

use super::SCHEMESHARD;
use super::call::{Call, Expects, Reply};
use super::edge::{Edge, Heard};
use super::task::Ending;
use super::write::{Ids, no_table};
use std::collections::VecDeque;
use tablets::message::{ClientMessage, DataShardMessage, PartitionView, SchemeShardMessage, Status};
use tablets::row::{Key, KeyRange, Row, TableSchema, Value};

/// Rows of one answer, at most.
const LIMIT: u64 = 1_000;
/// How often the table is read from its start again because partitions have moved.
const RESTARTS: u32 = 150;

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct TableRows {
    /// Where the table lives.
    pub path: String,
    /// Columns and key.
    pub schema: TableSchema,
    /// Rows in key order.
    pub rows: Vec<(Key, Row)>,
}

impl TableRows {
    /// How many rows there are, and one line a row.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let count = self.rows.len();
        let head = format!("{}: {count} {}", self.path, if count == 1 { "row" } else { "rows" });
        std::iter::once(head).chain(self.rows.iter().map(|(key, row)| format!("  {}", self.line(key, row))))
    }

    /// A row as `upsert` would write it; what is absent reads as null.
    pub fn line(&self, key: &Key, row: &Row) -> String {
        let key = self.schema.key_columns().zip(key.values()).map(|(column, value)| format!("{}={value}", column.name));
        let cells = self.schema.value_columns().map(|column| {
            let value = row.get(column.id).unwrap_or(&Value::Null);
            format!("{}={value}", column.name)
        });
        key.chain(cells).collect::<Vec<_>>().join(" ")
    }

    /// The row with this key.
    pub fn get(&self, key: &Key) -> Option<&Row> {
        self.rows.binary_search_by(|(other, _)| other.cmp(key)).ok().map(|at| &self.rows[at].1)
    }
}

/// A read under way.
#[derive(Clone, Debug, Hash)]
pub struct Read {
    ids: Ids,
    call: Call,
    /// What is still to be read, the first of them under way.
    partitions: VecDeque<PartitionView>,
    found: TableRows,
    restarts: u32,
}

impl Read {
    /// Begins to read the table at `path`.
    pub(super) fn begin(path: &str, ids: Ids, edge: &mut Edge<'_>) -> Read {
        let (partitions, found) = (VecDeque::new(), TableRows { path: path.to_owned(), ..TableRows::default() });
        Read { ids, call: look_up(path, 0, edge), partitions, found, restarts: 0 }
    }

    /// The ending, if `heard` brings it.
    pub(super) fn hear(&mut self, heard: &mut Heard, edge: &mut Edge<'_>) -> Option<Ending> {
        match self.call.hear(heard, edge)? {
            Reply::Message(ClientMessage::Description { status, reason, description, .. }) => {
                let Some(table) = description.and_then(|description| description.table) else {
                    return Some(no_table(&self.found.path, status, reason));
                };
                self.found.schema = table.schema;
                self.found.rows.clear();
                self.partitions = table.partitions.into();
                self.next(None, edge)
            }
            Reply::Message(ClientMessage::ReadAnswer { status: Status::Success, rows, more, .. }) => {
                self.take(rows, more, edge)
            }
            Reply::Message(ClientMessage::ReadAnswer { status: Status::Overloaded, .. }) if self.call.patient(edge) => {
                self.call.pause(edge);
                None
            }
            Reply::Message(ClientMessage::ReadAnswer { status: Status::NotAvailable, reason, .. }) => {
                self.again(&reason, edge)
            }
            Reply::Message(ClientMessage::ReadAnswer { status, reason, .. }) => Some(Ending::refused(status, &reason)),
            Reply::Message(other) => unreachable!("a read expects no {other}"),
            Reply::Gone => self.again("the shard is deleted", edge),
        }
    }

    /// What it waits for, as a sentence's end.
    pub(super) fn waits_for(&self) -> String {
        format!("{} (table {})", self.call.waits_for(), self.found.path)
    }

    /// Partitions have moved: all is read again.
    fn again(&mut self, reason: &str, edge: &mut Edge<'_>) -> Option<Ending> {
        self.restarts += 1;
        if self.restarts > RESTARTS {
            return Some(Ending::refused(Status::NotAvailable, reason));
        }
        self.call = look_up(&self.found.path, self.restarts, edge);
        None
    }

    fn take(&mut self, rows: Vec<(Key, Row)>, more: bool, edge: &mut Edge<'_>) -> Option<Ending> {
        // A continued range begins with the last row of the answer before.
        let last = self.found.rows.last().map(|(key, _)| key.clone());
        self.found.rows.extend(rows.into_iter().filter(|(key, _)| last.as_ref().is_none_or(|last| key > last)));
        let last = self.found.rows.last().map(|(key, _)| key.clone());
        if !more {
            self.partitions.pop_front();
        }
        self.next(last.filter(|_| more), edge)
    }

    /// Asks the first partition, from `from` on if it is given; ends if there is none.
    fn next(&mut self, from: Option<Key>, edge: &mut Edge<'_>) -> Option<Ending> {
        let Some(partition) = self.partitions.front() else {
            return Some(Ending { rows: Some(std::mem::take(&mut self.found)), ..Ending::good(Vec::new()) });
        };
        let range = KeyRange { from: from.or_else(|| partition.range.from.clone()), to: partition.range.to.clone() };
        let cookie = self.ids.take().0;
        let message = DataShardMessage::ReadRange { cookie, range, limit: LIMIT };
        self.call = Call::new(edge, partition.tablet, &message, Expects::Read(cookie));
        None
    }
}

fn look_up(path: &str, setbacks: u32, edge: &mut Edge<'_>) -> Call {
    let message = SchemeShardMessage::DescribePath { path: path.to_owned() };
    let expects = Expects::Description(path.to_owned());
    match setbacks {
        0 => Call::new(edge, SCHEMESHARD, &message, expects),
        _ => Call::later(edge, SCHEMESHARD, &message, expects, setbacks),
    }
}
