//! Whether a case still fails in the same way, and how much asking is left.

use super::anchors;
use super::case::Case;
use crate::explore::{Capsule, Fingerprint};
use crate::fault::Schedule;
use crate::run::{Outcome, RunOptions, Verdict, run};
use crate::scenario::{CsvFiles, Scenario};
use std::collections::BTreeSet;
use std::sync::Arc;
use tablets::quirk::{Quirk, Quirks};

/// Events of all runs together, at most.
const BUDGET: u64 = 6_000_000;
/// A case that is as small may take so many times the events, and a few more.
const LONGER: (u64, u64) = (3, 2_000);

/// How far a shrinking is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShrinkProgress {
    /// What is being made smaller.
    pub phase: &'static str,
    /// Runs carried out.
    pub runs: u64,
    /// The part of the budget that is spent, in percent.
    pub spent: u64,
    /// Statements and faults left.
    pub left: (usize, usize),
}

/// Runs cases.
pub(super) struct Judge<'a> {
    fingerprint: &'a Fingerprint,
    file: &'a str,
    files: CsvFiles,
    beyond_contract: bool,
    event_budget: u64,
    events: u64,
    runs: u64,
    phase: &'static str,
    /// What was tried and did not fail.
    tried: BTreeSet<u64>,
    watch: &'a mut dyn FnMut(&ShrinkProgress),
}

impl<'a> Judge<'a> {
    pub(super) fn new(capsule: &'a Capsule, events: u64, watch: &'a mut dyn FnMut(&ShrinkProgress)) -> Judge<'a> {
        let RunOptions { event_budget, .. } = RunOptions::default();
        let exhausts = capsule.fingerprint.oracle == Verdict::Exhausted.name();
        Judge {
            fingerprint: &capsule.fingerprint,
            file: &capsule.scenario.file,
            files: CsvFiles::Kept(capsule.scenario.csv_files()),
            beyond_contract: capsule.beyond_contract,
            event_budget: if exhausts { event_budget } else { events * LONGER.0 + LONGER.1 },
            events: 0,
            runs: 0,
            phase: "",
            tried: BTreeSet::new(),
            watch,
        }
    }

    pub(super) fn begin(&mut self, phase: &'static str) {
        self.phase = phase;
    }

    pub(super) fn runs(&self) -> u64 {
        self.runs
    }

    /// Whether nothing more is to be tried.
    pub(super) fn is_spent(&self) -> bool {
        self.events >= BUDGET
    }

    /// The scenario of a case, if its lines are one.
    pub(super) fn scenario(&self, case: &Case) -> Option<Arc<Scenario>> {
        Scenario::parse_with(self.file, &case.text(), &self.files).ok().map(Arc::new)
    }

    /// The run of a case under other faults than its own.
    pub(super) fn run(&mut self, scenario: &Arc<Scenario>, case: &Case, schedule: Schedule, record: bool) -> Outcome {
        let options = RunOptions {
            seed: Some(case.seed),
            schedule,
            beyond_contract: self.beyond_contract,
            quirks: case.quirks,
            record,
            event_budget: self.event_budget,
            ..RunOptions::default()
        };
        let outcome = run(scenario, &options, &mut |_| {});
        self.events += outcome.events;
        self.runs += 1;
        let spent = (self.events * 100 / BUDGET).min(100);
        let left = (case.lines.len(), case.faults.len());
        (self.watch)(&ShrinkProgress { phase: self.phase, runs: self.runs, spent, left });
        outcome
    }

    /// The traced run of a case, with its faults.
    pub(super) fn traced(&mut self, case: &Case) -> Option<Outcome> {
        let scenario = self.scenario(case)?;
        Some(self.run(&scenario, case, Schedule(case.faults.clone()), true))
    }

    /// Whether the case, as it is, fails in the same way.
    pub(super) fn fails(&mut self, case: &Case) -> bool {
        self.asked(case).is_some_and(|outcome| self.is_same(&outcome))
    }

    /// The case without those of its faults that do not strike, if that fails in the same way.
    pub(super) fn settled(&mut self, case: &Case) -> Option<Case> {
        let mut case = case.clone();
        loop {
            let outcome = self.asked(&case)?;
            if self.is_same(&outcome) {
                return Some(case);
            }
            let own = outcome.faults_asked - case.faults.len();
            let strikes = |at: usize| outcome.receipts.iter().any(|receipt| receipt.index == own + at);
            let before = case.faults.len();
            let faults = std::mem::take(&mut case.faults).into_iter().enumerate();
            case.faults = faults.filter(|(at, _)| strikes(*at)).map(|(_, fault)| fault).collect();
            if case.faults.len() == before {
                return None;
            }
        }
    }

    /// The run of a case that was not tried in vain before.
    fn asked(&mut self, case: &Case) -> Option<Outcome> {
        let scenario = self.scenario(case)?;
        let key = key(case);
        if self.is_spent() || self.tried.contains(&key) {
            return None;
        }
        let outcome = self.run(&scenario, case, Schedule(case.faults.clone()), false);
        if !self.is_same(&outcome) {
            self.tried.insert(key);
        }
        Some(outcome)
    }

    fn is_same(&self, outcome: &Outcome) -> bool {
        Fingerprint::of(outcome).as_ref() == Some(self.fingerprint) && outcome.unfired.is_empty()
    }

    /// The case with its lines changed to these, if it fails in the same way after its faults
    /// have followed the change.
    pub(super) fn changed(&mut self, case: &Case, changed: Case) -> Option<Case> {
        if self.is_spent() || self.scenario(&changed).is_none() {
            return None;
        }
        let direct = anchors::follow(case, &changed)?;
        if self.fails(&direct) {
            return Some(direct);
        }
        anchors::nearby(case, &direct, self).into_iter().find(|near| self.fails(near))
    }

    /// The same case with seed 1 and without the quirks that it does not need, where it fails so.
    pub(super) fn plainer(&mut self, case: &Case) -> Case {
        self.begin("seed and quirks");
        let mut plain = case.clone();
        let all: Vec<Quirk> = plain.quirks.iter().collect();
        let others =
            |gone: &Quirk| all.iter().filter(|quirk| *quirk != gone).fold(Quirks::NONE, |some, one| some.with(*one));
        let candidates = all.iter().map(|gone| Case { quirks: others(gone), ..case.clone() });
        for candidate in candidates.chain([Case { seed: 1, ..case.clone() }]) {
            if candidate != plain && self.fails(&candidate) {
                plain = candidate;
            }
        }
        plain
    }
}

fn key(case: &Case) -> u64 {
    let Case { faults, seed, quirks, .. } = case;
    let quirks: Vec<&str> = quirks.iter().map(|quirk| quirk.name()).collect();
    let text = format!("{seed}\n{}\n{}\n{}", quirks.join(","), Schedule(faults.clone()), case.text());
    xxhash_rust::xxh3::xxh3_64(text.as_bytes())
}
