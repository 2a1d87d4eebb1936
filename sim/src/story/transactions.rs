//! Which cuts, writes and messages are one transaction.
//!
//! Transactions of an incarnation overlap: the next executes while the log still writes the
//! last. So a message belongs to the transaction whose `done` follows it in the same step, with
//! no other cut between, and the redo record to the transaction whose `exec` follows it.

use crate::story::model::{CutAt, Index, Story, Transaction, Write};
use std::collections::BTreeMap;

/// Lane and generation.
pub(super) type Who = (usize, u32);

/// What is known of an incarnation under way.
#[derive(Default)]
struct Open {
    /// Transactions that may still come to a cut, by serial number.
    transactions: BTreeMap<u64, usize>,
    /// The step of `parts`.
    step: u64,
    /// What happened in it since the last cut: whatever the next cut's transaction did.
    parts: Vec<Index>,
    /// What was handed to the log since the last cut.
    write: Option<usize>,
    /// Writes in flight, by commit.
    writes: BTreeMap<u64, usize>,
}

/// The transactions of all incarnations, as far as the facts have come.
#[derive(Default)]
pub(super) struct Transactions {
    open: BTreeMap<Who, Open>,
}

impl Transactions {
    /// A fact at an incarnation, which may turn out to be part of a transaction.
    pub(super) fn part(&mut self, who: Who, step: u64, index: Index) {
        let open = self.open.entry(who).or_default();
        if open.step != step {
            open.parts.clear();
            open.step = step;
        }
        open.parts.push(index);
    }

    /// A transaction has come to a cut.
    pub(super) fn cut(&mut self, story: &mut Story, who: Who, tx: (&'static str, u64, u64), at: CutAt) {
        let (lane, generation) = who;
        let (tx, n, serial) = tx;
        let open = self.open.entry(who).or_default();
        let parts = std::mem::take(&mut open.parts);
        let of = *open.transactions.entry(serial).or_insert_with(|| {
            let trigger = parts.first().copied();
            let (cuts, write, aborted, operation) = (Vec::new(), None, None, None);
            let new = Transaction { lane, generation, tx, n, serial, trigger, cuts, write, aborted, operation };
            story.transactions.push(new);
            story.transactions.len() - 1
        });
        parts.into_iter().chain([at.at]).for_each(|part| story.facts[part].transaction = Some(of));
        let transaction = &mut story.transactions[of];
        transaction.cuts.push(at);
        transaction.write = transaction.write.or(open.write.take());
        if at.cut == "done" {
            open.transactions.remove(&serial);
        }
    }

    /// A redo record is handed to the log.
    pub(super) fn logged(&mut self, story: &mut Story, who: Who, write: Write) {
        let open = self.open.entry(who).or_default();
        open.write = Some(story.writes.len());
        open.writes.insert(write.commit, story.writes.len());
        story.writes.push(write);
    }

    /// A redo record is durable.
    pub(super) fn durable(&mut self, story: &mut Story, who: Who, commit: u64, at: Index) -> Option<usize> {
        let write = self.open.entry(who).or_default().writes.remove(&commit)?;
        story.writes[write].durable = Some(at);
        Some(write)
    }

    /// An incarnation is no more, and with it what it had under way.
    pub(super) fn stopped(&mut self, story: &mut Story, who: Who, at: Index) {
        let Some(open) = self.open.remove(&who) else { return };
        open.transactions.into_values().for_each(|of| story.transactions[of].aborted = Some(at));
        open.writes.into_values().for_each(|write| story.writes[write].lost = Some(at));
    }
}
