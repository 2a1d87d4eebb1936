//! After a boot, the index records that are left in the queue are sent.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::schema::DataShardTables;
use crate::local_db::Txn;

/// After a boot, the index records that are left in the queue are sent.
#[derive(Clone, Debug, Default, Hash)]
pub struct TxFeedIndexes {
    pub(super) out: Outgoing,
}

impl TxFeedIndexes {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        shard.feed_indexes(txn, &mut self.out);
    }
}
