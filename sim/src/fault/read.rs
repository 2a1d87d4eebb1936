//! Lines of script as faults. What cannot be read is explained, with its column.

use crate::fault::read_anchor::{Read, anchor, connect, message};
use crate::fault::words::{Word, Words};
use crate::fault::{Action, Anchor, End, Fate, Fault, FaultError, Home, Keep, Old, Schedule};
use crate::scenario::{ScriptError, unknown};
use std::str::FromStr;

/// The first words of faults.
pub const ACTIONS: [&str; 16] = {
    let mut names = [""; 16];
    let mut at = 0;
    while at < names.len() {
        names[at] = VERBS[at].0;
        at += 1;
    }
    names
};

type Reader = fn(&mut Words<'_>) -> Read<Fault>;

/// The first words of lines, each with the reader of the rest.
const VERBS: [(&str, Reader); 16] = [
    ("reboot", reboot),
    ("move", moving),
    ("kill", kill),
    ("delete", delete),
    ("reset", reset),
    ("partition", partition),
    ("isolate", isolate),
    ("refuse", refuse),
    ("inject", inject),
    ("delay", delay),
    ("slow", slow),
    ("fail", fail),
    ("jump", jump),
    ("drop", |words| of_message(words, Action::Drop)),
    ("duplicate", |words| of_message(words, Action::Duplicate)),
    ("reorder", |words| of_message(words, Action::Reorder)),
];

impl FromStr for Schedule {
    type Err = FaultError;

    /// Faults joined with `;` or line breaks.
    fn from_str(text: &str) -> Read<Schedule> {
        let mut faults = Vec::new();
        let mut before = 0;
        for part in text.split_inclusive([';', '\n']) {
            let line = part.trim_end_matches([';', '\n']);
            if !line.trim().is_empty() {
                let shifted = |error: FaultError| FaultError { column: error.column + before, ..error };
                faults.push(line.parse().map_err(shifted)?);
            }
            before += part.chars().count();
        }
        Ok(Schedule(faults))
    }
}

impl Schedule {
    /// Reads a file's text: on each line a schedule in either form, or nothing; what follows a
    /// `#` at the start of a line or after a blank is a comment.
    ///
    /// # Errors
    /// A line is no schedule; the error says where and why.
    pub fn read(file: &str, text: &str) -> Result<Schedule, ScriptError> {
        let mut all = Schedule::default();
        for (at, line) in text.lines().enumerate() {
            let faults = Schedule::from_text(without_comment(line)).map_err(|error| ScriptError {
                file: file.to_owned(),
                at: Some((at + 1, error.column)),
                message: error.message,
            })?;
            all.0.extend(faults.0);
        }
        Ok(all)
    }
}

fn without_comment(line: &str) -> &str {
    let begins = |at: &usize| line[..*at].chars().next_back().is_none_or(char::is_whitespace);
    line.match_indices('#').map(|(at, _)| at).find(begins).map_or(line, |at| &line[..at])
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Read<Fault> {
        let mut words = Words::new(text);
        let verb = words.next(&format!("one of {}", ACTIONS.join(", ")))?;
        let found = VERBS.iter().find(|(name, _)| *name == verb.text);
        let (_, read) = found.ok_or_else(|| verb.flaw(unknown("fault", verb.text, ACTIONS)))?;
        let fault = read(&mut words)?;
        words.end().map(|()| fault)
    }
}

fn reboot(words: &mut Words<'_>) -> Read<Fault> {
    let tablet = words.next("a tablet such as t1")?.tablet()?;
    let down_us = duration(words, "down_for")?;
    let keep = keep(words)?;
    let old = match words.option("old") {
        None => Old::Dies,
        Some(word) if word.text == "dies" => Old::Dies,
        Some(word) if word.text == "lives" => Old::Lives,
        Some(word) => {
            let us = word.microseconds().map_err(|_| word.expected("old=dies, old=lives or old=DURATION"))?;
            Old::LivesFor(us)
        }
    };
    let anchor = anchor(words, Some(tablet), None)?;
    Ok(Fault { anchor, action: Action::Reboot { tablet, down_us, keep, old } })
}

fn moving(words: &mut Words<'_>) -> Read<Fault> {
    let tablet = words.next("a tablet such as t1")?.tablet()?;
    words.need("to", "'to' and a node such as n2")?;
    let node = words.next("a node such as n2")?.node()?;
    Ok(Fault { anchor: anchor(words, Some(tablet), None)?, action: Action::Move { tablet, node } })
}

fn kill(words: &mut Words<'_>) -> Read<Fault> {
    let node = words.next("a node such as n2")?.node()?;
    let down_us = duration(words, "down_for")?;
    let keep = keep(words)?;
    let home = match words.option("tablets") {
        None => Home::Elsewhere,
        Some(word) if word.text == "elsewhere" => Home::Elsewhere,
        Some(word) if word.text == "there" => Home::There,
        Some(word) => return Err(word.expected("tablets=elsewhere or tablets=there")),
    };
    Ok(Fault { anchor: anchor(words, None, None)?, action: Action::Kill { node, down_us, keep, home } })
}

fn delete(words: &mut Words<'_>) -> Read<Fault> {
    let tablet = words.next("a tablet such as t72001")?.tablet()?;
    Ok(Fault { anchor: anchor(words, Some(tablet), None)?, action: Action::Delete { tablet } })
}

fn reset(words: &mut Words<'_>) -> Read<Fault> {
    let pair = words.next("two ends such as t1-t72001")?.pair()?;
    let end = match words.option("side") {
        None => End::Both,
        Some(word) if word.text == "both" => End::Both,
        Some(word) if word.text == "client" => End::Client,
        Some(word) if word.text == "server" => End::Server,
        Some(word) => return Err(word.expected("side=client, side=server or side=both")),
    };
    let anchor = anchor(words, None, Some(pair))?;
    let fate = if words.take("drained") { Fate::Drained } else { Fate::Lost };
    words.take("lost");
    Ok(Fault { anchor, action: Action::Reset { pair, fate, end } })
}

fn partition(words: &mut Words<'_>) -> Read<Fault> {
    let nodes = words.next("two nodes such as n1-n2")?.nodes()?;
    let for_us = words.required("for", "DURATION")?.microseconds()?;
    let told_us = duration(words, "told")?;
    Ok(Fault { anchor: anchor(words, None, None)?, action: Action::Partition { nodes, for_us, told_us } })
}

fn isolate(words: &mut Words<'_>) -> Read<Fault> {
    let node = words.next("a node such as n2")?.node()?;
    let for_us = words.required("for", "DURATION")?.microseconds()?;
    let told_us = duration(words, "told")?;
    Ok(Fault { anchor: anchor(words, None, None)?, action: Action::Isolate { node, for_us, told_us } })
}

fn refuse(words: &mut Words<'_>) -> Read<Fault> {
    let times = words.option("times").map_or(Ok(1), |times| times.number("how many connects to refuse"))?;
    words.need("connect", "'connect' after 'refuse'")?;
    Ok(Fault { anchor: connect(words)?, action: Action::Refuse { times } })
}

fn inject(words: &mut Words<'_>) -> Read<Fault> {
    let event = words.next("an event such as AbortScan")?.text.to_owned();
    let tablet = words.next("a tablet such as t72001")?.tablet()?;
    Ok(Fault { anchor: anchor(words, Some(tablet), None)?, action: Action::Inject { tablet, event } })
}

fn delay(words: &mut Words<'_>) -> Read<Fault> {
    let at = message(words)?;
    let how = words.next("'by' and a duration, or 'until' and a moment")?;
    let action = match how.text {
        "by" => Action::Delay { by_us: words.next("a duration such as 5ms")?.microseconds()? },
        "until" => {
            let has_gap = words.peek().is_some_and(|word| word.text.starts_with(|c: char| c.is_ascii_digit()));
            let gap = if has_gap { Some(words.next("a duration")?) } else { None };
            let gap_us = gap.map_or(Ok(0), Word::microseconds)?;
            let until = anchor(words, None, None)?;
            let sided = matches!(until, Anchor::Message { .. } | Anchor::Timer { .. });
            if let Some(gap) = gap.filter(|_| !sided) {
                return Err(gap.flaw("expected a gap only before or after a message or timer"));
            }
            Action::DelayUntil { until, gap_us }
        }
        _ => return Err(how.expected("'by' and a duration, or 'until' and a moment")),
    };
    Ok(Fault { anchor: at, action })
}

fn slow(words: &mut Words<'_>) -> Read<Fault> {
    let tablet = words.next("a tablet such as t1")?.tablet()?;
    let times = words.required("times", "NUMBER")?;
    let times = times.number("how many times slower").and_then(|count| match count {
        0 => Err(times.expected("how many times slower")),
        count => Ok(count),
    })?;
    let for_us = words.required("for", "DURATION")?.microseconds()?;
    Ok(Fault { anchor: anchor(words, Some(tablet), None)?, action: Action::Slow { tablet, times, for_us } })
}

fn fail(words: &mut Words<'_>) -> Read<Fault> {
    let down_us = duration(words, "down_for")?;
    let what = words.next("a write such as write#3 or snapshot#1")?;
    let (name, n) = what.counted()?;
    words.need("on", "'on' and a tablet such as t1 after the write")?;
    let tablet = words.next("a tablet such as t1")?.tablet()?;
    let anchor = match name.as_str() {
        "write" => Anchor::Write { tablet, n },
        "snapshot" => Anchor::Snapshot { tablet, n },
        _ => return Err(what.expected("a write such as write#3 or snapshot#1")),
    };
    Ok(Fault { anchor, action: Action::Fail { down_us } })
}

fn jump(words: &mut Words<'_>) -> Read<Fault> {
    let whose = words.next("'wall' or a node such as n1")?;
    let node = if whose.text == "wall" { None } else { Some(whose.node()?) };
    let by_us = words.required("by", "DURATION")?.jump()?;
    Ok(Fault { anchor: anchor(words, None, None)?, action: Action::Jump { node, by_us } })
}

fn of_message(words: &mut Words<'_>, action: Action) -> Read<Fault> {
    Ok(Fault { anchor: message(words)?, action })
}

fn duration(words: &mut Words<'_>, key: &str) -> Read<Option<u64>> {
    words.option(key).map(Word::microseconds).transpose()
}

fn keep(words: &mut Words<'_>) -> Read<Keep> {
    match words.option("keep") {
        None => Ok(Keep::None),
        Some(word) if word.text == "none" => Ok(Keep::None),
        Some(word) if word.text == "all" => Ok(Keep::All),
        Some(word) => word.number("none, all or how many writes to keep").map(Keep::First),
    }
}
