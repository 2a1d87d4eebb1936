//! One search of the zoo: a set of quirks, a strategy, all scenarios.

use super::Strategy;
use crate::explore::{Choice, Fingerprint, Seen, Single, Trier, Unit, pairs, pool, sweep};
use crate::fault::{Fault, Schedule, points};
use crate::run::{RunOptions, Verdict};
use crate::scenario::Scenario;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use tablets::quirk::{Quirk, Quirks};

/// A failure that the search came upon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Find {
    /// The scenario's file.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The schedule, as lines joined with `; `.
    pub schedule: String,
    /// How many faults it has, those that the scenario itself brings included.
    pub faults: usize,
    /// Which failure it is.
    pub fingerprint: Fingerprint,
    /// How many runs it took, this one included.
    pub runs: u64,
}

/// What came of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sought {
    /// The first failure of which an expected oracle speaks.
    pub find: Option<Find>,
    /// The first failure of any other kind before it.
    pub other: Option<Find>,
    /// Failures that the tablets without quirks have as well, and of which there must be none.
    pub false_alarms: Vec<Find>,
    /// Runs in all.
    pub runs: u64,
    /// Whether time ran out before everything was tried.
    pub out_of_time: bool,
}

/// A search.
pub struct Seeker<'a> {
    /// The scenarios, in the order in which they are tried.
    pub scenarios: &'a [Arc<Scenario>],
    /// Scenarios that are too large to be tried with faults: they are run once.
    pub giants: &'a [Arc<Scenario>],
    /// The mistakes that the tablets make.
    pub quirks: Quirks,
    /// How schedules are chosen.
    pub strategy: Strategy,
    /// Threads.
    pub jobs: usize,
    /// Whether time has run out.
    pub over: &'a (dyn Fn() -> bool + Sync),
}

/// Whether the oracle is one that must object to this quirk. A run that goes on until its budget of
/// events is used up is one in which an operation does not end, which `progress_made` stands for.
pub fn is_expected(quirk: Quirk, fingerprint: &Fingerprint) -> bool {
    let oracle = match fingerprint.oracle.as_str() {
        "exhausted" => "progress_made",
        oracle => oracle,
    };
    quirk.oracles().contains(&oracle)
}

/// Scenarios with more events than this are giants.
const HANDY_EVENTS: u64 = 20_000;

/// The scenarios in order of how many events they have without faults, and the giants.
pub fn smallest_first(scenarios: Vec<Arc<Scenario>>) -> (Vec<Arc<Scenario>>, Vec<Arc<Scenario>>) {
    let events = |scenario: &Arc<Scenario>| {
        let options = RunOptions { event_budget: HANDY_EVENTS + 1, ..RunOptions::default() };
        crate::run::run(scenario, &options, &mut |_| {}).events
    };
    let mut sized: Vec<(u64, Arc<Scenario>)> =
        scenarios.into_iter().map(|scenario| (events(&scenario), scenario)).collect();
    sized.sort_by_key(|(events, _)| *events);
    let handy = sized.partition_point(|(events, _)| *events <= HANDY_EVENTS);
    let giants = sized.split_off(handy);
    let plain = |sized: Vec<(u64, Arc<Scenario>)>| sized.into_iter().map(|(_, scenario)| scenario).collect();
    (plain(sized), plain(giants))
}

