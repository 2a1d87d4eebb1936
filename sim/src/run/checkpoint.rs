//! The end of a scenario's setup, from which many runs go on.
//!
//! Setup is the same in every run of a search, since no fault may strike before the zone. It
//! is carried out once, and each run begins with a copy of where it came to: same trace hash,
//! less time. A schedule with a fault that could have met its anchor in the setup is run from
//! the start, so that its verdict says so.

use super::{Outcome, Run, RunOptions};
use crate::fault::Schedule;
use crate::scenario::Scenario;
use std::sync::Arc;

/// A scenario that is set up, under a seed and quirks.
pub struct Checkpoint {
    scenario: Arc<Scenario>,
    options: RunOptions,
    /// Where the zone begins; nothing if the scenario has none, or never comes there.
    ready: Option<Run>,
}

impl Checkpoint {
    /// Carries out the setup. The options' own schedule does not count.
    pub fn new(scenario: &Arc<Scenario>, options: &RunOptions) -> Checkpoint {
        let options = RunOptions { schedule: Schedule::default(), ..options.clone() };
        let mut run = Run::new(scenario, &options);
        let ready = loop {
            if scenario.has_zone() && run.world().in_zone() {
                break Some(run);
            }
            if !scenario.has_zone() || !run.step() {
                break None;
            }
        };
        Checkpoint { scenario: Arc::clone(scenario), options, ready }
    }

    /// The run under these faults, at the beginning of the zone where that is possible, else at
    /// its start.
    pub fn start(&mut self, schedule: &Schedule) -> Run {
        if let Some(ready) = &mut self.ready {
            let mut run = ready.copy();
            if run.arm(schedule) {
                return run;
            }
        }
        Run::new(&self.scenario, &RunOptions { schedule: schedule.clone(), ..self.options.clone() })
    }

    /// The whole run under these faults.
    pub fn run(&mut self, schedule: &Schedule) -> Outcome {
        let mut run = self.start(schedule);
        while run.step() {}
        run.end()
    }
}
