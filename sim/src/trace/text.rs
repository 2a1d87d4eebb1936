//! A trace as text: one line, one fact.
//!
//! ```text
//!   step     seconds  who       what                                               cause
//!     12    0.003215  t1.g1     → Propose tx1 restore /db/coll to t1#1             (← 9)
//!     13    0.003490  t1.g1     ⇨ LongOps[op1] = Running                           (← 12)
//! ```
//!
//! Marks: → sent, ⇨ state changed, ⇒ answered or derived, ✗ fault. Changes, never whole
//! states: a commit is shown as the rows it changes.
//!
//! Left out: colours.

use crate::trace::by_name::{self, CLASSES, CUTS, REFUSALS};
use crate::trace::{Link, Mail, Record, Trace, What};
use crate::world::{Endpoint, Types};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use tablets::ids::TabletId;
use tablets::message::Kind;

/// How much of a trace is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// What was sent, answered, lost, changed and broken.
    #[default]
    Story,
    /// Every record.
    All,
}

/// What kind of line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Mark {
    /// A message leaves.
    Sent,
    /// Something durable changes.
    Changed,
    /// An answer, or something that follows.
    Answered,
    /// A fault, or what it does.
    Fault,
    /// Anything else.
    Plain,
}

impl Mark {
    /// The character.
    pub fn sign(self) -> char {
        match self {
            Mark::Sent => '→',
            Mark::Changed => '⇨',
            Mark::Answered => '⇒',
            Mark::Fault => '✗',
            Mark::Plain => ' ',
        }
    }
}

/// Reads records aloud, in order: it learns from them which tablet is of which type.
#[derive(Clone, Debug)]
pub struct Text<'a> {
    types: &'a Types,
    kinds: BTreeMap<TabletId, Kind>,
    detail: Detail,
}

impl<'a> Text<'a> {
    /// A reader that decodes messages and rows with these types.
    pub fn new(types: &'a Types, detail: Detail) -> Self {
        Text { types, kinds: BTreeMap::new(), detail }
    }

    /// The whole trace.
    pub fn render(types: &'a Types, detail: Detail, trace: &Trace) -> String {
        Text::render_some(types, detail, trace, &|_| true)
    }

    /// The records that are to be kept.
    pub fn render_some(types: &'a Types, detail: Detail, trace: &Trace, keep: &dyn Fn(&Record) -> bool) -> String {
        let mut text = Text::new(types, detail);
        let mut out = String::new();
        for record in trace.records() {
            for (mark, line) in text.facts(record).into_iter().filter(|_| keep(record)) {
                writeln!(out, "{} {} {line}  (← {})", columns(record), mark.sign(), record.cause)
                    .expect("writing to a string does not fail");
            }
        }
        out
    }

    /// The facts of one record, each with its mark; none if this detail leaves it out.
    pub fn facts(&mut self, record: &Record) -> Vec<(Mark, String)> {
        if let (Some(tablet), What::Created(kind)) = (record.tablet, &record.what) {
            self.kinds.insert(tablet, *kind);
        }
        if self.detail == Detail::Story && is_detail(&record.what) {
            return Vec::new();
        }
        match &record.what {
            What::Durable { redo, .. } => {
                self.redo(record.tablet, redo).into_iter().map(|row| (Mark::Changed, row)).collect()
            }
            what => vec![(mark(what), self.sentence(record.tablet, what))],
        }
    }

    fn redo(&self, tablet: Option<TabletId>, redo: &[u8]) -> Vec<String> {
        match tablet.and_then(|tablet| self.kinds.get(&tablet)) {
            Some(kind) => self.types.redo(kind, redo),
            None => vec![format!("{} bytes", redo.len())],
        }
    }

    fn private(&self, tablet: Option<TabletId>, parcel: &tablets::message::Parcel) -> String {
        match tablet.and_then(|tablet| self.kinds.get(&tablet)) {
            Some(kind) => self.types.private(kind, parcel),
            None => parcel.kind.to_owned(),
        }
    }

    fn mail(&self, mail: &Mail) -> String {
        let message = match mail.to {
            Endpoint::Edge(_) => self.types.message(None, &mail.parcel),
            Endpoint::Tablet(tablet) => match self.kinds.get(&tablet) {
                Some(kind) => self.types.message(Some(kind), &mail.parcel),
                None => mail.parcel.kind.to_owned(),
            },
        };
        format!("{message} #{}", mail.n)
    }

