//! progress_monotone: what people are told of a restore never goes back.

use crate::oracle::work_list::WorkLists;
use crate::oracle::{Facts, Objection, Oracle, View};
use crate::trace::{Mail, Record, What};
use crate::world::Endpoint;
use std::collections::BTreeMap;
use std::fmt;
use tablets::counters::Aside;
use tablets::ids::{Generation, OperationId, TabletId};
use tablets::message::{ClientMessage, RestoreView};
use tablets::schemeshard::{Outcome, RestoreState, SchemeShardTables, percent, rows_and_bytes};

/// Percent, increment, rows and bytes never fall, neither as they follow from the durable tables of
/// one commit after another, nor in answers, in the order of the questions' execution; and 100
/// percent is said of a Completed restore, and of no other.
#[derive(Clone, Debug, Default, Hash)]
pub struct ProgressMonotone {
    lists: WorkLists,
    durable: BTreeMap<(TabletId, OperationId), Shown>,
    /// The newest answer of each incarnation.
    told: BTreeMap<(TabletId, OperationId, Generation), Shown>,
    looked: u64,
}

/// What is shown of a restore.
#[derive(Clone, Copy, Debug, Hash)]
struct Shown {
    percent: u32,
    incremental: u32,
    rows: u64,
    bytes: u64,
    step: Aside<u64>,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shown { percent, incremental, rows, bytes, step } = self;
        write!(f, "{percent}%, increment {incremental}, {rows} rows, {bytes} bytes at step {}", step.0)
    }
}

impl Shown {
    /// What has fallen from `before` to here, if anything.
    fn fell_from(&self, before: &Shown) -> Option<&'static str> {
        let pairs = [
            ("percent", u64::from(before.percent), u64::from(self.percent)),
            ("increment", u64::from(before.incremental), u64::from(self.incremental)),
            ("number of rows", before.rows, self.rows),
            ("number of bytes", before.bytes, self.bytes),
        ];
        pairs.into_iter().find(|(_, before, now)| now < before).map(|(what, ..)| what)
    }
}

impl Oracle for ProgressMonotone {
    fn name(&self) -> &'static str {
        "progress_monotone"
    }

    fn rule(&self) -> &'static str {
        "percent, increment, rows and bytes of a restore never fall; 100 percent is said of completed restores only, \
         and of all of them"
    }

    fn facts(&self) -> Facts {
        Facts::DURABLE | Facts::SENT
    }

    fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection> {
        match &record.what {
            What::Durable { .. } => {
                let change = self.lists.observe(record, view)?;
                let tablet = record.tablet?;
                self.durable.retain(|(_, operation), _| change.after.states.contains_key(operation));
                let all = change.after.states.keys();
                all.copied()
                    .collect::<Vec<_>>()
                    .into_iter()
                    .find_map(|operation| self.look(tablet, operation, &change.tables, record.step))
            }
            What::Sent(mail) if matches!(mail.parcel.kind, "Restore" | "Restores") => self.answer(mail, record),
            _ => None,
        }
    }

    fn at_end(&mut self, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn looked(&self) -> u64 {
        self.looked
    }
}

impl ProgressMonotone {
    /// What follows from the tables now.
    fn look(
        &mut self,
        tablet: TabletId,
        operation: OperationId,
        tables: &SchemeShardTables,
        step: u64,
    ) -> Option<Objection> {
        self.looked += 1;
        let state = &tables.restore_states[&operation];
        let (rows, bytes) = rows_and_bytes(tables, operation);
        let (percent, incremental) = (percent(tables, operation), state.incremental);
        let now = Shown { percent, incremental, rows, bytes, step: Aside(step) };
        let before = self.durable.insert((tablet, operation), now);
        let completed = state.state == RestoreState::Ended(Outcome::Completed);
        self.judge((tablet, operation), "is durable", before, now, completed)
    }

    /// What a client is told. An older incarnation's answer may leave later than one of a newer
    /// one; its question was executed before.
    fn answer(&mut self, mail: &Mail, record: &Record) -> Option<Objection> {
        let Endpoint::Tablet(tablet) = mail.from else { return None };
        let views: Vec<RestoreView> = match mail.parcel.open() {
            Ok(ClientMessage::Restore { view, .. }) => view.into_iter().collect(),
            Ok(ClientMessage::Restores { views }) => views,
            Ok(_) | Err(_) => Vec::new(),
        };
        views.iter().find_map(|view| {
            self.looked += 1;
            let RestoreView { restore, percent, incremental, rows, bytes, .. } = *view;
            let now = Shown { percent, incremental, rows, bytes, step: Aside(record.step) };
            let generations = (tablet, restore, Generation(0))..=(tablet, restore, record.generation);
            let before = self.told.range(generations).next_back().map(|(_, shown)| *shown);
            self.told.insert((tablet, restore, record.generation), now);
            self.judge((tablet, restore), "is told", before, now, view.state == "Completed")
        })
    }

    fn judge(
        &self,
        (tablet, operation): (TabletId, OperationId),
        how: &str,
        before: Option<Shown>,
        now: Shown,
        completed: bool,
    ) -> Option<Objection> {
        let fell = before.and_then(|before| Some((now.fell_from(&before)?, before)));
        let sentence = match fell {
            Some((what, _)) => format!("the {what} of {operation} that {how} has fallen"),
            None if completed != (now.percent == 100) => {
                let is = if completed { "is" } else { "is not" };
                format!("{operation} {is} completed, and {} percent {how} of it", now.percent)
            }
            None => return None,
        };
        let before = before.map(|before| format!("before: {before}"));
        Some(Objection {
            oracle: self.name(),
            sentence,
            rule: self.rule(),
            tablets: vec![tablet],
            steps: fell.map(|(_, before)| *before.step).into_iter().chain([*now.step]).collect(),
            details: before.into_iter().chain([format!("now: {now}")]).collect(),
        })
    }
}
