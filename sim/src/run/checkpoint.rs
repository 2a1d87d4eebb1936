//! The end of a scenario's setup, from which many runs go on.
//!
//! Setup is the same in every run of a search, since no fault may strike before the zone. It
//! is carried out once, and each run begins with a copy of where it came to: same trace hash,
//! less time. A search that makes many runs climbs on from there, and begins each of them as
//! late as it can. A schedule with a fault that could have met its anchor in the setup is run
//! from the start, so that its verdict says so.

use super::ladder::Ladder;
use super::{Outcome, Run, RunOptions};
use crate::fault::Schedule;
use crate::scenario::Scenario;
use std::sync::Arc;

/// A scenario that is set up, under a seed and quirks.
pub struct Checkpoint {
    scenario: Arc<Scenario>,
    options: RunOptions,
    /// Of the run without faults, from where the zone begins; from its start if the scenario has
    /// none, or never comes there.
    clean: Ladder,
    /// Of the run under the faults that were climbed with last.
    faulty: Option<Ladder>,
}

impl Checkpoint {
    /// Carries out the setup. The options' own schedule does not count.
    pub fn new(scenario: &Arc<Scenario>, options: &RunOptions) -> Checkpoint {
        let options = RunOptions { schedule: Schedule::default(), ..options.clone() };
        let mut run = Run::new(scenario, &options);
        while scenario.has_zone() && !run.world().in_zone() {
            if !run.step() {
                run = Run::new(scenario, &options);
                break;
            }
        }
        Checkpoint { scenario: Arc::clone(scenario), options, clean: Ladder::of(run), faulty: None }
    }

    /// Carries out the run under these faults and keeps copies of it on its way, so that a run
    /// with more faults than these begins shortly before the first of them. Copies of the run
    /// without faults stay, of others only those of the last.
    pub fn climb(&mut self, schedule: &Schedule) {
        if schedule.0.is_empty() {
            self.clean.climb();
        } else if self.faulty.as_ref().is_none_or(|ladder| ladder.schedule() != schedule) {
            let mut ladder = Ladder::of(self.start(schedule));
            ladder.climb();
            self.faulty = Some(ladder);
        }
    }

    /// The run under these faults, as late as is possible before they strike: where the zone
    /// begins, or above, or else at its start.
    pub fn start(&mut self, schedule: &Schedule) -> Run {
        let faulty = self.faulty.as_mut().and_then(|ladder| ladder.start(schedule));
        let run = faulty.or_else(|| self.clean.start(schedule));
        run.unwrap_or_else(|| {
            Run::new(&self.scenario, &RunOptions { schedule: schedule.clone(), ..self.options.clone() })
        })
    }

    /// The whole run under these faults.
    pub fn run(&mut self, schedule: &Schedule) -> Outcome {
        let mut run = self.start(schedule);
        while run.step() {}
        run.end()
    }
}
