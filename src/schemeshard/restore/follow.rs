//! The work list follows when shards of a source are split or merged.

use crate::ids::{OperationId, PathId, TabletId};
use crate::local_db::Txn;
use crate::message::{ScanStatus, Severity};
use crate::quirk::Quirk;
use crate::schemeshard::SchemeShard;
use crate::schemeshard::restore::{percent, rows_and_bytes, work_list};
use crate::schemeshard::schema::{
    IncrementalRestoreShardProgress, IncrementalRestoreState, ProgressKey, ProgressRow, RestoreState,
    SchemeShardTables, ShardState,
};

/// In the commit that makes the heirs partitions, rows of the parents become rows of the heirs, in
/// every restore that is reading this table now.
pub(in crate::schemeshard) fn follow(
    ss: &SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    table: PathId,
    parents: &[TabletId],
    heirs: &[TabletId],
) {
    if ss.info.quirks.has(Quirk::FrozenShards) {
        return;
    }
    let running = txn.tables().restore_states.iter().filter(|(_, row)| row.state == RestoreState::Running);
    let reading: Vec<(OperationId, u32)> = running.map(|(operation, row)| (*operation, row.incremental)).collect();
    for (operation, incremental) in reading {
        let part = &txn.tables().restores[&operation].chain[incremental as usize];
        if let Some(sub) = part.tables.iter().position(|path| *path == table) {
            keep_shown(txn, operation);
            replace(txn, (operation, incremental, sub as u32), parents, heirs);
        }
    }
}

/// Heirs that begin anew must not make what people were shown fall.
fn keep_shown(txn: &mut Txn<'_, SchemeShardTables>, operation: OperationId) {
    let (rows, bytes) = rows_and_bytes(txn.tables(), operation);
    let percent = percent(txn.tables(), operation);
    txn.update::<IncrementalRestoreState>(&operation, |state| {
        state.shown = (rows, bytes);
        state.percent = percent;
    });
}

fn replace(
    txn: &mut Txn<'_, SchemeShardTables>,
    (operation, incremental, sub_operation): (OperationId, u32, u32),
    parents: &[TabletId],
    heirs: &[TabletId],
) {
    let key = |shard| ProgressKey { operation, incremental, sub_operation, shard };
    let mut rows = Vec::new();
    for parent in parents {
        let row = txn.get::<IncrementalRestoreShardProgress>(&key(*parent)).cloned();
        rows.push(row.expect("every partition of a table that is being read has its row"));
        txn.erase::<IncrementalRestoreShardProgress>(&key(*parent));
    }
    let state = state_of_heirs(&rows);
    let begun: u32 = rows.iter().map(ProgressRow::attempts_begun).sum();
    let mut begins = 0;
    for (i, heir) in heirs.iter().enumerate() {
        let mut row = ProgressRow { state, ..ProgressRow::pending() };
        row.issues = rows.iter().flat_map(|row| row.issues.clone()).collect();
        if i == 0 && state == ShardState::Done(ScanStatus::Success) {
            row.rows = rows.iter().map(|row| row.rows).sum();
            row.bytes = rows.iter().map(|row| row.bytes).sum();
        }
        begins += row.attempts_begun();
        txn.put::<IncrementalRestoreShardProgress>(key(*heir), row);
    }
    txn.update::<IncrementalRestoreState>(&operation, |state| state.attempts += begun.saturating_sub(begins));
    let current = work_list(txn.tables(), operation, incremental);
    assert!(current.filter(|(key, _)| parents.contains(&key.shard)).count() == 0, "parents count nowhere any more");
}

/// Heirs of Success are Success, and of a fatal verdict fatal: what was decided stays decided.
fn state_of_heirs(parents: &[ProgressRow]) -> ShardState {
    let fatal = |row: &&ProgressRow| matches!(row.state, ShardState::Done(by) if by.severity() == Severity::Fatal);
    let success = ShardState::Done(ScanStatus::Success);
    match parents.iter().find(fatal) {
        Some(row) => row.state,
        None if parents.iter().all(|row| row.state == success) => success,
        None => ShardState::Pending,
    }
}

#[cfg(test)]
mod tests {
    use super::{replace, state_of_heirs};
    use crate::ids::{OperationId, Steady, TabletId, Wall};
    use crate::local_db::Txn;
    use crate::message::{Issue, ScanStatus, ShardCounts};
    use crate::schemeshard::schema::{
        ProgressKey, ProgressRow, RestoreState, RestoreStateRow, SchemeShardTables, ShardState,
    };
    use std::sync::Arc;

