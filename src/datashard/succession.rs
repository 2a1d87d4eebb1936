//! Split and merge: what a shard hands over, and how its heirs take it.
//!
//! ```text
//!   SchemeShard           parent                           heir
//!     │── Init ─────────────│───────────────────────────────>│ knows its parents, serves nobody
//!     │── Split ───────────>│ durable: serves nobody         │
//!     │                     │── Image ──────────────────────>│ rows and all that goes with them: one commit
//!     │                     │<─ ImageTaken ──────────────────│
//!     │<─ Done ─────────────│                                │
//!     │ new partitions: one commit                           │
//!     │── Activate ─────────│───────────────────────────────>│ serves
//! ```
//!
//! An image is the parent's tables, as far as their keys are the heir's:
//!
//! | table | a split | a merge |
//! | --- | --- | --- |
//! | rows, changes, saved rows | by key | all; changes are numbered on |
//! | ids of writes, steps of SchemeShard | to each heir | all |
//! | change streams, snapshots | to each heir | the same at every parent |
//! | lineages | to each heir | the highest increment opened |
//! | orders | to each heir | the least, absent is 0; the newest session |
//! | index feeds | each heir feeds anew, and numbers from 1: the parent's queue is empty | the same |
//!
//! The least order is right because every record up to it that belongs to any of the parents is
//! applied. What is above may be applied at one of them and is sent again: an increment has
//! one record a key, so the repetition changes nothing, and a later increment is not opened
//! before all of it is applied.
//!
//! Left out: YDB's parts that are borrowed instead of copied, and images in several pieces.

use crate::datashard::schema::{
    ChangeKey, Changes, DataShardTables, Heir, LineageRow, Lineages, OrderRow, Orders, Rows, SchemeOps, ShardRow,
    SnapshotUndo, Snapshots, StreamRow, Streams, WriteExtent, WriteRow, Writes,
};
use crate::ids::{OperationId, PathId};
use crate::local_db::{Only, Txn};
use crate::row::{Key, KeyRange};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

type ShardTxn<'a> = Txn<'a, DataShardTables>;

/// The shard, if it serves its keys; else why not, for whoever asked.
pub(super) fn serving(tables: &DataShardTables) -> Result<&ShardRow, String> {
    let Some(shard) = tables.shard.get(&Only) else {
        return Err("the shard has no table yet; ask again".to_owned());
    };
    if let Some(handover) = tables.handover.get(&Only) {
        return Err(format!("wrong shard: {} has moved its rows; describe the table again", handover.operation));
    }
    match tables.heir.get(&Only) {
        Some(heir) if !heir.active => Err(format!("wrong shard: {} still moves its rows; ask again", heir.operation)),
        _ => Ok(shard),
    }
}

/// What an heir that gets these keys must have.
pub(super) fn image(tables: &DataShardTables, operation: OperationId, range: &KeyRange) -> DataShardTables {
    let DataShardTables {
        shard: _,
        rows,
        writes,
        scheme_ops,
        streams,
        changes,
        snapshots,
        snapshot_undo,
        lineages,
        orders,
        heir: _,
        handover: _,
        index_feeds: _,
        index_queue,
    } = tables;
    assert!(index_queue.is_empty(), "a shard hands over when the indexes have what was written to it");
    let mine = rows.range(bounds(range)).map(|(key, row)| (key.clone(), row.clone()));
    let undo = snapshot_undo.iter().filter(|(at, _)| range.contains(&at.key));
    let inherited = |row: &WriteRow| match row.extent {
        WriteExtent::Whole => WriteRow { extent: WriteExtent::Inherited, ..row.clone() },
        WriteExtent::Inherited | WriteExtent::Part => row.clone(),
    };
    let mut image = DataShardTables {
        rows: Arc::new(mine.collect()),
        writes: Arc::new(writes.iter().map(|(tx_id, row)| (*tx_id, inherited(row))).collect()),
        scheme_ops: Arc::new(scheme_ops.iter().filter(|(of, _)| **of != operation).map(cloned).collect()),
        streams: Arc::clone(streams),
        changes: Arc::new(changes.iter().filter(|(_, row)| range.contains(&row.key)).map(cloned).collect()),
        snapshots: Arc::clone(snapshots),
        snapshot_undo: Arc::new(undo.map(cloned).collect()),
        lineages: Arc::clone(lineages),
        orders: Arc::clone(orders),
        ..DataShardTables::default()
    };
    for operation in snapshots.keys() {
        let rows = rows_at_cut(&image, *operation);
        let snapshots = Arc::make_mut(&mut image.snapshots);
        snapshots.get_mut(operation).expect("the key was just read").rows = rows;
    }
    image
}

