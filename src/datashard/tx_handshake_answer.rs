//! A target answers a handshake of a change sender here. YDB:
//! `TEvChangeExchange::TEvStatus` to a handshake.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::schema::DataShardTables;
use crate::ids::{ClientId, TabletId};
use crate::local_db::Txn;
use crate::message::{ExchangeStatus, Origin};

/// A target answers a handshake of a change sender here.
#[derive(Clone, Debug, Hash)]
pub struct TxHandshakeAnswer {
    pub(super) client: ClientId,
    pub(super) origin: Origin,
    pub(super) tablet: TabletId,
    pub(super) status: ExchangeStatus,
    pub(super) last_record_order: u64,
    pub(super) out: Outgoing,
}

impl TxHandshakeAnswer {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        let (client, tablet, answer) = (self.client, self.tablet, (self.status, self.last_record_order));
        if let Some(index) = shard.feeding.of_origin(self.origin) {
            return shard.on_feed(index, txn, &mut self.out, |feed, desk| {
                let need = feed.sender.answered(client, tablet, answer, desk);
                feed.serve(need, desk)
            });
        }
        let Some(id) = shard.scan_of(self.origin) else {
            return;
        };
        shard.on_scan(id, None, txn, &mut self.out, |scan, desk| {
            let need = scan.sender.answered(client, tablet, answer, desk);
            scan.made_room();
            scan.serve(need, desk)
        });
    }
}
