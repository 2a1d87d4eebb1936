//! Golden scripts: every file of `tests/scripts/<room>/` is a claim, told as a scenario with its output.
//!
//! A script is a [goldenscript] file. Its commands are the verbs of scenario files, read by
//! the same parser, and these of the runner:
//!
//! ```text
//! trace [TABLET] [WORD...]   the trace since the last `trace`: lines of that tablet that hold one of the words
//! durable TABLET TABLE       the rows of one durable table
//! (trace)                    the same, and says nothing
//! unfired                    the faults that have not struck, and why
//! misread LINE               what is wrong with this line, were it the next statement
//! verdict [NAME]             runs to the end, and the verdict, which has to be `ok` or else NAME
//! ```
//!
//! `UPDATE_GOLDENFILES=1 cargo test --test scripts` writes the outputs; they are then to be read.
//!
//! Left out: goldenscript's own marks. Every command is handed over as a literal line, so that
//! bare words need no quotes and `!`, `( )` and `[async]` mean what they mean in a scenario.

use goldenscript::{Context, Runner};
use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tablets::datashard::{self, DataShard};
use tablets::ids::TabletId;
use tablets::local_db::Table;
use tablets::schemeshard::{self, SchemeShard};
use tabletsim::run::{Outcome, Run, RunOptions, Verdict};
use tabletsim::scenario::Scenario;
use tabletsim::trace::{Detail, Record, Text, actor};
use tabletsim::world::{Endpoint, World};

/// The runner's own verbs.
const OWN: [&str; 5] = ["trace", "durable", "unfired", "misread", "verdict"];

macro_rules! rooms {
    ($($room:ident)+) => {
        const ROOMS: &[&str] = &[$(stringify!($room)),+];
        $(
            #[test]
            fn $room() {
                play_room(stringify!($room));
            }
        )+
    };
}
rooms! { paths tables writes splits indexes collections backup restore pipes reboots alter statuses hard refusals forced }

#[test]
fn every_room_is_played() {
    let mut found: Vec<String> = list(&scripts()).iter().map(|path| name(path)).collect();
    let mut played = ROOMS.to_vec();
    found.sort();
    played.sort_unstable();
    assert_eq!(found, played);
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts")
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder can be listed").path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().expect("a listed path has a name").to_string_lossy().into_owned()
}

