//! `TTxIncrementalRestoreResponse` (102): a source shard's report becomes durable.
//!
//! It updates the row of the current attempt and nothing else: never inserts, never
//! advances. What is unknown, stale or decided is dropped and counted.

use crate::ids::SECOND_US;
use crate::local_db::Txn;
use crate::message::{ScanResponse, Severity};
use crate::schemeshard::operation::backoff_us;
use crate::schemeshard::outbox::Outbox;
use crate::schemeshard::schema::{
    IncrementalRestoreShardProgress, IncrementalRestoreState, ProgressKey, ProgressRow, RestoreState,
    SchemeShardTables, ShardState,
};
use crate::schemeshard::{Private, SchemeShard, split};
use crate::side_effects::TimerClass;

/// How many issues of one shard are remembered, the newest ones.
const ISSUES_KEPT: usize = 8;

/// Takes one report.
pub(in crate::schemeshard) fn response(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    response: &ScanResponse,
    outbox: &mut Outbox,
) {
    let operation = response.tx_id;
    let key = ProgressKey {
        operation,
        incremental: response.incremental_idx,
        sub_operation: response.sub_operation,
        shard: response.tablet_id,
    };
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
    if response.status.severity() != Severity::Progress {
        outbox.note(Private::Verdict { operation });
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
