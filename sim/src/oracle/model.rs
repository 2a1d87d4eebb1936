//! The reference: what every table holds, folded from the users' writes that became durable.
//!
//! It reads the users' requests, not the shards' rows, change streams or backup tables, so a
//! mistake in any of these cannot hide in it. A write counts when the commit that it caused
//! is durable at its shard; a cut takes the shard's rows at the commit that the cut caused.
//! Rows are kept by table: a key has one shard at a time, so splits and merges change nothing here.
//! A restore that ended well makes its targets' rows what the model said they had to be; of one
//! that failed or was cancelled nothing is promised, so its targets' rows are taken as they are.
//!
//! Left out: what clients were told. A lost answer says nothing about the write.

use crate::oracle::View;
use crate::trace::{Record, What};
use crate::world::Endpoint;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tablets::datashard::DataShard;
use tablets::executor::Cut;
use tablets::ids::{ColumnId, Commit, Generation, OperationId, PathId, TabletId};
use tablets::message::{DataShardMessage, Kind, ShardStep, WriteOp};
use tablets::row::{Key, KeyRange, Row, TableSchema, Value};
use tablets::schemeshard::{SchemeShardTables, TableRow};

/// Rows by key; nulls and absent cells are the same here, as they are to a user.
pub(super) type Rows = BTreeMap<Key, Row>;

/// What a commit means to the model.
#[derive(Clone, Debug, Hash)]
enum Meaning {
    Write(Vec<WriteOp>),
    Cut(OperationId),
    Init(PathId, KeyRange),
}

/// The model of all user tables.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Model {
    delivered: BTreeMap<(TabletId, Generation, Kind), VecDeque<Option<Meaning>>>,
    executing: BTreeMap<(TabletId, Generation), Meaning>,
    in_log: BTreeMap<(TabletId, Generation, Commit), Meaning>,
    rows: BTreeMap<PathId, Rows>,
    table_of: BTreeMap<TabletId, (PathId, KeyRange)>,
    at_cut: BTreeMap<(OperationId, TabletId), Rows>,
    unfinished: BTreeSet<PathId>,
}

impl Model {
    /// Takes one record.
    pub(super) fn observe(&mut self, record: &Record) {
        let Some(tablet) = record.tablet else {
            return;
        };
        match &record.what {
            What::Delivered(mail) if mail.to == Endpoint::Tablet(tablet) => {
                if let Ok(message) = mail.parcel.open::<DataShardMessage>()
                    && let Some(tx) = transaction_of(&message)
                {
                    self.delivered.entry((tablet, record.generation, tx)).or_default().push_back(meaning(message));
                }
            }
            What::Cut { cut: Cut::Pre, tx, .. } => {
                self.executing.remove(&(tablet, record.generation));
                let next =
                    self.delivered.get_mut(&(tablet, record.generation, *tx)).and_then(VecDeque::pop_front).flatten();
                next.map(|meaning| self.executing.insert((tablet, record.generation), meaning));
            }
            What::Stopped { .. } => {
                self.delivered.retain(|(of, generation, _), _| (*of, *generation) != (tablet, record.generation))
            }
            What::Logged { commit, .. } => {
                if let Some(meaning) = self.executing.remove(&(tablet, record.generation)) {
                    self.in_log.insert((tablet, record.generation, *commit), meaning);
                }
            }
            What::Durable { commit, .. } => {
                if let Some(meaning) = self.in_log.remove(&(tablet, record.generation, *commit)) {
                    self.apply(tablet, meaning);
                }
            }
            _ => {}
        }
    }

    fn apply(&mut self, tablet: TabletId, meaning: Meaning) {
        let known = self.table_of.get(&tablet);
        match (meaning, known) {
            (Meaning::Init(table, range), _) => drop(self.table_of.insert(tablet, (table, range))),
            (Meaning::Write(ops), Some((table, _))) => {
                let rows = self.rows.entry(*table).or_default();
                for op in ops {
                    match op {
                        WriteOp::Upsert { key, cells } => rows.entry(key).or_default().patch(&cells),
                        WriteOp::Erase { key } => drop(rows.remove(&key)),
                    }
                }
            }
            (Meaning::Cut(backup), Some((table, range))) => {
                let rows = self.rows.entry(*table).or_default().iter();
                let mine = rows.filter(|(key, _)| range.contains(key)).map(|(key, row)| (key.clone(), row.clone()));
                self.at_cut.entry((backup, tablet)).or_insert_with(|| mine.collect());
            }
            (Meaning::Write(_) | Meaning::Cut(_), None) => {}
        }
    }

