//! A user's read of rows in key order. YDB: `TEvRead`.
//!
//! It sees the newest rows, and its answer waits until they are durable. While a restore
//! fills the table it sees an unspecified mix.
//!
//! Left out: snapshots for reads, continuation tokens; a client asks again after the last key.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::schema::{DataShardTables, Rows};
use crate::datashard::succession::serving;
use crate::ids::ServerId;
use crate::local_db::Txn;
use crate::message::{ClientMessage, Status};
use crate::row::{Key, KeyRange, Row};
use std::ops::Bound;

/// A user's read of rows in key order.
#[derive(Clone, Debug, Hash)]
pub struct TxReadRange {
    pub(super) server: ServerId,
    pub(super) cookie: u64,
    pub(super) range: KeyRange,
    pub(super) limit: u64,
    pub(super) out: Outgoing,
}

impl TxReadRange {
    pub(super) fn execute(&mut self, _: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        let (status, reason) = match self.refusal(txn) {
            Some(refusal) => refusal,
            None => (Status::Success, String::new()),
        };
        let (rows, more) = if status == Status::Success { self.read(txn) } else { (Vec::new(), false) };
        self.out
            .answer_user(self.server, ClientMessage::ReadAnswer { cookie: self.cookie, status, reason, rows, more });
    }

    fn refusal(&self, txn: &Txn<'_, DataShardTables>) -> Option<(Status, String)> {
        let shard = match serving(txn.tables()) {
            Ok(shard) => shard,
            Err(why) => return Some((Status::NotAvailable, why)),
        };
        if below(self.range.from.as_ref(), self.range.to.as_ref()) {
            let meets = below(self.range.from.as_ref(), shard.range.to.as_ref())
                && below(shard.range.from.as_ref(), self.range.to.as_ref());
            let wrong_shard = || format!("wrong shard: it has {}; describe the table again", shard.range);
            return (!meets).then(|| (Status::NotAvailable, wrong_shard()));
        }
        Some((Status::InvalidParameter, format!("{} is empty", self.range)))
    }

    fn read(&self, txn: &Txn<'_, DataShardTables>) -> (Vec<(Key, Row)>, bool) {
        let from = self.range.from.as_ref().map_or(Bound::Unbounded, |key| Bound::Included(key.clone()));
        let to = self.range.to.as_ref().map_or(Bound::Unbounded, |key| Bound::Excluded(key.clone()));
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut found = txn.range::<Rows>((from, to));
        let rows: Vec<_> = found.by_ref().take(limit).map(|(key, row)| (key.clone(), row.clone())).collect();
        assert!(rows.iter().all(|(key, _)| self.range.contains(key)), "a read returns what was asked for");
        (rows, found.next().is_some())
    }
}

/// Whether a range that starts at `from` and ends before `to` can hold a key.
fn below(from: Option<&Key>, to: Option<&Key>) -> bool {
    from.is_none_or(|from| to.is_none_or(|to| from < to))
}
