//! Faults as lines of script, and back. What `Display` writes, `FromStr` reads.

use crate::fault::{Action, Anchor, End, Fate, Fault, Keep, Old, Schedule, Side};
use crate::trace::by_name::{CUTS, name, named};
use crate::world::Endpoint;
use std::fmt;
use std::str::FromStr;
use tablets::ids::{Steady, TabletId};

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "; " })?;
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.action {
            Action::Reboot { tablet, down_us, keep, old } => {
                write!(f, "reboot {tablet} ")?;
                anchor(f, &self.anchor, Some(*tablet), None)?;
                if let Some(us) = down_us {
                    write!(f, " down_for={}", duration(*us))?;
                }
                match keep {
                    Keep::None => {}
                    Keep::All => f.write_str(" keep=all")?,
                    Keep::First(count) => write!(f, " keep={count}")?,
                }
                f.write_str(if *old == Old::Lives { " old=lives" } else { "" })
            }
            Action::Reset { pair, fate, end } => {
                write!(f, "reset {}-{} ", pair.0, pair.1)?;
                anchor(f, &self.anchor, None, Some(*pair))?;
                f.write_str(if *fate == Fate::Drained { " drained" } else { "" })?;
                f.write_str(match end {
                    End::Both => "",
                    End::Client => " side=client",
                    End::Server => " side=server",
                })
            }
            Action::Refuse { times } => {
                f.write_str("refuse ")?;
                anchor(f, &self.anchor, None, None)?;
                if *times == 1 { Ok(()) } else { write!(f, " times={times}") }
            }
            Action::Inject { tablet, event } => {
                write!(f, "inject {event} {tablet} ")?;
                anchor(f, &self.anchor, Some(*tablet), None)
            }
            Action::Delay { by_us } => {
                match &self.anchor {
                    Anchor::Message { from, to, kind, n, .. } => write!(f, "delay {from}-{to} {kind}#{n}")?,
                    other => anchor(f, other, None, None)?,
                }
                write!(f, " by {}", duration(*by_us))
            }
        }
    }
}

/// Writes an anchor; what the action's own object says already is left out.
fn anchor(
    f: &mut fmt::Formatter<'_>,
    anchor: &Anchor,
    own: Option<TabletId>,
    pair: Option<(Endpoint, Endpoint)>,
) -> fmt::Result {
    match anchor {
        Anchor::Event(n) => write!(f, "at event {n}"),
        Anchor::Time(time) => write!(f, "at time {}", duration(time.0)),
        Anchor::Cut { tablet, cut, tx, n } => {
            write!(f, "at {} of {tx}#{n}", name(CUTS, *cut))?;
            if own == Some(*tablet) { Ok(()) } else { write!(f, " on {tablet}") }
        }
        Anchor::Message { from, to, kind, n, side } => {
            let side = if *side == Side::Before { "before" } else { "after" };
            write!(f, "{side} {kind}#{n}")?;
            if pair == Some((*from, *to)) { Ok(()) } else { write!(f, " on {from}-{to}") }
        }
        Anchor::Connect { from, to, n } => write!(f, "connect {from}-{to}#{n}"),
    }
}

/// Microseconds with the largest unit that leaves no fraction.
fn duration(us: u64) -> String {
    match us {
        us if us.is_multiple_of(1_000_000) => format!("{}s", us / 1_000_000),
        us if us.is_multiple_of(1_000) => format!("{}ms", us / 1_000),
        us => format!("{us}us"),
    }
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split([';', '\n'])
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map(Schedule)
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = Words(text.split_whitespace().collect());
        let fault = match words.next("reboot, reset, refuse, inject or delay")? {
            "reboot" => reboot(&mut words),
            "reset" => reset(&mut words),
            "refuse" => refuse(&mut words),
            "inject" => inject(&mut words),
            "delay" => delay(&mut words),
            other => Err(format!("expected reboot, reset, refuse, inject or delay, found '{other}'")),
        };
        fault.and_then(|fault| words.end().map(|()| fault)).map_err(|error| format!("in '{text}': {error}"))
    }
}

