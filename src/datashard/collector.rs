//! The change collector: every write of a row passes here, in the transaction that makes it.
//!
//! In that one commit three things happen or none: the row as it was goes to each snapshot
//! that does not have it yet, the change goes to each open stream, the row changes.
//!
//! Left out: YDB's collector kinds (images, virtual timestamps) and index records.

use crate::datashard::schema::{
    ChangeKey, ChangeRow, Changes, DataShardTables, Rows, Shard, SnapshotUndo, Snapshots, StreamRow, Streams, UndoKey,
    UndoRow,
};
use crate::ids::{OperationId, PathId};
use crate::local_db::{Only, Txn};
use crate::message::ChangeBody;
use crate::row::{Key, Row};

/// Writes one row, with all that must be remembered about it.
pub(super) fn write_row(txn: &mut Txn<'_, DataShardTables>, key: &Key, body: &ChangeBody) {
    let shard = txn.get::<Shard>(&Only).expect("only a shard with a table is written to");
    assert!(shard.range.contains(key), "{key} is not one of this shard's keys: {}", shard.range);
    save_undo(txn, key);
    collect(txn, key, body);
    match body {
        ChangeBody::Upsert(cells) => txn.merge::<Rows>(key, cells, Row::patch),
        ChangeBody::Erase => txn.erase::<Rows>(key),
    }
}

/// Saves the row as it is for every snapshot that has not saved it.
fn save_undo(txn: &mut Txn<'_, DataShardTables>, key: &Key) {
    let snapshots: Vec<OperationId> = txn.range::<Snapshots>(..).map(|(operation, _)| *operation).collect();
    for operation in snapshots {
        let at = UndoKey { operation, key: key.clone() };
        if txn.get::<SnapshotUndo>(&at).is_none() {
            let before = txn.get::<Rows>(key).cloned();
            txn.put::<SnapshotUndo>(at, UndoRow(before));
        }
    }
}

/// Appends the change to every open stream.
fn collect(txn: &mut Txn<'_, DataShardTables>, key: &Key, body: &ChangeBody) {
    let streams: Vec<(PathId, StreamRow)> = txn.range::<Streams>(..).map(|(c, stream)| (*c, *stream)).collect();
    for (collection, stream) in streams {
        let at = ChangeKey { collection, stream: stream.open, seq: stream.next_seq };
        assert!(txn.get::<Changes>(&at).is_none(), "a change's number is used once: {at}");
        txn.put::<Changes>(at, ChangeRow { key: key.clone(), body: body.clone() });
        txn.update::<Streams>(&collection, |row| row.next_seq += 1);
    }
}
