//! `tabletsim view`: a trace, a scenario or a capsule as a page.

use super::complain;
use super::input::lasting;
use super::out::Out;
use super::source::{Source, SourceArgs, other, title};
use crate::story::Story;
use crate::view::{Complaint, Memory, Named, Page, Shown, page, watched};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `view`.
#[derive(Args)]
#[command(after_help = "\
The page is one file that needs no network and no server: open it, or send it. Its keys are
shown by '?'. The address in the browser holds the step, so a link points at a moment.

Examples:
  tabletsim view sim/scenarios/restore.sim -o restore.html
  tabletsim view sim/scenarios/tiny.sim --schedule 'reboot t1 at event 20' --against sim/scenarios/tiny.sim
  tabletsim view failures/1a2b3c4d.capsule
  tabletsim run sim/scenarios/tiny.sim --trace trace.jsonl && tabletsim view trace.jsonl")]
pub(super) struct ViewArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Another run to compare with: a trace, a capsule, or a scenario, which is run as it is
    #[arg(long, value_name = "TRACE|SCENARIO|CAPSULE")]
    against: Option<PathBuf>,
    /// The page; the input's name with .html, in the current folder, if it is not given
    #[arg(short, long, value_name = "FILE.html")]
    output: Option<PathBuf>,
}

/// Writes a run as a page.
pub(super) fn view(args: &ViewArgs, out: &mut Out) -> ExitCode {
    match written(args) {
        Ok((path, bytes)) => {
            out.line(format_args!("{}: {} kB; open it in a browser", path.display(), bytes.div_ceil(1000)));
            out.finish();
            ExitCode::SUCCESS
        }
        Err(message) => complain(&message),
    }
}

fn written(args: &ViewArgs) -> Result<(PathBuf, usize), String> {
    let file = &args.source.file;
    let run = shown(file, args.source.open()?);
    let against = args.against.as_ref().map(|file| Ok::<_, String>(shown(file, other(file)?))).transpose()?;
    let html = page(&Page { run, against, explore: None });
    let path = args.output.clone().unwrap_or_else(|| Path::new(&title(file)).with_extension("html"));
    std::fs::write(&path, &html).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((path, html.len()))
}

/// What the page is told of a run.
fn shown(file: &Path, source: Source) -> Shown {
    let (scenario, options) = match source {
        Source::Trace(trace, types) => return of_trace(title(file), Story::of(&trace, &types)),
        Source::Run(scenario, options) => (scenario, options),
    };
    let (outcome, memory) = watched(&scenario, &options);
    let again = lasting(outcome.seed, options.quirks.iter(), options.beyond_contract);
    let command = format!("tabletsim view {}{again}", scenario.file);
    Shown::of(Named { name: title(file), command, script: scenario.text.clone() }, &outcome, memory)
}

/// A run of which only the trace is there. The trace tells everything but the scenario's name.
fn of_trace(name: String, story: Story) -> Shown {
    let quirks = listed(&story.input, "quirks=[");
    let seed = story.input.split(' ').find_map(|word| word.strip_prefix("seed=")).unwrap_or("1");
    let flags: String = quirks
        .split([' ', ','])
        .filter(|quirk| !quirk.is_empty())
        .fold(String::new(), |flags, quirk| flags + " --quirk " + quirk);
    let complaint = |at: &usize| {
        let text = story.fact(*at).texts.join("; ");
        let (oracle, sentence) = text.split_once(": ").unwrap_or(("", &text));
        let details = vec!["(who waits for what is known only of a run that is made: give the scenario)".to_owned()];
        Complaint { oracle: oracle.to_owned(), sentence: sentence.to_owned(), rule: String::new(), details }
    };
    Shown {
        name,
        claim: String::new(),
        command: format!("tabletsim view SCENARIO.sim --seed {seed}{flags}"),
        schedule: listed(&story.input, "faults=[").to_owned(),
        verdict: None,
        reasons: Vec::new(),
        complaints: story.objections.iter().map(complaint).collect(),
        story,
        memory: Memory::default(),
    }
}

/// What stands between brackets in a run's input.
fn listed<'a>(input: &'a str, name: &str) -> &'a str {
    input.split_once(name).and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list)
}
