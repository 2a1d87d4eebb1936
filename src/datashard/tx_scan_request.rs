//! SchemeShard asks for a scan, for the first time or again. YDB:
//! `TEvRestoreMultipleIncrementalBackups`.
//!
//! Left out: a queue; the scan starts in this transaction.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::scan::{Relation, Scan, ScanId, relation, report_message};
use crate::datashard::schema::{DataShardTables, SchemeOps};
use crate::ids::ServerId;
use crate::local_db::Txn;
use crate::message::ScanRequest;

/// SchemeShard asks for a scan, for the first time or again.
#[derive(Clone, Debug, Hash)]
pub struct TxScanRequest {
    pub(super) server: ServerId,
    pub(super) request: ScanRequest,
    pub(super) out: Outgoing,
}

impl TxScanRequest {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        let request = self.request.clone();
        let id = ScanId::of(&request);
        let over = txn.get::<SchemeOps>(&request.tx_id).is_some_and(|row| row.scans_over);
        if over || shard.superseded {
            shard.counters.stale_requests += 1;
            return;
        }
        let identity = |request: &ScanRequest| (request.schemeshard_generation, request.attempt);
        let known = shard.scans.get(&id).map(Scan::request);
        match known.map(|known| relation(identity(known), identity(&request))) {
            None => shard.start_scan(request, self.server, txn, &mut self.out),
            Some(Relation::Same) => self.again(shard),
            Some(Relation::Adopts) => {
                shard.counters.scans_adopted += 1;
                self.again(shard);
            }
            Some(Relation::Replaces) => {
                shard.forget_scan(id, &mut self.out);
                shard.start_scan(request, self.server, txn, &mut self.out);
            }
            Some(Relation::Older) => shard.counters.stale_requests += 1,
        }
    }

    /// A live scan reports to the new connection from now on; a finished one does so at once.
    fn again(&mut self, shard: &mut DataShard) {
        assert!(!shard.superseded, "a superseded incarnation answers no scan request");
        match shard.scans.get_mut(&ScanId::of(&self.request)).expect("the scan was just found") {
            Scan::Live(live) => live.bind(self.request.clone(), self.server),
            Scan::Finished(finished) => {
                finished.0.schemeshard_generation = self.request.schemeshard_generation;
                finished.1.schemeshard_generation = self.request.schemeshard_generation;
                let message = report_message(&finished.0.work, finished.1.clone());
                self.out.answer_schemeshard(self.server, message);
            }
        }
    }
}
