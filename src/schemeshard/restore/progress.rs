//! `TTxProgress`: what a restore does next, decided from durable rows and from what this
//! incarnation has sent.
//!
//! In this order: outcome already chosen; a fatal verdict (Failed at once); all Success
//! (next increment, or Completed); a deadline or the budget (Failed); a retry that is due;
//! dispatch. Then every dispatched row that this incarnation has not asked is asked.

use crate::ids::{OperationId, PathId, SECOND_US, Steady, TabletId};
use crate::local_db::Txn;
use crate::message::{Issue, ScanRequest, ScanStatus, ScanWork, Severity};
use crate::quirk::{Quirk, Quirks};
use crate::schemeshard::outbox::Outbox;
use crate::schemeshard::restore::{Failure, choose, increment_keys, shards_of, source_of, work_list, write_work_list};
use crate::schemeshard::schema::{
    FinalStatus, IncrementalRestoreShardProgress, IncrementalRestoreState, Outcome, Phase, ProgressKey, ProgressRow,
    RestoreState, RestoreStateRow, SchemeShardTables, ShardState,
};
use crate::schemeshard::tree::{absolute, exists};
use crate::schemeshard::tx::Way;
use crate::schemeshard::{Private, SchemeShard, index, split};
use crate::side_effects::TimerClass;
use std::collections::BTreeSet;

type T<'a, 'b> = &'a mut Txn<'b, SchemeShardTables>;

/// Decides and writes; the outbox says what follows.
pub(in crate::schemeshard) fn progress(
    ss: &mut SchemeShard,
    txn: T<'_, '_>,
    operation: OperationId,
    way: Way,
    outbox: &mut Outbox,
) {
    if !txn.get::<IncrementalRestoreState>(&operation).is_some_and(|row| row.state == RestoreState::Running) {
        return;
    }
    arrive(ss, txn, operation, way, outbox);
    let state = txn.get::<IncrementalRestoreState>(&operation).expect("a working restore has its state");
    let (incremental, now) = (state.incremental, txn.steady());
    if let Some(failure) = failure(ss, txn.tables(), operation, deadline_clock(ss, txn)) {
        return choose(ss, txn, operation, Outcome::Failed, Some(failure), outbox);
    }
    if txn.tables().operations[&operation].phase != Phase::Increments {
        return;
    }
    if all_success(ss, txn.tables(), operation, incremental) {
        return advance(ss, txn, operation, incremental, outbox);
    }
    reset_due(ss, txn, operation, incremental, now);
    dispatch(ss, txn, operation, incremental);
    ask_dispatched(ss, txn, operation, incremental, outbox);
}

/// What is particular to the way in.
fn arrive(ss: &mut SchemeShard, txn: T<'_, '_>, operation: OperationId, way: Way, outbox: &mut Outbox) {
    match way {
        Way::Boot => {
            take_for_done(ss, txn, operation);
            if ss.info.quirks.has(Quirk::IndexTablesForgotten) {
                index::forget_locks(txn, operation);
            }
            if ss.info.quirks.has(Quirk::RetryBudgetVolatile) {
                forget_attempts(txn, operation);
            }
            if !ss.info.quirks.has(Quirk::TimerNotRearmed) {
                arm(ss, txn, operation, outbox);
            }
        }
        Way::PipeRetry(tablet) => {
            ss.sent.entry(operation).or_default().retain(|key| key.shard != tablet);
        }
        Way::Heartbeat => heartbeat(ss, operation, outbox),
        Way::Run | Way::Response | Way::Due => {}
    }
}

/// Arms every timer of a restore, from absolute times that are durable.
pub(in crate::schemeshard) fn arm(ss: &SchemeShard, txn: T<'_, '_>, operation: OperationId, outbox: &mut Outbox) {
    heartbeat(ss, operation, outbox);
    arm_deadlines(ss, txn, operation, outbox);
    let state = txn.get::<IncrementalRestoreState>(&operation).expect("a working restore has its state");
    let (incremental, now) = (state.incremental, txn.steady());
    for (_, row) in work_list(txn.tables(), operation, incremental) {
        if let ShardState::Backoff(at) = row.state {
            outbox.timer(at.0.saturating_sub(now.0), TimerClass::Due, Private::RetryDue { operation });
        }
    }
}

/// Arms the deadlines of a running restore, also when they have changed.
pub(in crate::schemeshard) fn arm_deadlines(
    ss: &SchemeShard,
    txn: T<'_, '_>,
    operation: OperationId,
    outbox: &mut Outbox,
) {
    let state = txn.get::<IncrementalRestoreState>(&operation);
    let Some(state) = state.filter(|row| row.state == RestoreState::Running) else {
        return;
    };
    let deadlines = [overall_deadline(ss, state.started), stage_deadline(ss, state.stage_started)];
    for deadline in deadlines.into_iter().flatten() {
        let delay_us = deadline.0.saturating_sub(deadline_clock(ss, txn).0);
        outbox.timer(delay_us, TimerClass::Deadline, Private::Deadline { operation });
    }
}

