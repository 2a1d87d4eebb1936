//! `tabletsim zoo`.

#![allow(clippy::disallowed_types, reason = "a search is given real time; no run sees it")]

use super::out::{Look, Out};
use super::{complain, sweep::jobs};
use crate::explore::zoo::{Entry, Seeker, Strategy, ZooReport, canaries, smallest_first};
use crate::scenario::{Duration as Span, Scenario};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tablets::quirk::{Quirk, Quirks};

/// Arguments of `zoo`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tabletsim zoo --quirk advance-early --strategy sweep1
  tabletsim zoo --strategy sweep1,hunt --time 60s --markdown scoreboard.md
  tabletsim zoo --strategy sweep1,sweep2,hunt,pct --time 300s,60s,300s,20s --json zoo.json")]
pub(super) struct ZooArgs {
    /// Only this mistake; may be given several times. All of them, and tablets without any, if it is not given
    #[arg(long = "quirk", value_name = "NAME", value_parser = super::quirk)]
    quirks: Vec<Quirk>,
    /// How schedules are chosen
    #[arg(long, value_delimiter = ',', default_value = "sweep1", value_name = "NAMES")]
    strategy: Vec<Strategy>,
    /// Where the scenarios are, a folder or single files; tried in order of their size
    #[arg(long, value_delimiter = ',', default_value = "sim/scenarios", value_name = "PATHS")]
    scenarios: Vec<PathBuf>,
    /// Threads; one for each core if it is not given
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// How long each search may take, such as 60s; or how long with each strategy, such as 60s,300s
    #[arg(long, value_delimiter = ',', value_name = "DURATIONS")]
    time: Vec<Span>,
    /// Write the results as JSON to this file, or with - to standard output instead of the text
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Add times and rates to the JSON, which then is never the same twice
    #[arg(long, requires = "json")]
    json_times: bool,
    /// Write the table as Markdown to this file
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

/// Lets the searches loose.
pub(super) fn zoo(args: &ZooArgs, out: &mut Out) -> ExitCode {
    let (scenarios, giants) = match load(&args.scenarios) {
        Ok(scenarios) => smallest_first(scenarios),
        Err(message) => return complain(&message),
    };
    if args.time.len() > 1 && args.time.len() != args.strategy.len() {
        return complain("--time: expected one duration, or as many as there are strategies");
    }
    let mut report = ZooReport {
        scenarios: scenarios.iter().chain(&giants).map(|scenario| scenario.file.clone()).collect(),
        entries: Vec::new(),
        canaries: canaries(),
    };
    let all: Vec<Option<Quirk>> = match args.quirks.is_empty() {
        true => Quirk::ALL.iter().copied().map(Some).chain([None]).collect(),
        false => args.quirks.iter().copied().map(Some).collect(),
    };
    for quirk in all {
        for (place, strategy) in args.strategy.iter().enumerate() {
            let limit = args.time.get(place).or(args.time.first());
            let entry = search(quirk, (*strategy, limit.copied()), (&scenarios, &giants), args);
            tell(&entry);
            report.entries.push(entry);
        }
    }
    show(&report, args, out)
}

fn search(
    quirk: Option<Quirk>,
    (strategy, limit): (Strategy, Option<Span>),
    (scenarios, giants): (&[Arc<Scenario>], &[Arc<Scenario>]),
    args: &ZooArgs,
) -> Entry {
    let began = Instant::now();
    let over = || limit.is_some_and(|limit| began.elapsed() >= Duration::from_micros(limit.0));
    let quirks = quirk.into_iter().fold(Quirks::NONE, Quirks::with);
    let seeker = Seeker { scenarios, giants, quirks, strategy, jobs: jobs(args.jobs), over: &over };
    let mut sought = seeker.seek();
    let seconds = began.elapsed().as_secs_f64();
    let found = sought.find.as_mut().or(sought.other.as_mut());
    let failed = found.and_then(|find| find.make_smaller().err());
    let smaller = (began.elapsed().as_secs_f64() - seconds, failed);
    Entry { quirk, strategy, sought, limit: limit.map(|limit| limit.0 / 1_000_000), seconds, smaller }
}

/// One line as soon as a search is over, for those who wait.
fn tell(entry: &Entry) {
    let what = match (&entry.sought.find, &entry.sought.other) {
        (Some(find), _) => format!("found in run {} by {}", find.runs, find.fingerprint.oracle),
        (None, Some(other)) => format!("only {} in run {}", other.fingerprint, other.runs),
        (None, None) => format!("nothing in {} runs", entry.sought.runs),
    };
    let quirk = entry.quirk.map_or("(none)", Quirk::name);
    // If standard error is closed there is nobody to tell.
    let _ = writeln!(
        std::io::stderr(),
        "{quirk} {}: {what}, {:.1} s, and {:.1} s to make it smaller",
        entry.strategy,
        entry.seconds,
        entry.smaller.0
    );
}

fn show(report: &ZooReport, args: &ZooArgs, out: &mut Out) -> ExitCode {
    if let Some(path) = &args.markdown
        && let Err(error) = std::fs::write(path, report.table())
    {
        return complain(&format!("--markdown: {}: {error}", path.display()));
    }
    let json = format!("{:#}\n", report.json(args.json_times));
    match &args.json {
        Some(path) if path == Path::new("-") => out.text(&json),
        Some(path) if std::fs::write(path, &json).is_err() => {
            return complain(&format!("--json: {} cannot be written", path.display()));
        }
        _ => {
            out.text(report.table());
            out.line("");
            report.remarks().iter().for_each(|remark| out.line(remark));
        }
    }
    let well = !report.is_worthless() && report.missed().is_empty();
    if args.json.is_none() {
        let (look, text) = if well { (Look::Good, "the zoo is well") } else { (Look::Bad, "the zoo is not well") };
        out.line(out.styled(look, text));
    }
    out.finish();
    ExitCode::from(u8::from(!well))
}

/// The scenarios of folders and files.
fn load(paths: &[PathBuf]) -> Result<Vec<Arc<Scenario>>, String> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let read = std::fs::read_dir(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let inside = read.filter_map(|entry| Some(entry.ok()?.path()));
        files.extend(inside.filter(|path| path.extension().is_some_and(|name| name == "sim")));
    }
    files.sort();
    let load = |path: &PathBuf| Scenario::load(path).map(Arc::new).map_err(|error| error.to_string());
    files.iter().map(load).collect()
}
