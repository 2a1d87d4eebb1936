//! RestoreBackupCollection, CancelRestore and ForgetRestore.

use super::{Proposal, boundaries_of, check_boundaries, leaf};
use crate::ids::{OperationId, PathId, TxId};
use crate::message::{ShardCounts, Status};
use crate::quirk::Quirk;
use crate::row::{Key, TableSchema};
use crate::schemeshard::restore::{
    Failure, arm, choose, clear_work_list, deadline_clock, increment_keys, write_work_list,
};
use crate::schemeshard::schema::{
    BackupIndex, BackupRow, ChainPart, FinalStatus, IncrementalRestoreOperations, IncrementalRestoreShardProgress,
    IncrementalRestoreState, LongIncrementalRestoreOp, OperationKind, OperationRow, Operations, Outcome, PathKind,
    Phase, RestoreState, RestoreStateRow, SchemeShardTables,
};
use crate::schemeshard::tree::{self, Refusal, absolute, check_not_held};
use crate::schemeshard::{PathState, collection, index, operation};

/// What a restore will create, checked to the end.
struct Plan {
    collection: PathId,
    names: Vec<String>,
    chain: Vec<ChainPart>,
    dirs: Vec<String>,
    schemas: Vec<TableSchema>,
    boundaries: Vec<Vec<Key>>,
    /// The index of each target that is an index table; its table comes before it.
    indexes: Vec<Option<BackupIndex>>,
}

impl Proposal<'_, '_> {
    pub(super) fn restore(&mut self, path: &str, boundaries: &[(String, Vec<Key>)]) -> Result<Status, Refusal> {
        let plan = self.plan(path, boundaries)?;
        let operation = self.operation;
        let mut targets: Vec<PathId> = Vec::with_capacity(plan.names.len());
        for sub in 0..plan.names.len() {
            let target = self.create_target(&plan, sub, &targets);
            targets.push(target);
        }

        let source = if self.ss.info.quirks.has(Quirk::WrongTargetPath) { tree::ROOT } else { plan.collection };
        tree::hold(self.txn, source, PathState::OutgoingIncrementalRestore, operation);
        for (i, part) in plan.chain.iter().enumerate() {
            let state = match i {
                0 => PathState::OutgoingIncrementalRestore,
                _ => PathState::AwaitingOutgoingIncrementalRestore,
            };
            let dir = self.txn.tables().backups[&part.backup].dir;
            for (table, name) in part.tables.iter().zip(&plan.names) {
                let by_leaf = self.ss.tree.child(dir, leaf(name));
                if self.ss.info.quirks.has(Quirk::LeafNamePaths) && by_leaf != Some(*table) {
                    // What is not found by its leaf name is not locked.
                    continue;
                }
                tree::hold(self.txn, *table, state, operation);
            }
        }
        let restore = LongIncrementalRestoreOp {
            tx_id: TxId(operation.0),
            id: operation.to_string(),
            backup_collection_path_id: plan.collection,
            table_path_list: plan.names,
            full_backup_trimmed_name: plan.dirs[0].clone(),
            incremental_backup_trimmed_names: plan.dirs[1..].to_vec(),
            chain: plan.chain,
            targets: targets.clone(),
        };
        self.begin_restore(restore, targets);
        Ok(Status::Accepted)
    }

    /// The propose commit: work list, state and request are durable before anything is sent.
    fn begin_restore(&mut self, restore: LongIncrementalRestoreOp, targets: Vec<PathId>) {
        let (operation, now) = (self.operation, deadline_clock(self.ss, self.txn));
        let collection = restore.backup_collection_path_id;
        write_work_list(self.ss.info.quirks, self.txn, operation, &restore, 0);
        self.txn.put::<IncrementalRestoreOperations>(operation, restore);
        let state = RestoreStateRow {
            state: RestoreState::Running,
            incremental: 0,
            started: now,
            stage_started: now,
            rows: 0,
            bytes: 0,
            attempts: 0,
            percent: 0,
            status: None,
            shown: (0, 0),
            shards: ShardCounts::default(),
            issues: Vec::new(),
        };
        self.txn.put::<IncrementalRestoreState>(operation, state);
        let row = OperationRow {
            kind: OperationKind::Restore,
            phase: Phase::CreateShards,
            round: 0,
            path: collection,
            tables: targets,
        };
        operation::begin(self.ss, self.txn, operation, row, self.outbox);
        arm(self.ss, self.txn, operation, self.outbox);
    }

