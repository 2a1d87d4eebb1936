//! accounting: SchemeShard's book of what the source shards have done is kept as it must be.
//!
//! ```text
//!   Pending ──> Dispatched ──> Done(Success), Done(fatal)     final
//!      ▲            │
//!      └── Backoff <┘ retriable; out of it with the next attempt
//! ```

use crate::oracle::work_list::{Change, WorkLists};
use crate::oracle::{Facts, Objection, Oracle, View};
use crate::trace::{Record, What};
use std::collections::BTreeMap;
use tablets::executor::Cut;
use tablets::ids::{Generation, OperationId, TabletId};
use tablets::message::{Parcel, ScanResponse, ScanStatus, SchemeShardMessage, Severity};
use tablets::schemeshard::{
    Outcome, Phase, ProgressKey, ProgressRow, RestoreState, RestoreStateRow, SchemeShard, SchemeShardTables, ShardState,
};

/// Every verdict that a shard gave is in the book once the transaction that took it has completed;
/// none is there that its shard did not give; what is decided stays; the book names the shards
/// of the current increment's tables, each once, through splits too; an increment is left when all
/// of them have succeeded.
#[derive(Clone, Debug, Default, Hash)]
pub struct Accounting {
    lists: WorkLists,
    /// Verdicts that transactions under way have taken, by their serial numbers.
    taken: BTreeMap<(TabletId, Generation, u64), ScanResponse>,
    looked: u64,
}

/// What is wrong, and the tablets besides SchemeShard that it is about.
struct Wrong {
    sentence: String,
    shards: Vec<TabletId>,
    details: Vec<String>,
}

impl Wrong {
    fn at(key: &ProgressKey, sentence: String, before: Option<&ProgressRow>, after: Option<&ProgressRow>) -> Wrong {
        let row = |row: Option<&ProgressRow>| row.map_or("no row".to_owned(), ToString::to_string);
        let details = vec![format!("before: {key}: {}", row(before)), format!("after: {key}: {}", row(after))];
        Wrong { sentence, shards: vec![key.shard], details }
    }
}

