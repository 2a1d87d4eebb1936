//! What people are shown: descriptions, states, and the wait-for chain.

use crate::ids::{OperationId, PathId, Steady};
use crate::index::INDEX_FEED;
use crate::message::{
    BackupView, ClientMessage, DomainDescription, PartitionTarget, PartitionView, PathDescription, Resolution,
    RestoreView, Status, TableDescription,
};
use crate::schemeshard::restore::{rows_and_bytes, shard_counts, sub_operation_counts, work_list};
use crate::schemeshard::schema::{
    BackupStatus, OperationKind, Phase, ProgressRow, RestoreState, SchemeShardTables, ShardState, TableRow,
};
use crate::schemeshard::{PathState, SchemeShard, index, percent, tree};
use crate::tablet::{Kept, Wait};
use std::collections::BTreeMap;

/// The answer to `DescribePath`.
pub(super) fn describe(ss: &SchemeShard, tables: &SchemeShardTables, path: &str) -> ClientMessage {
    let (status, reason, description) = match ss.tree.resolve(path) {
        Ok(id) => (Status::Success, String::new(), Some(Box::new(description(ss, tables, id)))),
        Err((status, reason)) => (status, reason, None),
    };
    ClientMessage::Description { path: path.to_owned(), status, reason, description }
}

fn description(ss: &SchemeShard, tables: &SchemeShardTables, id: PathId) -> PathDescription {
    let row = &tables.paths[&id];
    PathDescription {
        path: tree::absolute(tables, id),
        path_id: id,
        state: row.state,
        holder: row.holder,
        children: ss.tree.children(id).map(|(name, _)| name.to_owned()).collect(),
        table: tables.tables.get(&id).map(|table| table_description(tables, id, table)),
        domain: row.parent.is_none().then(|| domain(ss, tables)),
    }
}

fn domain(ss: &SchemeShard, tables: &SchemeShardTables) -> DomainDescription {
    DomainDescription {
        paths: tables.paths.values().filter(|row| row.state != PathState::NotExist).count() as u64,
        locked: locked(tables).into_iter().collect(),
        stale_responses_dropped: ss.counters().stale_responses_dropped,
    }
}

/// How many paths each operation holds.
pub(super) fn locked(tables: &SchemeShardTables) -> BTreeMap<OperationId, u32> {
    let mut locked = BTreeMap::new();
    for holder in tables.paths.values().filter_map(|row| row.holder) {
        *locked.entry(holder).or_default() += 1;
    }
    locked
}

fn table_description(tables: &SchemeShardTables, id: PathId, table: &TableRow) -> TableDescription {
    let view = |part: &super::schema::Partition| PartitionView { range: part.range.clone(), tablet: part.tablet };
    TableDescription {
        schema: table.schema.clone(),
        partitions: table.partitions.iter().map(view).collect(),
        incomplete: table.incomplete,
        indexes: index::views(tables, id),
    }
}

/// The answer to a source shard's `ResolveTable`: gone, once the operation has ended or its outcome is chosen.
pub(super) fn resolve(tables: &SchemeShardTables, operation: OperationId, path_id: PathId) -> Resolution {
    let chosen = tables.restore_states.get(&operation).is_some_and(|row| row.state != RestoreState::Running);
    let lives = operation == INDEX_FEED || tables.operations.contains_key(&operation) && !chosen;
    let exists = tables.paths.get(&path_id).is_some_and(|row| row.state != PathState::NotExist);
    match tables.tables.get(&path_id) {
        Some(table) if lives && exists => Resolution::Table {
            schema: table.schema.clone(),
            partitions: table
                .partitions
                .iter()
                .map(|part| PartitionTarget { range: part.range.clone(), tablet: part.tablet })
                .collect(),
        },
        _ => Resolution::Gone,
    }
}

