//! Goals: what must happen in a run for it to be the run that was asked for.
//!
//! A test that is green because the interesting thing never happened is worse than none. So a
//! scenario can say what it is about, and a run in which that did not happen is *invalid*:
//!
//! ```text
//! must resend RestoreMultipleIncrementalBackups on=t1-t72003
//! must strike reboot on=t1 of=r from=Running to=Finalizing
//! must run Progress on=t1 times=3..
//! must send HandshakeAnswer times=1..4
//! must enter "Finalizing(Completed)" of=r
//! ```
//!
//! Left out: goals about single rows, which `expect` is for.

use crate::fault::Fault;
use crate::trace::{Mail, Record, What};
use std::collections::BTreeSet;
use std::fmt;
use tablets::executor::Cut;
use tablets::ids::OperationId;

/// What kind of thing must happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// A message of a kind is sent.
    Send,
    /// The same message, as the trace tells it, is sent once more between the same two ends.
    Resend,
    /// A transaction of a type begins.
    Run,
    /// A fault strikes; it is named by its first word.
    Strike,
    /// An operation enters a state.
    Enter,
}

impl Deed {
    /// All deeds with their names.
    pub const ALL: [(Deed, &'static str); 5] = [
        (Deed::Send, "send"),
        (Deed::Resend, "resend"),
        (Deed::Run, "run"),
        (Deed::Strike, "strike"),
        (Deed::Enter, "enter"),
    ];
}

/// The states of one operation between which something must happen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The operation's name in the script.
    pub name: String,
    /// The operation.
    pub operation: OperationId,
    /// From the entering of this state on; from the start if it is not given.
    pub from: Option<String>,
    /// Until this state is entered; to the end if it is not given.
    pub to: Option<String>,
}

/// One goal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Goal {
    /// What must happen.
    pub deed: Deed,
    /// To what: a message's kind, a transaction's type, a fault's first word, a state.
    pub name: String,
    /// A tablet, or two ends such as `t1-t72001`: where it counts; anywhere if it is not given.
    pub on: Option<String>,
    /// How often at least, and at most.
    pub times: (u64, Option<u64>),
    /// When it counts.
    pub span: Option<Span>,
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deed = Deed::ALL.iter().find(|(deed, _)| *deed == self.deed).map_or("", |(_, name)| name);
        write!(f, "must {deed} {}", quoted(&self.name))?;
        self.on.iter().try_for_each(|on| write!(f, " on={on}"))?;
        match self.times {
            (1, None) => {}
            (least, None) => write!(f, " times={least}..")?,
            (least, Some(most)) if least == most => write!(f, " times={least}")?,
            (least, Some(most)) => write!(f, " times={least}..{most}")?,
        }
        let Some(span) = &self.span else { return Ok(()) };
        write!(f, " of={}", span.name)?;
        span.from.iter().try_for_each(|from| write!(f, " from={}", quoted(from)))?;
        span.to.iter().try_for_each(|to| write!(f, " to={}", quoted(to)))
    }
}

fn quoted(text: &str) -> String {
    if text.chars().all(char::is_alphanumeric) { text.to_owned() } else { format!("{text:?}") }
}

/// A goal of a run, and how near it is.
#[derive(Clone, Debug, Hash)]
struct Aim {
    goal: Goal,
    count: u64,
    /// Whether the span has begun, and ended.
    begun: bool,
    ended: bool,
    /// What was sent, for whoever looks for what is sent again.
    sent: BTreeSet<String>,
}

/// All goals of a run.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Goals(Vec<Aim>);

impl Goals {
    pub(crate) fn new(goals: impl Iterator<Item = Goal>) -> Goals {
        let aim = |goal: Goal| {
            let begun = goal.span.as_ref().is_none_or(|span| span.from.is_none());
            Aim { goal, count: 0, begun, ended: false, sent: BTreeSet::new() }
        };
        Goals(goals.map(aim).collect())
    }

    /// Whether somebody has to tell which states operations enter.
    pub(crate) fn watch_states(&self) -> bool {
        self.0.iter().any(|aim| aim.goal.span.is_some() || aim.goal.deed == Deed::Enter)
    }

    /// Sees a record; `text` says what a message reads like.
    pub(crate) fn observe(&mut self, record: &Record, text: impl Fn(&Mail) -> String) {
        for aim in &mut self.0 {
            match (&record.what, aim.goal.deed) {
                (What::Sent(mail), Deed::Send) if aim.is_about(mail) => aim.happened(),
                (What::Sent(mail), Deed::Resend) if aim.is_about(mail) && aim.was_sent(mail, text(mail)) => {
                    aim.happened()
                }
                (What::Cut { cut: Cut::Pre, tx, .. }, Deed::Run) if aim.goal.name == *tx => {
                    let tablet = record.tablet.map(|tablet| tablet.to_string());
                    if aim.goal.on.is_none() || aim.goal.on == tablet {
                        aim.happened();
                    }
                }
                _ => {}
            }
        }
    }

    /// A fault has struck.
    pub(crate) fn struck(&mut self, fault: &Fault) {
        if self.0.is_empty() {
            return;
        }
        let line = fault.to_string();
        let words: Vec<&str> = line.split_whitespace().collect();
        for aim in self.0.iter_mut().filter(|aim| aim.goal.deed == Deed::Strike) {
            let here = aim.goal.on.as_ref().is_none_or(|on| words.contains(&on.as_str()));
            if here && words.first() == Some(&aim.goal.name.as_str()) {
                aim.happened();
            }
        }
    }

    /// An operation has entered a state.
    pub(crate) fn entered(&mut self, operation: OperationId, state: &str) {
        for aim in &mut self.0 {
            let Some(span) = aim.goal.span.clone().filter(|span| span.operation == operation) else { continue };
            if aim.goal.deed == Deed::Enter && aim.goal.name == state {
                aim.happened();
            }
            aim.begun |= span.from.as_deref() == Some(state);
            aim.ended |= span.to.as_deref() == Some(state);
        }
    }

    /// The goals that were not reached, with what was seen.
    pub(crate) fn unmet(&self) -> Vec<String> {
        self.0.iter().filter_map(Aim::complaint).collect()
    }
}

impl Aim {
    fn is_about(&self, mail: &Mail) -> bool {
        let here = |on: &String| *on == mail.from.to_string() || *on == format!("{}-{}", mail.from, mail.to);
        mail.parcel.kind == self.goal.name && self.goal.on.as_ref().is_none_or(here)
    }

    /// Whether the same message was sent before between the same two ends.
    fn was_sent(&mut self, mail: &Mail, text: String) -> bool {
        !self.sent.insert(format!("{}-{} {text}", mail.from, mail.to))
    }

    fn happened(&mut self) {
        self.count += u64::from(self.begun && !self.ended);
    }

    fn complaint(&self) -> Option<String> {
        let (least, most) = self.goal.times;
        let span = self.goal.span.as_ref();
        if self.count >= least && most.is_none_or(|most| self.count <= most) {
            return None;
        }
        let never = span.and_then(|span| span.from.as_ref().filter(|_| !self.begun).map(|from| (span, from)));
        let why = match never {
            Some((span, from)) => format!("{} never entered {from}", span.name),
            None => format!("it happened {} times", self.count),
        };
        Some(format!("goal not reached: '{}': {why}", self.goal))
    }
}
