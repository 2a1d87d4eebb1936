//! idempotent: whatever arrives twice is done once.
//!
//! A message of another tablet, or a request that has an id, is delivered once more to a copy of its
//! receiver: at once; after a boot from the tables as they are; and when the run is over. What the
//! copy has in its tables afterwards must be what it had, but for generations, sessions and
//! counters. A request that was refused may be judged anew, so it is left out.
//!
//! Which of them are tried is decided without chance: in a run without faults the first few of each
//! kind at each receiver; with faults the first of each kind at each type of receiver after each
//! strike, and nothing before the first, since up to there the run is the one without faults. So a
//! sweep tries every kind of message in every state that a fault leads to, for a few copies a run. At
//! the end of every run the first and the last of each kind between two ends are tried, all of them
//! on one copy.

use crate::oracle::told::only_asks;
use crate::oracle::{Again, Arrival, CopyOf, Facts, Glimpse, Objection, Oracle, View, Watch};
use crate::trace::Record;
use crate::world::Endpoint;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use tablets::counters::Aside;
use tablets::datashard::{DataShard, DataShardTables, OrderRow};
use tablets::ids::{Generation, TabletId};
use tablets::local_db::Schema;
use tablets::message::{DataShardMessage, Kind, SchemeShardMessage};
use tablets::schemeshard::{SchemeShard, SchemeShardTables};
use tablets::tablet::Tablet;

/// How many of a kind are tried at each receiver where there are no faults.
const FEW: u32 = 4;

/// A kind of message from one end to another.
type Way = (TabletId, Endpoint, Kind);
/// A tablet, or any of its type, and a kind of message.
type Receiver = (Option<TabletId>, Kind, Kind);
/// The first of its kind, and the last.
type Kept = (Arrival, Option<Arrival>);

/// The oracle. What it has tried and kept is no part of a state: it decides only what is tried
/// again, and in equal states the same message does the same.
#[derive(Clone, Debug, Default, Hash)]
pub struct Idempotent {
    tried: Aside<BTreeMap<Receiver, u32>>,
    strikes: Aside<usize>,
    kept: Aside<Arc<BTreeMap<Way, Kept>>>,
    looked: Aside<u64>,
}

impl Oracle for Idempotent {
    fn name(&self) -> &'static str {
        "idempotent"
    }

    fn rule(&self) -> &'static str {
        "a message of a tablet, or a request with an id, that arrives again changes nothing durable but generations, \
         sessions and counters"
    }

    fn watch(&self) -> Watch {
        Watch::Inside
    }

    fn facts(&self) -> Facts {
        Facts::NONE
    }

    fn observe(&mut self, _: &Record, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn wants_again(&mut self, arrival: &Arrival, view: &View<'_>) -> bool {
        if !may_come_again(arrival) {
            return false;
        }
        let way = (arrival.tablet, arrival.from, arrival.parcel.kind);
        let kept = Arc::make_mut(&mut self.kept);
        match kept.get_mut(&way) {
            Some((_, last)) => *last = Some(arrival.clone()),
            None => drop(kept.insert(way, (arrival.clone(), None))),
        }
        if view.is_undisturbed() {
            return false;
        }
        if *self.strikes != view.strikes() {
            *self.strikes = view.strikes();
            self.tried.clear();
        }
        let (receiver, most) = if *self.strikes == 0 { (Some(arrival.tablet), FEW) } else { (None, 1) };
        let tried = self.tried.entry((receiver, arrival.kind, arrival.parcel.kind)).or_default();
        *tried += 1;
        *tried <= most
    }

    fn wants_at_end(&self) -> Vec<Arrival> {
        let mut wanted = Vec::with_capacity(2 * self.kept.len());
        for (first, last) in self.kept.values() {
            wanted.push(first.clone());
            wanted.extend(last.clone());
        }
        wanted
    }

    fn look(&mut self, glimpse: &Glimpse<'_>, view: &View<'_>) -> Option<Objection> {
        let Glimpse::Again(again) = glimpse else { return None };
        *self.looked += 1;
        let (what, details) = wrong(again)?;
        let Again { arrival, copy, .. } = again;
        let when = match copy {
            CopyOf::Now => "at once",
            CopyOf::Rebooted => "after a reboot",
            CopyOf::End => "when all was over",
        };
        Some(Objection {
            oracle: self.name(),
            sentence: format!("{} delivered again to {} {when} {what}", arrival.parcel.kind, arrival.tablet),
            rule: self.rule(),
            tablets: vec![arrival.tablet],
            steps: vec![view.step()],
            details: std::iter::once(format!("it came from {}", arrival.from)).chain(details).collect(),
        })
    }

    fn at_end(&mut self, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn looked(&self) -> u64 {
        *self.looked
    }
}

/// Whether a message is one that nothing durable may follow from twice.
fn may_come_again(arrival: &Arrival) -> bool {
    if let Endpoint::Tablet(_) = arrival.from {
        return !matches!(arrival.parcel.kind, "ResolveTable" | "Resolved");
    }
    match arrival.kind {
        SchemeShard::KIND => !only_asks(arrival.parcel.kind),
        DataShard::KIND => arrival.parcel.kind == "Write",
        _ => false,
    }
}

/// What delivering a message again has done that it must not, and the rows that show it: before,
/// then after.
fn wrong(again: &Again<'_>) -> Option<(&'static str, Vec<String>)> {
    let (before, after) = match (again.panic, again.tables) {
        (Some(sentence), _) => return Some(("makes it panic", vec![sentence.to_owned()])),
        (None, Some(tables)) => tables,
        (None, None) => return None,
    };
    let lines = differences(before, after, again.arrival)?;
    (!lines.is_empty()).then(|| {
        let rows = lines.into_iter().take(6).map(|line| format!("before / after: {line}"));
        ("changes what is durable", rows.collect())
    })
}

/// The rows that differ but for generations, sessions and counters; `None` if the request was never
/// accepted, or the type of tablet is not known here.
fn differences(before: &dyn Any, after: &dyn Any, arrival: &Arrival) -> Option<Vec<String>> {
    if let (Some(before), Some(after)) = (before.downcast_ref::<SchemeShardTables>(), after.downcast_ref()) {
        if let Ok(SchemeShardMessage::Propose { tx_id, .. }) = arrival.parcel.open()
            && !before.requests.contains_key(&tx_id)
        {
            return None;
        }
        return Some(without_counters(before).differences(&without_counters(after)));
    }
    let (before, after) = (before.downcast_ref::<DataShardTables>()?, after.downcast_ref::<DataShardTables>()?);
    if let Ok(DataShardMessage::Write { tx_id, .. }) = arrival.parcel.open()
        && !before.writes.contains_key(&tx_id)
    {
        return None;
    }
    Some(without_sessions(before).differences(&without_sessions(after)))
}

fn without_counters(tables: &SchemeShardTables) -> SchemeShardTables {
    SchemeShardTables { sys: Arc::default(), ..tables.clone() }
}

fn without_sessions(tables: &DataShardTables) -> DataShardTables {
    let mut tables = tables.clone();
    for row in Arc::make_mut(&mut tables.orders).values_mut() {
        *row = OrderRow { last_record_order: row.last_record_order, ..NO_SESSION };
    }
    for row in Arc::make_mut(&mut tables.scheme_ops).values_mut() {
        row.seq.generation = Generation(0);
    }
    tables
}

const NO_SESSION: OrderRow = OrderRow { last_record_order: 0, generation: Generation(0), session: 0 };
