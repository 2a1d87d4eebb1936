//! What a hunt has found, as a page: verdict, numbers, failures, and what was reached.

use super::coverage::matrix;
use super::failures::{self, Failure};
use super::html::{Html, escaped, grouped, section};
use super::{Shown, Spent, document};
use crate::explore::{Catch, HuntReport};
use std::collections::BTreeSet;

/// The page: `shown` has a run for the first so many failures of the report.
pub fn hunt_page(report: &HuntReport, shown: &[Shown], spent: Option<Spent>) -> String {
    let title = format!("Hunt of {}", report.file);
    document(&title, |out| {
        head(out, report, &title);
        numbers(out, report, spent);
        section(out, "failures", "What failed", |out| all(out, report, shown));
        section(out, "coverage", "What was reached", |out| coverage(out, report));
    })
}

fn head(out: &mut Html, report: &HuntReport, title: &str) {
    out.tag("h1", title);
    let (class, verdict) = match report.catches.len() {
        0 => ("good", "Nothing failed".to_owned()),
        1 => ("bad", "One kind of failure".to_owned()),
        count => ("bad", format!("{count} kinds of failure")),
    };
    out.raw(&format!("<p class=\"verdict {class}\">{}</p>\n", escaped(&verdict)));
    let (first, last) = report.seeds;
    let done = grouped(report.seeds_done);
    let (class, sentence) = match report.complete {
        true => ("yes", format!("All of its {done} seeds were worked on.")),
        false => ("no", format!("Time was up after {done} seeds.")),
    };
    out.raw(&format!("<p class=\"complete {class}\">{}</p>\n", escaped(&sentence)));
    let quirks = if report.quirks.is_empty() { "none".to_owned() } else { report.quirks.join(", ") };
    let last = if report.complete { last.to_string() } else { String::new() };
    let (part, parts) = report.partition;
    out.tag_with("p", "faint", &format!("seeds {first}..{last} · part {part} of {parts} · quirks: {quirks}"));
    out.raw("<nav><a href=\"#failures\">failures</a> <a href=\"#coverage\">coverage</a></nav>\n");
}

fn numbers(out: &mut Html, report: &HuntReport, spent: Option<Spent>) {
    let (runs, ok, invalid) = report.runs;
    let failed = runs - ok - invalid;
    let mut tiles = vec![
        ("seeds", grouped(report.seeds_done), ""),
        ("runs", grouped(runs), ""),
        ("ok", grouped(ok), "good"),
        ("failed", grouped(failed), if failed > 0 { "bad" } else { "" }),
        ("not as drawn", grouped(invalid), ""),
        ("leads", grouped(report.leads), ""),
    ];
    if let Some(Spent { seconds, .. }) = spent {
        tiles.push(("seconds", format!("{seconds:.1}"), ""));
    }
    super::summary::tiles(out, &tiles);
}

fn all(out: &mut Html, report: &HuntReport, shown: &[Shown]) {
    failures::introduction(out, report.catches.is_empty());
    for (at, Catch { fingerprint, verdict, times, first: (seed, runs), capsule }) in report.catches.iter().enumerate() {
        let failure = Failure {
            id: fingerprint.id(),
            fingerprint,
            verdict: verdict.name(),
            found: format!("met {times} times, first with seed {seed} in run {runs}"),
            schedule: capsule.schedule.to_string(),
            again: format!("tabletsim replay {}", capsule.to_line()),
        };
        failures::failure(out, &failure, shown.get(at));
    }
    failures::without_picture(out, report.catches.len(), shown.len());
}

fn coverage(out: &mut Html, report: &HuntReport) {
    out.tag(
        "p",
        "A number says in how many states of operations this fault struck after this event; a hatched cell is a hole: \
         the fault never struck there.",
    );
    matrix(out, "Places of faults, by tablet, event and fault", "event", "states", &report.coverage());
    let states: BTreeSet<&str> = report.reached.iter().map(|feature| feature.state.as_str()).collect();
    let states: Vec<&str> = states.into_iter().filter(|state| !state.is_empty()).collect();
    out.tag("p", &format!("States that operations entered: {}.", states.join(", ")));
}
