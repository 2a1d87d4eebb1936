//! isolation: restores of different collections share nothing.
//!
//! A restore ends as it would alone if nobody who works for another one writes its rows. So each
//! commit is looked at: what a transaction that acts for one operation writes must not belong to an
//! operation of another collection. At SchemeShard rows belong to the operation that their key
//! names, a path to its holder, before or after; at a shard the rows of an operation are its steps,
//! lineage, orders and snapshots, and those of a collection its streams. A transaction that names no
//! operation may act for any, but not for two collections at once.
//!
//! Splits and merges may change the work lists of everybody, users' writes and the index records that
//! follow from them the streams of everybody, and new settings and answers of the hive concern everybody.
//!
//! Left out: time. Restores share tablets, so one may be slower for another.

use crate::oracle::{Executed, Facts, Glimpse, Objection, Oracle, View, Watch};
use crate::trace::{Record, What};
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use tablets::datashard::{ChangeKey, DataShard, DataShardTables, OrderKey, Streams, UndoKey};
use tablets::ids::{OperationId, PathId, TxId};
use tablets::index::INDEX_FEED;
use tablets::local_db::{Schema, Table};
use tablets::message::{Kind, Request, unpack};
use tablets::schemeshard::{
    BackupRow, LongIncrementalRestoreOp, OperationKind, OperationRow, PathRow, ProgressKey, RequestRow, SchemeShard,
    SchemeShardTables,
};
use tablets::tablet::Tablet;

/// Transactions that act for whoever is concerned.
const FOR_ALL: &[Kind] = &["HiveReply", "Configure", "ByLoad", "Init", "TxImage", "TxWrite"];

/// The oracle.
#[derive(Clone, Debug, Default, Hash)]
pub struct Isolation {
    /// What executed last, whose record comes next.
    executed: Option<(Kind, Option<OperationId>)>,
    collections: BTreeMap<OperationId, PathId>,
    splits: BTreeSet<OperationId>,
    holders: BTreeMap<PathId, OperationId>,
    looked: u64,
}

/// What a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Operation(OperationId),
    Collection(PathId),
}

/// A row that was written, and whose it is.
type Owned = (Owner, Written);

/// Which row it is; as text only if there is something to say about it.
#[derive(Clone, Debug)]
enum Written {
    Path(PathId, PathRow),
    Operation(OperationId, u32),
    Progress(ProgressKey),
    Stream(PathId),
    Change(ChangeKey),
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Written::Path(path, row) => write!(f, "path {path}: {row}"),
            Written::Operation(operation, table) => write!(f, "row {operation} of table {table}"),
            Written::Progress(key) => write!(f, "work list row {key}"),
            Written::Stream(collection) => write!(f, "stream of {collection}"),
            Written::Change(key) => write!(f, "change {key}"),
        }
    }
}

impl Oracle for Isolation {
    fn name(&self) -> &'static str {
        "isolation"
    }

    fn rule(&self) -> &'static str {
        "a restore ends as it does alone: whoever acts for one operation writes no row, path or stream of another \
         collection's"
    }

    fn look(&mut self, glimpse: &Glimpse<'_>, _: &View<'_>) -> Option<Objection> {
        if let Glimpse::Executed(Executed { tx, operation, .. }) = glimpse {
            self.executed = Some((tx, *operation));
        }
        None
    }

    fn watch(&self) -> Watch {
        Watch::Inside
    }

    fn facts(&self) -> Facts {
        Facts::LOGGED | Facts::OTHER
    }

    fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection> {
        let tablet = record.tablet?;
        let redo = match &record.what {
            What::Logged { redo, .. } => redo,
            What::Booted { .. } => {
                self.read(view, record);
                return None;
            }
            _ => return None,
        };
        let (tx, operation) = self.executed.take()?;
        if FOR_ALL.contains(&tx) && view.kind(tablet) == Some(DataShard::KIND) {
            return None;
        }
        let (owned, acts_for) = match view.kind(tablet)? {
            SchemeShard::KIND => self.of_schemeshard(redo, operation),
            DataShard::KIND => (of_shard(redo), operation),
            _ => return None,
        };
        let for_all = |of: OperationId| of == INDEX_FEED || self.splits.contains(&of);
        if owned.is_empty() || FOR_ALL.contains(&tx) || acts_for.is_some_and(for_all) {
            return None;
        }
        self.looked += 1;
        let (victim, row) = match acts_for {
            Some(operation) => owned.into_iter().find(|(owner, _)| self.is_foreign(*owner, operation))?,
            None => self.second_collection(owned)?,
        };
        let who = acts_for.map_or_else(|| "no operation".to_owned(), |operation| operation.to_string());
        let whose = match victim {
            Owner::Operation(operation) => operation.to_string(),
            Owner::Collection(path) => format!("the collection {path}"),
        };
        Some(Objection {
            oracle: self.name(),
            sentence: format!("{tx} acts for {who} at {tablet} and writes what belongs to {whose}"),
            rule: self.rule(),
            tablets: vec![tablet],
            steps: vec![record.step],
            details: vec![format!("expected: rows of {who} only"), format!("found: {row}")],
        })
    }

    fn at_end(&mut self, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn looked(&self) -> u64 {
        self.looked
    }
}

