//! incremental_order: increments are applied one after another.

use crate::oracle::applied::Applied;
use crate::oracle::{Facts, Objection, Oracle, View};
use crate::trace::{Record, What};
use std::collections::{BTreeMap, BTreeSet};
use tablets::datashard::{DataShard, DataShardTables, OrderKey};
use tablets::ids::{OperationId, PathId, TabletId};
use tablets::local_db::Only;
use tablets::schemeshard::{SchemeShard, SchemeShardTables};

/// Nothing of increment i + 1 becomes durable at a target before all of increment i has.
///
/// Judged when a target first holds an order of a new increment: by then every row of the
/// increment before must be applied, at every target. And what a target has applied stays known
/// there, so that nothing is applied again on top of what came later.
#[derive(Clone, Debug, Default, Hash)]
pub struct IncrementalOrder {
    highest: BTreeMap<(TabletId, OperationId), u32>,
    applied: Applied,
    /// Parts of a chain that were seen to be applied everywhere.
    complete: BTreeSet<(OperationId, u32)>,
    /// The last orders of each target.
    known: BTreeMap<TabletId, BTreeMap<OrderKey, u64>>,
    looked: u64,
}

impl Oracle for IncrementalOrder {
    fn name(&self) -> &'static str {
        "incremental_order"
    }

    fn rule(&self) -> &'static str {
        "nothing of an increment is applied before all of the increment before it is durable, and nothing is applied twice"
    }

    fn facts(&self) -> Facts {
        Facts::DURABLE
    }

    fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection> {
        let What::Durable { .. } = record.what else {
            return None;
        };
        let target = record.tablet?;
        if let Some(tables) = view.durable::<SchemeShard>(target) {
            self.applied.follow(&tables, view);
            return None;
        }
        let shard = view.durable::<DataShard>(target)?;
        if let Some(forgotten) = self.forgotten(target, &shard) {
            return Some(Objection {
                oracle: self.name(),
                sentence: format!("{target} has forgotten what it had applied"),
                rule: self.rule(),
                tablets: vec![target],
                steps: vec![record.step],
                details: vec![forgotten],
            });
        }
        let (operation, incremental) = self.newly_begun(target, &shard)?;
        let (schemeshard, tables) = view.tablets().into_iter().find_map(|(tablet, _)| {
            Some((
                tablet,
                view.durable::<SchemeShard>(tablet).filter(|tables| tables.restores.contains_key(&operation))?,
            ))
        })?;
        self.looked += 1;
        let missing = (0..incremental).find_map(|part| self.missing_in(view, &tables, operation, part))?;
        Some(Objection {
            oracle: self.name(),
            sentence: format!("{target} has applied rows of increment {incremental} of {operation} too early"),
            rule: self.rule(),
            tablets: vec![schemeshard, target],
            steps: vec![record.step],
            details: vec![missing],
        })
    }

    fn at_end(&mut self, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn looked(&self) -> u64 {
        self.looked
    }
}

impl IncrementalOrder {
    /// The increment that this shard has begun with the newest commit, if it is a later one.
    fn newly_begun(&mut self, target: TabletId, shard: &DataShardTables) -> Option<(OperationId, u32)> {
        let applied = shard.orders.iter().filter(|(_, row)| row.last_record_order > 0);
        let newest = applied.map(|(key, _)| (key.operation, key.incremental_idx)).max()?;
        let before = self.highest.insert((target, newest.0), newest.1);
        (newest.1 > 0 && before != Some(newest.1)).then_some(newest)
    }

    /// An order that has fallen. An heir takes the least of its parents', until it serves.
    fn forgotten(&mut self, target: TabletId, shard: &DataShardTables) -> Option<String> {
        let known = self.known.entry(target).or_default();
        let serves = shard.heir.get(&Only).is_none_or(|heir| heir.active);
        let mut fallen = None;
        if known.len() != shard.orders.len() {
            known.retain(|key, _| shard.orders.contains_key(key));
        }
        for (key, row) in shard.orders.iter() {
            let last = row.last_record_order;
            let before = known.insert(*key, last).filter(|before| serves && last < *before);
            fallen =
                fallen.or(before.map(|before| format!("of {key}: row {before} was its last, and now is row {last}")));
        }
        fallen
    }

    fn missing_in(
        &mut self,
        view: &View<'_>,
        tables: &SchemeShardTables,
        operation: OperationId,
        part: u32,
    ) -> Option<String> {
        if self.complete.contains(&(operation, part)) {
            return None;
        }
        let restore = &tables.restores[&operation];
        if restore.targets.iter().any(|target| has_ended(view, tables, operation, *target)) {
            return None;
        }
        for (sub, table) in restore.chain[part as usize].tables.iter().enumerate() {
            for source in &tables.tables.get(table)?.partitions {
                let place = (part, sub as u32, source.tablet);
                if let Some(missing) = self.applied.first_missing(view, tables, operation, restore, place) {
                    return Some(format!("increment {part}: {missing}"));
                }
            }
        }
        self.complete.insert((operation, part));
        None
    }
}

/// Whether a shard of this target has heard of the restore's end: it has forgotten its orders
/// then, so nothing can be said of it. Another one may apply until it has heard too.
fn has_ended(view: &View<'_>, tables: &SchemeShardTables, operation: OperationId, target: PathId) -> bool {
    let shards = tables.tables.get(&target).into_iter().flat_map(|table| &table.partitions);
    let mut lineages =
        shards.filter_map(|part| view.durable::<DataShard>(part.tablet)?.lineages.get(&operation).copied());
    lineages.any(|lineage| lineage.ended)
}
