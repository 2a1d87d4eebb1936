//! The pipe to an heir was lost some time ago: it is sent its image again.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::schema::DataShardTables;
use crate::ids::TabletId;
use crate::local_db::Txn;

/// An heir is sent its image again.
#[derive(Clone, Debug, Hash)]
pub struct TxHandoverDue {
    pub(super) heir: TabletId,
    pub(super) out: Outgoing,
}

impl TxHandoverDue {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        shard.send_image(self.heir, txn, &mut self.out);
    }
}
