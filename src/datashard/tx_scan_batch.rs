//! A scan reads its next batch: a note of the scan to itself, so that other events come
//! between batches. YDB: `IScan::Feed`.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::scan::ScanId;
use crate::datashard::schema::DataShardTables;
use crate::local_db::Txn;

/// A scan reads its next batch.
#[derive(Clone, Debug, Hash)]
pub struct TxScanBatch {
    pub(super) scan: ScanId,
    pub(super) session: u64,
    pub(super) out: Outgoing,
}

impl TxScanBatch {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        shard.on_scan(self.scan, Some(self.session), txn, &mut self.out, |scan, desk| {
            scan.read_batch(desk);
            None
        });
    }
}