/// Takes over what one parent had; `first` if no other parent's image has come.
pub(super) fn adopt(txn: &mut ShardTxn<'_>, image: &DataShardTables, first: bool) {
    let merged = txn.get::<Heir>(&Only).is_some_and(|heir| heir.parents.len() > 1);
    for (key, row) in image.rows.iter() {
        assert!(txn.get::<Rows>(key).is_none(), "row {key} comes from one parent only");
        txn.put::<Rows>(key.clone(), row.clone());
    }
    for (key, row) in image.snapshot_undo.iter() {
        txn.put::<SnapshotUndo>(key.clone(), row.clone());
    }
    for (operation, row) in image.snapshots.iter() {
        let mut row = *row;
        row.rows += txn.get::<Snapshots>(operation).map_or(0, |before| before.rows);
        txn.put::<Snapshots>(*operation, row);
    }
    adopt_writes(txn, image, merged);
    adopt_steps(txn, image);
    adopt_streams(txn, image);
    adopt_lineages(txn, image);
    adopt_orders(txn, image, first);
}

fn adopt_writes(txn: &mut ShardTxn<'_>, image: &DataShardTables, merged: bool) {
    for (tx_id, row) in image.writes.iter() {
        let mut row = row.clone();
        if merged {
            row.extent = WriteExtent::Part;
        }
        if let Some(before) = txn.get::<Writes>(tx_id) {
            row.ops.extend(before.ops.iter().filter(|op| !row.ops.contains(op)).copied().collect::<Vec<_>>());
        }
        txn.put::<Writes>(*tx_id, row);
    }
}

/// Parents of one heir have done the same steps: SchemeShard asks for none while they are moved.
fn adopt_steps(txn: &mut ShardTxn<'_>, image: &DataShardTables) {
    for (operation, row) in image.scheme_ops.iter() {
        let mut row = row.clone();
        if let Some(before) = txn.get::<SchemeOps>(operation) {
            row.scans_over |= before.scans_over;
            row.seq = row.seq.max(before.seq);
        }
        txn.put::<SchemeOps>(*operation, row);
    }
}

/// Streams are the same at every parent; the changes of a further one are numbered on.
fn adopt_streams(txn: &mut ShardTxn<'_>, image: &DataShardTables) {
    let mut numbered: BTreeMap<PathId, u64> = BTreeMap::new();
    for (collection, stream) in image.streams.iter() {
        let mut row = *stream;
        if let Some(before) = txn.get::<Streams>(collection).copied() {
            assert_eq!(before.open, stream.open, "the parents of a merge collect in one stream of {collection}");
            let on = before.next_seq - 1;
            numbered.insert(*collection, on);
            row = StreamRow { open: row.open, first: row.first.min(before.first), next_seq: row.next_seq + on };
        }
        txn.put::<Streams>(*collection, row);
    }
    for (key, row) in image.changes.iter() {
        let seq = key.seq + numbered.get(&key.collection).unwrap_or(&0);
        let at = ChangeKey { seq, ..*key };
        assert!(txn.get::<Changes>(&at).is_none(), "a change's number is used once: {at}");
        txn.put::<Changes>(at, row.clone());
    }
}

fn adopt_lineages(txn: &mut ShardTxn<'_>, image: &DataShardTables) {
    for (operation, lineage) in image.lineages.iter() {
        let before = txn.get::<Lineages>(operation).copied().unwrap_or_default();
        let row = LineageRow { opened: before.opened.max(lineage.opened), ended: before.ended || lineage.ended };
        txn.put::<Lineages>(*operation, row);
    }
}

fn adopt_orders(txn: &mut ShardTxn<'_>, image: &DataShardTables, first: bool) {
    let mut merged: BTreeMap<_, OrderRow> = image.orders.iter().map(cloned).collect();
    if !first {
        for (key, row) in &mut merged {
            row.last_record_order =
                txn.get::<Orders>(key).map_or(0, |before| before.last_record_order.min(row.last_record_order));
        }
        for (key, before) in txn.range::<Orders>(..) {
            let row = merged.entry(*key).or_insert(OrderRow { last_record_order: 0, ..*before });
            (row.generation, row.session) = (row.generation, row.session).max((before.generation, before.session));
        }
    }
    for (key, row) in merged {
        txn.put::<Orders>(key, row);
    }
}

