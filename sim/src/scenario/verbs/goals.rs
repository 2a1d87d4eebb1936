//! The verb `must`: what a run is about.

use crate::fault::ACTIONS;
use crate::goal::{Deed, Goal, Span};
use crate::scenario::args::{Args, Text};
use crate::scenario::catalog::Catalog;
use crate::scenario::error::{Flaw, unknown};
use crate::scenario::statement::Statement;
use crate::world::Endpoint;

pub(super) fn must(args: &mut Args, catalog: &Catalog) -> Result<Statement, Flaw> {
    let word = args.word("send, resend, run, strike or enter")?;
    let deeds = Deed::ALL.map(|(_, name)| name);
    let found = Deed::ALL.iter().find(|(_, name)| *name == word.text).map(|(deed, _)| *deed);
    let deed = found.ok_or_else(|| word.flaw(unknown("goal", &word.text, deeds)))?;
    let name = args.word("a message, transaction, fault or state")?;
    if deed == Deed::Strike && !ACTIONS.contains(&name.text.as_str()) {
        return Err(name.flaw(unknown("fault", &name.text, ACTIONS)));
    }
    let on = args.key("on").map(place).transpose()?;
    let times = args.key("times").map_or(Ok((1, None)), |text| times(&text))?;
    let span = span(args, catalog)?;
    if deed == Deed::Enter && span.is_none() {
        return Err(name.flaw("expected of=RESTORE: whose state it is"));
    }
    Ok(Statement::Must { goal: Goal { deed, name: name.text, on, times, span } })
}

/// A tablet, or two ends.
fn place(text: Text) -> Result<String, Flaw> {
    for end in text.text.split('-') {
        end.parse::<Endpoint>().map_err(|message| text.flaw(message))?;
    }
    Ok(text.text)
}

/// `3`, `3..` or `3..5`.
fn times(text: &Text) -> Result<(u64, Option<u64>), Flaw> {
    let wrong = || text.flaw(format!("expected how often such as 3, 2.. or 1..4, found '{}'", text.text));
    let number = |digits: &str| digits.parse::<u64>().map_err(|_| wrong());
    match text.text.split_once("..") {
        None => number(&text.text).map(|times| (times, Some(times))),
        Some((least, "")) => number(least).map(|least| (least, None)),
        Some((least, most)) => Ok((number(least)?, Some(number(most)?))),
    }
}

fn span(args: &mut Args, catalog: &Catalog) -> Result<Option<Span>, Flaw> {
    let (of, from, to) = (args.key("of"), args.key("from"), args.key("to"));
    let Some(of) = of else {
        return match from.or(to) {
            Some(state) => Err(state.flaw("expected of=OPERATION beside from= and to=")),
            None => Ok(None),
        };
    };
    let named = catalog.operation(&of, None)?;
    let state = |text: Option<Text>| text.map(|text| text.text);
    Ok(Some(Span { name: named.name, operation: named.operation, from: state(from), to: state(to) }))
}