    fn plan(&self, path: &str, boundaries: &[(String, Vec<Key>)]) -> Result<Plan, Refusal> {
        let tables = self.txn.tables();
        let collection = self.resolve_kind(path, PathKind::BackupCollection)?;
        check_not_held(tables, collection)?;
        let chain = collection::chain(self.ss.info.quirks, tables, collection);
        let Some((_, full)) = chain.first() else {
            return Err((Status::PreconditionFailed, format!("{path} has no completed full backup; take one")));
        };
        let names: Vec<String> = full.items.iter().map(|item| item.name.clone()).collect();
        for item in full.items.iter().filter(|item| item.index.is_none()) {
            self.ss.tree.check_free(tables, &item.name)?;
        }
        let newest = chain.last().expect("a chain has its full backup").1;
        let mut plan = Plan {
            collection,
            names: names.clone(),
            chain: Vec::new(),
            dirs: chain.iter().map(|(_, row)| tables.paths[&row.dir].name.to_string()).collect(),
            schemas: Vec::new(),
            boundaries: Vec::new(),
            indexes: full.items.iter().map(|item| item.index.clone()).collect(),
        };
        for (backup, row) in &chain {
            plan.chain.push(chain_part(tables, *backup, row, &names)?);
        }
        for (sub, name) in names.iter().enumerate() {
            self.part()?;
            let source = newest.items.iter().find(|item| item.name == *name).map(|item| item.table);
            let table = &tables.tables[&source.unwrap_or(plan.chain[0].tables[sub])];
            let schema = without_marker(&table.schema);
            let wanted = boundaries.iter().find(|(of, _)| of == name).map(|(_, keys)| keys.clone());
            let split = wanted.unwrap_or_else(|| boundaries_of(table));
            check_boundaries(name, &schema, &split)?;
            plan.schemas.push(schema);
            plan.boundaries.push(split);
        }
        match boundaries.iter().find(|(of, _)| !names.contains(of)) {
            Some((of, _)) => Err((
                Status::InvalidParameter,
                format!("{of} is not in the backup, so it has no partitions; name one that is"),
            )),
            None => Ok(plan),
        }
    }

    fn create_target(&mut self, plan: &Plan, sub: usize, before: &[PathId]) -> PathId {
        let name = &plan.names[sub];
        let held = (PathState::Create, self.operation);
        let id = match &plan.indexes[sub] {
            Some(index) => {
                let table = before[index.of as usize];
                index::create(self.ss, self.txn, table, (&index.name, &index.columns), held)
            }
            None => {
                let parent = self.ss.tree.create_parents(self.txn, name);
                self.ss.tree.create(self.txn, parent, leaf(name), PathKind::Table, Some(held))
            }
        };
        self.put_table(id, plan.schemas[sub].clone(), &plan.boundaries[sub]);
        id
    }

    pub(super) fn cancel_restore(&mut self, restore: OperationId) -> Result<Status, Refusal> {
        match self.state_of(restore)? {
            RestoreState::Running => {
                let message = format!("cancelled by tx{}", self.operation.0);
                let why = Failure { status: FinalStatus::Cancelled, message };
                choose(self.ss, self.txn, restore, Outcome::Cancelled, Some(why), self.outbox);
                Ok(Status::Accepted)
            }
            RestoreState::Finalizing(Outcome::Cancelled) | RestoreState::Ended(Outcome::Cancelled) => {
                Ok(Status::Accepted)
            }
            state => Err((Status::PreconditionFailed, format!("{restore} is {state}; it is too late to cancel it"))),
        }
    }

    pub(super) fn forget_restore(&mut self, restore: OperationId) -> Result<Status, Refusal> {
        let state = self.state_of(restore)?;
        if matches!(state, RestoreState::Finalizing(_)) && self.ss.info.quirks.has(Quirk::ForgetWhileFinalizing) {
            clear_work_list(self.txn, restore, self.txn.tables().restore_states[&restore].incremental);
            self.txn.erase::<Operations>(&restore);
            self.ss.rounds.remove(&restore);
        } else if !matches!(state, RestoreState::Ended(_)) {
            return Err((Status::PreconditionFailed, format!("{restore} is {state}; wait until it has ended")));
        }
        let incremental = self.txn.tables().restore_states[&restore].incremental;
        let left = self.txn.range::<IncrementalRestoreShardProgress>(increment_keys(restore, incremental)).count();
        assert_eq!(left, 0, "an ended restore has no work list");
        self.txn.erase::<IncrementalRestoreOperations>(&restore);
        self.txn.erase::<IncrementalRestoreState>(&restore);
        Ok(Status::Success)
    }

    fn state_of(&self, restore: OperationId) -> Result<RestoreState, Refusal> {
        let row = self.txn.get::<IncrementalRestoreState>(&restore);
        row.map(|row| row.state)
            .ok_or_else(|| (Status::NotFound, format!("no restore {restore} is remembered; list those that are")))
    }
}

/// One backup of the chain, every table of which must resolve: refuse, never warn and skip.
fn chain_part(
    tables: &SchemeShardTables,
    backup: OperationId,
    row: &BackupRow,
    names: &[String],
) -> Result<ChainPart, Refusal> {
    let mut part = ChainPart { backup, tables: Vec::new(), rows: Vec::new() };
    for name in names {
        let item = row.items.iter().find(|item| item.name == *name);
        let item = item.filter(|item| tree::exists(tables, item.table)).ok_or_else(|| {
            (
                Status::PreconditionFailed,
                format!("{name} is missing in {}; take a full backup", absolute(tables, row.dir)),
            )
        })?;
        check_not_held(tables, item.table)?;
        part.tables.push(item.table);
        part.rows.push(item.rows);
    }
    match row.items.iter().find(|item| item.index.is_some() && !names.contains(&item.name)) {
        Some(item) => {
            let reason = format!("{} is in {}, but not in the whole chain", item.name, absolute(tables, row.dir));
            Err((Status::PreconditionFailed, format!("{reason}; take a full backup")))
        }
        None => Ok(part),
    }
}

fn without_marker(schema: &TableSchema) -> TableSchema {
    let marker = schema.marker();
    let columns = schema.columns.iter().filter(|column| Some(column.id) != marker).cloned().collect();
    TableSchema { columns, key: schema.key.clone(), version: schema.version }
}
