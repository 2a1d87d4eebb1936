//! Operations: each works through phases, each phase asks one thing of a set of tablets
//! and is over when all have answered.
//!
//! ```text
//!   create table     CreateShards ─> InitShards
//!   alter table      AlterShards
//!   split, merge     CreateShards ─> InitShards ─> Handover ─> Activate ─> DeleteShards
//!   drop table       DeleteShards
//!   drop collection  DropStreams ─> DeleteShards
//!   backup           CreateShards ─> InitShards ─> Prepare ─> PrepareIndexes ─> Cut ─> Transfer ─> Release
//!                                                    └─timeout─────┴─> Abort ───────────────────────┘
//!   restore          CreateShards ─> InitShards ─> Increments ─> Finalize
//! ```
//!
//! Only the phase and its number are durable. Who has answered is remembered in memory:
//! after a reboot everybody is asked again, which changes nothing where it was done: a step
//! carries the number of its phase (`Seq`), a scan request its attempt, and to make or delete
//! a tablet twice is the same as once.
//!
//! A part of an operation, in YDB's sense, is one tablet's share of a phase.
//!
//! Left out: YDB's sub-operations with own proposals, publications to the scheme board,
//! and plan steps; a phase's commit stands for the latter.

use crate::ids::{OperationId, PathId, SECOND_US, TabletId};
use crate::local_db::Txn;
use crate::message::{DataShardMessage, ScanRequest, ScanWork, Seq, ShardInit, ShardRole, ShardStep};
use crate::schemeshard::outbox::Outbox;
use crate::schemeshard::schema::{
    BackupItem, BackupKind, BackupRow, BackupStatus, OperationKind, OperationRow, Operations, Phase, SchemeShardTables,
};
use crate::schemeshard::{Private, SchemeShard, backup, collection, index, restore, split, tree};
use crate::side_effects::{HiveRequest, TimerClass};
use std::collections::{BTreeMap, BTreeSet};

/// Who has not answered the current phase, in memory.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Round {
    /// Tablets that have not answered.
    pub(super) waiting: BTreeSet<TabletId>,
    /// How often a scan was tried anew at each tablet, where that happened.
    pub(super) attempts: BTreeMap<TabletId, u32>,
    /// Rows copied of each table of a backup, by the shards that have answered.
    pub(super) rows: BTreeMap<(u32, TabletId), u64>,
    /// The split that must end before anybody is asked.
    pub(super) waits_for: Option<OperationId>,
}

/// What a phase asks of one tablet.
#[derive(Clone, Debug, Hash)]
pub(super) enum Ask {
    Hive(HiveRequest),
    Step(Box<ShardStep>),
    Scan(Box<ScanRequest>),
}

impl Ask {
    /// Asks a shard to take a step.
    pub(super) fn step(step: ShardStep) -> Ask {
        Ask::Step(Box::new(step))
    }
}

/// Starts an operation with its first phase.
pub(super) fn begin(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    row: OperationRow,
    outbox: &mut Outbox,
) {
    assert!(txn.get::<Operations>(&operation).is_none(), "{operation} begins once");
    let phase = row.phase;
    txn.put::<Operations>(operation, row);
    enter(ss, txn, operation, phase, outbox);
}

/// Enters a phase: durable first, the questions leave afterwards.
pub(super) fn enter(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    phase: Phase,
    outbox: &mut Outbox,
) {
    let known = txn.update::<Operations>(&operation, |row| {
        row.phase = phase;
        row.round += 1;
    });
    assert!(known, "{operation} has not ended, so it has a row");
    tracing::debug!(operation = operation.0, ?phase, "phase");
    ask_all(ss, txn, operation, outbox);
}

/// Asks every tablet of the current phase, at its start or after a reboot; with nobody to ask
/// the phase is over.
pub(super) fn ask_all(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    outbox: &mut Outbox,
) {
    let tables = txn.tables();
    if let Some(split) = split::in_the_way(tables, operation) {
        ss.rounds.insert(operation, Round { waits_for: Some(split), ..Round::default() });
        return;
    }
    let asks = asks(ss.info.tablet, tables, operation);
    let waiting = asks.iter().map(|(tablet, _)| *tablet).collect();
    ss.rounds.insert(operation, Round { waiting, ..Round::default() });
    for (tablet, ask) in asks {
        post(ss, tables, operation, tablet, ask, outbox);
    }
    if tables.operations[&operation].phase != Phase::Increments && ss.rounds[&operation].waiting.is_empty() {
        leave(ss, txn, operation, outbox);
    }
}

