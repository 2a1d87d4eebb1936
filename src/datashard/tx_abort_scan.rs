//! Every live scan is terminated, as YDB does for want of memory or when a table goes. A
//! terminated scan must report like any other that could not go on.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::scan::ScanEnd;
use crate::datashard::schema::DataShardTables;
use crate::local_db::Txn;
use crate::message::ScanStatus;
use crate::quirk::Quirk;

/// Every live scan is terminated, and reports so.
#[derive(Clone, Debug, Hash)]
pub struct TxAbortScan {
    pub(super) status: ScanStatus,
    pub(super) cause: String,
    pub(super) out: Outgoing,
}

impl TxAbortScan {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        for id in shard.live_scans() {
            let why = format!("scan terminated: {}", self.cause);
            // YDB's cancelled scan just went away, and nobody was told.
            let silent = shard.info.quirks.has(Quirk::CancelledScanSilent);
            let end = if silent { ScanEnd::Silent } else { ScanEnd::Failed(self.status, why) };
            shard.on_scan(id, None, txn, &mut self.out, |_, _| Some(end));
        }
    }
}
