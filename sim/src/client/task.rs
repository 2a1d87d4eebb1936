//! A statement under way.

use super::ask::Ask;
use super::edge::{Edge, Heard};
use super::propose::Propose;
use super::read::{Read, TableRows};
use super::reshard::Reshard;
use super::write::{Ids, Write};
use super::writer::Writer;
use crate::scenario::{COLLECTIONS, Generator, Item, Statement, TableDef};
use std::sync::Arc;
use tablets::ids::{OperationId, TxId};
use tablets::message::{Request, Status, WriteOp};

/// How a statement has ended.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Ending {
    /// The last status answered.
    pub status: Status,
    /// Why it did not do what was asked, if it did not.
    pub refusal: Option<String>,
    /// What it prints, but for rows that were read.
    pub lines: Vec<String>,
    /// A restore's state, where it was asked for.
    pub state: Option<String>,
    /// What was read.
    pub rows: Option<TableRows>,
}

impl Ending {
    /// All went well.
    pub(super) fn good(lines: Vec<String>) -> Ending {
        Ending { status: Status::Success, refusal: None, lines, state: None, rows: None }
    }

    /// It was refused.
    pub(super) fn refused(status: Status, reason: &str) -> Ending {
        let refusal = if reason.is_empty() { status.to_string() } else { format!("{status}: {reason}") };
        Ending { status, refusal: Some(refusal), ..Ending::good(Vec::new()) }
    }

    /// All that it prints.
    pub fn text(&self) -> Vec<String> {
        let rows = self.rows.iter().flat_map(TableRows::lines);
        let refusal = self.refusal.iter().map(|refusal| format!("refused: {refusal}"));
        self.lines.iter().cloned().chain(rows).chain(refusal).collect()
    }
}

/// A statement under way.
#[derive(Clone, Debug, Hash)]
pub enum Task {
    /// A change of the schema.
    Propose(Propose),
    /// Shards split or merged.
    Reshard(Box<Reshard>),
    /// A question.
    Ask(Ask),
    /// Rows written.
    Write(Write),
    /// Rows read.
    Read(Read),
    /// Rows written one by one in the background.
    Writer(Box<Writer>),
}

impl Task {
    /// Begins what `item` asks a client to do; `None` if that is nothing.
    pub fn begin(item: &Item, run_seed: u64, edge: &mut Edge<'_>) -> Option<Task> {
        let tx_id = item.request;
        if let Some(request) = request(&item.statement) {
            return Some(Task::Propose(Propose::begin(tx_id, request, edge)));
        }
        let ids = Ids::of(tx_id);
        Some(match &item.statement {
            Statement::Reshard(plan) => Task::Reshard(Box::new(Reshard::begin(tx_id, plan, edge))),
            Statement::Describe { path } => Task::Ask(Ask::describe(path, edge)),
            Statement::GetRestore { restore } => Task::Ask(Ask::restore(&restore.name, restore.operation, edge)),
            Statement::ExpectRestore { restore, .. } => Task::Ask(Ask::restore(&restore.name, restore.operation, edge)),
            Statement::GetBackup { backup } => Task::Ask(Ask::backup(&backup.name, backup.operation, edge)),
            Statement::ListRestores => Task::Ask(Ask::restores(edge)),
            Statement::Read { path } | Statement::ExpectRows { path, .. } => Task::Read(Read::begin(path, ids, edge)),
            Statement::ExpectRow { table, .. } => Task::Read(Read::begin(&table.path, ids, edge)),
            Statement::Writer { table, plan } => {
                Task::Writer(Box::new(Writer::begin(Arc::clone(table), plan.clone(), ids, run_seed, edge)))
            }
            other => {
                let (table, ops, batch) = writes(other, run_seed)?;
                Task::Write(Write::begin(table, ops, batch, ids, edge))
            }
        })
    }

