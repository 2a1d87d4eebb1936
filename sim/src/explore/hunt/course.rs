//! The course of a hunt: what is worked on next, which depends on what was found before.
//!
//! It asks for a batch at a time and hears what came of it. So it is the same whether a batch
//! was worked on just now or is read from a journal.

use super::{Feature, Found, HuntReport};
use crate::fault::Schedule;
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::iter::Peekable;

/// Seeds worked on before what they have learned counts.
const BATCH: usize = 16;
/// How often what reached something new is varied, one upon the other.
const DEPTH: u32 = 3;

/// One seed to work on: from nothing, or from a schedule that reached something new.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) seed: u64,
    pub(super) lead: Option<Lead>,
}

/// A schedule that reached something new.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    pub(super) depth: u32,
    /// Which of its job's schedules it was.
    pub(super) number: u64,
    pub(super) schedule: Schedule,
}

/// What identifies it in a journal.
impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seed)?;
        let Some(Lead { depth, number, schedule }) = &self.lead else { return Ok(()) };
        write!(f, " {depth}.{number} {schedule}")
    }
}

/// See the module.
pub(super) struct Course {
    fresh: Peekable<Box<dyn Iterator<Item = u64>>>,
    /// Fresh seeds that no batch has had.
    left: usize,
    leads: VecDeque<Job>,
    report: HuntReport,
}

impl Course {
    /// The course of the hunt that this report is of.
    pub(super) fn new(report: HuntReport) -> Course {
        let ((first, last), (part, parts)) = (report.seeds, report.partition);
        let fresh: Box<dyn Iterator<Item = u64>> =
            Box::new((first..=last).filter(move |seed| seed % parts == part - 1));
        let left = usize::try_from((last - first) / parts + 1).unwrap_or(usize::MAX);
        Course { fresh: fresh.peekable(), left, leads: VecDeque::new(), report }
    }

    /// The next batch, which is empty when all is done.
    pub(super) fn batch(&mut self) -> Vec<Job> {
        let mut batch: Vec<Job> = self.leads.drain(..self.leads.len().min(BATCH / 2)).collect();
        while batch.len() < BATCH
            && let Some(seed) = self.fresh.next()
        {
            batch.push(Job { seed, lead: None });
            self.left = self.left.saturating_sub(1);
        }
        batch
    }

    /// Jobs that are known to come after the batch in hand.
    pub(super) fn ahead(&mut self) -> usize {
        let fresh = if self.fresh.peek().is_some() { self.left } else { 0 };
        fresh.saturating_add(self.leads.len())
    }

    /// Everything that was reached before the batch in hand.
    pub(super) fn reached(&self) -> &BTreeSet<Feature> {
        &self.report.reached
    }

    /// Takes what came of a batch; nothing of a job that was not worked on.
    pub(super) fn learn(&mut self, batch: &[Job], results: Vec<Option<Found>>) {
        for (job, found) in batch.iter().zip(results) {
            let Some(found) = found else { continue };
            let depth = job.lead.as_ref().map_or(0, |lead| lead.depth);
            for (number, (schedule, features)) in found.reached.iter().enumerate() {
                let known = self.report.reached.len();
                self.report.reached.extend(features.iter().cloned());
                let is_new = self.report.reached.len() > known;
                if is_new && depth < DEPTH && !schedule.0.is_empty() {
                    self.report.leads += 1;
                    let lead = Lead { depth: depth + 1, number: number as u64, schedule: schedule.clone() };
                    self.leads.push_back(Job { seed: job.seed, lead: Some(lead) });
                }
            }
            self.report.add(job.seed, job.lead.is_none(), found);
        }
    }

    /// The report; not complete if somebody wanted no more.
    pub(super) fn end(mut self, complete: bool) -> HuntReport {
        self.report.complete = complete;
        self.report.finish();
        self.report
    }
}
