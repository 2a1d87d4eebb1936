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

mod novelty;
mod report;
mod schedule;
mod shape;
mod workload;

pub use novelty::Feature;
pub use report::{Catch, HuntReport};
pub use shape::Shape;
pub use workload::{Doing, draw as draw_workload};

use super::{Capsule, Fingerprint, Progress, Reorder, pool};
use crate::fault::{Fault, Point, Schedule, points};
use crate::rng::Stream;
use crate::run::{Checkpoint, Outcome, RunOptions, Verdict};
use crate::scenario::Scenario;
use schedule::Chooser;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// Seeds worked on before what they have learned counts.
const BATCH: usize = 16;
/// Schedules tried with the workload of a seed, and with that of a lead.
const SCHEDULES: (u64, u64) = (8, 4);
/// How often what reached something new is varied, one upon the other.
const DEPTH: u32 = 3;
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
}

impl Default for HuntOptions {
    fn default() -> Self {
        HuntOptions { run: RunOptions::default(), seeds: (1, 100), jobs: 1, partition: (1, 1), reorder: None }
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

/// One seed to work on: from nothing, or from a schedule that reached something new.
#[derive(Clone, Debug)]
struct Job {
    seed: u64,
    lead: Option<(u32, u64, Vec<Fault>)>,
}

/// What came of a job.
#[derive(Clone, Debug, Default)]
struct Found {
    ok: u64,
    invalid: u64,
    events: u64,
    catches: Vec<(Fingerprint, Verdict, Capsule)>,
    /// Schedules with what they reached.
    reached: Vec<(Vec<Fault>, BTreeSet<Feature>)>,
}

impl Hunt<'_> {
    /// Works on all seeds, or until nobody wants it to go on.
    pub fn run(&mut self) -> HuntReport {
        let (first, last) = self.options.seeds;
        let (part, parts) = self.options.partition;
        let mut fresh = (first..=last).filter(|seed| seed % parts == part - 1).peekable();
        let mut leads: VecDeque<Job> = VecDeque::new();
        let mut report = HuntReport::new(self.scenario, self.options);
        let mut reached: BTreeSet<Feature> = BTreeSet::new();
        let mut progress = Progress { phase: "seeds", ..Progress::default() };
        let all = usize::try_from((last - first) / parts + 1).unwrap_or(usize::MAX);
        while fresh.peek().is_some() || !leads.is_empty() {
            let mut batch: Vec<Job> = leads.drain(..leads.len().min(BATCH / 2)).collect();
            while let Some(seed) = fresh.peek().filter(|_| batch.len() < BATCH) {
                batch.push(Job { seed: *seed, lead: None });
                fresh.next();
            }
            let begun = batch.iter().filter(|job| job.lead.is_none()).count() + report.seeds_done as usize;
            let known = progress.done.0 + batch.len() + leads.len();
            progress.done.1 = known.saturating_add(all.saturating_sub(begun));
            let (results, on) = self.batch(&batch, &mut progress);
            for (job, found) in batch.iter().zip(results) {
                let Some(found) = found else { continue };
                for (number, (faults, features)) in found.reached.iter().enumerate() {
                    let depth = job.lead.as_ref().map_or(0, |(depth, ..)| *depth);
                    let new = features.iter().filter(|feature| !reached.contains(*feature)).count();
                    reached.extend(features.iter().cloned());
                    if new > 0 && depth < DEPTH && !faults.is_empty() {
                        report.leads += 1;
                        leads.push_back(Job { seed: job.seed, lead: Some((depth + 1, number as u64, faults.clone())) });
                    }
                }
                report.add(job.seed, job.lead.is_none(), found);
            }
            if !on {
                report.complete = false;
                break;
            }
        }
        report.reached = reached;
        report.finish();
        report
    }

    /// Works on one batch; `false` if nobody wants more. Then the rest of it is still done, so
    /// that what is told is a whole batch.
    fn batch(&mut self, batch: &[Job], progress: &mut Progress) -> (Vec<Option<Found>>, bool) {
        let (scenario, options) = (self.scenario, self.options);
        let mut results: Vec<Option<Found>> = batch.iter().map(|_| None).collect();
        let mut on = true;
        pool::each(
            options.jobs,
            batch,
            || (),
            |(), job| work(scenario, options, job),
            |place, found| {
                progress.done.0 += 1;
                progress.runs += found.ok + found.invalid + found.catches.len() as u64;
                progress.events += found.events;
                for (fingerprint, ..) in &found.catches {
                    *progress.failures.entry(fingerprint.clone()).or_default() += 1;
                }
                on &= (self.watch)(progress);
                results[place] = Some(found);
                None
            },
        );
        (results, on)
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
        Some((depth, number, faults)) => {
            let stream = stream.text("lead").number(u64::from(*depth)).number(*number);
            (SCHEDULES.1, stream.text(&Schedule(faults.clone()).to_string()), Some(faults))
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
    fn take(&mut self, scenario: &Arc<Scenario>, options: &RunOptions, schedule: &Schedule, outcome: &Outcome) {
        self.events += outcome.events;
        match (Fingerprint::of(outcome), outcome.verdict) {
            (Some(fingerprint), verdict) => {
                let capsule = Capsule::new(scenario, options, schedule, &fingerprint);
                self.catches.push((fingerprint, verdict, capsule));
            }
            (None, Verdict::Ok) => self.ok += 1,
            (None, _) => self.invalid += 1,
        }
        self.reached.push((schedule.0.clone(), novelty::features(outcome)));
    }
}