    /// The ending, if `heard` brings it.
    pub fn hear(&mut self, heard: &mut Heard, edge: &mut Edge<'_>) -> Option<Ending> {
        match self {
            Task::Propose(task) => task.hear(heard, edge),
            Task::Reshard(task) => task.hear(heard, edge),
            Task::Ask(task) => task.hear(heard, edge),
            Task::Write(task) => task.hear(heard, edge),
            Task::Read(task) => task.hear(heard, edge),
            Task::Writer(task) => task.hear(heard, edge),
        }
    }

    /// What it waits for, as a sentence's end.
    pub fn waits_for(&self) -> String {
        match self {
            Task::Propose(task) => task.waits_for(),
            Task::Reshard(task) => task.waits_for(),
            Task::Ask(task) => task.waits_for(),
            Task::Write(task) => task.waits_for(),
            Task::Read(task) => task.waits_for(),
            Task::Writer(task) => task.waits_for(),
        }
    }
}

/// A statement's change of the schema, if it is one.
fn request(statement: &Statement) -> Option<Request> {
    let collection = |name: &str| format!("{COLLECTIONS}/{name}");
    Some(match statement {
        Statement::MkDir { path } => Request::MkDir { path: path.clone() },
        Statement::Table(table) => create(table),
        Statement::Alter { path, add } => Request::AlterTable { path: path.clone(), add: add.clone() },
        Statement::DropTable { path } => Request::DropTable { path: path.clone() },
        Statement::Collection { name, tables, incremental, omit_indexes } => Request::CreateBackupCollection {
            path: collection(name),
            tables: tables.clone(),
            incremental: *incremental,
            omit_indexes: *omit_indexes,
        },
        Statement::DropCollection { name } => Request::DropBackupCollection { path: collection(name) },
        Statement::Backup { collection: name, incremental: false, .. } => {
            Request::BackupBackupCollection { path: collection(name) }
        }
        Statement::Backup { collection: name, incremental: true, .. } => {
            Request::BackupIncrementalBackupCollection { path: collection(name) }
        }
        Statement::Restore { collection: name, boundaries, .. } => Request::RestoreBackupCollection {
            path: collection(name),
            boundaries: boundaries.iter().map(|(table, keys)| (table.path.clone(), keys.clone())).collect(),
        },
        Statement::Cancel { restore } => Request::CancelRestore { restore: restore.operation },
        Statement::Forget { restore } => Request::ForgetRestore { restore: restore.operation },
        _ => return None,
    })
}

fn create(table: &TableDef) -> Request {
    let names = table.schema.key_columns().map(|column| column.name.clone());
    Request::CreateTable {
        path: table.path.clone(),
        columns: table.schema.columns.clone(),
        key: names.collect(),
        boundaries: table.boundaries.clone(),
        indexes: table.indexes.clone(),
    }
}

/// A statement's writes, if it is one that writes, and how many of them go together.
fn writes(statement: &Statement, run_seed: u64) -> Option<(Arc<TableDef>, Vec<WriteOp>, usize)> {
    Some(match statement {
        Statement::Upsert { table, key, cells } => {
            (Arc::clone(table), vec![WriteOp::Upsert { key: key.clone(), cells: cells.clone() }], 1)
        }
        Statement::Erase { table, key } => (Arc::clone(table), vec![WriteOp::Erase { key: key.clone() }], 1),
        Statement::Rows { table, plan } => {
            (Arc::clone(table), Generator::new(table, plan.seed, run_seed).rows(table, plan), plan.batch)
        }
        Statement::Load { table, ops, .. } => (Arc::clone(table), ops.to_vec(), 500),
        _ => return None,
    })
}

/// The operation that a proposal begins, where its end is worth asking for.
pub(super) fn operation(tx_id: TxId, request: &Request) -> Option<(OperationId, bool)> {
    match request {
        Request::BackupBackupCollection { .. } | Request::BackupIncrementalBackupCollection { .. } => {
            Some((tx_id.operation(), false))
        }
        Request::RestoreBackupCollection { .. } => Some((tx_id.operation(), true)),
        _ => None,
    }
}
