//! budgets_kept: caps, backoffs, deadlines and retries are what the settings say, whatever reboots.
//!
//! The oracle counts failures and takes times itself, from the commits; what the rows say of
//! attempts and times is only compared with that.

use crate::oracle::sessions::Sessions;
use crate::oracle::work_list::{Change, WorkLists};
use crate::oracle::{Facts, Objection, Oracle, View};
use crate::trace::{Mail, Record, What};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use tablets::counters::Aside;
use tablets::ids::{Commit, Generation, OperationId, SECOND_US, Steady, TabletId};
use tablets::message::{DataShardMessage, Severity};
use tablets::schemeshard::{FinalStatus, Outcome, ProgressKey, ProgressRow, RestoreState, SchemeShard, ShardState};
use tablets::settings::SchemeShardSettings;

/// No shard is asked beyond the cap, past a deadline, sooner than the backoff allows or more often
/// than the retries allow; no restore fails for want of time or retries that it still has; no
/// incarnation of a source shard runs two scans for one table of an increment.
#[derive(Clone, Debug, Default, Hash)]
pub struct BudgetsKept {
    lists: WorkLists,
    /// What each incarnation of SchemeShard goes by.
    settings: BTreeMap<(TabletId, Generation), SchemeShardSettings>,
    /// What those transactions went by whose commits are not durable yet.
    in_log: BTreeMap<(TabletId, Generation, Commit), SchemeShardSettings>,
    clocks: BTreeMap<OperationId, Clocks>,
    failures: BTreeMap<ProgressKey, Failures>,
    sessions: Sessions,
    /// Whose commits are the newest.
    newest: BTreeMap<TabletId, Generation>,
    looked: u64,
}

/// When a restore was proposed, and its current increment became current.
#[derive(Clone, Copy, Debug, Hash)]
struct Clocks {
    started: Steady,
    incremental: u32,
    stage_started: Steady,
}

/// How often a shard has failed in its increment, and when for the last time.
#[derive(Clone, Copy, Debug, Hash)]
struct Failures {
    count: u32,
    last: Steady,
    step: Aside<u64>,
}

/// Which incarnation sends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// The newest that has committed.
    Newest,
    /// One that goes on although a newer one has committed.
    Outlived,
}

/// What the transaction in hand knew, and when.
struct Moment {
    at: Steady,
    settings: SchemeShardSettings,
}

/// A sentence, details, and the shard it is about.
type Wrong = (String, Vec<String>, Option<TabletId>);

impl Oracle for BudgetsKept {
    fn name(&self) -> &'static str {
        "budgets_kept"
    }

    fn rule(&self) -> &'static str {
        "shards are asked within the cap, before the deadlines, after their backoff and within their retries, over all \
         reboots; a restore fails for want of these only when they are used up; a shard runs one scan for each table \
         of an increment"
    }

    fn facts(&self) -> Facts {
        Facts::DURABLE | Facts::LOGGED | Facts::SENT | Facts::OTHER
    }

    fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection> {
        let tablet = record.tablet?;
        let who = (tablet, record.generation);
        let wrong = match &record.what {
            What::Started(_) | What::Reconfigured if view.durable::<SchemeShard>(tablet).is_some() => {
                self.settings.insert(who, view.settings::<SchemeShard>()?);
                None
            }
            What::Logged { commit, .. } => {
                if let Entry::Vacant(unseen) = self.settings.entry(who) {
                    // It was started before anybody watched.
                    view.durable::<SchemeShard>(tablet)?;
                    unseen.insert(view.settings::<SchemeShard>()?);
                }
                self.in_log.insert((who.0, who.1, *commit), self.settings[&who]);
                None
            }
            What::Stopped { .. } => {
                self.settings.remove(&who);
                self.in_log.retain(|(of, generation, _), _| (*of, *generation) != who);
                None
            }
            What::Durable { commit, .. } => {
                let settings = self.in_log.remove(&(who.0, who.1, *commit))?;
                self.newest.insert(tablet, record.generation);
                let change = self.lists.observe(record, view)?;
                let moment = Moment { at: view.executed()?.at, settings };
                self.commit(&change, &moment, record.step)
            }
            What::Sent(mail) => match mail.parcel.kind {
                "RestoreMultipleIncrementalBackups" => {
                    let outlived = self.newest.get(&tablet).is_some_and(|newest| *newest > record.generation);
                    self.request(mail, if outlived { Sender::Outlived } else { Sender::Newest })
                }
                "Handshake" | "ApplyRecords" => self.sessions.sent(mail),
                _ => None,
            },
            _ => None,
        };
        wrong.map(|(sentence, details, shard)| Objection {
            oracle: self.name(),
            sentence,
            rule: self.rule(),
            tablets: [tablet].into_iter().chain(shard).collect(),
            steps: vec![record.step],
            details,
        })
    }

    fn at_end(&mut self, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn looked(&self) -> u64 {
        self.looked
    }
}