impl Isolation {
    /// After a boot what was in flight may be lost: paths are held as the disk says.
    fn read(&mut self, view: &View<'_>, record: &Record) {
        let Some(tables) = record.tablet.and_then(|tablet| view.durable::<SchemeShard>(tablet)) else { return };
        self.holders = tables.paths.iter().filter_map(|(path, row)| Some((*path, row.holder?))).collect();
    }

    /// The rows that a commit of SchemeShard writes, and the operation for which it does. A request
    /// to cancel or forget acts for the restore that it names.
    fn of_schemeshard(&mut self, redo: &[u8], operation: Option<OperationId>) -> (Vec<Owned>, Option<OperationId>) {
        let (mut owned, mut acts_for) = (Vec::new(), operation);
        let read = SchemeShardTables::each_row(redo, &mut |number, key, row| {
            if let Some(Request::CancelRestore { restore } | Request::ForgetRestore { restore }) = request_of(key, row)
            {
                acts_for = Some(restore);
            }
            self.learn(key, row);
            self.owners(number, key, row, &mut owned);
        });
        assert!(read.is_ok(), "a redo record is read by the schema that wrote it");
        (owned, acts_for)
    }

    /// Learns from a row which operation belongs to which collection.
    fn learn(&mut self, key: &dyn Any, row: Option<&dyn Any>) {
        let (Some(operation), Some(row)) = (key.downcast_ref::<OperationId>(), row) else { return };
        let collection = if let Some(row) = row.downcast_ref::<OperationRow>() {
            if row.kind == OperationKind::SplitMerge {
                self.splits.insert(*operation);
            }
            matches!(row.kind, OperationKind::Restore | OperationKind::Backup | OperationKind::DropBackupCollection)
                .then_some(row.path)
        } else if let Some(row) = row.downcast_ref::<BackupRow>() {
            Some(row.collection)
        } else {
            row.downcast_ref::<LongIncrementalRestoreOp>().map(|row| row.backup_collection_path_id)
        };
        if let Some(collection) = collection {
            self.collections.insert(*operation, collection);
        }
    }

    fn owners(&mut self, number: u32, key: &dyn Any, row: Option<&dyn Any>, owned: &mut Vec<Owned>) {
        if let Some(path) = key.downcast_ref::<PathId>() {
            let Some(row) = row.and_then(|row| row.downcast_ref::<PathRow>()) else { return };
            let before = match row.holder {
                Some(holder) => self.holders.insert(*path, holder),
                None => self.holders.remove(path),
            };
            let holders = before.into_iter().chain(row.holder);
            owned.extend(holders.map(|holder| (Owner::Operation(holder), Written::Path(*path, row.clone()))));
        } else if let Some(operation) = key.downcast_ref::<OperationId>() {
            owned.push((Owner::Operation(*operation), Written::Operation(*operation, number)));
        } else if let Some(key) = key.downcast_ref::<ProgressKey>() {
            owned.push((Owner::Operation(key.operation), Written::Progress(*key)));
        }
    }

    /// Whether a row belongs to another operation, of another collection than the acting one's.
    fn is_foreign(&self, owner: Owner, acting: OperationId) -> bool {
        let of_acting = self.collections.get(&acting);
        match owner {
            Owner::Operation(operation) if operation == acting => false,
            Owner::Operation(operation) => {
                let collection = self.collections.get(&operation);
                collection.is_some() && collection != of_acting
            }
            Owner::Collection(collection) => of_acting.is_some_and(|of_acting| *of_acting != collection),
        }
    }

    /// A row of a second collection among those that a transaction has written for nobody.
    fn second_collection(&self, owned: Vec<Owned>) -> Option<Owned> {
        let of = |owner: Owner| match owner {
            Owner::Operation(operation) => self.collections.get(&operation).copied(),
            Owner::Collection(collection) => Some(collection),
        };
        let first = owned.iter().find_map(|(owner, _)| of(*owner))?;
        owned.into_iter().find(|(owner, _)| of(*owner).is_some_and(|collection| collection != first))
    }
}

/// The request that was accepted with this row.
fn request_of(key: &dyn Any, row: Option<&dyn Any>) -> Option<Request> {
    key.downcast_ref::<TxId>()?;
    unpack(&row?.downcast_ref::<RequestRow>()?.content).ok()
}

/// The rows of operations and collections that a commit of a shard writes.
fn of_shard(redo: &[u8]) -> Vec<Owned> {
    let mut owned = Vec::new();
    let read = DataShardTables::each_row(redo, &mut |number, key, _| {
        let operation = if let Some(operation) = key.downcast_ref::<OperationId>() {
            Some(*operation)
        } else if let Some(key) = key.downcast_ref::<OrderKey>() {
            Some(key.operation)
        } else {
            key.downcast_ref::<UndoKey>().map(|key| key.operation)
        };
        if let Some(operation) = operation {
            owned.push((Owner::Operation(operation), Written::Operation(operation, number)));
        } else if let Some(collection) = key.downcast_ref::<PathId>().filter(|_| number == Streams::NUMBER) {
            owned.push((Owner::Collection(*collection), Written::Stream(*collection)));
        } else if let Some(key) = key.downcast_ref::<ChangeKey>() {
            owned.push((Owner::Collection(key.collection), Written::Change(*key)));
        }
    });
    assert!(read.is_ok(), "a redo record is read by the schema that wrote it");
    owned
}
