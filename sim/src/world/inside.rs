//! Lets the oracles look inside tablets: when a transaction has executed, when nothing is in flight,
//! when a message has been delivered, and when the run is over.

use crate::oracle::{self, Again, Arrival, CopyOf, Glimpse, Objection, Rest};
use crate::pipes::{Owner, Who};
use crate::world::World;
use crate::world::event::Event;
use crate::world::rehearsal::{Clocks, Subject};
use crate::world::types::AnyTrial;
use crate::world::{Endpoint, panics};
use std::fmt;
use std::rc::Rc;
use tablets::ids::{Commit, TabletId};
use tablets::message::Parcel;
use tablets::side_effects::TimerClass;
use tablets::tablet::{BootInfo, Via};

impl World {
    /// The transaction whose words are being carried out.
    pub(crate) fn speaker(&self) -> Option<u64> {
        self.speaker
    }

    /// Shows the oracles something that leaves no record; `step` is the step of the protocol.
    pub(super) fn look(&mut self, glimpse: &Glimpse<'_>, step: impl fmt::Display) {
        let watchers = Rc::clone(&self.watchers);
        let objections = self.ask(watchers.inside(), None, |oracle, view| oracle.look(glimpse, view));
        if !objections.is_empty() {
            let culprit = self.culprit_at(glimpse_tablet(glimpse), step);
            self.object(objections, &culprit);
        }
    }

    /// An incarnation has heard that a commit is durable, or has booted, or all is over: if nothing of
    /// it is in flight, its tables are what its disk says.
    pub(super) fn look_at_disk(&mut self, who: Who, commit: Option<Commit>) {
        if !self.desk.borrow().looks {
            return;
        }
        let World { live, types, disks, .. } = self;
        let Some(incarnation) = live.get_mut(&who).filter(|it| it.writes.is_empty()) else { return };
        let (Some(factory), Some(disk)) = (types.get(incarnation.kind), disks.get(&who.tablet)) else { return };
        if disk.fences(who.generation) {
            return;
        }
        if let Some(differences) = factory.differences(incarnation.hosted.as_mut(), disk, commit) {
            let Who { tablet, generation } = who;
            self.look(&Glimpse::Disk(&oracle::Disk { tablet, generation, differences }), "log");
        }
    }

    /// A message was delivered: where an oracle wants it, it is delivered once more, to copies.
    pub(super) fn deliver_again(&mut self, who: Who, from: Endpoint, via: Via, parcel: Parcel) {
        if !self.desk.borrow().looks {
            return;
        }
        // What comes before the boot waits for it, so it has not done anything yet.
        let booted = self.disks.get(&who.tablet).is_some_and(|disk| disk.has_booted(who.generation));
        let Some(kind) = self.live.get(&who).map(|incarnation| incarnation.kind).filter(|_| booted) else { return };
        let arrival = Arrival { tablet: who.tablet, kind, from, via, parcel };
        let mut oracles = std::mem::take(&mut self.oracles);
        let view = oracle::View::new(self, None);
        let mut wanted = false;
        for place in self.watchers.inside() {
            wanted |= oracles[*place].wants_again(&arrival, &view);
        }
        self.oracles = oracles;
        if wanted {
            self.try_again(who, &arrival, CopyOf::Now);
            self.try_again(who, &arrival, CopyOf::Rebooted);
        }
    }

    fn try_again(&mut self, who: Who, arrival: &Arrival, copy: CopyOf) {
        let Some(trial) = self.trial(who, &[arrival], copy) else { return };
        let tables = trial.tables.as_ref().map(|(before, after)| (before.as_ref(), after.as_ref()));
        let again = Again { arrival, copy, tables, panic: trial.panic.as_deref() };
        self.look(&Glimpse::Again(&again), format_args!("{} again", arrival.parcel.kind));
    }

    fn trial(&mut self, who: Who, arrivals: &[&Arrival], copy: CopyOf) -> Option<AnyTrial> {
        let World { live, types, desk, options, .. } = self;
        let incarnation = live.get_mut(&who)?;
        let subject = match copy {
            CopyOf::Now | CopyOf::End => Subject::AsItIs,
            CopyOf::Rebooted => Subject::Booted(BootInfo {
                tablet: who.tablet,
                generation: who.generation.next(),
                node: incarnation.node,
                quirks: options.quirks,
            }),
        };
        let clocks = {
            let desk = desk.borrow();
            Clocks { steady: desk.now, wall: desk.wall(incarnation.node) }
        };
        let factory = types.get(incarnation.kind)?;
        Some(panics::silently(|| factory.again(incarnation.hosted.as_mut(), arrivals, subject, clocks)))
    }

    /// The run is over and nothing is under way: what is left, and what comes of messages that
    /// arrive once more now.
    pub(super) fn look_at_rest(&mut self) -> Vec<Objection> {
        for who in self.live.keys().copied().collect::<Vec<_>>() {
            self.look_at_disk(who, None);
        }
        let rest = self.rest();
        let mut objections = self.with_oracles(|oracle, view| oracle.look(&Glimpse::Rest(&rest), view));
        let arrivals: Vec<Arrival> = self.oracles.iter().flat_map(|oracle| oracle.wants_at_end()).collect();
        let mut tablets: Vec<TabletId> = arrivals.iter().map(|arrival| arrival.tablet).collect();
        tablets.dedup();
        for tablet in tablets {
            let Some(who) = self.leader(tablet) else { continue };
            let its: Vec<&Arrival> = arrivals.iter().filter(|arrival| arrival.tablet == tablet).collect();
            // All of them to one copy; only if that does anything, each to its own.
            let quiet =
                self.trial(who, &its, CopyOf::End).is_none_or(|all| all.tables.is_none() && all.panic.is_none());
            for arrival in its.into_iter().filter(|_| !quiet) {
                let before = self.objections.len();
                self.try_again(who, arrival, CopyOf::End);
                objections.extend(self.objections.drain(before..));
                self.culprits.truncate(before);
            }
        }
        objections
    }

    fn rest(&mut self) -> Rest {
        let mut rest = Rest { tablets: self.hive.alive().collect(), ..Rest::default() };
        let World { live, types, .. } = self;
        for (who, incarnation) in live {
            if let Some(factory) = types.get(incarnation.kind) {
                let kept = factory.keeps(incarnation.hosted.as_mut());
                rest.kept.extend(kept.into_iter().map(|kept| (who.tablet, kept)));
            }
        }
        rest.pipes = self
            .pipes
            .clients()
            .filter_map(|(owner, to)| match owner {
                Owner::Tablet(who) => Some((who.tablet, to)),
                Owner::Edge(_) => None,
            })
            .collect();
        let parked = self.parked.iter().map(|parked| parked.what());
        let queued = self.queue.pending().filter_map(|event| match event {
            Event::Timer { who, class: class @ TimerClass::Heartbeat, parcel } => {
                Some((who.tablet, *class, parcel.kind))
            }
            _ => None,
        });
        rest.timers = parked.chain(queued).collect();
        rest
    }
}

fn glimpse_tablet(glimpse: &Glimpse<'_>) -> Option<TabletId> {
    match glimpse {
        Glimpse::Executed(executed) => Some(executed.tablet),
        Glimpse::Disk(disk) => Some(disk.tablet),
        Glimpse::Again(again) => Some(again.arrival.tablet),
        Glimpse::Rest(_) => None,
    }
}