/// Asks one tablet again, if it has not answered. A tablet that there is nothing left to ask,
/// because its table was dropped meanwhile, counts as having answered.
pub(super) fn ask_again(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    tablet: TabletId,
    outbox: &mut Outbox,
) {
    if !ss.rounds.get(&operation).is_some_and(|round| round.waiting.contains(&tablet)) {
        return;
    }
    match asks(ss.info.tablet, txn.tables(), operation).into_iter().find(|(of, _)| *of == tablet) {
        Some((_, ask)) => post(ss, txn.tables(), operation, tablet, ask, outbox),
        None => answered(ss, txn, operation, tablet, outbox),
    }
}

/// A tablet has done what the current phase asked; the last one ends the phase.
pub(super) fn answered(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    tablet: TabletId,
    outbox: &mut Outbox,
) {
    let Some(round) = ss.rounds.get_mut(&operation) else {
        return;
    };
    if round.waiting.remove(&tablet) && round.waiting.is_empty() {
        leave(ss, txn, operation, outbox);
    }
}

/// Ends an operation: everything it holds is released, and who waits is told.
pub(super) fn end(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    outbox: &mut Outbox,
) {
    tree::release_all(txn, operation);
    txn.erase::<Operations>(&operation);
    tracing::debug!(operation = operation.0, "ended");
    ss.rounds.remove(&operation);
    outbox.ended(operation);
}

/// All tablets have answered: what comes next.
fn leave(ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>, operation: OperationId, outbox: &mut Outbox) {
    let row = txn.get::<Operations>(&operation).expect("a phase ends while its operation lives").clone();
    if row.kind == OperationKind::Backup && backup::lost_a_table(ss, txn, operation, row.phase, outbox) {
        return;
    }
    match (row.kind, row.phase) {
        (_, Phase::CreateShards) => enter(ss, txn, operation, Phase::InitShards, outbox),
        (OperationKind::SplitMerge, Phase::InitShards) => enter(ss, txn, operation, Phase::Handover, outbox),
        (OperationKind::SplitMerge, Phase::Handover) => {
            split::switch(ss, txn, operation);
            enter(ss, txn, operation, Phase::Activate, outbox);
        }
        (OperationKind::SplitMerge, Phase::Activate) => {
            enter(ss, txn, operation, Phase::DeleteShards, outbox);
            split::activated(ss, txn, operation, outbox);
        }
        (OperationKind::SplitMerge, Phase::DeleteShards) => split::finish(ss, txn, operation, outbox),
        (OperationKind::CreateTable, Phase::InitShards) => end(ss, txn, operation, outbox),
        (OperationKind::AlterTable, Phase::AlterShards) => end(ss, txn, operation, outbox),
        (OperationKind::DropTable, Phase::DeleteShards) => {
            collection::forget_table(ss, txn, row.path);
            end(ss, txn, operation, outbox);
        }
        (OperationKind::DropBackupCollection, Phase::DropStreams) => {
            enter(ss, txn, operation, Phase::DeleteShards, outbox);
        }
        (OperationKind::DropBackupCollection, Phase::DeleteShards) => {
            collection::forget_collection(ss, txn, row.path);
            end(ss, txn, operation, outbox);
        }
        (OperationKind::Backup, Phase::InitShards) => backup::start_prepare(ss, txn, operation, outbox),
        (OperationKind::Backup, Phase::Prepare) => {
            let next = if has_index_sources(txn.tables(), operation) { Phase::PrepareIndexes } else { Phase::Cut };
            enter(ss, txn, operation, next, outbox);
        }
        (OperationKind::Backup, Phase::PrepareIndexes) => enter(ss, txn, operation, Phase::Cut, outbox),
        (OperationKind::Backup, Phase::Cut) => enter(ss, txn, operation, Phase::Transfer, outbox),
        (OperationKind::Backup, Phase::Transfer) => backup::complete(ss, txn, operation, outbox),
        (OperationKind::Backup, Phase::Abort) => enter(ss, txn, operation, Phase::Release, outbox),
        (OperationKind::Backup, Phase::Release) => end(ss, txn, operation, outbox),
        (OperationKind::Restore, Phase::InitShards) => restore::control_done(ss, txn, operation, outbox),
        (OperationKind::Restore, Phase::Finalize) => restore::finish(ss, txn, operation, outbox),
        (kind, phase) => panic!("a {kind:?} operation has no phase {phase:?}"),
    }
}

