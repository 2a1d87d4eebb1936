//! The receiving side of the change exchange: who may write here, and what is applied.
//!
//! * Only an operation the shard was born for may write, and only until EndRestore; a
//!   handshake never creates a lineage.
//! * Only the newest sender of an origin may write: the handshake opens its session durably,
//!   and what older ones still have under way is refused.
//! * Increments follow each other: once one is opened, lower ones are refused.
//! * A record is applied once: rows and `last_record_order` change in one commit, and
//!   an order at or below it was applied before.
//! * Whether a key belongs here is asked before its order is: a record that belongs to
//!   another shard is never "applied before".
//! * An index table takes the index records of its table's shards without a lineage, but not
//!   while a cut is being made or a restore fills it: they come again.
//!
//! What becomes of orders when shards are split and merged is told in `succession`.

use crate::datashard::schema::{DataShardTables, LineageRow, OrderKey, OrderRow, ShardRow};
use crate::datashard::succession::serving;
use crate::datashard::tx_write::{misfit_key, misfit_row};
use crate::local_db::Only;
use crate::message::{Change, ChangeBody, ExchangeStatus, Handshake, Origin, ShardRole};

/// The row that keeps how far `origin` has come.
pub(super) fn order_key(origin: &Origin) -> OrderKey {
    let Origin { operation, incremental_idx, tablet, .. } = *origin;
    OrderKey { operation, incremental_idx, origin: tablet }
}

/// Whether a sender may open a session; `Ok` if it may.
pub(super) fn judge_handshake(tables: &DataShardTables, handshake: &Handshake) -> ExchangeStatus {
    let fits = |shard: &ShardRow| {
        if shard.path_id != handshake.path_id {
            ExchangeStatus::WrongState
        } else if handshake.schema_version > shard.schema.version {
            ExchangeStatus::SchemeError
        } else {
            ExchangeStatus::Ok
        }
    };
    match serving(tables).map_or(ExchangeStatus::WrongState, fits) {
        ExchangeStatus::Ok => judge_origin(tables, &handshake.origin),
        refused => refused,
    }
}

/// Whether a sender has the newest session, so that its records may be looked at.
pub(super) fn judge_session(tables: &DataShardTables, origin: &Origin) -> ExchangeStatus {
    match judge_origin(tables, origin) {
        ExchangeStatus::Ok => {}
        refused => return refused,
    }
    let opened = tables.orders.get(&order_key(origin));
    let is_open = opened.is_some_and(|order| (order.generation, order.session) == (origin.generation, origin.session));
    if is_open { ExchangeStatus::Ok } else { ExchangeStatus::OutOfOrder }
}

fn judge_origin(tables: &DataShardTables, origin: &Origin) -> ExchangeStatus {
    if serving(tables).is_err() {
        return ExchangeStatus::WrongState;
    }
    if origin.is_index_feed() {
        return judge_index_feed(tables, origin);
    }
    let opened = match tables.lineages.get(&origin.operation) {
        None => return ExchangeStatus::UnknownLineage,
        Some(LineageRow { ended: true, .. }) => return ExchangeStatus::LineageOver,
        Some(LineageRow { opened, .. }) => *opened,
    };
    match judge_sender(tables, origin) {
        ExchangeStatus::Ok if opened > Some(origin.incremental_idx) => ExchangeStatus::StaleIncrement,
        judged => judged,
    }
}

/// An index table takes the records of its table's shards for ever.
fn judge_index_feed(tables: &DataShardTables, origin: &Origin) -> ExchangeStatus {
    match tables.shard.get(&Only) {
        Some(ShardRow { role: ShardRole::Index, .. }) => judge_sender(tables, origin),
        _ => ExchangeStatus::WrongState,
    }
}

/// Whether no newer sender of the origin has been here.
fn judge_sender(tables: &DataShardTables, origin: &Origin) -> ExchangeStatus {
    match tables.orders.get(&order_key(origin)) {
        Some(OrderRow { generation, .. }) if origin.generation < *generation => ExchangeStatus::StaleGeneration,
        Some(OrderRow { generation, session, .. }) if origin.generation == *generation && origin.session < *session => {
            ExchangeStatus::StaleSession
        }
        _ => ExchangeStatus::Ok,
    }
}

/// What one record of the newest session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Verdict {
    /// To be applied.
    New,
    /// Applied before.
    Known,
    /// Not to be applied.
    Refused(ExchangeStatus),
}

/// Judges a record; `last` is the last order applied, `before` the order before it in its message.
pub(super) fn judge_record(shard: &ShardRow, record: &Change, last: u64, before: Option<u64>) -> Verdict {
    let schema = &shard.schema;
    let misfit = misfit_key(schema, &record.key).or_else(|| match &record.body {
        ChangeBody::Upsert(cells) => misfit_row(schema, cells),
        ChangeBody::Erase => None,
    });
    if misfit.is_some() {
        Verdict::Refused(ExchangeStatus::SchemeError)
    } else if !shard.range.contains(&record.key) {
        Verdict::Refused(ExchangeStatus::WrongPartition)
    } else if before >= Some(record.order) {
        Verdict::Refused(ExchangeStatus::OutOfOrder)
    } else if record.order <= last {
        Verdict::Known
    } else {
        Verdict::New
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, judge_record};
    use crate::datashard::schema::ShardRow;
    use crate::ids::{ColumnId, PathId};
    use crate::message::{Change, ChangeBody, ExchangeStatus, ShardRole};
    use crate::row::{Column, ColumnType, Key, KeyRange, TableSchema, Value};

    fn key(k: u64) -> Key {
        Key::new([Value::Uint64(k)])
    }

    #[test]
    fn a_key_of_another_shard_is_never_known() {
        let k = Column { id: ColumnId(1), name: "k".to_owned(), ty: ColumnType::Uint64 };
        let shard = ShardRow {
            path_id: PathId(5),
            role: ShardRole::User,
            schema: TableSchema { columns: vec![k], key: vec![ColumnId(1)], version: 1 },
            range: KeyRange { from: None, to: Some(key(10)) },
        };
        let record = |k, order| Change { order, key: key(k), body: ChangeBody::Erase };
        let refused = |status| Verdict::Refused(status);
        assert_eq!(judge_record(&shard, &record(3, 8), 7, Some(7)), Verdict::New);
        assert_eq!(judge_record(&shard, &record(3, 7), 7, None), Verdict::Known);
        assert_eq!(judge_record(&shard, &record(12, 5), 7, None), refused(ExchangeStatus::WrongPartition));
        assert_eq!(judge_record(&shard, &record(3, 8), 9, Some(8)), refused(ExchangeStatus::OutOfOrder));
    }
}
