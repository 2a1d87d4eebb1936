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
    /// How long it took.
    pub seconds: f64,
}

/// A whole zoo.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ZooReport {
    /// The scenarios, in the order in which they are tried.
    pub scenarios: Vec<String>,
    /// How many seconds each search had, if that was limited.
    pub limit: Option<u64>,
    /// The searches.
    pub entries: Vec<Entry>,
    /// The runs whose verdict is known.
    pub canaries: Vec<Canary>,
}

impl ZooReport {
    /// Whether a canary lives or the tablets without quirks fail: then the table means nothing.
    pub fn is_worthless(&self) -> bool {
        self.canaries.iter().any(|canary| !canary.known)
            || self.entries.iter().any(|entry| !entry.sought.false_alarms.is_empty())
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
                "out_of_time": entry.sought.out_of_time,
            });
            if let Some(object) = value.as_object_mut().filter(|_| times) {
                let rate = (entry.sought.runs as f64 / entry.seconds.max(0.001)).round();
                object.insert("times".to_owned(), json!({ "seconds": entry.seconds, "runs_per_second": rate }));
            }
            value
        };
        json!({
            "scenarios": self.scenarios,
            "limit_seconds": self.limit,
            "canaries": self.canaries,
            "searches": self.entries.iter().map(entry).collect::<Vec<_>>(),
            "missed": self.missed().into_iter().map(Quirk::name).collect::<Vec<_>>(),
        })
    }

    /// As a table of Markdown.
    pub fn table(&self) -> String {
        let mut text = String::from(
            "| quirk | strategy | found | runs | seconds | oracle | faults | scenario | schedule |\n\
             | --- | --- | --- | ---: | ---: | --- | ---: | --- | --- |\n",
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
    let (strategy, seconds) = (entry.strategy, entry.seconds);
    let all = if *out_of_time { "time ran out" } else { "all tried" };
    match (find, other) {
        (Some(find), _) => {
            let Find { scenario, schedule, faults, fingerprint, runs, .. } = find;
            let oracle = &fingerprint.oracle;
            let (scenario, schedule) = (file_name(scenario), code(schedule));
            format!(
                "| {quirk} | {strategy} | yes | {runs} | {seconds:.1} | {oracle} | {faults} | {scenario} | {schedule} |"
            )
        }
        (None, Some(other)) => {
            let (oracle, scenario, schedule) =
                (&other.fingerprint.oracle, file_name(&other.scenario), code(&other.schedule));
            format!(
                "| {quirk} | {strategy} | by another oracle only, {all} | {runs} | {seconds:.1} | {oracle} | {} | \
                 {scenario} | {schedule} |",
                other.faults
            )
        }
        (None, None) => {
            let no = if entry.quirk.is_none() && false_alarms.is_empty() { "nothing, as it must be" } else { "no" };
            format!("| {quirk} | {strategy} | {no}, {all} | {runs} | {seconds:.1} | | | | |")
        }
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn code(schedule: &str) -> String {
    if schedule.is_empty() { String::new() } else { format!("`{schedule}`") }
}