    fn sentence(&self, tablet: Option<TabletId>, what: &What) -> String {
        match what {
            What::Input(text) | What::Note(text) | What::Fault(text) | What::Receipt(text) => text.to_string(),
            What::ZoneBegun => "faults may strike from here on".to_owned(),
            What::ZoneEnded => "no fault strikes from here on".to_owned(),
            What::Created(kind) => format!("created, a {kind}"),
            What::Deleted => "deleted".to_owned(),
            What::Started(node) => format!("started on {node}"),
            What::Booted { snapshot, records } => format!("booted from {snapshot} bytes and {records} records"),
            What::Cut { cut, tx, n, .. } => format!("{} of {tx}#{n}", by_name::name(CUTS, *cut)),
            What::Logged { commit, tx, redo } => format!("{tx} writes {commit}, {} bytes", redo.len()),
            What::Durable { redo, .. } => self.redo(tablet, redo).join("; "),
            What::Snapshot { commit, bytes } => format!("snapshot of {commit}, {bytes} bytes"),
            What::Confirmed(ticket) => format!("still the newest generation (question {ticket})"),
            What::Fenced => "refused by the log: a newer generation has booted".to_owned(),
            What::Connecting(link) => format!("connect {}", of(link)),
            What::Connected(link) => format!("connected {}", of(link)),
            What::Refused { link, refusal } => {
                format!("refused {}: {}", of(link), by_name::name(REFUSALS, *refusal))
            }
            What::Broken(link) => format!("broken {}", of(link)),
            What::Closed(link) => format!("closes {}", of(link)),
            What::Notice(link) => format!("hears that {} is gone", of(link)),
            What::Sent(mail) => format!("{} to {}", self.mail(mail), mail.to),
            What::Delivered(mail) => format!("{} from {}", self.mail(mail), mail.from),
            What::Lost(mail) => format!("lost: {} from {} to {}", self.mail(mail), mail.from, mail.to),
            What::Armed { class, delay_us, parcel } => {
                format!("{} timer in {delay_us} us: {}", by_name::name(CLASSES, *class), self.private(tablet, parcel))
            }
            What::Fired { class, parcel } => {
                format!("{} timer: {}", by_name::name(CLASSES, *class), self.private(tablet, parcel))
            }
            What::AskedCreate(other) => format!("asks the hive to create {other}"),
            What::AskedDelete(other) => format!("asks the hive to delete {other}"),
            What::HiveAnswered(other) => format!("the hive has done it: {other}"),
            What::Reconfigured => "new settings".to_owned(),
            What::Stopped { writes_lost } => format!("stopped, {writes_lost} writes lost"),
            What::Panicked(sentence) => format!("panicked: {sentence}"),
            What::Objected(oracle, sentence) => format!("{oracle}: {sentence}"),
            What::EdgeTimer(_, token) => format!("timer {token}"),
        }
    }
}

/// Step, time and actor, in columns of fixed width.
fn columns(record: &Record) -> String {
    let (seconds, us) = (record.at.0 / 1_000_000, record.at.0 % 1_000_000);
    format!("{:>6} {seconds:>6}.{us:06} {:<10}", record.step, actor(record))
}

/// Who the record is about.
pub fn actor(record: &Record) -> String {
    if let Some(tablet) = record.tablet {
        return format!("{tablet}.{}", record.generation);
    }
    match &record.what {
        What::Sent(mail) => mail.from.to_string(),
        What::Delivered(mail) | What::Lost(mail) => mail.to.to_string(),
        What::Connecting(link)
        | What::Connected(link)
        | What::Broken(link)
        | What::Closed(link)
        | What::Notice(link) => link.from.to_string(),
        What::Refused { link, .. } => link.from.to_string(),
        What::EdgeTimer(endpoint, _) => endpoint.to_string(),
        _ => "-".to_owned(),
    }
}

fn of(link: &Link) -> String {
    format!("{}-{}#{}", link.from, link.to, link.n)
}

fn mark(what: &What) -> Mark {
    match what {
        What::Sent(mail) if mail.reply => Mark::Answered,
        What::Sent(_) | What::Connecting(_) | What::AskedCreate(_) | What::AskedDelete(_) => Mark::Sent,
        What::Durable { .. } | What::Booted { .. } | What::Created(_) | What::Deleted | What::Reconfigured => {
            Mark::Changed
        }
        What::Connected(_) | What::HiveAnswered(_) | What::Closed(_) | What::Notice(_) => Mark::Answered,
        What::Fault(_)
        | What::Receipt(_)
        | What::Stopped { .. }
        | What::Panicked(_)
        | What::Objected(..)
        | What::Lost(_)
        | What::Refused { .. }
        | What::Broken(_)
        | What::Fenced => Mark::Fault,
        _ => Mark::Plain,
    }
}

/// What only the detailed form shows.
pub(crate) fn is_detail(what: &What) -> bool {
    matches!(
        what,
        What::Cut { .. }
            | What::Started(_)
            | What::Logged { .. }
            | What::Snapshot { .. }
            | What::Confirmed(_)
            | What::Connecting(_)
            | What::Connected(_)
            | What::Delivered(_)
            | What::Armed { .. }
            | What::Fired { .. }
            | What::HiveAnswered(_)
            | What::EdgeTimer(..)
    )
}
