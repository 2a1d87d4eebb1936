//! The scans of a shard: each event finds its scan, is handled there, and whatever follows
//! from it is done before the transaction ends.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::scan::{Desk, LiveScan, Scan, ScanEnd, ScanId, report, report_message, validate};
use crate::datashard::schema::DataShardTables;
use crate::datashard::sender::Prefix;
use crate::ids::{ClientId, OperationId, ServerId};
use crate::local_db::Txn;
use crate::message::{Origin, ScanRequest, ScanResponse, ScanStatus};
use crate::quirk::Quirk;

impl DataShard {
    /// Starts a scan, or answers why none can start. Such a refusal is not kept: the same
    /// request again is judged anew.
    pub(super) fn start_scan(
        &mut self,
        request: ScanRequest,
        asker: ServerId,
        txn: &Txn<'_, DataShardTables>,
        out: &mut Outgoing,
    ) {
        let id = ScanId::of(&request);
        assert!(!self.scans.contains_key(&id), "one scan at a time for {id}");
        let origin = self.next_origin(&request);
        let desk = self.desk(txn, out);
        let started = validate(&request, desk.tables).and_then(|shard| {
            let refused = |why| (ScanStatus::BadRequest, why);
            LiveScan::new(request.clone(), asker, origin, shard, &desk).map_err(refused)
        });
        match started {
            Ok(live) => {
                self.counters.scans_started += 1;
                if self.info.quirks.has(Quirk::AckOnScanStart) {
                    // The scan is on its way, which is taken for the work being done.
                    let response = report(&request, self.info.tablet, ScanStatus::Success, None, &Prefix::default());
                    out.answer_schemeshard(asker, report_message(&request.work, response));
                }
                self.scans.insert(id, Scan::Live(Box::new(live)));
                self.on_scan(id, None, txn, out, |scan, desk| {
                    scan.start(desk);
                    None
                });
            }
            Err((status, why)) => {
                tracing::debug!(operation = id.operation.0, %status, why, "scan refused");
                let response = report(&request, self.info.tablet, status, Some(why), &Prefix::default());
                out.answer_schemeshard(asker, report_message(&request.work, response));
            }
        }
    }

    /// Lets a live scan handle an event and go on. What comes for a scan that is over, or for
    /// another session, means nothing.
    pub(super) fn on_scan(
        &mut self,
        id: ScanId,
        session: Option<u64>,
        txn: &Txn<'_, DataShardTables>,
        out: &mut Outgoing,
        event: impl FnOnce(&mut LiveScan, &mut Desk<'_>) -> Option<ScanEnd>,
    ) {
        let mine = |live: &LiveScan| session.is_none_or(|session| session == live.session());
        if !matches!(self.scans.get(&id), Some(Scan::Live(live)) if mine(live)) {
            return;
        }
        let Some(Scan::Live(mut live)) = self.scans.remove(&id) else {
            panic!("{id} was just seen to be live");
        };
        let mut desk = self.desk(txn, out);
        let end = event(&mut live, &mut desk).or_else(|| live.go_on(&mut desk));
        match end {
            None => {
                self.scans.insert(id, Scan::Live(live));
            }
            Some(end) => self.end_scan(&live, end, out),
        }
    }

    /// The live scan whose sender `origin` names, if it is live still.
    pub(super) fn scan_of(&self, origin: Origin) -> Option<ScanId> {
        self.find_live(|live| live.sender.origin() == origin)
    }

    /// The live scan whose sender has this pipe client.
    pub(super) fn scan_of_client(&self, client: ClientId) -> Option<ScanId> {
        self.find_live(|live| live.sender.has_client(client))
    }

    fn find_live(&self, wanted: impl Fn(&LiveScan) -> bool) -> Option<ScanId> {
        let found = |scan: &Scan| matches!(scan, Scan::Live(live) if wanted(live));
        self.scans.iter().find(|(_, scan)| found(scan)).map(|(id, _)| *id)
    }

    /// The ids of all live scans.
    pub(super) fn live_scans(&self) -> Vec<ScanId> {
        let live = self.scans.iter().filter(|(_, scan)| matches!(scan, Scan::Live(_)));
        live.map(|(id, _)| *id).collect()
    }

    /// The operation is over here: its scans end without a report, and reports are forgotten.
    pub(super) fn forget_scans(&mut self, operation: OperationId, out: &mut Outgoing) {
        let over: Vec<ScanId> = self.scans.keys().filter(|id| id.operation == operation).copied().collect();
        for id in over {
            self.forget_scan(id, out);
        }
    }

    /// A scan ends without a report, or its report is forgotten.
    pub(super) fn forget_scan(&mut self, id: ScanId, out: &mut Outgoing) {
        if let Some(Scan::Live(live)) = self.scans.remove(&id) {
            live.sender.close(out);
            out.close_resolver(id);
        }
    }

    fn end_scan(&mut self, live: &LiveScan, end: ScanEnd, out: &mut Outgoing) {
        let id = ScanId::of(live.request());
        tracing::debug!(operation = id.operation.0, incremental = id.incremental_idx, ?end, "scan ended");
        let verdict = match end {
            ScanEnd::Done => Some((ScanStatus::Success, None)),
            ScanEnd::Failed(status, why) => Some((self.why_ended(status), Some(why))),
            ScanEnd::Silent => None,
            ScanEnd::Superseded => {
                self.superseded = true;
                None
            }
        };
        if let Some((status, why)) = verdict {
            let response = report(live.request(), self.info.tablet, status, why, live.prefix());
            self.finish(live, response, out);
        }
        live.sender.close(out);
        out.close_resolver(id);
        if self.superseded {
            self.live_scans().into_iter().for_each(|other| self.forget_scan(other, out));
        }
    }

    fn finish(&mut self, live: &LiveScan, response: ScanResponse, out: &mut Outgoing) {
        let request = live.request().clone();
        assert!(!self.scans.contains_key(&ScanId::of(&request)), "a scan has one end");
        out.answer_schemeshard(live.asker(), report_message(&request.work, response.clone()));
        self.scans.insert(ScanId::of(&request), Scan::Finished(Box::new((request, response))));
    }

    /// The status with which a scan that could not go on is reported.
    fn why_ended(&self, status: ScanStatus) -> ScanStatus {
        if self.info.quirks.has(Quirk::AbortedScanIsSuccess) { ScanStatus::Success } else { status }
    }

    fn next_origin(&mut self, request: &ScanRequest) -> Origin {
        self.sessions += 1;
        Origin {
            tablet: self.info.tablet,
            generation: self.info.generation,
            session: self.sessions,
            operation: request.tx_id,
            incremental_idx: request.incremental_idx,
        }
    }

    /// What a scan or a feed may use of this shard.
    pub(super) fn desk<'a>(&'a mut self, txn: &'a Txn<'_, DataShardTables>, out: &'a mut Outgoing) -> Desk<'a> {
        Desk {
            tablet: self.info.tablet,
            now: txn.steady(),
            config: self.config,
            quirks: self.info.quirks,
            tables: txn.tables(),
            clients: &mut self.clients,
            counters: &mut self.counters,
            out,
        }
    }
}
