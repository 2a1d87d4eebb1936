//! A live scan: where it reads, where it sends, and whom it asks where that is.
//!
//! Three parts, each with its own small state: the cursor over the source, the change
//! sender, and the question to SchemeShard where the destination lives:
//!
//! ```text
//!   Asked ──answer──> Known ──partition lost──> Waiting ──due──> Asked
//!     └──────────────pipe broke───────────────────^ └──past the stage deadline──> Aborted
//! ```
//!
//! While a partition is lost the others go on.
//!
//! Left out: pausing a scan for want of processor time.

use crate::datashard::private::DataShardPrivate;
use crate::datashard::scan::plan::Plan;
use crate::datashard::scan::source::Source;
use crate::datashard::scan::{Desk, ScanEnd, ScanId, report, report_message};
use crate::datashard::schema::ShardRow;
use crate::datashard::sender::{ChangeSender, Need, Prefix, size};
use crate::ids::{SECOND_US, ServerId, Steady};
use crate::local_db::Only;
use crate::message::{Change, Origin, Resolution, ScanRequest, ScanStatus, SchemeShardMessage};
use crate::quirk::Quirk;
use crate::row::Key;
use crate::tablet::{PipeEnd, Wait};

/// How long a scan waits before it resolves its destination again.
const RESOLVE_RETRY_US: u64 = SECOND_US;
/// A scan reports progress after this long, or after this many batches.
const PROGRESS_EVERY_US: u64 = SECOND_US;
const PROGRESS_EVERY_BATCHES: u32 = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Resolve {
    Asked,
    Known,
    Waiting { round: u64 },
}

/// Where a scan is in its source.
#[derive(Clone, Debug, Hash)]
struct Cursor {
    after: Option<Key>,
    order: u64,
    no_more_rows: bool,
}

#[derive(Clone, Copy, Debug, Hash)]
struct Progress {
    at: Steady,
    order: u64,
    batches: u32,
}

/// See the module.
///
/// * `cursor.order` is the number of the last row admitted to the sender.
/// * `full` holds from a row that found no room until an acknowledgement.
/// * `batch_noted` holds while a note to read the next batch is on its way.
#[derive(Clone, Debug, Hash)]
pub(in crate::datashard) struct LiveScan {
    id: ScanId,
    request: ScanRequest,
    asker: ServerId,
    source: Source,
    cursor: Cursor,
    plan: Option<Plan>,
    pub(in crate::datashard) sender: ChangeSender,
    resolve: Resolve,
    rounds: u64,
    full: bool,
    batch_noted: bool,
    reported: Progress,
    batches: u32,
}

impl LiveScan {
    /// A scan that begins where the request says.
    ///
    /// # Errors
    /// The row to resume after does not have the number given.
    pub(in crate::datashard) fn new(
        request: ScanRequest,
        asker: ServerId,
        origin: Origin,
        shard: &ShardRow,
        desk: &Desk<'_>,
    ) -> Result<LiveScan, String> {
        let id = ScanId::of(&request);
        let source = Source::of(&request, shard, desk.tables);
        let prefix = skipped(&request, &source, desk)?;
        let no_more_rows = source.after(desk.tables, prefix.key.as_ref()).peek().is_none();
        let cursor = Cursor { after: prefix.key.clone(), order: prefix.order, no_more_rows };
        let reported = Progress { at: desk.now, order: prefix.order, batches: 0 };
        let sender = ChangeSender::new(id, origin, request.dst_path_id, prefix);
        Ok(LiveScan {
            id,
            request,
            asker,
            source,
            cursor,
            plan: None,
            sender,
            resolve: Resolve::Known,
            rounds: 0,
            full: false,
            batch_noted: false,
            reported,
            batches: 0,
        })
    }

    /// The newest request.
    pub(in crate::datashard) fn request(&self) -> &ScanRequest {
        &self.request
    }

    /// Whom to report to.
    pub(in crate::datashard) fn asker(&self) -> ServerId {
        self.asker
    }

    /// Its session, which no other scan of this incarnation has.
    pub(in crate::datashard) fn session(&self) -> u64 {
        self.sender.origin().session
    }

    /// The longest acknowledged prefix.
    pub(in crate::datashard) fn prefix(&self) -> &Prefix {
        self.sender.window().prefix()
    }

    /// The same attempt is asked for again: from now on it reports there.
    pub(in crate::datashard) fn bind(&mut self, request: ScanRequest, asker: ServerId) {
        assert_eq!(request.attempt, self.request.attempt, "only the same attempt goes on for another asker");
        let (known, asking) = (self.request.schemeshard_generation, request.schemeshard_generation);
        assert!(known <= asking, "an older SchemeShard takes no scan over");
        self.request.schemeshard_generation = asking;
        self.request.stage_deadline = request.stage_deadline;
        self.asker = asker;
    }