fn heartbeat(ss: &SchemeShard, operation: OperationId, outbox: &mut Outbox) {
    outbox.timer(ss.settings.heartbeat_us as u64, TimerClass::Heartbeat, Private::Heartbeat { operation });
}

/// What boot takes for done although it is not: nothing, but for quirks.
fn take_for_done(ss: &SchemeShard, txn: T<'_, '_>, operation: OperationId) {
    let quirks = ss.info.quirks;
    let taken = |row: &ProgressRow| match row.state {
        // What waited for its turn waited in memory.
        ShardState::Pending => quirks.has(Quirk::VolatileQueue),
        // What a failed shard had read was written, so it counts as completed.
        ShardState::Backoff(_) => quirks.has(Quirk::AbsorbAfterReboot),
        ShardState::Dispatched | ShardState::Done(_) => false,
    };
    if txn.tables().operations[&operation].phase != Phase::Increments {
        return;
    }
    let incremental = txn.get::<IncrementalRestoreState>(&operation).map_or(0, |state| state.incremental);
    for key in keys_in(txn, operation, incremental, taken) {
        txn.update::<IncrementalRestoreShardProgress>(&key, |row| row.state = ShardState::Done(ScanStatus::Success));
    }
}

fn forget_attempts(txn: T<'_, '_>, operation: OperationId) {
    let incremental = txn.get::<IncrementalRestoreState>(&operation).map_or(0, |state| state.incremental);
    for key in keys_in(txn, operation, incremental, |row| row.attempt > 1) {
        txn.update::<IncrementalRestoreShardProgress>(&key, |row| row.attempt = 1);
    }
}

/// Why the restore must fail now, if it must.
fn failure(ss: &SchemeShard, tables: &SchemeShardTables, operation: OperationId, now: Steady) -> Option<Failure> {
    let state = &tables.restore_states[&operation];
    let fail = |status, message| Some(Failure { status, message });
    if let Some(path) = dropped(tables, operation, state.incremental) {
        let why = format!("increment {}: {} was dropped", state.incremental, absolute(tables, path));
        return fail(FinalStatus::Shard(ScanStatus::InternalError), why);
    }
    let rows: Vec<_> = work_list(tables, operation, state.incremental).collect();
    if rows.is_empty() {
        let why = format!("increment {} has no source shards to wait for", state.incremental);
        return fail(FinalStatus::Shard(ScanStatus::InternalError), why);
    }
    let fatal = |row: &ProgressRow| match row.state {
        ShardState::Done(status) if status.severity() == Severity::Fatal => Some(status),
        _ => None,
    };
    if let Some((key, row, status)) = rows.iter().find_map(|(key, row)| Some((key, row, fatal(row)?))) {
        let reason = row.issues.last().map_or("no reason given", |issue| issue.message.as_str());
        return fail(FinalStatus::Shard(status), format!("increment {}, {}: {reason}", key.incremental, key.shard));
    }
    if all_success(ss, tables, operation, state.incremental) {
        return None;
    }
    if overall_deadline(ss, state.started).is_some_and(|deadline| now >= deadline) {
        return fail(FinalStatus::Timeout, "the time for the whole restore is over".to_owned());
    }
    if stage_deadline(ss, state.stage_started).is_some_and(|deadline| now >= deadline) {
        return fail(FinalStatus::Timeout, format!("the time for increment {} is over", state.incremental));
    }
    let budget = ss.settings.max_retries_per_incremental;
    let spent = |row: &ProgressRow| matches!(row.state, ShardState::Backoff(_)) && i64::from(row.attempt) > budget;
    let (key, row) = rows.iter().find(|(_, row)| budget >= 0 && spent(row))?;
    let verdict = row.verdict.expect("a retry is owed to a verdict");
    let reason = row.issues.last().map_or("no reason given", |issue| issue.message.as_str());
    let why = format!("{} failed {} times in increment {}: {reason}", key.shard, row.attempt, key.incremental);
    fail(FinalStatus::Shard(verdict), why)
}

/// A target, or a table of the increment, that was dropped by force.
fn dropped(tables: &SchemeShardTables, operation: OperationId, incremental: u32) -> Option<PathId> {
    let restore = &tables.restores[&operation];
    let needed = restore.targets.iter().chain(&restore.chain[incremental as usize].tables);
    needed.copied().find(|path| !exists(tables, *path))
}

