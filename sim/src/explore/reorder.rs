//! Other orders of delivery: messages on different connections may overtake each other.
//!
//! On one connection messages keep their order, so a message that is delayed holds up those
//! behind it, and everything else passes. That is all it takes:
//!
//! * `pct:d`: every connection has a priority, drawn anew for each seed, and so its first message
//!   is held back as long as the priority is low; at `d` messages, drawn from the whole run, the
//!   priority of their connection falls below all others. This is probabilistic concurrency
//!   testing: an order that takes d + 1 things in a certain sequence is met with a probability
//!   that does not depend on how long the run is otherwise.
//! * `delay:d`: `d` messages are held back until just after something that was on its way at the
//!   same time has reached the same tablet. All else stays as it was.
//!
//! Both are drawn as delays, which are faults like any other: they replay, and they shrink.

use crate::fault::{Action, Anchor, Fault, Schedule, Side};
use crate::rng::Stream;
use crate::run::{RunOptions, run};
use crate::scenario::Scenario;
use crate::trace::{Mail, Trace, What};
use crate::world::Endpoint;
use rand::RngExt;
use rand::seq::SliceRandom;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use tablets::ids::Steady;
use tablets::message::Kind;

/// What one step of priority holds a connection back: longer than a message takes.
const RANK_US: u64 = 700;
/// What holds a connection back whose priority has fallen: longer than an answer to an answer.
const FALLEN_US: u64 = 50_000;
/// A message is passed by at most so many that reach the same tablet.
const PASSED_BY: usize = 4;

/// How orders of delivery are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reorder {
    /// Priorities of connections, with so many points at which one falls.
    Pct(usize),
    /// So many messages are late.
    Delay(usize),
}

impl fmt::Display for Reorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reorder::Pct(d) => write!(f, "pct:{d}"),
            Reorder::Delay(d) => write!(f, "delay:{d}"),
        }
    }
}

impl FromStr for Reorder {
    type Err = String;

    fn from_str(text: &str) -> Result<Reorder, String> {
        let wrong = || format!("expected pct:D or delay:D with a number D, found '{text}'");
        let (name, number) = text.split_once(':').ok_or_else(wrong)?;
        let number = number.parse().map_err(|_| wrong())?;
        match name {
            "pct" => Ok(Reorder::Pct(number)),
            "delay" => Ok(Reorder::Delay(number)),
            _ => Err(wrong()),
        }
    }
}

/// A message that arrived in the zone.
struct Arrival<'a> {
    sent: Steady,
    at: Steady,
    mail: &'a Mail,
}

impl Reorder {
    /// The order of delivery that belongs to the seed of this run.
    pub fn of(self, scenario: &Arc<Scenario>, options: &RunOptions) -> Schedule {
        let outcome = run(scenario, &RunOptions { record: true, ..options.clone() }, &mut |_| {});
        self.draw(&outcome.trace, Stream::new(outcome.seed, "reorder"))
    }

    /// One order of delivery of a run, as the delays that bring it about.
    pub fn draw(self, trace: &Trace, stream: Stream) -> Schedule {
        let arrivals = arrivals(trace);
        let mut rng = stream.text("order").generator();
        if arrivals.is_empty() {
            return Schedule::default();
        }
        let mut drawn: Vec<(usize, u64)> = Vec::new();
        match self {
            Reorder::Pct(changes) => {
                let mut first: Vec<usize> = first_of_each(&arrivals);
                first.shuffle(&mut rng);
                drawn.extend(first.iter().enumerate().skip(1).map(|(rank, at)| (*at, rank as u64 * RANK_US)));
                for _ in 0..changes {
                    drawn.push((rng.random_range(0..arrivals.len()), FALLEN_US));
                }
            }
            Reorder::Delay(count) => {
                let passed = |at| Some((at, passing(&arrivals, at))).filter(|(_, by)| !by.is_empty());
                let movable: Vec<(usize, Vec<Steady>)> = (0..arrivals.len()).filter_map(passed).collect();
                for _ in 0..if movable.is_empty() { 0 } else { count } {
                    let (at, by) = &movable[rng.random_range(0..movable.len())];
                    let until = by[rng.random_range(0..by.len())];
                    drawn.push((*at, until.0 - arrivals[*at].at.0 + 1));
                }
            }
        }
        drawn.sort_unstable();
        drawn.dedup_by_key(|(at, _)| *at);
        Schedule(drawn.into_iter().map(|(at, by_us)| late(arrivals[at].mail, by_us)).collect())
    }
}

fn late(mail: &Mail, by_us: u64) -> Fault {
    let Mail { from, to, n, parcel, .. } = mail;
    let anchor = Anchor::Message { from: *from, to: *to, kind: parcel.kind.to_owned(), n: *n, side: Side::Before };
    Fault { anchor, action: Action::Delay { by_us } }
}

fn arrivals(trace: &Trace) -> Vec<Arrival<'_>> {
    let mut in_zone = true;
    let mut arrivals = Vec::new();
    let mut sent: BTreeMap<(Endpoint, Endpoint, Kind, u64), Steady> = BTreeMap::new();
    let which = |mail: &Mail| (mail.from, mail.to, mail.parcel.kind, mail.n);
    for record in trace.records() {
        match &record.what {
            What::ZoneBegun => in_zone = true,
            What::ZoneEnded => in_zone = false,
            What::Sent(mail) => {
                sent.insert(which(mail), record.at);
            }
            What::Delivered(mail) if in_zone => {
                let sent = sent.get(&which(mail)).copied().unwrap_or(record.at);
                arrivals.push(Arrival { sent, at: record.at, mail });
            }
            _ => {}
        }
    }
    arrivals
}

/// The first message of each connection in each direction.
fn first_of_each(arrivals: &[Arrival<'_>]) -> Vec<usize> {
    let mut seen: BTreeSet<(u64, Endpoint)> = BTreeSet::new();
    let new = |(_, arrival): &(usize, &Arrival<'_>)| seen.insert((arrival.mail.connection, arrival.mail.to));
    arrivals.iter().enumerate().filter(new).map(|(at, _)| at).collect()
}

/// When the next messages of others reach the same receiver. What was sent after a message had
/// arrived may follow from it, and then cannot pass it.
fn passing(arrivals: &[Arrival<'_>], at: usize) -> Vec<Steady> {
    let Arrival { mail: late, at: arrived, .. } = arrivals[at];
    let concurrent =
        |other: &&Arrival<'_>| other.sent <= arrived && other.mail.to == late.to && other.mail.from != late.from;
    let others = arrivals[at + 1..].iter().filter(concurrent);
    others.take(PASSED_BY).map(|other| other.at).collect()
}
