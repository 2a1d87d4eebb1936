//! quiet_after_end: what is over at a target stays as it is.

use crate::oracle::{Facts, Objection, Oracle, View};
use crate::trace::{Mail, Record, What};
use crate::world::Endpoint;
use std::collections::{BTreeMap, BTreeSet};
use tablets::counters::Aside;
use tablets::ids::{OperationId, TabletId};
use tablets::message::{DataShardMessage, Origin, Parcel, SchemeShardMessage, Seq, ShardStep, StepStatus};
use tablets::schemeshard::{RestoreState, SchemeShard};

/// When a target has EndRestore durably, or has only answered that it has, it takes no change
/// record of that operation any more; when the operation's last commit is durable, nobody does.
#[derive(Clone, Debug, Default, Hash)]
pub struct QuietAfterEnd {
    /// EndRestores that were delivered, by whom and of what they are, with their numbers.
    asked: BTreeMap<(TabletId, OperationId), Seq>,
    /// Who has ended what, and since when.
    ended: BTreeMap<(TabletId, OperationId), Aside<u64>>,
    /// Operations that are over everywhere, and since when.
    over: BTreeMap<OperationId, Aside<u64>>,
    targets: BTreeSet<TabletId>,
    looked: u64,
}

impl Oracle for QuietAfterEnd {
    fn name(&self) -> &'static str {
        "quiet_after_end"
    }

    fn rule(&self) -> &'static str {
        "nothing of a restore or backup is applied at a shard after that shard has acknowledged EndRestore, nor \
         anywhere after the operation's last commit"
    }

    fn facts(&self) -> Facts {
        Facts::DELIVERED | Facts::SENT | Facts::DURABLE
    }

    fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection> {
        let tablet = record.tablet?;
        match &record.what {
            What::Delivered(mail) if mail.parcel.kind == "EndRestore" => self.ask(tablet, &mail.parcel),
            What::Sent(mail) if mail.parcel.kind == "StepAnswer" => self.answer(mail, record.step),
            What::Durable { .. } => {
                if let Some(message) = view.executed().and_then(|executed| executed.message.as_ref())
                    && let Some(objection) = self.commit(tablet, message, record)
                {
                    return Some(objection);
                }
                let tables = view.durable::<SchemeShard>(tablet)?;
                for (operation, row) in tables.restore_states.iter() {
                    if matches!(row.state, RestoreState::Ended(_)) && !self.over.contains_key(operation) {
                        self.looked += 1;
                        self.over.insert(*operation, Aside(record.step));
                    }
                }
            }
            _ => {}
        }
        None
    }

    fn at_end(&mut self, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn looked(&self) -> u64 {
        self.looked
    }
}

impl QuietAfterEnd {
    fn ask(&mut self, tablet: TabletId, parcel: &Parcel) {
        if let Ok(DataShardMessage::Step { operation, seq, .. }) = parcel.open() {
            self.targets.insert(tablet);
            self.asked.insert((tablet, operation), seq);
        }
    }

    /// What a shard says it has done counts as done, whether it is durable or not.
    fn answer(&mut self, mail: &Mail, step: u64) {
        let Endpoint::Tablet(tablet) = mail.from else { return };
        if !self.targets.contains(&tablet) {
            return;
        }
        if let Ok(SchemeShardMessage::StepAnswer(answer)) = mail.parcel.open()
            && answer.status == StepStatus::Done
            && self.asked.get(&(tablet, answer.operation)) == Some(&answer.seq)
        {
            self.end(tablet, answer.operation, step);
        }
    }

    fn end(&mut self, tablet: TabletId, operation: OperationId, step: u64) {
        self.ended.entry((tablet, operation)).or_insert_with(|| {
            self.looked += 1;
            Aside(step)
        });
    }

    /// What this message led to is durable.
    fn commit(&mut self, tablet: TabletId, message: &Parcel, record: &Record) -> Option<Objection> {
        match message.kind {
            "EndRestore" => {
                if let Ok(DataShardMessage::Step { operation, step: ShardStep::EndRestore, .. }) = message.open() {
                    self.end(tablet, operation, record.step);
                }
                None
            }
            "ApplyRecords" if self.targets.contains(&tablet) || !self.over.is_empty() => {
                let Ok(DataShardMessage::ApplyRecords { origin, .. }) = message.open() else {
                    return None;
                };
                self.judge(tablet, origin, record)
            }
            _ => None,
        }
    }

    fn judge(&self, tablet: TabletId, origin: Origin, record: &Record) -> Option<Objection> {
        let operation = origin.operation;
        let here = self.ended.get(&(tablet, operation)).map(|since| (since, "there"));
        let (since, place) = here.or_else(|| self.over.get(&operation).map(|since| (since, "everywhere")))?;
        let Origin { tablet: from, generation, session, incremental_idx, .. } = origin;
        Some(Objection {
            oracle: self.name(),
            sentence: format!("{tablet} applies records of {operation}, which has ended {place}"),
            rule: self.rule(),
            tablets: vec![tablet, from],
            steps: vec![**since, record.step],
            details: vec![
                format!("ended {place} at step {}", **since),
                format!("applied: records of {from}{generation}, session {session}, increment {incremental_idx}"),
            ],
        })
    }
}
