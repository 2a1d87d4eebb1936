//! The incremental restore. YDB: `schemeshard_incremental_restore_scan.cpp`.
//!
//! A backup chain is a full backup (increment 0) and the incrementals after it. A restore
//! brings its targets to the state of the last cut by sending the rows of each part, in
//! order, from the backup's shards (sources, S) to the new table's shards (targets, T).
//!
//! ```text
//!  client         SchemeShard                    S                    T
//!    │ propose  ──>│ rows 120, 122, 123 durable  │                    │
//!    │<─ Accepted  │ CreateShards, InitShards ───────────────────────>│ born with the lineage
//!    │             │ TTxProgress: Dispatched     │                    │
//!    │             │── RestoreMultiple... ──────>│ scan, number rows  │
//!    │             │                             │── Handshake ──────>│ last order
//!    │             │                             │── ApplyRecords ───>│ rows and order: one commit
//!    │             │<─ ...Response: Success ─────│ all acknowledged   │
//!    │             │ tx 102: verdict durable     │                    │
//!    │             │ all Success: next increment │                    │
//!    │             │ Finalizing(outcome)         │                    │
//!    │             │── CancelScan ──────────────>│                    │
//!    │             │── EndRestore ───────────────────────────────────>│ lineage over, unlocked
//!    │<─ completed │ release, state, issues: one commit               │
//! ```
//!
//! What keeps it right under failures:
//! * The work list is durable before the first request; requests leave after `Dispatched`
//!   is durable, and boot sends exactly the dispatched ones again.
//! * A verdict is durable before anything follows from it. `TTxIncrementalRestoreResponse`
//!   (102) writes it and advances nothing; `TTxProgress` advances and takes no verdicts.
//! * `TTxProgress` decides from durable rows plus what this incarnation has sent. So each of
//!   its ways in may come early, late, twice or not at all.
//! * Repeated rows carry the same numbers, and the target applies a number once.
//!
//! Index tables are tables of the work list, with their own backup and their own targets; they
//! come, are held and are released with the tables they index.
//!
//! The work list follows splits and merges of its tables (`follow`).

mod finalize;
mod follow;
mod percent;
mod progress;
mod response;

pub(super) use finalize::{Failure, choose, control_done, finalize_steps, finish};
pub(super) use follow::follow;
pub use percent::percent;
pub(super) use progress::{arm, arm_deadlines, clear_work_list, deadline_clock, progress, tablet_deleted};
pub(super) use response::response;

use crate::ids::{OperationId, PathId, TabletId};
use crate::local_db::Txn;
use crate::message::{ScanStatus, Severity, ShardCounts, SubOperationCounts};
use crate::quirk::{Quirk, Quirks};
use crate::schemeshard::schema::{
    IncrementalRestoreShardProgress, LongIncrementalRestoreOp, Phase, ProgressKey, ProgressRow, RestoreState,
    SchemeShardTables, ShardState,
};
use crate::schemeshard::{PathState, tree};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Whether the restore's targets are ready, and the event that starts its increments has done
/// nothing yet.
pub(super) fn waits_for_run_event(tables: &SchemeShardTables, operation: OperationId) -> bool {
    let started = |(_, row): (&ProgressKey, &ProgressRow)| row.state != ShardState::Pending;
    tables.operations[&operation].phase == Phase::Increments
        && tables.restore_states[&operation].incremental == 0
        && !work_list(tables, operation, 0).any(started)
}

/// Whether a restore of this collection has its outcome and not its end.
pub(super) fn is_finalizing(tables: &SchemeShardTables, collection: PathId) -> bool {
    let holder = tables.paths[&collection].holder.and_then(|holder| tables.restore_states.get(&holder));
    holder.is_some_and(|row| matches!(row.state, RestoreState::Finalizing(_)))
}

/// The keys of one increment's work list.
pub(super) fn increment_keys(operation: OperationId, incremental: u32) -> RangeInclusive<ProgressKey> {
    let key = |sub_operation, shard| ProgressKey { operation, incremental, sub_operation, shard };
    key(0, TabletId(0))..=key(u32::MAX, TabletId(u64::MAX))
}

/// The work list of one increment.
pub(super) fn work_list(
    tables: &SchemeShardTables,
    operation: OperationId,
    incremental: u32,
) -> impl DoubleEndedIterator<Item = (&ProgressKey, &ProgressRow)> {
    tables.shard_progress.range(increment_keys(operation, incremental))
}