/// The clock by which deadlines are taken and judged: the one that never jumps.
pub(in crate::schemeshard) fn deadline_clock(ss: &SchemeShard, txn: &Txn<'_, SchemeShardTables>) -> Steady {
    if ss.info.quirks.has(Quirk::WallClockDeadline) { Steady(txn.wall().0) } else { txn.steady() }
}

fn overall_deadline(ss: &SchemeShard, started: Steady) -> Option<Steady> {
    after_seconds(started, ss.settings.incremental_restore_overall_duration)
}

fn stage_deadline(ss: &SchemeShard, stage_started: Steady) -> Option<Steady> {
    after_seconds(stage_started, ss.settings.incremental_restore_stage_duration)
}

fn after_seconds(from: Steady, seconds: i64) -> Option<Steady> {
    u64::try_from(seconds).ok().map(|seconds| from.plus(seconds.saturating_mul(SECOND_US)))
}

fn all_success(ss: &SchemeShard, tables: &SchemeShardTables, operation: OperationId, incremental: u32) -> bool {
    let mut done =
        work_list(tables, operation, incremental).map(|(_, row)| row.state == ShardState::Done(ScanStatus::Success));
    if ss.info.quirks.has(Quirk::AdvanceEarly) { done.any(|done| done) } else { done.all(|done| done) }
}

/// The increment is over: the next one becomes current in the commit that clears this one.
fn advance(ss: &mut SchemeShard, txn: T<'_, '_>, operation: OperationId, incremental: u32, outbox: &mut Outbox) {
    let next = incremental + 1;
    if next as usize == txn.tables().restores[&operation].chain.len() {
        return choose(ss, txn, operation, Outcome::Completed, None, outbox);
    }
    let moved = clear_work_list(txn, operation, incremental);
    let now = deadline_clock(ss, txn);
    txn.update::<IncrementalRestoreState>(&operation, |state| {
        assert_eq!(state.incremental, incremental, "an increment is left once");
        state.incremental = next;
        state.stage_started = now;
        moved.add_to(state);
    });
    ss.sent.remove(&operation);
    tracing::debug!(operation = operation.0, incremental = next, "next increment");
    let restore = txn.tables().restores[&operation].clone();
    write_work_list(ss.info.quirks, txn, operation, &restore, next);
    if dropped(txn.tables(), operation, next).is_some() {
        return outbox.note(Private::Verdict { operation });
    }
    if let Some(deadline) = stage_deadline(ss, now) {
        outbox.timer(deadline.0 - now.0, TimerClass::Deadline, Private::Deadline { operation });
    }
    dispatch(ss, txn, operation, next);
    ask_dispatched(ss, txn, operation, next, outbox);
}

/// What an increment came to.
#[derive(Clone, Copy, Default)]
pub(in crate::schemeshard) struct Moved {
    rows: u64,
    bytes: u64,
    attempts: u32,
}

impl Moved {
    /// Adds it to the increments that are over.
    pub(super) fn add_to(self, state: &mut RestoreStateRow) {
        state.rows += self.rows;
        state.bytes += self.bytes;
        state.attempts += self.attempts;
    }
}

/// Removes an increment's work list; returns what it came to.
pub(in crate::schemeshard) fn clear_work_list(txn: T<'_, '_>, operation: OperationId, incremental: u32) -> Moved {
    let mut moved = Moved::default();
    for key in keys_in(txn, operation, incremental, |_| true) {
        let row = txn.get::<IncrementalRestoreShardProgress>(&key).expect("the key was just read");
        moved.rows += row.rows;
        moved.bytes += row.bytes;
        moved.attempts += row.attempts_begun();
        txn.erase::<IncrementalRestoreShardProgress>(&key);
    }
    moved
}

/// Retries that are due wait for their turn again, as a new attempt.
fn reset_due(ss: &SchemeShard, txn: T<'_, '_>, operation: OperationId, incremental: u32, now: Steady) {
    let due = |row: &ProgressRow| matches!(row.state, ShardState::Backoff(at) if at <= now);
    for key in keys_in(txn, operation, incremental, due) {
        txn.update::<IncrementalRestoreShardProgress>(&key, |row| {
            row.state = ShardState::Pending;
            row.attempt += 1;
            if ss.info.quirks.has(Quirk::ProgressFalls) {
                (row.rows, row.bytes) = (0, 0);
            }
        });
    }
}

