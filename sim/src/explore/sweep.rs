//! The exhaustive search: every fault at every point of a run, one run each.

use super::journal::{Alone, Entry, Header, Journal};
use super::pairs::{self, Unit};
use super::pool;
use super::{Choice, Fingerprint, Report, Trier};
use crate::fault::{Fault, Schedule, points};
use crate::run::{Outcome, RunOptions, Verdict};
use crate::scenario::Scenario;
use crate::trace::{Trace, What};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// What a search is made of besides the scenario.
#[derive(Clone, Debug)]
pub struct SearchOptions {
    /// Seed, quirks and budget of every run; the schedule does not count.
    pub run: RunOptions,
    /// Which faults are tried.
    pub choice: Choice,
    /// How many of them, at most.
    pub limit: Option<usize>,
    /// Faults in one run: 1 or 2.
    pub together: usize,
    /// Threads.
    pub jobs: usize,
    /// Whether to go on after a failure.
    pub keep_going: bool,
    /// Every so many runs one is made twice and compared.
    pub check_determinism: Option<usize>,
    /// The part k of n of the second faults' work, from 1.
    pub partition: (usize, usize),
    /// Where finished pieces are kept.
    pub journal: Option<PathBuf>,
}

impl Default for SearchOptions {
    fn default() -> Self {
        SearchOptions {
            run: RunOptions::default(),
            choice: Choice::default(),
            limit: None,
            together: 1,
            jobs: 1,
            keep_going: true,
            check_determinism: None,
            partition: (1, 1),
            journal: None,
        }
    }
}

/// A run with one fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Single {
    /// The fault's place among all.
    pub index: usize,
    /// The fault, as a line.
    pub fault: String,
    /// The judgement's name.
    pub verdict: String,
    /// Which failure it is, if it is one.
    pub fingerprint: Option<Fingerprint>,
    /// Events handled.
    pub events: u64,
    /// The state right after the fault, as hexadecimal digits; nothing if it never struck, or if no
    /// second faults are tried.
    pub state: Option<String>,
    /// The first record in which a second run of the same differed.
    pub differs: Option<String>,
}

impl Single {
    /// Whether the run did not end ok.
    pub fn is_wrong(&self) -> bool {
        self.verdict != Verdict::Ok.name() || self.differs.is_some()
    }
}

/// How far a search is.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// What is being done.
    pub phase: &'static str,
    /// Pieces of work done, and all of them.
    pub done: (usize, usize),
    /// Runs left out, since another one stands for them.
    pub pruned: u64,
    /// Runs carried out.
    pub runs: u64,
    /// Events of these runs.
    pub events: u64,
    /// Failures so far.
    pub failures: BTreeMap<Fingerprint, u64>,
}

/// A search.
pub struct Search<'a> {
    /// The scenario.
    pub scenario: &'a Arc<Scenario>,
    /// What it is made of besides.
    pub options: &'a SearchOptions,
    /// Hears how far it is.
    pub watch: &'a mut dyn FnMut(&Progress),
}

