//! Which rows of a restore's source shard its target does not hold yet.

use crate::oracle::View;
use tablets::datashard::{DataShard, OrderKey};
use tablets::ids::{OperationId, TabletId};
use tablets::schemeshard::{LongIncrementalRestoreOp, SchemeShardTables};

/// The first row of `source` that the target has not durably applied for this part of the
/// chain, as a sentence's end; `None` if all are.
pub(super) fn first_missing(
    view: &View<'_>,
    tables: &SchemeShardTables,
    operation: OperationId,
    restore: &LongIncrementalRestoreOp,
    (incremental, sub, source): (u32, u32, TabletId),
) -> Option<String> {
    let shard = view.durable::<DataShard>(source)?;
    let target = tables.tables.get(restore.targets.get(sub as usize)?)?;
    let orders: Vec<u64> = target
        .partitions
        .iter()
        .map(|part| {
            let key = OrderKey { operation, incremental_idx: incremental, origin: source };
            let shard = view.durable::<DataShard>(part.tablet);
            shard.and_then(|shard| shard.orders.get(&key).map(|row| row.last_record_order)).unwrap_or(0)
        })
        .collect();
    let total = shard.rows.len();
    let mut at = 0;
    for (position, key) in shard.rows.keys().enumerate() {
        while target.partitions[at].range.to.as_ref().is_some_and(|to| to <= key) {
            at += 1;
        }
        let order = position as u64 + 1;
        if orders[at] < order {
            let tablet = target.partitions[at].tablet;
            return Some(format!("row {order} of {total} (key {key}) of {source} is not applied at {tablet}"));
        }
    }
    None
}
