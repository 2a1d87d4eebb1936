//! The state of a path.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What is being done to a path. YDB: `EPathState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PathState {
    /// Nothing.
    NoChanges,
    /// It is being created.
    Create,
    /// It is being altered.
    Alter,
    /// It is being dropped.
    Drop,
    /// A backup is being taken of it, or into it.
    Backup,
    /// It is dropped, for good.
    NotExist,
    /// Its turn in a restore has not come.
    AwaitingOutgoingIncrementalRestore,
    /// A restore reads from it.
    OutgoingIncrementalRestore,
    /// A restore writes to it.
    IncomingIncrementalRestore,
}

impl fmt::Display for PathState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
