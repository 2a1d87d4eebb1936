//! SplitMergeTable.

use super::{Proposal, check_boundaries, ranges_between};
use crate::ids::TabletId;
use crate::message::Status;
use crate::row::{Key, KeyRange};
use crate::schemeshard::schema::{OperationKind, OperationRow, Partition, PathKind, Phase, SplitRow, Splits, TableRow};
use crate::schemeshard::tree::{self, Refusal};
use crate::schemeshard::{PathState, collection, index, operation, split};

impl Proposal<'_, '_> {
    pub(super) fn split_merge(
        &mut self,
        path: &str,
        shards: &[TabletId],
        boundaries: &[Key],
        by_load: bool,
    ) -> Result<Status, Refusal> {
        self.part()?;
        let id = self.resolve_kind(path, PathKind::Table)?;
        if !by_load && collection::is_backup_table(self.txn.tables(), id) {
            let reason = format!("{path} belongs to a backup; its shards are split and merged by load only");
            return Err((Status::PreconditionFailed, reason));
        }
        if !by_load {
            index::check_no_index_table(self.txn.tables(), id)?;
        }
        split::check_movable(self.txn.tables(), id, by_load)?;
        let parents = neighbours(path, &self.txn.tables().tables[&id], shards)?;
        let whole = KeyRange { from: parents[0].range.from.clone(), to: parents[parents.len() - 1].range.to.clone() };
        match (parents.len(), boundaries.len()) {
            (1, 0) => return invalid(format!("one shard of {path} cannot be merged; name two neighbours or more")),
            (2.., 1..) => return invalid(format!("shards of {path} are merged or split, not both; split one shard")),
            _ => {}
        }
        check_boundaries(path, &self.txn.tables().tables[&id].schema, boundaries)?;
        let inside = |key: &&Key| whole.contains(key) && whole.from.as_ref() != Some(*key);
        if let Some(key) = boundaries.iter().find(|key| !inside(key)) {
            return invalid(format!("boundary {key} does not lie inside of {}, {whole}", parents[0].tablet));
        }

        let heirs = self.number_shards(ranges_between(&whole, boundaries));
        if self.txn.tables().paths[&id].holder.is_none() {
            for path in split::moved_with(self.txn.tables(), id) {
                tree::hold(self.txn, path, PathState::Alter, self.operation);
            }
        }
        let parents = parents.into_iter().map(|part| part.tablet).collect();
        self.txn.put::<Splits>(self.operation, SplitRow { parents, heirs, by_load });
        let row = OperationRow {
            kind: OperationKind::SplitMerge,
            phase: Phase::CreateShards,
            round: 0,
            path: id,
            tables: Vec::new(),
        };
        operation::begin(self.ss, self.txn, self.operation, row, self.outbox);
        Ok(Status::Accepted)
    }
}

/// The partitions of these shards, in key order and without a gap.
fn neighbours(path: &str, table: &TableRow, shards: &[TabletId]) -> Result<Vec<Partition>, Refusal> {
    let mut places = Vec::new();
    for shard in shards {
        match table.partitions.iter().position(|part| part.tablet == *shard) {
            Some(at) => places.push(at),
            None => return invalid(format!("{shard} is no shard of {path}; describe the table again")),
        }
    }
    places.sort_unstable();
    if places.is_empty() || places.windows(2).any(|pair| pair[0] + 1 != pair[1]) {
        return invalid(format!("the shards named are not neighbours in {path}; describe the table again"));
    }
    Ok(places.into_iter().map(|at| table.partitions[at].clone()).collect())
}

fn invalid<T>(reason: String) -> Result<T, Refusal> {
    Err((Status::InvalidParameter, reason))
}
