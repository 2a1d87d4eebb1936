//! What one incarnation has counted, for people.

use std::fmt;

/// Counters of one incarnation of a shard; nothing depends on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counters {
    /// Scans started.
    pub scans_started: u64,
    /// Scans that went on for a newer incarnation of SchemeShard.
    pub scans_adopted: u64,
    /// Scan requests dropped because a newer one was known or the operation had ended.
    pub stale_requests: u64,
    /// Change records read from the source.
    pub records_enqueued: u64,
    /// Change records sent, repetitions included.
    pub records_sent: u64,
    /// Change records acknowledged as durable.
    pub records_acknowledged: u64,
    /// Change records applied here.
    pub records_applied: u64,
    /// Change records that were applied here before.
    pub duplicates_skipped: u64,
    /// Records out of order, seen as their target.
    pub order_violations: u64,
    /// Handshakes and records of superseded senders, seen as their target.
    pub stale_sessions: u64,
}

impl Counters {
    /// Name and value of each, in the order of declaration.
    pub fn list(&self) -> [(&'static str, u64); 10] {
        [
            ("scans_started", self.scans_started),
            ("scans_adopted", self.scans_adopted),
            ("stale_requests", self.stale_requests),
            ("records_enqueued", self.records_enqueued),
            ("records_sent", self.records_sent),
            ("records_acknowledged", self.records_acknowledged),
            ("records_applied", self.records_applied),
            ("duplicates_skipped", self.duplicates_skipped),
            ("order_violations", self.order_violations),
            ("stale_sessions", self.stale_sessions),
        ]
    }
}

impl fmt::Display for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, value)) in self.list().into_iter().enumerate() {
            write!(f, "{}{name}={value}", if i > 0 { " " } else { "" })?;
        }
        Ok(())
    }
}
