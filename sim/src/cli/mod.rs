//! The command line `tabletsim`.
//!
//! Results go to standard output, progress and logs to standard error. The exit code is
//! 0 for a pass, 1 for a violation, a stuck or exhausted run or a panic, 2 for a mistake
//! in the command or the script, 3 for an invalid run; `replay` says what its codes
//! mean. A reader that closes the pipe early is no error.

mod capsule;
mod diff;
mod explore;
mod export;
mod findings;
mod hunt;
mod input;
mod log;
mod merge;
mod out;
mod progress;
mod reference;
mod report;
mod run;
mod shrink;
mod source;
mod sweep;
mod view;
mod zoo;

use clap::builder::styling::Styles;
use clap::{ColorChoice, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use out::Out;
use std::io::Write;
use std::process::ExitCode;
use tablets::quirk::Quirk;

/// A mistake in the command or the script.
const USAGE: u8 = 2;

/// A deterministic simulator of YDB tablets, with injectable faults.
#[derive(Parser)]
#[command(name = "tabletsim", version, styles = Styles::styled(), after_help = "\
Examples:
  tabletsim run sim/scenarios/restore.sim
  tabletsim sweep sim/scenarios/tiny.sim --capsules failures
  tabletsim hunt sim/scenarios/restore.sim --time 10m --capsules failures
  tabletsim replay failures/1a2b3c4d.capsule
  tabletsim shrink failures/1a2b3c4d.capsule
  tabletsim run sim/scenarios/tiny.sim --schedule 'reboot t1 at event 20' --format text")]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    color: ColorChoice,
}

#[derive(Subcommand)]
enum Command {
    /// Run a scenario and judge it
    Run(run::RunArgs),
    /// Try every fault at every point of a scenario, one run each
    Sweep(sweep::SweepArgs),
    /// Try seeds, each a world with faults and clients of its own
    Hunt(hunt::HuntArgs),
    /// Run a failure that was kept as a capsule, and say whether it is still the same
    Replay(capsule::ReplayArgs),
    /// Make a failure smaller, down to a script that can be kept
    Shrink(shrink::ShrinkArgs),
    /// Compare two runs: where they part, and what is different from there on
    Diff(diff::DiffArgs),
    /// Join the results of the partitions of a sweep or of a hunt
    Merge(merge::MergeArgs),
    /// Write a trace in the format of another tool: text, lanes, Perfetto, ShiViz, Mermaid, Graphviz
    Export(export::ExportArgs),
    /// Show a run as one HTML page, to be walked through in a browser
    View(view::ViewArgs),
    /// Walk through a scenario in a browser, and choose what happens next
    Explore(explore::ExploreArgs),
    /// See which known mistakes the searches find, and how soon
    Zoo(zoo::ZooArgs),
    /// List the verbs of scenario files
    #[command(after_help = "Example:\n  tabletsim verbs")]
    Verbs(reference::ReferenceArgs),
    /// List the oracles that judge runs
    #[command(after_help = "Example:\n  tabletsim oracles")]
    Oracles(reference::ReferenceArgs),
    /// List the known mistakes that tablets can be told to make
    #[command(after_help = "Examples:\n  tabletsim quirks\n  tabletsim quirks advance-early")]
    Quirks {
        /// Only this one
        #[arg(value_parser = quirk)]
        name: Option<Quirk>,
        #[command(flatten)]
        args: reference::ReferenceArgs,
    },
    /// List the anchors and actions of faults
    #[command(after_help = "Example:\n  tabletsim faults")]
    Faults(reference::ReferenceArgs),
    /// List the settings of the tablets
    #[command(after_help = "Example:\n  tabletsim settings")]
    Settings(reference::ReferenceArgs),
    /// List what runs and tablets count
    #[command(after_help = "Example:\n  tabletsim counters")]
    Counters(reference::ReferenceArgs),
    /// Print a completion script for a shell
    #[command(
        after_help = "Example:\n  tabletsim completions bash > ~/.local/share/bash-completion/completions/tabletsim"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too; a closed pipe is no reason to complain.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    let mut out = Out::new(cli.color);
    match cli.command {
        Command::Run(args) => return run::run(&args, &mut out),
        Command::Sweep(args) => return sweep::sweep(&args, &mut out),
        Command::Hunt(args) => return hunt::hunt(&args, &mut out),
        Command::Replay(args) => return capsule::replay(&args, &mut out),
        Command::Shrink(args) => return shrink::shrink(&args, &mut out),
        Command::Diff(args) => return diff::diff(&args, &mut out),
        Command::Merge(args) => return merge::merge(&args, &mut out),
        Command::Export(args) => return export::export(&args, &mut out),
        Command::View(args) => return view::view(&args, &mut out),
        Command::Explore(args) => return explore::explore(&args, &mut out),
        Command::Zoo(args) => return zoo::zoo(&args, &mut out),
        Command::Verbs(args) => reference::verbs(&mut out, &args),
        Command::Oracles(args) => reference::oracles(&mut out, &args),
        Command::Quirks { name, args } => reference::quirks(&mut out, &args, name),
        Command::Faults(args) => reference::faults(&mut out, &args),
        Command::Settings(args) => reference::settings(&mut out, &args),
        Command::Counters(args) => reference::counters(&mut out, &args),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "tabletsim", &mut out);
        }
    }
    out.finish();
    ExitCode::SUCCESS
}

/// Says what is wrong with the command or the script.
fn complain(message: &str) -> ExitCode {
    // If standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "error: {message}");
    ExitCode::from(USAGE)
}

/// A quirk by name, for clap.
fn quirk(name: &str) -> Result<Quirk, String> {
    let all = || Quirk::ALL.iter().map(|quirk| quirk.name());
    let found = Quirk::ALL.iter().copied().find(|quirk| quirk.name() == name);
    found.ok_or_else(|| crate::scenario::unknown("quirk", name, all().collect::<Vec<_>>()))
}
