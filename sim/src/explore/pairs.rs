//! Two faults in one run, without the runs that are known to end alike.
//!
//! A pair is a first fault and a fault at a point that comes after it has struck, in the run
//! with the first one alone; so each set of two faults is tried in the one order in which it
//! strikes, and faults that commute are not tried twice.
//!
//! Two runs in the same state end alike ([`Run::state`](crate::run::Run::state)). So first
//! faults are put into classes by the state they lead to, and the lowest stands for its class;
//! and of the second faults that lead from there to one state, the first is carried out to the
//! end. Neither depends on what other threads or partitions do. Of what is left out, one in
//! [`SAMPLE`] is run all the same; if it ends otherwise, the pruning is wrong, and that is a
//! failure of the search itself.

use super::{Choice, Fingerprint, Seen, Single, Trier};
use crate::fault::{Fault, Schedule, points_from};
use crate::run::Verdict;
use crate::trace::{Trace, What};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64;

/// One in so many pairs that were left out is run all the same.
pub(super) const SAMPLE: u64 = 64;

/// All pairs with one class of first faults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// The place of the first fault that stands for its class.
    pub first: usize,
    /// First faults in the class, that one included.
    pub members: u64,
    /// Second faults of each of them.
    pub seconds: u64,
    /// States that the second faults led to.
    pub states: u64,
    /// Runs carried out to their end.
    pub runs: u64,
    /// Of these, runs that were left out and carried out all the same.
    pub sampled: u64,
    /// Pairs for which another one stands, and which were not run.
    pub pruned: u64,
    /// Pairs whose second fault found nothing to do.
    pub invalid: u64,
    /// Events of all runs.
    pub events: u64,
    /// Failures, by fingerprint.
    pub failures: Vec<PairFailure>,
    /// Pairs that were left out and did not end as the one that stood for them.
    pub unsound: Vec<String>,
}

/// Pairs that failed in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairFailure {
    /// Which failure it is.
    pub fingerprint: Fingerprint,
    /// The judgement's name.
    pub verdict: String,
    /// The first such pair, as lines joined with `; `.
    pub schedule: String,
    /// How many pairs, with those for which they stand.
    pub pairs: u64,
}

/// First faults by the state they lead to, each class and the classes themselves in order. A
/// fault that never struck has no second.
pub(super) fn classes(singles: &BTreeMap<usize, Single>) -> Vec<Vec<usize>> {
    let mut place_of: BTreeMap<&str, usize> = BTreeMap::new();
    let mut classes: Vec<Vec<usize>> = Vec::new();
    for single in singles.values() {
        let Some(state) = &single.state else { continue };
        let place = *place_of.entry(state).or_insert_with(|| {
            classes.push(Vec::new());
            classes.len() - 1
        });
        classes[place].push(single.index);
    }
    classes
}

/// Runs all pairs of one class.
pub(super) fn unit(trier: &mut Trier, faults: &[Fault], class: &[usize], choice: &Choice) -> Unit {
    let first = &faults[class[0]];
    let alone = Schedule(vec![first.clone()]);
    trier.climb(&alone);
    let alone = trier.traced(&alone);
    let after = points_from(&alone.trace, after_fault(&alone.trace));
    let seconds: Vec<Fault> = after.into_iter().flat_map(|point| choice.faults_at(point)).collect();
    let (members, count) = (class.len() as u64, seconds.len() as u64);
    let unit = Unit { first: class[0], members, seconds: count, ..Unit::default() };
    let mut work = Work { trier, unit, by_state: BTreeMap::new() };
    for second in &seconds {
        let seen = work.pair(first, second);
        work.judge(first, second, &seen);
        for other in &class[1..] {
            work.sample(&faults[*other], second, &seen);
        }
    }
    let mut unit = work.unit;
    unit.states = work.by_state.len() as u64;
    unit.pruned = members * count - unit.runs;
    unit
}

/// A unit under way.
struct Work<'a> {
    trier: &'a mut Trier,
    unit: Unit,
    by_state: BTreeMap<u64, Seen>,
}

impl Work<'_> {
    /// How the pair ends, by a run of its own or by that of another that came to the same state.
    fn pair(&mut self, first: &Fault, second: &Fault) -> Seen {
        let schedule = pair(first, second);
        let by_state = &self.by_state;
        match self.trier.run_unless(&schedule, |state| by_state.get(&state).cloned()) {
            Ok((seen, state)) => {
                self.unit.runs += 1;
                self.unit.events += seen.events;
                state.map(|state| self.by_state.insert(state, seen.clone()));
                seen
            }
            Err(seen) => {
                self.sample(first, second, &seen);
                seen
            }
        }
    }

    /// Runs a pair that was left out, if it is in the sample.
    fn sample(&mut self, first: &Fault, second: &Fault, expected: &Seen) {
        let schedule = pair(first, second);
        let text = schedule.to_string();
        if !xxh3_64(text.as_bytes()).is_multiple_of(SAMPLE) {
            return;
        }
        let seen = self.trier.run(&schedule);
        self.unit.runs += 1;
        self.unit.sampled += 1;
        self.unit.events += seen.events;
        if (seen.verdict, &seen.fingerprint) != (expected.verdict, &expected.fingerprint) {
            self.unit.unsound.push(format!("{text}: {}, not {}", seen.verdict, expected.verdict));
        }
    }

    fn judge(&mut self, first: &Fault, second: &Fault, seen: &Seen) {
        let members = self.unit.members;
        if seen.verdict == Verdict::Invalid {
            self.unit.invalid += members;
        }
        let Some(fingerprint) = &seen.fingerprint else { return };
        match self.unit.failures.iter_mut().find(|failure| failure.fingerprint == *fingerprint) {
            Some(failure) => failure.pairs += members,
            None => self.unit.failures.push(PairFailure {
                fingerprint: fingerprint.clone(),
                verdict: seen.verdict.name().to_owned(),
                schedule: pair(first, second).to_string(),
                pairs: members,
            }),
        }
    }
}

fn pair(first: &Fault, second: &Fault) -> Schedule {
    Schedule(vec![first.clone(), second.clone()])
}

/// The place of the record that follows the first fault's.
fn after_fault(trace: &Trace) -> usize {
    let records = trace.records();
    let struck = records.iter().position(|record| matches!(record.what, What::Receipt(_)));
    struck.map_or(records.len(), |struck| struck + 1)
}