impl Search<'_> {
    /// Carries out the search.
    ///
    /// # Errors
    /// The journal cannot be used.
    pub fn run(&mut self) -> Result<Report, String> {
        let trier = Trier::new(self.scenario, &self.options.run);
        let clean = trier.traced(&Schedule::default());
        let places = if clean.verdict == Verdict::Ok { points(&clean.trace) } else { Vec::new() };
        let mut faults: Vec<Fault> = places.iter().flat_map(|point| self.options.choice.faults_at(*point)).collect();
        faults.truncate(self.options.limit.unwrap_or(usize::MAX));
        let header = self.header(&clean, places.len(), faults.len());
        let (mut journal, entries) = match &self.options.journal {
            Some(path) => Journal::open(path, &Entry::Header(header.clone()))?,
            None => (Journal::none(), Vec::new()),
        };
        let (mut singles, mut units) = (BTreeMap::new(), BTreeMap::new());
        for entry in entries {
            match entry {
                Entry::Single(single) => drop(singles.insert(single.index, single)),
                Entry::Unit(unit) => drop(units.insert(unit.first, unit)),
                _ => return Err("a sweep's journal holds only its runs".to_owned()),
            }
        }
        self.singles(&faults, &mut singles, &mut journal)?;
        let stopped = !self.options.keep_going && singles.values().any(Single::is_wrong);
        if self.options.together == 2 && !stopped {
            self.pairs(&faults, &singles, &mut units, &mut journal)?;
        }
        Ok(Report::new(header, singles.into_values(), units.into_values()))
    }

    fn header(&self, clean: &Outcome, points: usize, faults: usize) -> Header {
        Header {
            file: self.scenario.file.clone(),
            clean: format!("{:016x}", clean.trace_hash),
            seed: clean.seed,
            quirks: self.options.run.quirks.iter().map(|quirk| quirk.name().to_owned()).collect(),
            points,
            faults,
            together: self.options.together,
            choice: self.options.choice.to_string(),
            keep_going: self.options.keep_going,
            outside: outside(&clean.trace),
            alone: alone(clean),
        }
    }

    /// Runs every single fault that is not done yet.
    fn singles(
        &mut self,
        faults: &[Fault],
        done: &mut BTreeMap<usize, Single>,
        journal: &mut Journal,
    ) -> Result<(), String> {
        let (scenario, options) = (self.scenario, self.options);
        let todo: Vec<(usize, &Fault)> =
            faults.iter().enumerate().filter(|(index, _)| !done.contains_key(index)).collect();
        let mut progress = Progress { phase: "single faults", ..Progress::default() };
        done.values().for_each(|single| progress.single(single));
        progress.done = (done.len(), faults.len());
        let mut failed = Ok(());
        pool::each(
            options.jobs,
            &todo,
            || Trier::new(scenario, &options.run),
            |trier, item| single(trier, *item, States::needed(options.together), options.check_determinism),
            |place, single| {
                progress.single(&single);
                progress.done.0 += 1;
                (self.watch)(&progress);
                let stop = single.is_wrong() && !options.keep_going;
                let written = journal.write(&Entry::Single(single.clone()));
                done.insert(single.index, single);
                let broken = written.is_err();
                failed = std::mem::replace(&mut failed, Ok(())).and(written);
                if broken { Some(0) } else { stop.then_some(place) }
            },
        );
        failed
    }

    /// Runs every pair whose first fault stands for its class, in this partition.
    fn pairs(
        &mut self,
        faults: &[Fault],
        singles: &BTreeMap<usize, Single>,
        done: &mut BTreeMap<usize, Unit>,
        journal: &mut Journal,
    ) -> Result<(), String> {
        let (scenario, options) = (self.scenario, self.options);
        let (part, parts) = options.partition;
        let classes = pairs::classes(singles);
        let mine = classes.iter().enumerate().filter(|(place, _)| place % parts == part - 1).map(|(_, class)| class);
        let todo: Vec<&Vec<usize>> = mine.filter(|class| !done.contains_key(&class[0])).collect();
        let mut progress = Progress { phase: "pairs of faults", ..Progress::default() };
        done.values().for_each(|unit| progress.unit(unit));
        progress.done = (done.len(), done.len() + todo.len());
        let mut failed = Ok(());
        pool::each(
            options.jobs,
            &todo,
            || Trier::new(scenario, &options.run),
            |trier, class| pairs::unit(trier, faults, class, &options.choice),
            |place, unit| {
                progress.unit(&unit);
                progress.done.0 += 1;
                (self.watch)(&progress);
                let stop = !unit.failures.is_empty() && !options.keep_going;
                let written = journal.write(&Entry::Unit(unit.clone()));
                done.insert(unit.first, unit);
                let broken = written.is_err();
                failed = std::mem::replace(&mut failed, Ok(())).and(written);
                if broken { Some(0) } else { stop.then_some(place) }
            },
        );
        failed
    }
}

impl Progress {
    fn single(&mut self, single: &Single) {
        self.runs += 1;
        self.events += single.events;
        if let Some(fingerprint) = &single.fingerprint {
            *self.failures.entry(fingerprint.clone()).or_default() += 1;
        }
    }

    fn unit(&mut self, unit: &Unit) {
        self.runs += unit.runs;
        self.events += unit.events;
        self.pruned += unit.pruned;
        for failure in &unit.failures {
            *self.failures.entry(failure.fingerprint.clone()).or_default() += failure.pairs;
        }
    }
}

/// Whether anybody wants to know the state that a fault leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum States {
    /// Second faults go on from there.
    Told,
    /// Nobody.
    Unknown,
}

impl States {
    /// What a search of so many faults in one run needs.
    pub(super) fn needed(together: usize) -> States {
        if together == 2 { States::Told } else { States::Unknown }
    }
}

/// The run with this fault; every so many are made twice.
pub(super) fn single(
    trier: &mut Trier,
    (index, fault): (usize, &Fault),
    states: States,
    twice_every: Option<usize>,
) -> Single {
    let schedule = Schedule(vec![fault.clone()]);
    let (seen, state) = match states {
        States::Told => trier.run_with_state(&schedule),
        States::Unknown => (trier.run(&schedule), None),
    };
    let again = twice_every.is_some_and(|every| index.is_multiple_of(every.max(1)));
    Single {
        index,
        fault: fault.to_string(),
        verdict: seen.verdict.name().to_owned(),
        fingerprint: seen.fingerprint,
        events: seen.events,
        state: state.map(|state| format!("{state:016x}")),
        differs: if again { trier.differs(&schedule) } else { None },
    }
}

/// What is wrong without any fault, if anything is.
fn alone(clean: &Outcome) -> Option<Alone> {
    let said = clean.objections.iter().map(|objection| objection.sentence.clone()).chain(clean.reasons.iter().cloned());
    let fingerprint = Fingerprint::of(clean);
    let alone = Alone { verdict: clean.verdict.name().to_owned(), fingerprint, reasons: said.collect() };
    (clean.verdict != Verdict::Ok).then_some(alone)
}

/// Transaction types of tablets that a run has outside of the zone only.
fn outside(trace: &Trace) -> Vec<String> {
    let (mut inside, mut all) = (BTreeSet::new(), BTreeSet::new());
    let mut in_zone = true;
    for record in trace.records() {
        match (&record.what, record.tablet) {
            (What::ZoneBegun, _) => in_zone = true,
            (What::ZoneEnded, _) => in_zone = false,
            (What::Cut { tx, .. }, Some(tablet)) => {
                let name = format!("{tablet} {tx}");
                if in_zone {
                    inside.insert(name.clone());
                }
                all.insert(name);
            }
            _ => {}
        }
    }
    all.difference(&inside).cloned().collect()
}
