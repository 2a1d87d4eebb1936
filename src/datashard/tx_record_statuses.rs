//! A target tells how it took records of a change sender here. YDB:
//! `TEvChangeExchange::TEvStatus`.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::schema::DataShardTables;
use crate::ids::{ClientId, TabletId};
use crate::local_db::Txn;
use crate::message::{ExchangeStatus, Origin};

/// A target tells how it took records of a change sender here.
#[derive(Clone, Debug, Hash)]
pub struct TxRecordStatuses {
    pub(super) client: ClientId,
    pub(super) origin: Origin,
    pub(super) tablet: TabletId,
    pub(super) statuses: Vec<(u64, ExchangeStatus)>,
    pub(super) out: Outgoing,
}

impl TxRecordStatuses {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        let (client, tablet, statuses) = (self.client, self.tablet, &self.statuses);
        if let Some(index) = shard.feeding.of_origin(self.origin) {
            return shard.on_feed(index, txn, &mut self.out, |feed, desk| {
                let need = feed.sender.statuses(client, tablet, statuses, desk);
                feed.serve(need, desk)
            });
        }
        let Some(id) = shard.scan_of(self.origin) else {
            return;
        };
        shard.on_scan(id, None, txn, &mut self.out, |scan, desk| {
            let need = scan.sender.statuses(client, tablet, statuses, desk);
            scan.made_room();
            scan.serve(need, desk)
        });
    }
}
