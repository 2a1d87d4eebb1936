//! What a search has found: a pure function of what its journal holds.

use super::journal::{Entry, Header};
use super::{Coverage, Fingerprint, Single, Unit, pairs};
use crate::fault::Fault;
use crate::run::Verdict;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Failures with one fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its digits.
    pub id: String,
    /// What identifies the failure.
    pub fingerprint: Fingerprint,
    /// The judgement's name.
    pub verdict: String,
    /// Runs with one fault that ended so.
    pub singles: u64,
    /// Pairs that ended so.
    pub pairs: u64,
    /// The smallest schedule that shows it; empty if it shows without faults.
    pub schedule: String,
    /// The command that replays it.
    pub replay: String,
}

/// What became of all pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PairTotals {
    /// Classes of first faults, by the state they lead to.
    pub classes: u64,
    /// Classes whose pairs are done.
    pub classes_done: u64,
    /// Pairs of these classes: every first fault with every second one.
    pub pairs: u64,
    /// States that the pairs led to.
    pub states: u64,
    /// Pairs carried out to their end.
    pub runs: u64,
    /// Of these, pairs that were left out and carried out all the same.
    pub sampled: u64,
    /// Pairs for which another one stands.
    pub pruned: u64,
    /// Pairs whose second fault found nothing to do.
    pub invalid: u64,
    /// Pairs that failed.
    pub failed: u64,
    /// Events of all runs.
    pub events: u64,
}

/// What a search has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which search it was.
    pub header: Header,
    /// Every run with one fault, by place.
    pub singles: Vec<Single>,
    /// What became of pairs, if there were any.
    pub pairs: Option<PairTotals>,
    /// Failures, those with the smallest schedules first.
    pub groups: Vec<Group>,
    /// Pairs that did not end as the ones that stood for them.
    pub unsound: Vec<String>,
    /// What was tried where.
    pub coverage: Coverage,
}

impl Report {
    /// The report on these pieces, each of which is there once.
    pub fn new(header: Header, singles: impl Iterator<Item = Single>, units: impl Iterator<Item = Unit>) -> Report {
        let mut singles: Vec<Single> = singles.collect();
        if !header.keep_going
            && let Some(first) = singles.iter().position(Single::is_wrong)
        {
            singles.truncate(first + 1);
        }
        let units: Vec<Unit> = units.collect();
        let mut coverage = Coverage::default();
        for single in &singles {
            let fault: Result<Fault, _> = single.fault.parse();
            coverage.add(&fault.expect("a journal holds faults as they print themselves"));
        }
        let pairs = (header.together == 2).then(|| totals(&singles, &units));
        let unsound = units.iter().flat_map(|unit| unit.unsound.iter().cloned()).collect();
        let groups = groups(&header, &singles, &units);
        Report { header, singles, pairs, groups, unsound, coverage }
    }

    /// Joins the journals of one search's partitions.
    ///
    /// # Errors
    /// They are of different searches.
    pub fn merge(journals: Vec<(Header, Vec<Entry>)>) -> Result<Report, String> {
        let header = journals.first().map(|(header, _)| header.clone()).ok_or("no journals")?;
        let (mut singles, mut units) = (BTreeMap::new(), BTreeMap::new());
        for (found, entries) in journals {
            if found != header {
                return Err(format!("{} and {} are different searches", header.file, found.file));
            }
            for entry in entries {
                match entry {
                    Entry::Single(single) => drop(singles.insert(single.index, single)),
                    Entry::Unit(unit) => drop(units.insert(unit.first, unit)),
                    _ => return Err("a sweep's journal holds only its runs".to_owned()),
                }
            }
        }
        Ok(Report::new(header, singles.into_values(), units.into_values()))
    }

