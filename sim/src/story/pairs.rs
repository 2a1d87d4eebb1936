//! Which facts are the two ends of one thing: a message, a connection, a timer, a fault.

use crate::story::model::{Connection, Fault, Index, Message, Story, Timer};
use crate::story::transactions::Who;
use crate::trace::{Link, Mail};
use std::collections::{BTreeMap, VecDeque};
use tablets::message::{Kind, Parcel};

/// What is under way, as far as the facts have come.
#[derive(Default)]
pub(super) struct Pairs {
    messages: BTreeMap<(usize, usize, Kind, u64), usize>,
    connections: BTreeMap<u64, usize>,
    timers: BTreeMap<Who, BTreeMap<TimerKey, VecDeque<usize>>>,
}

/// What a timer is for, and what it brings back.
type TimerKey = (&'static str, Kind, Vec<u8>);

/// How a message ends.
#[derive(Clone, Copy)]
pub(super) enum Ending {
    Delivered,
    Lost,
}

impl Pairs {
    /// A message is put on a connection.
    pub(super) fn sent(&mut self, story: &mut Story, mail: &Mail, (from, to): (usize, usize), sent: Index) {
        let fact = story.fact(sent);
        let text = fact.texts.first().cloned().unwrap_or_default();
        let Mail { connection, reply, n, ref parcel, .. } = *mail;
        let (kind, operation) = (parcel.kind, fact.operation);
        let (delivered, lost) = (Vec::new(), None);
        self.messages.insert((from, to, kind, n), story.messages.len());
        story.messages.push(Message { connection, from, to, reply, kind, n, text, sent, delivered, lost, operation });
    }

    /// It arrives, or never will.
    pub(super) fn ended(
        &mut self,
        story: &mut Story,
        mail: &Mail,
        (from, to): (usize, usize),
        ending: Ending,
        at: Index,
    ) {
        let Some(of) = self.messages.get(&(from, to, mail.parcel.kind, mail.n)) else { return };
        match ending {
            Ending::Delivered => story.messages[*of].delivered.push(at),
            Ending::Lost => story.messages[*of].lost = Some(at),
        }
    }

    /// The connection of a link.
    pub(super) fn connection<'s>(
        &mut self,
        story: &'s mut Story,
        link: &Link,
        (from, to): (usize, usize),
    ) -> &'s mut Connection {
        let of = *self.connections.entry(link.connection).or_insert_with(|| {
            let new = Connection { connection: link.connection, from, to, n: link.n, ..Connection::default() };
            story.connections.push(new);
            story.connections.len() - 1
        });
        &mut story.connections[of]
    }

    /// A timer is armed.
    pub(super) fn armed(&mut self, story: &mut Story, timer: Timer, parcel: &Parcel) {
        let key = (timer.class, parcel.kind, parcel.bytes.to_vec());
        let of = self.timers.entry((timer.lane, timer.generation)).or_default().entry(key).or_default();
        of.push_back(story.timers.len());
        story.timers.push(timer);
    }

    /// A timer fires: of several alike, the one that is due first.
    pub(super) fn fired(&mut self, story: &mut Story, timer: Timer, parcel: &Parcel) {
        let key = (timer.class, parcel.kind, parcel.bytes.to_vec());
        let alike = self.timers.get_mut(&(timer.lane, timer.generation)).and_then(|timers| timers.get_mut(&key));
        let due = |of: usize| story.timers[of].armed.map(|at| story.fact(at).at_us + story.timers[of].delay_us);
        let first = alike.and_then(|alike| {
            let (place, _) = alike.iter().enumerate().min_by_key(|(_, of)| due(**of))?;
            alike.remove(place)
        });
        match first {
            Some(of) => story.timers[of].fired = timer.fired,
            None => story.timers.push(timer),
        }
    }
}

/// A fault fires, and its receipt comes.
pub(super) fn fault(story: &mut Story, at: Index, text: &str) {
    story.faults.push(Fault { at, text: text.to_owned(), receipt: None });
}

/// The receipt of the fault that fired last.
pub(super) fn receipt(story: &mut Story, at: Index) {
    if let Some(fault) = story.faults.iter_mut().rev().find(|fault| fault.receipt.is_none()) {
        fault.receipt = Some(at);
    }
}
