//! What faults have begun and not ended: messages held up, nodes cut off, slow logs.
//!
//! A held message waits in its lane, due after [`LONGEST_HOLD_US`], so that a run cannot end
//! before it has arrived. When the moment comes that it waits for, it and all that is behind
//! it go first in the queue. If its connection breaks and drains, it goes at once.
//!
//! Left out: nodes that cannot reach the hive or the storage.

use crate::fault::{Anchor, Moment, Side};
use crate::pipes::{ConnectionId, Owner, Stage, Toward};
use crate::trace::{Mail, What};
use crate::world::World;
use crate::world::event::Event;
use crate::world::network::Told;
use std::collections::BTreeMap;
use tablets::ids::{NodeId, Steady, TabletId};
use tablets::message::Kind;

/// No message is held up longer: three days, in microseconds.
const LONGEST_HOLD_US: u64 = 3 * 24 * 3_600_000_000;

/// A message that waits for a moment.
#[derive(Clone, Debug, Hash)]
pub(super) struct Held {
    /// The fault's place in the schedule.
    pub(super) index: usize,
    pub(super) id: ConnectionId,
    pub(super) toward: Toward,
    /// The message's kind and number.
    pub(super) message: (Kind, u64),
    pub(super) until: Anchor,
    pub(super) gap_us: u64,
}

/// A node that does not reach another one, or none at all.
#[derive(Clone, Copy, Debug, Hash)]
struct Cutoff {
    index: usize,
    node: NodeId,
    /// `None` is everything else.
    from: Option<NodeId>,
    until: Steady,
}

/// What lasts.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Lasting {
    held: Vec<Held>,
    cutoffs: Vec<Cutoff>,
    slow: BTreeMap<TabletId, (u32, Steady)>,
}

impl World {
    /// What has ended by itself is as if it had never been.
    pub(super) fn forget_what_is_over(&mut self) {
        let now = self.now;
        self.lasting.cutoffs.retain(|cutoff| cutoff.until > now);
        self.lasting.slow.retain(|_, (_, until)| *until > now);
        self.hive.forget_up(now);
    }

    /// A message is held up; returns when it is due at the latest.
    pub(super) fn hold(&mut self, held: Held) -> Steady {
        if let Anchor::Time(time) = held.until {
            return time.max(self.now);
        }
        self.lasting.held.push(held);
        self.now.plus(LONGEST_HOLD_US)
    }

    pub(super) fn holds_messages(&self) -> bool {
        !self.lasting.held.is_empty()
    }

    /// Lets a message go that waits for what comes next; tells whether there was one.
    pub(super) fn release_before_next(&mut self) -> bool {
        let n = self.zone_events() + 1;
        let Some((at, event)) = self.queue.peek() else { return false };
        let held = match event {
            Event::Message(id, toward) => {
                self.front(*id, *toward).and_then(|mail| self.held_until(&Moment::Message(&mail, Side::Before)))
            }
            Event::Connect(id) => {
                let link = self.link(*id);
                self.held_until(&Moment::Connect(link.from, link.to, link.n))
            }
            Event::Timer { who, parcel, .. } => {
                let n = self.sights.timers(who.tablet, parcel.kind) + 1;
                self.held_until(&Moment::Timer(who.tablet, parcel.kind, n, Side::Before))
            }
            _ => None,
        };
        let Some(place) = held.or_else(|| self.held_until(&Moment::Event(n))) else { return false };
        let held = self.lasting.held.remove(place);
        let time = Steady(at.0.saturating_sub(held.gap_us)).max(self.now);
        self.release(&held, time);
        true
    }

    /// Lets all messages go that wait for what has just happened.
    pub(super) fn passed(&mut self, moment: &Moment<'_>) {
        while let Some(place) = self.held_until(moment) {
            let held = self.lasting.held.remove(place);
            self.release(&held, self.now.plus(held.gap_us));
        }
    }

    fn held_until(&self, moment: &Moment<'_>) -> Option<usize> {
        self.lasting.held.iter().position(|held| held.until.is(moment))
    }

    /// A connection drains: what is held up on it goes at once.
    pub(super) fn let_go(&mut self, id: ConnectionId) {
        while let Some(place) = self.lasting.held.iter().position(|held| held.id == id) {
            let held = self.lasting.held.remove(place);
            self.release(&held, self.now);
        }
    }

    /// A held message has arrived after all: what it waited for never came.
    pub(super) fn came_unreleased(&mut self, id: ConnectionId, toward: Toward, mail: &Mail) {
        let message = (mail.parcel.kind, mail.n);
        let here = |held: &Held| (held.id, held.toward, held.message) == (id, toward, message);
        if let Some(place) = self.lasting.held.iter().position(here) {
            let held = self.lasting.held.remove(place);
            let nearest = self.nearest(&held.until);
            self.unfire(held.index, &format!("what the message should wait for never came: {nearest}"));
        }
    }