/// A backup's state.
pub(super) fn backup(tables: &SchemeShardTables, backup: OperationId) -> Option<BackupView> {
    let row = tables.backups.get(&backup)?;
    let phase = tables.operations.get(&backup).map(|operation| operation.phase);
    let state = match (row.status, phase) {
        (BackupStatus::Running, Some(phase)) => format!("Running ({phase:?})"),
        (BackupStatus::Running, None) => panic!("{backup} is running, so its operation lives"),
        (BackupStatus::Completed, _) => "Completed".to_owned(),
        (BackupStatus::Failed, _) => "Failed".to_owned(),
    };
    Some(BackupView {
        backup,
        dir: tree::absolute(tables, row.dir),
        state,
        ended: phase.is_none(),
        completed: row.status == BackupStatus::Completed,
        issues: row.issues.clone(),
    })
}

/// A restore's state.
pub(super) fn restore(ss: &SchemeShard, tables: &SchemeShardTables, operation: OperationId) -> Option<RestoreView> {
    let (restore, state) = (tables.restores.get(&operation)?, tables.restore_states.get(&operation)?);
    let rows: Vec<_> = work_list(tables, operation, state.incremental).map(|(_, row)| row).collect();
    let moved = rows_and_bytes(tables, operation);
    let shards = match state.state {
        RestoreState::Ended(_) => state.shards,
        _ => shard_counts(tables, operation, state.incremental),
    };
    let name = match state.state {
        RestoreState::Running => "Running".to_owned(),
        RestoreState::Finalizing(outcome) => format!("Finalizing({outcome:?})"),
        RestoreState::Ended(outcome) => format!("{outcome:?}"),
    };
    Some(RestoreView {
        restore: operation,
        state: name,
        terminal: matches!(state.state, RestoreState::Ended(_)),
        status: state.status,
        percent: percent(tables, operation),
        incremental: state.incremental,
        incrementals: restore.chain.len() as u32,
        sub_operations: sub_operation_counts(tables, operation, state.incremental),
        shards,
        rows: moved.0,
        bytes: moved.1,
        attempts: state.attempts + rows.iter().map(|row| row.attempts_begun()).sum::<u32>(),
        next_retry: rows.iter().filter_map(|row| retry(row)).min(),
        pipes: ss.pool.counters_of(operation),
        issues: state.issues.iter().chain(rows.iter().flat_map(|row| &row.issues)).cloned().collect(),
    })
}

fn retry(row: &ProgressRow) -> Option<Steady> {
    match row.state {
        ShardState::Backoff(at) => Some(at),
        ShardState::Pending | ShardState::Dispatched | ShardState::Done(_) => None,
    }
}

/// All restores that are remembered.
pub(super) fn restores(ss: &SchemeShard, tables: &SchemeShardTables) -> Vec<RestoreView> {
    tables.restores.keys().filter_map(|operation| restore(ss, tables, *operation)).collect()
}

/// What memory holds for operations.
pub(super) fn keeps(ss: &SchemeShard) -> Vec<Kept> {
    let of = |what: &str, operations: Vec<OperationId>| {
        operations.into_iter().map(|operation| Kept { operation, what: what.to_owned() }).collect::<Vec<_>>()
    };
    let sent = ss.sent.iter().filter(|(_, keys)| !keys.is_empty()).map(|(operation, _)| *operation);
    let mut kept = of("who has not answered", ss.rounds.keys().copied().collect());
    kept.extend(of("which shards it has asked", sent.collect()));
    kept.extend(of("a pipe", ss.pool.owners().collect()));
    kept.extend(of("a client that waits for its end", ss.waiters.keys().map(|tx_id| tx_id.operation()).collect()));
    kept
}

