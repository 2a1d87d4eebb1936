//! no_leak: what has ended leaves nothing behind.
//!
//! At the commit that ends an operation its rows are gone, but for those that people may still ask
//! for; a restore that is forgotten leaves its request's id alone. When a run is over and nothing is
//! under way, no tablet keeps anything for an operation in memory or on disk, no pipe is open and no
//! timer beats; and every shard that exists belongs to a table that exists.
//!
//! Shards keep one row for each operation that they have heard of: without it a late message of it
//! would be new to them. Pipes of index feeds stay open, since the next write will need them.
//!
//! Left out: deadlines, which fire once and find nothing to do.

use crate::oracle::model::name_of;
use crate::oracle::{Facts, Glimpse, Objection, Oracle, Rest, View, Watch};
use crate::trace::{Record, What};
use std::collections::BTreeSet;
use std::sync::Arc;
use tablets::datashard::{CutPhase, DataShard, DataShardTables};
use tablets::ids::{OperationId, PathId, TabletId};
use tablets::index::INDEX_FEED;
use tablets::message::{Request, unpack};
use tablets::schemeshard::{BackupStatus, RestoreState, SchemeShard, SchemeShardTables};
use tablets::tablet::Tablet;

/// The oracle.
#[derive(Clone, Debug, Default, Hash)]
pub struct NoLeak {
    /// Operations that were under way at each SchemeShard's last commit.
    running: BTreeSet<(TabletId, OperationId)>,
    looked: u64,
}

type Wrong = Option<(TabletId, String)>;

impl Oracle for NoLeak {
    fn name(&self) -> &'static str {
        "no_leak"
    }

    fn rule(&self) -> &'static str {
        "an operation that has ended leaves nothing behind but what people may ask for, and a forgotten one nothing but \
         its id: no rows, sessions, reports, pipes, scans, locks, timers or shards"
    }

    fn watch(&self) -> Watch {
        Watch::Ends
    }

    fn facts(&self) -> Facts {
        Facts::DURABLE
    }

    fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection> {
        let What::Durable { .. } = record.what else { return None };
        let tablet = record.tablet?;
        let tables = view.durable::<SchemeShard>(tablet)?;
        let sentence = self.just_ended(tablet, &tables)?;
        Some(self.objection(tablet, sentence, view))
    }

    fn look(&mut self, glimpse: &Glimpse<'_>, view: &View<'_>) -> Option<Objection> {
        let Glimpse::Rest(rest) = glimpse else { return None };
        let of_kind = |kind| rest.tablets.iter().filter(move |(_, of)| *of == kind).map(|(tablet, _)| *tablet);
        let schemeshards: Vec<_> = of_kind(SchemeShard::KIND)
            .filter_map(|tablet| Some((tablet, view.durable::<SchemeShard>(tablet)?)))
            .collect();
        // Somebody who is stuck keeps what he needs; that he is stuck is another oracle's business.
        if schemeshards.iter().any(|(_, tables)| !tables.operations.is_empty()) {
            return None;
        }
        self.looked += 1;
        let shards: Vec<_> =
            of_kind(DataShard::KIND).filter_map(|tablet| Some((tablet, view.durable::<DataShard>(tablet)?))).collect();
        let rows = || shards.iter().find_map(|(tablet, tables)| Some((*tablet, left_in_shard(tables)?)));
        let lost = || schemeshards.iter().find_map(|(tablet, tables)| Some((*tablet, lost_row(tables)?)));
        let (tablet, sentence) =
            left_in_memory(rest, &shards).or_else(rows).or_else(lost).or_else(|| lost_shard(&schemeshards, rest))?;
        Some(self.objection(tablet, sentence, view))
    }

    fn at_end(&mut self, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn looked(&self) -> u64 {
        self.looked
    }
}

impl NoLeak {
    fn objection(&self, tablet: TabletId, sentence: String, view: &View<'_>) -> Objection {
        Objection {
            oracle: self.name(),
            sentence,
            rule: self.rule(),
            tablets: vec![tablet],
            steps: vec![view.step()],
            details: Vec::new(),
        }
    }

    /// What an operation leaves that was under way until now; and what belongs to none at all.
    fn just_ended(&mut self, tablet: TabletId, tables: &SchemeShardTables) -> Option<String> {
        let known = tables.operations.keys().filter(|operation| self.running.contains(&(tablet, **operation))).count();
        if known == tables.operations.len() && known == self.running.len() {
            return None;
        }
        let now: BTreeSet<_> = tables.operations.keys().map(|operation| (tablet, *operation)).collect();
        let before = std::mem::replace(&mut self.running, now);
        let ended: Vec<OperationId> =
            before.into_iter().filter(|(_, of)| !tables.operations.contains_key(of)).map(|(_, of)| of).collect();
        if ended.is_empty() {
            return None;
        }
        self.looked += 1;
        ended.into_iter().find_map(|operation| left_by(tables, operation))
    }
}