    /// The first thing a scan that has rows does.
    pub(in crate::datashard) fn start(&mut self, desk: &mut Desk<'_>) {
        if !self.cursor.no_more_rows {
            self.ask(desk);
        }
    }

    /// SchemeShard says where the destination lives.
    pub(in crate::datashard) fn resolved(&mut self, answer: Resolution, desk: &mut Desk<'_>) -> Option<ScanEnd> {
        if self.resolve != Resolve::Asked {
            return None;
        }
        let (schema, partitions) = match answer {
            Resolution::Table { schema, partitions } => (schema, partitions),
            Resolution::Gone => {
                let why = format!("the destination {} or the operation is gone", self.request.dst_path_id);
                return Some(ScanEnd::Failed(ScanStatus::Aborted, why));
            }
        };
        let shard = desk.tables.shard.get(&Only).expect("a shard that scans has its table");
        match Plan::new(&self.request, &shard.schema, &schema) {
            Ok(plan) => self.plan = Some(plan),
            Err(misfit) => return Some(ScanEnd::Failed(ScanStatus::SchemeError, misfit)),
        }
        self.resolve = Resolve::Known;
        self.sender.resolved(schema.version, partitions, desk);
        None
    }

    /// The pipe to SchemeShard is gone; it may be asked again after a while.
    pub(in crate::datashard) fn resolver_lost(
        &mut self,
        delay_us: u64,
        end: PipeEnd,
        desk: &mut Desk<'_>,
    ) -> Option<ScanEnd> {
        match (self.resolve, end) {
            (Resolve::Asked, PipeEnd::Broken) => {
                self.ask_later(delay_us, desk);
                None
            }
            (Resolve::Asked, PipeEnd::Deleted) => {
                let why = format!("{} is deleted: nobody knows the destination", self.request.schemeshard_id);
                Some(ScanEnd::Failed(ScanStatus::Aborted, why))
            }
            (Resolve::Known | Resolve::Waiting { .. }, PipeEnd::Broken | PipeEnd::Deleted) => None,
        }
    }

    /// A wait to resolve again is over.
    pub(in crate::datashard) fn resolve_due(&mut self, round: u64, desk: &mut Desk<'_>) -> Option<ScanEnd> {
        if self.resolve != (Resolve::Waiting { round }) {
            return None;
        }
        if self.request.stage_deadline.is_some_and(|deadline| deadline <= desk.now) {
            let why = format!("{} was not reached before the stage deadline", self.request.dst_path_id);
            return Some(ScanEnd::Failed(ScanStatus::Aborted, why));
        }
        self.ask(desk);
        None
    }

    /// Does what the sender needs.
    pub(in crate::datashard) fn serve(&mut self, need: Need, desk: &mut Desk<'_>) -> Option<ScanEnd> {
        match (need, self.resolve) {
            (Need::End(end), _) => return Some(end),
            (Need::Resolve, Resolve::Known) => self.ask_later(RESOLVE_RETRY_US, desk),
            (Need::Nothing, _) | (Need::Resolve, Resolve::Asked | Resolve::Waiting { .. }) => {}
        }
        None
    }

    /// Reads one batch into the sender.
    pub(in crate::datashard) fn read_batch(&mut self, desk: &mut Desk<'_>) {
        self.batch_noted = false;
        assert!(!self.cursor.no_more_rows, "a scan that has read everything notes no batch");
        let plan = self.plan.as_ref().expect("a scan reads once it knows its destination");
        let limit = usize::try_from(desk.config.scan_batch_bytes).unwrap_or(usize::MAX);
        let (mut rows, mut bytes) = (0, 0);
        let mut source = self.source.after(desk.tables, self.cursor.after.as_ref());
        while let Some(row) = source.peek()
            && rows < desk.config.scan_batch_rows
            && (rows == 0 || bytes + row.size() <= limit)
        {
            let change = Change { order: self.cursor.order + 1, key: row.key.clone(), body: plan.body(row) };
            if !self.sender.has_room(&desk.config, size(&change)) {
                self.full = true;
                break;
            }
            (rows, bytes) = (rows + 1, bytes + row.size());
            self.cursor.order = change.order;
            self.cursor.after = Some(change.key.clone());
            self.sender.admit(change, row.size());
            source.next();
        }
        self.cursor.no_more_rows = source.peek().is_none();
        self.batches += 1;
        desk.counters.records_enqueued += rows.unsigned_abs();
        tracing::debug!(operation = self.id.operation.0, incremental = self.id.incremental_idx, rows, bytes, "batch");
    }