/// The words of a line that are not read yet.
struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn next(&mut self, expected: &str) -> Result<&'a str, String> {
        if self.0.is_empty() { Err(format!("expected {expected} at the end")) } else { Ok(self.0.remove(0)) }
    }

    /// Takes the next word if it is this one.
    fn take(&mut self, word: &str) -> bool {
        let found = self.0.first() == Some(&word);
        if found {
            self.0.remove(0);
        }
        found
    }

    /// Takes the value of `key=value`, wherever it stands.
    fn option(&mut self, key: &str) -> Option<&'a str> {
        let value = |word: &&'a str| word.strip_prefix(key).and_then(|rest| rest.strip_prefix('='));
        let place = self.0.iter().position(|word| value(word).is_some())?;
        value(&self.0.remove(place))
    }

    fn end(&self) -> Result<(), String> {
        self.0.first().map_or(Ok(()), |word| Err(format!("did not expect '{word}'")))
    }
}

fn reboot(words: &mut Words<'_>) -> Result<Fault, String> {
    let tablet = tablet(words.next("a tablet such as t1")?)?;
    let down_us = words.option("down_for").map(microseconds).transpose()?;
    let keep = match words.option("keep") {
        None | Some("none") => Keep::None,
        Some("all") => Keep::All,
        Some(count) => Keep::First(number(count, "none, all or how many writes to keep")?),
    };
    let old = match words.option("old") {
        None | Some("dies") => Old::Dies,
        Some("lives") => Old::Lives,
        Some(other) => return Err(format!("expected old=dies or old=lives, found '{other}'")),
    };
    let anchor = read_anchor(words, Some(tablet), None)?;
    Ok(Fault { anchor, action: Action::Reboot { tablet, down_us, keep, old } })
}

fn reset(words: &mut Words<'_>) -> Result<Fault, String> {
    let pair = read_pair(words.next("two ends such as t1-t72001")?)?;
    let end = match words.option("side") {
        None | Some("both") => End::Both,
        Some("client") => End::Client,
        Some("server") => End::Server,
        Some(other) => return Err(format!("expected side=client, side=server or side=both, found '{other}'")),
    };
    let anchor = read_anchor(words, None, Some(pair))?;
    let fate = if words.take("drained") { Fate::Drained } else { Fate::Lost };
    words.take("lost");
    Ok(Fault { anchor, action: Action::Reset { pair, fate, end } })
}

fn refuse(words: &mut Words<'_>) -> Result<Fault, String> {
    let times = words.option("times").map_or(Ok(1), |times| number(times, "how many connects to refuse"))?;
    if !words.take("connect") {
        return Err("expected 'connect' after 'refuse'".to_owned());
    }
    Ok(Fault { anchor: connect(words)?, action: Action::Refuse { times } })
}

fn inject(words: &mut Words<'_>) -> Result<Fault, String> {
    let event = words.next("an event such as AbortScan")?.to_owned();
    let tablet = tablet(words.next("a tablet such as t72001")?)?;
    let anchor = read_anchor(words, Some(tablet), None)?;
    Ok(Fault { anchor, action: Action::Inject { tablet, event } })
}

fn delay(words: &mut Words<'_>) -> Result<Fault, String> {
    let (from, to) = read_pair(words.next("two ends such as t1-t72001")?)?;
    let (kind, n) = counted(words.next("a message such as ApplyRecords#1")?)?;
    if !words.take("by") {
        return Err("expected 'by' and a duration after the message".to_owned());
    }
    let by_us = microseconds(words.next("a duration such as 5ms")?)?;
    Ok(Fault { anchor: Anchor::Message { from, to, kind, n, side: Side::Before }, action: Action::Delay { by_us } })
}

