//! A run: a scenario, carried out in a world, and what came of it.
//!
//! [`run`] makes a world, hands each statement to a client, and judges. The
//! [`Interpreter`] is a value of its own beside the world, so that both can be copied
//! where the zone begins.
//!
//! The verdict is the worst that happened: a tablet panicked; an oracle objected or an
//! expectation failed (*violated*); something waits and nothing will wake it (*stuck*);
//! the event budget ran out (*exhausted*); a fault never struck, or an oracle that must
//! look found nothing to look at (*invalid*: neither a pass nor a failure).

mod checkpoint;
mod cluster;
mod interpreter;
mod judge;
mod ladder;
mod outcome;

pub use checkpoint::Checkpoint;
pub use cluster::{known_types, tablet_types};
pub use interpreter::Interpreter;
pub use outcome::{Outcome, Printed, Verdict};

use crate::fault::Schedule;
use crate::goal::Goals;
use crate::oracle::{self, Oracle};
use crate::scenario::Scenario;
use crate::state::StateBytes;
use crate::world::{World, WorldOptions};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use tablets::ids::TabletId;
use tablets::quirk::Quirks;
use tablets::settings::Settings;

/// What a run is made of besides the scenario.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The seed; the scenario's, or 1, if it is not given.
    pub seed: Option<u64>,
    /// Faults beside the scenario's own.
    pub schedule: Schedule,
    /// Whether faults may break the contract of pipes; the run is then judged for safety only.
    pub beyond_contract: bool,
    /// Mistakes that the tablets make.
    pub quirks: Quirks,
    /// The only oracles that watch; all of them, if none is named.
    pub only: Vec<&'static str>,
    /// Whether to keep the records of the trace.
    pub record: bool,
    /// Whether to keep what statements print.
    pub output: bool,
    /// Whether to read the tablets' counters at the end.
    pub counters: bool,
    /// After so many events the run is exhausted.
    pub event_budget: u64,
}

impl Default for RunOptions {
    fn default() -> Self {
        let WorldOptions { event_budget, .. } = WorldOptions::default();
        RunOptions {
            seed: None,
            schedule: Schedule::default(),
            beyond_contract: false,
            quirks: Quirks::NONE,
            only: Vec::new(),
            record: false,
            output: true,
            counters: false,
            event_budget,
        }
    }
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Statements ended.
    pub statements: usize,
    /// Events handled.
    pub events: u64,
}

/// Carries out `scenario`; tells `progress` now and then how far it is.
pub fn run(scenario: &Arc<Scenario>, options: &RunOptions, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let mut run = Run::new(scenario, options);
    let mut told = 0;
    while run.step() {
        if run.world.events() >> 12 != told {
            told = run.world.events() >> 12;
            progress(run.progress());
        }
    }
    run.end()
}

/// A run under way: the world, and the interpreter that acts in it.
pub struct Run {
    world: World,
    interpreter: Interpreter,
    seed: u64,
    schedule: Schedule,
    counters: bool,
}

impl Run {
    /// Before the first statement.
    pub fn new(scenario: &Arc<Scenario>, options: &RunOptions) -> Run {
        let seed = options.seed.or(scenario.seed()).unwrap_or(1);
        let mut schedule = scenario.faults();
        schedule.0.extend(options.schedule.0.iter().cloned());
        let mut world = World::new(WorldOptions {
            seed,
            nodes: scenario.nodes(),
            quirks: options.quirks,
            event_budget: options.event_budget,
            record: options.record,
            schedule,
            beyond_contract: options.beyond_contract,
            ..WorldOptions::default()
        });
        world.set_goals(Goals::new(scenario.goals()));
        let settings = Settings::default();
        tablet_types(&mut world, &settings);
        let watches = |name: &str| options.only.is_empty() || options.only.contains(&name);
        oracle::all().into_iter().filter(|oracle| watches(oracle.name())).for_each(|oracle| world.add_oracle(oracle));
        if scenario.has_zone() {
            world.end_zone();
        }
        let mut interpreter = Interpreter::new(Arc::clone(scenario), seed, settings);
        if !options.output {
            interpreter.hush();
        }
        Run { world, interpreter, seed, schedule: options.schedule.clone(), counters: options.counters }
    }

    /// One more oracle, beside those that it has.
    pub fn add_oracle(&mut self, oracle: Box<dyn Oracle>) {
        self.world.add_oracle(oracle);
    }

    /// Begins a statement or lets the world make one step; `false` when the run is over.
    pub fn step(&mut self) -> bool {
        self.interpreter.step(&mut self.world)
    }

    /// How far the run has come.
    pub fn progress(&self) -> Progress {
        Progress { statements: self.interpreter.statements_ended(), events: self.world.events() }
    }

    /// The same run once more, as far as it has come.
    pub fn copy(&mut self) -> Run {
        let Run { world, interpreter, seed, schedule, counters } = self;
        Run {
            world: world.copy(),
            interpreter: interpreter.clone(),
            seed: *seed,
            schedule: schedule.clone(),
            counters: *counters,
        }
    }

    /// Adds these faults to those it has. `false`, and nothing changes, if one of them might have
    /// struck already.
    pub fn arm(&mut self, more: &Schedule) -> bool {
        if self.is_late_for(more) {
            return false;
        }
        self.schedule.0.extend(more.0.iter().cloned());
        self.world.add_faults(more);
        true
    }

    /// Whether one of these faults might have struck already.
    fn is_late_for(&self, more: &Schedule) -> bool {
        self.world.watches_too_late(more) || more.0.iter().any(|fault| self.world.may_have_met(&fault.anchor))
    }

    /// A number for the state that the run is in, which decides all that is to come: two runs of
    /// one scenario with the same number end alike, whatever led there. `None` between two
    /// halves of a step.
    pub fn state(&mut self) -> Option<u64> {
        if !self.world.between_events() {
            return None;
        }
        let mut state = StateBytes::default();
        self.world.hash_state(&mut state);
        self.interpreter.hash(&mut state);
        Some(state.finish())
    }

    /// What statements have printed so far, in order.
    pub fn output(&self) -> &[Printed] {
        self.interpreter.output()
    }

    /// The world as it is now.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What a tablet remembers now that no table has, part by part; nothing if it is down.
    pub fn memory(&self, tablet: TabletId) -> Vec<(&'static str, String)> {
        self.world.memory(tablet)
    }

    /// Judges the run, which is over.
    pub fn end(mut self) -> Outcome {
        let counters = if self.counters { self.world.counters() } else { Vec::new() };
        let outcome = judge::outcome(self.interpreter, self.world, self.seed, self.schedule);
        Outcome { counters, ..outcome }
    }
}