impl BudgetsKept {
    fn commit(&mut self, change: &Change, moment: &Moment, step: u64) -> Option<Wrong> {
        let mut wrong = None;
        for operation in change.restores() {
            self.keep_time(change, operation, moment.at);
            let asked = self.wrong_dispatch(change, operation, moment);
            self.count(change, operation, moment.at, step);
            wrong = wrong.or(asked).or_else(|| self.gave_up_early(change, operation, moment));
        }
        self.clocks.retain(|operation, _| change.after.states.contains_key(operation));
        self.failures.retain(|key, _| change.after.rows.contains_key(key));
        wrong
    }

    fn keep_time(&mut self, change: &Change, operation: OperationId, at: Steady) {
        let Some(state) = change.after.states.get(&operation) else { return };
        let incremental = state.incremental;
        let clocks = self.clocks.entry(operation).or_insert(Clocks { started: at, incremental, stage_started: at });
        if clocks.incremental != incremental {
            (clocks.incremental, clocks.stage_started) = (incremental, at);
        }
    }

    fn count(&mut self, change: &Change, operation: OperationId, at: Steady, step: u64) {
        for (key, before, after) in change.rows(operation) {
            let backs_off =
                |row: Option<&ProgressRow>| row.is_some_and(|row| matches!(row.state, ShardState::Backoff(_)));
            if backs_off(after) && !backs_off(before) {
                let before = self.failures.get(&key).map_or(0, |failures| failures.count);
                self.failures.insert(key, Failures { count: before + 1, last: at, step: Aside(step) });
            }
        }
    }

    /// Shards that are asked with this commit.
    fn wrong_dispatch(&mut self, change: &Change, operation: OperationId, moment: &Moment) -> Option<Wrong> {
        let asked =
            |row: Option<&ProgressRow>| row.filter(|row| row.state == ShardState::Dispatched).map(|row| row.attempt);
        let mut wrong = None;
        for (key, before, after) in change.rows(operation) {
            if asked(after).is_none() || asked(before) == asked(after) {
                continue;
            }
            self.looked += 1;
            let row = after.expect("it was just seen to be asked");
            let why = self.wrong_time(&key, moment).or_else(|| self.wrong_attempt(&key, row, moment));
            wrong = wrong.or(why).or_else(|| above_cap(change, &key, moment));
        }
        wrong
    }

    fn wrong_time(&self, key: &ProgressKey, moment: &Moment) -> Option<Wrong> {
        let clocks = self.clocks.get(&key.operation)?;
        let (name, from, deadline) =
            clocks.deadlines(&moment.settings).find(|(.., deadline)| moment.at >= *deadline)?;
        let sentence = format!("{} is asked after the deadline of {name}", key.shard);
        let details = vec![format!("{name} began at {from}, its deadline is {deadline}, asked at {}", moment.at)];
        Some((sentence, details, Some(key.shard)))
    }

    fn wrong_attempt(&self, key: &ProgressKey, row: &ProgressRow, moment: &Moment) -> Option<Wrong> {
        let wrong = |sentence: String, details| Some((format!("{} {sentence}", key.shard), details, Some(key.shard)));
        let failures = self.failures.get(key);
        let count = failures.map_or(0, |failures| failures.count);
        if row.attempt != count + 1 {
            let details = vec![format!("expected: attempt {}", count + 1), format!("found: {key}: {row}")];
            return wrong(
                format!("has failed {} in increment {}, and is not charged for it", times(count), key.incremental),
                details,
            );
        }
        let (budget, failures) = (moment.settings.max_retries_per_incremental, failures?);
        let last =
            format!("failed {}, for the last time at {} (step {})", times(count), failures.last, failures.step.0);
        if budget >= 0 && i64::from(count) > budget {
            return wrong(format!("is asked again, with {budget} retries allowed"), vec![last]);
        }
        let due = failures.last.plus(backoff(count));
        let early = format!("is asked again before its backoff is over, at {} and not {due}", moment.at);
        if moment.at < due { wrong(early, vec![last]) } else { None }
    }

