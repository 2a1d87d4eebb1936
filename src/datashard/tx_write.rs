//! A user's write: all of its rows or none, once. YDB: `TEvWrite`, at the shard.
//!
//! The record of the request's id and the rows are one commit, so a client that lost the
//! answer asks again and is answered the same. A refusal writes nothing and is judged anew.
//! A write that changes an index is answered when the index shards have it durably.
//!
//! Left out: reads and writes of one transaction over several shards, locks, volatile commit.

use crate::datashard::DataShard;
use crate::datashard::collector::write_row;
use crate::datashard::feed::enqueue;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::schema::{DataShardTables, ShardRow, WriteExtent, WriteRow, Writes};
use crate::datashard::succession::serving;
use crate::ids::{ServerId, TxId};
use crate::local_db::Txn;
use crate::message::{ChangeBody, ClientMessage, ShardRole, Status, WriteOp, pack};
use crate::quirk::Quirk;
use crate::row::{Key, Row, TableSchema, Value};

/// A user's write: all of its rows or none, once.
#[derive(Clone, Debug, Hash)]
pub struct TxWrite {
    pub(super) server: ServerId,
    pub(super) tx_id: TxId,
    pub(super) schema_version: u64,
    pub(super) ops: Vec<WriteOp>,
    pub(super) out: Outgoing,
}

type Refusal = (Status, String);

impl TxWrite {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        let ops: Vec<u64> = self.ops.iter().map(|op| digest(&pack(op))).collect();
        let refusal = match known(txn.get::<Writes>(&self.tx_id), &ops) {
            Known::Done => None,
            Known::Other => Some((Status::InvalidParameter, format!("{} was another write; use a new id", self.tx_id))),
            Known::Not => match check(serving(txn.tables()), shard, self.schema_version, &self.ops) {
                Some(refusal) => Some(refusal),
                None => {
                    self.write(txn, ops);
                    None
                }
            },
        };
        if refusal.is_none() && shard.waits_for_indexes(self.tx_id, txn) {
            shard.feeding.owe_write(self.tx_id, self.server);
            return shard.feed_indexes(txn, &mut self.out);
        }
        let (status, reason) = refusal.unwrap_or((Status::Success, String::new()));
        self.out.answer_user(self.server, ClientMessage::WriteAnswer { tx_id: self.tx_id, status, reason });
    }

    fn write(&self, txn: &mut Txn<'_, DataShardTables>, ops: Vec<u64>) {
        let before = txn.get::<Writes>(&self.tx_id).cloned();
        assert!(
            before.as_ref().is_none_or(|row| row.extent == WriteExtent::Part),
            "{} is done once, or was one write to several parents of a merge",
            self.tx_id
        );
        for op in &self.ops {
            match op {
                WriteOp::Upsert { key, cells } => self.write_one(txn, key, &ChangeBody::Upsert(cells.clone())),
                WriteOp::Erase { key } => self.write_one(txn, key, &ChangeBody::Erase),
            }
        }
        let mut row = before.unwrap_or(WriteRow { ops: Vec::new(), extent: WriteExtent::Whole });
        row.ops.extend(ops);
        txn.put::<Writes>(self.tx_id, row);
    }

    fn write_one(&self, txn: &mut Txn<'_, DataShardTables>, key: &Key, body: &ChangeBody) {
        enqueue(txn, self.tx_id, key, body);
        write_row(txn, key, body);
    }
}

/// Whether a write was done here, or at the shards whose rows this one took over.
#[derive(Debug, PartialEq)]
enum Known {
    Not,
    Done,
    Other,
}

/// A client that was told "wrong shard" sends the parts of a write to the heirs under the same
/// id, so an heir may know more of a write than it is asked for, and after a merge less.
fn known(row: Option<&WriteRow>, ops: &[u64]) -> Known {
    let Some(row) = row else {
        return Known::Not;
    };
    match row.extent {
        WriteExtent::Whole if row.ops == ops => Known::Done,
        WriteExtent::Inherited | WriteExtent::Part if ops.iter().all(|op| row.ops.contains(op)) => Known::Done,
        WriteExtent::Part if !ops.iter().any(|op| row.ops.contains(op)) => Known::Not,
        WriteExtent::Whole | WriteExtent::Inherited | WriteExtent::Part => Known::Other,
    }
}

