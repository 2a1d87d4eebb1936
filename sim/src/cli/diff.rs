//! `tabletsim diff`.

use super::complain;
use super::out::{Look, Out};
use crate::explore::{Capsule, Difference, Happening};
use crate::fault::Schedule;
use crate::run::{RunOptions, known_types, run};
use crate::scenario::Scenario;
use crate::trace::{Trace, read_json_lines};
use crate::world::Types;
use clap::Args;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tablets::quirk::{Quirk, Quirks};

/// Kinds of events that are listed, at most.
const LISTED: usize = 24;

/// Arguments of `diff`.
#[derive(Args)]
#[command(after_help = "\
A run is a scenario, a capsule, or a trace that `run --trace` has written (its name ends in
.jsonl). --seed, --quirk and --schedule are the second run's. Without B it is A with these, and
with none of them a capsule is compared with the same run without its faults.

The exit code is 0 if the runs are the same, 1 if they differ, 2 for a mistake.

Examples:
  tabletsim diff sim/scenarios/tiny.sim --schedule 'reset t72003-t72002 before RecordStatuses#1'
  tabletsim diff sim/scenarios/tiny.sim --seed 2
  tabletsim diff failures/1a2b3c4d.capsule
  tabletsim diff before.jsonl after.jsonl --json -")]
pub(super) struct DiffArgs {
    /// The first run
    a: String,
    /// The second run
    b: Option<String>,
    /// Faults of the second run
    #[arg(long, value_name = "FAULTS")]
    schedule: Option<String>,
    /// The seed of the second run
    #[arg(long)]
    seed: Option<u64>,
    /// A known mistake that the tablets of the second run make; may be given several times
    #[arg(long = "quirk", value_name = "NAME", value_parser = super::quirk)]
    quirks: Vec<Quirk>,
    /// Write the difference as JSON to this file, or with - to standard output instead of the text
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// A run to compare, with a name for the reader.
struct Side {
    name: String,
    types: Types,
    trace: Trace,
}

/// Compares.
pub(super) fn diff(args: &DiffArgs, out: &mut Out) -> ExitCode {
    let (a, b) = match sides(args) {
        Ok(sides) => sides,
        Err(message) => return complain(&message),
    };
    let difference = Difference::between((&a.types, &a.trace), (&b.types, &b.trace));
    let json = || serde_json::to_string_pretty(&difference).unwrap_or_default() + "\n";
    match &args.json {
        Some(path) if path == Path::new("-") => out.text(json()),
        Some(path) => {
            if let Err(error) = std::fs::write(path, json()) {
                return complain(&format!("--json: {}: {error}", path.display()));
            }
            show(&a, &b, &difference, out);
        }
        None => show(&a, &b, &difference, out),
    }
    out.finish();
    ExitCode::from(u8::from(!difference.is_none()))
}

fn sides(args: &DiffArgs) -> Result<(Side, Side), String> {
    let changed = args.schedule.is_some() || args.seed.is_some() || !args.quirks.is_empty();
    let second = match &args.b {
        Some(b) => Input::load(b)?,
        None => Input::load(&args.a)?,
    };
    let first = match (Input::load(&args.a)?, &args.b) {
        (Input::Script(scenario, options), None) if !changed => {
            let options = RunOptions { schedule: Schedule::default(), ..options };
            Input::Script(scenario, options)
        }
        (first, _) => first,
    };
    Ok((first.side(&args.a), second.with(args)?.side(args.b.as_ref().unwrap_or(&args.a))))
}

/// What a run is made of, or a run that was made.
enum Input {
    Script(Arc<Scenario>, RunOptions),
    Kept(Trace),
}

impl Input {
    fn load(name: &str) -> Result<Input, String> {
        if name.ends_with(".jsonl") {
            let file = File::open(name).map_err(|error| format!("{name}: {error}"))?;
            return read_json_lines(BufReader::new(file)).map(Input::Kept).map_err(|error| format!("{name}: {error}"));
        }
        let is_file = std::fs::read_to_string(name).is_ok_and(|text| Capsule::is_one(&text));
        if is_file || Capsule::is_one(name) {
            let capsule = Capsule::load(name).map_err(|error| error.to_string())?;
            return Ok(Input::Script(Arc::clone(&capsule.scenario), capsule.options()));
        }
        let scenario = Scenario::load(Path::new(name)).map_err(|error| error.to_string())?;
        Ok(Input::Script(Arc::new(scenario), RunOptions::default()))
    }

    /// With what the command line says of the second run.
    fn with(self, args: &DiffArgs) -> Result<Input, String> {
        let Input::Script(scenario, mut options) = self else { return Ok(self) };
        if let Some(text) = &args.schedule {
            let more = Schedule::from_text(text).map_err(|error| format!("--schedule: {error}"))?;
            options.schedule.0.extend(more.0);
        }
        options.seed = args.seed.or(options.seed);
        options.quirks = args.quirks.iter().fold(options.quirks, |quirks: Quirks, quirk| quirks.with(*quirk));
        Ok(Input::Script(scenario, options))
    }

    fn side(self, name: &str) -> Side {
        match self {
            Input::Kept(trace) => Side { name: name.to_owned(), types: known_types(), trace },
            Input::Script(scenario, options) => {
                let outcome = run(&scenario, &RunOptions { record: true, ..options }, &mut |_| {});
                let faults = outcome.receipts.len();
                let name = format!("{}, seed {}, {faults} faults: {}", scenario.file, outcome.seed, outcome.verdict);
                Side { name, types: outcome.types, trace: outcome.trace }
            }
        }
    }
}

fn show(a: &Side, b: &Side, difference: &Difference, out: &mut Out) {
    out.line(format_args!("A  {}\nB  {}\n", a.name, b.name));
    if difference.is_none() {
        return out.line(format_args!("the same: {} events", difference.same));
    }
    let told = |happening: &Option<Happening>| happening.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    out.line(out.styled(Look::Strong, "first event that the other run has not, or not so"));
    out.line(format_args!("A  {}", told(&difference.first_a)));
    out.line(format_args!("B  {}", told(&difference.first_b)));
    if let Some((here, there)) = &difference.order {
        out.line(out.styled(Look::Strong, "first event in another order"));
        out.line(format_args!("A  {here}\nB  {there}"));
    }
    out.line("");
    let widest = difference.by_kind.keys().map(|kind| kind.chars().count()).max().unwrap_or(0);
    out.line(out.styled(Look::Strong, format_args!("{:widest$}  only A  only B  changed", "")));
    for (kind, count) in difference.by_kind.iter().take(LISTED) {
        out.line(format_args!("{kind:widest$}  {:>6}  {:>6}  {:>7}", count.only_a, count.only_b, count.changed));
    }
    if difference.by_kind.len() > LISTED {
        out.line(format_args!("... and {} more kinds (--json has all)", difference.by_kind.len() - LISTED));
    }
    out.line(format_args!("\n{} events are the same", difference.same));
}
