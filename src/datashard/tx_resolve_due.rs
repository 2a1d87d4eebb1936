//! A scan's wait to resolve its destination again is over.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::scan::ScanId;
use crate::datashard::schema::DataShardTables;
use crate::local_db::Txn;

/// A scan's wait to resolve its destination again is over.
#[derive(Clone, Debug, Hash)]
pub struct TxResolveDue {
    pub(super) scan: ScanId,
    pub(super) session: u64,
    pub(super) round: u64,
    pub(super) out: Outgoing,
}

impl TxResolveDue {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        let round = self.round;
        if let Some(index) = shard.feeding.of_id(self.scan, self.session) {
            return shard.on_feed(index, txn, &mut self.out, |feed, desk| feed.resolve_due(round, desk));
        }
        shard.on_scan(self.scan, Some(self.session), txn, &mut self.out, |scan, desk| scan.resolve_due(round, desk));
    }
}