/// Plays every script of a room; one that fails does not hide the others.
fn play_room(room: &str) {
    let only = std::env::var("SCRIPT").unwrap_or_default();
    let mut mint = goldenfile::Mint::new(scripts().join(room));
    let mut wrong = Vec::new();
    for path in list(&scripts().join(room)).into_iter().filter(|path| name(path).contains(&only)) {
        match play(&path) {
            Ok(output) => {
                let mut golden = mint.new_goldenfile(name(&path)).expect("a golden file can be made");
                golden.write_all(output.as_bytes()).expect("a golden file can be written");
            }
            Err(error) => wrong.push(format!("{room}/{}: {error}", name(&path))),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Plays one script; returns it with the outputs it has now.
fn play(path: &Path) -> Result<String, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    if !text.starts_with("# ") {
        return Err("expected a first comment that says why the claim matters".into());
    }
    let mut play = Play::new(&name(path), &text)?;
    let output = goldenscript::generate(&mut play, &map_commands(&text, |line| format!("> {line}")))?;
    Ok(map_commands(&output, |line| line.strip_prefix("> ").unwrap_or(line).to_owned()))
}

/// Changes the lines that are commands; comments and outputs stay.
fn map_commands(text: &str, change: impl Fn(&str) -> String) -> String {
    let mut in_output = false;
    let line = |line: &str| {
        in_output = if in_output { !line.is_empty() } else { line == "---" };
        if in_output || line.is_empty() || line.starts_with('#') { format!("{line}\n") } else { change(line) + "\n" }
    };
    text.lines().map(line).collect()
}

/// A script being played.
struct Play {
    /// The statements alone, each on its line.
    lines: Vec<String>,
    /// The lines of the commands that are still to come; goldenscript does not tell them.
    to_come: VecDeque<usize>,
    /// How many statements have ended when a line's has.
    statements: BTreeMap<usize, usize>,
    run: Option<Run>,
    printed: usize,
    traced: usize,
}

impl Play {
    fn new(file: &str, text: &str) -> Result<Play, Box<dyn Error>> {
        let (mut in_output, mut to_come) = (false, VecDeque::new());
        let mut lines = Vec::new();
        for (at, line) in text.lines().enumerate() {
            in_output = if in_output { !line.is_empty() } else { line == "---" };
            let command = !in_output && !line.is_empty() && !line.starts_with('#');
            to_come.extend(command.then_some(at + 1));
            let own = line == "(trace)" || OWN.contains(&line.split(' ').next().unwrap_or_default());
            lines.push(if command && !own { line.to_owned() } else { String::new() });
        }
        let scenario = Arc::new(Scenario::parse(file, &lines.join("\n"), &scripts())?);
        let statements = scenario.items.iter().enumerate().map(|(at, item)| (item.line, at + 1)).collect();
        let run = Run::new(&scenario, &RunOptions { record: true, ..RunOptions::default() });
        Ok(Play { lines, to_come, statements, run: Some(run), printed: 0, traced: 0 })
    }

    fn run(&mut self) -> Result<&mut Run, Box<dyn Error>> {
        self.run.as_mut().ok_or_else(|| "the script is over: 'verdict' comes last".into())
    }

    /// Runs until the statement of this line has ended or goes on in the background.
    fn statement(&mut self, line: usize) -> Result<Vec<String>, Box<dyn Error>> {
        let until = self.statements.get(&line).copied().ok_or("the line is no statement")?;
        let printed = self.printed;
        let run = self.run()?;
        while run.progress().statements < until && run.step() {}
        let new: Vec<String> = run.output()[printed..].iter().flat_map(|printed| printed.text.clone()).collect();
        self.printed = run.output().len();
        Ok(new)
    }

    fn trace(&mut self, words: &[&str]) -> Result<Vec<String>, Box<dyn Error>> {
        let (tablets, words): (Vec<&str>, Vec<&str>) =
            words.iter().partition(|word| matches!(word.parse(), Ok(Endpoint::Tablet(_))));
        let traced = self.traced;
        let world = self.run()?.world();
        let mut text = Text::new(world.types(), Detail::Story);
        let mut lines = Vec::new();
        for (at, record) in world.trace().records().iter().enumerate() {
            let new: Vec<String> =
                text.facts(record).iter().map(|(mark, fact)| told(record, mark.sign(), fact)).collect();
            let of = |tablet: &&str| record.tablet.is_some_and(|of| of.to_string() == **tablet);
            if at >= traced && (tablets.is_empty() || tablets.iter().any(of)) {
                lines.extend(
                    new.into_iter().filter(|line| words.is_empty() || words.iter().any(|word| line.contains(word))),
                );
            }
        }
        self.traced = self.run()?.world().trace().records().len();
        Ok(lines)
    }

    /// Runs to the end and judges.
    fn verdict(&mut self, expected: &str) -> Result<Vec<String>, Box<dyn Error>> {
        self.run()?;
        let mut run = self.run.take().expect("it was there just now");
        let printed = self.printed;
        while run.step() {}
        let outcome = run.end();
        let mut lines: Vec<String> =
            outcome.output[printed..].iter().flat_map(|printed| printed.text.clone()).collect();
        lines.extend(
            outcome.receipts.iter().map(|receipt| format!("{}: {receipt}", receipt.fault).trim_end().to_owned()),
        );
        lines.extend(why(&outcome));
        lines.push(format!("verdict: {}", outcome.verdict));
        if outcome.verdict.name() == expected { Ok(lines) } else { Err(lines.join("\n").into()) }
    }

    fn misread(&self, line: usize, source: &str) -> Result<Vec<String>, Box<dyn Error>> {
        let before = self.lines[..line - 1].join("\n");
        match Scenario::parse("script", &format!("{before}\n{source}"), &scripts()) {
            Ok(_) => Err("nothing is wrong with it".into()),
            Err(error) => Ok(vec![error.message]),
        }
    }
}

impl Runner for Play {
    type Command = goldenscript::Command;

    fn run(&mut self, command: &goldenscript::Command, _: &Context) -> Result<String, Box<dyn Error>> {
        let line = command.name.as_str();
        let at = self.to_come.pop_front().ok_or("every command has a line")?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let lines = match words.as_slice() {
            ["trace", words @ ..] => self.trace(words)?,
            ["(trace)"] => self.trace(&[]).map(|_| Vec::new())?,
            ["durable", tablet, table] => durable(self.run()?.world(), tablet, table)?,
            ["unfired"] => {
                let unfired = self.run()?.world().unfired();
                unfired.iter().map(|unfired| format!("{}: {}", unfired.fault, unfired.nearest)).collect()
            }
            ["misread", ..] => self.misread(at, line.trim_start_matches("misread "))?,
            ["verdict"] => self.verdict(Verdict::Ok.name())?,
            ["verdict", expected] => self.verdict(expected)?,
            _ => self.statement(at)?,
        };
        Ok(lines.join("\n"))
    }

    fn end_script(&mut self) -> Result<(), Box<dyn Error>> {
        if self.run.is_some() { Err("expected 'verdict' in the last block".into()) } else { Ok(()) }
    }
}

/// Why the run was no pass.
fn why(outcome: &Outcome) -> Vec<String> {
    let objections = outcome.objections.iter().flat_map(|objection| {
        let details = objection.details.iter().map(|line| format!("  {line}"));
        std::iter::once(format!("{}: {}", objection.oracle, objection.sentence)).chain(details)
    });
    outcome.reasons.iter().cloned().chain(objections).collect()
}

/// A line of the trace without time and step, which change when anything does.
fn told(record: &Record, mark: char, fact: &str) -> String {
    format!("{} {mark} {fact}", actor(record))
}

/// The rows of a tablet's durable table.
fn durable(world: &World, tablet: &str, table: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let Ok(Endpoint::Tablet(tablet)) = tablet.parse() else { return Err("expected a tablet such as t1".into()) };
    let rows = schemeshard_rows(world, tablet, table).or_else(|| datashard_rows(world, tablet, table));
    rows.ok_or_else(|| format!("{tablet} has no durable table {table}").into())
}

fn schemeshard_rows(world: &World, tablet: TabletId, table: &str) -> Option<Vec<String>> {
    let tables = world.durable::<SchemeShard>(tablet)?;
    let found = [
        rows::<schemeshard::Sys>(&tables, table),
        rows::<schemeshard::Paths>(&tables, table),
        rows::<schemeshard::Tables>(&tables, table),
        rows::<schemeshard::BackupCollections>(&tables, table),
        rows::<schemeshard::Backups>(&tables, table),
        rows::<schemeshard::Operations>(&tables, table),
        rows::<schemeshard::Splits>(&tables, table),
        rows::<schemeshard::Requests>(&tables, table),
        rows::<schemeshard::TableIndexes>(&tables, table),
        rows::<schemeshard::IncrementalRestoreOperations>(&tables, table),
        rows::<schemeshard::IncrementalRestoreState>(&tables, table),
        rows::<schemeshard::IncrementalRestoreShardProgress>(&tables, table),
    ];
    found.into_iter().flatten().next()
}

fn datashard_rows(world: &World, tablet: TabletId, table: &str) -> Option<Vec<String>> {
    let tables = world.durable::<DataShard>(tablet)?;
    let found = [
        rows::<datashard::Shard>(&tables, table),
        rows::<datashard::Rows>(&tables, table),
        rows::<datashard::Writes>(&tables, table),
        rows::<datashard::SchemeOps>(&tables, table),
        rows::<datashard::Streams>(&tables, table),
        rows::<datashard::Changes>(&tables, table),
        rows::<datashard::Snapshots>(&tables, table),
        rows::<datashard::SnapshotUndo>(&tables, table),
        rows::<datashard::Lineages>(&tables, table),
        rows::<datashard::Orders>(&tables, table),
        rows::<datashard::IndexFeeds>(&tables, table),
        rows::<datashard::IndexQueue>(&tables, table),
        rows::<datashard::Heir>(&tables, table),
        rows::<datashard::Handover>(&tables, table),
    ];
    found.into_iter().flatten().next()
}

/// The rows of table `T`, if that is its name.
fn rows<T: Table>(tables: &T::Schema, name: &str) -> Option<Vec<String>> {
    (T::NAME == name).then(|| T::rows(tables).iter().map(|(key, row)| format!("{key} = {row}")).collect())
}