/// Why this write cannot be done now, or ever; `None` if it can.
fn check(serving: Result<&ShardRow, String>, of: &DataShard, version: u64, ops: &[WriteOp]) -> Option<Refusal> {
    let fences = &of.fences;
    let shard = match serving {
        Ok(shard) => shard,
        Err(why) => return Some((Status::NotAvailable, why)),
    };
    if shard.role != ShardRole::User {
        let what = match shard.role {
            ShardRole::Index => "an index table and takes no writes; write to its table",
            ShardRole::Backup | ShardRole::User => "a backup and takes no writes; write to the table it is of",
        };
        return Some((Status::PreconditionFailed, format!("{} is {what}", shard.path_id)));
    }
    if let Some(restore) = fences.locked_by.first() {
        let reason = format!("{} is being restored by {restore}; wait for its end", shard.path_id);
        return Some((Status::PreconditionFailed, reason));
    }
    let blocked_by = fences.blocked_by.first().filter(|_| !of.info.quirks.has(Quirk::CutWithoutBlock));
    if let Some(operation) = blocked_by {
        return Some((Status::Overloaded, format!("{} is blocked for a cut of {operation}; try again", shard.path_id)));
    }
    if version != shard.schema.version {
        let reason = format!("schema version is {}, not {version}; describe the table again", shard.schema.version);
        return Some((Status::SchemeError, reason));
    }
    ops.iter().find_map(|op| check_op(shard, op))
}

fn check_op(shard: &ShardRow, op: &WriteOp) -> Option<Refusal> {
    if let Some(reason) = misfit(&shard.schema, op) {
        return Some((Status::SchemeError, reason));
    }
    let key = op.key();
    let wrong_shard = || format!("wrong shard: {key} is not in {}; describe the table again", shard.range);
    (!shard.range.contains(key)).then(|| (Status::NotAvailable, wrong_shard()))
}

fn misfit(schema: &TableSchema, op: &WriteOp) -> Option<String> {
    misfit_key(schema, op.key()).or_else(|| null_in_key(schema, op.key())).or_else(|| match op {
        WriteOp::Upsert { cells, .. } => misfit_row(schema, cells),
        WriteOp::Erase { .. } => None,
    })
}

/// A user's row has a whole key; only in an index table, which users do not write, a part of it is null.
fn null_in_key(schema: &TableSchema, key: &Key) -> Option<String> {
    let (column, _) = schema.key_columns().zip(key.values()).find(|(_, value)| **value == Value::Null)?;
    Some(format!("key column {} is {}, which NULL is not", column.name, column.ty))
}

/// How `key` is not a key of the table, if it is not; null fits every column here.
pub(super) fn misfit_key(schema: &TableSchema, key: &Key) -> Option<String> {
    if key.values().len() != schema.key.len() {
        return Some(format!(
            "the key has {} columns, not {}; describe the table again",
            schema.key.len(),
            key.values().len()
        ));
    }
    let mut columns = schema.key_columns().zip(key.values());
    let (column, value) = columns.find(|(column, value)| value.column_type().is_some_and(|ty| ty != column.ty))?;
    Some(format!("key column {} is {}, which {value} is not", column.name, column.ty))
}

/// How `cells` are not cells of the table, if they are not.
pub(super) fn misfit_row(schema: &TableSchema, cells: &Row) -> Option<String> {
    cells.cells().find_map(|(id, value)| {
        let Some(column) = schema.value_columns().find(|column| column.id == *id) else {
            return Some(format!("there is no column {id} outside the key"));
        };
        let fits = value.column_type().is_none_or(|ty| ty == column.ty);
        (!fits).then(|| format!("column {} is {}, which {value} is not", column.name, column.ty))
    })
}

/// FNV-1a: the same bytes give the same number in every build.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::{Known, known};
    use crate::datashard::schema::{WriteExtent, WriteRow};

    #[test]
    fn a_write_is_known_by_what_it_changed() {
        let asked = |extent, ops: &[u64]| known(Some(&WriteRow { ops: vec![1, 2], extent }), ops);
        assert_eq!(known(None, &[1]), Known::Not);
        for (extent, same, less, more, other) in [
            (WriteExtent::Whole, Known::Done, Known::Other, Known::Other, Known::Other),
            (WriteExtent::Inherited, Known::Done, Known::Done, Known::Other, Known::Other),
            (WriteExtent::Part, Known::Done, Known::Done, Known::Other, Known::Not),
        ] {
            assert_eq!(asked(extent, &[1, 2]), same, "{extent:?}: the same");
            assert_eq!(asked(extent, &[2]), less, "{extent:?}: a part of it, as after a split");
            assert_eq!(asked(extent, &[2, 3]), more, "{extent:?}: something of it and something else");
            assert_eq!(asked(extent, &[3]), other, "{extent:?}: nothing of it, as before its part came");
        }
    }
}
