//! Split and merge of a table's shards. YDB: `schemeshard__operation_split_merge.cpp`.
//!
//! ```text
//!   CreateShards ─> InitShards ─> Handover ─> Activate ─> DeleteShards
//!   the heirs are made            parents     heirs       parents go
//!                                 hand over   serve
//! ```
//!
//! The commit that ends Handover is the switch: the heirs become the table's partitions, and in
//! the same commit everything that counts shards follows. Before it only parents serve, after
//! it only heirs, and in between nobody: clients and change senders ask again.
//!
//! A user splits a path that nothing holds, and the split holds it. A split by load also comes
//! between the increments of a restore and the copies of a backup, and leaves the path to them:
//!
//! * Scans of a parent end without a report, and the work list gets rows for the heirs.
//! * A phase that tells a table's shards something needs them to stand still. So it waits for
//!   a split under way, and while it lasts none begins.
//!
//! Left out: YDB's split by size and by sampled keys; who wants a split by load names its key.
//! A parent that is deleted by force while it hands over takes its rows along, and its split waits
//! for ever.

use crate::ids::{OperationId, PathId, TabletId};
use crate::local_db::Txn;
use crate::message::Status;
use crate::message::{PartitionTarget, ShardInit, ShardRole, ShardStep};
use crate::schemeshard::operation::{Ask, ask_again, ask_all, end};
use crate::schemeshard::outbox::Outbox;
use crate::schemeshard::schema::{
    OperationKind, OperationRow, Partition, Phase, RestoreState, SchemeShardTables, SplitRow, Splits, Tables,
};
use crate::schemeshard::tree::{Refusal, absolute, check_not_held};
use crate::schemeshard::{Private, SchemeShard, collection, index, restore};
use crate::side_effects::HiveRequest;
use std::collections::BTreeSet;

/// What a phase of a split asks of whom.
pub(super) fn asks(
    ss: TabletId,
    tables: &SchemeShardTables,
    operation: OperationId,
    row: &OperationRow,
) -> Vec<(TabletId, Ask)> {
    let split = &tables.splits[&operation];
    let heirs = || split.heirs.iter().map(|heir| heir.tablet);
    let parents = || split.parents.iter().copied();
    let ask = |tablets: &mut dyn Iterator<Item = TabletId>, ask: &dyn Fn(TabletId) -> Ask| {
        tablets.map(|tablet| (tablet, ask(tablet))).collect()
    };
    match row.phase {
        Phase::CreateShards => {
            ask(&mut heirs(), &|tablet| Ask::Hive(HiveRequest::CreateTablet { tablet, kind: "DataShard" }))
        }
        Phase::InitShards => {
            let init =
                |heir: &Partition| (heir.tablet, Ask::step(ShardStep::Init(init(ss, tables, row.path, split, heir))));
            split.heirs.iter().map(init).collect()
        }
        Phase::Handover => {
            let target = |heir: &Partition| PartitionTarget { range: heir.range.clone(), tablet: heir.tablet };
            let heirs: Vec<PartitionTarget> = split.heirs.iter().map(target).collect();
            ask(&mut parents(), &|_| Ask::step(ShardStep::Split { heirs: heirs.clone() }))
        }
        Phase::Activate => ask(&mut heirs(), &|_| Ask::step(ShardStep::Activate)),
        Phase::DeleteShards => ask(&mut parents(), &|tablet| Ask::Hive(HiveRequest::DeleteTablet { tablet })),
        phase => panic!("{operation} is a split, which has no phase {phase:?}"),
    }
}

fn init(ss: TabletId, tables: &SchemeShardTables, path_id: PathId, split: &SplitRow, heir: &Partition) -> ShardInit {
    let role = if collection::is_backup_table(tables, path_id) {
        ShardRole::Backup
    } else if index::index_of(tables, path_id).is_some() {
        ShardRole::Index
    } else {
        ShardRole::User
    };
    ShardInit {
        path_id,
        role,
        schema: tables.tables[&path_id].schema.clone(),
        range: heir.range.clone(),
        lineage: None,
        indexes: index::feeds(tables, path_id, ss),
        heir_of: split.parents.clone(),
    }
}

/// Refuses a table whose shards cannot be moved now.
pub(super) fn check_movable(tables: &SchemeShardTables, path: PathId, by_load: bool) -> Result<(), Refusal> {
    let refuse = |why: String| Err((Status::MultipleModifications, format!("{} {why}", absolute(tables, path))));
    if let Some(split) = split_of(tables, path) {
        return refuse(format!("is split or merged by {split}; wait until it has ended"));
    }
    let stops = |(_, row): &(&OperationId, &OperationRow)| {
        row.phase == Phase::DropStreams && collection::source_tables(tables, row.path).contains(&path)
    };
    if let Some((holder, _)) = tables.operations.iter().find(stops) {
        return refuse(format!("ends a change stream for {holder}; wait until it has ended"));
    }
    match tables.paths[&path].holder {
        Some(holder) if by_load => {
            let phase = tables.operations[&holder].phase;
            let chosen = tables.restore_states.get(&holder).is_some_and(|row| row.state != RestoreState::Running);
            match phase {
                Phase::Transfer | Phase::Increments if !chosen => Ok(()),
                _ => refuse(format!("is held by {holder}, which is not moving rows ({phase:?}); try again")),
            }
        }
        _ => moved_with(tables, path).into_iter().try_for_each(|path| check_not_held(tables, path)),
    }
}

