//! Capsules on the command line: `tabletsim replay`, and what searches write.

use super::out::{Look, Out};
use super::{complain, report};
use crate::explore::{Build, Capsule, CapsuleError, Finding, Replayed};
use crate::trace::{Detail, Text, lanes};
use clap::{Args, ValueEnum};
use std::path::Path;
use std::process::ExitCode;

/// Characters of one lane.
const LANE_WIDTH: usize = 36;
/// The capsule asks for what this program does not have.
const UNFIT: u8 = 3;

/// How the run is shown.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The trace, one line a fact
    Text,
    /// The trace with one column for each tablet
    Lanes,
}

/// Arguments of `replay`.
#[derive(Args)]
#[command(after_help = "\
The exit code is 0 for the same failure, 4 for a different one, 1 for none at all (it may be
fixed), 3 if this is not the same run any more: a fault found nothing to strike, or the capsule
asks for a verb, a quirk or a fault that this build does not have. 2 is a damaged capsule.

Examples:
  tabletsim replay failures/1a2b3c4d.capsule
  tabletsim replay failures/1a2b3c4d.capsule --format text
  tabletsim replay tc1:dVJNb9s...")]
pub(super) struct ReplayArgs {
    /// The capsule: its file, or the word that stands for it
    #[arg(value_name = "CAPSULE|WORD")]
    capsule: String,
    /// Show the run as well
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Runs a capsule and compares.
pub(super) fn replay(args: &ReplayArgs, out: &mut Out) -> ExitCode {
    let capsule = match Capsule::load(&args.capsule) {
        Ok(capsule) => capsule,
        Err(error) => return refuse(&error),
    };
    let replayed = capsule.replay(args.format.is_some());
    let outcome = &replayed.outcome;
    match args.format {
        Some(Format::Text) => out.text(Text::render(&outcome.types, Detail::Story, &outcome.trace)),
        Some(Format::Lanes) => out.text(lanes(&outcome.types, Detail::Story, &outcome.trace, LANE_WIDTH)),
        None => {}
    }
    tell(&capsule, &replayed, out);
    out.finish();
    ExitCode::from(replayed.finding.exit_code())
}

/// Says why there is no run.
pub(super) fn refuse(error: &CapsuleError) -> ExitCode {
    let code = complain(&error.to_string());
    if matches!(error, CapsuleError::Unfit(..)) { ExitCode::from(UNFIT) } else { code }
}

fn tell(capsule: &Capsule, replayed: &Replayed, out: &mut Out) {
    let outcome = &replayed.outcome;
    report::reasons(out, outcome);
    let look = match replayed.finding {
        Finding::Same => Look::Good,
        Finding::Gone | Finding::Invalid => Look::Doubt,
        Finding::Different(_) => Look::Bad,
    };
    let name = out.styled(look, replayed.finding.name());
    out.line(format_args!("replay        {name}"));
    out.line(format_args!("of            {}", capsule.fingerprint));
    if let Finding::Different(found) = &replayed.finding {
        out.line(format_args!("found         {found}"));
    }
    if outcome.reasons != outcome.unfired {
        outcome.unfired.iter().for_each(|line| out.line(line));
    }
    match &replayed.other_build {
        Some(other) => out.line(format_args!("build         {}, and the capsule is of {other}", Build::this())),
        None => out.line(format_args!("build         {}, the capsule's own", Build::this())),
    }
    out.line(format_args!("trace hash    {:016x}", outcome.trace_hash));
}

/// Where a capsule was written, or, of the first failure only, the word for it.
pub(super) fn told(capsule: Option<&Capsule>, folder: Option<&Path>, first: bool) -> String {
    match (capsule, folder) {
        (Some(capsule), Some(folder)) => format!("  capsule:  {}\n", folder.join(name(capsule)).display()),
        (Some(capsule), None) if first => format!("  capsule:  {}\n", capsule.to_line()),
        _ => String::new(),
    }
}

fn name(capsule: &Capsule) -> String {
    format!("{}.capsule", capsule.fingerprint.id())
}

/// Writes capsules into a folder, each under its fingerprint.
pub(super) fn write_all(folder: &Path, capsules: impl Iterator<Item = Capsule>) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("--capsules: {}: {error}", folder.display()))?;
    for capsule in capsules {
        let path = folder.join(name(&capsule));
        std::fs::write(&path, capsule.to_string())
            .map_err(|error| format!("--capsules: {}: {error}", path.display()))?;
    }
    Ok(())
}
