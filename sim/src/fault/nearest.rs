//! Why a fault has not fired: what was seen that comes nearest to its anchor.

use crate::fault::Anchor;
use crate::world::{Counts, Endpoint};
use std::collections::BTreeMap;
use tablets::ids::{OperationId, Steady, TabletId};

/// How often things that anchors can name have happened.
pub(crate) struct Seen<'a> {
    pub(crate) transactions: &'a BTreeMap<TabletId, Counts>,
    pub(crate) messages: &'a BTreeMap<(Endpoint, Endpoint), Counts>,
    pub(crate) connects: &'a BTreeMap<(Endpoint, TabletId), u64>,
    pub(crate) timers: &'a BTreeMap<TabletId, Counts>,
    /// Log writes and snapshots.
    pub(crate) writes: &'a BTreeMap<TabletId, (u64, u64)>,
    /// States entered, in order.
    pub(crate) states: &'a [(OperationId, String)],
    /// Events since the zone began.
    pub(crate) events: u64,
    pub(crate) now: Steady,
}

impl Seen<'_> {
    /// A sentence about what was seen in place of the anchor.
    pub(crate) fn nearest(&self, anchor: &Anchor) -> String {
        match anchor {
            Anchor::Event(n) => format!("there were {} events, not {n}", self.events),
            Anchor::Time(time) => format!("the run was over at {} us, before {} us", self.now.0, time.0),
            Anchor::Cut { tablet, cut: _, tx, n } => {
                let Some(counts) = self.transactions.get(tablet) else {
                    let known = list(self.transactions.keys());
                    return format!("{tablet} had no transactions; these had: {known}");
                };
                named(&format!("{tablet}"), "transactions", tx, *n, counts)
                    .unwrap_or_else(|| format!("{tx}#{n} never came to that cut; one that only reads has pre and done"))
            }
            Anchor::Timer { tablet, kind, n, .. } => {
                let Some(counts) = self.timers.get(tablet) else {
                    return format!("no timer of {tablet} fired; timers of these did: {}", list(self.timers.keys()));
                };
                named(&format!("{tablet}"), "timers", kind, *n, counts)
                    .unwrap_or_else(|| format!("{kind}#{n} fired, and was not handled"))
            }
            Anchor::Write { tablet, n } => self.written(*tablet, "log writes", *n, |(writes, _)| writes),
            Anchor::Snapshot { tablet, n } => self.written(*tablet, "snapshots", *n, |(_, snapshots)| snapshots),
            Anchor::State { operation, state } => self.entered(*operation, state),
            Anchor::Message { from, to, kind, n, .. } => {
                let Some(counts) = self.messages.get(&(*from, *to)) else {
                    let known = list(self.messages.keys().map(|(from, to)| format!("{from}-{to}")));
                    return format!("{from} sent nothing to {to}; these sent something: {known}");
                };
                named(&format!("{from}-{to}"), "messages", kind, *n, counts)
                    .unwrap_or_else(|| format!("{kind}#{n} was sent, and never arrived"))
            }
            Anchor::Connect { from, to, n } => match self.connects.get(&(*from, *to)) {
                Some(count) if count < n => format!("{from} connected to {to} {count} times, not {n}"),
                Some(_) => format!("connect #{n} never arrived"),
                None => {
                    let known = list(self.connects.keys().map(|(from, to)| format!("{from}-{to}")));
                    format!("{from} never connected to {to}; these connected: {known}")
                }
            },
        }
    }
}

impl Seen<'_> {
    fn written(&self, tablet: TabletId, things: &str, n: u64, count: impl Fn((u64, u64)) -> u64) -> String {
        match self.writes.get(&tablet).map(|both| count(*both)) {
            Some(count) if count < n => format!("{tablet} had {count} {things}, not {n}"),
            Some(_) => format!("#{n} of the {things} of {tablet} never became durable"),
            None => format!("{tablet} wrote nothing; these wrote: {}", list(self.writes.keys())),
        }
    }

    fn entered(&self, operation: OperationId, state: &str) -> String {
        let entered: Vec<&str> =
            self.states.iter().filter(|(of, _)| *of == operation).map(|(_, state)| state.as_str()).collect();
        if entered.is_empty() {
            let mut known: Vec<OperationId> = self.states.iter().map(|(of, _)| *of).collect();
            known.dedup();
            return format!("{operation} entered no state; these did: {}", list(known.iter()));
        }
        let near = crate::scenario::nearest(state, entered.iter().copied());
        let near = near.map_or_else(String::new, |near| format!(", nearest is {near}"));
        format!("{operation} never entered {state}{near}; it entered: {}", entered.join(", "))
    }
}

/// What there was in place of `name#n`; `None` if there was exactly that.
fn named(whose: &str, things: &str, name: &str, n: u64, counts: &[(&str, u64)]) -> Option<String> {
    if let Some((_, count)) = counts.iter().find(|(known, _)| *known == name) {
        return (*count < n).then(|| format!("{whose} had {count} {things} {name}, not {n}"));
    }
    let near = counts
        .iter()
        .map(|(known, _)| *known)
        .max_by(|a, b| strsim::jaro_winkler(name, a).total_cmp(&strsim::jaro_winkler(name, b)).then_with(|| b.cmp(a)));
    let known = list(counts.iter().map(|(known, count)| format!("{known} ({count})")));
    let near = near.map_or_else(String::new, |near| format!(", nearest is {near}"));
    Some(format!("{whose} had no {things} {name}{near}; there were: {known}"))
}

fn list(items: impl Iterator<Item = impl ToString>) -> String {
    let items: Vec<_> = items.map(|item| item.to_string()).collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}
