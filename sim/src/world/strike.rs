//! Faults at work.

use crate::fault::{Action, End, Fate, Keep, Old, Receipt};
use crate::pipes::{ConnectionId, Stage, Who};
use crate::trace::{Link, Mail, Record, What};
use crate::world::event::Event;
use crate::world::network::Told;
use crate::world::{Endpoint, World};
use tablets::executor::Cut;
use tablets::ids::TabletId;
use tablets::side_effects::TimerClass;

/// Where in the run a fault's anchor was found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// The cut that an incarnation has come to.
    pub(super) cut: Option<(Who, Cut)>,
    /// The connection of the message or connect.
    pub(super) connection: Option<ConnectionId>,
}

impl World {
    /// Lets the faults strike whose anchor is the next event, or a time up to it.
    pub(super) fn strike_before_next(&mut self) {
        while !self.faults.all_done() {
            let Some(next) = self.queue.next_at() else {
                return;
            };
            let n = self.zone_events() + 1;
            self.cause = self.events;
            if let Some((index, at)) = self.faults.at_time(next) {
                self.set_now(at);
                self.strike(index, Place::default());
            } else if let Some(index) = self.faults.at_event(n).filter(|_| self.in_zone) {
                self.strike(index, Place::default());
            } else {
                return;
            }
        }
    }

    /// A fault strikes, unless it is not in the zone or finds nothing to do; then it counts as
    /// not fired, with the reason.
    pub(super) fn strike(&mut self, index: usize, place: Place) {
        if !self.faults.is_waiting(index) {
            return;
        }
        if !self.in_zone {
            return self.faults.missed(index, "its anchor was reached outside of the zone");
        }
        self.begin_strike(index);
        let done = match self.faults.fault(index).action.clone() {
            Action::Reboot { tablet, down_us, keep, old } => self.reboot(tablet, down_us, keep, old, place),
            Action::Reset { pair, fate, end } => self.reset(pair, fate, end, place),
            Action::Inject { tablet, event } => self.inject(tablet, &event),
            Action::Refuse { .. } => Err("only a connect can be refused".to_owned()),
            Action::Delay { .. } => Err("only a message can be delayed".to_owned()),
        };
        self.end_strike(index, done);
    }

    fn begin_strike(&mut self, index: usize) {
        let line = self.faults.fault(index).to_string();
        self.record(None, What::Fault(line.into()));
        self.effects = Some(Vec::new());
    }

    fn end_strike(&mut self, index: usize, done: Result<(), String>) {
        let effects = self.effects.take().unwrap_or_default();
        if let Err(why) = done {
            self.record(None, What::Receipt(format!("nothing: {why}").into()));
            return self.faults.missed(index, &why);
        }
        let receipt = Receipt { index, fault: self.faults.fault(index).clone(), step: self.events, effects };
        self.record(None, What::Receipt(receipt.to_string().into()));
        self.faults.fired(index);
        self.receipts.push(receipt);
    }

    fn reboot(
        &mut self,
        tablet: TabletId,
        down_us: Option<u64>,
        keep: Keep,
        old: Old,
        place: Place,
    ) -> Result<(), String> {
        let at_cut = place.cut.filter(|(who, _)| who.tablet == tablet && self.live.contains_key(who));
        let who = at_cut.map(|(who, _)| who).or_else(|| self.leader(tablet));
        let who = who.ok_or_else(|| format!("{tablet} was not running"))?;
        let leads = self.leader(tablet) == Some(who);
        if old == Old::Dies {
            let fate = if at_cut.is_some_and(|(_, cut)| cut == Cut::Done) { Fate::Drained } else { Fate::Lost };
            self.kill(who, fate, keep);
        }
        if leads {
            self.start_later(tablet, down_us.unwrap_or(self.options.latencies.down_us));
        }
        Ok(())
    }

    fn inject(&mut self, tablet: TabletId, event: &str) -> Result<(), String> {
        let who = self.leader(tablet).ok_or_else(|| format!("{tablet} was not running"))?;
        let kind = self.live[&who].kind;
        let parcel = self.factory(kind).injection(event);
        let parcel = parcel.ok_or_else(|| format!("a {kind} has no event {event} that a fault can bring about"))?;
        self.push_work(0, Event::Timer { who, class: TimerClass::Due, parcel });
        Ok(())
    }

    fn reset(&mut self, pair: (Endpoint, Endpoint), fate: Fate, end: End, place: Place) -> Result<(), String> {
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
        if broken == 0 { Err(format!("{} and {} had no connection", pair.0, pair.1)) } else { Ok(()) }
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
                self.break_up(id, to_server, to_client, Told { client: true, server: true, how: What::Broken });
                true
            }
            Stage::Refused | Stage::Up => false,
        }
    }

    /// Whether the schedule refuses this connect. One fault may refuse several in a row.
    pub(super) fn refused_by_fault(&mut self, id: ConnectionId) -> bool {
        let Link { from, to, n, .. } = self.link(id);
        let Some(index) = self.faults.refusal(from, to, n) else {
            return false;
        };
        if !self.in_zone {
            self.faults.missed(index, "its anchor was reached outside of the zone");
            return false;
        }
        let effect = format!("refused connect {from}-{to}#{n}");
        if self.faults.is_waiting(index) {
            self.begin_strike(index);
            self.effects.get_or_insert_default().push(effect);
            self.end_strike(index, Ok(()));
        } else if let Some(receipt) = self.receipts.iter_mut().find(|receipt| receipt.index == index) {
            receipt.effects.push(effect);
        }
        true
    }

    /// By how many microseconds the schedule delays this message.
    pub(super) fn delayed_by_fault(&mut self, mail: &Mail) -> u64 {
        let Some((index, by_us)) = self.faults.delay(mail) else {
            return 0;
        };
        if !self.in_zone {
            self.faults.missed(index, "its anchor was reached outside of the zone");
            return 0;
        }
        self.begin_strike(index);
        let Mail { from, to, n, parcel, .. } = mail;
        let effect = format!("delayed {}#{n} from {from} to {to} by {by_us} us", parcel.kind);
        self.effects.get_or_insert_default().push(effect);
        self.end_strike(index, Ok(()));
        by_us
    }
}

/// A record as a line of the receipt of the fault that made it happen.
pub(super) fn effect(record: &Record) -> Option<String> {
    let tablet = record.tablet.map_or_else(String::new, |tablet| format!("{tablet}.{}", record.generation));
    match &record.what {
        What::Stopped { writes_lost: 0 } => Some(format!("killed {tablet}")),
        What::Stopped { writes_lost } => Some(format!("killed {tablet}, {writes_lost} writes lost")),
        What::Durable { commit, .. } => Some(format!("kept write {commit} of {tablet}")),
        What::Broken(Link { from, to, n, .. }) => Some(format!("broke {from}-{to}#{n}")),
        What::Lost(Mail { from, to, n, parcel, .. }) => Some(format!("lost {}#{n} from {from} to {to}", parcel.kind)),
        _ => None,
    }
}