    /// Runs with one fault that ended with this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.singles.iter().filter(|single| single.verdict == verdict.name()).count()
    }

    /// Runs with one fault that did not end ok.
    pub fn wrong(&self) -> impl Iterator<Item = &Single> {
        self.singles.iter().filter(|single| single.is_wrong())
    }

    /// Single faults not tried, and classes of pairs not done.
    pub fn left(&self) -> (usize, u64) {
        let classes = self.pairs.map_or(0, |pairs| pairs.classes - pairs.classes_done);
        (self.header.faults - self.singles.len(), classes)
    }

    /// The judgement on the whole search: violated, invalid or ok.
    pub fn verdict(&self) -> Verdict {
        let differs = self.singles.iter().any(|single| single.differs.is_some());
        let alone = self.header.alone.as_ref().is_some_and(|alone| alone.verdict == Verdict::Invalid.name());
        let invalid = alone || self.count(Verdict::Invalid) > 0;
        match (self.groups.is_empty() && self.unsound.is_empty() && !differs, invalid) {
            (false, _) => Verdict::Violated,
            (true, true) => Verdict::Invalid,
            (true, false) => Verdict::Ok,
        }
    }

    /// Everything, as JSON that two searches share if they found the same: no times, no rates.
    pub fn json(&self) -> Value {
        let wrong = self.wrong().map(|single| {
            json!({
                "fault": single.fault, "verdict": single.verdict, "differs": single.differs,
                "fingerprint": single.fingerprint.as_ref().map(Fingerprint::id),
            })
        });
        let (faults_left, classes_left) = self.left();
        json!({
            "search": self.header,
            "verdict": self.verdict().name(),
            "runs": self.singles.len(),
            "ok": self.count(Verdict::Ok),
            "invalid": self.count(Verdict::Invalid),
            "events": self.singles.iter().map(|single| single.events).sum::<u64>(),
            "pairs": self.pairs,
            "left": { "faults": faults_left, "classes": classes_left },
            "groups": self.groups,
            "wrong": wrong.collect::<Vec<_>>(),
            "unsound": self.unsound,
            "coverage": self.coverage,
        })
    }
}

fn totals(singles: &[Single], units: &[Unit]) -> PairTotals {
    let by_place: BTreeMap<usize, Single> = singles.iter().map(|single| (single.index, single.clone())).collect();
    let mut totals = PairTotals {
        classes: pairs::classes(&by_place).len() as u64,
        classes_done: units.len() as u64,
        ..PairTotals::default()
    };
    for unit in units {
        totals.pairs += unit.members * unit.seconds;
        totals.states += unit.states;
        totals.runs += unit.runs;
        totals.sampled += unit.sampled;
        totals.pruned += unit.pruned;
        totals.invalid += unit.invalid;
        totals.events += unit.events;
        totals.failed += unit.failures.iter().map(|failure| failure.pairs).sum::<u64>();
    }
    totals
}

fn groups(header: &Header, singles: &[Single], units: &[Unit]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut of = |fingerprint: &Fingerprint, verdict: &str, schedule: &str, singles: u64, pairs: u64| match groups
        .iter_mut()
        .find(|group| group.fingerprint == *fingerprint)
    {
        Some(group) => {
            group.singles += singles;
            group.pairs += pairs;
        }
        None => groups.push(Group {
            id: fingerprint.id(),
            fingerprint: fingerprint.clone(),
            verdict: verdict.to_owned(),
            singles,
            pairs,
            schedule: schedule.to_owned(),
            replay: replay(header, schedule),
        }),
    };
    if let Some((fingerprint, alone)) = header.alone.iter().find_map(|alone| Some((alone.fingerprint.as_ref()?, alone)))
    {
        of(fingerprint, &alone.verdict, "", 0, 0);
    }
    for single in singles {
        if let Some(fingerprint) = &single.fingerprint {
            of(fingerprint, &single.verdict, &single.fault, 1, 0);
        }
    }
    for failure in units.iter().flat_map(|unit| &unit.failures) {
        of(&failure.fingerprint, &failure.verdict, &failure.schedule, 0, failure.pairs);
    }
    groups
}

/// The command that makes this run again and shows it.
fn replay(header: &Header, schedule: &str) -> String {
    let quirks: String = header.quirks.iter().map(|quirk| format!(" --quirk {quirk}")).collect();
    let schedule = if schedule.is_empty() { String::new() } else { format!(" --schedule '{schedule}'") };
    format!("tabletsim run {} --seed {}{quirks}{schedule} --format text", header.file, header.seed)
}
