//! Where a trace comes from: a file that `run --trace` has written, or a scenario or capsule that
//! is run.

use super::complain;
use super::input::InputArgs;
use super::out::Out;
use crate::explore::Capsule;
use crate::run::{RunOptions, known_types, run};
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

/// What a file is.
pub(super) enum Source {
    /// A trace, and what reads its messages and rows.
    Trace(Trace, Types),
    /// A run that can be made.
    Run(Arc<Scenario>, RunOptions),
}

impl SourceArgs {
    /// Reads the file.
    pub(super) fn open(&self) -> Result<Source, String> {
        let (name, form) = (self.file.display(), form(&self.file)?);
        let own = match form {
            Form::Scenario => {
                let scenario = Scenario::load(&self.file).map_err(|error| error.to_string())?;
                let options = self.input.options(&scenario)?;
                return Ok(Source::Run(Arc::new(scenario), options));
            }
            Form::Trace => "a trace, which is a run that is over",
            Form::Capsule => "a capsule, which has its own",
        };
        if !self.input.is_empty() {
            return Err(format!("{name} is {own}; seed, faults and quirks go with a scenario"));
        }
        other(&self.file)
    }
}

impl Source {
    /// The trace, for which a run is made, and what reads it.
    pub(super) fn trace(self) -> (Trace, Types) {
        match self {
            Source::Trace(trace, types) => (trace, types),
            Source::Run(scenario, options) => {
                let outcome = run(&scenario, &RunOptions { record: true, ..options }, &mut |_| ());
                (outcome.trace, outcome.types)
            }
        }
    }
}

/// A file without further arguments: a trace, a capsule, or a scenario, which is run as it is.
pub(super) fn other(file: &Path) -> Result<Source, String> {
    match form(file)? {
        Form::Trace => read(file),
        Form::Capsule => {
            let capsule = Capsule::load(&file.display().to_string()).map_err(|error| error.to_string())?;
            Ok(Source::Run(Arc::clone(&capsule.scenario), capsule.options()))
        }
        Form::Scenario => {
            let scenario = Scenario::load(file).map_err(|error| error.to_string())?;
            Ok(Source::Run(Arc::new(scenario), RunOptions::default()))
        }
    }
}

/// What a run is called that was made from a file, or from the word for a capsule.
pub(super) fn title(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if Capsule::is_one(&name) { "capsule".to_owned() } else { name }
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

fn read(file: &Path) -> Result<Source, String> {
    let name = file.display();
    let opened = File::open(file).map_err(|error| format!("{name}: {error}"))?;
    let trace = read_json_lines(BufReader::new(opened)).map_err(|error| format!("{name}: not a trace: {error}"))?;
    Ok(Source::Trace(trace, known_types()))
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
