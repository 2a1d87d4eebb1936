//! Scans at a source shard: one request of SchemeShard, from its arrival to its report.
//!
//! ```text
//!   request ─> Live: resolve ─> read a batch ─> change sender ─> ... ─> Finished: the report
//!                      ▲             │ ▲               │
//!                      │             └─┘ while there   │ acknowledgements make room
//!                      └──── lost partitions is room ──┘
//! ```
//!
//! * At most one live scan per (operation, increment, sub-operation).
//! * A request's identity is (generation of SchemeShard, attempt). The same again is bound to
//!   the connection it came by, or answered with the report; a newer generation of the same
//!   attempt adopts the scan; a newer attempt ends it and starts another; older ones are
//!   dropped and counted.
//! * A scan outlives the pipe that asked for it. It ends when every record is acknowledged
//!   as durable, when it cannot go on, or when the operation is over here.
//! * It owns the pipe to SchemeShard that resolves its destination, and one pipe per
//!   partition. All of them close when it ends.
//! * A batch is one transaction, so that other events come between batches.
//!
//! Nothing of this is durable. After a reboot SchemeShard's pipe breaks and it asks again;
//! the targets' orders then make the repetition cheap.
//!
//! Left out: a queue of scans and a resource broker: each scan runs at once.

mod live;
mod plan;
mod source;
mod validate;

pub(super) use live::LiveScan;
pub(super) use validate::validate;

use crate::datashard::counters::Counters;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::schema::DataShardTables;
use crate::datashard::sender::Prefix;
use crate::ids::{Generation, OperationId, Steady, TabletId};
use crate::message::{Issue, ScanRequest, ScanResponse, ScanStatus, ScanWork, SchemeShardMessage, Severity};
use crate::pipe::ClientIds;
use crate::quirk::Quirks;
use crate::settings::DataShardSettings;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// Names a scan at its shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScanId {
    /// The restore or backup.
    pub operation: OperationId,
    /// Position in the chain.
    pub incremental_idx: u32,
    /// Which table of the operation.
    pub sub_operation: u32,
}

impl ScanId {
    /// The scan that `request` is about.
    pub(super) fn of(request: &ScanRequest) -> ScanId {
        ScanId {
            operation: request.tx_id,
            incremental_idx: request.incremental_idx,
            sub_operation: request.sub_operation,
        }
    }
}

impl fmt::Display for ScanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} inc={} sub={}", self.operation, self.incremental_idx, self.sub_operation)
    }
}

/// What a shard remembers of a request.
#[derive(Clone, Debug, Hash)]
pub(super) enum Scan {
    /// It runs.
    Live(Box<LiveScan>),
    /// It has ended; the report is given to whoever asks again.
    Finished(Box<(ScanRequest, ScanResponse)>),
}

impl Scan {
    /// The newest request.
    pub(super) fn request(&self) -> &ScanRequest {
        match self {
            Scan::Live(live) => live.request(),
            Scan::Finished(finished) => &finished.0,
        }
    }
}

/// Why a scan ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ScanEnd {
    /// Every record is acknowledged as durable.
    Done,
    /// It cannot go on.
    Failed(ScanStatus, String),
    /// Somebody else reports, or nobody wants to know.
    Silent,
    /// A newer incarnation of this shard is at work: this one stops scanning.
    Superseded,
}

/// How a request stands to one that is known under the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Relation {
    /// The same again.
    Same,
    /// The same attempt, asked by a newer SchemeShard.
    Adopts,
    /// A newer attempt.
    Replaces,
    /// Sent before the known one.
    Older,
}

/// How a request of identity `asked` stands to one of identity `known`.
pub(super) fn relation(known: (Generation, u32), asked: (Generation, u32)) -> Relation {
    match (asked.0.cmp(&known.0), asked.1.cmp(&known.1)) {
        (Ordering::Equal, Ordering::Equal) => Relation::Same,
        (Ordering::Greater, Ordering::Equal) => Relation::Adopts,
        (Ordering::Equal, Ordering::Greater) | (Ordering::Greater, Ordering::Less | Ordering::Greater) => {
            Relation::Replaces
        }
        (Ordering::Less, _) | (Ordering::Equal, Ordering::Less) => Relation::Older,
    }
}

/// What a scan may use of its shard during one event.
pub(super) struct Desk<'a> {
    pub(super) tablet: TabletId,
    pub(super) now: Steady,
    pub(super) config: DataShardSettings,
    pub(super) quirks: Quirks,
    pub(super) tables: &'a DataShardTables,
    pub(super) clients: &'a mut ClientIds,
    pub(super) counters: &'a mut Counters,
    pub(super) out: &'a mut Outgoing,
}

/// A report on `request`.
pub(super) fn report(
    request: &ScanRequest,
    tablet_id: TabletId,
    status: ScanStatus,
    why: Option<String>,
    prefix: &Prefix,
) -> ScanResponse {
    let fatal = status.severity() == Severity::Fatal;
    ScanResponse {
        tx_id: request.tx_id,
        sub_operation: request.sub_operation,
        attempt: request.attempt,
        incremental_idx: request.incremental_idx,
        tablet_id,
        schemeshard_generation: request.schemeshard_generation,
        status,
        issues: why.into_iter().map(|message| Issue { message, fatal }).collect(),
        processed_rows: prefix.order,
        processed_bytes: prefix.bytes,
        last_key: prefix.key.clone(),
        last_order: (prefix.order > 0).then_some(prefix.order),
    }
}

/// The report as the message that carries it.
pub(super) fn report_message(work: &ScanWork, response: ScanResponse) -> SchemeShardMessage {
    match work {
        ScanWork::Restore => SchemeShardMessage::RestoreMultipleIncrementalBackupsResponse(response),
        ScanWork::Snapshot | ScanWork::Stream { .. } => SchemeShardMessage::BackupTableResponse(response),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Relation, relation};
    use crate::ids::{Generation, OperationId, PathId, TabletId};
    use crate::message::{ScanRequest, ScanWork};

    /// A request for one increment.
    pub(in crate::datashard) fn request(work: ScanWork, incremental_idx: u32) -> ScanRequest {
        ScanRequest {
            tx_id: OperationId(100),
            sub_operation: 0,
            attempt: 1,
            incremental_idx,
            work,
            src_path_ids: vec![PathId(5)],
            dst_path_id: PathId(6),
            schemeshard_id: TabletId(1),
            schemeshard_generation: Generation(1),
            start_key: None,
            start_order: None,
            stage_deadline: None,
        }
    }

    #[test]
    fn identities_are_ordered_by_generation_then_attempt() {
        let known = (Generation(2), 3);
        let relations = [
            ((Generation(2), 3), Relation::Same),
            ((Generation(3), 3), Relation::Adopts),
            ((Generation(2), 4), Relation::Replaces),
            ((Generation(3), 4), Relation::Replaces),
            ((Generation(2), 2), Relation::Older),
            ((Generation(1), 4), Relation::Older),
        ];
        for (asked, expected) in relations {
            assert_eq!(relation(known, asked), expected, "{asked:?} against {known:?}");
        }
    }
}
