//! Hunts: many seeds, each a differently shaped world.
//!
//! ```text
//!   seed ──> shape ──> workload ──> a run without faults ──> points ──> schedules ──> one run each
//!              │                                                │
//!              └── which faults, how many, how long;            └── a run that reached something
//!                  what clients do besides the script               new is varied further
//! ```
//!
//! A shape turns whole kinds of faults and of requests off and gives the others wild weights, so
//! that the seeds differ more than runs of one mixture would. Faults strike in the zone, which is
//! the phase in which only safety is asked for; after it nothing strikes, what was paused goes on,
//! and everything has to end.
//!
//! What is new is told by coverage: tablet type, event (a transaction and its cut), operations'
//! state and fault. Seeds are worked on in batches, and what a batch has learned steers the next
//! one, so the result is the same for any number of threads.
//!
//! Left out: the states of several operations together; the one that was entered last stands for
//! all.

mod course;
mod kept;
mod novelty;
mod report;
mod schedule;
mod shape;
mod workload;

pub use kept::{HuntHeader, Kept};
pub use novelty::Feature;
pub use report::{Catch, HuntReport};
pub use shape::Shape;
pub use workload::{Doing, draw as draw_workload};

use super::{Capsule, Entry, Fingerprint, Journal, Progress, Reorder, pool};
use crate::as_text;
use crate::fault::{Point, Schedule, points};
use crate::rng::Stream;
use crate::run::{Checkpoint, Outcome, RunOptions, Verdict, run};
use crate::scenario::Scenario;
use course::{Course, Job, Lead};
use kept::Done;
use schedule::Chooser;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Schedules tried with the workload of a seed, and with that of a lead.
const SCHEDULES: (u64, u64) = (8, 4);
/// Events of a run without faults, at most; a run with faults may take some times more.
const EVENTS: u64 = 200_000;

/// What a hunt is made of besides the scenario.
#[derive(Clone, Debug)]
pub struct HuntOptions {
    /// Quirks of every run; seed and schedule do not count.
    pub run: RunOptions,
    /// The first seed and the last.
    pub seeds: (u64, u64),
    /// Threads.
    pub jobs: usize,
    /// The part k of n of the seeds, from 1.
    pub partition: (u64, u64),
    /// Draw orders of delivery in place of faults.
    pub reorder: Option<Reorder>,
    /// Where finished pieces are kept.
    pub journal: Option<PathBuf>,
}

impl Default for HuntOptions {
    fn default() -> Self {
        HuntOptions {
            run: RunOptions::default(),
            seeds: (1, 100),
            jobs: 1,
            partition: (1, 1),
            reorder: None,
            journal: None,
        }
    }
}

/// A hunt.
pub struct Hunt<'a> {
    /// What the workloads are drawn from.
    pub scenario: &'a Arc<Scenario>,
    /// What it is made of besides.
    pub options: &'a HuntOptions,
    /// Hears how far it is, and says whether it goes on.
    pub watch: &'a mut dyn FnMut(&Progress) -> bool,
}

/// What came of a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Found {
    ok: u64,
    invalid: u64,
    events: u64,
    failed: Vec<Failed>,
    /// Schedules with what they reached.
    #[serde(with = "as_text::pairs")]
    reached: Vec<(Schedule, BTreeSet<Feature>)>,
}

/// A run that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Failed {
    fingerprint: Fingerprint,
    verdict: Verdict,
    #[serde(with = "as_text")]
    capsule: Capsule,
}