    const RESTORE: OperationId = OperationId(7);

    fn row(state: ShardState) -> ProgressRow {
        ProgressRow { state, ..ProgressRow::pending() }
    }

    #[test]
    fn heirs_begin_anew_unless_all_parents_are_decided() {
        let success = ShardState::Done(ScanStatus::Success);
        let fatal = ShardState::Done(ScanStatus::SchemeError);
        assert_eq!(state_of_heirs(&[row(success), row(success)]), success);
        for open in [ShardState::Pending, ShardState::Dispatched, ShardState::Backoff(Steady(5))] {
            assert_eq!(state_of_heirs(&[row(open)]), ShardState::Pending);
            assert_eq!(state_of_heirs(&[row(success), row(open)]), ShardState::Pending);
            assert_eq!(state_of_heirs(&[row(open), row(fatal)]), fatal);
        }
    }

    /// What people are told of a restore: rows, bytes, attempts and what went wrong.
    fn sums(tables: &SchemeShardTables) -> (u64, u64, u32) {
        let rows = || tables.shard_progress.values();
        let begun = tables.restore_states[&RESTORE].attempts + rows().map(ProgressRow::attempts_begun).sum::<u32>();
        (rows().map(|row| row.rows).sum(), rows().map(|row| row.bytes).sum(), begun)
    }

    fn replaced(parents: &[ProgressRow], heirs: u64) -> (SchemeShardTables, SchemeShardTables) {
        let key = |shard| ProgressKey { operation: RESTORE, incremental: 1, sub_operation: 0, shard: TabletId(shard) };
        let rows = (1..).zip(parents).map(|(shard, row)| (key(shard), row.clone()));
        let state = RestoreStateRow {
            state: RestoreState::Running,
            incremental: 1,
            started: Steady(0),
            stage_started: Steady(0),
            rows: 0,
            bytes: 0,
            attempts: 5,
            percent: 0,
            status: None,
            shown: (0, 0),
            shards: ShardCounts::default(),
            issues: Vec::new(),
        };
        let mut tables = SchemeShardTables {
            shard_progress: Arc::new(rows.collect()),
            restore_states: Arc::new([(RESTORE, state)].into()),
            ..SchemeShardTables::default()
        };
        let before = tables.clone();
        let ids = |from: u64, count: u64| (from..from + count).map(TabletId).collect::<Vec<_>>();
        let mut txn = Txn::new(&mut tables, Steady(0), Wall(0));
        replace(&mut txn, (RESTORE, 1, 0), &ids(1, parents.len() as u64), &ids(10, heirs));
        (before, tables)
    }

    #[test]
    fn nothing_that_parents_did_is_lost_or_counted_twice() {
        let success = ShardState::Done(ScanStatus::Success);
        let parent = |attempt, rows, message: &str| ProgressRow {
            attempt,
            rows,
            bytes: 10 * rows,
            issues: vec![Issue { message: message.to_owned(), fatal: false }],
            ..row(success)
        };
        for (parents, heirs) in [(vec![parent(2, 3, "a"), parent(1, 4, "b")], 1), (vec![parent(3, 7, "a")], 2)] {
            let (before, after) = replaced(&parents, heirs);
            assert_eq!(sums(&after), sums(&before));
            let rows: Vec<u64> = after.shard_progress.values().map(|row| row.rows).collect();
            assert_eq!(rows, [7, 0][..heirs as usize], "the first heir stands for what was read");
            let issues = |tables: &SchemeShardTables| tables.shard_progress.values().next().map(|row| row.issues.len());
            assert_eq!(issues(&after), Some(parents.len()), "what went wrong is told further");
        }
    }

    #[test]
    fn heirs_that_begin_anew_have_read_nothing() {
        let open = ProgressRow { rows: 4, bytes: 40, attempt: 2, ..row(ShardState::Dispatched) };
        let (before, after) = replaced(&[row(ShardState::Done(ScanStatus::Success)), open], 1);
        assert!(after.shard_progress.values().all(|row| row.state == ShardState::Pending && row.rows == 0));
        assert_eq!(sums(&after).2, sums(&before).2, "attempts that were begun stay begun");
    }
}
