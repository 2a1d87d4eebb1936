//! Change records from another shard are applied here. YDB: `TTxApplyChangeRecords`.
//!
//! Rows and the last order are one commit, and the statuses leave when it is durable.
//! The first record that is refused ends the batch: what comes after it is not looked at,
//! and its sender holds it until it knows better.
//!
//! Left out: records that bring their schema along, and bodies fetched apart from them.

use crate::datashard::DataShard;
use crate::datashard::collector::write_row;
use crate::datashard::counters::Counters;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::receiver::{Verdict, judge_record, judge_session, order_key};
use crate::datashard::schema::{DataShardTables, Orders, Shard};
use crate::ids::ServerId;
use crate::local_db::{Only, Txn};
use crate::message::{Change, DataShardMessage, ExchangeStatus, Origin};

/// Change records of another shard are applied here.
#[derive(Clone, Debug, Hash)]
pub struct TxApplyRecords {
    pub(super) server: ServerId,
    pub(super) origin: Origin,
    pub(super) records: Vec<Change>,
    pub(super) out: Outgoing,
}

impl TxApplyRecords {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        let fenced = !(shard.fences.blocked_by.is_empty() && shard.fences.locked_by.is_empty());
        let judged = match judge_session(txn.tables(), &self.origin) {
            ExchangeStatus::Ok if self.origin.is_index_feed() && fenced => ExchangeStatus::Blocked,
            judged => judged,
        };
        let statuses = match judged {
            ExchangeStatus::Ok => self.apply(txn, &mut shard.counters),
            refused => {
                let stale = matches!(refused, ExchangeStatus::StaleGeneration | ExchangeStatus::StaleSession);
                shard.counters.stale_sessions += u64::from(stale);
                self.records.iter().map(|record| (record.order, refused)).collect()
            }
        };
        let tablet = shard.info.tablet;
        let answer = DataShardMessage::RecordStatuses { origin: self.origin, tablet, statuses };
        self.out.answer_origin(self.server, answer);
    }

    fn apply(&self, txn: &mut Txn<'_, DataShardTables>, counters: &mut Counters) -> Vec<(u64, ExchangeStatus)> {
        let key = order_key(&self.origin);
        let first = txn.get::<Orders>(&key).expect("an open session has its order").last_record_order;
        let (mut last, mut before) = (first, None);
        let mut statuses = Vec::with_capacity(self.records.len());
        for record in &self.records {
            let shard = txn.get::<Shard>(&Only).expect("a lineage belongs to a table");
            match judge_record(shard, record, last, before) {
                Verdict::New => {
                    write_row(txn, &record.key, &record.body);
                    last = record.order;
                    counters.records_applied += 1;
                    statuses.push((record.order, ExchangeStatus::Ok));
                }
                Verdict::Known => {
                    counters.duplicates_skipped += 1;
                    statuses.push((record.order, ExchangeStatus::Ok));
                }
                Verdict::Refused(status) => {
                    counters.order_violations += u64::from(status == ExchangeStatus::OutOfOrder);
                    statuses.push((record.order, status));
                    break;
                }
            }
            before = Some(record.order);
        }
        assert!(last >= first, "the last order never falls");
        if last > first {
            txn.update::<Orders>(&key, |row| row.last_record_order = last);
        }
        statuses
    }
}
