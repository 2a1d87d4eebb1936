//! SchemeShard's timers and notes to itself.

use crate::ids::{OperationId, TabletId};
use crate::message::{Kind, Message};
use crate::schemeshard::tx::Force;
use serde::{Deserialize, Serialize};
use std::fmt;

/// SchemeShard's timers and notes to itself. YDB: `TEvPrivate`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Private {
    /// A restore's targets are ready: start. YDB: `TEvRunIncrementalRestore`.
    RunIncrementalRestore {
        /// The restore.
        operation: OperationId,
    },
    /// A verdict is durable.
    Verdict {
        /// The restore.
        operation: OperationId,
    },
    /// A retry is due.
    RetryDue {
        /// The restore.
        operation: OperationId,
    },
    /// Look whether something is due.
    Heartbeat {
        /// The restore.
        operation: OperationId,
    },
    /// A restore's time may be over.
    Deadline {
        /// The restore.
        operation: OperationId,
    },
    /// A pipe was lost some time ago: ask that tablet again.
    AskAgain {
        /// The operation.
        operation: OperationId,
        /// The tablet.
        tablet: TabletId,
    },
    /// The time to prepare a cut is over.
    CutTimeout {
        /// The backup.
        operation: OperationId,
    },
    /// Shards have too much or too little to do. No tablet sends this: a host does, as a fault; in
    /// YDB it follows from the statistics that shards report.
    ByLoad {
        /// The shard to split, or the neighbours to merge.
        shards: Vec<TabletId>,
        /// Where to split, as text; nothing for a merge.
        key: String,
    },
    /// Something is done that no client may do. No tablet sends this: a host does, as a fault.
    ByForce(Force),
}

impl Private {
    fn operation(&self) -> Option<OperationId> {
        Some(match self {
            Private::RunIncrementalRestore { operation }
            | Private::Verdict { operation }
            | Private::RetryDue { operation }
            | Private::Heartbeat { operation }
            | Private::Deadline { operation }
            | Private::AskAgain { operation, .. }
            | Private::CutTimeout { operation } => *operation,
            Private::ByLoad { .. } | Private::ByForce(_) => return None,
        })
    }
}

impl Message for Private {
    fn kind(&self) -> Kind {
        match self {
            Private::RunIncrementalRestore { .. } => "RunIncrementalRestore",
            Private::Verdict { .. } => "Verdict",
            Private::RetryDue { .. } => "RetryDue",
            Private::Heartbeat { .. } => "Heartbeat",
            Private::Deadline { .. } => "Deadline",
            Private::AskAgain { .. } => "AskAgain",
            Private::CutTimeout { .. } => "CutTimeout",
            Private::ByLoad { .. } => "ByLoad",
            Private::ByForce(_) => "ByForce",
        }
    }
}

impl fmt::Display for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        self.operation().map_or(Ok(()), |operation| write!(f, " {operation}"))?;
        match self {
            Private::AskAgain { tablet, .. } => write!(f, " {tablet}"),
            Private::ByLoad { shards, key } => {
                shards.iter().try_for_each(|shard| write!(f, " {shard}"))?;
                if key.is_empty() { Ok(()) } else { write!(f, " at {key}") }
            }
            Private::ByForce(Force::DropPath(path)) => write!(f, " drops {path}"),
            Private::ByForce(Force::FailPart(part)) => write!(f, " fails part {part}"),
            _ => Ok(()),
        }
    }
}