fn post(
    ss: &SchemeShard,
    tables: &SchemeShardTables,
    operation: OperationId,
    tablet: TabletId,
    ask: Ask,
    outbox: &mut Outbox,
) {
    match ask {
        Ask::Hive(request) => outbox.hive(request),
        Ask::Step(step) => {
            let round = tables.operations[&operation].round;
            let seq = Seq { generation: ss.info.generation, round };
            outbox.shard(operation, tablet, DataShardMessage::Step { operation, seq, step: *step });
        }
        Ask::Scan(mut request) => {
            request.schemeshard_id = ss.info.tablet;
            request.schemeshard_generation = ss.info.generation;
            request.attempt += ss.rounds.get(&operation).and_then(|round| round.attempts.get(&tablet)).unwrap_or(&0);
            outbox.shard(operation, tablet, request.message());
        }
    }
}

/// The current phase's questions. They follow from durable rows alone.
fn asks(ss: TabletId, tables: &SchemeShardTables, operation: OperationId) -> Vec<(TabletId, Ask)> {
    let row = &tables.operations[&operation];
    if row.kind == OperationKind::SplitMerge {
        return split::asks(ss, tables, operation, row);
    }
    match row.phase {
        Phase::CreateShards => each_shard(tables, &row.tables, |_, tablet, _| {
            Ask::Hive(HiveRequest::CreateTablet { tablet, kind: "DataShard" })
        }),
        Phase::DeleteShards => {
            each_shard(tables, &row.tables, |_, tablet, _| Ask::Hive(HiveRequest::DeleteTablet { tablet }))
        }
        Phase::InitShards => init_asks(ss, tables, operation, row),
        Phase::AlterShards => each_shard(tables, &row.tables, |path, _, _| {
            Ask::step(ShardStep::Alter(tables.tables[&path].schema.clone()))
        }),
        Phase::Prepare => each_source_if(tables, operation, is_table, |_, _| Ask::step(ShardStep::Prepare)),
        Phase::PrepareIndexes => {
            each_source_if(tables, operation, |item| !is_table(item), |_, _| Ask::step(ShardStep::Prepare))
        }
        Phase::Abort => each_source(tables, operation, |_, _| Ask::step(ShardStep::Abort)),
        Phase::Cut => each_source(tables, operation, |_, backup| Ask::step(cut_of(backup))),
        Phase::Transfer => {
            each_source(tables, operation, |sub, backup| Ask::Scan(Box::new(copy_request(operation, sub, backup))))
        }
        Phase::Release => release_asks(tables, operation),
        Phase::DropStreams => collection::sources(tables, row.path)
            .into_iter()
            .map(|tablet| (tablet, Ask::step(ShardStep::DropStream { collection: row.path })))
            .collect(),
        Phase::Increments | Phase::Handover | Phase::Activate => Vec::new(),
        Phase::Finalize => restore::finalize_steps(tables, operation)
            .into_iter()
            .map(|(tablet, step)| (tablet, Ask::step(step)))
            .collect(),
    }
}

fn each_shard(
    tables: &SchemeShardTables,
    of: &[PathId],
    ask: impl Fn(PathId, TabletId, &crate::row::KeyRange) -> Ask,
) -> Vec<(TabletId, Ask)> {
    let there = of.iter().filter_map(|path| Some((*path, tables.tables.get(path)?)));
    let parts = there.flat_map(|(path, table)| table.partitions.iter().map(move |part| (path, part)));
    parts.map(|(path, part)| (part.tablet, ask(path, part.tablet, &part.range))).collect()
}

fn init_asks(
    ss: TabletId,
    tables: &SchemeShardTables,
    operation: OperationId,
    row: &OperationRow,
) -> Vec<(TabletId, Ask)> {
    let (role, lineage) = match row.kind {
        OperationKind::Backup => (ShardRole::Backup, Some(operation)),
        OperationKind::Restore => (ShardRole::User, Some(operation)),
        _ => (ShardRole::User, None),
    };
    each_shard(tables, &row.tables, |path_id, _, range| {
        let schema = tables.tables[&path_id].schema.clone();
        let role = if index::index_of(tables, path_id).is_some() { ShardRole::Index } else { role };
        let (range, indexes, heir_of) = (range.clone(), index::feeds(tables, path_id, ss), Vec::new());
        Ask::step(ShardStep::Init(ShardInit { path_id, role, schema, range, lineage, indexes, heir_of }))
    })
}

