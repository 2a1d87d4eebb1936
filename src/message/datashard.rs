//! What a DataShard receives: steps from SchemeShard, scan requests, users' reads
//! and writes, and both sides of the change exchange between shards.

use crate::ids::{Generation, OperationId, PathId, TabletId, TxId};
use crate::index::{INDEX_FEED, IndexFeed};
use crate::message::{Kind, Message, ScanRequest, ScanWork};
use crate::row::{Key, KeyRange, Row, TableSchema};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Orders SchemeShard's steps of one operation at a shard. YDB: `TSchemeOpSeqNo`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seq {
    /// SchemeShard's incarnation.
    pub generation: Generation,
    /// The operation's round, growing over its whole life.
    pub round: u32,
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.generation.0, self.round)
    }
}

/// What a shard's table is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ShardRole {
    /// A user table: takes writes unless blocked or locked.
    User,
    /// A backup's table: takes change records of its lineage only.
    Backup,
    /// An index table: takes the index records of its table's shards, unless blocked or locked.
    Index,
}

/// A new shard's table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ShardInit {
    /// The table.
    pub path_id: PathId,
    /// What it is for.
    pub role: ShardRole,
    /// Its schema.
    pub schema: TableSchema,
    /// The shard's part of the keys.
    pub range: KeyRange,
    /// The operation whose change records it takes; while it lives, users' writes are locked out.
    pub lineage: Option<OperationId>,
    /// The indexes that users' writes feed.
    pub indexes: Vec<IndexFeed>,
    /// The shards whose rows it takes over before it serves anybody; none if its table is new.
    pub heir_of: Vec<TabletId>,
}

/// One durable change of a shard that SchemeShard asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ShardStep {
    /// Becomes a shard of this table.
    Init(ShardInit),
    /// Learns a newer schema of its table: from then on writes must name the new version.
    Alter(TableSchema),
    /// Blocks users' writes for a consistent cut.
    Prepare,
    /// Marks the cut, in one commit: closes the open stream and opens the next (or opens
    /// the first), keeps a snapshot if asked, unblocks.
    Cut {
        /// The collection, if its changes are collected.
        stream_of: Option<PathId>,
        /// The number of the stream that opens; those below it are closed.
        open: u64,
        /// Keep the rows as they are now, for the full copy.
        snapshot: bool,
    },
    /// Unblocks without a cut.
    Abort,
    /// The backup is over at its source: its snapshot goes, and where it completed, the
    /// streams below `keep_from` go too.
    Release {
        /// The collection whose streams are meant.
        stream_of: Option<PathId>,
        /// First stream to keep.
        keep_from: u64,
    },
    /// The lineage is over at its target: later records are refused, users' writes unlocked.
    /// YDB: the end of a restore's lock.
    EndRestore,
    /// Scans of this operation end without a report.
    CancelScan,
    /// The collection is dropped: its streams go.
    DropStream {
        /// The collection.
        collection: PathId,
    },
    /// Serves nobody any more, and hands everything over to these. YDB: `TEvSplit`.
    Split {
        /// The shards that take over, with their parts of the keys.
        heirs: Vec<PartitionTarget>,
    },
    /// An heir serves from now on.
    Activate,
}

/// One write of a user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum WriteOp {
    /// Sets the given cells of a row, creating it if need be.
    Upsert {
        /// The row's key.
        key: Key,
        /// The cells to set.
        cells: Row,
    },
    /// Removes a row, if it is there.
    Erase {
        /// The row's key.
        key: Key,
    },
}

impl WriteOp {
    /// The key written.
    pub fn key(&self) -> &Key {
        match self {
            WriteOp::Upsert { key, .. } | WriteOp::Erase { key } => key,
        }
    }
}

/// What a change record does to its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChangeBody {
    /// Sets the given cells, creating the row if need be; absent cells stay.
    Upsert(Row),
    /// Removes the row.
    Erase,
}

/// A numbered change on its way to its target. YDB: `TChangeRecord`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Change {
    /// Position in the immutable source, from 1.
    pub order: u64,
    /// The key.
    pub key: Key,
    /// What happens to it.
    pub body: ChangeBody,
}

/// Where a stream of change records comes from; part of every message of the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The sending shard.
    pub tablet: TabletId,
    /// Its incarnation.
    pub generation: Generation,
    /// The sender within that incarnation; growing.
    pub session: u64,
    /// The restore or backup, or [`INDEX_FEED`].
    pub operation: OperationId,
    /// Position in the chain.
    pub incremental_idx: u32,
}

impl Origin {
    /// Whether it sends index records, which belong to no operation.
    pub fn is_index_feed(&self) -> bool {
        self.operation == INDEX_FEED
    }
}

/// Opens a session of the exchange. YDB: `TEvChangeExchange::TEvHandshake`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Handshake {
    /// Who.
    pub origin: Origin,
    /// The table the sender believes this shard to be of.
    pub path_id: PathId,
    /// Its schema version, as resolved.
    pub schema_version: u64,
}

/// How a target took a handshake or a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ExchangeStatus {
    /// Taken, durably.
    Ok,
    /// A newer incarnation of the origin has been here.
    StaleGeneration,
    /// A newer sender of the same incarnation has been here.
    StaleSession,
    /// The order is not above the last one; what is below was applied.
    OutOfOrder,
    /// The key belongs to another partition.
    WrongPartition,
    /// The shard does not take records in its state.
    WrongState,
    /// A higher increment has been opened here.
    StaleIncrement,
    /// The shard was not born with this operation's lineage.
    UnknownLineage,
    /// The operation has ended here.
    LineageOver,
    /// The record does not fit the table's schema.
    SchemeError,
    /// An index record that comes during a cut or a restore; it may come again.
    Blocked,
}

