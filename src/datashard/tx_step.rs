//! A step of SchemeShard, fenced by its sequence number. YDB: `TTxProposeTransaction` with
//! a scheme operation, and `TSchemeOpSeqNo`.
//!
//! What is not newer than the newest step done changes nothing: the same again is Done again,
//! an older one is Stale. So a message that was delayed over a reboot of SchemeShard does no
//! harm, however late.
//!
//! A split is answered when every heir has taken its image, which takes a while (`handover`).
//!
//! Left out: plan steps; a step is done when it comes.

use crate::datashard::DataShard;
use crate::datashard::fences::Fences;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::schema::{CutPhase, DataShardTables, SchemeOpRow, SchemeOps};
use crate::datashard::steps;
use crate::ids::{OperationId, ServerId};
use crate::local_db::Txn;
use crate::message::{SchemeShardMessage, Seq, ShardStep, StepAnswer, StepStatus};
use crate::quirk::Quirk;
use std::cmp::Ordering;

/// One step of SchemeShard, fenced by its sequence number.
#[derive(Clone, Debug, Hash)]
pub struct TxStep {
    pub(super) server: ServerId,
    pub(super) operation: OperationId,
    pub(super) seq: Seq,
    pub(super) step: ShardStep,
    pub(super) out: Outgoing,
}

impl TxStep {
    pub(super) fn execute(&mut self, shard: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
        let known = txn.get::<SchemeOps>(&self.operation).cloned();
        let status = match known.as_ref().map(|row| self.seq.cmp(&row.seq)) {
            None | Some(Ordering::Greater) => self.perform(known, shard, txn),
            Some(Ordering::Equal) => {
                let step = known.map(|row| row.step);
                assert_eq!(
                    step.as_deref(),
                    Some(self.step.kind()),
                    "a number belongs to one step of {}",
                    self.operation
                );
                StepStatus::Done
            }
            Some(Ordering::Less) => StepStatus::Stale,
        };
        if status == StepStatus::Done && matches!(self.step, ShardStep::Split { .. }) {
            return shard.hand_over(self.seq, self.server, txn, &mut self.out);
        }
        tracing::debug!(operation = self.operation.0, seq = %self.seq, step = self.step.kind(), %status, "step");
        let answer = StepAnswer { operation: self.operation, seq: self.seq, tablet: shard.info.tablet, status };
        if status == StepStatus::Done && self.step == ShardStep::Prepare && !txn.tables().index_queue.is_empty() {
            return shard.feeding.owe_prepare(self.server, answer);
        }
        self.out.answer_schemeshard(self.server, SchemeShardMessage::StepAnswer(answer));
    }

    fn perform(
        &mut self,
        known: Option<SchemeOpRow>,
        shard: &mut DataShard,
        txn: &mut Txn<'_, DataShardTables>,
    ) -> StepStatus {
        let nothing = SchemeOpRow { seq: self.seq, step: String::new(), cut: CutPhase::Idle, scans_over: false };
        let mut row = known.unwrap_or(nothing);
        if let ShardStep::Cut { stream_of: Some(collection), .. } = &self.step
            && shard.info.quirks.has(Quirk::StreamLostWithBackup)
        {
            steps::erase_closed(txn, *collection);
        }
        let status = steps::perform(txn, shard.info.quirks, self.operation, &mut row, &self.step);
        if status == StepStatus::Done {
            if row.scans_over {
                shard.forget_scans(self.operation, &mut self.out);
            }
            assert!(row.seq <= self.seq, "the newest step of {} only grows", self.operation);
            (row.seq, row.step) = (self.seq, self.step.kind().to_owned());
            txn.put::<SchemeOps>(self.operation, row);
            shard.fences = Fences::of(txn.tables());
        }
        status
    }
}
