//! `tabletsim hunt`.

use super::findings::{self, FileArgs};
use super::out::{Look, Out};
use super::progress::{Bar, Times};
use super::{capsule, complain};
use crate::explore::{Catch, Hunt, HuntOptions, HuntReport, Reorder};
use crate::report::{Shown, escaped, hunt_page};
use crate::run::{RunOptions, Verdict};
use crate::scenario::{Duration, Scenario};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tablets::quirk::{Quirk, Quirks};

/// Seeds, if only the time says when it is enough.
const ENDLESS: u64 = u64::MAX >> 1;

/// Arguments of `hunt`.
#[derive(Args)]
#[command(after_help = "\
Each seed draws a world of its own: which kinds of faults there are, how many and how long, and what
clients do besides the script. What reaches something new is varied further. The result does not
depend on --jobs, unless --time ends the hunt early.

The exit code is 0 if all is well, 1 for a failure, 2 for a mistake.

Examples:
  tabletsim hunt sim/scenarios/restore.sim --seeds 1..1000
  tabletsim hunt sim/scenarios/restore.sim --time 10m --capsules failures --report hunt.html
  tabletsim hunt sim/scenarios/split.sim --seeds 1..200 --reorder pct:3
  tabletsim hunt sim/scenarios/restore.sim --seeds 1..100000 --partition 3/16 --resume part3.journal")]
pub(super) struct HuntArgs {
    /// The scenario that workloads are drawn from
    file: PathBuf,
    /// The first seed and the last; without it 1..100, or as many as --time allows
    #[arg(long, value_parser = seeds, value_name = "A..B")]
    seeds: Option<(u64, u64)>,
    /// Begin nothing new after this time, such as 90s or 10m
    #[arg(long, value_parser = time, value_name = "DURATION")]
    time: Option<std::time::Duration>,
    /// Draw orders of delivery in place of faults: pct:D or delay:D
    #[arg(long, value_name = "HOW")]
    reorder: Option<Reorder>,
    /// Threads; one for each core if it is not given
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Only this part of the seeds, such as 3/16; with --resume its files are merged later
    #[arg(long, value_parser = super::sweep::partition, default_value = "1/1", value_name = "K/N")]
    partition: (usize, usize),
    /// A known mistake that the tablets make; may be given several times
    #[arg(long = "quirk", value_name = "NAME", value_parser = super::quirk)]
    quirks: Vec<Quirk>,
    /// Keep what is done in this file, and go on from there if it holds something already
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    #[command(flatten)]
    files: FileArgs,
}

/// Hunts.
pub(super) fn hunt(args: &HuntArgs, out: &mut Out) -> ExitCode {
    let scenario = match Scenario::load(&args.file) {
        Ok(scenario) => Arc::new(scenario),
        Err(error) => return complain(&error.to_string()),
    };
    let options = options(args);
    let mut bar = Bar::new();
    let mut watch = |progress: &crate::explore::Progress| {
        bar.tell(progress);
        args.time.is_none_or(|time| bar.elapsed() < time)
    };
    let report = Hunt { scenario: &scenario, options: &options, watch: &mut watch }.run();
    let times = bar.finish(options.jobs);
    match report {
        Ok(report) => show(&report, Some(times), &args.files, out),
        Err(message) => complain(&message),
    }
}

/// Shows the report in all the ways asked for.
pub(super) fn show(report: &HuntReport, times: Option<Times>, files: &FileArgs, out: &mut Out) -> ExitCode {
    match print(files, report, times, out).and_then(|()| write(files, report, times)) {
        Ok(()) => ExitCode::from(report.verdict().exit_code()),
        Err(message) => complain(&message),
    }
}

fn options(args: &HuntArgs) -> HuntOptions {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (part, parts) = args.partition;
    HuntOptions {
        run: RunOptions {
            quirks: args.quirks.iter().fold(Quirks::NONE, |quirks, quirk| quirks.with(*quirk)),
            ..RunOptions::default()
        },
        seeds: args.seeds.unwrap_or(if args.time.is_some() { (1, ENDLESS) } else { (1, 100) }),
        jobs: args.jobs.unwrap_or(cores),
        partition: (part as u64, parts as u64),
        reorder: args.reorder,
        journal: args.resume.clone(),
    }
}

fn print(args: &FileArgs, report: &HuntReport, times: Option<Times>, out: &mut Out) -> Result<(), String> {
    let json = || format!("{:#}\n", report.json());
    match &args.json {
        Some(path) if path == Path::new("-") => out.text(json()),
        Some(path) => {
            std::fs::write(path, json()).map_err(|error| format!("--json: {}: {error}", path.display()))?;
            text(args, report, times, out);
        }
        None => text(args, report, times, out),
    }
    out.finish();
    Ok(())
}