    /// A restore that fails for want of time or retries.
    fn gave_up_early(&self, change: &Change, operation: OperationId, moment: &Moment) -> Option<Wrong> {
        let state = change.after.states.get(&operation)?;
        let was = change.before.states.get(&operation)?.state;
        let failed = RestoreState::Finalizing(Outcome::Failed);
        if was != RestoreState::Running || state.state != failed && state.state != RestoreState::Ended(Outcome::Failed)
        {
            return None;
        }
        let issues = state.issues.iter().map(|issue| format!("issue: {}", issue.message));
        match state.status? {
            FinalStatus::Timeout => {
                let clocks = self.clocks.get(&operation)?;
                let mut deadlines = clocks.deadlines(&moment.settings);
                let over = deadlines.any(|(.., deadline)| moment.at >= deadline);
                let told =
                    clocks.deadlines(&moment.settings).map(|(name, _, at)| format!("the deadline of {name} is {at}"));
                let sentence = format!("{operation} fails for want of time at {}, before its deadlines", moment.at);
                (!over).then(|| (sentence, told.chain(issues).collect(), None))
            }
            FinalStatus::Shard(status) if status.severity() == Severity::Retriable => {
                let budget = moment.settings.max_retries_per_incremental;
                let spent = |(key, failures): (&ProgressKey, &Failures)| {
                    key.operation == operation && budget >= 0 && i64::from(failures.count) > budget
                };
                let sentence = format!("{operation} fails for want of retries, and no shard has used up its {budget}");
                let told =
                    self.failures.iter().map(|(key, failures)| format!("{key} failed {}", times(failures.count)));
                (!self.failures.iter().any(spent)).then(|| (sentence, told.chain(issues).collect(), None))
            }
            _ => None,
        }
    }

    /// A request is covered by the commit that marked its shard as asked. An incarnation that was
    /// outlived does not know that the attempt has failed meanwhile, and shards do not listen to it.
    fn request(&self, mail: &Mail, sender: Sender) -> Option<Wrong> {
        let Ok(DataShardMessage::RestoreMultipleIncrementalBackups(request)) = mail.parcel.open() else {
            return None;
        };
        let crate::world::Endpoint::Tablet(shard) = mail.to else { return None };
        let key = ProgressKey {
            operation: request.tx_id,
            incremental: request.incremental_idx,
            sub_operation: request.sub_operation,
            shard,
        };
        let row = self.lists.row(&key)?;
        let asked = row.attempt > request.attempt
            || row.attempt == request.attempt
                && match row.state {
                    ShardState::Dispatched | ShardState::Done(_) => true,
                    ShardState::Backoff(_) => sender == Sender::Outlived,
                    ShardState::Pending => false,
                };
        let sentence = format!("{shard} is asked for attempt {}, which no commit covers", request.attempt);
        (!asked).then(|| (sentence, vec![format!("durable: {key}: {row}")], Some(shard)))
    }
}

impl Clocks {
    /// What ends a restore, from when, and when.
    fn deadlines(&self, settings: &SchemeShardSettings) -> impl Iterator<Item = (String, Steady, Steady)> {
        let all = [
            ("the restore".to_owned(), self.started, settings.incremental_restore_overall_duration),
            (
                format!("increment {}", self.incremental),
                self.stage_started,
                settings.incremental_restore_stage_duration,
            ),
        ];
        all.into_iter().filter_map(|(name, from, seconds)| {
            let us = u64::try_from(seconds).ok()?.saturating_mul(SECOND_US);
            Some((name, from, from.plus(us)))
        })
    }
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// The wait after the n-th failure: 1, 2, 4, 8, 8, ... seconds.
fn backoff(failures: u32) -> u64 {
    [1, 2, 4].get(failures.saturating_sub(1) as usize).copied().unwrap_or(8) * SECOND_US
}

/// A table that was not worked on is, and with it there are more than may be.
fn above_cap(change: &Change, key: &ProgressKey, moment: &Moment) -> Option<Wrong> {
    let cap = moment.settings.max_incremental_restore_tables_in_flight;
    let of = |rows: &mut dyn Iterator<Item = (&ProgressKey, &ProgressRow)>| -> std::collections::BTreeSet<u32> {
        let asked =
            rows.filter(|(other, row)| other.incremental == key.incremental && row.state == ShardState::Dispatched);
        asked.map(|(other, _)| other.sub_operation).collect()
    };
    let before = of(&mut change.before.of(key.operation));
    let after = of(&mut change.after.of(key.operation));
    if cap < 0 || before.contains(&key.sub_operation) || after.len() as i64 <= cap {
        return None;
    }
    let sentence = format!("{} is asked for table {}, beyond the cap of {cap}", key.shard, key.sub_operation);
    Some((sentence, vec![format!("tables before: {before:?}, and after: {after:?}")], Some(key.shard)))
}
