//! What a hunt has found.

use super::{Failed, Feature, Found, HuntHeader};
use crate::explore::{Capsule, Fingerprint, Table};
use crate::run::Verdict;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Failures with one fingerprint.
#[derive(Clone, Debug)]
pub struct Catch {
    /// What identifies the failure.
    pub fingerprint: Fingerprint,
    /// The judgement.
    pub verdict: Verdict,
    /// How often it was met.
    pub times: u64,
    /// The seed that met it first, and how many runs had been made until then.
    pub first: (u64, u64),
    /// The one with the fewest faults, and the shortest script of these.
    pub capsule: Capsule,
}

impl Catch {
    fn weight(&self) -> (usize, usize) {
        (self.capsule.schedule.0.len(), self.capsule.scenario.text.len())
    }
}

/// What a hunt has found.
#[derive(Clone, Debug)]
pub struct HuntReport {
    /// The scenario's file.
    pub file: String,
    /// Quirks, by name.
    pub quirks: Vec<String>,
    /// The first seed and the last.
    pub seeds: (u64, u64),
    /// The part k of n of them.
    pub partition: (u64, u64),
    /// Seeds of them that were worked on.
    pub seeds_done: u64,
    /// Runs, and of these the ones that were ok, and that were not the run that was drawn.
    pub runs: (u64, u64, u64),
    /// Events of all runs.
    pub events: u64,
    /// Everything that was reached.
    pub reached: BTreeSet<Feature>,
    /// Schedules that reached something new, and were varied further.
    pub leads: u64,
    /// Whether every seed was worked on.
    pub complete: bool,
    /// Failures, those with the smallest schedules first.
    pub catches: Vec<Catch>,
    by_fingerprint: BTreeMap<Fingerprint, Catch>,
}

impl HuntReport {
    pub(super) fn new(header: &HuntHeader) -> HuntReport {
        HuntReport {
            file: header.file.clone(),
            quirks: header.quirks.clone(),
            seeds: header.seeds,
            partition: header.partition,
            seeds_done: 0,
            runs: (0, 0, 0),
            events: 0,
            reached: BTreeSet::new(),
            leads: 0,
            complete: true,
            catches: Vec::new(),
            by_fingerprint: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, seed: u64, fresh: bool, found: Found) {
        let (runs, ok, invalid) = &mut self.runs;
        *ok += found.ok;
        *invalid += found.invalid;
        *runs += found.ok + found.invalid + found.failed.len() as u64;
        self.events += found.events;
        self.seeds_done += u64::from(fresh);
        let first = (seed, *runs);
        for Failed { fingerprint, verdict, capsule } in found.failed {
            self.catch(Catch { fingerprint, verdict, times: 1, first, capsule });
        }
    }

    fn catch(&mut self, new: Catch) {
        match self.by_fingerprint.get_mut(&new.fingerprint) {
            Some(catch) => {
                catch.times += new.times;
                if new.first.1 < catch.first.1 {
                    catch.first = new.first;
                }
                if new.weight() < catch.weight() {
                    catch.capsule = new.capsule;
                }
            }
            None => drop(self.by_fingerprint.insert(new.fingerprint.clone(), new)),
        }
    }

    /// This part of a hunt and another one, together.
    pub(super) fn with(mut self, other: HuntReport) -> HuntReport {
        self.seeds_done += other.seeds_done;
        self.runs.0 += other.runs.0;
        self.runs.1 += other.runs.1;
        self.runs.2 += other.runs.2;
        self.events += other.events;
        self.leads += other.leads;
        self.complete &= other.complete;
        self.reached.extend(other.reached);
        for catch in std::mem::take(&mut self.catches).into_iter().chain(other.catches) {
            self.catch(catch);
        }
        self.finish();
        self
    }

    /// Puts the failures in order.
    pub(super) fn finish(&mut self) {
        self.catches = std::mem::take(&mut self.by_fingerprint).into_values().collect();
        self.catches.sort_by_key(Catch::weight);
    }

    /// In how many states of operations each fault struck, by tablet and event.
    pub fn coverage(&self) -> Table {
        let mut table = Table::new();
        for Feature { tablet, event, fault, .. } in self.reached.iter().filter(|feature| !feature.fault.is_empty()) {
            *table.entry(format!("{tablet} {event}")).or_default().entry(fault.clone()).or_default() += 1;
        }
        table
    }

    /// The judgement on the whole hunt: the runs that were not as drawn do not count.
    pub fn verdict(&self) -> Verdict {
        if self.catches.is_empty() { Verdict::Ok } else { Verdict::Violated }
    }

    /// The report as JSON, in which no time and no rate is.
    pub fn json(&self) -> Value {
        let (runs, ok, invalid) = self.runs;
        let catches = self.catches.iter().map(|catch| {
            json!({
                "id": catch.fingerprint.id(), "fingerprint": catch.fingerprint, "verdict": catch.verdict.name(),
                "times": catch.times, "first_seed": catch.first.0, "runs_to_first": catch.first.1,
                "schedule": catch.capsule.schedule.to_string(), "capsule": catch.capsule.to_line(),
            })
        });
        json!({
            "file": self.file, "quirks": self.quirks, "seeds": [self.seeds.0, self.seeds.1], "partition": [self.partition.0, self.partition.1],
            "seeds_done": self.seeds_done, "complete": self.complete, "runs": runs, "ok": ok, "invalid": invalid,
            "events": self.events, "reached": self.reached.len(), "leads": self.leads,
            "coverage": self.coverage(), "failures": catches.collect::<Vec<Value>>(), "verdict": self.verdict().name(),
        })
    }
}
