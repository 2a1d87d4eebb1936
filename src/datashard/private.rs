//! A shard's timers and notes to itself. YDB: `TEvPrivate`.
//!
//! Each names the session of the scan that armed it, so that one which comes after its
//! scan's end, or after what it waited for, means nothing.

use crate::datashard::scan::ScanId;
use crate::ids::TabletId;
use crate::message::{Kind, Message, ScanStatus};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A timer of a shard, or a note to itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DataShardPrivate {
    /// A scan reads its next batch.
    ScanBatch {
        /// The scan.
        scan: ScanId,
        /// Its session.
        session: u64,
    },
    /// A scan asks again where its destination lives.
    ResolveDue {
        /// The scan.
        scan: ScanId,
        /// Its session.
        session: u64,
        /// Which wait this ends.
        round: u64,
    },
    /// A change sender opens its pipe to one partition again.
    HandshakeDue {
        /// The scan.
        scan: ScanId,
        /// Its session.
        session: u64,
        /// The partition's shard.
        tablet: TabletId,
        /// Which wait this ends.
        round: u64,
    },
    /// An heir is sent its image again.
    HandoverDue {
        /// The heir.
        heir: TabletId,
    },
    /// Every live scan is terminated. No tablet sends this: a host does, as a fault; in YDB a
    /// scan is terminated by its queue, for want of memory, or when a table is dropped.
    AbortScan {
        /// The status with which it is reported.
        status: ScanStatus,
        /// Why, for the report.
        cause: String,
    },
}

impl Message for DataShardPrivate {
    fn kind(&self) -> Kind {
        match self {
            DataShardPrivate::ScanBatch { .. } => "ScanBatch",
            DataShardPrivate::ResolveDue { .. } => "ResolveDue",
            DataShardPrivate::HandshakeDue { .. } => "HandshakeDue",
            DataShardPrivate::HandoverDue { .. } => "HandoverDue",
            DataShardPrivate::AbortScan { .. } => "AbortScan",
        }
    }
}

impl fmt::Display for DataShardPrivate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            DataShardPrivate::ScanBatch { scan, session } => write!(f, " {scan} session={session}"),
            DataShardPrivate::ResolveDue { scan, session, round } => {
                write!(f, " {scan} session={session} round={round}")
            }
            DataShardPrivate::HandshakeDue { scan, session, tablet, round } => {
                write!(f, " {scan} session={session} {tablet} round={round}")
            }
            DataShardPrivate::HandoverDue { heir } => write!(f, " {heir}"),
            DataShardPrivate::AbortScan { status, cause } => write!(f, " {status} \"{cause}\""),
        }
    }
}
