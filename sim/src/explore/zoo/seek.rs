//! One search of the zoo: a set of quirks, a strategy, all scenarios.

use super::verify::Verifier;
use super::{Strategy, hunted};
use crate::explore::sweep::{self, States};
use crate::explore::{Capsule, Choice, Fingerprint, Reorder, Single, Trier, Unit, pairs, pool, shrink};
use crate::fault::{Fault, Schedule, points};
use crate::run::{RunOptions, Verdict};
use crate::scenario::Scenario;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use tablets::quirk::Quirks;

/// A failure that the search came upon.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// The failure itself.
    #[serde(skip)]
    pub capsule: Capsule,
    /// What is left of it when it is made smaller, if it was.
    pub smallest: Option<Smallest>,
}

/// A find that was made smaller, and run twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Smallest {
    /// Statements of the script before and after.
    pub statements: (usize, usize),
    /// Faults before and after.
    pub faults: (usize, usize),
    /// The schedule, as lines joined with `; `.
    pub schedule: String,
    /// Runs that it took.
    pub runs: u64,
    /// The script with its faults, as a capsule in one word.
    pub capsule: String,
}

impl Find {
    pub(super) fn new(file: &str, capsule: Capsule, runs: u64) -> Find {
        Find {
            scenario: file.to_owned(),
            seed: capsule.seed,
            schedule: capsule.schedule.to_string(),
            faults: capsule.scenario.faults().0.len() + capsule.schedule.0.len(),
            fingerprint: capsule.fingerprint.clone(),
            runs,
            capsule,
            smallest: None,
        }
    }

    /// Makes it smaller. A run that never ends is left as it is: each run of it takes all the
    /// events that a run may have.
    ///
    /// # Errors
    /// What came of it does not show the same failure twice.
    pub fn make_smaller(&mut self) -> Result<(), String> {
        if self.fingerprint.oracle == Verdict::Exhausted.name() {
            return Ok(());
        }
        let shrunk = shrink(&self.capsule, &mut |_| {})?;
        let (before, after) = shrunk.sizes;
        self.smallest = Some(Smallest {
            statements: (before.statements, after.statements),
            faults: (before.faults, after.faults),
            schedule: shrunk.capsule.scenario.faults().to_string(),
            runs: shrunk.runs,
            capsule: shrunk.capsule.to_line(),
        });
        Ok(())
    }
}

/// What came of a search.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
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

/// Events of a run, at most: many times those of the largest scenario that is tried with faults.
const EVENTS: u64 = 400_000;
/// How often the priority of a connection falls in an order of delivery that `pct` draws.
const CHANGES: usize = 3;
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
    /// Searches until an expected oracle objects, everything is tried or time runs out. A sweep
    /// tries every scenario without faults, then each with every single fault, then with every two.
    pub fn seek(&self) -> Sought {
        let mut sought = Sought::default();
        let end = match self.strategy {
            Strategy::Sweep1 | Strategy::Sweep2 => self.passes(&mut sought),
            Strategy::Hunt => hunted::seek(self, None, &mut sought),
            Strategy::Pct => hunted::seek(self, Some(Reorder::Pct(CHANGES)), &mut sought),
        };
        if end.is_continue() {
            sought.out_of_time = (self.over)();
        }
        sought
    }

    fn passes(&self, sought: &mut Sought) -> ControlFlow<()> {
        let whole = RunOptions { quirks: self.quirks, ..RunOptions::default() };
        let run = RunOptions { event_budget: EVENTS, ..whole.clone() };
        let mut grounds = Vec::new();
        for scenario in self.scenarios {
            grounds.extend(self.clean(self.ground(scenario), &run, sought)?);
        }
        let mut done = Vec::new();
        for (ground, faults) in &grounds {
            if (self.over)() {
                return ControlFlow::Continue(());
            }
            done.push(self.singles(ground, &run, faults, sought)?);
        }
        for scenario in self.giants.iter().filter(|_| !(self.over)()) {
            self.clean(self.ground(scenario), &whole, sought)?;
        }
        let second = grounds.iter().zip(&done).filter(|_| self.strategy == Strategy::Sweep2);
        for ((ground, faults), singles) in second {
            if (self.over)() {
                return ControlFlow::Continue(());
            }
            self.pairs(ground, &run, (faults, singles), sought)?;
        }
        ControlFlow::Continue(())
    }

    fn ground<'p>(&self, scenario: &'p Arc<Scenario>) -> Ground<'p> {
        Ground { scenario, verifier: Verifier { quirks: self.quirks } }
    }

    /// No fault; the faults that can be tried, if that run is well.
    fn clean<'p>(
        &self,
        ground: Ground<'p>,
        run: &RunOptions,
        sought: &mut Sought,
    ) -> ControlFlow<(), Option<(Ground<'p>, Vec<Fault>)>> {
        let nothing = Schedule::default();
        let clean = Trier::new(ground.scenario, run).traced(&nothing);
        sought.runs += 1;
        if let Some(fingerprint) = Fingerprint::of(&clean) {
            ground.found(fingerprint, &nothing, run, sought)?;
        }
        if clean.verdict != Verdict::Ok {
            return ControlFlow::Continue(None);
        }
        let choice = Choice::default();
        let faults = points(&clean.trace).into_iter().flat_map(|point| choice.faults_at(point)).collect();
        ControlFlow::Continue(Some((ground, faults)))
    }

    /// Every single fault.
    fn singles(
        &self,
        ground: &Ground<'_>,
        run: &RunOptions,
        faults: &[Fault],
        sought: &mut Sought,
    ) -> ControlFlow<(), BTreeMap<usize, Single>> {
        let mut singles = BTreeMap::new();
        let wanted = |fingerprint: &Option<Fingerprint>| {
            fingerprint.as_ref().is_some_and(|print| ground.verifier.expects(print))
        };
        let items: Vec<(usize, &Fault)> = faults.iter().enumerate().collect();
        let states = if self.strategy == Strategy::Sweep2 { States::Told } else { States::Unknown };
        pool::each(
            self.jobs,
            &items,
            || Trier::new(ground.scenario, run),
            |trier, item| sweep::single(trier, *item, states, None),
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
                ground.found(fingerprint.clone(), &schedule, run, sought)?;
            }
        }
        ControlFlow::Continue(singles)
    }

    /// Every two faults, class by class.
    fn pairs(
        &self,
        ground: &Ground<'_>,
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
            || Trier::new(ground.scenario, run),
            |trier, class| pairs::unit(trier, faults, class, &choice),
            |index, unit| {
                let stop =
                    unit.failures.iter().any(|failure| ground.verifier.expects(&failure.fingerprint)) || (self.over)();
                units.insert(index, unit);
                stop.then_some(index)
            },
        );
        for unit in units.values() {
            sought.runs += unit.runs;
            for failure in &unit.failures {
                let schedule: Schedule = failure.schedule.parse().expect("a schedule that was printed can be read");
                ground.found(failure.fingerprint.clone(), &schedule, run, sought)?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// A scenario under search.
struct Ground<'a> {
    scenario: &'a Arc<Scenario>,
    verifier: Verifier,
}

impl Ground<'_> {
    /// Takes note of a failure; the search is over if it is an expected one.
    fn found(
        &self,
        fingerprint: Fingerprint,
        schedule: &Schedule,
        run: &RunOptions,
        sought: &mut Sought,
    ) -> ControlFlow<()> {
        let capsule = Capsule::new(self.scenario, run, schedule, &fingerprint);
        self.verifier.found(Find::new(&self.scenario.file, capsule, sought.runs), sought)
    }
}