impl Oracle for Accounting {
    fn name(&self) -> &'static str {
        "accounting"
    }

    fn rule(&self) -> &'static str {
        "each source shard of the increment is in the work list once; the verdict that it gave is durable when the \
         transaction that took it completes, and stays; the increment is over when every verdict is Success"
    }

    fn facts(&self) -> Facts {
        Facts::CUT | Facts::OTHER | Facts::DURABLE
    }

    fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection> {
        let tablet = record.tablet?;
        let wrong = match &record.what {
            What::Cut { cut: Cut::Pre, serial, .. } => {
                let message = view.executed()?.message.as_ref()?;
                self.taken.insert((tablet, record.generation, *serial), verdict_in(message)?);
                None
            }
            What::Cut { cut: Cut::Done, serial, .. } => {
                let taken = self.taken.remove(&(tablet, record.generation, *serial))?;
                lost(&taken, &*view.durable::<SchemeShard>(tablet)?)
            }
            What::Stopped { .. } => {
                self.taken.retain(|(of, generation, _), _| (*of, *generation) != (tablet, record.generation));
                None
            }
            What::Durable { .. } => {
                let change = self.lists.observe(record, view)?;
                self.looked += 1;
                let given = view.executed().and_then(|executed| verdict_in(executed.message.as_ref()?));
                change.restores().into_iter().find_map(|operation| wrong_in(&change, operation, given.as_ref()))
            }
            _ => None,
        };
        wrong.map(|Wrong { sentence, shards, details }| Objection {
            oracle: self.name(),
            sentence,
            rule: self.rule(),
            tablets: [tablet].into_iter().chain(shards).collect(),
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

fn verdict_in(message: &Parcel) -> Option<ScanResponse> {
    if message.kind != "RestoreMultipleIncrementalBackupsResponse" {
        return None;
    }
    match message.open() {
        Ok(SchemeShardMessage::RestoreMultipleIncrementalBackupsResponse(response)) => Some(response),
        _ => None,
    }
}

fn key_of(response: &ScanResponse) -> ProgressKey {
    ProgressKey {
        operation: response.tx_id,
        incremental: response.incremental_idx,
        sub_operation: response.sub_operation,
        shard: response.tablet_id,
    }
}

/// The transaction that took a verdict has completed: whether the book still waits for it. What a
/// shard that hands over could not do is no verdict.
fn lost(taken: &ScanResponse, tables: &SchemeShardTables) -> Option<Wrong> {
    let key = key_of(taken);
    let row = tables.shard_progress.get(&key)?;
    let running = tables.restore_states.get(&key.operation).is_some_and(|state| state.state == RestoreState::Running);
    let waits = row.state == ShardState::Dispatched && row.attempt == taken.attempt;
    let handed_over = |split: (&OperationId, &tablets::schemeshard::SplitRow)| {
        split.1.parents.contains(&key.shard)
            && tables.operations.get(split.0).is_some_and(|operation| operation.phase == Phase::Handover)
    };
    let moved = taken.status.severity() == Severity::Retriable && tables.splits.iter().any(handed_over);
    (running && waits && !moved).then(|| Wrong {
        sentence: format!(
            "{} has answered {} for increment {}, attempt {}, that was taken, and is not durable",
            key.shard, taken.status, key.incremental, taken.attempt
        ),
        shards: vec![key.shard],
        details: vec![format!("expected: {key}: {}", taken.status), format!("found: {key}: {row}")],
    })
}

fn wrong_in(change: &Change, operation: OperationId, given: Option<&ScanResponse>) -> Option<Wrong> {
    let (before, after) = (change.before.states.get(&operation), change.after.states.get(&operation));
    for (key, old, new) in change.rows(operation) {
        if let (Some(old), Some(new)) = (old, new)
            && let Some(why) = illegal(&key, old, new, given)
        {
            return Some(Wrong::at(&key, why, Some(old), Some(new)));
        }
    }
    match (before, after) {
        (Some(before), Some(after)) => {
            wrong_step(change, operation, before, after).or_else(|| wrong_list(change, operation, after))
        }
        (None, Some(after)) => wrong_start(change, operation).or_else(|| wrong_list(change, operation, after)),
        (Some(before), None) if !matches!(before.state, RestoreState::Ended(_)) => Some(Wrong {
            sentence: format!("{operation} is forgotten before it has ended"),
            shards: Vec::new(),
            details: Vec::new(),
        }),
        (_, None) => None,
    }
}

/// Why a row may not become another one, if it may not.
fn illegal(key: &ProgressKey, old: &ProgressRow, new: &ProgressRow, given: Option<&ScanResponse>) -> Option<String> {
    use ShardState::{Backoff, Dispatched, Done, Pending};
    let named = |what: &str| Some(format!("{} in increment {}: {what}", key.shard, key.incremental));
    let answered = given.is_some_and(|response| key_of(response) == *key && response.attempt == old.attempt);
    let status = given.map(|response| response.status).filter(|_| answered);
    match (old.state, new.state) {
        (Done(ScanStatus::Success), state) if state != old.state => named("its Success is taken back"),
        (Done(_), state) if state != old.state => named("its verdict is replaced by another"),
        (before, after) if before == after && old.attempt == new.attempt => None,
        (Pending, Dispatched) if old.attempt == new.attempt => None,
        (Dispatched, Backoff(_)) if old.attempt == new.attempt => {
            let gave = status.is_some_and(|status| status.severity() == Severity::Retriable);
            if gave { None } else { named("it backs off, and did not fail") }
        }
        (Dispatched, Done(ScanStatus::InternalError)) if given.is_none() => None,
        (Dispatched, Done(verdict)) if old.attempt == new.attempt => {
            if status == Some(verdict) {
                None
            } else {
                named("it has a verdict that it did not give")
            }
        }
        (Backoff(_), Pending | Dispatched) if new.attempt == old.attempt + 1 => None,
        (Pending | Backoff(_), Done(_)) => named("it has a verdict, and is not asked"),
        _ => named("its row goes a way that there is not"),
    }
}

/// Whether a restore goes from one state to another that its work list does not allow.
fn wrong_step(
    change: &Change,
    operation: OperationId,
    before: &RestoreStateRow,
    after: &RestoreStateRow,
) -> Option<Wrong> {
    let restore = &change.tables.restores[&operation];
    let last = before.incremental as usize + 1 == restore.chain.len();
    let advances = after.incremental != before.incremental;
    let completes = before.state == RestoreState::Running
        && matches!(
            after.state,
            RestoreState::Finalizing(Outcome::Completed) | RestoreState::Ended(Outcome::Completed)
        );
    if advances && after.incremental != before.incremental + 1 {
        let (from, to) = (before.incremental, after.incremental);
        return Some(wrong(format!("{operation} goes from increment {from} to increment {to}"), Vec::new()));
    }
    if completes && !last {
        let at = before.incremental;
        return Some(wrong(format!("{operation} completes at increment {at}, which is not the last"), Vec::new()));
    }
    if advances || completes {
        let success = ShardState::Done(ScanStatus::Success);
        let open = change.before.of(operation).find(|(_, row)| row.state != success);
        if let Some((key, row)) = open {
            let sentence =
                format!("{operation} leaves increment {} before {} has succeeded", key.incremental, key.shard);
            return Some(Wrong::at(key, sentence, Some(row), change.after.rows.get(key)));
        }
        return wrong_start(change, operation);
    }
    if after.state == RestoreState::Running { wrong_heirs(change, operation) } else { None }
}

/// Whether a shard has a verdict in an increment that has just become current.
fn wrong_start(change: &Change, operation: OperationId) -> Option<Wrong> {
    change.rows(operation).find_map(|(key, before, after)| {
        let row = after.filter(|_| before.is_none())?;
        let fresh = matches!(row.state, ShardState::Pending | ShardState::Dispatched) && row.attempt == 1;
        let sentence = format!("{} begins increment {}, and does not begin anew", key.shard, key.incremental);
        (!fresh).then(|| Wrong::at(&key, sentence, None, Some(row)))
    })
}

fn wrong(sentence: String, details: Vec<String>) -> Wrong {
    Wrong { sentence, shards: Vec::new(), details }
}

/// Rows that came in place of others: heirs of Success are Success, of a fatal verdict fatal, and
/// others begin anew.
fn wrong_heirs(change: &Change, operation: OperationId) -> Option<Wrong> {
    let (mut gone, mut new) = (BTreeMap::new(), Vec::new());
    for (key, before, after) in change.rows(operation) {
        match (before, after) {
            (Some(row), None) => gone.entry(key.sub_operation).or_insert_with(Vec::new).push((key, row.state)),
            (None, Some(row)) => new.push((key, row)),
            _ => {}
        }
    }
    let success = ShardState::Done(ScanStatus::Success);
    let fatal = |state: ShardState| matches!(state, ShardState::Done(by) if by.severity() == Severity::Fatal);
    new.into_iter().find_map(|(key, row)| {
        let parents: Vec<ShardState> =
            gone.get(&key.sub_operation).into_iter().flatten().map(|(_, row)| *row).collect();
        let expected = match parents.iter().find(|state| fatal(**state)) {
            Some(state) => *state,
            None if !parents.is_empty() && parents.iter().all(|state| *state == success) => success,
            None => ShardState::Pending,
        };
        let sentence = format!("{} takes over in increment {}, and is not {expected:?}", key.shard, key.incremental);
        let right = row.state == expected && row.attempt == 1;
        (!right).then(|| Wrong::at(&key, sentence, None, Some(row)))
    })
}

/// Whether the work list of a running restore names other shards than its increment's tables have.
fn wrong_list(change: &Change, operation: OperationId, state: &RestoreStateRow) -> Option<Wrong> {
    if state.state != RestoreState::Running {
        return None;
    }
    let (tables, incremental) = (&change.tables, state.incremental);
    let part = tables.restores[&operation].chain.get(incremental as usize)?;
    let mut expected = 0;
    for (sub_operation, table) in (0..).zip(&part.tables) {
        for shard in tables.tables.get(table)?.partitions.iter().map(|partition| partition.tablet) {
            expected += 1;
            let key = ProgressKey { operation, incremental, sub_operation, shard };
            if !change.after.rows.contains_key(&key) {
                let sentence = format!("{shard} is a source of increment {incremental}, and nothing waits for it");
                return Some(Wrong::at(&key, sentence, change.before.rows.get(&key), None));
            }
        }
    }
    let found = change.after.of(operation).count();
    (found != expected).then(|| {
        let listed = change.after.of(operation).map(|(key, row)| format!("{key}: {row}")).collect();
        wrong(format!("{operation} counts {found} shards in increment {incremental}, which has {expected}"), listed)
    })
}
