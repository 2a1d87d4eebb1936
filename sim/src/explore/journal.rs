//! What a search has done so far, on disk: one line of JSON for each piece of it.
//!
//! A piece is written when it is finished, as one line with its newline, and flushed. So a
//! search can be killed at any moment: a last line without its newline does not count, and is
//! cut off when the search is continued. The first line says which search it is; only the
//! same search can continue it or be merged with it.

use super::{Fingerprint, HuntHeader, Kept, Single, Unit};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Which sweep it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The scenario's file, as it was named.
    pub file: String,
    /// The trace hash of the run without faults, which stands for the scenario and the program.
    pub clean: String,
    /// The seed.
    pub seed: u64,
    /// Mistakes that the tablets make, by name.
    pub quirks: Vec<String>,
    /// Points of the run without faults.
    pub points: usize,
    /// Faults to try at them.
    pub faults: usize,
    /// Faults in one run: 1 or 2.
    pub together: usize,
    /// Which faults are tried, as text.
    pub choice: String,
    /// Whether the search goes on after a failure.
    pub keep_going: bool,
    /// Transaction types that were seen outside of the zone only.
    pub outside: Vec<String>,
    /// What is wrong without any fault; then no fault is tried.
    pub alone: Option<Alone>,
}

/// A run without faults that is not ok.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alone {
    /// The judgement's name.
    pub verdict: String,
    /// Which failure it is; none of an invalid run.
    pub fingerprint: Option<Fingerprint>,
    /// Why, as the run itself says it.
    pub reasons: Vec<String>,
}

/// One finished piece.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// The first line of a sweep's.
    Header(Header),
    /// The first line of a hunt's.
    Hunt(HuntHeader),
    /// One job of a hunt.
    Job(Kept),
    /// A run with one fault.
    Single(Single),
    /// All runs with this first fault and a second one.
    Unit(Unit),
}

/// An open journal, or none: then nothing is written.
#[derive(Debug, Default)]
pub struct Journal {
    file: Option<File>,
}

impl Journal {
    /// A journal that keeps nothing.
    pub fn none() -> Journal {
        Journal::default()
    }

    /// Whether it keeps nothing.
    pub fn is_none(&self) -> bool {
        self.file.is_none()
    }

    /// Opens or begins the journal of the search with this first line; returns what else it holds.
    ///
    /// # Errors
    /// The file cannot be used, is no journal, or is another search's; the sentence says which.
    pub fn open(path: &Path, first: &Entry) -> Result<(Journal, Vec<Entry>), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        let mut journal = Journal { file: Some(file) };
        if whole == 0 {
            journal.write(first)?;
            return Ok((journal, Vec::new()));
        }
        let (found, entries) = parse(path, &text[..whole])?;
        if found != *first {
            return Err(format!("{}: the journal of another search, or of another build", path.display()));
        }
        Ok((journal, entries))
    }

    /// Reads a journal: its first line, which says what the search is, and the others.
    ///
    /// # Errors
    /// The file cannot be read or is no journal.
    pub fn read(path: &Path) -> Result<(Entry, Vec<Entry>), String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        parse(path, &text[..whole])
    }

    /// Writes one piece.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, entry: &Entry) -> Result<(), String> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut line = serde_json::to_vec(entry).map_err(|error| error.to_string())?;
        line.push(b'\n');
        file.write_all(&line).and_then(|()| file.flush()).map_err(|error| format!("the journal: {error}"))
    }
}

fn parse(path: &Path, text: &str) -> Result<(Entry, Vec<Entry>), String> {
    let mut entries = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let entry = serde_json::from_str(line);
        entries.push(entry.map_err(|error| format!("{}:{}: {error}", path.display(), at + 1))?);
    }
    if entries.is_empty() {
        return Err(format!("{}: an empty file, no journal", path.display()));
    }
    match entries.remove(0) {
        first @ (Entry::Header(_) | Entry::Hunt(_)) => Ok((first, entries)),
        _ => Err(format!("{}: a journal begins with what the search is", path.display())),
    }
}
