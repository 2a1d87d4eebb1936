//! `tabletsim export`.

use super::complain;
use super::out::Out;
use super::source::{self, SourceArgs};
use crate::export::{Selection, dot, mermaid, perfetto, shiviz};
use crate::scenario::unknown;
use crate::story::Story;
use crate::trace::{Detail, Text, lanes_some};
use clap::{Args, ValueEnum};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::ExitCode;

/// A format of a tool that shows traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line a fact
    Text,
    /// One column for each tablet and client
    Lanes,
    /// Chrome's trace events, for ui.perfetto.dev: slices, arrows, counters along time
    Perfetto,
    /// A log with vector clocks, for ShiViz: what happened before what
    #[value(name = "shiviz")]
    ShiViz,
    /// A sequence diagram for documents; only for short traces
    Mermaid,
    /// A graph for Graphviz: what caused what
    Dot,
}

/// Arguments of `export`.
#[derive(Args)]
#[command(after_help = "\
A trace is what 'run --trace' has written. A scenario is run first, with --seed, --schedule and --quirk;
a failure's capsule is run as it is.

Examples:
  tabletsim export sim/scenarios/restore.sim --to perfetto -o restore.json
  tabletsim export failures/1a2b3c4d.capsule --to lanes
  tabletsim export trace.jsonl --to mermaid --steps 120..160
  tabletsim export sim/scenarios/tiny.sim --schedule 'reboot t1 at event 20' --to shiviz --against sim/scenarios/tiny.sim
  tabletsim export sim/scenarios/tiny.sim --to dot | dot -Tsvg > tiny.svg")]
pub(super) struct ExportArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// The format
    #[arg(long, value_enum)]
    to: Format,
    /// Write to this file, not to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A second run to compare with, for ShiViz; a scenario is run without faults and quirks
    #[arg(long, value_name = "TRACE|SCENARIO|CAPSULE")]
    against: Option<PathBuf>,
    /// Only these steps, such as 100..200; the last is shown too
    #[arg(long, value_name = "FIRST..LAST", value_parser = steps)]
    steps: Option<RangeInclusive<u64>>,
    /// Only these tablets and clients, such as t1,client1
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    only: Vec<String>,
    /// In text and lanes: every fact, not only those that tell the story
    #[arg(long)]
    all: bool,
    /// In lanes: characters of a column
    #[arg(long, default_value_t = 36, value_parser = clap::value_parser!(u16).range(8..), value_name = "N")]
    width: u16,
}

/// Writes a trace in another format.
pub(super) fn export(args: &ExportArgs, out: &mut Out) -> ExitCode {
    match exported(args) {
        Ok(text) => super::source::write(args.output.as_deref(), &text, out),
        Err(message) => complain(&message),
    }
}

fn exported(args: &ExportArgs) -> Result<String, String> {
    check(args)?;
    let (trace, types) = &args.source.open()?.trace();
    let story = Story::of(trace, types);
    let selection = selection(args, &story)?;
    let detail = if args.all { Detail::All } else { Detail::Story };
    let keep = |record: &_| selection.keeps_record(record);
    Ok(match args.to {
        Format::Text => Text::render_some(types, detail, trace, &keep),
        Format::Lanes => lanes_some(types, detail, trace, usize::from(args.width), &keep),
        Format::Perfetto => perfetto::perfetto(&story),
        Format::ShiViz => both(args, &story)?,
        Format::Mermaid => mermaid::mermaid(&story, &selection)?,
        Format::Dot => dot::dot(&story, &selection),
    })
}

/// Refuses what the format cannot do.
fn check(args: &ExportArgs) -> Result<(), String> {
    let is = |formats: &[Format]| formats.contains(&args.to);
    if args.against.is_some() && !is(&[Format::ShiViz]) {
        return Err("--against is for --to shiviz, which shows two runs side by side".to_owned());
    }
    if args.all && !is(&[Format::Text, Format::Lanes]) {
        return Err("--all is for --to text and --to lanes".to_owned());
    }
    let part = args.steps.is_some() || !args.only.is_empty();
    if part && is(&[Format::Perfetto, Format::ShiViz]) {
        return Err(
            "--steps and --only are for text, lanes, mermaid and dot; the tool itself shows a part of this one"
                .to_owned(),
        );
    }
    Ok(())
}

fn selection(args: &ExportArgs, story: &Story) -> Result<Selection, String> {
    let names: Vec<&str> = story.lanes.iter().map(|lane| lane.name.as_str()).collect();
    if let Some(name) = args.only.iter().find(|name| !names.contains(&name.as_str())) {
        return Err(format!("--only: {}", unknown("tablet or client", name, names)));
    }
    let all = Selection::default();
    Ok(Selection { steps: args.steps.clone().unwrap_or(all.steps), names: args.only.iter().cloned().collect() })
}

/// One run, or two under different names.
fn both(args: &ExportArgs, story: &Story) -> Result<String, String> {
    let first = args.source.file.display().to_string();
    let Some(other) = &args.against else {
        return Ok(shiviz::shiviz(&[(&first, story)]));
    };
    let (trace, types) = source::other(other)?.trace();
    let against = format!("against {}", other.display());
    Ok(shiviz::shiviz(&[(&first, story), (&against, &Story::of(&trace, &types))]))
}

fn steps(text: &str) -> Result<RangeInclusive<u64>, String> {
    let ends = text.split_once("..").and_then(|(first, last)| {
        let last = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
        Some((if first.is_empty() { 0 } else { first.parse().ok()? }, last))
    });
    let ends = ends.filter(|(first, last)| first <= last);
    ends.map(|(first, last)| first..=last).ok_or_else(|| format!("expected steps such as 100..200, found '{text}'"))
}
