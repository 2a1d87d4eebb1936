//! What a hunt has found.

use super::{Feature, Found, HuntOptions};
use crate::explore::{Capsule, Fingerprint, Table};
use crate::run::Verdict;
use crate::scenario::Scenario;
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

/// What a hunt has found.
#[derive(Clone, Debug)]
pub struct HuntReport {
    /// The scenario's file.
    pub file: String,
    /// Quirks, by name.
    pub quirks: Vec<&'static str>,
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
    pub(super) fn new(scenario: &Scenario, options: &HuntOptions) -> HuntReport {
        HuntReport {
            file: scenario.file.clone(),
            quirks: options.run.quirks.iter().map(|quirk| quirk.name()).collect(),
            seeds: options.seeds,
            partition: options.partition,
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
        *runs += found.ok + found.invalid + found.catches.len() as u64;
        self.events += found.events;
        self.seeds_done += u64::from(fresh);
        let first = (seed, *runs);
        let weight = |capsule: &Capsule| (capsule.schedule.0.len(), capsule.scenario.text.len());
        for (fingerprint, verdict, capsule) in found.catches {
            match self.by_fingerprint.get_mut(&fingerprint) {
                Some(catch) => {
                    catch.times += 1;
                    if weight(&capsule) < weight(&catch.capsule) {
                        catch.capsule = capsule;
                    }
                }
                None => {
                    let catch = Catch { fingerprint: fingerprint.clone(), verdict, times: 1, first, capsule };
                    self.by_fingerprint.insert(fingerprint, catch);
                }
            }
        }
    }

    /// Puts the failures in order.
    pub(super) fn finish(&mut self) {
        self.catches = std::mem::take(&mut self.by_fingerprint).into_values().collect();
        self.catches.sort_by_key(|catch| (catch.capsule.schedule.0.len(), catch.capsule.scenario.text.len()));
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
