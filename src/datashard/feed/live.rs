//! The feed of one index: reads the queue into its change sender, and asks SchemeShard where
//! the index table lives.
//!
//! ```text
//!   Unknown ──ask──> Asked ──answer──> Known ──partition lost──> Waiting ──due──> Asked
//!                      └──────────────pipe broke───────────────────^
//! ```
//!
//! It never ends by itself: the pipes to the index shards stay open for the next write.

use crate::datashard::feed::Goes;
use crate::datashard::private::DataShardPrivate;
use crate::datashard::scan::{Desk, ScanEnd, ScanId};
use crate::datashard::schema::{DataShardTables, IndexRecordKey};
use crate::datashard::sender::{ChangeSender, Need, Prefix, size};
use crate::ids::{PathId, SECOND_US, TabletId};
use crate::index::INDEX_FEED;
use crate::message::{Change, Origin, Resolution, SchemeShardMessage};
use crate::tablet::{PipeEnd, Wait};

/// How long a feed waits before it resolves its index table again.
const RESOLVE_RETRY_US: u64 = SECOND_US;

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
enum Resolve {
    Unknown,
    Asked,
    Known,
    Waiting {
        round: u64,
    },
    /// The index table is dropped, and this table with it.
    Gone,
}

/// See the module.
///
/// * `admitted` is the number of the last record admitted to the sender.
#[derive(Clone, Debug, Hash)]
pub(in crate::datashard) struct Feed {
    id: ScanId,
    index: PathId,
    schemeshard: TabletId,
    pub(in crate::datashard) sender: ChangeSender,
    resolve: Resolve,
    rounds: u64,
    admitted: u64,
}

impl Feed {
    /// A feed that begins with the first record in the queue.
    pub(super) fn new(id: ScanId, index: PathId, origin: Origin, tables: &DataShardTables) -> Feed {
        let row = &tables.index_feeds[&index];
        let first = tables.index_queue.range(IndexRecordKey { index, order: 0 }..).next();
        let queued = first.filter(|(key, _)| key.index == index).map(|(key, _)| key.order);
        let admitted = queued.map_or(row.last_order, |order| order - 1);
        let prefix = Prefix { order: admitted, ..Prefix::default() };
        let sender = ChangeSender::new(id, origin, index, prefix);
        Feed { id, index, schemeshard: row.schemeshard, sender, resolve: Resolve::Unknown, rounds: 0, admitted }
    }

    /// Which timers and pipes are its own.
    pub(super) fn id(&self) -> ScanId {
        self.id
    }

    /// The number up to which every record is acknowledged as durable.
    pub(super) fn acknowledged(&self) -> u64 {
        self.sender.window().prefix().order
    }

    /// SchemeShard says where the index table lives.
    pub(in crate::datashard) fn resolved(&mut self, answer: Resolution, desk: &mut Desk<'_>) -> Goes {
        match (self.resolve, answer) {
            (Resolve::Asked, Resolution::Table { schema, partitions }) => {
                self.resolve = Resolve::Known;
                desk.out.close_resolver(self.id);
                self.sender.resolved(schema.version, partitions, desk);
            }
            (Resolve::Asked, Resolution::Gone) => self.resolve = Resolve::Gone,
            (Resolve::Unknown | Resolve::Known | Resolve::Waiting { .. } | Resolve::Gone, _) => {}
        }
        Goes::On
    }

    /// The pipe to SchemeShard is gone; it may be asked again after a while.
    pub(in crate::datashard) fn resolver_lost(&mut self, delay_us: u64, end: PipeEnd, desk: &mut Desk<'_>) -> Goes {
        match (self.resolve, end) {
            (Resolve::Asked, PipeEnd::Broken) => self.ask_later(delay_us, desk),
            (Resolve::Asked, PipeEnd::Deleted) => self.resolve = Resolve::Gone,
            (Resolve::Unknown | Resolve::Known | Resolve::Waiting { .. } | Resolve::Gone, _) => {}
        }
        Goes::On
    }

    /// A wait to resolve again is over.
    pub(in crate::datashard) fn resolve_due(&mut self, round: u64, desk: &mut Desk<'_>) -> Goes {
        if self.resolve == (Resolve::Waiting { round }) {
            self.ask(desk);
        }
        Goes::On
    }

    /// Does what the sender needs.
    pub(in crate::datashard) fn serve(&mut self, need: Need, desk: &mut Desk<'_>) -> Goes {
        match (need, self.resolve) {
            (Need::End(ScanEnd::Superseded), _) => return Goes::Superseded,
            (Need::Resolve | Need::End(_), Resolve::Known) => self.ask_later(RESOLVE_RETRY_US, desk),
            (Need::Nothing | Need::Resolve | Need::End(_), _) => {}
        }
        Goes::On
    }

    /// After each event: takes from the queue what there is room for, and sends.
    pub(super) fn go_on(&mut self, desk: &mut Desk<'_>) {
        if self.resolve == Resolve::Unknown {
            self.ask(desk);
        }
        if self.sender.has_partitions() {
            self.admit(desk);
            self.sender.flush(desk);
        }
        assert!(self.acknowledged() <= self.admitted, "only records that were sent are acknowledged");
    }

    /// What its records wait for, if there are any.
    pub(super) fn waits(&self) -> Vec<Wait> {
        if self.sender.is_empty() && self.resolve != Resolve::Asked {
            return Vec::new();
        }
        let wait = |what: String, kind, peer| Wait {
            operation: INDEX_FEED,
            what: format!("{what} for records of the index {}", self.index),
            kinds: vec![kind],
            peer: Some(peer),
        };
        let resolve = match self.resolve {
            Resolve::Asked => Some(wait("the place of its table".to_owned(), "Resolved", self.schemeshard)),
            Resolve::Waiting { .. } => Some(wait("the next resolve".to_owned(), "ResolveDue", self.schemeshard)),
            Resolve::Unknown | Resolve::Known | Resolve::Gone => None,
        };
        let sender = self.sender.waits().map(|(tablet, kind)| wait(format!("{kind} of {tablet}"), kind, tablet));
        resolve.into_iter().chain(sender).collect()
    }

    fn admit(&mut self, desk: &mut Desk<'_>) {
        let next = |order| IndexRecordKey { index: self.index, order };
        for (key, record) in desk.tables.index_queue.range(next(self.admitted + 1)..=next(u64::MAX)) {
            let change = Change { order: key.order, key: record.change.key.clone(), body: record.change.body.clone() };
            let bytes = size(&change);
            if !self.sender.has_room(&desk.config, bytes) {
                break;
            }
            self.admitted = change.order;
            self.sender.admit(change, bytes);
            desk.counters.records_enqueued += 1;
        }
    }

    fn ask(&mut self, desk: &mut Desk<'_>) {
        self.resolve = Resolve::Asked;
        let question = SchemeShardMessage::ResolveTable { operation: INDEX_FEED, path_id: self.index };
        desk.out.resolve(self.id, self.schemeshard, question);
    }

    fn ask_later(&mut self, delay_us: u64, desk: &mut Desk<'_>) {
        self.rounds += 1;
        self.resolve = Resolve::Waiting { round: self.rounds };
        let session = self.sender.origin().session;
        let due = DataShardPrivate::ResolveDue { scan: self.id, session, round: self.rounds };
        desk.out.later(delay_us, due);
    }
}
