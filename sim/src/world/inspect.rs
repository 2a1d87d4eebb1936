//! What can be seen of a world from outside.

use crate::fault::{Anchor, Fault, Point, Receipt, Seen, Unfired, points};
use crate::goal::Goals;
use crate::trace::Trace;
use crate::world::{Types, World, WorldOptions};
use std::sync::Arc;
use tablets::counters::Counter;
use tablets::ids::{Generation, Steady, TabletId};
use tablets::message::{Kind, unpack};
use tablets::tablet::{Tablet, Wait};

/// What one incarnation has counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TabletCounters {
    /// The tablet.
    pub tablet: TabletId,
    /// The incarnation.
    pub generation: Generation,
    /// The tablet's type.
    pub kind: Kind,
    /// The values.
    pub counters: Vec<Counter>,
}

impl World {
    /// Now, on the clock that never goes back.
    pub fn now(&self) -> Steady {
        self.now
    }

    /// How many events were handled.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many events were handled since the zone began.
    pub fn zone_events(&self) -> u64 {
        self.events - self.zone_start
    }

    /// The durable tables of a tablet; `None` if it does not exist or is of another type.
    pub fn durable<T: Tablet>(&self, tablet: TabletId) -> Option<Arc<T::Schema>> {
        let entry = self.hive.get(tablet)?;
        if entry.kind != T::KIND {
            return None;
        }
        self.disks.get(&tablet)?.durable()
    }

    /// The settings with which a tablet of this type boots now.
    pub(crate) fn settings<T: Tablet>(&self) -> Option<T::Config> {
        let config = self.types.get(T::KIND)?.config();
        unpack(&config).ok()
    }

    /// All tablets that exist or existed, with their types.
    pub fn tablets(&self) -> Vec<(TabletId, Kind)> {
        self.hive.tablets().collect()
    }

    /// The type of a tablet that exists or existed.
    pub(crate) fn kind(&self, tablet: TabletId) -> Option<Kind> {
        self.hive.get(tablet).map(|entry| entry.kind)
    }

    /// What unfinished operations of live tablets wait for.
    pub fn waits(&mut self) -> Vec<(TabletId, Wait)> {
        let World { live, types, .. } = self;
        let mut waits = Vec::new();
        for (who, incarnation) in live {
            if let Some(factory) = types.get(incarnation.kind) {
                let found = factory.waits(incarnation.hosted.as_mut());
                waits.extend(found.into_iter().map(|wait| (who.tablet, wait)));
            }
        }
        waits
    }

    /// What the newest live incarnation of a tablet remembers that no table has, part by part.
    pub fn memory(&self, tablet: TabletId) -> Vec<(&'static str, String)> {
        let World { live, types, .. } = self;
        let newest = live.iter().rev().find(|(who, _)| who.tablet == tablet);
        let known = newest.and_then(|(_, incarnation)| Some((types.get(incarnation.kind)?, incarnation)));
        known.map_or_else(Vec::new, |(factory, incarnation)| factory.memory(incarnation.hosted.as_ref()))
    }

    /// What every live incarnation has counted, in order of tablet and generation.
    pub fn counters(&mut self) -> Vec<TabletCounters> {
        let counters = self.live.iter_mut().map(|(who, incarnation)| TabletCounters {
            tablet: who.tablet,
            generation: who.generation,
            kind: incarnation.kind,
            counters: incarnation.hosted.counters(),
        });
        counters.collect()
    }

    /// What was waited for when the run came to its end at rest.
    pub(crate) fn last_waits(&self) -> &[(TabletId, Wait)] {
        &self.last_waits
    }

    /// What the world was made of.
    pub fn options(&self) -> &WorldOptions {
        &self.options
    }

    /// The tablet types, with which a trace is read.
    pub fn types(&self) -> &Types {
        &self.types
    }

    /// The records; none if they are not kept.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The hash over all records so far, the same in every build.
    pub fn trace_hash(&self) -> u64 {
        self.hash.value()
    }

    /// Whether a fault with this anchor might have struck before now; `true` where that is not known.
    pub fn may_have_met(&self, anchor: &Anchor) -> bool {
        let seen = |count: Option<u64>, n: u64| count.unwrap_or(0) >= n;
        match anchor {
            Anchor::Event(n) => self.zone_events() >= *n,
            Anchor::Time(at) => *at <= self.now,
            Anchor::Cut { tablet, tx, n, .. } => {
                seen(self.desk.borrow().counts.get(tablet).map(|counts| counts.of(tx)), *n)
            }
            Anchor::Message { from, to, kind, n, .. } => {
                seen(self.messages.get(&(*from, *to)).map(|counts| counts.of(kind)), *n)
            }
            Anchor::Connect { from, to, n } => seen(self.connects.get(&(*from, *to)).copied(), *n),
            Anchor::Timer { tablet, kind, n, .. } => self.sights.timers(*tablet, kind) >= *n,
            Anchor::Write { tablet, n } => seen(self.sights.writes.get(tablet).map(|(writes, _)| *writes), *n),
            Anchor::Snapshot { tablet, n } => seen(self.sights.writes.get(tablet).map(|(_, snapshots)| *snapshots), *n),
            Anchor::State { .. } => true,
        }
    }

    /// Whether faults may strike now.
    pub fn in_zone(&self) -> bool {
        self.in_zone
    }

    /// Whether everything that the last event brought about has been told by [`World::step`].
    pub fn between_events(&self) -> bool {
        self.outbox.is_empty()
    }

    /// What must happen.
    pub(crate) fn goals(&self) -> &Goals {
        &self.goals
    }

    /// What the faults that fired have done.
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// The faults that have not fired, and what was seen in place of their anchors.
    pub fn unfired(&self) -> Vec<Unfired<'_>> {
        let nearest = |fault: &Fault, why: Option<&str>| why.map_or_else(|| self.nearest(&fault.anchor), str::to_owned);
        self.faults.unfired().map(|(fault, why)| Unfired { fault, nearest: nearest(fault, why) }).collect()
    }

    /// Asks what was seen.
    pub(super) fn seen<T>(&self, ask: impl Fn(&Seen<'_>) -> T) -> T {
        let desk = self.desk.borrow();
        ask(&Seen {
            transactions: &desk.counts,
            messages: &self.messages,
            connects: &self.connects,
            timers: &self.sights.timers,
            writes: &self.sights.writes,
            states: &self.sights.entered,
            events: self.zone_events(),
            now: self.now,
        })
    }

    /// Every place inside the zone where a fault could have struck; needs the records.
    pub fn points(&self) -> Vec<Point> {
        points(&self.trace)
    }
}