/// The paths that a split of a free table holds: of an index table, also its index and its table,
/// through which everything else would come to it.
pub(super) fn moved_with(tables: &SchemeShardTables, path: PathId) -> Vec<PathId> {
    let index = index::index_of(tables, path);
    let table = index.and_then(|index| tables.paths[&index].parent);
    std::iter::once(path).chain(index).chain(table).collect()
}

/// The split or merge of this table, if one is under way.
pub(super) fn split_of(tables: &SchemeShardTables, path: PathId) -> Option<OperationId> {
    splits(tables).find(|(_, row)| row.path == path).map(|(operation, _)| operation)
}

fn splits(tables: &SchemeShardTables) -> impl Iterator<Item = (OperationId, &OperationRow)> {
    let all = tables.splits.keys().map(|operation| (*operation, &tables.operations[operation]));
    all.inspect(|(operation, row)| assert_eq!(row.kind, OperationKind::SplitMerge, "{operation} has a row of a split"))
}

/// Shards that serve nobody at the moment: parents that hand over, and heirs that do not serve yet.
pub(super) fn moving(tables: &SchemeShardTables) -> BTreeSet<TabletId> {
    let of = |(operation, row): (OperationId, &OperationRow)| match row.phase {
        Phase::Handover => tables.splits[&operation].parents.clone(),
        Phase::Activate => tables.splits[&operation].heirs.iter().map(|heir| heir.tablet).collect(),
        _ => Vec::new(),
    };
    splits(tables).flat_map(of).collect()
}

/// The split that the current phase of an operation must wait for, if there is one.
pub(super) fn in_the_way(tables: &SchemeShardTables, operation: OperationId) -> Option<OperationId> {
    let row = &tables.operations[&operation];
    if tables.splits.is_empty() {
        return None;
    }
    let told: Vec<PathId> = match row.phase {
        Phase::Release => tables.backups[&operation].items.iter().flat_map(|item| [item.source, item.table]).collect(),
        Phase::Finalize => {
            let restore = &tables.restores[&operation];
            restore.targets.iter().chain(restore.chain.iter().flat_map(|part| &part.tables)).copied().collect()
        }
        Phase::DropStreams => collection::source_tables(tables, row.path).into_iter().collect(),
        _ => Vec::new(),
    };
    told.into_iter().find_map(|path| split_of(tables, path))
}

/// All parents have handed over: from this commit on the heirs are the table's partitions.
pub(super) fn switch(ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>, operation: OperationId) {
    let SplitRow { parents, heirs, .. } = txn.tables().splits[&operation].clone();
    let path = txn.tables().operations[&operation].path;
    txn.update::<Tables>(&path, |table| {
        let first = table.partitions.iter().position(|part| part.tablet == parents[0]);
        let first = first.expect("parents are partitions until the switch");
        let replaced: Vec<Partition> = table.partitions.splice(first..first + parents.len(), heirs.clone()).collect();
        assert!(replaced.iter().map(|part| part.tablet).eq(parents.iter().copied()), "parents are neighbours");
    });
    let heirs: Vec<TabletId> = heirs.iter().map(|heir| heir.tablet).collect();
    restore::follow(ss, txn, path, &parents, &heirs);
    let copies = txn.tables().backups.iter().filter(|(_, row)| row.items.iter().any(|item| item.source == path));
    for backup in copies.map(|(backup, _)| *backup).collect::<Vec<_>>() {
        if txn.tables().operations.get(&backup).is_some_and(|row| row.phase == Phase::Transfer)
            && let Some(round) = ss.rounds.get_mut(&backup)
        {
            round.waiting.retain(|tablet| !parents.contains(tablet));
            round.waiting.extend(&heirs);
            round.rows.retain(|(_, tablet), _| !parents.contains(tablet));
        }
    }
}

/// The heirs serve: whoever has work for them gives it to them.
pub(super) fn activated(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    outbox: &mut Outbox,
) {
    let heirs = txn.tables().splits[&operation].heirs.clone();
    for backup in txn.tables().backups.keys().copied().collect::<Vec<_>>() {
        if txn.tables().operations.get(&backup).is_some_and(|row| row.phase == Phase::Transfer) {
            for heir in &heirs {
                ask_again(ss, txn, backup, heir.tablet, outbox);
            }
        }
    }
    for (restore, row) in txn.tables().restore_states.iter() {
        if row.state == RestoreState::Running {
            outbox.note(Private::RunIncrementalRestore { operation: *restore });
        }
    }
}

/// The parents are gone: whoever waited for the end of the split goes on.
pub(super) fn finish(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    outbox: &mut Outbox,
) {
    txn.erase::<Splits>(&operation);
    end(ss, txn, operation, outbox);
    let waits = ss.rounds.iter().filter(|(_, round)| round.waits_for == Some(operation));
    for waiting in waits.map(|(waiting, _)| *waiting).collect::<Vec<_>>() {
        ask_all(ss, txn, waiting, outbox);
    }
}
