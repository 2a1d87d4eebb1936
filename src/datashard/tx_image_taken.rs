//! An heir has taken its image; the last one's answer is SchemeShard's too. YDB:
//! `TTxSplitTransferSnapshotAck`.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::schema::DataShardTables;
use crate::ids::{ClientId, OperationId, TabletId};
use crate::local_db::Txn;

/// An heir has taken its image.
#[derive(Clone, Debug, Hash)]
pub struct TxImageTaken {
    pub(super) client: ClientId,
    pub(super) operation: OperationId,
    pub(super) tablet: TabletId,
    pub(super) out: Outgoing,
}

impl TxImageTaken {
    pub(super) fn execute(&mut self, shard: &mut DataShard, _: &mut Txn<'_, DataShardTables>) {
        shard.heirs.answered(self.client);
        shard.image_taken(self.tablet, &mut self.out);
    }
}
