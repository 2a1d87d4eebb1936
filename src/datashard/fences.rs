//! What keeps users' writes out: the part of memory that must follow from the tables.

use crate::datashard::schema::{CutPhase, DataShardTables};
use crate::ids::OperationId;
use std::collections::BTreeSet;

/// Why users' writes are refused, if they are.
///
/// * Computed again by every transaction that changes what it follows from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fences {
    /// Operations that have prepared a cut.
    pub blocked_by: BTreeSet<OperationId>,
    /// Operations whose change records the shard takes.
    pub locked_by: BTreeSet<OperationId>,
}

impl Fences {
    /// The fences as they follow from the tables.
    pub(super) fn of(tables: &DataShardTables) -> Fences {
        let prepared = tables.scheme_ops.iter().filter(|(_, row)| row.cut == CutPhase::Prepared);
        let live = tables.lineages.iter().filter(|(_, row)| !row.ended);
        Fences {
            blocked_by: prepared.map(|(operation, _)| *operation).collect(),
            locked_by: live.map(|(operation, _)| *operation).collect(),
        }
    }
}
