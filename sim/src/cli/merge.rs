//! `tabletsim merge`.

use super::out::Out;
use super::sweep::ShowArgs;
use super::{complain, findings, hunt};
use crate::explore::{Entry, Header, HuntHeader, HuntReport, Journal, Report};
use crate::run::RunOptions;
use crate::scenario::Scenario;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tablets::quirk::Quirks;

/// Arguments of `merge`.
#[derive(Args)]
#[command(after_help = "\
Example:
  tabletsim merge part1.journal part2.journal part3.journal part4.journal")]
pub(super) struct MergeArgs {
    /// The journals of the partitions of a sweep or of a hunt
    #[arg(required = true)]
    journals: Vec<PathBuf>,
    #[command(flatten)]
    show: ShowArgs,
}

/// Joins partitions.
pub(super) fn merge(args: &MergeArgs, out: &mut Out) -> ExitCode {
    let journals: Result<Vec<_>, String> = args.journals.iter().map(|path| Journal::read(path)).collect();
    let done = journals.and_then(|journals| match journals.first() {
        Some((Entry::Hunt(_), _)) => hunts(journals, &args.show, out),
        _ => sweeps(journals, &args.show, out),
    });
    done.unwrap_or_else(|message| complain(&message))
}

fn mixed() -> String {
    "some of the journals are of a sweep, and some of a hunt".to_owned()
}

fn hunts(journals: Vec<(Entry, Vec<Entry>)>, args: &ShowArgs, out: &mut Out) -> Result<ExitCode, String> {
    if args.coverage || args.json_times {
        return Err("--coverage and --json-times are for sweeps, and the journals are of a hunt".to_owned());
    }
    let header = |(first, entries)| if let Entry::Hunt(header) = first { Ok((header, entries)) } else { Err(mixed()) };
    let journals: Vec<(HuntHeader, _)> = journals.into_iter().map(header).collect::<Result<_, _>>()?;
    Ok(hunt::show(&HuntReport::merge(journals)?, None, &args.files, out))
}

fn sweeps(journals: Vec<(Entry, Vec<Entry>)>, args: &ShowArgs, out: &mut Out) -> Result<ExitCode, String> {
    let header =
        |(first, entries)| if let Entry::Header(header) = first { Ok((header, entries)) } else { Err(mixed()) };
    let journals: Vec<(Header, _)> = journals.into_iter().map(header).collect::<Result<_, _>>()?;
    Ok(sweep(&Report::merge(journals)?, args, out))
}

fn sweep(report: &Report, args: &ShowArgs, out: &mut Out) -> ExitCode {
    let scenario = Scenario::load(Path::new(&report.header.file)).ok().map(Arc::new);
    let quirks = report.header.quirks.iter().filter_map(|name| super::quirk(name).ok());
    let run = RunOptions {
        seed: Some(report.header.seed),
        quirks: quirks.fold(Quirks::NONE, Quirks::with),
        ..RunOptions::default()
    };
    findings::show(report, scenario.as_ref().map(|scenario| (scenario, &run)), None, args, out)
}
