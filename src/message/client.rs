//! What a client receives: answers of SchemeShard and of shards.

use crate::counters::PipeCounters;
use crate::ids::{OperationId, PathId, Steady, TabletId, TxId};
use crate::message::{Issue, Kind, Message};
use crate::row::{Key, KeyRange, Row, TableSchema};
use crate::schemeshard::{FinalStatus, PathState};
use serde::{Deserialize, Serialize};

/// The outcome of a request. YDB: `NKikimrScheme::EStatus`, and Ydb::StatusIds for shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Done.
    Success,
    /// Begun, durably; ask with `NotifyTxCompletion` for the end.
    Accepted,
    /// No such operation.
    NotFound,
    /// No such path.
    PathDoesNotExist,
    /// A directory was expected.
    PathIsNotDirectory,
    /// The path is there already.
    AlreadyExists,
    /// A path of another kind is there.
    NameConflict,
    /// Another operation holds the path.
    MultipleModifications,
    /// The state does not allow it.
    PreconditionFailed,
    /// Columns, keys or versions do not fit.
    SchemeError,
    /// The request contradicts itself or an earlier one of the same id.
    InvalidParameter,
    /// Not now; ask again.
    Overloaded,
    /// The shard cannot answer in its state.
    NotAvailable,
}

/// One partition in a description.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PartitionView {
    /// Its keys.
    pub range: KeyRange,
    /// Its shard.
    pub tablet: TabletId,
}

/// An index in a description.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IndexView {
    /// Its name below the table.
    pub name: String,
    /// The indexed columns, in order.
    pub columns: Vec<String>,
}

/// A table in a description.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TableDescription {
    /// Columns, key, version.
    pub schema: TableSchema,
    /// Partitions in key order.
    pub partitions: Vec<PartitionView>,
    /// The restore that filled it failed or was cancelled.
    pub incomplete: bool,
    /// Its indexes.
    pub indexes: Vec<IndexView>,
}

/// The whole database, in the description of its root. YDB: `TDomainDescription`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DomainDescription {
    /// Paths that exist.
    pub paths: u64,
    /// Paths that are held, by the operation that holds them.
    pub locked: Vec<(OperationId, u32)>,
    /// Reports of shards that SchemeShard has dropped since it booted.
    pub stale_responses_dropped: u64,
}

/// The answer to `DescribePath`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PathDescription {
    /// Absolute path.
    pub path: String,
    /// Its id.
    pub path_id: PathId,
    /// Its state.
    pub state: PathState,
    /// The operation that holds it.
    pub holder: Option<OperationId>,
    /// Names below it.
    pub children: Vec<String>,
    /// If it is a table.
    pub table: Option<TableDescription>,
    /// If it is the root.
    pub domain: Option<DomainDescription>,
}

/// A backup's state, for people.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BackupView {
    /// The backup.
    pub backup: OperationId,
    /// The directory of its tables, an absolute path.
    pub dir: String,
    /// What it is doing or how it ended.
    pub state: String,
    /// Whether it has ended.
    pub ended: bool,
    /// Whether it can be restored from.
    pub completed: bool,
    /// What went wrong.
    pub issues: Vec<Issue>,
}

/// Tables of one increment, by what is being done for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SubOperationCounts {
    /// No shard was asked so far.
    pub pending: u32,
    /// A shard is asked.
    pub dispatched: u32,
    /// No shard is asked, and one waits for its retry.
    pub backoff: u32,
    /// Every shard has its verdict.
    pub done: u32,
}

/// Source shards of one increment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ShardCounts {
    /// All that have to succeed.
    pub expected: u32,
    /// Those that have.
    pub done: u32,
    /// Those that failed for good.
    pub failed: u32,
}

/// A restore's state, for people.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RestoreView {
    /// The restore.
    pub restore: OperationId,
    /// Running, Finalizing, Completed, Failed or Cancelled.
    pub state: String,
    /// Whether the state is one of the last three.
    pub terminal: bool,
    /// The code of the outcome, once it is chosen.
    pub status: Option<FinalStatus>,
    /// 0 to 100.
    pub percent: u32,
    /// The increment being restored; the full backup is 0.
    pub incremental: u32,
    /// How many parts the chain has.
    pub incrementals: u32,
    /// Tables of this increment.
    pub sub_operations: SubOperationCounts,
    /// Source shards of this increment; at the end, of the last one.
    pub shards: ShardCounts,
    /// Rows acknowledged so far, over all increments.
    pub rows: u64,
    /// Bytes acknowledged so far, over all increments.
    pub bytes: u64,
    /// Attempts begun so far, over all shards and increments.
    pub attempts: u32,
    /// When the next retry is due, if one is.
    pub next_retry: Option<Steady>,
    /// Pipes to its shards; lost at a reboot, as all pipes are.
    pub pipes: PipeCounters,
    /// What went wrong.
    pub issues: Vec<Issue>,
}

/// All that a client can receive over a pipe.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClientMessage {
    /// SchemeShard answers a proposal. YDB: `TEvModifySchemeTransactionResult`.
    ProposeAnswer {
        /// The request.
        tx_id: TxId,
        /// The outcome.
        status: Status,
        /// For a refusal: what and what to do.
        reason: String,
    },
    /// The operation has ended. YDB: `TEvNotifyTxCompletionResult`.
    TxCompleted {
        /// The request that began it.
        tx_id: TxId,
    },
    /// The answer to `DescribePath`.
    Description {
        /// The path asked for.
        path: String,
        /// Success or a refusal.
        status: Status,
        /// For a refusal: what and what to do.
        reason: String,
        /// For a success.
        description: Option<Box<PathDescription>>,
    },
    /// The answer to `GetBackup`.
    Backup {
        /// The backup asked for.
        backup: OperationId,
        /// Its state, if it is known.
        view: Option<BackupView>,
    },
    /// The answer to `GetRestore`.
    Restore {
        /// The restore asked for.
        restore: OperationId,
        /// Its state, if it is remembered.
        view: Option<RestoreView>,
    },
    /// The answer to `ListRestores`.
    Restores {
        /// All that are remembered, by id.
        views: Vec<RestoreView>,
    },
    /// A shard answers a write.
    WriteAnswer {
        /// The request.
        tx_id: TxId,
        /// The outcome.
        status: Status,
        /// For a refusal.
        reason: String,
    },
    /// A shard answers a read.
    ReadAnswer {
        /// As in the request.
        cookie: u64,
        /// The outcome.
        status: Status,
        /// For a refusal.
        reason: String,
        /// Rows in key order.
        rows: Vec<(Key, Row)>,
        /// Whether the limit cut the answer short.
        more: bool,
    },
}

impl Message for ClientMessage {
    fn kind(&self) -> Kind {
        match self {
            ClientMessage::ProposeAnswer { .. } => "ProposeAnswer",
            ClientMessage::TxCompleted { .. } => "TxCompleted",
            ClientMessage::Description { .. } => "Description",
            ClientMessage::Backup { .. } => "Backup",
            ClientMessage::Restore { .. } => "Restore",
            ClientMessage::Restores { .. } => "Restores",
            ClientMessage::WriteAnswer { .. } => "WriteAnswer",
            ClientMessage::ReadAnswer { .. } => "ReadAnswer",
        }
    }
}