impl Hunt<'_> {
    /// Works on all seeds, or until nobody wants it to go on.
    ///
    /// # Errors
    /// The journal cannot be used.
    pub fn run(&mut self) -> Result<HuntReport, String> {
        let header = self.header();
        let (mut journal, entries) = match &self.options.journal {
            Some(path) => Journal::open(path, &Entry::Hunt(header.clone()))?,
            None => (Journal::none(), Vec::new()),
        };
        let mut done = Done::new(entries)?;
        let mut course = Course::new(HuntReport::new(&header));
        let mut progress = Progress { phase: "seeds", ..Progress::default() };
        loop {
            let batch = course.batch();
            if batch.is_empty() {
                return Ok(course.end(true));
            }
            progress.done.1 = progress.done.0.saturating_add(batch.len()).saturating_add(course.ahead());
            let mut results: Vec<Option<Found>> = batch.iter().map(|job| done.take(job)).collect();
            results.iter().flatten().for_each(|found| found.tell(&mut progress));
            let on = self.batch(&batch, &mut results, &course, (&mut progress, &mut journal))?;
            course.learn(&batch, results);
            if !on {
                return Ok(course.end(false));
            }
        }
    }

    fn header(&self) -> HuntHeader {
        let HuntOptions { run: options, seeds, partition, reorder, .. } = self.options;
        let options = RunOptions { schedule: Schedule::default(), ..options.clone() };
        HuntHeader {
            file: self.scenario.file.clone(),
            clean: format!("{:016x}", run(self.scenario, &options, &mut |_| {}).trace_hash),
            quirks: options.quirks.iter().map(|quirk| quirk.name().to_owned()).collect(),
            seeds: *seeds,
            partition: *partition,
            reorder: reorder.map(|reorder| reorder.to_string()),
        }
    }

    /// Works on what is not done of one batch; `false` if nobody wants more. Then the rest of it
    /// is still done, so that what is told is a whole batch.
    fn batch(
        &mut self,
        batch: &[Job],
        results: &mut [Option<Found>],
        course: &Course,
        (progress, journal): (&mut Progress, &mut Journal),
    ) -> Result<bool, String> {
        let (scenario, options) = (self.scenario, self.options);
        let todo: Vec<usize> = (0..batch.len()).filter(|place| results[*place].is_none()).collect();
        let (mut on, mut written) = (true, Ok(()));
        pool::each(
            options.jobs,
            &todo,
            || (),
            |(), place| work(scenario, options, &batch[*place]),
            |at, found| {
                let place = todo[at];
                if written.is_ok() && !journal.is_none() {
                    written = journal.write(&Entry::Job(Kept::new(&batch[place], &found, course)));
                }
                found.tell(progress);
                on &= (self.watch)(progress);
                results[place] = Some(found);
                None
            },
        );
        written.map(|()| on)
    }
}

/// Everything that is tried with one seed.
fn work(base: &Arc<Scenario>, options: &HuntOptions, job: &Job) -> Found {
    let stream = Stream::new(job.seed, "hunt");
    let shape = Shape::draw(stream);
    let scenario = workload::draw(base, &shape, stream);
    let run = RunOptions {
        seed: Some(job.seed),
        schedule: Schedule::default(),
        record: true,
        event_budget: EVENTS,
        ..options.run.clone()
    };
    let mut found = Found::default();
    let mut checkpoint = Checkpoint::new(&scenario, &run);
    let clean = checkpoint.run(&Schedule::default());
    found.take(&scenario, &run, &Schedule::default(), &clean);
    if clean.verdict != Verdict::Ok {
        return found;
    }
    let places: Vec<Point> = points(&clean.trace);
    let (count, stream, before) = match &job.lead {
        None => (SCHEDULES.0, stream.text("schedules"), None),
        Some(Lead { depth, number, schedule }) => {
            let stream = stream.text("lead").number(u64::from(*depth)).number(*number);
            (SCHEDULES.1, stream.text(&schedule.to_string()), Some(&schedule.0))
        }
    };
    for number in 0..count {
        let mut chooser = Chooser::new(stream.number(number), &shape, &places);
        let faults = match (&options.reorder, before) {
            (Some(reorder), _) => reorder.draw(&clean.trace, stream.number(number)).0,
            (None, Some(before)) => chooser.vary(before),
            (None, None) => chooser.draw(),
        };
        let schedule = Schedule(faults);
        if !schedule.0.is_empty() {
            let outcome = checkpoint.run(&schedule);
            found.take(&scenario, &run, &schedule, &outcome);
        }
    }
    found
}

impl Found {
    fn tell(&self, progress: &mut Progress) {
        progress.done.0 += 1;
        progress.runs += self.ok + self.invalid + self.failed.len() as u64;
        progress.events += self.events;
        for failed in &self.failed {
            *progress.failures.entry(failed.fingerprint.clone()).or_default() += 1;
        }
    }

    fn take(&mut self, scenario: &Arc<Scenario>, options: &RunOptions, schedule: &Schedule, outcome: &Outcome) {
        self.events += outcome.events;
        match (Fingerprint::of(outcome), outcome.verdict) {
            (Some(fingerprint), verdict) => {
                let capsule = Capsule::new(scenario, options, schedule, &fingerprint);
                self.failed.push(Failed { fingerprint, verdict, capsule });
            }
            (None, Verdict::Ok) => self.ok += 1,
            (None, _) => self.invalid += 1,
        }
        self.reached.push((schedule.clone(), novelty::features(outcome)));
    }
}