/// How many rows there were at a cut: those that have not changed since, and those saved.
fn rows_at_cut(tables: &DataShardTables, operation: OperationId) -> u64 {
    let saved = tables.snapshot_undo.iter().filter(|(at, _)| at.operation == operation);
    saved.fold(tables.rows.len() as u64, |rows, (at, undo)| {
        rows + u64::from(undo.0.is_some()) - u64::from(tables.rows.contains_key(&at.key))
    })
}

fn bounds(range: &KeyRange) -> (Bound<Key>, Bound<Key>) {
    let from = range.from.clone().map_or(Bound::Unbounded, Bound::Included);
    (from, range.to.clone().map_or(Bound::Unbounded, Bound::Excluded))
}

fn cloned<K: Clone, V: Clone>((key, row): (&K, &V)) -> (K, V) {
    (key.clone(), row.clone())
}

#[cfg(test)]
mod tests {
    use super::{adopt, image};
    use crate::datashard::schema::{
        ChangeKey, ChangeRow, CutPhase, DataShardTables, HeirRow, LineageRow, OrderKey, OrderRow, SchemeOpRow,
        SnapshotRow, StreamRow, UndoKey, UndoRow, WriteExtent, WriteRow,
    };
    use crate::ids::{Generation, OperationId, PathId, Steady, TabletId, TxId, Wall};
    use crate::local_db::{Only, Txn};
    use crate::message::{ChangeBody, Seq};
    use crate::row::{Key, KeyRange, Row, Value};
    use std::sync::Arc;

    const RESTORE: OperationId = OperationId(7);
    const SPLIT: OperationId = OperationId(9);
    const COLLECTION: PathId = PathId(4);

    fn key(k: u64) -> Key {
        Key::new([Value::Uint64(k)])
    }

    fn order(origin: u64) -> OrderKey {
        OrderKey { operation: RESTORE, incremental_idx: 1, origin: TabletId(origin) }
    }

    fn row(last_record_order: u64, generation: u32, session: u64) -> OrderRow {
        OrderRow { last_record_order, generation: Generation(generation), session }
    }

    fn change(seq: u64, k: u64) -> (ChangeKey, ChangeRow) {
        let at = ChangeKey { collection: COLLECTION, stream: 2, seq };
        (at, ChangeRow { key: key(k), body: ChangeBody::Erase })
    }

    fn parent(keys: [u64; 2], orders: &[(OrderKey, OrderRow)]) -> DataShardTables {
        DataShardTables {
            rows: Arc::new(keys.map(|k| (key(k), Row::default())).into()),
            writes: Arc::new([(TxId(1), WriteRow { ops: keys.to_vec(), extent: WriteExtent::Whole })].into()),
            streams: Arc::new([(COLLECTION, StreamRow { open: 3, first: 2, next_seq: 3 })].into()),
            changes: Arc::new([change(1, keys[1]), change(2, keys[0])].into()),
            lineages: Arc::new([(RESTORE, LineageRow { opened: Some(1), ended: false })].into()),
            orders: Arc::new(orders.iter().copied().collect()),
            ..DataShardTables::default()
        }
    }

    fn merge(images: &[DataShardTables]) -> DataShardTables {
        let parents: Vec<TabletId> = (1..=images.len() as u64).map(TabletId).collect();
        let heir = HeirRow { operation: SPLIT, missing: parents.iter().copied().collect(), parents, active: false };
        let mut tables = DataShardTables { heir: Arc::new([(Only, heir)].into()), ..DataShardTables::default() };
        let mut txn = Txn::new(&mut tables, Steady(0), Wall(0));
        for (i, image) in images.iter().enumerate() {
            adopt(&mut txn, image, i == 0);
        }
        tables
    }

    #[test]
    fn a_split_parts_rows_and_changes_and_copies_orders() {
        let whole = parent([3, 8], &[(order(50), row(6, 1, 2))]);
        let low = image(&whole, SPLIT, &KeyRange { from: None, to: Some(key(5)) });
        let high = image(&whole, SPLIT, &KeyRange { from: Some(key(5)), to: None });
        assert_eq!(low.rows.keys().collect::<Vec<_>>(), [&key(3)]);
        assert_eq!(high.rows.keys().collect::<Vec<_>>(), [&key(8)]);
        assert_eq!(low.changes.keys().map(|at| at.seq).collect::<Vec<_>>(), [2]);
        assert_eq!(high.changes.keys().map(|at| at.seq).collect::<Vec<_>>(), [1]);
        assert!(low.orders == whole.orders && high.orders == whole.orders);
        assert_eq!(low.writes[&TxId(1)].extent, WriteExtent::Inherited);
    }

