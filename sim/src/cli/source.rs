//! Where a trace comes from: a file that `run --trace` has written, or a scenario or capsule that
//! is run.

use super::complain;
use super::input::InputArgs;
use super::out::Out;
use crate::explore::Capsule;
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
    /// A trace that 'run --trace' has written, or a scenario or a failure's capsule, which is then run
    #[arg(value_name = "TRACE|SCENARIO|CAPSULE")]
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
        let (name, form) = (self.file.display(), form(&self.file)?);
        let own = match form {
            Form::Scenario => return self.run(),
            Form::Trace => "a trace, which is a run that is over",
            Form::Capsule => "a capsule, which has its own",
        };
        if !self.input.is_empty() {
            return Err(format!("{name} is {own}; seed, faults and quirks go with a scenario"));
        }
        other(&self.file)
    }

    fn run(&self) -> Result<Source, String> {
        let scenario = Scenario::load(&self.file).map_err(|error| error.to_string())?;
        let options = RunOptions { record: true, ..self.input.options(&scenario)? };
        Ok(made(run(&Arc::new(scenario), &options, &mut |_| ())))
    }
}

/// A run without further arguments: a trace, a capsule, or a scenario, which is run as it is.
pub(super) fn other(file: &Path) -> Result<Source, String> {
    match form(file)? {
        Form::Trace => read(file),
        Form::Capsule => {
            let capsule = Capsule::load(&file.display().to_string()).map_err(|error| error.to_string())?;
            Ok(made(capsule.run(true)))
        }
        Form::Scenario => {
            let scenario = Scenario::load(file).map_err(|error| error.to_string())?;
            let options = RunOptions { record: true, ..RunOptions::default() };
            Ok(made(run(&Arc::new(scenario), &options, &mut |_| ())))
        }
    }
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

fn made(mut outcome: Outcome) -> Source {
    let trace = std::mem::take(&mut outcome.trace);
    Source { trace, types: outcome.types.clone(), outcome: Some(outcome) }
}

fn read(file: &Path) -> Result<Source, String> {
    let name = file.display();
    let opened = File::open(file).map_err(|error| format!("{name}: {error}"))?;
    let trace = read_json_lines(BufReader::new(opened)).map_err(|error| format!("{name}: not a trace: {error}"))?;
    Ok(Source { trace, types: known_types(), outcome: None })
}

/// What a file may be.
enum Form {
    Trace,
    Capsule,
    Scenario,
}

/// A trace's lines are JSON objects, which no statement of a scenario is; a capsule says that it
/// is one. It may also be the word that stands for a capsule.
fn form(file: &Path) -> Result<Form, String> {
    if file.to_str().is_some_and(Capsule::is_one) {
        return Ok(Form::Capsule);
    }
    if file.is_dir() {
        return Ok(Form::Scenario);
    }
    let mut opened = BufReader::new(File::open(file).map_err(|error| format!("{}: {error}", file.display()))?);
    let start = opened.fill_buf().unwrap_or_default();
    Ok(match start.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => Form::Trace,
        _ if Capsule::is_one(&String::from_utf8_lossy(start)) => Form::Capsule,
        _ => Form::Scenario,
    })
}
