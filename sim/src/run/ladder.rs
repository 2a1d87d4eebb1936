//! Copies of one run on its way, from which runs with more faults go on.
//!
//! Until a fault can have met its anchor, a run with it is the run without it. So a search
//! climbs that run once and keeps a copy of it every so many events, the *rungs*; a run with
//! more faults begins at the last rung at which none of those can have struck.
//!
//! ```text
//!   zone begins                                        end
//!   |────|────|────|────|────|────|────|────|────|────|     the run that was climbed
//!                            └──── ✗ ──────────────────     with a fault more
//! ```
//!
//! The number of rungs is bounded: when there are too many, every second one goes.

use super::Run;
use crate::fault::Schedule;

/// How many copies of a run are kept, at most.
const MOST_RUNGS: usize = 64;
/// Events from one rung to the next, at least: about where copies cost as much as they save.
const LEAST_GAP: u64 = 2;

/// The copies.
///
/// * They are in order, all of one run, under `schedule`.
pub(super) struct Ladder {
    schedule: Schedule,
    rungs: Vec<Run>,
}

impl Ladder {
    /// The run as it is now, and nothing of what comes.
    pub(super) fn of(run: Run) -> Ladder {
        Ladder { schedule: run.schedule.clone(), rungs: vec![run] }
    }

    /// The faults of the run that was climbed.
    pub(super) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Goes on from the last rung to the end of the run, and keeps copies on the way.
    pub(super) fn climb(&mut self) {
        let Some(mut run) = self.rungs.last_mut().map(Run::copy) else { return };
        let mut gap = LEAST_GAP;
        let mut next = run.world.events() + gap;
        while run.step() {
            if run.world.events() < next || !run.world.between_events() {
                continue;
            }
            if self.rungs.len() == MOST_RUNGS {
                let mut place = 0;
                self.rungs.retain(|_| {
                    place += 1;
                    place % 2 == 1
                });
                gap *= 2;
            }
            self.rungs.push(run.copy());
            next = run.world.events() + gap;
        }
    }

    /// The run under this schedule, at the last rung where that is possible; `None` if it is not
    /// the climbed run with more faults, or one of them might have struck before the first rung.
    pub(super) fn start(&mut self, schedule: &Schedule) -> Option<Run> {
        let more = Schedule(schedule.0.strip_prefix(self.schedule.0.as_slice())?.to_vec());
        let fitting = self.rungs.partition_point(|rung| !rung.is_late_for(&more));
        let mut run = self.rungs[..fitting].last_mut()?.copy();
        run.arm(&more).then_some(run)
    }
}
