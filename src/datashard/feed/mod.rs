//! Index feeds: how users' writes reach the index tables of their table.
//!
//! ```text
//!   write ──one commit──> [ rows ] + [ index queue ]
//!     ▲                                  │ change sender, in order
//!     │                                  ▼
//!     └── answered ── queue row goes <── index shard: record and its order, one commit
//! ```
//!
//! * The commit that changes a row also queues what changes in each index: the old key goes,
//!   the new one comes. A write that leaves the indexed columns as they are queues nothing.
//! * A feed sends the queue of one index, in order, through the change sender that restores
//!   use. A record is named by (shard, order), and the index shard applies it once.
//! * A queue row goes when the index shard has acknowledged it as durable. The write is
//!   answered when none of its rows is left, so whoever has an answer finds it in the index.
//! * `Prepare` of a cut is answered when the queue is empty: what was written before the cut
//!   is in the index tables too. The index shards are prepared after that.
//! * Queue and numbers are durable, feeds are memory: after a boot the queue is sent again.
//!
//! * A shard that is split or merged hands over when the queue is empty, for the same reason.
//!
//! Records that restore or backup a table feed nothing: index tables are restored from their
//! own backup.
//!
//! Left out: YDB's distributed transaction over table and index, in which nobody can see the
//! one without the other; here a reader of the table may be ahead of a reader of the index.

mod live;

use crate::datashard::DataShard;
use crate::datashard::feed::live::Feed;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::scan::{Desk, ScanId};
use crate::datashard::schema::{
    ChangeRow, DataShardTables, IndexFeeds, IndexQueue, IndexRecordKey, IndexRecordRow, Rows, Shard,
};
use crate::ids::{ClientId, OperationId, PathId, ServerId, TxId};
use crate::index::{INDEX_FEED, index_key};
use crate::local_db::{Only, Txn};
use crate::message::{ChangeBody, ClientMessage, Origin, SchemeShardMessage, Status, StepAnswer};
use crate::row::{Key, Row};
use crate::tablet::Wait;
use std::collections::{BTreeMap, BTreeSet};

/// The feeds of this incarnation, and who is answered when the queue is empty.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Feeding {
    feeds: BTreeMap<PathId, Feed>,
    writes: BTreeMap<TxId, BTreeSet<ServerId>>,
    prepares: BTreeMap<OperationId, (ServerId, StepAnswer)>,
}

/// Whether a feed goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goes {
    On,
    /// A newer incarnation of this shard is at work.
    Superseded,
}

impl Feeding {
    /// The write is answered when the indexes have it.
    pub(super) fn owe_write(&mut self, write: TxId, server: ServerId) {
        self.writes.entry(write).or_default().insert(server);
    }

    /// The step is answered when the queue is empty.
    pub(super) fn owe_prepare(&mut self, server: ServerId, answer: StepAnswer) {
        self.prepares.insert(answer.operation, (server, answer));
    }

    /// The index whose sender `origin` names.
    pub(super) fn of_origin(&self, origin: Origin) -> Option<PathId> {
        self.find(|feed| feed.sender.origin() == origin)
    }

    /// The index whose timer this is.
    pub(super) fn of_id(&self, id: ScanId, session: u64) -> Option<PathId> {
        self.find(|feed| feed.id() == id && feed.sender.origin().session == session)
    }

    /// The index whose pipe to SchemeShard this is.
    pub(super) fn of_resolver(&self, id: ScanId) -> Option<PathId> {
        self.find(|feed| feed.id() == id)
    }

    /// The index whose sender has this pipe client.
    pub(super) fn of_client(&self, client: ClientId) -> Option<PathId> {
        self.find(|feed| feed.sender.has_client(client))
    }

    /// What index records wait for.
    pub(super) fn waits(&self) -> impl Iterator<Item = Wait> {
        self.feeds.values().flat_map(Feed::waits)
    }

    fn find(&self, wanted: impl Fn(&Feed) -> bool) -> Option<PathId> {
        self.feeds.iter().find(|(_, feed)| wanted(feed)).map(|(index, _)| *index)
    }
}

impl DataShard {
    /// Whether index records of a write are not acknowledged yet.
    pub(super) fn waits_for_indexes(&self, write: TxId, txn: &Txn<'_, DataShardTables>) -> bool {
        txn.tables().index_queue.values().any(|record| record.write == write)
    }

    /// Sends what is queued for indexes.
    pub(super) fn feed_indexes(&mut self, txn: &mut Txn<'_, DataShardTables>, out: &mut Outgoing) {
        let queued: BTreeSet<PathId> = txn.tables().index_queue.keys().map(|key| key.index).collect();
        for index in queued {
            self.on_feed(index, txn, out, |_, _| Goes::On);
        }
    }

