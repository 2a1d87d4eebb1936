//! Proposals: one file per object, all or nothing. A proposal is checked to the end before
//! its first write, so a refused one leaves no trace.

mod backup;
mod collection;
mod restore;
mod split;
mod table;

use crate::ids::{OperationId, TabletId, TxId};
use crate::local_db::{Only, Txn};
use crate::message::{ClientMessage, Request, Status, pack};
use crate::quirk::Quirk;
use crate::row::{Key, KeyRange, TableSchema};
use crate::schemeshard::SchemeShard;
use crate::schemeshard::outbox::Outbox;
use crate::schemeshard::schema::{Partition, PathKind, RequestRow, Requests, SchemeShardTables, Sys, TableRow, Tables};
use crate::schemeshard::tree::{Refusal, absolute};
use std::cell::Cell;

/// The ids of the shards that SchemeShard has the hive create start here.
const FIRST_SHARD: u64 = 72_000;

/// Everything a proposal works on.
pub(super) struct Proposal<'a, 'b> {
    pub(super) ss: &'a mut SchemeShard,
    pub(super) txn: &'a mut Txn<'b, SchemeShardTables>,
    pub(super) outbox: &'a mut Outbox,
    pub(super) operation: OperationId,
    /// How many of its parts were judged.
    pub(super) parts: Cell<u32>,
}

/// Judges a request, does what it asks for, and returns the answer.
///
/// The same id again gets the same answer; the same id with other content is refused. A
/// refusal is not remembered and may be judged anew.
pub(super) fn propose(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    tx_id: TxId,
    request: &Request,
    outbox: &mut Outbox,
) -> ClientMessage {
    let content = pack(request);
    let known = txn.get::<Requests>(&tx_id).filter(|_| !ss.info.quirks.has(Quirk::TxidForgotten));
    if let Some(known) = known {
        return match known.content == content {
            true => ClientMessage::ProposeAnswer { tx_id, status: known.status, reason: String::new() },
            false => {
                answer(tx_id, Err((Status::InvalidParameter, format!("{tx_id} was another request; use a new id"))))
            }
        };
    }
    let mut proposal = Proposal { ss, txn, outbox, operation: tx_id.operation(), parts: Cell::new(0) };
    let judged = proposal.judge(request);
    let parts = proposal.parts.get();
    ss.fail_part = ss.fail_part.filter(|part| *part > parts);
    if let Ok(status) = judged {
        txn.put::<Requests>(tx_id, RequestRow { content, status });
    }
    answer(tx_id, judged)
}

fn answer(tx_id: TxId, judged: Result<Status, Refusal>) -> ClientMessage {
    let (status, reason) = match judged {
        Ok(status) => (status, String::new()),
        Err(refusal) => refusal,
    };
    tracing::debug!(operation = tx_id.operation().0, %status, reason, "proposal");
    ClientMessage::ProposeAnswer { tx_id, status, reason }
}

impl Proposal<'_, '_> {
    fn judge(&mut self, request: &Request) -> Result<Status, Refusal> {
        match request {
            Request::MkDir { path } => self.mkdir(path),
            Request::CreateTable { path, columns, key, boundaries, indexes } => {
                self.create_table(path, (columns, key), boundaries, indexes)
            }
            Request::AlterTable { path, add } => self.alter_table(path, add),
            Request::SplitMergeTable { path, shards, boundaries, by_load } => {
                self.split_merge(path, shards, boundaries, *by_load)
            }
            Request::DropTable { path } => self.drop_table(path),
            Request::CreateBackupCollection { path, tables, incremental, omit_indexes } => {
                self.create_collection(path, tables, *incremental, *omit_indexes)
            }
            Request::DropBackupCollection { path } => self.drop_collection(path),
            Request::BackupBackupCollection { path } => self.full_backup(path),
            Request::BackupIncrementalBackupCollection { path } => self.incremental_backup(path),
            Request::RestoreBackupCollection { path, boundaries } => self.restore(path, boundaries),
            Request::CancelRestore { restore } => self.cancel_restore(*restore),
            Request::ForgetRestore { restore } => self.forget_restore(*restore),
        }
    }

