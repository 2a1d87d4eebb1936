//! SchemeShard says where a scan's destination lives, or that it is gone. YDB: the scheme
//! cache's answer to a change sender.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::schema::DataShardTables;
use crate::ids::{ClientId, OperationId, PathId};
use crate::local_db::Txn;
use crate::message::Resolution;

/// SchemeShard says where a scan's destination lives, or that it is gone.
#[derive(Clone, Debug, Hash)]
pub struct TxResolved {
    pub(super) client: ClientId,
    pub(super) operation: OperationId,
    pub(super) path_id: PathId,
    pub(super) resolution: Resolution,
    pub(super) out: Outgoing,
}

impl TxResolved {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        shard.resolvers.answered(self.client);
        let Some((id, _)) = shard.resolvers.owner(self.client) else {
            return;
        };
        assert_eq!(id.operation, self.operation, "a scan's own pipe brings answers to its own questions");
        let (path_id, resolution) = (self.path_id, self.resolution.clone());
        if let Some(index) = shard.feeding.of_resolver(id) {
            return shard.on_feed(index, txn, &mut self.out, |feed, desk| feed.resolved(resolution, desk));
        }
        shard.on_scan(id, None, txn, &mut self.out, |scan, desk| {
            if scan.request().dst_path_id == path_id { scan.resolved(resolution, desk) } else { None }
        });
    }
}
