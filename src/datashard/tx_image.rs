//! An heir takes over what one of its parents had, in one commit. YDB: `TTxSplitTransferSnapshot`
//! at the receiving shard.
//!
//! The same image again is acknowledged and changes nothing, also after the heir serves.

use crate::datashard::DataShard;
use crate::datashard::fences::Fences;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::schema::{DataShardTables, Heir};
use crate::datashard::succession::adopt;
use crate::ids::{OperationId, ServerId, TabletId};
use crate::local_db::{Only, Txn};
use crate::message::{DataShardMessage, unpack};

/// An heir takes over what one of its parents had.
#[derive(Clone, Debug, Hash)]
pub struct TxImage {
    pub(super) server: ServerId,
    pub(super) operation: OperationId,
    pub(super) parent: TabletId,
    pub(super) tables: Vec<u8>,
    pub(super) out: Outgoing,
}

impl TxImage {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        let wanted = txn
            .get::<Heir>(&Only)
            .filter(|heir| heir.operation == self.operation && heir.missing.contains(&self.parent))
            .cloned();
        if let Some(mut heir) = wanted {
            assert!(!heir.active, "an heir serves when it has every image");
            let image: DataShardTables = unpack(&self.tables).expect("a parent packs its tables");
            adopt(txn, &image, heir.missing.len() == heir.parents.len());
            heir.missing.remove(&self.parent);
            txn.put::<Heir>(Only, heir);
            shard.fences = Fences::of(txn.tables());
        }
        let taken = DataShardMessage::ImageTaken { operation: self.operation, tablet: shard.info.tablet };
        self.out.answer_origin(self.server, taken);
    }
}
