//! Two runs side by side: where they part, and what is different from there on.
//!
//! Steps and times mean nothing across runs, so events are matched by what they are: a message
//! by its ends, its kind and which of its kind it is; a transaction's cut likewise; whatever has
//! no number by what it says and how often it was said before. Two events that match and say
//! different things are *changed*; what has no match is in one run only.
//!
//! Left out: the log's own steps (a write that is handed over, a lease confirmed, a snapshot),
//! which follow from the others.

use crate::trace::by_name::{CUTS, name};
use crate::trace::{Detail, Link, Mail, Record, Text, Trace, What, actor};
use crate::world::Types;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// One event of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Happening {
    /// Its step.
    pub step: u64,
    /// The step that caused it.
    pub cause: u64,
    /// When, in microseconds.
    pub at_us: u64,
    /// At whom, without the generation.
    pub who: String,
    /// What happened.
    pub fact: String,
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Happening { step, cause, at_us, who, fact } = self;
        let (seconds, us) = (at_us / 1_000_000, at_us % 1_000_000);
        write!(f, "{step:>6} {seconds:>6}.{us:06} {who:<8} {fact}  (← {cause})")
    }
}

/// How many events of one kind at one place are different.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Differing {
    /// In the first run only.
    pub only_a: u64,
    /// In the second run only.
    pub only_b: u64,
    /// In both, saying different things.
    pub changed: u64,
}

/// What is different between two runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Events that are the same in both.
    pub same: u64,
    /// The first event of the first run that is not in the second, or is not the same there.
    pub first_a: Option<Happening>,
    /// The same from the other side.
    pub first_b: Option<Happening>,
    /// The first event that comes in another order at one place: there in the first run, and
    /// what comes in its stead in the second.
    pub order: Option<(Happening, Happening)>,
    /// By place and kind.
    pub by_kind: BTreeMap<String, Differing>,
}

impl Difference {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.by_kind.is_empty() && self.order.is_none()
    }

    /// Compares two runs.
    pub fn between(a: (&Types, &Trace), b: (&Types, &Trace)) -> Difference {
        let (a, b) = (events(a.0, a.1), events(b.0, b.1));
        let index = |events: &[Event]| -> BTreeMap<Identity, usize> {
            events.iter().enumerate().map(|(at, event)| (event.identity.clone(), at)).collect()
        };
        let (in_a, in_b) = (index(&a), index(&b));
        let mut found = Difference::default();
        for event in &a {
            let other = in_b.get(&event.identity).map(|at| &b[*at]);
            match other {
                Some(other) if other.happening.fact == event.happening.fact => {
                    found.same += 1;
                    continue;
                }
                Some(_) => found.kind(event).changed += 1,
                None => found.kind(event).only_a += 1,
            }
            found.first_a.get_or_insert_with(|| event.happening.clone());
        }
        for event in &b {
            match in_a.get(&event.identity).map(|at| &a[*at]) {
                Some(other) if other.happening.fact == event.happening.fact => continue,
                Some(_) => {}
                None => found.kind(event).only_b += 1,
            }
            found.first_b.get_or_insert_with(|| event.happening.clone());
        }
        found.order = order((&a, &in_a), (&b, &in_b));
        found
    }

    fn kind(&mut self, event: &Event) -> &mut Differing {
        self.by_kind.entry(event.group.clone()).or_default()
    }
}

/// What an event is, whatever else happens in a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    place: String,
    kind: String,
    which: u64,
}

struct Event {
    identity: Identity,
    /// What it is counted under.
    group: String,
    happening: Happening,
}

/// The first place, in order of the first run, where what both have comes in another order.
fn order(
    (a, in_a): (&[Event], &BTreeMap<Identity, usize>),
    (b, in_b): (&[Event], &BTreeMap<Identity, usize>),
) -> Option<(Happening, Happening)> {
    let mut there: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in b.iter().filter(|event| in_a.contains_key(&event.identity)) {
        there.entry(&event.happening.who).or_default().push(event);
    }
    let mut next: BTreeMap<&str, usize> = BTreeMap::new();
    for event in a.iter().filter(|event| in_b.contains_key(&event.identity)) {
        let at = next.entry(&event.happening.who).or_default();
        let others = there.get(event.happening.who.as_str());
        let Some(other) = others.and_then(|events| events.get(*at)) else { continue };
        if other.identity != event.identity {
            return Some((event.happening.clone(), other.happening.clone()));
        }
        *at += 1;
    }
    None
}

fn events(types: &Types, trace: &Trace) -> Vec<Event> {
    let mut text = Text::new(types, Detail::All);
    let mut said: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut events = Vec::new();
    for record in trace.records() {
        for (_, fact) in text.facts(record) {
            let who = actor(record).split('.').next().unwrap_or_default().to_owned();
            let Some((place, kind, number)) = identity(record, &who, &fact) else { continue };
            // Of a row only the table counts, of a sentence its first word.
            let short = kind.split(['[', ' ', ':']).next().unwrap_or_default();
            let group = format!("{place} {}", if number.is_some() { &kind } else { short });
            let which = number.unwrap_or_else(|| {
                let times = said.entry((place.clone(), kind.clone())).or_default();
                *times += 1;
                *times
            });
            let happening = Happening { step: record.step, cause: record.cause, at_us: record.at.0, who, fact };
            events.push(Event { identity: Identity { place, kind, which }, group, happening });
        }
    }
    events
}

/// Place and kind of an event, and which of its kind it is if it has a number; nothing if it
/// only follows from others.
fn identity(record: &Record, who: &str, fact: &str) -> Option<(String, String, Option<u64>)> {
    let mail = |verb: &str, mail: &Mail| {
        Some((format!("{}-{}", mail.from, mail.to), format!("{verb} {}", mail.parcel.kind), Some(mail.n)))
    };
    let link =
        |verb: &str, link: &Link| Some((format!("{}-{} {who}", link.from, link.to), verb.to_owned(), Some(link.n)));
    match &record.what {
        What::Input(_) | What::Logged { .. } | What::Snapshot { .. } | What::Confirmed(_) => None,
        What::Sent(of) => mail("sent", of),
        What::Delivered(of) => mail("arrives", of),
        What::Lost(of) => mail("lost", of),
        What::Cut { cut, tx, n, .. } => Some((who.to_owned(), format!("{} of {tx}", name(CUTS, *cut)), Some(*n))),
        What::Connecting(of) => link("connect", of),
        What::Connected(of) => link("connected", of),
        What::Refused { link: of, .. } => link("refused", of),
        What::Broken(of) => link("broken", of),
        What::Closed(of) => link("closed", of),
        What::Notice(of) => link("notice", of),
        What::Booted { .. } => Some((who.to_owned(), "boot".to_owned(), Some(u64::from(record.generation.0)))),
        _ => Some((who.to_owned(), fact.to_owned(), None)),
    }
}
