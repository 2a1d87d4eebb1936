//! `tabletsim sweep`.

use super::complain;
use super::findings::{self, FileArgs};
use super::out::Out;
use super::progress::Bar;
use crate::explore::{Choice, Search, SearchOptions};
use crate::fault::ActionKind;
use crate::run::RunOptions;
use crate::scenario::{Duration, Scenario};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tablets::ids::TabletId;
use tablets::quirk::{Quirk, Quirks};

/// Down for less than any retry, and for longer than all of them.
const SHORT_AND_LONG: [(&str, u64); 2] = [("short", 10_000), ("long", 45_000_000)];

/// Arguments of `sweep`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tabletsim sweep sim/scenarios/tiny.sim
  tabletsim sweep sim/scenarios/tiny.sim --quirk advance-early --json -
  tabletsim sweep sim/scenarios/tiny.sim --keep-going --report sweep.html
  tabletsim sweep sim/scenarios/tiny.sim --actions reboot --faults 2 --resume tiny.journal
  tabletsim sweep sim/scenarios/tiny.sim --faults 2 --partition 1/4 --resume part1.journal")]
pub(super) struct SweepArgs {
    /// The scenario
    file: PathBuf,
    /// How many faults in one run: 1, or 2 for every pair
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2), value_name = "N")]
    faults: u8,
    /// Only these kinds of actions, such as reboot,reset
    #[arg(long, value_delimiter = ',', value_name = "KINDS")]
    actions: Vec<ActionKind>,
    /// Only points at these tablets, such as t1,t72001
    #[arg(long, value_delimiter = ',', value_parser = tablet, value_name = "TABLETS")]
    tablets: Vec<TabletId>,
    /// How long a rebooted tablet is down, one run each: short, long (longer than every retry), or 300ms
    #[arg(long, value_delimiter = ',', value_parser = outage, value_name = "DURATIONS")]
    down_for: Vec<u64>,
    /// Threads; one for each core if it is not given
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Only the first so many faults
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Go on after a failure
    #[arg(long)]
    keep_going: bool,
    /// Make every so many runs twice, and name the first event that differs
    #[arg(long, value_name = "N")]
    check_determinism: Option<usize>,
    /// Keep what is done in this file, and go on from there if it holds something already
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Only this part of the pairs, such as 3/16; needs --resume, whose files are merged later
    #[arg(long, value_parser = partition, requires = "resume", default_value = "1/1", value_name = "K/N")]
    partition: (usize, usize),
    /// The seed, instead of the scenario's
    #[arg(long)]
    seed: Option<u64>,
    /// A known mistake that the tablets make; may be given several times
    #[arg(long = "quirk", value_name = "NAME", value_parser = super::quirk)]
    quirks: Vec<Quirk>,
    #[command(flatten)]
    show: ShowArgs,
}

/// Where results go.
#[derive(Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    pub(super) files: FileArgs,
    /// Add times and rates to the JSON, which then is never the same twice
    #[arg(long, requires = "json")]
    pub(super) json_times: bool,
    /// Print the whole coverage matrix, tablet by tablet
    #[arg(long)]
    pub(super) coverage: bool,
}

/// Searches.
pub(super) fn sweep(args: &SweepArgs, out: &mut Out) -> ExitCode {
    let scenario = match Scenario::load(&args.file) {
        Ok(scenario) => Arc::new(scenario),
        Err(error) => return complain(&error.to_string()),
    };
    let options = options(args);
    let mut bar = Bar::new();
    let report = Search { scenario: &scenario, options: &options, watch: &mut |progress| bar.tell(progress) }.run();
    let times = bar.finish(options.jobs);
    match report {
        Ok(report) => findings::show(&report, Some((&scenario, &options.run)), Some(times), &args.show, out),
        Err(message) => complain(&message),
    }
}

/// Threads, as asked for or one for each core.
pub(super) fn jobs(asked: Option<usize>) -> usize {
    asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

fn options(args: &SweepArgs) -> SearchOptions {
    SearchOptions {
        run: RunOptions {
            seed: args.seed,
            quirks: args.quirks.iter().fold(Quirks::NONE, |quirks, quirk| quirks.with(*quirk)),
            ..RunOptions::default()
        },
        choice: Choice {
            actions: args.actions.iter().copied().collect(),
            tablets: args.tablets.iter().copied().collect(),
            down_us: args.down_for.clone(),
        },
        limit: args.limit,
        together: usize::from(args.faults),
        jobs: jobs(args.jobs),
        keep_going: args.keep_going,
        check_determinism: args.check_determinism,
        partition: args.partition,
        journal: args.resume.clone(),
    }
}

fn tablet(text: &str) -> Result<TabletId, String> {
    let number = text.strip_prefix('t').and_then(|number| number.parse().ok());
    number.map(TabletId).ok_or_else(|| format!("expected a tablet such as t1, found '{text}'"))
}

fn outage(text: &str) -> Result<u64, String> {
    match SHORT_AND_LONG.iter().find(|(name, _)| *name == text) {
        Some((_, us)) => Ok(*us),
        None => {
            let duration: Result<Duration, String> = text.parse();
            duration.map(|us| us.0).map_err(|error| format!("expected short, long or a duration: {error}"))
        }
    }
}

/// `3/16`.
pub(super) fn partition(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
    parts.filter(|(k, n)| (1..=*n).contains(k)).ok_or_else(|| format!("expected a part such as 3/16, found '{text}'"))
}
