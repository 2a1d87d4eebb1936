//! What a journal keeps of a hunt, and reports that are made of journals alone.
//!
//! A line holds what came of one job. Of what it reached only that is kept which no batch before
//! had reached: nothing else steers the hunt.

use super::course::{Course, Job};
use super::{Found, HuntReport};
use crate::explore::Entry;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which hunt it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HuntHeader {
    /// The scenario's file, as it was named.
    pub file: String,
    /// The trace hash of the script's run without faults, which stands for the scenario and the program.
    pub clean: String,
    /// Mistakes that the tablets make, by name.
    pub quirks: Vec<String>,
    /// The first seed and the last.
    pub seeds: (u64, u64),
    /// The part k of n of them.
    pub partition: (u64, u64),
    /// The orders of delivery that are drawn in place of faults.
    pub reorder: Option<String>,
}

/// One job that is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    job: String,
    found: Found,
}

impl Kept {
    /// What came of a job of a batch, before which so much was reached.
    pub(super) fn new(job: &Job, found: &Found, course: &Course) -> Kept {
        let mut found = found.clone();
        for (_, features) in &mut found.reached {
            features.retain(|feature| !course.reached().contains(feature));
        }
        Kept { job: job.to_string(), found }
    }
}

/// Jobs that a journal has, by name.
#[derive(Default)]
pub(super) struct Done(BTreeMap<String, Found>);

impl Done {
    pub(super) fn new(entries: Vec<Entry>) -> Result<Done, String> {
        let job = |entry| match entry {
            Entry::Job(kept) => Ok((kept.job, kept.found)),
            _ => Err("a hunt's journal holds only its jobs".to_owned()),
        };
        Ok(Done(entries.into_iter().map(job).collect::<Result<_, String>>()?))
    }

    /// What came of a job, if it is done.
    pub(super) fn take(&mut self, job: &Job) -> Option<Found> {
        self.0.remove(&job.to_string())
    }
}

impl HuntReport {
    /// The report of a whole hunt from the journals of its parts, as far as they go.
    ///
    /// # Errors
    /// They are of different hunts, or one part is there twice.
    pub fn merge(journals: Vec<(HuntHeader, Vec<Entry>)>) -> Result<HuntReport, String> {
        let first = journals.first().map(|(header, _)| header.clone()).ok_or("no journals")?;
        let parts = first.partition.1;
        let mut there = BTreeSet::new();
        let mut whole: Option<HuntReport> = None;
        for (header, entries) in journals {
            let (part, of) = header.partition;
            if (HuntHeader { partition: first.partition, ..header.clone() }) != first || of != parts {
                return Err(format!("{} and {} are different hunts", first.file, header.file));
            }
            if !there.insert(part) {
                return Err(format!("part {part}/{of} is there twice"));
            }
            let part = of_journal(&header, entries)?;
            whole = Some(match whole {
                None => part,
                Some(whole) => whole.with(part),
            });
        }
        let mut whole = whole.expect("there is a first journal");
        whole.complete &= there.len() as u64 == parts;
        whole.partition = if whole.complete || there.len() > 1 { (1, 1) } else { first.partition };
        Ok(whole)
    }
}

/// The report of one part, as far as its journal goes.
fn of_journal(header: &HuntHeader, entries: Vec<Entry>) -> Result<HuntReport, String> {
    let mut done = Done::new(entries)?;
    let mut course = Course::new(HuntReport::new(header));
    loop {
        let batch = course.batch();
        if batch.is_empty() {
            return Ok(course.end(true));
        }
        let results: Vec<Option<Found>> = batch.iter().map(|job| done.take(job)).collect();
        let whole = results.iter().all(Option::is_some);
        course.learn(&batch, results);
        if !whole {
            return Ok(course.end(false));
        }
    }
}
