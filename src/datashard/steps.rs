//! SchemeShard's steps at a shard: what each one does to the tables.
//!
//! A step is fenced twice. Its `seq` keeps what is late or repeated from doing anything
//! (`tx_step.rs`). But after a reboot SchemeShard sends the step it last wrote down again
//! with a newer seq, so each step is also a no-op where its effect is there already.
//!
//! The cut of one operation:
//!
//! ```text
//!   Idle ──Prepare──> Prepared ──Cut──> Cut        writes are blocked in Prepared only
//!     └──────Abort──────┴──────Abort──> Aborted    final: a late Prepare is stale
//! ```
//!
//! What Split and Activate are for is told in `succession`.
//!
//! Left out: drop (the hive deletes the tablet).

use crate::datashard::schema::{
    ChangeKey, Changes, CutPhase, DataShardTables, Handover, HandoverRow, Heir, HeirRow, IndexFeedRow, IndexFeeds,
    LineageRow, Lineages, OrderKey, Orders, SchemeOpRow, Shard, ShardRow, SnapshotRow, SnapshotUndo, Snapshots,
    StreamRow, Streams, UndoKey,
};
use crate::datashard::succession::serving;
use crate::ids::{OperationId, PathId, TabletId};
use crate::local_db::{Only, Txn};
use crate::message::{ShardInit, ShardStep, StepStatus};
use crate::quirk::{Quirk, Quirks};
use crate::row::{Key, TableSchema};

type ShardTxn<'a> = Txn<'a, DataShardTables>;

/// Does a step that is newer than all before it, and changes `row`, the operation's, which the
/// caller writes back if the step is done.
pub(super) fn perform(
    txn: &mut ShardTxn<'_>,
    quirks: Quirks,
    operation: OperationId,
    row: &mut SchemeOpRow,
    step: &ShardStep,
) -> StepStatus {
    let handed_over = txn.get::<Handover>(&Only).map(|handover| handover.operation);
    if handed_over.is_some_and(|by| by != operation) {
        return StepStatus::Stale;
    }
    match (row.cut, step) {
        (_, ShardStep::Init(init)) => become_shard(txn, operation, init),
        (_, ShardStep::Alter(schema)) => learn(txn, schema),
        (CutPhase::Idle | CutPhase::Prepared, ShardStep::Prepare) => return prepare(txn, row),
        (CutPhase::Prepared, ShardStep::Cut { stream_of, open, snapshot }) => {
            row.cut = CutPhase::Cut;
            open_stream(txn, *stream_of, *open);
            if *snapshot {
                let rows = txn.tables().rows.len() as u64;
                txn.put::<Snapshots>(operation, SnapshotRow { rows });
            }
        }
        (CutPhase::Idle, ShardStep::Cut { .. }) => panic!("{operation} cuts a shard that it has not prepared"),
        (CutPhase::Cut, ShardStep::Cut { .. }) => {}
        (CutPhase::Idle | CutPhase::Prepared | CutPhase::Aborted, ShardStep::Abort) => {
            if row.cut == CutPhase::Prepared && quirks.has(Quirk::BackupRotationHalfDone) {
                // The open stream was closed when the cut was prepared, and the next was never opened.
                let collecting: Vec<PathId> = txn.tables().streams.keys().copied().collect();
                collecting.iter().for_each(|collection| txn.erase::<Streams>(collection));
            }
            row.cut = CutPhase::Aborted;
        }
        (CutPhase::Cut | CutPhase::Aborted, ShardStep::Prepare)
        | (CutPhase::Aborted, ShardStep::Cut { .. })
        | (CutPhase::Cut, ShardStep::Abort) => return StepStatus::Stale,
        (_, ShardStep::Release { stream_of, keep_from }) => {
            row.scans_over = true;
            release(txn, operation, *stream_of, *keep_from);
        }
        (_, ShardStep::EndRestore) => {
            row.scans_over = true;
            if !quirks.has(Quirk::EndWithoutFence) {
                end_lineage(txn, operation);
            }
        }
        (_, ShardStep::CancelScan) => row.scans_over = true,
        (_, ShardStep::Split { heirs }) => {
            // An old incarnation does not know what its successor was told.
            if serving(txn.tables()).is_err() && handed_over.is_none() {
                return StepStatus::NotYet;
            }
            txn.put::<Handover>(Only, HandoverRow { operation, heirs: heirs.clone() });
        }
        (_, ShardStep::Activate) => return activate(txn, operation),
        (_, ShardStep::DropStream { collection }) => {
            txn.erase::<Streams>(collection);
            erase_changes(txn, *collection, u64::MAX);
        }
    }
    StepStatus::Done
}

/// The shard takes on its table, and the lineage it is born with unless that is over already.
fn become_shard(txn: &mut ShardTxn<'_>, operation: OperationId, init: &ShardInit) {
    if let Some(shard) = txn.get::<Shard>(&Only) {
        assert_eq!(shard.path_id, init.path_id, "{operation} makes a shard of one table a shard of another");
        return;
    }
    assert!(txn.tables().rows.is_empty(), "a shard without a table has no rows");
    let ShardInit { path_id, role, schema, range, lineage, indexes, heir_of } = init.clone();
    txn.put::<Shard>(Only, ShardRow { path_id, role, schema, range });
    if !heir_of.is_empty() {
        let missing = heir_of.iter().copied().collect();
        txn.put::<Heir>(Only, HeirRow { operation, parents: heir_of, missing, active: false });
    }
    if let Some(lineage) = lineage
        && txn.get::<Lineages>(&lineage).is_none()
    {
        txn.put::<Lineages>(lineage, LineageRow::default());
    }
    for index in indexes {
        let row = IndexFeedRow { key: index.key, schemeshard: index.schemeshard_id, last_order: 0 };
        txn.put::<IndexFeeds>(index.path_id, row);
    }
}

