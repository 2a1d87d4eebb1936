//! What a run is made of besides its scenario, as it is given on a command line.

use crate::fault::Schedule;
use crate::run::{Outcome, RunOptions};
use crate::scenario::Scenario;
use clap::Args;
use std::path::{Path, PathBuf};
use tablets::quirk::{Quirk, Quirks};

/// Seed, faults and quirks.
#[derive(Args)]
pub(super) struct InputArgs {
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
}

impl InputArgs {
    /// The options of a run of `scenario`.
    pub(super) fn options(&self, scenario: &Scenario) -> Result<RunOptions, String> {
        let schedule = schedule(self)?;
        check_contract(self, &[&schedule, &scenario.faults()])?;
        Ok(RunOptions {
            seed: self.seed,
            schedule,
            beyond_contract: self.beyond_contract,
            quirks: self.quirks.iter().fold(Quirks::NONE, |quirks, quirk| quirks.with(*quirk)),
            ..RunOptions::default()
        })
    }

    /// Whether nothing was given.
    pub(super) fn is_empty(&self) -> bool {
        let faults = self.schedule.is_some() || self.schedule_file.is_some() || self.beyond_contract;
        self.seed.is_none() && self.quirks.is_empty() && !faults
    }

    /// The arguments that make the same run again.
    pub(super) fn again(&self, outcome: &Outcome) -> String {
        let mut again = self.lasting(outcome.seed);
        if !outcome.schedule.0.is_empty() {
            again += &format!(" --schedule '{}'", outcome.schedule.to_line());
        }
        again
    }

    /// The same without the faults.
    pub(super) fn lasting(&self, seed: u64) -> String {
        lasting(seed, self.quirks.iter().copied(), self.beyond_contract)
    }
}

/// The arguments that make a run again, but for its faults.
pub(super) fn lasting(seed: u64, quirks: impl Iterator<Item = Quirk>, beyond_contract: bool) -> String {
    let mut again = format!(" --seed {seed}");
    quirks.for_each(|quirk| again += &format!(" --quirk {quirk}"));
    if beyond_contract {
        again += " --beyond-contract";
    }
    again
}

/// Reads the faults given on the command line; `--schedule` may name a file too.
fn schedule(args: &InputArgs) -> Result<Schedule, String> {
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
fn check_contract(args: &InputArgs, faults: &[&Schedule]) -> Result<(), String> {
    let mut all = faults.iter().flat_map(|schedule| &schedule.0);
    match all.find(|fault| fault.action.is_beyond_contract()) {
        Some(fault) if !args.beyond_contract => {
            Err(format!("'{fault}' is beyond the contract of pipes; --beyond-contract allows it"))
        }
        _ => Ok(()),
    }
}