/// Marks rows as asked, in order of sub-operations, as far as the cap allows.
fn dispatch(ss: &SchemeShard, txn: T<'_, '_>, operation: OperationId, incremental: u32) {
    let cap = ss.settings.max_incremental_restore_tables_in_flight;
    let mut active: BTreeSet<u32> = keys_in(txn, operation, incremental, |row| row.state == ShardState::Dispatched)
        .iter()
        .map(|key| key.sub_operation)
        .collect();
    let moving = split::moving(txn.tables());
    let mut pending = keys_in(txn, operation, incremental, |row| row.state == ShardState::Pending);
    pending.retain(|key| !moving.contains(&key.shard));
    for key in pending {
        let with_it = active.len() + usize::from(!active.contains(&key.sub_operation));
        if cap >= 0 && with_it as i64 > cap {
            continue;
        }
        active.insert(key.sub_operation);
        txn.update::<IncrementalRestoreShardProgress>(&key, |row| row.state = ShardState::Dispatched);
    }
}

/// Asks every dispatched shard that this incarnation has not asked.
fn ask_dispatched(ss: &mut SchemeShard, txn: T<'_, '_>, operation: OperationId, incremental: u32, outbox: &mut Outbox) {
    let moving = split::moving(txn.tables());
    let mut dispatched = keys_in(txn, operation, incremental, |row| row.state == ShardState::Dispatched);
    dispatched.retain(|key| !moving.contains(&key.shard));
    let sent = ss.sent.entry(operation).or_default();
    sent.retain(|key| dispatched.binary_search(key).is_ok());
    let unsent: Vec<ProgressKey> = dispatched.into_iter().filter(|key| sent.insert(*key)).collect();
    for key in unsent {
        let request = request(ss, txn.tables(), key);
        ss.counters.restore_requests_sent += 1;
        tracing::debug!(operation = operation.0, incremental, shard = key.shard.0, attempt = request.attempt, "asks");
        outbox.shard(operation, key.shard, request.message());
    }
}

fn request(ss: &SchemeShard, tables: &SchemeShardTables, key: ProgressKey) -> ScanRequest {
    let restore = &tables.restores[&key.operation];
    let row = &tables.shard_progress[&key];
    let state = &tables.restore_states[&key.operation];
    let sub = key.sub_operation as usize;
    ScanRequest {
        tx_id: key.operation,
        sub_operation: key.sub_operation,
        attempt: row.attempt,
        incremental_idx: key.incremental,
        work: ScanWork::Restore,
        src_path_ids: vec![source_of(ss.info.quirks, restore, key.incremental, sub)],
        dst_path_id: restore.targets[sub],
        schemeshard_id: ss.info.tablet,
        schemeshard_generation: ss.info.generation,
        start_key: row.last_key.clone(),
        start_order: row.last_order,
        stage_deadline: stage_deadline(ss, state.stage_started),
    }
}

fn keys_in(
    txn: &Txn<'_, SchemeShardTables>,
    operation: OperationId,
    incremental: u32,
    wanted: impl Fn(&ProgressRow) -> bool,
) -> Vec<ProgressKey> {
    txn.range::<IncrementalRestoreShardProgress>(increment_keys(operation, incremental))
        .filter(|(_, row)| wanted(row))
        .map(|(key, _)| *key)
        .collect()
}

/// A source shard is known to be deleted: while its partition is current, its data is lost.
pub(in crate::schemeshard) fn tablet_deleted(
    ss: &SchemeShard,
    txn: T<'_, '_>,
    operation: OperationId,
    tablet: TabletId,
) -> bool {
    let state = txn.get::<IncrementalRestoreState>(&operation);
    let Some(state) = state.filter(|row| row.state == RestoreState::Running) else {
        return false;
    };
    let incremental = state.incremental;
    let mine: Vec<ProgressKey> = keys_in(txn, operation, incremental, |row| row.state == ShardState::Dispatched)
        .into_iter()
        .filter(|key| key.shard == tablet && is_current(ss.info.quirks, txn.tables(), key))
        .collect();
    // YDB warned of what it could not resolve, and counted it as done.
    let skips = ss.info.quirks.has(Quirk::SkipUnresolved);
    let verdict = if skips { ScanStatus::Success } else { ScanStatus::InternalError };
    for key in &mine {
        txn.update::<IncrementalRestoreShardProgress>(key, |row| {
            row.state = ShardState::Done(verdict);
            row.verdict = Some(verdict);
            row.issues.push(Issue { message: format!("{tablet} is deleted, its data is lost"), fatal: !skips });
        });
    }
    !mine.is_empty()
}

/// Whether a row is of a shard that its table still has.
fn is_current(quirks: Quirks, tables: &SchemeShardTables, key: &ProgressKey) -> bool {
    let restore = &tables.restores[&key.operation];
    let table = source_of(quirks, restore, key.incremental, key.sub_operation as usize);
    shards_of(tables, table).contains(&key.shard)
}
