//! What SchemeShard receives: requests of clients, questions and reports of shards.

use crate::ids::{OperationId, PathId, TabletId, TxId};
use crate::index::IndexSpec;
use crate::message::{Kind, Message, ScanResponse, ScanStatus, Seq};
use crate::row::{Column, ColumnType, Key};
use serde::{Deserialize, Serialize};

/// A change of the schema that a client asks for. YDB: `TModifyScheme`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Request {
    /// Creates a directory and its missing parents.
    MkDir {
        /// Absolute path.
        path: String,
    },
    /// Creates a table.
    CreateTable {
        /// Absolute path; missing parents are created.
        path: String,
        /// All columns.
        columns: Vec<Column>,
        /// Names of the key columns, in order.
        key: Vec<String>,
        /// First keys of the second and later partitions, growing.
        boundaries: Vec<Key>,
        /// Global secondary indexes.
        indexes: Vec<IndexSpec>,
    },
    /// Adds nullable columns to a table. YDB: `ESchemeOpAlterTable`.
    AlterTable {
        /// Absolute path.
        path: String,
        /// Names and types of the new columns; SchemeShard numbers them.
        add: Vec<(String, ColumnType)>,
    },
    /// Splits one shard of a table at boundaries, or merges neighbours into one.
    /// YDB: `ESchemeOpSplitMergeTablePartitions`.
    SplitMergeTable {
        /// Absolute path.
        path: String,
        /// The shard to split, or the neighbours to merge.
        shards: Vec<TabletId>,
        /// First keys of the second and later new shards, growing; none for a merge.
        boundaries: Vec<Key>,
        /// Not a user's wish: it comes from what SchemeShard knows of the shards' load.
        by_load: bool,
    },
    /// Drops a table and its indexes, and deletes their shards.
    DropTable {
        /// Absolute path.
        path: String,
    },
    /// Creates a backup collection.
    CreateBackupCollection {
        /// Absolute path, `/<db>/.backups/collections/<name>`.
        path: String,
        /// The tables, by absolute path.
        tables: Vec<String>,
        /// Whether changes are collected for incremental backups.
        incremental: bool,
        /// Whether the tables' indexes are left out of backups, and so of what is restored.
        omit_indexes: bool,
    },
    /// Drops a collection with its backups.
    DropBackupCollection {
        /// Absolute path.
        path: String,
    },
    /// Takes a full backup. YDB: `ESchemeOpBackupBackupCollection`.
    BackupBackupCollection {
        /// The collection.
        path: String,
    },
    /// Takes an incremental backup. YDB: `ESchemeOpBackupIncrementalBackupCollection`.
    BackupIncrementalBackupCollection {
        /// The collection.
        path: String,
    },
    /// Restores the newest chain. YDB: `ESchemeOpRestoreBackupCollection`.
    RestoreBackupCollection {
        /// The collection.
        path: String,
        /// First keys of the second and later partitions of a target, by its absolute path;
        /// targets not named get the partitions of the newest backup. Ours, not YDB's.
        boundaries: Vec<(String, Vec<Key>)>,
    },
    /// Ends a restore before its time.
    CancelRestore {
        /// The restore.
        restore: OperationId,
    },
    /// Deletes what is remembered of an ended restore.
    ForgetRestore {
        /// The restore.
        restore: OperationId,
    },
}

/// How a shard took a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StepStatus {
    /// Done, durably.
    Done,
    /// Not yet possible; ask again.
    NotYet,
    /// A newer sequence number was seen or the operation has ended there; nothing changed.
    Stale,
}

/// A shard answers one step of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StepAnswer {
    /// The operation.
    pub operation: OperationId,
    /// The step answered.
    pub seq: Seq,
    /// The answering shard.
    pub tablet: TabletId,
    /// How it went.
    pub status: StepStatus,
}

