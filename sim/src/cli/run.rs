//! `tabletsim run`.

use super::input::InputArgs;
use super::out::Out;
use super::{complain, log, report};
use crate::explore::{Capsule, Fingerprint, Reorder};
use crate::metrics::{self, prometheus};
use crate::run::{Outcome, Progress, RunOptions, run as carry_out};
use crate::scenario::Scenario;
use crate::trace::{Detail, Text, lanes, write_json_lines};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Characters of one lane.
const LANE_WIDTH: usize = 36;

/// How a run is shown.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The trace, one line a fact, then outputs and verdict
    Text,
    /// The trace with one column for each tablet, then outputs and verdict
    Lanes,
    /// The outcome as one JSON object
    Json,
    /// The verdict only
    Quiet,
}

/// Arguments of `run`.
#[derive(Args)]
#[command(after_help = "\
Without --format, what statements print is shown, and the verdict.

Examples:
  tabletsim run sim/scenarios/restore.sim
  tabletsim run sim/scenarios/tiny.sim --schedule 'reboot t1 at event 20' --format text
  tabletsim run sim/scenarios/tiny.sim --quirk advance-early --trace trace.jsonl
  tabletsim run sim/scenarios/restore.sim --seed 5 --reorder pct:3
  tabletsim run sim/scenarios/tiny.sim --quirk finish-by-readiness --capsule tiny.capsule
  tabletsim run sim/scenarios/restore.sim --counters --metrics restore.prom")]
pub(super) struct RunArgs {
    /// The scenario
    file: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    /// Write the trace to this file, one JSON record a line
    #[arg(long, value_name = "OUT.jsonl")]
    trace: Option<PathBuf>,
    /// How to show the run
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Print what the run and its tablets have counted, in tables
    #[arg(long)]
    counters: bool,
    /// Write the counters to this file in Prometheus' text format
    #[arg(long, value_name = "OUT.prom")]
    metrics: Option<PathBuf>,
    /// Draw another order of delivery from the seed, as delays: pct:D or delay:D
    #[arg(long, value_name = "HOW")]
    reorder: Option<Reorder>,
    /// Write a failure as a capsule to this file, for `replay` and `shrink`; with - print it as one word
    #[arg(long, value_name = "OUT.capsule")]
    capsule: Option<PathBuf>,
    /// Let tablets log to standard error: error, warn, info, debug, trace or a filter
    #[arg(long, value_name = "LEVEL")]
    log: Option<String>,
}

/// Runs a scenario.
pub(super) fn run(args: &RunArgs, out: &mut Out) -> ExitCode {
    match prepared(args) {
        Ok((scenario, options)) => {
            let bar = progress_bar(args, &scenario);
            let outcome = carry_out(&scenario, &options, &mut |progress| tell(&bar, progress));
            bar.finish_and_clear();
            show(args, &outcome, out);
            let written = write_files(args, &outcome).and_then(|()| keep(args, (&scenario, &options), &outcome, out));
            out.finish();
            match written {
                Ok(()) => ExitCode::from(outcome.verdict.exit_code()),
                Err(message) => complain(&message),
            }
        }
        Err(message) => complain(&message),
    }
}

fn prepared(args: &RunArgs) -> Result<(Arc<Scenario>, RunOptions), String> {
    args.log.as_ref().map_or(Ok(()), |level| log::listen(level).map_err(|error| format!("--log: {error}")))?;
    let scenario = Scenario::load(&args.file).map_err(|error| error.to_string())?;
    let scenario = Arc::new(scenario);
    let mut options = args.input.options(&scenario)?;
    if let Some(reorder) = args.reorder {
        options.schedule.0.extend(reorder.of(&scenario, &options).0);
    }
    let options = RunOptions {
        record: args.trace.is_some() || matches!(args.format, Some(Format::Text | Format::Lanes)),
        counters: args.counters || args.metrics.is_some(),
        ..options
    };
    Ok((scenario, options))
}

fn progress_bar(args: &RunArgs, scenario: &Scenario) -> ProgressBar {
    let quiet = args.format == Some(Format::Quiet) || args.log.is_some() || !std::io::stderr().is_terminal();
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template("{bar:30} statement {pos}/{len}  {msg}  {elapsed}");
    let bar = ProgressBar::with_draw_target(Some(scenario.items.len() as u64), target);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn tell(bar: &ProgressBar, progress: Progress) {
    if !bar.is_hidden() {
        bar.set_position(progress.statements as u64);
        bar.set_message(format!("{} events", progress.events));
    }
}

fn show(args: &RunArgs, outcome: &Outcome, out: &mut Out) {
    match args.format {
        Some(Format::Json) => return report::json(out, outcome),
        Some(Format::Quiet) => return report::brief(out, outcome),
        Some(Format::Text) => out.text(Text::render(&outcome.types, Detail::Story, &outcome.trace)),
        Some(Format::Lanes) => out.text(lanes(&outcome.types, Detail::Story, &outcome.trace, LANE_WIDTH)),
        None => {}
    }
    report::output(out, outcome);
    if args.counters {
        report::counters(out, outcome);
    }
    report::verdict(out, outcome, &again(args, outcome));
}

/// The command that makes the same run again and shows it.
fn again(args: &RunArgs, outcome: &Outcome) -> String {
    format!("tabletsim run {}{} --format text", args.file.display(), args.input.again(outcome))
}

/// Keeps a failure as a capsule, if asked.
fn keep(args: &RunArgs, input: (&Arc<Scenario>, &RunOptions), outcome: &Outcome, out: &mut Out) -> Result<(), String> {
    let (Some(path), Some(fingerprint)) = (&args.capsule, Fingerprint::of(outcome)) else { return Ok(()) };
    let capsule = Capsule::new(input.0, input.1, &outcome.schedule, &fingerprint);
    if path == Path::new("-") {
        out.line(capsule.to_line());
        return Ok(());
    }
    std::fs::write(path, capsule.to_string()).map_err(|error| format!("--capsule: {}: {error}", path.display()))
}

fn write_files(args: &RunArgs, outcome: &Outcome) -> Result<(), String> {
    args.trace.as_ref().map_or(Ok(()), |path| write_trace(path, outcome))?;
    args.metrics.as_ref().map_or(Ok(()), |path| write_metrics(path, outcome))
}

fn write_metrics(path: &Path, outcome: &Outcome) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("--metrics: {}: {error}", path.display());
    std::fs::write(path, prometheus(&metrics::of(outcome))).map_err(failed)
}

fn write_trace(path: &Path, outcome: &Outcome) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("--trace: {}: {error}", path.display());
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    write_json_lines(&outcome.trace, &mut file).and_then(|()| file.flush()).map_err(failed)
}
