//! What one incarnation of a shard has counted.

use crate::counters;
use crate::counters::Counter;
use crate::datashard::DataShard;

counters! {
    /// Counters of one incarnation of a shard.
    Counters of "datashard" {
        /// Scans that are live.
        scans_live: Gauge Number "scans_live";
        /// Reports of ended scans, kept for whoever asks again.
        reports_kept: Gauge Number "reports_kept";
        /// Scans started.
        scans_started: Total Number "scans_started";
        /// Scans that went on for a newer incarnation of SchemeShard.
        scans_adopted: Total Number "scans_adopted";
        /// Scan requests dropped because a newer one was known or the operation had ended.
        stale_requests: Total Number "stale_requests";
        /// Change records read from the source.
        records_enqueued: Total Number "records_enqueued";
        /// Change records sent, repetitions included.
        records_sent: Total Number "records_sent";
        /// Change records acknowledged as durable.
        records_acknowledged: Total Number "records_acknowledged";
        /// Change records applied here.
        records_applied: Total Number "records_applied";
        /// Change records that were applied here before.
        duplicates_skipped: Total Number "duplicates_skipped";
        /// Records out of order, seen as their target.
        order_violations: Total Number "order_violations";
        /// Handshakes and records of superseded senders, seen as their target.
        stale_sessions: Total Number "stale_sessions";
    }
}

/// All that a shard has to show.
pub(super) fn list(shard: &DataShard) -> Vec<Counter> {
    let mut counters = shard.counters().list(&Vec::new());
    counters.extend(shard.resolvers.counters().list(&vec![("pool", "resolvers".to_owned())]));
    counters
}