    #[test]
    fn a_merge_takes_the_least_order_and_absent_is_none() {
        let all = KeyRange::default();
        let one = parent([1, 2], &[(order(50), row(6, 2, 1)), (order(51), row(4, 1, 1))]);
        let two = parent([8, 9], &[(order(50), row(3, 1, 9)), (order(52), row(5, 1, 1))]);
        for images in [[&one, &two], [&two, &one]] {
            let merged = merge(&images.map(|tables| image(tables, SPLIT, &all)));
            assert_eq!(merged.orders[&order(50)], row(3, 2, 1), "the least order, the newest session");
            assert_eq!(merged.orders[&order(51)], row(0, 1, 1));
            assert_eq!(merged.orders[&order(52)], row(0, 1, 1));
            assert_eq!(merged.rows.len(), 4);
        }
    }

    #[test]
    fn a_merge_numbers_changes_on_and_keeps_their_order() {
        let images =
            [parent([1, 2], &[]), parent([8, 9], &[])].map(|tables| image(&tables, SPLIT, &KeyRange::default()));
        let merged = merge(&images);
        let keys: Vec<&Key> = merged.changes.values().map(|change| &change.key).collect();
        assert_eq!(keys, [&key(2), &key(1), &key(9), &key(8)]);
        assert_eq!(merged.streams[&COLLECTION], StreamRow { open: 3, first: 2, next_seq: 5 });
        assert_eq!(merged.writes[&TxId(1)].ops, [8, 9, 1, 2]);
        assert_eq!(merged.writes[&TxId(1)].extent, WriteExtent::Part);
    }

    /// A step that an heir does not know of could be done a second time.
    #[test]
    fn an_heir_knows_what_its_parents_were_told() {
        let told = |round, scans_over| {
            let seq = Seq { generation: Generation(1), round };
            SchemeOpRow { seq, step: "Cut".to_owned(), cut: CutPhase::Cut, scans_over }
        };
        let parent = |row, ended| DataShardTables {
            scheme_ops: Arc::new([(RESTORE, row), (SPLIT, told(9, true))].into()),
            lineages: Arc::new([(RESTORE, LineageRow { opened: Some(1), ended })].into()),
            ..DataShardTables::default()
        };
        let all = KeyRange::default();
        let one = image(&parent(told(3, true), true), SPLIT, &all);
        assert_eq!(merge(std::slice::from_ref(&one)).scheme_ops[&RESTORE], told(3, true));
        let two = image(&parent(told(5, false), false), SPLIT, &all);
        for images in [[one.clone(), two.clone()], [two, one]] {
            let merged = merge(&images);
            assert_eq!(merged.scheme_ops[&RESTORE], told(5, true), "the newest step, and what is over at one is over");
            assert!(merged.lineages[&RESTORE].ended);
            assert!(!merged.scheme_ops.contains_key(&SPLIT), "the split itself is told to the heir by SchemeShard");
        }
    }

    /// Two rows came after the cut and one went: each parent had two at the cut, and has three now.
    #[test]
    fn an_heir_counts_the_rows_of_a_snapshot() {
        const BACKUP: OperationId = OperationId(5);
        let parent = |first: u64| {
            let undo = |k, before| (UndoKey { operation: BACKUP, key: key(k) }, UndoRow(before));
            let other = (UndoKey { operation: OperationId(6), key: key(first) }, UndoRow(Some(Row::default())));
            DataShardTables {
                rows: Arc::new([first, first + 2, first + 3].map(|k| (key(k), Row::default())).into()),
                snapshots: Arc::new([(BACKUP, SnapshotRow { rows: 99 })].into()),
                snapshot_undo: Arc::new(
                    [undo(first + 1, Some(Row::default())), undo(first + 2, None), undo(first + 3, None), other].into(),
                ),
                ..DataShardTables::default()
            }
        };
        let halves = [KeyRange { from: None, to: Some(key(2)) }, KeyRange { from: Some(key(2)), to: None }];
        let rows = |tables: &DataShardTables| tables.snapshots[&BACKUP].rows;
        assert_eq!(halves.map(|half| rows(&image(&parent(0), SPLIT, &half))), [2, 0]);
        assert_eq!(rows(&merge(&[0, 10].map(|first| image(&parent(first), SPLIT, &KeyRange::default())))), 4);
    }
}