impl Seeker<'_> {
    /// Searches until an expected oracle objects, everything is tried or time runs out: first
    /// every scenario without faults, then each with every single fault, then with every two.
    pub fn seek(&self) -> Sought {
        let mut sought = Sought::default();
        if self.passes(&mut sought).is_continue() {
            sought.out_of_time = (self.over)();
        }
        sought
    }

    fn passes(&self, sought: &mut Sought) -> ControlFlow<()> {
        let run = RunOptions { quirks: self.quirks, ..RunOptions::default() };
        let mut grounds = Vec::new();
        for scenario in self.scenarios {
            grounds.extend(self.clean(self.place(scenario), &run, sought)?);
        }
        let mut done = Vec::new();
        for (place, faults) in &grounds {
            if (self.over)() {
                return ControlFlow::Continue(());
            }
            done.push(self.singles(place, &run, faults, sought)?);
        }
        for scenario in self.giants.iter().filter(|_| !(self.over)()) {
            self.clean(self.place(scenario), &run, sought)?;
        }
        let second = grounds.iter().zip(&done).filter(|_| self.strategy == Strategy::Sweep2);
        for ((place, faults), singles) in second {
            if (self.over)() {
                return ControlFlow::Continue(());
            }
            self.pairs(place, &run, (faults, singles), sought)?;
        }
        ControlFlow::Continue(())
    }

    fn place<'p>(&self, scenario: &'p Arc<Scenario>) -> Place<'p> {
        Place { scenario, quirks: self.quirks, seed: scenario.seed().unwrap_or(1) }
    }

    /// No fault; the faults that can be tried, if that run is well.
    fn clean<'p>(
        &self,
        place: Place<'p>,
        run: &RunOptions,
        sought: &mut Sought,
    ) -> ControlFlow<(), Option<(Place<'p>, Vec<Fault>)>> {
        let nothing = Schedule::default();
        let clean = Trier::new(place.scenario, run).traced(&nothing);
        sought.runs += 1;
        if let Some(fingerprint) = Fingerprint::of(&clean) {
            place.found(fingerprint, &nothing, sought.runs, sought)?;
        }
        if clean.verdict != Verdict::Ok {
            return ControlFlow::Continue(None);
        }
        let choice = Choice::default();
        let faults = points(&clean.trace).into_iter().flat_map(|point| choice.faults_at(point)).collect();
        ControlFlow::Continue(Some((place, faults)))
    }

    /// Every single fault.
    fn singles(
        &self,
        place: &Place<'_>,
        run: &RunOptions,
        faults: &[Fault],
        sought: &mut Sought,
    ) -> ControlFlow<(), BTreeMap<usize, Single>> {
        let mut singles = BTreeMap::new();
        let wanted = |fingerprint: &Option<Fingerprint>| fingerprint.as_ref().is_some_and(|print| place.expects(print));
        let items: Vec<(usize, &Fault)> = faults.iter().enumerate().collect();
        pool::each(
            self.jobs,
            &items,
            || Trier::new(place.scenario, run),
            |trier, (index, fault)| sweep::single(trier, *index, fault, None),
            |index, single| {
                let stop = wanted(&single.fingerprint) || (self.over)();
                singles.insert(single.index, single);
                stop.then_some(index)
            },
        );
        let before = sought.runs;
        for (index, single) in &singles {
            sought.runs = before + *index as u64 + 1;
            if let Some(fingerprint) = &single.fingerprint {
                let schedule = Schedule(vec![faults[*index].clone()]);
                place.found(fingerprint.clone(), &schedule, sought.runs, sought)?;
            }
        }
        ControlFlow::Continue(singles)
    }

    /// Every two faults, class by class.
    fn pairs(
        &self,
        place: &Place<'_>,
        run: &RunOptions,
        (faults, singles): (&[Fault], &BTreeMap<usize, Single>),
        sought: &mut Sought,
    ) -> ControlFlow<()> {
        let classes = pairs::classes(singles);
        let choice = Choice::default();
        let mut units: BTreeMap<usize, Unit> = BTreeMap::new();
        pool::each(
            self.jobs,
            &classes,
            || Trier::new(place.scenario, run),
            |trier, class| pairs::unit(trier, faults, class, &choice),
            |index, unit| {
                let stop = unit.failures.iter().any(|failure| place.expects(&failure.fingerprint)) || (self.over)();
                units.insert(index, unit);
                stop.then_some(index)
            },
        );
        for unit in units.values() {
            sought.runs += unit.runs;
            for failure in &unit.failures {
                let schedule: Schedule = failure.schedule.parse().expect("a schedule that was printed can be read");
                place.found(failure.fingerprint.clone(), &schedule, sought.runs, sought)?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// Where a failure was found.
struct Place<'a> {
    scenario: &'a Arc<Scenario>,
    quirks: Quirks,
    seed: u64,
}

impl Place<'_> {
    /// Whether the oracle is one that must object to these quirks.
    fn expects(&self, fingerprint: &Fingerprint) -> bool {
        self.quirks.iter().any(|quirk| is_expected(quirk, fingerprint))
    }

    /// Takes note of a failure; the search is over if it is an expected one.
    fn found(&self, fingerprint: Fingerprint, schedule: &Schedule, runs: u64, sought: &mut Sought) -> ControlFlow<()> {
        let expected = self.expects(&fingerprint);
        let known = |find: &Find| find.fingerprint == fingerprint;
        if !expected && (sought.other.is_some() || sought.false_alarms.iter().any(known)) {
            return ControlFlow::Continue(());
        }
        let find = Find {
            scenario: self.scenario.file.clone(),
            seed: self.seed,
            schedule: schedule.to_string(),
            faults: self.scenario.faults().0.len() + schedule.0.len(),
            fingerprint,
            runs,
        };
        let without = self.without_quirks(schedule);
        if without.fingerprint.is_some() {
            sought.false_alarms.push(find);
            return ControlFlow::Continue(());
        }
        match expected {
            true => {
                sought.find = Some(find);
                ControlFlow::Break(())
            }
            false => {
                sought.other = Some(find);
                ControlFlow::Continue(())
            }
        }
    }

    /// The same run with tablets that make no mistake.
    fn without_quirks(&self, schedule: &Schedule) -> Seen {
        Trier::new(self.scenario, &RunOptions::default()).run(schedule).0
    }
}
