//! Rows of a restore: tables 120, 122 and 123.

use crate::ids::{OperationId, PathId, Steady, TabletId, TxId};
use crate::message::{Issue, ScanStatus, ShardCounts};
use crate::row::Key;
use serde::{Deserialize, Serialize};

/// One backup of a restored chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChainPart {
    /// The backup.
    pub backup: OperationId,
    /// Its tables, in the order of the restore's targets.
    pub tables: Vec<PathId>,
    /// Their rows, for the percent.
    pub rows: Vec<u64>,
}

/// A restore: what was asked, fixed at propose. YDB: `TLongIncrementalRestoreOp`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LongIncrementalRestoreOp {
    /// The request.
    pub tx_id: TxId,
    /// The restore's id for people.
    pub id: String,
    /// The collection.
    pub backup_collection_path_id: PathId,
    /// The targets by name.
    pub table_path_list: Vec<String>,
    /// The full backup by name.
    pub full_backup_trimmed_name: String,
    /// The incremental backups by name, in order.
    pub incremental_backup_trimmed_names: Vec<String>,
    /// The chain; part 0 is the full backup.
    pub chain: Vec<ChainPart>,
    /// The targets.
    pub targets: Vec<PathId>,
}

/// How a restore ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// Everything is restored.
    Completed,
    /// It is not.
    Failed,
    /// The user did not want it any more.
    Cancelled,
}

/// Where a restore is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RestoreState {
    /// Working.
    Running,
    /// The outcome is chosen; shards are being told.
    Finalizing(Outcome),
    /// Over.
    Ended(Outcome),
}

/// The code of an outcome: what a program looks at, where people read the issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FinalStatus {
    /// Everything is restored.
    Success,
    /// The user cancelled it.
    Cancelled,
    /// A deadline was over.
    Timeout,
    /// A source shard's verdict: a fatal one, or the last of those that used up the retries.
    Shard(ScanStatus),
}

/// What a restore is doing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RestoreStateRow {
    /// Where it is.
    pub state: RestoreState,
    /// The current part of the chain; the full backup is 0.
    pub incremental: u32,
    /// When it was proposed.
    pub started: Steady,
    /// When the current increment became current.
    pub stage_started: Steady,
    /// Rows of the increments that are over.
    pub rows: u64,
    /// Bytes of the increments that are over.
    pub bytes: u64,
    /// Attempts begun in the increments that are over.
    pub attempts: u32,
    /// The percent reached when the outcome was chosen, or source shards were last split or merged.
    pub percent: u32,
    /// The code of the outcome, from when it was chosen.
    pub status: Option<FinalStatus>,
    /// Rows and bytes that people were shown when source shards were last split or merged.
    pub shown: (u64, u64),
    /// Source shards of the last increment, at the end.
    pub shards: ShardCounts,
    /// What went wrong.
    pub issues: Vec<Issue>,
}

/// A row of the work list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProgressKey {
    /// The restore.
    pub operation: OperationId,
    /// The part of the chain.
    pub incremental: u32,
    /// The table within it.
    pub sub_operation: u32,
    /// The source shard.
    pub shard: TabletId,
}

/// What is known of one source shard in one increment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ShardState {
    /// Its turn has not come.
    Pending,
    /// It is asked.
    Dispatched,
    /// It failed in a way worth another attempt, not before this time.
    Backoff(Steady),
    /// Its verdict.
    Done(ScanStatus),
}

/// One source shard in one increment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProgressRow {
    /// What is known.
    pub state: ShardState,
    /// The current try, from 1; only a persisted retriable verdict raises it.
    pub attempt: u32,
    /// The newest verdict, of this attempt or the one before.
    pub verdict: Option<ScanStatus>,
    /// Rows acknowledged by the target; never falls.
    pub rows: u64,
    /// Bytes acknowledged by the target; never falls.
    pub bytes: u64,
    /// The last key acknowledged.
    pub last_key: Option<Key>,
    /// Its number.
    pub last_order: Option<u64>,
    /// What went wrong, over all attempts.
    pub issues: Vec<Issue>,
}

impl ProgressRow {
    /// A shard whose turn has not come.
    pub fn pending() -> ProgressRow {
        ProgressRow {
            state: ShardState::Pending,
            attempt: 1,
            verdict: None,
            rows: 0,
            bytes: 0,
            last_key: None,
            last_order: None,
            issues: Vec::new(),
        }
    }

    /// How many attempts have begun.
    pub fn attempts_begun(&self) -> u32 {
        self.attempt - u32::from(self.state == ShardState::Pending)
    }
}
