//! What an administrator, or a mistake elsewhere, does to SchemeShard beside its clients: a host
//! brings it about, as a fault.
//!
//! * `DropPath:/Root/t`: a table goes at once, whoever reads or fills it. YDB: `TEvForceDropPath`
//!   and `ESchemeOpForceDropUnsafe`. Its path is dropped in this commit, its shards are deleted by
//!   an operation, and a restore or backup that needs it fails.
//! * `FailPart:K`: the next proposal that has K parts is refused at the K-th. YDB's tests do it
//!   with `TFailInjection`.
//!
//! Left out: to drop by force what is being created, altered, split or dropped; nothing happens then.

use crate::ids::{OperationId, PathId};
use crate::local_db::Txn;
use crate::message::Status;
use crate::schemeshard::outbox::Outbox;
use crate::schemeshard::schema::{
    OperationKind, OperationRow, PathKind, Phase, RequestRow, Requests, SchemeShardTables,
};
use crate::schemeshard::tx::{Private, by_load};
use crate::schemeshard::{SchemeShard, index, operation};
use serde::{Deserialize, Serialize};

/// What is forced.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Force {
    /// The table at this path goes.
    DropPath(String),
    /// The next proposal that has so many parts is refused at this one, counted from 1.
    FailPart(u32),
}

/// Reads `DropPath:/Root/t` or `FailPart:2`.
pub(super) fn injection(text: &str) -> Option<Private> {
    let force = match text.split_once(':')? {
        ("DropPath", path) if path.starts_with('/') => Force::DropPath(path.to_owned()),
        ("FailPart", part) => Force::FailPart(part.parse().ok().filter(|part| *part > 0)?),
        _ => return None,
    };
    Some(Private::ByForce(force))
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct ByForce {
    pub(super) force: Force,
    pub(super) outbox: Outbox,
}

impl ByForce {
    pub(super) fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        match &self.force {
            Force::FailPart(part) => ss.fail_part = Some(*part),
            Force::DropPath(path) => match ss.tree.find(path).filter(|table| can_go(txn.tables(), *table)) {
                Some(table) => drop_by_force(ss, txn, table, &mut self.outbox),
                None => tracing::debug!(path, "nothing to drop by force"),
            },
        }
    }
}

/// Whether it is a table that nothing but a restore or a backup holds.
fn can_go(tables: &SchemeShardTables, path: PathId) -> bool {
    let row = &tables.paths[&path];
    let holder = row.holder.map(|holder| tables.operations[&holder].kind);
    let moves = tables.splits.keys().any(|split| tables.operations[split].path == path);
    row.kind == PathKind::Table
        && !moves
        && index::index_of(tables, path).is_none()
        && matches!(holder, None | Some(OperationKind::Restore | OperationKind::Backup))
}

fn drop_by_force(ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>, path: PathId, outbox: &mut Outbox) {
    let holder = txn.tables().paths[&path].holder;
    let tables = index::with_indexes(txn.tables(), path);
    let indexes: Vec<PathId> = index::indexes(txn.tables(), path).map(|(index, _)| index).collect();
    for gone in tables.iter().rev().chain(&indexes) {
        ss.tree.drop_path(txn, *gone);
    }
    let tx_id = by_load::own_tx_id(txn);
    txn.put::<Requests>(tx_id, RequestRow { content: Vec::new(), status: Status::Accepted });
    let row = OperationRow { kind: OperationKind::DropTable, phase: Phase::DeleteShards, round: 0, path, tables };
    operation::begin(ss, txn, tx_id.operation(), row, outbox);
    if let Some(holder) = holder {
        tell(txn.tables(), holder, outbox);
    }
}

/// A restore looks at once; a backup finds out when a phase ends.
fn tell(tables: &SchemeShardTables, holder: OperationId, outbox: &mut Outbox) {
    if tables.operations[&holder].kind == OperationKind::Restore {
        outbox.note(Private::Verdict { operation: holder });
    }
}
