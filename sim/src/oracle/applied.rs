//! Which rows of a restore's source shard its target does not hold yet.
//!
//! What a target has applied is read from its orders. A split or merge changes whose orders
//! those are, and a merge may lower them: what was applied by then is remembered key by key.

use crate::oracle::View;
use std::collections::{BTreeMap, BTreeSet};
use tablets::datashard::{DataShard, OrderKey};
use tablets::ids::{OperationId, PathId, TabletId};
use tablets::row::Key;
use tablets::schemeshard::{LongIncrementalRestoreOp, Partition, Phase, SchemeShardTables};

/// A source shard's place in a restore: increment, table, shard.
pub(super) type Place = (u32, u32, TabletId);

/// What was applied before shards were split or merged.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Applied {
    /// Tables whose shards hand over, as they were.
    before: BTreeMap<OperationId, (PathId, Vec<Partition>)>,
    known: BTreeSet<(OperationId, u32, u32, Key)>,
}

impl Applied {
    /// Looks at SchemeShard's tables after each of its commits.
    pub(super) fn follow(&mut self, tables: &SchemeShardTables, view: &View<'_>) {
        if tables.splits.is_empty() && self.before.is_empty() {
            return;
        }
        for split in tables.splits.keys() {
            let row = &tables.operations[split];
            if row.phase == Phase::Handover {
                self.before.insert(*split, (row.path, tables.tables[&row.path].partitions.clone()));
            }
        }
        let over = |split: &OperationId| tables.operations.get(split).is_none_or(|row| row.phase != Phase::Handover);
        let switched: Vec<OperationId> = self.before.keys().filter(|split| over(split)).copied().collect();
        for split in switched {
            let before = self.before.remove(&split);
            let (path, partitions) = before.expect("the key was just read");
            self.remember(tables, view, path, &partitions);
        }
        self.known.retain(|(restore, ..)| tables.operations.contains_key(restore));
    }

    /// The first row of a source that the target has not durably applied for its part of the
    /// chain, as a sentence's end; `None` if all are.
    pub(super) fn first_missing(
        &self,
        view: &View<'_>,
        tables: &SchemeShardTables,
        operation: OperationId,
        restore: &LongIncrementalRestoreOp,
        (incremental, sub, source): Place,
    ) -> Option<String> {
        let target = tables.tables.get(restore.targets.get(sub as usize)?)?;
        let known =
            |key: &Key| !self.known.is_empty() && self.known.contains(&(operation, incremental, sub, key.clone()));
        let mut missing = None;
        let total = each_row(view, &target.partitions, operation, (incremental, sub, source), |row| {
            if missing.is_none() && !row.applied && !known(row.key) {
                missing = Some((row.order, row.key.clone(), row.target));
            }
        });
        let (order, key, target) = missing?;
        Some(format!("row {order} of {total} (key {key}) of {source} is not applied at {target}"))
    }

    /// What is applied by the orders of a layout that is no more.
    fn remember(&mut self, tables: &SchemeShardTables, view: &View<'_>, path: PathId, partitions: &[Partition]) {
        let then = |table: PathId| match table == path {
            true => partitions.to_vec(),
            false => tables.tables.get(&table).map_or_else(Vec::new, |row| row.partitions.clone()),
        };
        for (operation, restore) in tables.restores.iter().filter(|(id, _)| tables.operations.contains_key(id)) {
            let now = tables.restore_states[operation].incremental;
            for (incremental, part) in (0..=now).zip(&restore.chain) {
                for (sub, source) in (0..).zip(&part.tables) {
                    let target = restore.targets[sub as usize];
                    if ![*source, target].contains(&path) {
                        continue;
                    }
                    for shard in then(*source) {
                        each_row(view, &then(target), *operation, (incremental, sub, shard.tablet), |row| {
                            if row.applied {
                                self.known.insert((*operation, incremental, sub, row.key.clone()));
                            }
                        });
                    }
                }
            }
        }
    }
}

/// A row of a source shard.
struct Row<'a> {
    key: &'a Key,
    order: u64,
    target: TabletId,
    applied: bool,
}

/// Shows the rows of a source shard, and whether the orders of the targets say that they are
/// applied. Returns how many there are.
fn each_row(
    view: &View<'_>,
    targets: &[Partition],
    operation: OperationId,
    (incremental, _, source): Place,
    mut show: impl FnMut(&Row<'_>),
) -> usize {
    let Some(shard) = view.durable::<DataShard>(source) else { return 0 };
    let key = OrderKey { operation, incremental_idx: incremental, origin: source };
    let last = |part: &Partition| {
        let shard = view.durable::<DataShard>(part.tablet);
        shard.and_then(|shard| shard.orders.get(&key).map(|row| row.last_record_order)).unwrap_or(0)
    };
    let orders: Vec<u64> = targets.iter().map(last).collect();
    let mut at = 0;
    for (key, order) in shard.rows.keys().zip(1..) {
        while targets[at].range.to.as_ref().is_some_and(|to| to <= key) {
            at += 1;
        }
        show(&Row { key, order, target: targets[at].tablet, applied: order <= orders[at] });
    }
    shard.rows.len()
}