    /// The rows of a user's table at the cut of a backup.
    pub(super) fn at_cut(&self, backup: OperationId, table: PathId) -> Rows {
        let shards = self.at_cut.range((backup, TabletId(0))..=(backup, TabletId(u64::MAX)));
        let mine = shards.filter(|((_, tablet), _)| self.table_of.get(tablet).is_some_and(|(of, _)| *of == table));
        mine.flat_map(|(_, rows)| rows).map(|(key, row)| (key.clone(), plain(row))).collect()
    }

    /// The table is what a restore left that did not end well, or was restored from a backup of
    /// such a one: its indexes may not follow from it.
    pub(super) fn unfinished(&mut self, table: PathId) {
        self.unfinished.insert(table);
    }

    /// Whether nothing is promised of a table's indexes.
    pub(super) fn is_unfinished(&self, table: PathId) -> bool {
        self.unfinished.contains(&table)
    }

    /// A restore has made this table: from now on it holds these rows.
    pub(super) fn restored(&mut self, table: PathId, rows: &Rows) {
        self.rows.insert(table, rows.clone());
    }
}

/// The transaction that handles this message; a message that arrives before boot waits, so
/// messages and transactions are matched in order.
fn transaction_of(message: &DataShardMessage) -> Option<Kind> {
    match message {
        DataShardMessage::Write { .. } => Some("TxWrite"),
        DataShardMessage::Step { .. } => Some("TxStep"),
        _ => None,
    }
}

fn meaning(message: DataShardMessage) -> Option<Meaning> {
    match message {
        DataShardMessage::Write { ops, .. } => Some(Meaning::Write(ops)),
        DataShardMessage::Step { operation, step: ShardStep::Cut { .. }, .. } => Some(Meaning::Cut(operation)),
        DataShardMessage::Step { step: ShardStep::Init(init), .. } => Some(Meaning::Init(init.path_id, init.range)),
        _ => None,
    }
}

/// The rows of the table of an index over `columns`, as they follow from the rows of its table:
/// one for each, under the indexed values and what the primary key has beyond them.
pub(super) fn index_rows(table: &TableSchema, columns: &[ColumnId], rows: &Rows) -> Rows {
    let beyond: Vec<ColumnId> = table.key.iter().copied().filter(|id| !columns.contains(id)).collect();
    let under = |key: &Key, row: &Row| {
        let primary: BTreeMap<ColumnId, &Value> = table.key.iter().copied().zip(&key.0).collect();
        let value = |id: &ColumnId| primary.get(id).copied().or_else(|| row.get(*id)).unwrap_or(&Value::Null).clone();
        Key(columns.iter().chain(&beyond).map(value).collect())
    };
    rows.iter().map(|(key, row)| (under(key, row), Row::default())).collect()
}

/// The rows that a table's shards hold durably.
pub(super) fn stored(view: &View<'_>, table: &TableRow) -> Rows {
    let shards = table.partitions.iter().filter_map(|part| view.durable::<DataShard>(part.tablet));
    shards.flat_map(|shard| shard.rows.iter().map(|(key, row)| (key.clone(), plain(row))).collect::<Vec<_>>()).collect()
}

/// A row without its nulls.
fn plain(row: &Row) -> Row {
    Row::new(row.cells().filter(|(_, value)| *value != Value::Null).cloned())
}

/// Up to `most` differences between two sets of rows, one line each.
pub(super) fn differences(expected: &Rows, found: &Rows, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (key, row) in expected {
        match found.get(key) {
            None => lines.push(format!("key {key}: expected {row}, not there")),
            Some(other) if other != row => lines.push(format!("key {key}: expected {row}, found {other}")),
            Some(_) => {}
        }
    }
    for (key, row) in found.iter().filter(|(key, _)| !expected.contains_key(*key)) {
        lines.push(format!("key {key}: expected no row, found {row}"));
    }
    let more = lines.len().saturating_sub(most);
    lines.truncate(most);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

/// A table's name, for sentences.
pub(super) fn name_of(tables: &SchemeShardTables, path: PathId) -> String {
    match tables.paths.get(&path) {
        Some(row) => match row.parent {
            Some(parent) => format!("{}/{}", name_of(tables, parent), row.name),
            None => format!("/{}", row.name),
        },
        None => path.to_string(),
    }
}
