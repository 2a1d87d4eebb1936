//! A shard that was split or merged hands its rows to its heirs, until each has taken them.
//!
//! That it does so is durable; who has taken its image is memory: after a reboot SchemeShard
//! asks again, every heir is sent its image again, and one that has it says so.
//!
//! Images leave when the queues to index tables are empty: records under way name their shard, and
//! what an heir sends must not be overtaken by what its parent sent.

use crate::datashard::DataShard;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::private::DataShardPrivate;
use crate::datashard::schema::{DataShardTables, Handover};
use crate::datashard::succession::image;
use crate::ids::{OperationId, ServerId, TabletId};
use crate::local_db::{Only, Txn};
use crate::message::{DataShardMessage, SchemeShardMessage, Seq, StepAnswer, StepStatus, pack};
use crate::tablet::{PipeEnd, Wait};
use std::collections::BTreeSet;

/// Who has not taken over, and whom to tell when all have.
#[derive(Clone, Debug, Hash)]
pub(super) struct HandingOver {
    operation: OperationId,
    seq: Seq,
    asker: ServerId,
    waiting: BTreeSet<TabletId>,
}

impl HandingOver {
    /// What it waits for, for the wait-for chain.
    pub(super) fn waits(&self) -> impl Iterator<Item = Wait> {
        self.waiting.iter().map(|tablet| Wait {
            operation: self.operation,
            what: format!("{tablet} to take its image"),
            kinds: vec!["ImageTaken", "Image", "HandoverDue"],
            peer: Some(*tablet),
        })
    }
}

type ShardTxn<'a> = Txn<'a, DataShardTables>;

impl DataShard {
    /// SchemeShard has asked for the handover, for the first time or again.
    pub(super) fn hand_over(&mut self, seq: Seq, asker: ServerId, txn: &ShardTxn<'_>, out: &mut Outgoing) {
        if let Some(handing) = &mut self.handing {
            (handing.seq, handing.asker) = (seq, asker);
            return self.tell_if_done(out);
        }
        let row = txn.get::<Handover>(&Only).expect("a shard hands over once that is written down");
        let waiting: BTreeSet<TabletId> = row.heirs.iter().map(|heir| heir.tablet).collect();
        self.handing = Some(HandingOver { operation: row.operation, seq, asker, waiting });
        for id in self.scans.keys().copied().collect::<Vec<_>>() {
            self.forget_scan(id, out);
        }
        if txn.tables().index_queue.is_empty() {
            self.send_images(txn, out);
        }
    }

    /// Sends every heir its image: at once, or when the last record for an index is acknowledged.
    pub(super) fn send_images(&mut self, txn: &ShardTxn<'_>, out: &mut Outgoing) {
        let waiting = self.handing.iter().flat_map(|handing| handing.waiting.clone()).collect::<Vec<_>>();
        for heir in waiting {
            self.send_image(heir, txn, out);
        }
    }

    /// Sends an heir its image, unless it has taken it.
    pub(super) fn send_image(&mut self, heir: TabletId, txn: &ShardTxn<'_>, out: &mut Outgoing) {
        let Some(handing) = self.handing.as_ref().filter(|handing| handing.waiting.contains(&heir)) else {
            return;
        };
        let row = txn.get::<Handover>(&Only).expect("a shard hands over once that is written down");
        let range = &row.heirs.iter().find(|other| other.tablet == heir).expect("only heirs are waited for").range;
        let tables = pack(&image(txn.tables(), handing.operation, range));
        let parent = self.info.tablet;
        out.image(handing.operation, heir, DataShardMessage::Image { operation: handing.operation, parent, tables });
    }

    /// An heir has taken its image, or is deleted and never will.
    pub(super) fn image_taken(&mut self, heir: TabletId, out: &mut Outgoing) {
        if self.handing.as_mut().is_some_and(|handing| handing.waiting.remove(&heir)) {
            self.tell_if_done(out);
        }
    }

    /// The pipe to an heir is gone.
    pub(super) fn heir_lost(&mut self, heir: TabletId, delay_us: u64, end: PipeEnd, out: &mut Outgoing) {
        match end {
            PipeEnd::Broken => out.later(delay_us, DataShardPrivate::HandoverDue { heir }),
            PipeEnd::Deleted => self.image_taken(heir, out),
        }
    }

    fn tell_if_done(&self, out: &mut Outgoing) {
        let Some(handing) = self.handing.as_ref().filter(|handing| handing.waiting.is_empty()) else {
            return;
        };
        let HandingOver { operation, seq, asker, .. } = *handing;
        out.close_heirs(operation);
        let answer = StepAnswer { operation, seq, tablet: self.info.tablet, status: StepStatus::Done };
        out.answer_schemeshard(asker, SchemeShardMessage::StepAnswer(answer));
    }
}
