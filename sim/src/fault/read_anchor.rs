//! The part of a fault's line that says where it strikes.

use crate::fault::words::{Word, Words};
use crate::fault::{Anchor, FaultError, Side};
use crate::trace::by_name::{CUTS, named};
use crate::world::Endpoint;
use std::str::FromStr;
use tablets::ids::{Steady, TabletId};

pub(super) type Read<T> = Result<T, FaultError>;

impl FromStr for Anchor {
    type Err = FaultError;

    fn from_str(text: &str) -> Read<Anchor> {
        let mut words = Words::new(text);
        let anchor = anchor(&mut words, None, None)?;
        words.end().map(|()| anchor)
    }
}

/// `t1-t72001 ApplyRecords#1`, as it is sent.
pub(super) fn message(words: &mut Words<'_>) -> Read<Anchor> {
    let (from, to) = words.next("two ends such as t1-t72001")?.pair()?;
    let (kind, n) = words.next("a message such as ApplyRecords#1")?.counted()?;
    Ok(Anchor::Message { from, to, kind, n, side: Side::Before })
}

pub(super) fn connect(words: &mut Words<'_>) -> Read<Anchor> {
    let word = words.next("a connect such as t1-t72001#2")?;
    let (pair, n) = word.counted()?;
    match (Word { text: &pair, ..word }).pair()? {
        (from, Endpoint::Tablet(to)) => Ok(Anchor::Connect { from, to, n }),
        (_, to) => Err(word.flaw(format!("expected a connect to a tablet, found one to {to}"))),
    }
}

/// An anchor; its tablet or pair may be left out if the action's object has said it.
pub(super) fn anchor(words: &mut Words<'_>, own: Option<TabletId>, pair: Option<(Endpoint, Endpoint)>) -> Read<Anchor> {
    const EXPECTED: &str = "'at', 'before', 'after', 'connect' or 'when'";
    let first = words.next(EXPECTED)?;
    match first.text {
        "at" => at(words, own),
        "connect" => connect(words),
        "before" => around(words, Side::Before, own, pair),
        "after" => around(words, Side::After, own, pair),
        "when" => when(words),
        _ => Err(first.expected(EXPECTED)),
    }
}

fn at(words: &mut Words<'_>, own: Option<TabletId>) -> Read<Anchor> {
    let what = words.next("event, time, write#N, snapshot#N or a cut")?;
    match what.text {
        "event" => Ok(Anchor::Event(words.next("which event")?.number("which event")?)),
        "time" => Ok(Anchor::Time(Steady(words.next("a time such as 5ms")?.microseconds()?))),
        text if text.starts_with("write#") => {
            let n = what.counted()?.1;
            Ok(Anchor::Write { tablet: on(words, own)?, n })
        }
        text if text.starts_with("snapshot#") => {
            let n = what.counted()?.1;
            Ok(Anchor::Snapshot { tablet: on(words, own)?, n })
        }
        _ => cut(words, what, own),
    }
}

fn cut(words: &mut Words<'_>, cut: Word<'_>, own: Option<TabletId>) -> Read<Anchor> {
    let wrong = |error| cut.flaw(format!("expected event, time, write#N, snapshot#N or a cut: {error}"));
    let cut = named(CUTS, cut.text).map_err(wrong)?;
    words.need("of", "'of' and a transaction such as Response#2 after the cut")?;
    let (tx, n) = words.next("a transaction such as Response#2")?.counted()?;
    Ok(Anchor::Cut { tablet: on(words, own)?, cut, tx, n })
}

/// The tablet after `on`, which may be left out if it was said before.
fn on(words: &mut Words<'_>, own: Option<TabletId>) -> Read<TabletId> {
    match own {
        Some(own) if !words.take("on") => return Ok(own),
        Some(_) => {}
        None => words.need("on", "'on' and a tablet such as t1")?,
    }
    words.next("a tablet such as t1")?.tablet()
}

fn around(
    words: &mut Words<'_>,
    side: Side,
    own: Option<TabletId>,
    pair: Option<(Endpoint, Endpoint)>,
) -> Read<Anchor> {
    if words.take("timer") {
        let (kind, n) = words.next("a timer such as RetryDue#1")?.counted()?;
        return Ok(Anchor::Timer { tablet: on(words, own)?, kind, n, side });
    }
    let (kind, n) = words.next("a message such as ApplyRecords#1, or 'timer'")?.counted()?;
    let (from, to) = match pair {
        Some(pair) if !words.take("on") => pair,
        Some(_) => words.next("two ends such as t1-t72001")?.pair()?,
        None => {
            words.need("on", "'on' and two ends such as t1-t72001 after the message")?;
            words.next("two ends such as t1-t72001")?.pair()?
        }
    };
    Ok(Anchor::Message { from, to, kind, n, side })
}

fn when(words: &mut Words<'_>) -> Read<Anchor> {
    let operation = words.next("an operation such as op8")?.operation()?;
    words.need("enters", "'enters' and a state such as Finalizing")?;
    let state = words.next("a state such as Finalizing, or increment N")?;
    if state.text != "increment" {
        return Ok(Anchor::State { operation, state: state.text.to_owned() });
    }
    let which: u32 = words.next("which increment")?.number("which increment")?;
    Ok(Anchor::State { operation, state: format!("increment {which}") })
}