    /// After each event: sends what may be sent, then ends, reports or reads on.
    pub(in crate::datashard) fn go_on(&mut self, desk: &mut Desk<'_>) -> Option<ScanEnd> {
        self.sender.flush(desk);
        if self.is_finished(desk) {
            return Some(ScanEnd::Done);
        }
        self.report_progress(desk);
        if self.sender.has_room(&desk.config, 0) && self.plan.is_some() && !self.cursor.no_more_rows && !self.full {
            self.note_batch(desk);
        }
        None
    }

    /// A record was acknowledged, or the limits changed: there may be room again.
    pub(in crate::datashard) fn made_room(&mut self) {
        self.full = false;
    }

    /// What it waits for, for the wait-for chain.
    pub(in crate::datashard) fn waits(&self) -> Vec<Wait> {
        let wait = |what: String, kind, peer| Wait {
            operation: self.id.operation,
            what: format!("{what} for the scan of increment {}", self.id.incremental_idx),
            kinds: vec![kind],
            peer: Some(peer),
        };
        let schemeshard = self.request.schemeshard_id;
        let resolve = match self.resolve {
            Resolve::Asked => Some(wait("the place of the destination".to_owned(), "Resolved", schemeshard)),
            Resolve::Waiting { .. } => Some(wait("the next resolve".to_owned(), "ResolveDue", schemeshard)),
            Resolve::Known => None,
        };
        let sender = self.sender.waits().map(|(tablet, kind)| wait(format!("{kind} of {tablet}"), kind, tablet));
        resolve.into_iter().chain(sender).collect()
    }

    /// Finished is: no more rows, and every record acknowledged as durable.
    fn is_finished(&self, desk: &Desk<'_>) -> bool {
        let nothing_left = if desk.quirks.has(Quirk::FinishByReadiness) {
            self.sender.has_partitions() || self.sender.is_empty()
        } else {
            self.sender.is_empty()
        };
        self.cursor.no_more_rows && nothing_left
    }

    fn report_progress(&mut self, desk: &mut Desk<'_>) {
        let order = self.prefix().order;
        let due = desk.now >= self.reported.at.plus(PROGRESS_EVERY_US)
            || self.batches >= self.reported.batches + PROGRESS_EVERY_BATCHES;
        assert!(order <= self.cursor.order, "only rows that were read are acknowledged");
        if due && order > self.reported.order {
            self.reported = Progress { at: desk.now, order, batches: self.batches };
            let response = report(&self.request, desk.tablet, ScanStatus::InProgress, None, self.prefix());
            desk.out.answer_schemeshard(self.asker, report_message(&self.request.work, response));
        }
    }

    fn note_batch(&mut self, desk: &mut Desk<'_>) {
        if !self.batch_noted {
            self.batch_noted = true;
            desk.out.later(0, DataShardPrivate::ScanBatch { scan: self.id, session: self.session() });
        }
    }

    fn ask(&mut self, desk: &mut Desk<'_>) {
        assert!(self.resolve != Resolve::Asked, "one question at a time");
        self.resolve = Resolve::Asked;
        let question =
            SchemeShardMessage::ResolveTable { operation: self.request.tx_id, path_id: self.request.dst_path_id };
        desk.out.resolve(self.id, self.request.schemeshard_id, question);
    }

    fn ask_later(&mut self, delay_us: u64, desk: &mut Desk<'_>) {
        assert!(!matches!(self.resolve, Resolve::Waiting { .. }), "one wait at a time");
        self.rounds += 1;
        self.resolve = Resolve::Waiting { round: self.rounds };
        let due = DataShardPrivate::ResolveDue { scan: self.id, session: self.session(), round: self.rounds };
        desk.out.later(delay_us, due);
    }
}

/// The rows that a resumed scan does not read again; they are counted, so that numbers and
/// bytes go on where they were.
fn skipped(request: &ScanRequest, source: &Source, desk: &Desk<'_>) -> Result<Prefix, String> {
    let (Some(start_key), Some(start_order)) = (&request.start_key, request.start_order) else {
        return Ok(Prefix::default());
    };
    let mut prefix = Prefix { order: 0, bytes: 0, key: Some(start_key.clone()) };
    if desk.quirks.has(Quirk::RenumberOnResume) {
        // What was read before does not count: the next row is number 1.
        return Ok(prefix);
    }
    for row in source.after(desk.tables, None).take_while(|row| row.key <= start_key) {
        prefix.order += 1;
        prefix.bytes += row.size() as u64;
    }
    if prefix.order != start_order {
        return Err(format!("row {start_key} has number {}, not {start_order}", prefix.order));
    }
    Ok(prefix)
}
