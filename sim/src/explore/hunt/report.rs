//! What a hunt has found.

use super::{Found, HuntOptions};
use crate::explore::{Capsule, Fingerprint};
use crate::run::Verdict;
use crate::scenario::Scenario;
use serde_json::{Value, json};
use std::collections::BTreeMap;

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
    /// Seeds of them that were worked on.
    pub seeds_done: u64,
    /// Runs, and of these the ones that were ok, and that were not the run that was drawn.
    pub runs: (u64, u64, u64),
    /// Events of all runs.
    pub events: u64,
    /// Pairs of a fault and where it struck, and transaction types, that were reached.
    pub reached: usize,
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
            seeds_done: 0,
            runs: (0, 0, 0),
            events: 0,
            reached: 0,
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
            "file": self.file, "quirks": self.quirks, "seeds": [self.seeds.0, self.seeds.1],
            "seeds_done": self.seeds_done, "complete": self.complete, "runs": runs, "ok": ok, "invalid": invalid,
            "events": self.events, "reached": self.reached, "leads": self.leads,
            "failures": catches.collect::<Vec<Value>>(), "verdict": self.verdict().name(),
        })
    }
}
