//! A DataShard's durable tables: what a reboot keeps.
//!
//! The shard serves one partition of one table. Beside the rows it keeps what makes every
//! message repeatable: ids of writes already done, the newest step per operation, the last
//! order per origin. Scans, senders and reports are memory only; SchemeShard asks again.
//!
//! Left out: YDB's numbering of these tables, schema snapshots, and several tables in one
//! shard.

use crate::ids::{ColumnId, Generation, OperationId, PathId, TabletId, TxId};
use crate::local_db;
use crate::local_db::Only;
use crate::message::{ChangeBody, PartitionTarget, Seq, ShardRole};
use crate::row::{Key, KeyRange, Row, TableSchema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

local_db! {
    /// A DataShard's tables.
    DataShardTables {
        /// What this shard is; empty until Init.
        1 Shard(shard): Only => ShardRow,
        /// The rows of the table, by primary key. YDB: the user table.
        2 Rows(rows): Key => Row,
        /// Writes that were done: the same id again is answered and changes nothing.
        3 Writes(writes): TxId => WriteRow,
        /// How far SchemeShard's steps of each operation have come. YDB: `TSchemeOpSeqNo`.
        4 SchemeOps(scheme_ops): OperationId => SchemeOpRow,
        /// Per collection the change stream of this shard. YDB: a CDC stream.
        5 Streams(streams): PathId => StreamRow,
        /// Changes collected and not yet released. YDB: `ChangeRecords`.
        6 Changes(changes): ChangeKey => ChangeRow,
        /// Cuts whose rows a full backup still copies.
        7 Snapshots(snapshots): OperationId => SnapshotRow,
        /// Rows as they were at a cut, saved at the first write after it.
        8 SnapshotUndo(snapshot_undo): UndoKey => UndoRow,
        /// Operations whose change records this shard takes, took, or never will.
        9 Lineages(lineages): OperationId => LineageRow,
        /// How far each origin's records are applied. YDB: `SrcDescriptors` of change exchange.
        10 Orders(orders): OrderKey => OrderRow,
        /// Whose rows a shard takes over that was made by a split or merge. YDB: `DstReceiveSnapshots`.
        11 Heir(heir): Only => HeirRow,
        /// To whom a shard that was split or merged hands over. YDB: `SrcMessages` of a split.
        12 Handover(handover): Only => HandoverRow,
        /// The indexes of the table, by index table. YDB: the table's `TableIndexes`.
        20 IndexFeeds(index_feeds): PathId => IndexFeedRow,
        /// Index records that their index shard has not acknowledged. YDB: `ChangeRecords` of kind async index.
        21 IndexQueue(index_queue): IndexRecordKey => IndexRecordRow,
    }
}

/// The shard itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ShardRow {
    /// Its table.
    pub path_id: PathId,
    /// What the table is for.
    pub role: ShardRole,
    /// The table's schema.
    pub schema: TableSchema,
    /// The shard's keys; never changes.
    pub range: KeyRange,
}

/// How much of a write this shard knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum WriteExtent {
    /// All of it came here.
    Whole,
    /// All of it came to the shard that this one was split from; less of it may be asked for again.
    Inherited,
    /// The shard was merged, and another part may not have come yet.
    Part,
}

/// A write that was done.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WriteRow {
    /// A digest of each change, in order: tells other content under the same id.
    pub ops: Vec<u64>,
    /// How much of the write this is.
    pub extent: WriteExtent,
}

/// Where a shard stands in the consistent cut of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CutPhase {
    /// Not asked.
    #[default]
    Idle,
    /// Users' writes are blocked.
    Prepared,
    /// Cut and unblocked.
    Cut,
    /// Unblocked without a cut, for good.
    Aborted,
}

/// SchemeShard's steps of one operation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SchemeOpRow {
    /// The number of the newest step done.
    pub seq: Seq,
    /// Its name.
    pub step: String,
    /// The cut.
    pub cut: CutPhase,
    /// Scans of the operation are over: a late request starts none.
    pub scans_over: bool,
}

/// A change stream of one collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StreamRow {
    /// The stream that collects; those below are closed.
    pub open: u64,
    /// The lowest stream that is not released.
    pub first: u64,
    /// Number of the next change; grows over all streams of the collection.
    pub next_seq: u64,
}

/// Names a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChangeKey {
    /// Whose change.
    pub collection: PathId,
    /// In which of its streams.
    pub stream: u64,
    /// In the order of the writes.
    pub seq: u64,
}

/// A change of one key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChangeRow {
    /// The key.
    pub key: Key,
    /// The cells set, or that the row was removed.
    pub body: ChangeBody,
}

