//! What the zoo has found, as values, as JSON and as a page.

use super::{Canary, Find, Sought, Strategy};
use serde_json::{Value, json};
use std::fmt::Write;
use tablets::quirk::Quirk;

/// One search and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The mistake; nothing for the tablets without any.
    pub quirk: Option<Quirk>,
    /// How schedules were chosen.
    pub strategy: Strategy,
    /// What came of it.
    pub sought: Sought,
    /// How many seconds it had, if that was limited.
    pub limit: Option<u64>,
    /// How long it took.
    pub seconds: f64,
    /// How long it took to make the find smaller, and why that came to nothing, if it did.
    pub smaller: (f64, Option<String>),
}

/// A whole zoo.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ZooReport {
    /// The scenarios, in the order in which they are tried.
    pub scenarios: Vec<String>,
    /// The searches.
    pub entries: Vec<Entry>,
    /// The runs whose verdict is known.
    pub canaries: Vec<Canary>,
}

impl ZooReport {
    /// Whether a canary lives, the tablets without quirks fail or a find is lost when it is made
    /// smaller: then the table means nothing.
    pub fn is_worthless(&self) -> bool {
        let wrong = |entry: &Entry| !entry.sought.false_alarms.is_empty() || entry.smaller.1.is_some();
        self.canaries.iter().any(|canary| !canary.known) || self.entries.iter().any(wrong)
    }

    /// Quirks that no strategy has found, of those that were looked for.
    pub fn missed(&self) -> Vec<Quirk> {
        let found = |quirk: &Quirk| self.of(*quirk).any(|entry| entry.sought.find.is_some());
        let sought = |quirk: &Quirk| self.of(*quirk).next().is_some();
        Quirk::ALL.iter().copied().filter(|quirk| sought(quirk) && !found(quirk)).collect()
    }

    fn of(&self, quirk: Quirk) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.quirk == Some(quirk))
    }

    /// As JSON; times differ from one zoo to the next and are there only if they are wanted.
    pub fn json(&self, times: bool) -> Value {
        let entry = |entry: &Entry| {
            let mut value = json!({
                "quirk": entry.quirk.map(Quirk::name),
                "strategy": entry.strategy.name(),
                "find": entry.sought.find,
                "other": entry.sought.other,
                "false_alarms": entry.sought.false_alarms,
                "runs": entry.sought.runs,
                "limit_seconds": entry.limit,
                "out_of_time": entry.sought.out_of_time,
                "not_smaller": entry.smaller.1,
            });
            if let Some(object) = value.as_object_mut().filter(|_| times) {
                let rate = (entry.sought.runs as f64 / entry.seconds.max(0.001)).round();
                let times = json!({
                    "seconds": entry.seconds, "runs_per_second": rate, "seconds_to_make_smaller": entry.smaller.0,
                });
                object.insert("times".to_owned(), times);
            }
            value
        };
        json!({
            "scenarios": self.scenarios,
            "canaries": self.canaries,
            "searches": self.entries.iter().map(entry).collect::<Vec<_>>(),
            "missed": self.missed().into_iter().map(Quirk::name).collect::<Vec<_>>(),
        })
    }

    /// As a table of Markdown. What is told of a find's size is told of the smallest case.
    pub fn table(&self) -> String {
        let mut text = String::from(
            "| quirk | strategy | found | runs | seconds | oracle | faults | statements | scenario | schedule |\n\
             | --- | --- | --- | ---: | ---: | --- | ---: | ---: | --- | --- |\n",
        );
        for entry in &self.entries {
            // Writing to a string never fails.
            let _ = writeln!(text, "{}", row(entry));
        }
        text
    }

    /// What the canaries and the tablets without quirks say of the zoo, and what was missed.
    pub fn remarks(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .canaries
            .iter()
            .map(|canary| {
                let judged = if canary.known { "as it must be" } else { "NOT AS IT MUST BE" };
                format!("canary, {}: {judged}: {}", canary.name, canary.said)
            })
            .collect();
        for entry in &self.entries {
            let name = entry.quirk.map_or("no quirk", Quirk::name);
            let alarm = |find: &Find| {
                format!("FALSE ALARM with {name}: {} [{}]: {}", find.scenario, find.schedule, find.fingerprint)
            };
            lines.extend(entry.sought.false_alarms.iter().map(alarm));
            let lost = |why: &String| format!("{name} by {}: NOT MADE SMALLER: {why}", entry.strategy);
            lines.extend(entry.smaller.1.iter().map(lost));
        }
        let missed: Vec<&str> = self.missed().into_iter().map(Quirk::name).collect();
        lines.push(match missed.is_empty() {
            true => "every quirk that was looked for was found".to_owned(),
            false => format!("not found: {}", missed.join(", ")),
        });
        lines
    }
}

fn row(entry: &Entry) -> String {
    let Sought { find, other, false_alarms, runs, out_of_time } = &entry.sought;
    let quirk = entry.quirk.map_or("(none)", Quirk::name);
    let all = match (out_of_time, entry.limit) {
        (true, Some(limit)) => format!("in {limit} s"),
        _ => "all tried".to_owned(),
    };
    let (said, shown) = match (find, other) {
        (Some(find), _) => ("yes".to_owned(), Some(find)),
        (None, Some(other)) => (format!("by another oracle only, {all}"), Some(other)),
        (None, None) if entry.quirk.is_none() && false_alarms.is_empty() => {
            (format!("nothing, as it must be, {all}"), None)
        }
        (None, None) => (format!("no, {all}"), None),
    };
    let runs = find.as_ref().map_or(*runs, |find| find.runs);
    let start = format!("| {quirk} | {} | {said} | {runs} | {:.1} |", entry.strategy, entry.seconds);
    let Some(Find { scenario, schedule, faults, fingerprint, smallest, .. }) = shown else {
        return format!("{start} | | | | |");
    };
    let least = entry.quirk.and_then(Quirk::faults).map_or(String::new(), |least| format!(" ({least})"));
    let (faults, statements, schedule) = match smallest {
        Some(small) => {
            let (before, after) = small.statements;
            (small.faults.1, format!("{before} → {after}"), &small.schedule)
        }
        None => (*faults, "as it was".to_owned(), schedule),
    };
    let (oracle, scenario, schedule) = (&fingerprint.oracle, file_name(scenario), code(schedule));
    format!("{start} {oracle} | {faults}{least} | {statements} | {scenario} | {schedule} |")
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn code(schedule: &str) -> String {
    let line: Vec<&str> = schedule.lines().collect();
    if line.is_empty() { String::new() } else { format!("`{}`", line.join("; ")) }
}
