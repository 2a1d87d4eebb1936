//! What a scan reads: an immutable sequence of rows in key order.
//!
//! * A backup's table does not change once its lineage is over.
//! * A snapshot is the table as of a cut: the rows now, and over them the saved rows.
//! * A stream is the folded changes of the closed streams; folded once, when the scan starts.
//!
//! So the position of a row is its number for ever, in every repetition of the scan.
//!
//! Left out: YDB reads parts page by page and can run out of memory in the middle.

use crate::datashard::fold::{Folded, fold};
use crate::datashard::schema::{ChangeKey, DataShardTables, ShardRow, UndoKey};
use crate::datashard::steps::undo_range;
use crate::ids::{OperationId, PathId};
use crate::message::{ScanRequest, ScanWork};
use crate::row::{Key, Row};
use std::iter::Peekable;
use std::ops::Bound;
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug, Hash)]
pub(super) enum Source {
    Table,
    Snapshot(OperationId),
    Stream(Arc<Folded>),
}

/// One row of a source; no row at a key says that it was removed.
#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub(super) struct SourceRow<'a> {
    pub(super) key: &'a Key,
    pub(super) row: Option<&'a Row>,
}

impl SourceRow<'_> {
    /// Size in bytes as reports and batches count it.
    pub(super) fn size(&self) -> usize {
        self.key.size() + self.row.map_or(1, Row::size)
    }
}

impl Source {
    /// The source that `request` asks for.
    pub(super) fn of(request: &ScanRequest, shard: &ShardRow, tables: &DataShardTables) -> Source {
        match request.work {
            ScanWork::Restore => Source::Table,
            ScanWork::Snapshot => Source::Snapshot(request.tx_id),
            ScanWork::Stream { collection, up_to } => {
                Source::Stream(Arc::new(folded(shard, tables, collection, up_to)))
            }
        }
    }

    /// The rows after `key`, or all, in key order.
    pub(super) fn after<'a>(
        &'a self,
        tables: &'a DataShardTables,
        key: Option<&Key>,
    ) -> Peekable<Box<dyn Iterator<Item = SourceRow<'a>> + 'a>> {
        let rows: Box<dyn Iterator<Item = SourceRow<'a>> + 'a> = match self {
            Source::Table => Box::new(table_after(tables, key)),
            Source::Snapshot(operation) => Box::new(snapshot_after(tables, *operation, key)),
            Source::Stream(folded) => {
                let rows = folded.range((beyond(key), Bound::Unbounded));
                Box::new(rows.map(|(key, row)| SourceRow { key, row: row.as_ref() }))
            }
        };
        rows.peekable()
    }
}

fn folded(shard: &ShardRow, tables: &DataShardTables, collection: PathId, up_to: u64) -> Folded {
    let open = tables.streams.get(&collection).map(|stream| stream.open);
    assert!(Some(up_to) < open, "only closed streams are read: {up_to}, open is {open:?}");
    let from = ChangeKey { collection, stream: 0, seq: 0 };
    let to = ChangeKey { collection, stream: up_to, seq: u64::MAX };
    fold(&shard.schema, tables.changes.range(from..=to).map(|(_, change)| change))
}

fn table_after<'a>(tables: &'a DataShardTables, key: Option<&Key>) -> impl Iterator<Item = SourceRow<'a>> + use<'a> {
    let rows = tables.rows.range((beyond(key), Bound::Unbounded));
    rows.map(|(key, row)| SourceRow { key, row: Some(row) })
}

/// The rows as of the cut: a saved row hides the row of the same key, and a saved absence hides
/// a row that came later.
fn snapshot_after<'a>(
    tables: &'a DataShardTables,
    operation: OperationId,
    key: Option<&Key>,
) -> impl Iterator<Item = SourceRow<'a>> + use<'a> {
    let mut now = table_after(tables, key).peekable();
    let undo = undo_range(operation);
    let from = match key {
        Some(key) => Bound::Excluded(UndoKey { operation, key: key.clone() }),
        None => Bound::Included(undo.start),
    };
    let mut saved = tables
        .snapshot_undo
        .range((from, Bound::Excluded(undo.end)))
        .map(|(at, undo)| SourceRow { key: &at.key, row: undo.0.as_ref() })
        .peekable();
    let merged = std::iter::from_fn(move || {
        let saved_first = match (saved.peek(), now.peek()) {
            (Some(saved), Some(now)) => saved.key <= now.key,
            (saved, _) => saved.is_some(),
        };
        if !saved_first {
            return now.next();
        }
        let row = saved.next()?;
        now.next_if(|now| now.key == row.key);
        Some(row)
    });
    merged.filter(|row| row.row.is_some())
}

fn beyond(key: Option<&Key>) -> Bound<Key> {
    key.map_or(Bound::Unbounded, |key| Bound::Excluded(key.clone()))
}

#[cfg(test)]
mod tests {
    use super::Source;
    use crate::datashard::schema::{DataShardTables, UndoKey, UndoRow};
    use crate::ids::{ColumnId, OperationId};
    use crate::row::{Key, Row, Value};
    use std::sync::Arc;

    fn key(k: u64) -> Key {
        Key::new([Value::Uint64(k)])
    }

    fn row(value: u64) -> Row {
        Row::new([(ColumnId(2), Value::Uint64(value))])
    }

    fn tables() -> DataShardTables {
        let mut tables = DataShardTables::default();
        let rows = [(1, 10), (2, 99), (4, 40)];
        Arc::make_mut(&mut tables.rows).extend(rows.map(|(k, value)| (key(k), row(value))));
        let undo = [(2, Some(row(20))), (3, Some(row(30))), (4, None), (5, None)];
        Arc::make_mut(&mut tables.snapshot_undo)
            .extend(undo.map(|(k, row)| (UndoKey { operation: OperationId(7), key: key(k) }, UndoRow(row))));
        tables
    }

    fn read(source: &Source, after: Option<Key>) -> Vec<(Key, Row)> {
        let tables = tables();
        let rows = source.after(&tables, after.as_ref());
        rows.map(|row| (row.key.clone(), row.row.cloned().unwrap_or_default())).collect()
    }

    #[test]
    fn a_snapshot_shows_the_rows_as_they_were() {
        let all = read(&Source::Snapshot(OperationId(7)), None);
        assert_eq!(all, [(key(1), row(10)), (key(2), row(20)), (key(3), row(30))]);
    }

    #[test]
    fn a_snapshot_goes_on_after_a_key() {
        let rest = read(&Source::Snapshot(OperationId(7)), Some(key(2)));
        assert_eq!(rest, [(key(3), row(30))], "the saved row of the key itself is not read again");
    }

    #[test]
    fn another_snapshot_has_saved_nothing() {
        let all = read(&Source::Snapshot(OperationId(8)), None);
        assert_eq!(all, read(&Source::Table, None));
    }
}