    /// Lets the feed of an index handle an event and go on; then what was acknowledged leaves
    /// the queue, and who waited for it is answered.
    pub(super) fn on_feed(
        &mut self,
        index: PathId,
        txn: &mut Txn<'_, DataShardTables>,
        out: &mut Outgoing,
        event: impl FnOnce(&mut Feed, &mut Desk<'_>) -> Goes,
    ) {
        if self.superseded {
            return;
        }
        let mut feed = self.feeding.feeds.remove(&index).unwrap_or_else(|| self.new_feed(index, txn.tables()));
        let mut desk = self.desk(txn, out);
        if event(&mut feed, &mut desk) == Goes::Superseded {
            self.superseded = true;
            feed.sender.close(out);
            return out.close_resolver(feed.id());
        }
        feed.go_on(&mut desk);
        let acknowledged = feed.acknowledged();
        self.feeding.feeds.insert(index, feed);
        self.forget_records(index, acknowledged, txn, out);
    }

    fn new_feed(&mut self, index: PathId, tables: &DataShardTables) -> Feed {
        let at = tables.index_feeds.keys().position(|of| *of == index).expect("only an index of this table is fed");
        let sub_operation = u32::try_from(at).expect("a table has few indexes");
        let id = ScanId { operation: INDEX_FEED, incremental_idx: 0, sub_operation };
        self.sessions += 1;
        let origin = Origin {
            tablet: self.info.tablet,
            generation: self.info.generation,
            session: self.sessions,
            operation: INDEX_FEED,
            incremental_idx: 0,
        };
        Feed::new(id, index, origin, tables)
    }

    fn forget_records(&mut self, index: PathId, upto: u64, txn: &mut Txn<'_, DataShardTables>, out: &mut Outgoing) {
        let records = IndexRecordKey { index, order: 0 }..=IndexRecordKey { index, order: upto };
        let done: Vec<(IndexRecordKey, TxId)> =
            txn.range::<IndexQueue>(records).map(|(key, record)| (*key, record.write)).collect();
        for (key, _) in &done {
            txn.erase::<IndexQueue>(key);
        }
        let writes: BTreeSet<TxId> = done.iter().map(|(_, write)| *write).collect();
        for tx_id in writes {
            if self.waits_for_indexes(tx_id, txn) {
                continue;
            }
            for server in self.feeding.writes.remove(&tx_id).unwrap_or_default() {
                let (status, reason) = (Status::Success, String::new());
                out.answer_user(server, ClientMessage::WriteAnswer { tx_id, status, reason });
            }
        }
        if txn.tables().index_queue.is_empty() {
            for (server, answer) in std::mem::take(&mut self.feeding.prepares).into_values() {
                out.answer_schemeshard(server, SchemeShardMessage::StepAnswer(answer));
            }
            if !done.is_empty() {
                self.send_images(txn, out);
            }
        }
    }
}

/// Queues what a user's write of one row changes in the indexes. Called before the row is written.
pub(super) fn enqueue(txn: &mut Txn<'_, DataShardTables>, write: TxId, key: &Key, body: &ChangeBody) {
    if txn.tables().index_feeds.is_empty() {
        return;
    }
    let before = txn.get::<Rows>(key).cloned();
    let after = match body {
        ChangeBody::Upsert(cells) => {
            let mut row = before.clone().unwrap_or_default();
            row.patch(cells);
            Some(row)
        }
        ChangeBody::Erase => None,
    };
    let schema = txn.get::<Shard>(&Only).expect("only a shard with a table is written to").schema.clone();
    let feeds: Vec<_> = txn.range::<IndexFeeds>(..).map(|(index, feed)| (*index, feed.key.clone())).collect();
    for (index, columns) in feeds {
        let stands_at = |row: &Option<Row>| row.as_ref().map(|row| index_key(&schema, &columns, key, row));
        let (old, new) = (stands_at(&before), stands_at(&after));
        if old == new {
            continue;
        }
        let leaves = old.map(|key| ChangeRow { key, body: ChangeBody::Erase });
        let comes = new.map(|key| ChangeRow { key, body: ChangeBody::Upsert(Row::default()) });
        for change in leaves.into_iter().chain(comes) {
            append(txn, index, IndexRecordRow { write, change });
        }
    }
}

fn append(txn: &mut Txn<'_, DataShardTables>, index: PathId, record: IndexRecordRow) {
    let mut order = 0;
    txn.update::<IndexFeeds>(&index, |feed| {
        feed.last_order += 1;
        order = feed.last_order;
    });
    let key = IndexRecordKey { index, order };
    assert!(order > 0 && txn.get::<IndexQueue>(&key).is_none(), "an index record's number is used once: {key}");
    txn.put::<IndexQueue>(key, record);
}
