//! SchemeShard's durable tables.
//!
//! Rows keep path ids; names are for people. The numbers 120, 122 and 123 are YDB's,
//! the others are ours.

mod display;
mod restore;

pub use restore::{
    ChainPart, FinalStatus, LongIncrementalRestoreOp, Outcome, ProgressKey, ProgressRow, RestoreState, RestoreStateRow,
    ShardState,
};

use crate::ids::{ColumnId, OperationId, PathId, Steady, TabletId, TxId};
use crate::local_db;
use crate::local_db::Only;
use crate::message::{Issue, Status};
use crate::row::{KeyRange, TableSchema};
use crate::schemeshard::PathState;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

local_db! {
    /// SchemeShard's local database.
    SchemeShardTables {
        /// Counters that never go back.
        1 Sys(sys): Only => SysRow,
        /// The tree of paths. YDB: `Paths`.
        2 Paths(paths): PathId => PathRow,
        /// What tables look like and where their rows live. YDB: `Tables`, `TablePartitions`.
        3 Tables(tables): PathId => TableRow,
        /// Backup collections. YDB: `BackupCollection`.
        4 BackupCollections(collections): PathId => CollectionRow,
        /// Backups taken, by the operation that took them.
        5 Backups(backups): OperationId => BackupRow,
        /// Operations that have not ended. YDB: `TxInFlightV2`.
        6 Operations(operations): OperationId => OperationRow,
        /// Every accepted request, for ever: the same id again gives the same answer.
        7 Requests(requests): TxId => RequestRow,
        /// Splits and merges under way: parents and heirs. YDB: `TxShardsV2` of such an operation.
        8 Splits(splits): OperationId => SplitRow,
        /// Indexes, by table. YDB: `TableIndex`, `TableIndexKeys`.
        20 TableIndexes(indexes): IndexKey => IndexRow,
        /// Restores that are remembered. YDB: `IncrementalRestoreOperations`, table 120.
        120 IncrementalRestoreOperations(restores): OperationId => LongIncrementalRestoreOp,
        /// What each of them is doing. YDB: `IncrementalRestoreState`, table 122.
        122 IncrementalRestoreState(restore_states): OperationId => RestoreStateRow,
        /// The work list of the current increment and its verdicts. YDB: `IncrementalRestoreShardProgress`, table 123.
        123 IncrementalRestoreShardProgress(shard_progress): ProgressKey => ProgressRow,
    }
}

/// Counters that never go back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SysRow {
    /// The last path id given out.
    pub last_path: u64,
    /// The last shard number given out.
    pub last_shard: u64,
    /// Counts drops, as YDB's plan steps do.
    pub last_drop: u64,
}

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PathKind {
    /// A directory.
    Dir,
    /// A table.
    Table,
    /// An index, below its table and above the table that holds its rows.
    Index,
    /// A backup collection.
    BackupCollection,
}

/// One path.
///
/// * A dropped path has state NotExist, a drop step and no holder, for ever.
/// * `holder` is set exactly while an operation that has not ended holds the path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PathRow {
    /// The path above; `None` for the root.
    pub parent: Option<PathId>,
    /// The last part of its name.
    pub name: CompactString,
    /// What it is.
    pub kind: PathKind,
    /// What is being done to it.
    pub state: PathState,
    /// The operation that does it.
    pub holder: Option<OperationId>,
    /// When it was dropped.
    pub drop_step: Option<u64>,
}

/// A part of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Partition {
    /// Its keys.
    pub range: KeyRange,
    /// Its shard.
    pub tablet: TabletId,
}

/// A table. Partitions are in key order and cover all keys without gap.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TableRow {
    /// Columns, key, version.
    pub schema: TableSchema,
    /// Where the rows live.
    pub partitions: Vec<Partition>,
    /// The restore that filled it failed or was cancelled.
    pub incomplete: bool,
}

/// Names an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IndexKey {
    /// The table.
    pub table: PathId,
    /// The index, a path below it.
    pub index: PathId,
}

/// An index.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IndexRow {
    /// The indexed columns, in order.
    pub columns: Vec<ColumnId>,
    /// The table that holds its rows; its key is the columns and the rest of the primary key.
    pub impl_table: PathId,
}