/// All that SchemeShard can receive over a pipe.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SchemeShardMessage {
    /// A client asks for a change. YDB: `TEvModifySchemeTransaction`.
    Propose {
        /// The request's identity.
        tx_id: TxId,
        /// The change.
        request: Request,
    },
    /// A client wants to be told when an operation has ended. YDB: `TEvNotifyTxCompletion`.
    NotifyTxCompletion {
        /// The request that began the operation.
        tx_id: TxId,
    },
    /// A client asks what a path is. YDB: `TEvDescribeScheme`.
    DescribePath {
        /// Absolute path.
        path: String,
    },
    /// A client asks for a backup's state. Ours: YDB has no such request.
    GetBackup {
        /// The backup's operation.
        backup: OperationId,
    },
    /// A client asks for a restore's state. YDB: `TEvRestore::TEvGetBackupCollectionRestoreRequest`.
    GetRestore {
        /// The restore's operation.
        restore: OperationId,
    },
    /// A client asks for all restores that are remembered.
    ListRestores,
    /// A shard asks where a table's rows live.
    ResolveTable {
        /// The scan's operation: the answer is "gone" once it has ended; `INDEX_FEED` never does.
        operation: OperationId,
        /// The table.
        path_id: PathId,
    },
    /// A shard answers a step of an operation.
    StepAnswer(StepAnswer),
    /// A source shard reports on a restore's scan; handled by transaction type 102.
    RestoreMultipleIncrementalBackupsResponse(ScanResponse),
    /// A source shard reports on a backup's scan.
    BackupTableResponse(ScanResponse),
}

impl Message for SchemeShardMessage {
    fn kind(&self) -> Kind {
        match self {
            SchemeShardMessage::Propose { request, .. } => request.kind(),
            SchemeShardMessage::NotifyTxCompletion { .. } => "NotifyTxCompletion",
            SchemeShardMessage::DescribePath { .. } => "DescribePath",
            SchemeShardMessage::GetBackup { .. } => "GetBackup",
            SchemeShardMessage::GetRestore { .. } => "GetRestore",
            SchemeShardMessage::ListRestores => "ListRestores",
            SchemeShardMessage::ResolveTable { .. } => "ResolveTable",
            SchemeShardMessage::StepAnswer(_) => "StepAnswer",
            SchemeShardMessage::RestoreMultipleIncrementalBackupsResponse(response) => match response.status {
                ScanStatus::InProgress => "RestoreMultipleIncrementalBackupsProgress",
                _ => "RestoreMultipleIncrementalBackupsResponse",
            },
            SchemeShardMessage::BackupTableResponse(_) => "BackupTableResponse",
        }
    }
}

impl Request {
    /// The request's name, which is also the kind of the message that carries it.
    pub fn kind(&self) -> Kind {
        match self {
            Request::MkDir { .. } => "MkDir",
            Request::CreateTable { .. } => "CreateTable",
            Request::AlterTable { .. } => "AlterTable",
            Request::SplitMergeTable { .. } => "SplitMergeTable",
            Request::DropTable { .. } => "DropTable",
            Request::CreateBackupCollection { .. } => "CreateBackupCollection",
            Request::DropBackupCollection { .. } => "DropBackupCollection",
            Request::BackupBackupCollection { .. } => "BackupBackupCollection",
            Request::BackupIncrementalBackupCollection { .. } => "BackupIncrementalBackupCollection",
            Request::RestoreBackupCollection { .. } => "RestoreBackupCollection",
            Request::CancelRestore { .. } => "CancelRestore",
            Request::ForgetRestore { .. } => "ForgetRestore",
        }
    }

    /// The path, or the operation, that the request is about.
    pub fn subject(&self) -> String {
        match self {
            Request::MkDir { path }
            | Request::CreateTable { path, .. }
            | Request::AlterTable { path, .. }
            | Request::SplitMergeTable { path, .. }
            | Request::DropTable { path }
            | Request::CreateBackupCollection { path, .. }
            | Request::DropBackupCollection { path }
            | Request::BackupBackupCollection { path }
            | Request::BackupIncrementalBackupCollection { path }
            | Request::RestoreBackupCollection { path, .. } => path.clone(),
            Request::CancelRestore { restore } | Request::ForgetRestore { restore } => restore.to_string(),
        }
    }
}
