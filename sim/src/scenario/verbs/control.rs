//! Verbs about the run itself.

use crate::fault::{Anchor, FaultError};
use crate::scenario::args::Args;
use crate::scenario::catalog::Catalog;
use crate::scenario::error::{Flaw, unknown};
use crate::scenario::statement::{Statement, WaitFor, ZoneEdge};
use tablets::message::Status;
use tablets::settings::{SETTINGS, Settings};

/// Every status that an answer can carry.
pub(super) const STATUSES: [Status; 13] = [
    Status::Success,
    Status::Accepted,
    Status::NotFound,
    Status::PathDoesNotExist,
    Status::PathIsNotDirectory,
    Status::AlreadyExists,
    Status::NameConflict,
    Status::MultipleModifications,
    Status::PreconditionFailed,
    Status::SchemeError,
    Status::InvalidParameter,
    Status::Overloaded,
    Status::NotAvailable,
];

pub(super) fn cluster(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    if catalog.tx_id.0 != 1 {
        return Err(args.flaw("'cluster' has to be the first statement"));
    }
    let nodes = args.required("nodes")?;
    match nodes.parse::<u32>("a number of nodes")? {
        0 => Err(nodes.flaw("a cluster has at least one node")),
        nodes => Ok(Statement::Cluster { nodes }),
    }
}

pub(super) fn seed(args: &mut Args, _: &Catalog) -> Result<Statement, Flaw> {
    Ok(Statement::Seed { seed: args.word("a number")?.parse("a number")? })
}

pub(super) fn oracles(args: &mut Args, _: &Catalog) -> Result<Statement, Flaw> {
    let known: Vec<&str> = crate::oracle::all().iter().map(|oracle| oracle.name()).collect();
    let mut names = vec![args.word("an oracle's name")?];
    names.extend(args.words());
    if let Some(name) = names.iter().find(|name| !known.contains(&name.text.as_str())) {
        return Err(name.flaw(unknown("oracle", &name.text, known)));
    }
    Ok(Statement::Oracles { names: names.into_iter().map(|name| name.text).collect() })
}

pub(super) fn fault(args: &mut Args, _: &Catalog) -> Result<Statement, Flaw> {
    let word = args.word("a fault in quotes")?;
    let fault = word.text.parse().map_err(|error: FaultError| Flaw::new(word.column + error.column, error.message))?;
    Ok(Statement::Fault { fault })
}

pub(super) fn setting(args: &mut Args, _: &Catalog) -> Result<Statement, Flaw> {
    let mut changes = Vec::new();
    for (name, value) in args.pairs() {
        if !SETTINGS.iter().any(|setting| setting.name == name.text) {
            return Err(name.flaw(unknown("setting", &name.text, SETTINGS.iter().map(|setting| setting.name))));
        }
        let number = value.parse::<i64>("a whole number")?;
        Settings::default().set(&name.text, number).map_err(|message| value.flaw(message))?;
        changes.push((name.text, number));
    }
    if changes.is_empty() { Err(args.flaw("expected NAME=VALUE")) } else { Ok(Statement::Setting { changes }) }
}

pub(super) fn zone(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    let word = args.word("'begin' or 'end'")?;
    let edge = match (word.text.as_str(), catalog.zone) {
        ("begin", (0, _)) => ZoneEdge::Begin,
        ("end", (1, 0)) => ZoneEdge::End,
        ("begin", _) => return Err(word.flaw("the zone begins only once")),
        ("end", _) => return Err(word.flaw("expected 'zone begin' before this, and only one 'zone end'")),
        (other, _) => return Err(word.flaw(format!("expected 'begin' or 'end', found '{other}'"))),
    };
    Ok(Statement::Zone(edge))
}

impl ZoneEdge {
    /// How often the zone has begun and ended after this.
    pub(crate) fn count(self, (begun, ended): (u32, u32)) -> (u32, u32) {
        match self {
            ZoneEdge::Begin => (begun + 1, ended),
            ZoneEdge::End => (begun, ended + 1),
        }
    }
}

pub(super) fn sleep(args: &mut Args, _: &Catalog) -> Result<Statement, Flaw> {
    Ok(Statement::Sleep(args.word("a duration such as 5s")?.parse_telling()?))
}

pub(super) fn clock(args: &mut Args, _: &Catalog) -> Result<Statement, Flaw> {
    let (back, forward) = (args.key("back"), args.key("forward"));
    match (back, forward) {
        (Some(by), None) => Ok(Statement::Clock { back: true, by: by.parse_telling()? }),
        (None, Some(by)) => Ok(Statement::Clock { back: false, by: by.parse_telling()? }),
        _ => Err(args.flaw("expected either back=... or forward=...")),
    }
}

pub(super) fn wait_for_moment(args: &mut Args, _: &Catalog) -> Result<Statement, Flaw> {
    let word = args.word("an anchor in quotes")?;
    let anchor = word.text.parse().map_err(|error: FaultError| Flaw::new(word.column + error.column, error.message))?;
    match anchor {
        Anchor::Event(_) | Anchor::Time(_) => {
            Err(word.flaw("expected something that happens; 'sleep' waits for a time"))
        }
        anchor => Ok(Statement::Await { anchor }),
    }
}

pub(super) fn wait(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    Ok(Statement::Wait(match args.optional_word() {
        None => WaitFor::All,
        Some(word) if word.text == "all" => WaitFor::All,
        Some(word) => WaitFor::One(catalog.operation(&word, None)?),
    }))
}

pub(super) fn expect_status(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    if !catalog.after_request {
        return Err(args.flaw("expected a request before 'expect-status'"));
    }
    let word = args.word("a status")?;
    let names = STATUSES.map(|status| status.to_string());
    let found = STATUSES.into_iter().find(|status| status.to_string() == word.text);
    let status = found.ok_or_else(|| word.flaw(unknown("status", &word.text, names.iter().map(String::as_str))))?;
    Ok(Statement::ExpectStatus { status })
}
