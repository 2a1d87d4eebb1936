//! `tabletsim run`.

use super::out::Out;
use super::{complain, log, report};
use crate::fault::Schedule;
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
use tablets::quirk::{Quirk, Quirks};

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
  tabletsim run sim/scenarios/restore.sim --counters --metrics restore.prom")]
pub(super) struct RunArgs {
    /// The scenario
    file: PathBuf,
    /// Faults beside the scenario's own: one pasted word 'ts1:...', faults joined with '; ', or a file
    #[arg(long, value_name = "FAULTS|FILE")]
    schedule: Option<String>,
    /// More faults: a file with one on each line, and comments after '#'
    #[arg(long, value_name = "FILE")]
    schedule_file: Option<PathBuf>,
    /// Allow faults that break the contract of pipes; such a run is judged for safety only
    #[arg(long)]
    beyond_contract: bool,
    /// The seed, instead of the scenario's
    #[arg(long)]
    seed: Option<u64>,
    /// A known mistake that the tablets make; may be given several times
    #[arg(long = "quirk", value_name = "NAME", value_parser = super::quirk)]
    quirks: Vec<Quirk>,
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
            let written = write_files(args, &outcome);
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
    let schedule = schedule(args)?;
    check_contract(args, &[&schedule, &scenario.faults()])?;
    let options = RunOptions {
        seed: args.seed,
        schedule,
        beyond_contract: args.beyond_contract,
        quirks: args.quirks.iter().fold(Quirks::NONE, |quirks, quirk| quirks.with(*quirk)),
        record: args.trace.is_some() || matches!(args.format, Some(Format::Text | Format::Lanes)),
        counters: args.counters || args.metrics.is_some(),
        ..RunOptions::default()
    };
    Ok((Arc::new(scenario), options))
}

/// Reads the faults given on the command line; `--schedule` may name a file too.
fn schedule(args: &RunArgs) -> Result<Schedule, String> {
    let mut all = Schedule::default();
    if let Some(text) = &args.schedule {
        let path = Path::new(text);
        let read = if path.is_file() {
            schedule_file(path)?
        } else {
            Schedule::from_text(text).map_err(|error| format!("--schedule: {error}"))?
        };
        all.0.extend(read.0);
    }
    if let Some(path) = &args.schedule_file {
        all.0.extend(schedule_file(path)?.0);
    }
    Ok(all)
}

fn schedule_file(path: &Path) -> Result<Schedule, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Schedule::read(&path.display().to_string(), &text).map_err(|error| error.to_string())
}

/// Refuses faults beyond the contract of pipes, unless they are allowed.
fn check_contract(args: &RunArgs, faults: &[&Schedule]) -> Result<(), String> {
    let mut all = faults.iter().flat_map(|schedule| &schedule.0);
    match all.find(|fault| fault.action.is_beyond_contract()) {
        Some(fault) if !args.beyond_contract => {
            Err(format!("'{fault}' is beyond the contract of pipes; --beyond-contract allows it"))
        }
        _ => Ok(()),
    }
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
    let mut command = format!("tabletsim run {} --seed {}", args.file.display(), outcome.seed);
    for quirk in &args.quirks {
        command += &format!(" --quirk {quirk}");
    }
    if !outcome.schedule.0.is_empty() {
        command += &format!(" --schedule '{}'", outcome.schedule.to_line());
    }
    if args.beyond_contract {
        command += " --beyond-contract";
    }
    command + " --format text"
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