/// What unfinished operations wait for.
pub(super) fn waits(ss: &SchemeShard, tables: &SchemeShardTables) -> Vec<Wait> {
    let mut waits = Vec::new();
    for (operation, row) in tables.operations.iter() {
        if row.phase == Phase::Increments {
            waits.extend(restore_waits(ss, tables, *operation));
            continue;
        }
        let answers = match (row.kind, row.phase) {
            (_, Phase::CreateShards | Phase::DeleteShards) => vec!["HiveAnswer"],
            (_, Phase::Transfer) => vec!["BackupTableResponse", "BackupTable"],
            (_, Phase::InitShards) => vec!["StepAnswer", "Init"],
            (_, Phase::AlterShards) => vec!["StepAnswer", "Alter"],
            (_, Phase::Prepare | Phase::PrepareIndexes) => vec!["StepAnswer", "Prepare"],
            (_, Phase::Cut) => vec!["StepAnswer", "Cut"],
            (_, Phase::Abort) => vec!["StepAnswer", "Abort"],
            (_, Phase::Release) => vec!["StepAnswer", "Release", "EndRestore"],
            (_, Phase::Handover) => vec!["StepAnswer", "Split"],
            (_, Phase::Activate) => vec!["StepAnswer", "Activate"],
            (_, Phase::DropStreams) => vec!["StepAnswer", "DropStream"],
            (_, Phase::Finalize) => vec!["StepAnswer", "EndRestore", "CancelScan"],
            (_, Phase::Increments) => Vec::new(),
        };
        if ss.rounds.get(operation).is_none_or(|round| round.waiting.is_empty()) {
            let split = ss.rounds.get(operation).and_then(|round| round.waits_for);
            let whom = split.map_or("nobody".to_owned(), |split| format!("the end of {split}"));
            let what = format!("{whom}, in {:?} (round {})", row.phase, row.round);
            waits.push(Wait { operation: *operation, what, kinds: Vec::new(), peer: None });
        }
        let waiting = ss.rounds.get(operation).into_iter().flat_map(|round| &round.waiting);
        waits.extend(waiting.map(|tablet| Wait {
            operation: *operation,
            what: format!("{tablet} to answer {:?} (round {})", row.phase, row.round),
            kinds: answers.clone(),
            peer: Some(*tablet),
        }));
        assert!(
            row.kind != OperationKind::Restore || tables.restores.contains_key(operation),
            "{operation} is a restore, so its request is remembered"
        );
    }
    waits
}

fn restore_waits(ss: &SchemeShard, tables: &SchemeShardTables, operation: OperationId) -> Vec<Wait> {
    let incremental = tables.restore_states[&operation].incremental;
    let cap = ss.settings.max_incremental_restore_tables_in_flight;
    let wait = |what, kinds, peer| Wait { operation, what, kinds, peer };
    let mut waits = Vec::new();
    for (key, row) in work_list(tables, operation, incremental) {
        let asked = ss.sent.get(&operation).is_some_and(|sent| sent.contains(key));
        waits.push(match row.state {
            ShardState::Done(_) => continue,
            ShardState::Pending if cap == 0 => wait(format!("the cap to grow; {key} is paused"), vec![], None),
            ShardState::Pending => wait(format!("its turn to ask {key}"), vec![], None),
            ShardState::Backoff(at) => wait(format!("the retry of {key} at {at}"), vec!["RetryDue"], None),
            ShardState::Dispatched if asked => wait(
                format!("{} to respond to increment {}, attempt {}", key.shard, key.incremental, row.attempt),
                vec!["RestoreMultipleIncrementalBackupsResponse", "RestoreMultipleIncrementalBackups"],
                Some(key.shard),
            ),
            ShardState::Dispatched => {
                wait(format!("the time to ask {} again", key.shard), vec!["AskAgain"], Some(key.shard))
            }
        });
    }
    waits
}

/// What it remembers that no table has.
pub(super) fn memory(ss: &SchemeShard) -> Vec<(&'static str, String)> {
    vec![
        ("rounds", format!("{:?}", ss.rounds)),
        ("requests sent", format!("{:?}", ss.sent)),
        ("pipes", format!("{:?}", ss.pool)),
        ("waiters", format!("{:?}", ss.waiters)),
        ("unwritten reports", format!("{:?}", ss.unwritten)),
    ]
}