/// The table's schema is a newer one, or is known already.
fn learn(txn: &mut ShardTxn<'_>, schema: &TableSchema) {
    let known = txn.get::<Shard>(&Only).expect("only a table that is made is altered").schema.version;
    if known == schema.version {
        return;
    }
    assert_eq!(known + 1, schema.version, "versions of a table's schema come one after another");
    txn.update::<Shard>(&Only, |shard| {
        assert_eq!(shard.schema.key, schema.key, "an alter leaves the key alone");
        shard.schema = schema.clone();
    });
}

/// An heir that has everything begins to serve. An old incarnation that still runs may not know
/// of the images that its successor took; what it writes would be refused.
fn activate(txn: &mut ShardTxn<'_>, operation: OperationId) -> StepStatus {
    let heir = txn.get::<Heir>(&Only).expect("only an heir has to be told to serve");
    assert_eq!(heir.operation, operation, "an heir serves when its own operation says so");
    if !heir.missing.is_empty() {
        return StepStatus::NotYet;
    }
    txn.update::<Heir>(&Only, |heir| heir.active = true);
    StepStatus::Done
}

/// A shard that has no table yet has nothing to block.
fn prepare(txn: &ShardTxn<'_>, row: &mut SchemeOpRow) -> StepStatus {
    if txn.get::<Shard>(&Only).is_none() {
        return StepStatus::NotYet;
    }
    assert_ne!(row.cut, CutPhase::Cut, "what is cut is not prepared again");
    row.cut = CutPhase::Prepared;
    StepStatus::Done
}

/// Closes the open stream of a collection, if there is one, and opens number `open`.
fn open_stream(txn: &mut ShardTxn<'_>, collection: Option<PathId>, open: u64) {
    let Some(collection) = collection else {
        return;
    };
    let row = match txn.get::<Streams>(&collection) {
        Some(stream) => {
            assert!(open > stream.open, "a cut opens a stream above {}, not {open}", stream.open);
            StreamRow { open, ..*stream }
        }
        None => StreamRow { open, first: open, next_seq: 1 },
    };
    txn.put::<Streams>(collection, row);
}

/// Forgets what only this backup needed at its source.
fn release(txn: &mut ShardTxn<'_>, operation: OperationId, collection: Option<PathId>, keep_from: u64) {
    txn.erase::<Snapshots>(&operation);
    let undo = undo_range(operation);
    let saved: Vec<UndoKey> = txn.range::<SnapshotUndo>(undo).map(|(key, _)| key.clone()).collect();
    for key in saved {
        txn.erase::<SnapshotUndo>(&key);
    }
    let Some(collection) = collection else {
        return;
    };
    let Some(stream) = txn.get::<Streams>(&collection).copied() else {
        return;
    };
    assert!(keep_from <= stream.open, "the open stream {} collects and is not released", stream.open);
    if keep_from > stream.first {
        txn.put::<Streams>(collection, StreamRow { first: keep_from, ..stream });
        erase_changes(txn, collection, keep_from);
    }
}

/// Deletes the changes of a collection's closed streams, whoever still wants them.
pub(super) fn erase_closed(txn: &mut ShardTxn<'_>, collection: PathId) {
    if let Some(stream) = txn.get::<Streams>(&collection).copied() {
        txn.put::<Streams>(collection, StreamRow { first: stream.open, ..stream });
        erase_changes(txn, collection, stream.open);
    }
}

/// Deletes the changes of a collection's streams below `keep_from`.
fn erase_changes(txn: &mut ShardTxn<'_>, collection: PathId, keep_from: u64) {
    let from = ChangeKey { collection, stream: 0, seq: 0 };
    let to = ChangeKey { collection, stream: keep_from, seq: 0 };
    let released: Vec<ChangeKey> = txn.range::<Changes>(from..to).map(|(key, _)| *key).collect();
    for key in released {
        txn.erase::<Changes>(&key);
    }
}

/// Ends a lineage for good, also one that was never heard of, and forgets its orders.
fn end_lineage(txn: &mut ShardTxn<'_>, operation: OperationId) {
    let row = txn.get::<Lineages>(&operation).copied().unwrap_or_default();
    if !row.ended {
        txn.put::<Lineages>(operation, LineageRow { ended: true, ..row });
    }
    let from = OrderKey { operation, incremental_idx: 0, origin: TabletId(0) };
    let to = OrderKey { operation, incremental_idx: u32::MAX, origin: TabletId(u64::MAX) };
    let orders: Vec<OrderKey> = txn.range::<Orders>(from..=to).map(|(key, _)| *key).collect();
    for key in orders {
        txn.erase::<Orders>(&key);
    }
}

/// The undo rows of one snapshot.
pub(super) fn undo_range(operation: OperationId) -> std::ops::Range<UndoKey> {
    let from = UndoKey { operation, key: Key::default() };
    let to = UndoKey { operation: OperationId(operation.0.saturating_add(1)), key: Key::default() };
    from..to
}