fn connect(words: &mut Words<'_>) -> Result<Anchor, String> {
    let (pair, n) = counted(words.next("a connect such as t1-t72001#2")?)?;
    let (from, to) = read_pair(&pair)?;
    let Endpoint::Tablet(to) = to else {
        return Err(format!("expected a connect to a tablet, found one to {to}"));
    };
    Ok(Anchor::Connect { from, to, n })
}

fn read_anchor(
    words: &mut Words<'_>,
    own: Option<TabletId>,
    pair: Option<(Endpoint, Endpoint)>,
) -> Result<Anchor, String> {
    const EXPECTED: &str = "'at event', 'at time', 'at CUT of', 'connect', 'before' or 'after'";
    match words.next(EXPECTED)? {
        "at" => match words.next("event, time or a cut")? {
            "event" => Ok(Anchor::Event(number(words.next("which event")?, "which event")?)),
            "time" => Ok(Anchor::Time(Steady(microseconds(words.next("a time such as 5ms")?)?))),
            cut => read_cut(words, cut, own),
        },
        "connect" => connect(words),
        side @ ("before" | "after") => {
            let side = if side == "before" { Side::Before } else { Side::After };
            let (kind, n) = counted(words.next("a message such as ApplyRecords#1")?)?;
            let on = if words.take("on") { Some(read_pair(words.next("two ends such as t1-t72001")?)?) } else { pair };
            let (from, to) = on.ok_or("expected 'on' and two ends such as t1-t72001 after the message")?;
            Ok(Anchor::Message { from, to, kind, n, side })
        }
        other => Err(format!("expected {EXPECTED}, found '{other}'")),
    }
}

fn read_cut(words: &mut Words<'_>, cut: &str, own: Option<TabletId>) -> Result<Anchor, String> {
    let cut = named(CUTS, cut).map_err(|error| format!("expected event, time or a cut: {error}"))?;
    if !words.take("of") {
        return Err("expected 'of' and a transaction such as Response#2 after the cut".to_owned());
    }
    let (tx, n) = counted(words.next("a transaction such as Response#2")?)?;
    let on = if words.take("on") { Some(tablet(words.next("a tablet such as t1")?)?) } else { own };
    let tablet = on.ok_or("expected 'on' and a tablet such as t1 after the transaction")?;
    Ok(Anchor::Cut { tablet, cut, tx, n })
}

fn number<N: FromStr>(text: &str, what: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("expected {what}, found '{text}'"))
}

/// `Name#3`.
fn counted(text: &str) -> Result<(String, u64), String> {
    let wrong = || format!("expected a name and a number from 1 such as Response#2, found '{text}'");
    let (name, n) = text.rsplit_once('#').ok_or_else(wrong)?;
    let n = n.parse().ok().filter(|n| *n > 0).ok_or_else(wrong)?;
    if name.is_empty() { Err(wrong()) } else { Ok((name.to_owned(), n)) }
}

fn read_pair(text: &str) -> Result<(Endpoint, Endpoint), String> {
    let (from, to) =
        text.split_once('-').ok_or_else(|| format!("expected two ends such as t1-t72001, found '{text}'"))?;
    Ok((from.parse()?, to.parse()?))
}

fn tablet(text: &str) -> Result<TabletId, String> {
    match text.parse()? {
        Endpoint::Tablet(tablet) => Ok(tablet),
        Endpoint::Edge(edge) => Err(format!("expected a tablet such as t1, found {edge}")),
    }
}

/// A duration such as 2s, 5ms or 300us, in microseconds.
pub(crate) fn microseconds(text: &str) -> Result<u64, String> {
    let wrong = || format!("expected a duration such as 2s, 5ms or 300us, found '{text}'");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match &text[digits.len()..] {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        _ => return Err(wrong()),
    };
    digits.parse::<u64>().ok().and_then(|count| count.checked_mul(unit)).ok_or_else(wrong)
}
