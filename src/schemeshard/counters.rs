//! What SchemeShard counts, and what its durable rows say to those who only count.

use crate::counters;
use crate::counters::Counter;
use crate::message::RestoreView;
use crate::schemeshard::schema::SchemeShardTables;
use crate::schemeshard::{SchemeShard, view};

counters! {
    /// What SchemeShard counted since it booted.
    SchemeShardCounters of "schemeshard" {
        /// Reports of shards that were unknown, stale or decided.
        stale_responses_dropped: Total Number "stale_responses_dropped";
        /// Requests sent to source shards, again included.
        restore_requests_sent: Total Number "restore_requests_sent";
    }
}

counters! {
    /// A restore in numbers. Only the pipes are lost at a reboot.
    RestoreCounters of "restore" {
        /// Percent done.
        percent: Gauge Number "percent";
        /// The part of the chain that is being restored; the full backup is 0.
        incremental: Gauge Number "incremental";
        /// Incremental backups in the chain.
        incrementals: Gauge Number "incrementals";
        /// Tables of this increment whose turn has not come.
        pending: Gauge Number "sub_operations_pending";
        /// Tables of this increment with a shard that is asked.
        dispatched: Gauge Number "sub_operations_dispatched";
        /// Tables of this increment that wait for a retry.
        backoff: Gauge Number "sub_operations_backoff";
        /// Tables of this increment whose shards all have a verdict.
        done: Gauge Number "sub_operations_done";
        /// Source shards of this increment.
        shards_expected: Gauge Number "shards_expected";
        /// Source shards of this increment that succeeded.
        shards_done: Gauge Number "shards_done";
        /// Source shards of this increment that failed for good.
        shards_failed: Gauge Number "shards_failed";
        /// Rows acknowledged by targets, over all increments.
        rows: Total Number "rows";
        /// Bytes acknowledged by targets, over all increments.
        bytes: Total Number "bytes";
        /// Attempts begun, over all shards and increments.
        attempts: Total Number "attempts";
        /// Virtual time of the next retry.
        next_retry: Gauge Moment "next_retry_timestamp_seconds";
        /// Open pipes to its shards.
        pipes_open: Gauge Number "pipes_open";
        /// Pipes to its shards opened in place of lost ones.
        pipes_reconnects: Total Number "pipes_reconnects";
    }
}

counters! {
    /// What is said of a restore in words; its value is 1.
    RestoreInfo of "restore" {
        /// The restore's state and its last issue.
        info: Info Number "info";
    }
}

counters! {
    /// Paths that one operation holds.
    HeldPaths of "paths" {
        /// Paths that an operation holds.
        locked: Gauge Number "locked";
    }
}

impl RestoreCounters {
    /// A restore's view in numbers.
    pub fn of(view: &RestoreView) -> RestoreCounters {
        let (tables, shards) = (view.sub_operations, view.shards);
        RestoreCounters {
            percent: view.percent.into(),
            incremental: view.incremental.into(),
            incrementals: view.incrementals.saturating_sub(1).into(),
            pending: tables.pending.into(),
            dispatched: tables.dispatched.into(),
            backoff: tables.backoff.into(),
            done: tables.done.into(),
            shards_expected: shards.expected.into(),
            shards_done: shards.done.into(),
            shards_failed: shards.failed.into(),
            rows: view.rows,
            bytes: view.bytes,
            attempts: view.attempts.into(),
            next_retry: view.next_retry.map_or(0, |at| at.0),
            pipes_open: view.pipes.open,
            pipes_reconnects: view.pipes.reconnects,
        }
    }
}

/// All that SchemeShard has to show.
pub(super) fn list(ss: &SchemeShard, tables: &SchemeShardTables) -> Vec<Counter> {
    let mut counters = ss.counters().list(&Vec::new());
    counters.extend(ss.pool.counters().list(&vec![("pool", "operations".to_owned())]));
    for (holder, locked) in view::locked(tables) {
        counters.extend(HeldPaths { locked: locked.into() }.list(&vec![("holder", holder.to_string())]));
    }
    for view in view::restores(ss, tables) {
        counters.extend(RestoreCounters::of(&view).list(&vec![("restore", view.restore.to_string())]));
        let issue = view.issues.last().map_or("", |issue| issue.message.as_str());
        let words = [("restore", view.restore.to_string()), ("state", view.state), ("last_issue", issue.to_owned())];
        counters.extend(RestoreInfo { info: 1 }.list(&words.to_vec()));
    }
    counters
}