/// A snapshot: its operation is the key, so the row says only how big it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SnapshotRow {
    /// Rows at the cut.
    pub rows: u64,
}

/// Names a saved row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UndoKey {
    /// The snapshot.
    pub operation: OperationId,
    /// The row's key.
    pub key: Key,
}

/// A row as it was at a cut; `None` where there was none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UndoRow(pub Option<Row>);

/// An operation whose change records this shard takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LineageRow {
    /// The highest increment that a handshake has opened.
    pub opened: Option<u32>,
    /// It is over: records are refused for good.
    pub ended: bool,
}

/// Names an origin of change records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderKey {
    /// The lineage.
    pub operation: OperationId,
    /// The increment.
    pub incremental_idx: u32,
    /// The sending shard.
    pub origin: TabletId,
}

/// How far an origin has come, and which of its senders may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderRow {
    /// Every record up to and with this order that belongs here is applied.
    pub last_record_order: u64,
    /// The newest incarnation of the origin.
    pub generation: Generation,
    /// The newest session of that incarnation.
    pub session: u64,
}

/// An index that this shard feeds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IndexFeedRow {
    /// The index table's key, as columns of this table.
    pub key: Vec<ColumnId>,
    /// Who knows where the index table lives.
    pub schemeshard: TabletId,
    /// The number of the last index record; grows for ever.
    pub last_order: u64,
}

/// Names an index record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IndexRecordKey {
    /// The index table.
    pub index: PathId,
    /// Its number among this shard's records for that table, from 1 and without gaps.
    pub order: u64,
}

/// A change of an index table that a user's write caused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IndexRecordRow {
    /// The write, which is answered when none of its records is left.
    pub write: TxId,
    /// The key in the index table, and what happens to it.
    pub change: ChangeRow,
}

impl Display for IndexFeedRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "last={}", self.last_order)
    }
}

impl Display for IndexRecordKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.order)
    }
}

impl Display for IndexRecordRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.change, self.write)
    }
}

/// A shard that takes over the rows of others.
///
/// * It serves nobody until it is `active`, and then no image is missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HeirRow {
    /// The split or merge.
    pub operation: OperationId,
    /// Whose rows it takes over.
    pub parents: Vec<TabletId>,
    /// Those whose image has not come.
    pub missing: BTreeSet<TabletId>,
    /// Whether it serves.
    pub active: bool,
}

/// A shard that serves nobody any more: nothing but this row's operation changes its tables.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HandoverRow {
    /// The split or merge.
    pub operation: OperationId,
    /// Who takes over, and what.
    pub heirs: Vec<PartitionTarget>,
}

impl Display for ShardRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} v{}", self.path_id, self.range, self.schema.version)
    }
}

impl Display for WriteRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "rows={}", self.ops.len())?;
        match self.extent {
            WriteExtent::Whole => Ok(()),
            WriteExtent::Inherited => f.write_str(", inherited"),
            WriteExtent::Part => f.write_str(", a part"),
        }
    }
}

impl Display for SchemeOpRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let scans = if self.scans_over { ", scans over" } else { "" };
        write!(f, "seq={} {}, cut {:?}{scans}", self.seq, self.step, self.cut)
    }
}

impl Display for StreamRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "open={} first={} next_seq={}", self.open, self.first, self.next_seq)
    }
}

impl Display for ChangeKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.collection, self.stream, self.seq)
    }
}

impl Display for ChangeRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.body {
            ChangeBody::Upsert(cells) => write!(f, "+{} {cells}", self.key),
            ChangeBody::Erase => write!(f, "-{}", self.key),
        }
    }
}

impl Display for SnapshotRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "rows={}", self.rows)
    }
}

impl Display for UndoKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.operation, self.key)
    }
}

impl Display for UndoRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(row) => write!(f, "{row}"),
            None => f.write_str("none"),
        }
    }
}

impl Display for LineageRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.ended, self.opened) {
            (true, _) => f.write_str("ended"),
            (false, Some(increment)) => write!(f, "opened={increment}"),
            (false, None) => f.write_str("live"),
        }
    }
}

impl Display for OrderKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.operation, self.incremental_idx, self.origin)
    }
}

impl Display for OrderRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "last={} {} session={}", self.last_record_order, self.generation, self.session)
    }
}

impl Display for HeirRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.parents.iter().map(ToString::to_string).collect();
        let state = if self.active { "active".to_owned() } else { format!("missing={}", self.missing.len()) };
        write!(f, "{} of {} {state}", self.operation, names.join(" "))
    }
}

impl Display for HandoverRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} to", self.operation)?;
        self.heirs.iter().try_for_each(|heir| write!(f, " {}", heir.tablet))
    }
}