/// Whether an item of a backup is a table that users write.
fn is_table(item: &BackupItem) -> bool {
    item.index.is_none()
}

fn has_index_sources(tables: &SchemeShardTables, operation: OperationId) -> bool {
    tables.backups[&operation].items.iter().any(|item| !is_table(item))
}

/// The shards that a backup reads.
pub(super) fn copied_from(tables: &SchemeShardTables, operation: OperationId) -> BTreeSet<TabletId> {
    let items = tables.backups[&operation].items.iter();
    items.flat_map(|item| restore::shards_of(tables, item.source)).collect()
}

fn each_source(
    tables: &SchemeShardTables,
    operation: OperationId,
    ask: impl Fn(usize, &BackupRow) -> Ask,
) -> Vec<(TabletId, Ask)> {
    each_source_if(tables, operation, |_| true, ask)
}

fn each_source_if(
    tables: &SchemeShardTables,
    operation: OperationId,
    wanted: impl Fn(&BackupItem) -> bool,
    ask: impl Fn(usize, &BackupRow) -> Ask,
) -> Vec<(TabletId, Ask)> {
    let backup = &tables.backups[&operation];
    let sources =
        backup.items.iter().enumerate().filter(|(_, item)| wanted(item)).flat_map(|(sub, item)| {
            restore::shards_of(tables, item.source).into_iter().map(move |tablet| (sub, tablet))
        });
    sources.map(|(sub, tablet)| (tablet, ask(sub, backup))).collect()
}

fn release_asks(tables: &SchemeShardTables, operation: OperationId) -> Vec<(TabletId, Ask)> {
    let backup = &tables.backups[&operation];
    let keep_from = if backup.status == BackupStatus::Completed { backup.opens } else { 0 };
    let stream_of = (backup.opens > 0).then_some(backup.collection);
    let mut asks = each_source(tables, operation, |_, _| Ask::step(ShardStep::Release { stream_of, keep_from }));
    let copies: Vec<PathId> = backup.items.iter().map(|item| item.table).collect();
    asks.extend(each_shard(tables, &copies, |_, _, _| Ask::step(ShardStep::EndRestore)));
    asks
}

fn cut_of(backup: &BackupRow) -> ShardStep {
    ShardStep::Cut {
        stream_of: (backup.opens > 0).then_some(backup.collection),
        open: backup.opens,
        snapshot: backup.kind == BackupKind::Full,
    }
}

fn copy_request(operation: OperationId, sub: usize, backup: &BackupRow) -> ScanRequest {
    let item = &backup.items[sub];
    let work = match backup.kind {
        BackupKind::Full => ScanWork::Snapshot,
        BackupKind::Incremental => {
            ScanWork::Stream { collection: backup.collection, up_to: backup.opens.saturating_sub(1) }
        }
    };
    ScanRequest {
        tx_id: operation,
        sub_operation: sub as u32,
        attempt: 1,
        incremental_idx: 0,
        work,
        src_path_ids: vec![item.source],
        dst_path_id: item.table,
        schemeshard_id: TabletId(0),
        schemeshard_generation: crate::ids::Generation(0),
        start_key: None,
        start_order: None,
        stage_deadline: None,
    }
}

/// A source shard failed to copy in a way worth another attempt: once more, after a while.
pub(super) fn copy_again(ss: &mut SchemeShard, operation: OperationId, tablet: TabletId, outbox: &mut Outbox) {
    let Some(round) = ss.rounds.get_mut(&operation) else {
        return;
    };
    let attempts = round.attempts.entry(tablet).or_default();
    *attempts += 1;
    let delay_us = backoff_us(*attempts);
    outbox.timer(delay_us, TimerClass::Due, Private::AskAgain { operation, tablet });
}

/// The wait before attempt `attempt + 1`: 1, 2, 4, 8, 8, ... seconds.
pub(super) fn backoff_us(attempt: u32) -> u64 {
    SECOND_US << attempt.saturating_sub(1).min(3)
}
