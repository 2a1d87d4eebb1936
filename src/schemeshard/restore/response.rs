//! `TTxIncrementalRestoreResponse` (102): a source shard's report becomes durable.
//!
//! It updates the row of the current attempt and nothing else: never inserts, never
//! advances. What is unknown, stale or decided is dropped and counted.

use crate::ids::{SECOND_US, TabletId};
use crate::local_db::Txn;
use crate::message::{ScanResponse, ScanStatus, Severity};
use crate::quirk::Quirk;
use crate::schemeshard::operation::backoff_us;
use crate::schemeshard::outbox::Outbox;
use crate::schemeshard::schema::{
    IncrementalRestoreShardProgress, IncrementalRestoreState, ProgressKey, ProgressRow, RestoreState,
    SchemeShardTables, ShardState,
};
use crate::schemeshard::{Private, SchemeShard, split};
use crate::side_effects::TimerClass;
use std::collections::BTreeMap;

/// How many issues of one shard are remembered, the newest ones.
const ISSUES_KEPT: usize = 8;

/// Takes one report.
pub(in crate::schemeshard) fn response(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    response: &ScanResponse,
    outbox: &mut Outbox,
) {
    if !ss.info.quirks.has(Quirk::ResponseNotPersisted) {
        return take(ss, txn, response, outbox);
    }
    for response in held_back(ss, txn.tables(), response) {
        take(ss, txn, &response, outbox);
    }
}

/// The reports to write now: none, until every shard of the table has given its verdict.
fn held_back(ss: &mut SchemeShard, tables: &SchemeShardTables, response: &ScanResponse) -> Vec<ScanResponse> {
    let key = key_of(response);
    let of_table = |other: &ProgressKey| (other.operation, other.incremental, other.sub_operation);
    let open = tables
        .shard_progress
        .iter()
        .filter(|(other, row)| of_table(other) == of_table(&key) && !matches!(row.state, ShardState::Done(_)));
    let mut open = open.map(|(other, _)| *other);
    if response.status.severity() != Severity::Progress {
        ss.unwritten.insert(key, response.clone());
    }
    if !open.all(|other| ss.unwritten.contains_key(&other)) {
        return Vec::new();
    }
    let (mine, rest) =
        std::mem::take(&mut ss.unwritten).into_iter().partition(|(other, _)| of_table(other) == of_table(&key));
    ss.unwritten = rest;
    let mine: BTreeMap<ProgressKey, ScanResponse> = mine;
    mine.into_values().collect()
}

fn key_of(response: &ScanResponse) -> ProgressKey {
    ProgressKey {
        operation: response.tx_id,
        incremental: response.incremental_idx,
        sub_operation: response.sub_operation,
        shard: response.tablet_id,
    }
}

fn take(ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>, response: &ScanResponse, outbox: &mut Outbox) {
    let operation = response.tx_id;
    let key = key_of(response);
    let running = txn
        .get::<IncrementalRestoreState>(&operation)
        .is_some_and(|state| state.state == RestoreState::Running && state.incremental == key.incremental);
    let current = txn
        .get::<IncrementalRestoreShardProgress>(&key)
        .is_some_and(|row| row.state == ShardState::Dispatched && row.attempt == response.attempt);
    // What a shard that serves nobody cannot do is no failure: its heirs will be asked.
    let moved = response.status.severity() == Severity::Retriable && split::moving(txn.tables()).contains(&key.shard);
    let (shard, status, rows) = (key.shard.0, response.status, response.processed_rows);
    let stale = !running || !current || moved;
    tracing::debug!(operation = operation.0, incremental = key.incremental, shard, %status, rows, stale, "report");
    if stale {
        ss.counters.stale_responses_dropped += 1;
        return;
    }
    let now = txn.steady();
    txn.update::<IncrementalRestoreShardProgress>(&key, |row| {
        raise(row, response);
        if response.status.severity() != Severity::Progress {
            row.verdict = Some(response.status);
        }
        row.state = match response.status.severity() {
            Severity::Progress => ShardState::Dispatched,
            Severity::Retriable => ShardState::Backoff(now.plus(backoff_us(row.attempt))),
            Severity::Success | Severity::Fatal => ShardState::Done(response.status),
        };
        if let ShardState::Backoff(at) = row.state {
            assert!(at.0 >= now.0 + SECOND_US, "a retry waits a second at least");
            outbox.timer(at.0 - now.0, TimerClass::Due, Private::RetryDue { operation });
        }
    });
    if response.status == ScanStatus::Success && ss.info.quirks.has(Quirk::LateSuccessOverwrites) {
        overwrite_failures(txn, key);
    }
    if response.status.severity() != Severity::Progress {
        outbox.note(Private::Verdict { operation });
    }
}

/// Every shard of the table that has failed counts as done.
fn overwrite_failures(txn: &mut Txn<'_, SchemeShardTables>, key: ProgressKey) {
    let first = ProgressKey { shard: TabletId(0), ..key };
    let last = ProgressKey { shard: TabletId(u64::MAX), ..key };
    let rows = txn.range::<IncrementalRestoreShardProgress>(first..=last);
    let failed = rows.filter(|(_, row)| matches!(row.state, ShardState::Backoff(_)));
    for key in failed.map(|(key, _)| *key).collect::<Vec<_>>() {
        txn.update::<IncrementalRestoreShardProgress>(&key, |row| row.state = ShardState::Done(ScanStatus::Success));
    }
}

/// What is known of the acknowledged prefix only grows.
fn raise(row: &mut ProgressRow, response: &ScanResponse) {
    row.rows = row.rows.max(response.processed_rows);
    row.bytes = row.bytes.max(response.processed_bytes);
    if response.last_order > row.last_order {
        row.last_order = response.last_order;
        row.last_key = response.last_key.clone();
    }
    row.issues.extend(response.issues.iter().cloned());
    let before = row.issues.len().saturating_sub(ISSUES_KEPT);
    row.issues.drain(..before);
}