/// A row that an operation has left at SchemeShard, as a sentence.
fn left_by(tables: &SchemeShardTables, operation: OperationId) -> Option<String> {
    let left = |what: &str| Some(format!("{operation} has ended and leaves {what}"));
    if let Some((path, _)) = tables.paths.iter().find(|(_, row)| row.holder == Some(operation)) {
        return left(&format!("a lock on {}", name_of(tables, *path)));
    }
    if tables.splits.contains_key(&operation) {
        return left("its plan of a split");
    }
    if let Some(key) = tables.shard_progress.keys().find(|key| key.operation == operation) {
        return left(&format!("its work list: {key}"));
    }
    if tables.backups.get(&operation).is_some_and(|row| row.status == BackupStatus::Running) {
        return left("a backup that runs");
    }
    match (tables.restores.contains_key(&operation), tables.restore_states.get(&operation)) {
        (true, None) => left("a request of a restore without a state, which nobody can see or forget"),
        (false, Some(_)) => left("a state of a restore without its request"),
        (true, Some(row)) if !matches!(row.state, RestoreState::Ended(_)) => left("a restore that goes on"),
        (true, Some(_)) | (false, None) => None,
    }
}

/// What the memory of a tablet holds when nothing is under way.
fn left_in_memory(rest: &Rest, shards: &[(TabletId, Arc<DataShardTables>)]) -> Wrong {
    if let Some((tablet, kept)) = rest.kept.first() {
        return Some((*tablet, format!("{} has ended, and {tablet} keeps {}", kept.operation, kept.what)));
    }
    let feeds = |of: &TabletId| shards.iter().any(|(tablet, tables)| tablet == of && !tables.index_feeds.is_empty());
    if let Some((from, to)) = rest.pipes.iter().find(|(from, _)| !feeds(from)) {
        return Some((*from, format!("nothing is under way, and {from} keeps a pipe to {to}")));
    }
    let (tablet, class, kind) = rest.timers.first()?;
    Some((*tablet, format!("nothing is under way, and the timer {kind} ({class:?}) goes on at {tablet}")))
}

/// A row of a shard that only an operation under way needs.
fn left_in_shard(tables: &DataShardTables) -> Option<String> {
    let left = |operation: &OperationId, what: &str| Some(format!("{operation} has ended and leaves {what}"));
    if let Some((key, _)) = tables.orders.iter().find(|(key, _)| key.operation != INDEX_FEED) {
        return left(&key.operation, "the orders of its change records");
    }
    if let Some((operation, _)) = tables.lineages.iter().find(|(_, row)| !row.ended) {
        return left(operation, "a shard open to its change records, and closed to users");
    }
    if let Some((operation, _)) = tables.scheme_ops.iter().find(|(_, row)| row.cut == CutPhase::Prepared) {
        return left(operation, "a shard blocked for its cut");
    }
    if let Some(operation) =
        tables.snapshots.keys().next().or(tables.snapshot_undo.keys().next().map(|key| &key.operation))
    {
        return left(operation, "a snapshot of its source");
    }
    let feed = tables.index_queue.keys().next()?;
    Some(format!("the index record {feed} is never brought to its index"))
}

/// A row of SchemeShard that belongs to nothing any more.
fn lost_row(tables: &SchemeShardTables) -> Option<String> {
    let restores = tables.restores.keys().chain(tables.restore_states.keys());
    let operations = restores.chain(tables.splits.keys()).chain(tables.shard_progress.keys().map(|key| &key.operation));
    if let Some(sentence) = operations.into_iter().find_map(|operation| left_by(tables, *operation)) {
        return Some(sentence);
    }
    let forgotten = tables.requests.values().filter_map(|row| match unpack(&row.content) {
        Ok(Request::ForgetRestore { restore }) => Some(restore),
        _ => None,
    });
    if let Some(restore) = forgotten.into_iter().find(|restore| tables.restores.contains_key(restore)) {
        return Some(format!("{restore} was forgotten, and its rows are still there"));
    }
    let dropped = |path: &PathId| tables.paths.get(path).is_none_or(|row| row.drop_step.is_some());
    if let Some((backup, row)) = tables.backups.iter().find(|(_, row)| dropped(&row.collection)) {
        return Some(format!("{backup} is a backup of {}, which is dropped", name_of(tables, row.collection)));
    }
    let mut owners =
        tables.tables.keys().chain(tables.indexes.keys().map(|key| &key.index)).chain(tables.collections.keys());
    owners.find(|path| dropped(path)).map(|path| format!("{} is dropped, and its row is kept", name_of(tables, *path)))
}

/// A shard that belongs to no table.
fn lost_shard(schemeshards: &[(TabletId, Arc<SchemeShardTables>)], rest: &Rest) -> Wrong {
    let tables = schemeshards.iter().flat_map(|(_, tables)| tables.tables.values());
    let owned: BTreeSet<TabletId> = tables.flat_map(|table| &table.partitions).map(|part| part.tablet).collect();
    let lost = rest.tablets.iter().find(|(tablet, kind)| *kind == DataShard::KIND && !owned.contains(tablet));
    lost.map(|(tablet, _)| (*tablet, format!("{tablet} exists, and no table has it")))
}
