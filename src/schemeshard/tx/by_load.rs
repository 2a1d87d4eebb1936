//! SchemeShard splits or merges shards of itself. YDB decides so from the shards' statistics, in
//! `TTxPartitionHistogram` and `TTxStoreTableStats`; here a host says which, as a fault.
//!
//! Nobody waits for it: what cannot be done now is not done, and nobody is told.

use crate::ids::{TabletId, TxId};
use crate::local_db::Txn;
use crate::message::{ClientMessage, Request, Status};
use crate::row::{Key, TableSchema, Value};
use crate::schemeshard::outbox::Outbox;
use crate::schemeshard::schema::{Requests, SchemeShardTables, TableRow};
use crate::schemeshard::tx::Private;
use crate::schemeshard::{SchemeShard, propose, tree};

/// The first request id that SchemeShard gives itself; clients' are far below.
const FIRST_OWN: u64 = 1 << 40;

/// The next request id that SchemeShard gives itself.
pub(super) fn own_tx_id(txn: &Txn<'_, SchemeShardTables>) -> TxId {
    let last = txn.range::<Requests>(TxId(FIRST_OWN)..).next_back().map(|(tx_id, _)| tx_id.0);
    TxId(last.map_or(FIRST_OWN, |last| last + 1))
}

/// Reads `SplitByLoad:SHARD:KEY` or `MergeByLoad:SHARD:SHARD`; a key of several columns is
/// written `a,1`.
pub(super) fn injection(text: &str) -> Option<Private> {
    let shard = |text: &str| text.strip_prefix('t')?.parse().ok().map(TabletId);
    match text.splitn(3, ':').collect::<Vec<_>>()[..] {
        ["SplitByLoad", one, key] => Some(Private::ByLoad { shards: vec![shard(one)?], key: key.to_owned() }),
        ["MergeByLoad", one, other] => {
            Some(Private::ByLoad { shards: vec![shard(one)?, shard(other)?], key: String::new() })
        }
        _ => None,
    }
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct ByLoad {
    pub(super) shards: Vec<TabletId>,
    pub(super) key: String,
    pub(super) outbox: Outbox,
}

impl ByLoad {
    pub(super) fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        let Some(request) = self.request(txn.tables()) else {
            return tracing::debug!(key = self.key, "nothing to split or merge");
        };
        let tx_id = own_tx_id(txn);
        let answer = propose::propose(ss, txn, tx_id, &request, &mut self.outbox);
        if let ClientMessage::ProposeAnswer { status, reason, .. } = answer
            && status != Status::Accepted
        {
            tracing::debug!(%status, reason, "no split or merge by load");
        }
    }

    fn request(&self, tables: &SchemeShardTables) -> Option<Request> {
        let has = |row: &TableRow| row.partitions.iter().any(|part| Some(&part.tablet) == self.shards.first());
        let (path, table) = tables.tables.iter().find(|(_, row)| has(row))?;
        let boundaries = match self.key.as_str() {
            "" => Vec::new(),
            text => vec![key_of(&table.schema, text)?],
        };
        let (path, shards) = (tree::absolute(tables, *path), self.shards.clone());
        Some(Request::SplitMergeTable { path, shards, boundaries, by_load: true })
    }
}

fn key_of(schema: &TableSchema, text: &str) -> Option<Key> {
    let values = schema.key_columns().zip(text.split(',')).map(|(column, text)| Value::parse(column.ty, text).ok());
    values.collect()
}
