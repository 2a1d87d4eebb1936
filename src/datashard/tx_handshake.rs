//! A change sender of another shard opens a session here. YDB: `TTxChangeExchangeHandshake`.
//!
//! The session is durable before the answer: what an older sender still has under way is
//! refused from then on, so the order given in the answer cannot be overtaken.
//!
//! Left out: handshakes that carry the range of a split parent.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::receiver::{judge_handshake, order_key};
use crate::datashard::schema::{DataShardTables, Lineages, OrderRow, Orders};
use crate::ids::ServerId;
use crate::local_db::Txn;
use crate::message::{DataShardMessage, ExchangeStatus, Handshake, Origin};
use crate::quirk::{Quirk, Quirks};

/// A change sender of another shard opens a session here.
#[derive(Clone, Debug, Hash)]
pub struct TxHandshake {
    pub(super) server: ServerId,
    pub(super) handshake: Handshake,
    pub(super) out: Outgoing,
}

impl TxHandshake {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        let origin = self.handshake.origin;
        let status = judge_handshake(txn.tables(), &self.handshake);
        let last_record_order = match status {
            ExchangeStatus::Ok => open(&origin, shard.info.quirks, txn),
            ExchangeStatus::StaleGeneration | ExchangeStatus::StaleSession => {
                shard.counters.stale_sessions += 1;
                0
            }
            _ => 0,
        };
        let operation = origin.operation.0;
        tracing::debug!(operation, incremental = origin.incremental_idx, %status, last_record_order, "handshake");
        let tablet = shard.info.tablet;
        let answer = DataShardMessage::HandshakeAnswer { origin, tablet, status, last_record_order };
        self.out.answer_origin(self.server, answer);
    }
}

/// Opens the session, and its increment if it is the first to; returns the last order applied.
fn open(origin: &Origin, quirks: Quirks, txn: &mut Txn<'_, DataShardTables>) -> u64 {
    let key = order_key(origin);
    let mut known = txn.get::<Orders>(&key).copied();
    if quirks.has(Quirk::ResetOrderOnGeneration) {
        // A new incarnation of the origin is taken for one that has sent nothing yet.
        known = known.filter(|row| row.generation == origin.generation);
    }
    let older = known.is_none_or(|row| (row.generation, row.session) <= (origin.generation, origin.session));
    assert!(older, "sessions of one origin only grow: {origin}");
    let last_record_order = known.map_or(0, |row| row.last_record_order);
    let row = OrderRow { last_record_order, generation: origin.generation, session: origin.session };
    if known != Some(row) {
        txn.put::<Orders>(key, row);
    }
    if origin.is_index_feed() {
        return last_record_order;
    }
    let lineage = txn.get::<Lineages>(&origin.operation).copied().expect("a handshake never creates a lineage");
    assert!(!lineage.ended, "nobody opens a session after the end");
    if lineage.opened < Some(origin.incremental_idx) {
        txn.update::<Lineages>(&origin.operation, |row| row.opened = Some(origin.incremental_idx));
    }
    last_record_order
}