/// The source shards of the increment.
pub(super) fn shard_counts(tables: &SchemeShardTables, operation: OperationId, incremental: u32) -> ShardCounts {
    let fatal = |state| matches!(state, ShardState::Done(status) if ScanStatus::severity(status) == Severity::Fatal);
    let done = ShardState::Done(ScanStatus::Success);
    work_list(tables, operation, incremental).fold(ShardCounts::default(), |counts, (_, row)| ShardCounts {
        expected: counts.expected + 1,
        done: counts.done + u32::from(row.state == done),
        failed: counts.failed + u32::from(fatal(row.state)),
    })
}

/// The tables of the increment, each by what is being done for its shards.
pub(super) fn sub_operation_counts(
    tables: &SchemeShardTables,
    operation: OperationId,
    incremental: u32,
) -> SubOperationCounts {
    let mut shards: BTreeMap<u32, Vec<ShardState>> = BTreeMap::new();
    for (key, row) in work_list(tables, operation, incremental) {
        shards.entry(key.sub_operation).or_default().push(row.state);
    }
    let mut counts = SubOperationCounts::default();
    for states in shards.values() {
        if states.iter().all(|state| matches!(state, ShardState::Done(_))) {
            counts.done += 1;
        } else if states.contains(&ShardState::Dispatched) {
            counts.dispatched += 1;
        } else if states.iter().any(|state| matches!(state, ShardState::Backoff(_))) {
            counts.backoff += 1;
        } else {
            counts.pending += 1;
        }
    }
    counts
}

/// Rows and bytes acknowledged so far, over all increments, as people are shown them: never falling.
pub fn rows_and_bytes(tables: &SchemeShardTables, operation: OperationId) -> (u64, u64) {
    let state = &tables.restore_states[&operation];
    let (rows, bytes) = work_list(tables, operation, state.incremental)
        .fold((state.rows, state.bytes), |(rows, bytes), (_, row)| (rows + row.rows, bytes + row.bytes));
    (rows.max(state.shown.0), bytes.max(state.shown.1))
}

/// The table whose shards are asked to bring rows to the target of a sub-operation.
fn source_of(quirks: Quirks, restore: &LongIncrementalRestoreOp, incremental: u32, sub_operation: usize) -> PathId {
    if quirks.has(Quirk::OwnPartitionOnly) {
        // The target's shards are asked, as if the rows were there.
        return restore.targets[sub_operation];
    }
    restore.chain[incremental as usize].tables[sub_operation]
}

/// Writes the work list of one increment and locks its tables as being read.
pub(super) fn write_work_list(
    quirks: Quirks,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    restore: &LongIncrementalRestoreOp,
    incremental: u32,
) {
    for (sub, table) in restore.chain[incremental as usize].tables.iter().enumerate() {
        if !tree::exists(txn.tables(), *table) {
            continue;
        }
        tree::hold(txn, *table, PathState::OutgoingIncrementalRestore, operation);
        for shard in shards_of(txn.tables(), source_of(quirks, restore, incremental, sub)) {
            let key = ProgressKey { operation, incremental, sub_operation: sub as u32, shard };
            txn.put::<IncrementalRestoreShardProgress>(key, ProgressRow::pending());
        }
    }
}

/// The shards of a table; none if it was dropped by force.
pub(super) fn shards_of(tables: &SchemeShardTables, table: PathId) -> Vec<TabletId> {
    let row = tables.tables.get(&table);
    row.map_or_else(Vec::new, |row| row.partitions.iter().map(|part| part.tablet).collect())
}

/// What boot asserts of the rows it reads.
pub(super) fn check_rows(tables: &SchemeShardTables) {
    for (operation, state) in tables.restore_states.iter() {
        assert!(tables.restores.contains_key(operation), "{operation} has a state, so it has its request");
        let ended = matches!(state.state, RestoreState::Ended(_));
        assert_eq!(
            ended,
            !tables.operations.contains_key(operation),
            "{operation} is {}, and an operation lives exactly until the end",
            state.state
        );
    }
    for key in tables.shard_progress.keys() {
        let state = tables.restore_states.get(&key.operation);
        assert!(
            state.is_some_and(|state| state.incremental == key.incremental),
            "work list rows belong to the current increment of a restore: {key}"
        );
    }
}
