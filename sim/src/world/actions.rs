//! What faults do to tablets, nodes and connections.

use crate::fault::{End, Fate, Home, Keep, Moment, Old};
use crate::pipes::{ConnectionId, Stage, Who};
use crate::trace::What;
use crate::world::event::Event;
use crate::world::network::Told;
use crate::world::strike::Place;
use crate::world::{Endpoint, World};
use tablets::executor::Cut;
use tablets::ids::{NodeId, TabletId};
use tablets::side_effects::TimerClass;

/// How long a killed node is down, unless the fault says it, in microseconds.
const NODE_DOWN_US: u64 = 5_000_000;

impl World {
    pub(super) fn reboot(
        &mut self,
        tablet: TabletId,
        down_us: Option<u64>,
        keep: Keep,
        old: Old,
        place: Place,
    ) -> Result<(), String> {
        let (who, cut) = self.struck(tablet, place)?;
        let leads = self.leader(tablet) == Some(who);
        match old {
            Old::Dies => self.kill(who, fate_at(cut), keep),
            Old::Lives => self.effect(format!("{tablet}.{} goes on", who.generation)),
            Old::LivesFor(us) => {
                self.effect(format!("{tablet}.{} goes on for {us} us", who.generation));
                self.expire_in(who, us);
            }
        }
        if leads {
            self.start_later(tablet, down_us.unwrap_or(self.options.latencies.down_us));
        }
        Ok(())
    }

    /// The incarnation that a fault means: the one at the anchor's cut, or else the leader.
    fn struck(&self, tablet: TabletId, place: Place) -> Result<(Who, Option<Cut>), String> {
        let at_cut = place.cut.filter(|(who, _)| who.tablet == tablet && self.live.contains_key(who));
        let who = at_cut.map(|(who, _)| who).or_else(|| self.leader(tablet));
        who.map(|who| (who, at_cut.map(|(_, cut)| cut))).ok_or_else(|| format!("{tablet} was not running"))
    }

    pub(super) fn move_to(&mut self, tablet: TabletId, node: NodeId, place: Place) -> Result<(), String> {
        self.check_node(node)?;
        let (who, cut) = self.struck(tablet, place)?;
        let leads = self.leader(tablet) == Some(who);
        self.kill(who, fate_at(cut), Keep::None);
        if leads {
            self.hive.place(tablet, node);
            self.effect(format!("{tablet} goes to {node}"));
            self.start_later(tablet, self.options.latencies.down_us);
        }
        Ok(())
    }

    fn check_node(&self, node: NodeId) -> Result<(), String> {
        let known = (1..=self.options.nodes).contains(&node.0);
        if known { Ok(()) } else { Err(format!("there is no node {node}")) }
    }

    pub(super) fn kill_node(
        &mut self,
        node: NodeId,
        down_us: Option<u64>,
        keep: Keep,
        home: Home,
    ) -> Result<(), String> {
        self.check_node(node)?;
        let on_it = self.live.iter().filter(|(_, incarnation)| incarnation.node == node);
        let victims: Vec<Who> = on_it.map(|(who, _)| *who).collect();
        if victims.is_empty() {
            return Err(format!("no tablet ran on {node}"));
        }
        let until = self.now.plus(down_us.unwrap_or(NODE_DOWN_US));
        self.hive.take_down(node, until, home == Home::There);
        for who in victims {
            let leads = self.leader(who.tablet) == Some(who);
            self.kill(who, Fate::Lost, keep);
            if leads {
                self.start_later(who.tablet, self.options.latencies.down_us);
            }
        }
        Ok(())
    }

    pub(super) fn force_delete(&mut self, tablet: TabletId) -> Result<(), String> {
        match self.hive.get(tablet) {
            None => Err(format!("there is no {tablet}")),
            Some(entry) if entry.deleted => Err(format!("{tablet} was deleted already")),
            Some(_) => {
                self.delete(tablet);
                Ok(())
            }
        }
    }

    pub(super) fn inject(&mut self, tablet: TabletId, event: &str) -> Result<(), String> {
        let who = self.leader(tablet).ok_or_else(|| format!("{tablet} was not running"))?;
        let kind = self.live[&who].kind;
        let parcel = self.factory(kind).injection(event);
        let parcel = parcel.ok_or_else(|| format!("a {kind} has no event {event} that a fault can bring about"))?;
        self.effect(format!("{event} reaches {tablet}.{}", who.generation));
        self.push_work(0, Event::Timer { who, class: TimerClass::Due, parcel });
        Ok(())
    }

    pub(super) fn jump(&mut self, node: Option<NodeId>, by_us: i64) -> Result<(), String> {
        node.map_or(Ok(()), |node| self.check_node(node))?;
        match node {
            Some(node) => self.jump_wall_of(node, by_us),
            None => self.jump_wall(by_us),
        }
        self.effect(format!("wall clock jumped by {by_us} us"));
        Ok(())
    }

    pub(super) fn reset(
        &mut self,
        pair: (Endpoint, Endpoint),
        fate: Fate,
        end: End,
        place: Place,
    ) -> Result<(), String> {
        let both = [pair, (pair.1, pair.0)];
        let found = match place.connection {
            Some(id) => vec![id],
            None => self
                .pipes
                .find(|connection| both.contains(&(connection.owner.endpoint(), Endpoint::Tablet(connection.tablet)))),
        };
        let (to_server, to_client) = match end {
            End::Client => (fate, Fate::Lost),
            End::Server => (Fate::Lost, fate),
            End::Both => (fate, fate),
        };
        let mut broken = 0;
        for id in found {
            broken += u64::from(self.reset_one(id, to_server, to_client));
        }
        self.prune();
        // A message may make its receiver close the connection it came by: then nothing is left to reset.
        let closed = place.connection.is_some();
        if broken == 0 && !closed { Err(format!("{} and {} had no connection", pair.0, pair.1)) } else { Ok(()) }
    }

    /// Whether there was something to break.
    fn reset_one(&mut self, id: ConnectionId, to_server: Fate, to_client: Fate) -> bool {
        let link = self.link(id);
        let Some(connection) = self.pipes.get_mut(id) else {
            return false;
        };
        match connection.stage {
            Stage::Asked | Stage::Accepted => {
                self.pipes.refuse(id);
                self.record(None, What::Broken(link));
                true
            }
            Stage::Up if !connection.to_server.closed => {
                let told = Told { client: true, server: true, how: What::Broken, after_us: None };
                self.break_up(id, to_server, to_client, told);
                true
            }
            Stage::Refused | Stage::Up => false,
        }
    }

    /// Whether a write that has come to the disk fails there; then its incarnation has stopped.
    pub(super) fn fails(&mut self, who: Who, moment: &Moment<'_>) -> bool {
        let Some(index) = self.faults.failing(moment) else { return false };
        if let Some(why) = self.not_now(index) {
            self.faults.missed(index, why);
            return false;
        }
        let down_us = match self.faults.fault(index).action {
            crate::fault::Action::Fail { down_us } => down_us,
            _ => None,
        };
        self.begin_strike(index);
        self.effect("the write failed".to_owned());
        let leads = self.leader(who.tablet) == Some(who);
        self.kill(who, Fate::Lost, Keep::None);
        if leads {
            self.start_later(who.tablet, down_us.unwrap_or(self.options.latencies.down_us));
        }
        self.end_strike(index, Ok(()));
        true
    }
}

/// What a tablet has sent arrives if it is stopped when it is done with sending.
fn fate_at(cut: Option<Cut>) -> Fate {
    if cut == Some(Cut::Done) { Fate::Drained } else { Fate::Lost }
}