/// Where one partition of a table lives.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PartitionTarget {
    /// Its keys.
    pub range: KeyRange,
    /// Its shard.
    pub tablet: TabletId,
}

/// SchemeShard's answer to `ResolveTable`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Resolution {
    /// The table as it is now.
    Table {
        /// Its schema.
        schema: TableSchema,
        /// Its partitions, in key order, without gaps.
        partitions: Vec<PartitionTarget>,
    },
    /// The table or the operation is gone.
    Gone,
}

/// All that a DataShard can receive over a pipe.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DataShardMessage {
    /// SchemeShard asks for a durable change. YDB: `TEvProposeTransaction` with a scheme operation.
    Step {
        /// The operation.
        operation: OperationId,
        /// Its place among the operation's steps.
        seq: Seq,
        /// The change.
        step: ShardStep,
    },
    /// SchemeShard starts, or asks again for, a restore's scan.
    RestoreMultipleIncrementalBackups(ScanRequest),
    /// SchemeShard starts, or asks again for, a backup's scan.
    BackupTable(ScanRequest),
    /// A user writes. The same `tx_id` again is answered and changes nothing.
    Write {
        /// The request's identity.
        tx_id: TxId,
        /// The schema version the client believes in.
        schema_version: u64,
        /// The writes, all or none.
        ops: Vec<WriteOp>,
    },
    /// A user reads rows in key order. One key is a range of one.
    ReadRange {
        /// Given back with the answer.
        cookie: u64,
        /// The keys wanted.
        range: KeyRange,
        /// The most rows wanted.
        limit: u64,
    },
    /// SchemeShard answers `ResolveTable`.
    Resolved {
        /// The scan's operation.
        operation: OperationId,
        /// The table asked for.
        path_id: PathId,
        /// The answer.
        resolution: Resolution,
    },
    /// A sender opens a session.
    Handshake(Handshake),
    /// The target answers a handshake.
    HandshakeAnswer {
        /// Whose session.
        origin: Origin,
        /// The answering shard.
        tablet: TabletId,
        /// How it went.
        status: ExchangeStatus,
        /// The last order of this origin and increment that is applied here; 0 is none.
        last_record_order: u64,
    },
    /// A sender's records. YDB: `TEvChangeExchange::TEvApplyRecords`.
    ApplyRecords {
        /// Whose session.
        origin: Origin,
        /// In growing order.
        records: Vec<Change>,
    },
    /// The target answers records, once durable. YDB: `TEvChangeExchange::TEvStatus`.
    RecordStatuses {
        /// Whose session.
        origin: Origin,
        /// The answering shard.
        tablet: TabletId,
        /// Order and outcome of each.
        statuses: Vec<(u64, ExchangeStatus)>,
    },
    /// A shard that was split or merged hands over what an heir needs. YDB: `TEvSplitTransferSnapshot`.
    Image {
        /// The split or merge.
        operation: OperationId,
        /// Whose image it is.
        parent: TabletId,
        /// The tables, as far as they are the heir's, encoded.
        tables: Vec<u8>,
    },
    /// An heir has taken an image, durably. YDB: `TEvSplitTransferSnapshotAck`.
    ImageTaken {
        /// The split or merge.
        operation: OperationId,
        /// The heir.
        tablet: TabletId,
    },
}

impl Message for DataShardMessage {
    fn kind(&self) -> Kind {
        match self {
            DataShardMessage::Step { step, .. } => step.kind(),
            DataShardMessage::RestoreMultipleIncrementalBackups(_) => "RestoreMultipleIncrementalBackups",
            DataShardMessage::BackupTable(_) => "BackupTable",
            DataShardMessage::Write { .. } => "Write",
            DataShardMessage::ReadRange { .. } => "ReadRange",
            DataShardMessage::Resolved { .. } => "Resolved",
            DataShardMessage::Handshake(_) => "Handshake",
            DataShardMessage::HandshakeAnswer { .. } => "HandshakeAnswer",
            DataShardMessage::ApplyRecords { .. } => "ApplyRecords",
            DataShardMessage::RecordStatuses { .. } => "RecordStatuses",
            DataShardMessage::Image { .. } => "Image",
            DataShardMessage::ImageTaken { .. } => "ImageTaken",
        }
    }
}

impl ShardStep {
    /// The step's name, which is also the kind of the message that carries it.
    pub fn kind(&self) -> Kind {
        match self {
            ShardStep::Init(_) => "Init",
            ShardStep::Alter(_) => "Alter",
            ShardStep::Prepare => "Prepare",
            ShardStep::Cut { .. } => "Cut",
            ShardStep::Abort => "Abort",
            ShardStep::Release { .. } => "Release",
            ShardStep::EndRestore => "EndRestore",
            ShardStep::CancelScan => "CancelScan",
            ShardStep::DropStream { .. } => "DropStream",
            ShardStep::Split { .. } => "Split",
            ShardStep::Activate => "Activate",
        }
    }
}

impl ScanRequest {
    /// The request as the message that carries it.
    pub fn message(self) -> DataShardMessage {
        match self.work {
            ScanWork::Restore => DataShardMessage::RestoreMultipleIncrementalBackups(self),
            ScanWork::Snapshot | ScanWork::Stream { .. } => DataShardMessage::BackupTable(self),
        }
    }
}
