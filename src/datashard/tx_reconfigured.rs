//! Settings changed while the shard runs: scans that had no room look again.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::schema::DataShardTables;
use crate::local_db::Txn;
use crate::settings::DataShardSettings;

/// Settings changed while the shard runs.
#[derive(Clone, Debug, Hash)]
pub struct TxReconfigured {
    pub(super) config: DataShardSettings,
    pub(super) out: Outgoing,
}

impl TxReconfigured {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        shard.config = self.config;
        for id in shard.live_scans() {
            shard.on_scan(id, None, txn, &mut self.out, |scan, _| {
                scan.made_room();
                None
            });
        }
        shard.feed_indexes(txn, &mut self.out);
    }
}