/// A backup collection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CollectionRow {
    /// The tables, by absolute path.
    pub tables: Vec<String>,
    /// Whether changes are collected.
    pub incremental: bool,
    /// Whether index tables are left out; then what is restored has no indexes.
    pub omit_indexes: bool,
    /// The last backup's sequence number; these order a chain, names and clocks never do.
    pub last_seq: u64,
    /// The last change stream's number.
    pub last_stream: u64,
}

/// Full or incremental.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BackupKind {
    /// All rows as of the cut.
    Full,
    /// The changes since the last backup of the chain.
    Incremental,
}

/// Where a backup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BackupStatus {
    /// Being taken.
    Running,
    /// Can be restored from.
    Completed,
    /// Cannot.
    Failed,
}

/// One table of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BackupItem {
    /// The user's table when the backup was taken.
    pub source: PathId,
    /// The user's table by name.
    pub name: String,
    /// The table that holds the copy.
    pub table: PathId,
    /// Rows in the copy; the weight of this table in a restore's percent.
    pub rows: u64,
    /// The index, if it is an index table.
    pub index: Option<BackupIndex>,
}

/// Which index an index table of a backup belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BackupIndex {
    /// The backup's item that is the indexed table.
    pub of: u32,
    /// The index's name below that table.
    pub name: String,
    /// The indexed columns.
    pub columns: Vec<ColumnId>,
}

/// A backup.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BackupRow {
    /// Its collection.
    pub collection: PathId,
    /// Its place among the collection's backups.
    pub seq: u64,
    /// Full or incremental.
    pub kind: BackupKind,
    /// Where it is.
    pub status: BackupStatus,
    /// Its directory.
    pub dir: PathId,
    /// Its tables.
    pub items: Vec<BackupItem>,
    /// The change stream that its cut opens; 0 if none.
    pub opens: u64,
    /// When the shards were first asked to prepare.
    pub prepare_from: Option<Steady>,
    /// What went wrong.
    pub issues: Vec<Issue>,
}

/// What an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OperationKind {
    /// Creates a table.
    CreateTable,
    /// Adds columns to a table.
    AlterTable,
    /// Splits a shard of a table, or merges some.
    SplitMerge,
    /// Drops a table.
    DropTable,
    /// Drops a collection with its backups.
    DropBackupCollection,
    /// Takes a backup.
    Backup,
    /// Restores a chain.
    Restore,
}

/// What an operation is doing: each phase is a question to a set of tablets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Phase {
    /// The hive makes the shards.
    CreateShards,
    /// The shards learn their tables.
    InitShards,
    /// The shards learn their table's new schema.
    AlterShards,
    /// The sources block writes; those of tables, whose indexes are then up to date.
    Prepare,
    /// The sources block writes; those of index tables.
    PrepareIndexes,
    /// The sources mark the cut.
    Cut,
    /// The sources unblock without a cut.
    Abort,
    /// The sources copy.
    Transfer,
    /// Sources and copies forget the backup.
    Release,
    /// The sources stop collecting for a collection.
    DropStreams,
    /// The shards that are split or merged hand over to their heirs.
    Handover,
    /// The heirs serve.
    Activate,
    /// The hive deletes the shards.
    DeleteShards,
    /// A restore works through its increments (`restore::progress`).
    Increments,
    /// Targets end the lineage, sources end their scans.
    Finalize,
}

/// An operation that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OperationRow {
    /// What it is.
    pub kind: OperationKind,
    /// What it is doing.
    pub phase: Phase,
    /// Counts its phases; the second half of every step's `Seq`.
    pub round: u32,
    /// The path it is about: a table or a collection.
    pub path: PathId,
    /// The tables whose shards it creates or deletes.
    pub tables: Vec<PathId>,
}

/// A split or a merge.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SplitRow {
    /// The shards that go, in key order; partitions of the table until the switch.
    pub parents: Vec<TabletId>,
    /// The shards that come, with their parts of the same keys.
    pub heirs: Vec<Partition>,
    /// Whether it comes from load, not from a user.
    pub by_load: bool,
}

/// An accepted request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RequestRow {
    /// The request, encoded.
    pub content: Vec<u8>,
    /// The answer that was given.
    pub status: Status,
}
