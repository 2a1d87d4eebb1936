//! A capsule as a file: one `name value` a line, then the CSV files, then the script.

use super::{Build, Capsule, CapsuleError};
use crate::explore::Fingerprint;
use crate::fault::{Fault, Schedule};
use crate::scenario::{CsvFiles, Scenario, unknown};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::str::Lines;
use std::sync::Arc;
use tablets::quirk::{Quirk, Quirks};

const HEAD: &str = "tabletsim capsule ";
const VERSION: &str = "1";

/// What becomes of lines of the script that are comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comments {
    /// They stay.
    Kept,
    /// They are empty lines, so that the others keep their numbers.
    Dropped,
}

/// Whether a text begins as a capsule does.
pub(super) fn is_text(text: &str) -> bool {
    text.starts_with(HEAD)
}

/// The capsule as text.
pub(super) fn write(capsule: &Capsule, comments: Comments) -> String {
    let Capsule { build, scenario, seed, quirks, beyond_contract, schedule, fingerprint } = capsule;
    let Fingerprint { oracle, culprit, sentence } = fingerprint;
    let mut out = format!("{HEAD}{VERSION}\nbuild {build}\nfile {}\nseed {seed}\n", scenario.file);
    let mut say = |line: std::fmt::Arguments<'_>| writeln!(out, "{line}").expect("a String takes all");
    quirks.iter().for_each(|quirk| say(format_args!("quirk {quirk}")));
    if *beyond_contract {
        say(format_args!("beyond-contract yes"));
    }
    schedule.0.iter().for_each(|fault| say(format_args!("fault {fault}")));
    say(format_args!("oracle {oracle}\nculprit {culprit}\nsentence {sentence}"));
    for (name, text) in scenario.csv_files() {
        say(format_args!("csv {} {name}", text.lines().count()));
        text.lines().for_each(|line| say(format_args!("{line}")));
    }
    say(format_args!("script"));
    for line in scenario.text.lines() {
        let comment = line.trim_start().starts_with('#') && comments == Comments::Dropped;
        say(format_args!("{}", if comment { "" } else { line }));
    }
    out
}

/// Reads a capsule, and finds out whether it fits.
pub(super) fn read(text: &str) -> Result<Capsule, CapsuleError> {
    let written = Written::read(text).map_err(CapsuleError::Unreadable)?;
    let build = written.build.clone();
    written.fit().map_err(|misfits| CapsuleError::Unfit(build, misfits))
}

/// A capsule, word for word.
struct Written {
    build: Build,
    file: String,
    seed: u64,
    quirks: Vec<String>,
    beyond_contract: bool,
    faults: Vec<String>,
    fingerprint: Fingerprint,
    csv: BTreeMap<String, String>,
    script: String,
}

impl Written {
    fn read(text: &str) -> Result<Written, String> {
        let mut lines = text.lines();
        match lines.next().and_then(|line| line.strip_prefix(HEAD)) {
            Some(VERSION) => {}
            Some(other) => return Err(format!("the capsule is of version {other}; this program reads {VERSION}")),
            None => return Err(format!("expected a capsule, which begins with '{HEAD}{VERSION}' or with 'tc1:'")),
        }
        let mut fields: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut csv = BTreeMap::new();
        while let Some(line) = lines.next() {
            let (name, value) = line.split_once(' ').unwrap_or((line, ""));
            match name {
                "script" => break,
                "csv" => {
                    let (name, text) = csv_file(value, &mut lines)?;
                    csv.insert(name, text);
                }
                _ => fields.entry(name).or_default().push(value),
            }
        }
        let script: String = lines.flat_map(|line| [line, "\n"]).collect();
        let one = |name: &str| match fields.get(name).map(Vec::as_slice) {
            Some([value]) => Ok((*value).to_owned()),
            _ => Err(format!("expected one line '{name} ...' in the capsule")),
        };
        let many = |name: &str| fields.get(name).into_iter().flatten().map(|text| (*text).to_owned()).collect();
        let seed = one("seed")?;
        Ok(Written {
            build: one("build")?.parse()?,
            file: one("file")?,
            seed: seed.parse().map_err(|_| format!("expected a number as seed, found '{seed}'"))?,
            quirks: many("quirk"),
            beyond_contract: fields.contains_key("beyond-contract"),
            faults: many("fault"),
            fingerprint: Fingerprint { oracle: one("oracle")?, culprit: one("culprit")?, sentence: one("sentence")? },
            csv,
            script,
        })
    }

    /// The capsule as a value, or everything in it that this program does not know.
    fn fit(self) -> Result<Capsule, Vec<String>> {
        let mut misfits = Vec::new();
        let mut quirks = Quirks::NONE;
        for name in &self.quirks {
            match Quirk::ALL.iter().find(|quirk| quirk.name() == name) {
                Some(quirk) => quirks = quirks.with(*quirk),
                None => misfits.push(unknown("quirk", name, Quirk::ALL.iter().map(|quirk| quirk.name()))),
            }
        }
        let mut schedule = Schedule::default();
        for line in &self.faults {
            match line.parse::<Fault>() {
                Ok(fault) => schedule.0.push(fault),
                Err(error) => misfits.push(format!("fault '{line}': {error}")),
            }
        }
        let scenario = Scenario::parse_with(&self.file, &self.script, &CsvFiles::Kept(self.csv));
        let scenario = scenario.map_err(|error| misfits.push(error.to_string())).ok();
        match scenario.filter(|_| misfits.is_empty()) {
            Some(scenario) => Ok(Capsule {
                build: self.build,
                scenario: Arc::new(scenario),
                seed: self.seed,
                quirks,
                beyond_contract: self.beyond_contract,
                schedule,
                fingerprint: self.fingerprint,
            }),
            None => Err(misfits),
        }
    }
}

/// Name and text of a CSV file of which `head` says how many lines it has.
fn csv_file(head: &str, lines: &mut Lines<'_>) -> Result<(String, String), String> {
    let wrong = || format!("expected 'csv LINES NAME', found 'csv {head}'");
    let (count, name) = head.split_once(' ').ok_or_else(wrong)?;
    let count: usize = count.parse().map_err(|_| wrong())?;
    let text: String = lines.by_ref().take(count).flat_map(|line| [line, "\n"]).collect();
    Ok((name.to_owned(), text))
}
