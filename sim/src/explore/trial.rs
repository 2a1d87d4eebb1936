//! One run under a schedule, and what a search keeps of it.

use super::Fingerprint;
use super::determinism::first_difference;
use crate::fault::Schedule;
use crate::run::{Checkpoint, Outcome, Run, RunOptions, Verdict, run};
use crate::scenario::Scenario;
use std::convert::Infallible;
use std::sync::Arc;

/// What a search keeps of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The judgement.
    pub verdict: Verdict,
    /// Which failure it is, if it is one.
    pub fingerprint: Option<Fingerprint>,
    /// Events handled.
    pub events: u64,
}

impl Seen {
    fn of(outcome: &Outcome) -> Seen {
        Seen { verdict: outcome.verdict, fingerprint: Fingerprint::of(outcome), events: outcome.events }
    }
}

/// At this run the run without faults is climbed: who has tried so many will try more.
const WORTH_CLIMBING: u64 = 10;

/// Tries schedules on one scenario, each from a copy of a run that has not met it yet.
pub struct Trier {
    scenario: Arc<Scenario>,
    options: RunOptions,
    checkpoint: Checkpoint,
    /// Faults that the scenario itself brings.
    own: usize,
    runs: u64,
}

impl Trier {
    /// Carries out the setup.
    pub fn new(scenario: &Arc<Scenario>, options: &RunOptions) -> Trier {
        let options = RunOptions { record: false, output: false, ..options.clone() };
        let checkpoint = Checkpoint::new(scenario, &options);
        Trier { scenario: Arc::clone(scenario), options, checkpoint, own: scenario.faults().0.len(), runs: 0 }
    }

    /// Runs with this schedule and one fault more begin shortly before that strikes.
    pub fn climb(&mut self, schedule: &Schedule) {
        self.checkpoint.climb(schedule);
    }

    /// A run to its end.
    pub fn run(&mut self, schedule: &Schedule) -> Seen {
        let mut run = self.start(schedule);
        while run.step() {}
        Seen::of(&run.end())
    }

    /// A run to its end, and the state it was in when all of the schedule had struck.
    pub fn run_with_state(&mut self, schedule: &Schedule) -> (Seen, Option<u64>) {
        match self.run_unless(schedule, |_| None::<Infallible>) {
            Ok(found) => found,
            Err(never) => match never {},
        }
    }

    /// A run to its end, unless `known` has something to say about the state that it is in when
    /// all of the schedule has struck.
    ///
    /// # Errors
    /// What `known` said; the rest of the run was not carried out.
    pub fn run_unless<K>(
        &mut self,
        schedule: &Schedule,
        mut known: impl FnMut(u64) -> Option<K>,
    ) -> Result<(Seen, Option<u64>), K> {
        let mut run = self.start(schedule);
        let all = self.own + schedule.0.len();
        let mut state = None;
        while run.step() {
            if state.is_none() && run.world().receipts().len() >= all {
                state = run.state();
                if let Some(known) = state.and_then(&mut known) {
                    return Err(known);
                }
            }
        }
        Ok((Seen::of(&run.end()), state))
    }

    fn start(&mut self, schedule: &Schedule) -> Run {
        self.runs += 1;
        if self.runs == WORTH_CLIMBING {
            self.checkpoint.climb(&Schedule::default());
        }
        self.checkpoint.start(schedule)
    }

    /// A whole run with its records.
    pub fn traced(&self, schedule: &Schedule) -> Outcome {
        let options = RunOptions { schedule: schedule.clone(), record: true, output: true, ..self.options.clone() };
        run(&self.scenario, &options, &mut |_| {})
    }

    /// Runs the schedule twice, from the start, and names the first record that differs.
    pub fn differs(&self, schedule: &Schedule) -> Option<String> {
        let (one, other) = (self.traced(schedule), self.traced(schedule));
        first_difference(&one.types, &one.trace, &other.trace)
    }
}
