//! `tabletsim shrink`.

use super::out::{Look, Out};
use super::{capsule, complain};
use crate::explore::{Capsule, ShrinkProgress, Shrunk, shrink as make_smaller};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `shrink`.
#[derive(Args)]
#[command(after_help = "\
Takes out faults, statements, tables, shards, rows and increments, and puts weaker faults in place
of stronger ones, as long as the failure keeps its fingerprint. What is printed was run twice.

Examples:
  tabletsim shrink failures/1a2b3c4d.capsule
  tabletsim shrink failures/1a2b3c4d.capsule --script tests/regressions/a_claim.sim
  tabletsim shrink tc1:dVJNb9s... --capsule small.capsule")]
pub(super) struct ShrinkArgs {
    /// The capsule: its file, or the word that stands for it
    #[arg(value_name = "CAPSULE|WORD")]
    capsule: String,
    /// Write the script to this file
    #[arg(long, value_name = "OUT.sim")]
    script: Option<PathBuf>,
    /// Write the smaller failure as a capsule to this file
    #[arg(long = "capsule", value_name = "OUT.capsule")]
    smaller: Option<PathBuf>,
}

/// Shrinks a capsule.
pub(super) fn shrink(args: &ShrinkArgs, out: &mut Out) -> ExitCode {
    let capsule = match Capsule::load(&args.capsule) {
        Ok(capsule) => capsule,
        Err(error) => return capsule::refuse(&error),
    };
    let bar = bar();
    let shrunk = make_smaller(&capsule, &mut |progress| tell(&bar, progress));
    bar.finish_and_clear();
    let shrunk = match shrunk {
        Ok(shrunk) => shrunk,
        Err(message) => return complain(&message),
    };
    show(&shrunk, out);
    out.finish();
    let scripts = args.script.as_ref().map(|path| (path, "--script", shrunk.script.clone()));
    let capsules = args.smaller.as_ref().map(|path| (path, "--capsule", shrunk.capsule.to_string()));
    for (path, option, text) in scripts.into_iter().chain(capsules) {
        if let Err(error) = std::fs::write(Path::new(path), text) {
            return complain(&format!("{option}: {}: {error}", path.display()));
        }
    }
    ExitCode::SUCCESS
}

fn show(shrunk: &Shrunk, out: &mut Out) {
    out.text(&shrunk.script);
    let (before, after) = shrunk.sizes;
    out.line("");
    out.line(format_args!("before    {before}"));
    out.line(format_args!("after     {}", out.styled(Look::Strong, after)));
    out.line(format_args!(
        "runs      {}, the last two of them of the script above, with the same failure",
        shrunk.runs
    ));
    out.line(format_args!("capsule   {}", shrunk.capsule.to_line()));
}

fn bar() -> ProgressBar {
    let shown = std::io::stderr().is_terminal();
    let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("{prefix:16} {bar:24} {pos}% of the budget  {msg}  {elapsed}");
    ProgressBar::with_draw_target(Some(100), target).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn tell(bar: &ProgressBar, progress: &ShrinkProgress) {
    if bar.is_hidden() {
        return;
    }
    let (statements, faults) = progress.left;
    bar.set_prefix(progress.phase);
    bar.set_position(progress.spent);
    bar.set_message(format!("{} runs, {statements} statements and {faults} faults left", progress.runs));
}