    /// One more part of the proposal is judged: a table or index to be made, read, changed or dropped.
    fn part(&self) -> Result<(), Refusal> {
        let part = self.parts.get() + 1;
        self.parts.set(part);
        match self.ss.fail_part {
            Some(failing) if failing == part => {
                Err((Status::NotAvailable, format!("part {part} fails, as a fault asked for; ask again")))
            }
            _ => Ok(()),
        }
    }

    fn mkdir(&mut self, path: &str) -> Result<Status, Refusal> {
        self.part()?;
        self.ss.tree.check_free(self.txn.tables(), path)?;
        let parent = self.ss.tree.create_parents(self.txn, path);
        self.ss.tree.create(self.txn, parent, leaf(path), PathKind::Dir, None);
        Ok(Status::Success)
    }

    /// The path's id, if it is of the kind wanted.
    fn resolve_kind(&self, path: &str, kind: PathKind) -> Result<crate::ids::PathId, Refusal> {
        let id = self.ss.tree.resolve(path)?;
        let is = self.txn.tables().paths[&id].kind;
        if is == kind {
            return Ok(id);
        }
        let found = absolute(self.txn.tables(), id);
        Err((Status::NameConflict, format!("{found} is not a {}; name one", kind_name(kind))))
    }

    /// Whether the table holds the rows of a backup.
    fn is_backup_table(&self, table: crate::ids::PathId) -> bool {
        crate::schemeshard::collection::is_backup_table(self.txn.tables(), table)
    }

    /// Writes a new table's row with freshly numbered shards.
    fn put_table(&mut self, path: crate::ids::PathId, schema: TableSchema, boundaries: &[Key]) {
        let partitions = self.number_shards(ranges_between(&KeyRange::default(), boundaries));
        self.txn.put::<Tables>(path, TableRow { schema, partitions, incomplete: false });
    }

    /// Gives each range a shard of its own.
    fn number_shards(&mut self, ranges: Vec<KeyRange>) -> Vec<Partition> {
        let mut sys = self.txn.get::<Sys>(&Only).copied().expect("the root was created at the first boot");
        let mut number = |range| {
            sys.last_shard += 1;
            Partition { range, tablet: TabletId(FIRST_SHARD + sys.last_shard) }
        };
        let partitions = ranges.into_iter().map(&mut number).collect();
        self.txn.put::<Sys>(Only, sys);
        partitions
    }
}

/// The last part of a path.
fn leaf(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn kind_name(kind: PathKind) -> &'static str {
    match kind {
        PathKind::Dir => "directory",
        PathKind::Table => "table",
        PathKind::Index => "index",
        PathKind::BackupCollection => "backup collection",
    }
}

/// The ranges between boundaries, which cover all keys of `whole`.
fn ranges_between(whole: &KeyRange, boundaries: &[Key]) -> Vec<KeyRange> {
    let starts = std::iter::once(whole.from.clone()).chain(boundaries.iter().cloned().map(Some));
    let ends = boundaries.iter().cloned().map(Some).chain(std::iter::once(whole.to.clone()));
    starts.zip(ends).map(|(from, to)| KeyRange { from, to }).collect()
}

/// The first keys of the second and later partitions.
fn boundaries_of(table: &TableRow) -> Vec<Key> {
    table.partitions.iter().filter_map(|part| part.range.from.clone()).collect()
}

/// Refuses boundaries that do not grow or do not fit the key.
fn check_boundaries(path: &str, schema: &TableSchema, boundaries: &[Key]) -> Result<(), Refusal> {
    if boundaries.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err((Status::InvalidParameter, format!("the partition boundaries of {path} do not grow; sort them")));
    }
    let types: Vec<_> = schema.key_columns().map(|column| column.ty).collect();
    let fits = |key: &Key| {
        key.values().len() <= types.len()
            && !key.values().is_empty()
            && key.values().iter().zip(&types).all(|(value, ty)| value.column_type() == Some(*ty))
    };
    match boundaries.iter().find(|key| !fits(key)) {
        Some(key) => {
            let reason = format!("boundary {key} does not fit the primary key of {path}; give values of its columns");
            Err((Status::InvalidParameter, reason))
        }
        None => Ok(()),
    }
}
