//! How often things that anchors can name have happened, and which states operations are in.

use crate::fault::Moment;
use crate::pipes::Who;
use crate::world::{Counts, World};
use std::collections::BTreeMap;
use tablets::ids::{OperationId, TabletId};
use tablets::message::Kind;

/// What was seen, beside messages, connects and transactions.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Sights {
    pub(super) timers: BTreeMap<TabletId, Counts>,
    /// Log writes and snapshots.
    pub(super) writes: BTreeMap<TabletId, (u64, u64)>,
    /// States entered, in order; only if somebody watches.
    pub(super) entered: Vec<(OperationId, String)>,
    current: BTreeMap<(OperationId, Kind), Vec<String>>,
}

impl Sights {
    /// How often a kind of timer has fired.
    pub(super) fn timers(&self, tablet: TabletId, kind: &str) -> u64 {
        self.timers.get(&tablet).map_or(0, |counts| counts.of(kind))
    }

    /// A timer fires.
    pub(super) fn count_timer(&mut self, tablet: TabletId, kind: Kind) -> u64 {
        self.timers.entry(tablet).or_default().count(kind)
    }

    /// A tablet hands a write to its log.
    pub(super) fn count_write(&mut self, tablet: TabletId) -> u64 {
        let (writes, _) = self.writes.entry(tablet).or_default();
        *writes += 1;
        *writes
    }

    /// A tablet hands a snapshot to its log.
    pub(super) fn count_snapshot(&mut self, tablet: TabletId) -> u64 {
        let (_, snapshots) = self.writes.entry(tablet).or_default();
        *snapshots += 1;
        *snapshots
    }
}

impl World {
    /// A write is durable: the states that operations enter by it are moments.
    pub(super) fn enter_states(&mut self, who: Who, redo: &[u8]) {
        if !self.watches_states {
            return;
        }
        let Some(incarnation) = self.hive.get(who.tablet) else { return };
        for reached in self.factory(incarnation.kind).reached(redo) {
            let current = self.sights.current.entry((reached.operation, reached.aspect)).or_default();
            let before = std::mem::replace(current, reached.names.clone());
            for name in reached.names.into_iter().filter(|name| !before.contains(name)) {
                let moment = Moment::State(reached.operation, &name);
                self.strike_later(&moment);
                self.passed(&moment);
                self.goals.entered(reached.operation, &name);
                self.sights.entered.push((reached.operation, name));
            }
        }
    }
}
