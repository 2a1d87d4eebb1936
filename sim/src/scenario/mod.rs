//! Scenario files: the script language in which a run is described.
//!
//! One line is one statement: `verb argument name=value ...`, in goldenscript's grammar.
//! `[async]` before it lets the next one begin without waiting, `!` expects a refusal,
//! `[maybe]` takes a refusal as well as success, `[tx=NAME]` gives its request the identity of the first statement marked so,
//! parentheses silence its output, `#` begins a comment. [`VERBS`] lists the verbs.
//! As much as possible is checked before anything runs, and every error names file, line,
//! column, what was expected and the nearest known word.
//!
//! ```
//! use tabletsim::scenario::Scenario;
//! let text = "table /Root/t k:Uint64 v:Utf8 key=k split=10\nupsrt /Root/t k=1 v=a\n";
//! let error = Scenario::parse("demo.sim", text, ".".as_ref()).unwrap_err();
//! assert_eq!(error.to_string(), "demo.sim:2:1: there is no verb 'upsrt'; did you mean 'upsert'?");
//! ```
//!
//! Left out: loops, variables and conditions. A scenario is a list of facts; programs
//! that need more use the library.

mod args;
mod catalog;
mod csv;
mod duration;
mod error;
mod generate;
mod line;
mod statement;
mod table;
mod verbs;

pub use csv::CsvFiles;
pub use duration::Duration;
pub use error::{ScriptError, nearest, unknown};
pub use generate::{Generator, KeyOrder, RowPlan, ValueOrder, WriterPlan};
pub use statement::{COLLECTIONS, Item, Marks, Named, Reshard, Statement, WaitFor, ZoneEdge};
pub use table::TableDef;
pub use verbs::{VERBS, Verb, VerbKind};

use crate::fault::Schedule;
use crate::goal::Goal;
use catalog::Catalog;
use error::Flaw;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tablets::ids::{OperationId, TxId};

/// A script that has been read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The file, as it was named.
    pub file: String,
    /// The script as it was read.
    pub text: String,
    /// The statements.
    pub items: Vec<Item>,
    /// What traces say when one of them begins.
    notes: Vec<Arc<str>>,
}

impl Scenario {
    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read or is no script; the error says where and why.
    pub fn load(path: &Path) -> Result<Scenario, ScriptError> {
        let file = path.display().to_string();
        if path.is_dir() {
            return Err(ScriptError::of_file(&file, "expected a scenario file, found a directory"));
        }
        let bytes = std::fs::read(path).map_err(|error| ScriptError::of_file(&file, read_failure(&error)))?;
        let text = String::from_utf8(bytes)
            .ok()
            .filter(|text| !text.contains('\0'))
            .ok_or_else(|| ScriptError::of_file(&file, "expected a text file in UTF-8, found binary data"))?;
        Scenario::parse(&file, &text, path.parent().unwrap_or(Path::new(".")))
    }

    /// Reads a script; `folder` is where its CSV files are.
    ///
    /// # Errors
    /// The text is no script; the error says where and why.
    pub fn parse(file: &str, text: &str, folder: &Path) -> Result<Scenario, ScriptError> {
        Scenario::parse_with(file, text, &CsvFiles::In(folder.to_owned()))
    }

    /// Reads a script whose CSV files come from anywhere.
    ///
    /// # Errors
    /// The text is no script; the error says where and why.
    pub fn parse_with(file: &str, text: &str, files: &CsvFiles) -> Result<Scenario, ScriptError> {
        let mut catalog = Catalog::new(files.clone());
        let mut items = Vec::new();
        for (at, source) in text.lines().enumerate() {
            let item = statement(source, at + 1, &mut catalog).map_err(|flaw| flaw.at(file, at + 1))?;
            items.extend(item);
        }
        if items.is_empty() {
            return Err(ScriptError::of_file(file, "expected at least one statement, found none"));
        }
        let notes = items.iter().map(|item| format!("line {}: {item}", item.line).into()).collect();
        Ok(Scenario { file: file.to_owned(), text: text.to_owned(), items, notes })
    }

    /// What traces say when the statement at this place begins, from 0.
    pub fn note(&self, place: usize) -> Arc<str> {
        Arc::clone(&self.notes[place])
    }

    /// The CSV files that it loads, by the names it gives them.
    pub fn csv_files(&self) -> BTreeMap<String, String> {
        let load = |item: &Item| match &item.statement {
            Statement::Load { file, text, .. } => Some((file.clone(), text.to_string())),
            _ => None,
        };
        self.items.iter().filter_map(load).collect()
    }

    /// How many machines the cluster has.
    pub fn nodes(&self) -> u32 {
        let nodes = |item: &Item| if let Statement::Cluster { nodes } = item.statement { Some(nodes) } else { None };
        self.items.iter().find_map(nodes).unwrap_or(1)
    }

    /// The seed that the scenario asks for.
    pub fn seed(&self) -> Option<u64> {
        let seed = |item: &Item| if let Statement::Seed { seed } = item.statement { Some(seed) } else { None };
        self.items.iter().find_map(seed)
    }

    /// The faults that the scenario asks for.
    pub fn faults(&self) -> Schedule {
        let fault = |item: &Item| {
            if let Statement::Fault { fault } = &item.statement { Some(fault.clone()) } else { None }
        };
        Schedule(self.items.iter().filter_map(fault).collect())
    }

    /// What the scenario demands to happen.
    pub fn goals(&self) -> impl Iterator<Item = Goal> {
        self.items.iter().filter_map(|item| match &item.statement {
            Statement::Must { goal } => Some(goal.clone()),
            _ => None,
        })
    }

    /// Whether the script says where its setup ends.
    pub fn has_zone(&self) -> bool {
        self.items.iter().any(|item| matches!(item.statement, Statement::Zone(_)))
    }

    /// Oracles that must have looked at something.
    pub fn oracles(&self) -> impl Iterator<Item = &str> {
        self.items
            .iter()
            .filter_map(|item| if let Statement::Oracles { names } = &item.statement { Some(names) } else { None })
            .flatten()
            .map(String::as_str)
    }

    /// Whether the script itself states how `operation` has to end.
    pub fn expects(&self, operation: OperationId) -> bool {
        self.items.iter().any(|item| match &item.statement {
            Statement::ExpectRestore { restore, .. } => restore.operation == operation,
            _ => false,
        })
    }
}

/// One source line as a statement; nothing if it is blank.
fn statement(source: &str, line: usize, catalog: &mut Catalog) -> Result<Option<Item>, Flaw> {
    let Some(read) = line::read(source)? else { return Ok(None) };
    let verb = verbs::find(&read)?;
    let (marks, request_name) = verb.marks(&read)?;
    catalog.marks = marks;
    let request = catalog.request(request_name.as_deref());
    let statement = verb.statement(&read, catalog)?;
    let (tx_id, marks) = (catalog.tx_id, catalog.marks);
    let item = Item { line, tx_id, request, request_name, marks, statement };
    catalog.learn(&item);
    catalog.tx_id = TxId(catalog.tx_id.0 + 1);
    Ok(Some(item))
}

fn read_failure(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "this file may not be read".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}
