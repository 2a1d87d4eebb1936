//! `tabletsim view`: a trace, a scenario or a capsule as a page.

use super::complain;
use super::out::Out;
use super::source::{Source, SourceArgs, other};
use crate::explore::Capsule;
use crate::story::Story;
use crate::view::{Complaint, Page, Shown, page};
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
    let run = match capsule(file)? {
        Some(capsule) if args.source.input.is_empty() => of_capsule(file, &capsule),
        Some(_) => return Err(format!("{} is a capsule, which has its own seed, faults and quirks", file.display())),
        None => shown(file, args.source.load()?, &|seed| args.source.input.lasting(seed)),
    };
    let against = args.against.as_ref().map(|file| against(file)).transpose()?;
    let html = page(&Page { run, against, explore: None });
    let path = args.output.clone().unwrap_or_else(|| beside(file));
    std::fs::write(&path, &html).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((path, html.len()))
}

fn against(file: &Path) -> Result<Shown, String> {
    match capsule(file)? {
        Some(capsule) => Ok(of_capsule(file, &capsule)),
        None => Ok(shown(file, other(file)?, &|seed| format!(" --seed {seed}"))),
    }
}

/// The capsule that a file is, or that its name is the word for.
fn capsule(file: &Path) -> Result<Option<Capsule>, String> {
    let word = file.to_string_lossy();
    let is_one = Capsule::is_one(&word) || std::fs::read_to_string(file).is_ok_and(|text| Capsule::is_one(&text));
    if is_one { Capsule::load(&word).map(Some).map_err(|error| error.to_string()) } else { Ok(None) }
}

fn of_capsule(file: &Path, capsule: &Capsule) -> Shown {
    let outcome = capsule.run(true);
    let mut command = format!("tabletsim view {} --seed {}", capsule.scenario.file, capsule.seed);
    for quirk in capsule.quirks.iter() {
        command += &format!(" --quirk {quirk}");
    }
    if capsule.beyond_contract {
        command += " --beyond-contract";
    }
    Shown::of(title(file), command, &outcome)
}

/// What a run is called that was made from a file, or from the word for a capsule.
fn title(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if Capsule::is_one(&name) { "capsule".to_owned() } else { name }
}

/// The file's name with `.html`, in the current folder.
fn beside(file: &Path) -> PathBuf {
    Path::new(&title(file)).with_extension("html")
}

/// What the page is told of a run; `again` are the arguments that make it, without its faults.
fn shown(file: &Path, source: Source, again: &dyn Fn(u64) -> String) -> Shown {
    let name = title(file);
    match source.outcome {
        Some(mut outcome) => {
            outcome.trace = source.trace;
            let command = format!("tabletsim view {}{}", file.display(), again(outcome.seed));
            Shown::of(name, command, &outcome)
        }
        None => of_trace(name, Story::of(&source.trace, &source.types)),
    }
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
        command: format!("tabletsim view SCENARIO.sim --seed {seed}{flags}"),
        schedule: listed(&story.input, "faults=[").to_owned(),
        verdict: None,
        reasons: Vec::new(),
        complaints: story.objections.iter().map(complaint).collect(),
        story,
    }
}

/// What stands between brackets in a run's input.
fn listed<'a>(input: &'a str, name: &str) -> &'a str {
    input.split_once(name).and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list)
}