fn write(args: &FileArgs, report: &HuntReport, times: Option<Times>) -> Result<(), String> {
    if let Some(folder) = &args.capsules {
        capsule::write_all(folder, report.catches.iter().map(|catch| catch.capsule.clone()))?;
    }
    if let Some(path) = &args.report {
        std::fs::write(path, page(report, times)).map_err(|error| format!("--report: {}: {error}", path.display()))?;
    }
    let Some(path) = &args.junit else { return Ok(()) };
    std::fs::write(path, junit(report)).map_err(|error| format!("--junit: {}: {error}", path.display()))
}

/// The page, for which the smallest run of each failure is made again.
fn page(report: &HuntReport, times: Option<Times>) -> String {
    let again = |catch: &Catch| findings::shown(&catch.capsule.run(true));
    let shown: Vec<Shown> = report.catches.iter().take(findings::MOST_SHOWN).map(again).collect();
    hunt_page(report, &shown, times.map(findings::spent))
}

fn text(args: &FileArgs, report: &HuntReport, times: Option<Times>, out: &mut Out) {
    for (place, catch) in report.catches.iter().enumerate() {
        self::catch(args, catch, place == 0, out);
    }
    let look = if report.verdict() == Verdict::Ok { Look::Good } else { Look::Bad };
    let verdict = out.styled(look, report.verdict());
    let (runs, ok, invalid) = report.runs;
    let failed = runs - ok - invalid;
    out.line(format_args!("verdict   {verdict}"));
    out.line(format_args!("seeds     {} worked on, {} leads varied further", report.seeds_done, report.leads));
    out.line(format_args!("runs      {runs}: {ok} ok, {invalid} not as drawn, {failed} failed"));
    let faults = report.reached.iter().filter(|feature| !feature.fault.is_empty()).count();
    let others = report.reached.len() - faults;
    out.line(format_args!(
        "reached   {others} transaction types and states, {faults} places of faults: tablet, state, event, fault"
    ));
    if !report.complete {
        out.line("complete  no: more time, --resume or merging the other parts does the rest");
    }
    let Some(times) = times else { return };
    let seconds = times.wall.as_secs_f64().max(0.001);
    let rate = |count: u64| (count as f64 / seconds).round();
    out.line(format_args!("time      {seconds:.1} s, {} runs/s, {} events/s", rate(runs), rate(report.events)));
}

fn catch(args: &FileArgs, catch: &Catch, first: bool, out: &mut Out) {
    let Catch { fingerprint, verdict, times, first: (seed, runs), capsule } = catch;
    let name = out.styled(Look::Bad, format_args!("{} {}", fingerprint.id(), fingerprint.oracle));
    out.line(format_args!("{name}: {}", fingerprint.sentence));
    out.line(format_args!("  {}, {verdict}, {times} times, first with seed {seed} in run {runs}", fingerprint.culprit));
    let schedule =
        if capsule.schedule.0.is_empty() { "no fault at all".to_owned() } else { capsule.schedule.to_string() };
    out.line(format_args!("  smallest: {schedule}"));
    out.text(capsule::told(Some(capsule), args.capsules.as_deref(), first));
    out.line("");
}

/// One test case for each failure, and one for all that went well.
fn junit(report: &HuntReport) -> String {
    let suite = escaped(&report.file);
    let case = |catch: &Catch| {
        let (name, message) = (catch.fingerprint.id(), escaped(&catch.fingerprint.to_string()));
        let line = catch.capsule.to_line();
        format!(
            "  <testcase classname=\"{suite}\" name=\"{name}\"><failure message=\"{message}\">{line}</failure></testcase>\n"
        )
    };
    let cases: String = report.catches.iter().map(case).collect();
    let failures = report.catches.len();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{suite}\" tests=\"{}\" failures=\"{failures}\">\n\
         {cases}  <testcase classname=\"{suite}\" name=\"{} seeds, {} runs\"/>\n</testsuite>\n",
        failures + 1,
        report.seeds_done,
        report.runs.0
    )
}

fn seeds(text: &str) -> Result<(u64, u64), String> {
    let pair = text.split_once("..").and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    pair.filter(|(a, b)| a <= b).ok_or_else(|| format!("expected seeds such as 1..100, found '{text}'"))
}

fn time(text: &str) -> Result<std::time::Duration, String> {
    text.parse::<Duration>().map(|duration| std::time::Duration::from_micros(duration.0))
}
