//! A pipe client of this shard is gone: of a scan to SchemeShard, of a sender to a target, or to
//! an heir.
//!
//! Whoever waited for an answer over it asks again, so that no loss is the last word.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::schema::DataShardTables;
use crate::ids::ClientId;
use crate::local_db::Txn;
use crate::quirk::Quirk;
use crate::tablet::PipeEnd;

/// A pipe client of this shard is gone.
#[derive(Clone, Debug, Hash)]
pub struct TxPipeLost {
    pub(super) client: ClientId,
    pub(super) end: PipeEnd,
    pub(super) out: Outgoing,
}

impl TxPipeLost {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        let (client, end) = (self.client, self.end);
        if let Some(lost) = shard.heirs.destroyed(client) {
            shard.heir_lost(lost.tablet, lost.delay_us, end, &mut self.out);
        } else if let Some(index) = shard.feeding.of_client(client) {
            shard.on_feed(index, txn, &mut self.out, |feed, desk| {
                let need = feed.sender.pipe_lost(client, end, desk);
                feed.serve(need, desk)
            });
        } else if let Some(lost) = shard.resolvers.destroyed(client) {
            if let Some(index) = shard.feeding.of_resolver(lost.owner) {
                return shard
                    .on_feed(index, txn, &mut self.out, |feed, desk| feed.resolver_lost(lost.delay_us, end, desk));
            }
            if shard.info.quirks.has(Quirk::PipeOwnedByScan) {
                return;
            }
            shard.on_scan(lost.owner, None, txn, &mut self.out, |scan, desk| {
                scan.resolver_lost(lost.delay_us, end, desk)
            });
        } else if let Some(id) = shard.scan_of_client(client) {
            shard.on_scan(id, None, txn, &mut self.out, |scan, desk| {
                let need = scan.sender.pipe_lost(client, end, desk);
                scan.serve(need, desk)
            });
        }
    }
}