    fn release(&mut self, held: &Held, at: Steady) {
        let (id, toward) = (held.id, held.toward);
        let Some(connection) = self.pipes.get_mut(id) else { return };
        let lane = connection.lane(toward);
        lane.last = at;
        let count = lane.flight.len();
        self.queue.retain(|event| !matches!(event, Event::Message(of, way) if (*of, *way) == (id, toward)));
        for _ in 0..count {
            self.queue.push_first(at, self.events, Event::Message(id, toward));
        }
    }

    /// A node reaches another one, or nothing else, no more for a while.
    pub(super) fn cut_off(
        &mut self,
        index: usize,
        (node, from): (NodeId, Option<NodeId>),
        for_us: u64,
        told_us: Option<u64>,
    ) -> Result<(), String> {
        let nodes = self.options.nodes;
        let unknown = [Some(node), from].into_iter().flatten().find(|node| !(1..=nodes).contains(&node.0));
        if let Some(unknown) = unknown {
            return Err(format!("there is no node {unknown}"));
        }
        if from == Some(node) {
            return Err(format!("{node} always reaches itself"));
        }
        let until = self.now.plus(for_us);
        self.lasting.cutoffs.push(Cutoff { index, node, from, until });
        let mut broken = 0;
        for id in self.pipes.find(|_| true) {
            broken += u64::from(self.break_if_severed(id, told_us));
        }
        self.prune();
        if broken == 0 {
            self.effect("no connection broke".to_owned());
        }
        Ok(())
    }

    fn break_if_severed(&mut self, id: ConnectionId, told_us: Option<u64>) -> bool {
        let link = self.link(id);
        let Some(connection) = self.pipes.get(id) else { return false };
        let (stage, closed) = (connection.stage, connection.to_server.closed);
        let severed = self.severed_by(self.node_of(connection.owner), self.node_of(Owner::Tablet(connection.who())));
        match stage {
            Stage::Accepted if severed.is_some() => {
                self.pipes.refuse(id);
                self.record(None, What::Broken(link));
                true
            }
            Stage::Up if severed.is_some() && !closed => {
                let told = Told { client: true, server: true, how: What::Broken, after_us: told_us };
                self.break_up(id, crate::fault::Fate::Lost, crate::fault::Fate::Lost, told);
                true
            }
            _ => false,
        }
    }

    /// Whether a connect cannot get through to the tablet's leader now.
    pub(super) fn cut_between(&mut self, id: ConnectionId, tablet: TabletId) -> bool {
        if self.lasting.cutoffs.is_empty() {
            return false;
        }
        let (Some(connection), Some(leader)) = (self.pipes.get(id), self.leader(tablet)) else { return false };
        let client = self.node_of(connection.owner);
        let Some(index) = self.severed_by(client, self.node_of(Owner::Tablet(leader))) else { return false };
        let link = self.link(id);
        if let Some(receipt) = self.receipts.iter_mut().find(|receipt| receipt.index == index) {
            receipt.effects.push(format!("refused connect {}-{}#{}", link.from, link.to, link.n));
        }
        true
    }

    /// The fault that keeps two nodes apart now; `None` as a node is the world outside.
    fn severed_by(&self, one: Option<NodeId>, other: Option<NodeId>) -> Option<usize> {
        let apart = |cutoff: &&Cutoff| {
            let pair = |a: Option<NodeId>, b: Option<NodeId>| {
                a == Some(cutoff.node) && (cutoff.from.is_none() || b == cutoff.from)
            };
            cutoff.until > self.now && one != other && (pair(one, other) || pair(other, one))
        };
        self.lasting.cutoffs.iter().find(apart).map(|cutoff| cutoff.index)
    }

    fn node_of(&self, owner: Owner) -> Option<NodeId> {
        match owner {
            Owner::Tablet(who) => self.live.get(&who).map(|incarnation| incarnation.node),
            Owner::Edge(_) => None,
        }
    }

    /// Log writes of a tablet take so many times longer, for so long.
    pub(super) fn slow_down(&mut self, tablet: TabletId, times: u32, for_us: u64) -> Result<(), String> {
        if self.hive.get(tablet).is_none_or(|entry| entry.deleted) {
            return Err(format!("there is no {tablet}"));
        }
        let until = self.now.plus(for_us);
        self.lasting.slow.insert(tablet, (times, until));
        self.effect(format!("writes of {tablet} take {times} times longer until {} us", until.0));
        Ok(())
    }

    /// How long a write takes now that usually takes so long.
    pub(super) fn write_us(&self, tablet: TabletId, usual_us: u64) -> u64 {
        match self.lasting.slow.get(&tablet) {
            Some((times, until)) if *until > self.now => usual_us.saturating_mul(u64::from(*times)),
            _ => usual_us,
        }
    }
}
