//! Where a trace comes from: a file that `run --trace` has written, or a scenario that is run.

use super::complain;
use super::input::InputArgs;
use super::out::Out;
use crate::run::{Outcome, RunOptions, known_types, run};
use crate::scenario::Scenario;
use crate::trace::{Trace, read_json_lines};
use crate::world::Types;
use clap::Args;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// A trace, or how to get one.
#[derive(Args)]
pub(super) struct SourceArgs {
    /// A trace that 'run --trace' has written, or a scenario, which is then run
    #[arg(value_name = "TRACE|SCENARIO")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) input: InputArgs,
}

/// A trace, and what is needed to read it.
pub(super) struct Source {
    /// The records.
    pub(super) trace: Trace,
    /// What reads messages and rows.
    pub(super) types: Types,
    /// How the run ended, if it was made just now; its trace is above.
    pub(super) outcome: Option<Outcome>,
}

impl SourceArgs {
    /// Reads the trace, or makes it.
    pub(super) fn load(&self) -> Result<Source, String> {
        if !is_trace(&self.file)? {
            return self.run();
        }
        if self.input.is_empty() {
            return read(&self.file);
        }
        let name = self.file.display();
        Err(format!("{name} is a trace, which is a run that is over; seed, faults and quirks go with a scenario"))
    }

    fn run(&self) -> Result<Source, String> {
        let scenario = Scenario::load(&self.file).map_err(|error| error.to_string())?;
        let options = RunOptions { record: true, ..self.input.options(&scenario)? };
        Ok(made(scenario, &options))
    }
}

/// The other run to compare with: a trace, or a scenario, which is run as it is.
pub(super) fn other(file: &Path) -> Result<Source, String> {
    if is_trace(file)? {
        return read(file);
    }
    let scenario = Scenario::load(file).map_err(|error| error.to_string())?;
    Ok(made(scenario, &RunOptions { record: true, ..RunOptions::default() }))
}

/// Writes a result to a file, or to standard output if there is none.
pub(super) fn write(file: Option<&Path>, text: &str, out: &mut Out) -> ExitCode {
    let Some(file) = file else {
        out.text(text);
        out.finish();
        return ExitCode::SUCCESS;
    };
    match std::fs::write(file, text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&format!("--output: {}: {error}", file.display())),
    }
}

fn made(scenario: Scenario, options: &RunOptions) -> Source {
    let mut outcome = run(&Arc::new(scenario), options, &mut |_| ());
    let trace = std::mem::take(&mut outcome.trace);
    Source { trace, types: outcome.types.clone(), outcome: Some(outcome) }
}

fn read(file: &Path) -> Result<Source, String> {
    let name = file.display();
    let opened = File::open(file).map_err(|error| format!("{name}: {error}"))?;
    let trace = read_json_lines(BufReader::new(opened)).map_err(|error| format!("{name}: not a trace: {error}"))?;
    Ok(Source { trace, types: known_types(), outcome: None })
}

/// Whether the file is a trace: its lines are JSON objects, which no statement of a scenario is.
fn is_trace(file: &Path) -> Result<bool, String> {
    if file.is_dir() {
        return Ok(false);
    }
    let mut file = BufReader::new(File::open(file).map_err(|error| format!("{}: {error}", file.display()))?);
    let start = file.fill_buf().unwrap_or_default();
    Ok(start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{'))
}
