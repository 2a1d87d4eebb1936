//! The request that starts a scan at a source shard, and its response.
//!
//! A restore and a backup move rows by the same scan and change exchange; what
//! differs is where the rows are read (`ScanWork`). The field names are those of
//! YDB's `TEvRestoreMultipleIncrementalBackups` and its response.

use crate::ids::{Generation, OperationId, PathId, Steady, TabletId};
use crate::row::Key;
use serde::{Deserialize, Serialize};

/// What a scan reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ScanWork {
    /// The rows of a backup's table, to be restored.
    Restore,
    /// The user table as of the cut of this backup, to be copied in full.
    Snapshot,
    /// The changes of the closed streams up to and including this one, folded by key.
    Stream {
        /// The collection whose stream it is.
        collection: PathId,
        /// The last closed stream to read.
        up_to: u64,
    },
}

/// SchemeShard asks a source shard to send its rows to a destination table.
///
/// YDB: `TEvDataShard::TEvRestoreMultipleIncrementalBackups`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScanRequest {
    /// The operation, which is also the lineage at the destination.
    pub tx_id: OperationId,
    /// Which table of the operation.
    pub sub_operation: u32,
    /// Identity of this try, together with the generation: only a persisted retriable verdict raises it.
    pub attempt: u32,
    /// Position in the chain; the full backup is 0.
    pub incremental_idx: u32,
    /// What to read.
    pub work: ScanWork,
    /// The tables to read, in this order, under one running number.
    pub src_path_ids: Vec<PathId>,
    /// Where the rows go.
    pub dst_path_id: PathId,
    /// Who asks, and who resolves the destination.
    pub schemeshard_id: TabletId,
    /// The asking incarnation.
    pub schemeshard_generation: Generation,
    /// Resume after this key.
    pub start_key: Option<Key>,
    /// The number of the row at `start_key`.
    pub start_order: Option<u64>,
    /// When resolving the destination is given up.
    pub stage_deadline: Option<Steady>,
}

/// How a scan ended, or that it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ScanStatus {
    /// Every record is acknowledged as durable.
    Success,
    /// The scan goes on; a report of progress.
    InProgress,
    /// The shard is not in a state to scan; retriable.
    WrongShardState,
    /// Too much to do; retriable.
    Overloaded,
    /// The scan was terminated or the tablet is shutting down; retriable.
    Aborted,
    /// The request makes no sense; fatal.
    BadRequest,
    /// Source and destination do not fit; fatal.
    SchemeError,
    /// Data or storage is lost, or an exception; fatal.
    InternalError,
}

/// What SchemeShard may do about a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Done.
    Success,
    /// Not an end.
    Progress,
    /// Worth another attempt.
    Retriable,
    /// Never worth another attempt.
    Fatal,
}

impl ScanStatus {
    /// Every status with which a scan can fail, the retriable ones first.
    pub const ENDS: [ScanStatus; 6] = [
        ScanStatus::WrongShardState,
        ScanStatus::Overloaded,
        ScanStatus::Aborted,
        ScanStatus::BadRequest,
        ScanStatus::SchemeError,
        ScanStatus::InternalError,
    ];

    /// The status's class.
    pub fn severity(self) -> Severity {
        match self {
            ScanStatus::Success => Severity::Success,
            ScanStatus::InProgress => Severity::Progress,
            ScanStatus::WrongShardState | ScanStatus::Overloaded | ScanStatus::Aborted => Severity::Retriable,
            ScanStatus::BadRequest | ScanStatus::SchemeError | ScanStatus::InternalError => Severity::Fatal,
        }
    }
}

/// A sentence for people about what went wrong. YDB: `NYql::TIssue`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Issue {
    /// The sentence.
    pub message: String,
    /// Whether it ended the work (`true`) or was retried.
    pub fatal: bool,
}

/// A source shard reports to SchemeShard.
///
/// YDB: `TEvDataShard::TEvRestoreMultipleIncrementalBackupsResponse`.
/// Rows, bytes, key and order describe the longest prefix of the source in which
/// every record is acknowledged durable, counted from the first row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScanResponse {
    /// As in the request.
    pub tx_id: OperationId,
    /// As in the request.
    pub sub_operation: u32,
    /// As in the request.
    pub attempt: u32,
    /// As in the request.
    pub incremental_idx: u32,
    /// The reporting shard.
    pub tablet_id: TabletId,
    /// The incarnation that is answered.
    pub schemeshard_generation: Generation,
    /// How it ended, or that it goes on.
    pub status: ScanStatus,
    /// What went wrong.
    pub issues: Vec<Issue>,
    /// Rows acknowledged.
    pub processed_rows: u64,
    /// Bytes acknowledged.
    pub processed_bytes: u64,
    /// Last key acknowledged.
    pub last_key: Option<Key>,
    /// Its number.
    pub last_order: Option<u64>,
}
