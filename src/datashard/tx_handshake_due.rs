//! A change sender's wait to connect to a partition again is over.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::scan::ScanId;
use crate::datashard::schema::DataShardTables;
use crate::ids::TabletId;
use crate::local_db::Txn;

/// A change sender's wait to connect to a partition again is over.
#[derive(Clone, Debug, Hash)]
pub struct TxHandshakeDue {
    pub(super) scan: ScanId,
    pub(super) session: u64,
    pub(super) tablet: TabletId,
    pub(super) round: u64,
    pub(super) out: Outgoing,
}

impl TxHandshakeDue {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        let (tablet, round) = (self.tablet, self.round);
        if let Some(index) = shard.feeding.of_id(self.scan, self.session) {
            return shard.on_feed(index, txn, &mut self.out, |feed, desk| {
                let need = feed.sender.handshake_due(tablet, round, desk);
                feed.serve(need, desk)
            });
        }
        shard.on_scan(self.scan, Some(self.session), txn, &mut self.out, |scan, desk| {
            let need = scan.sender.handshake_due(tablet, round, desk);
            scan.serve(need, desk)
        });
    }
}
