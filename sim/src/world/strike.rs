//! Faults at work: when they strike, and what is noted of it.

use crate::fault::{Action, Anchor, Fault, Moment, Receipt, Schedule};
use crate::goal::Goals;
use crate::pipes::{ConnectionId, Who};
use crate::trace::{Link, Mail, Record, What};
use crate::world::World;
use tablets::executor::Cut;

/// Where in the run a fault's anchor was found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// The cut that an incarnation has come to.
    pub(super) cut: Option<(Who, Cut)>,
    /// The connection of the message or connect.
    pub(super) connection: Option<ConnectionId>,
}

impl World {
    /// Lets the faults strike whose anchor is the next event, or a time up to it, and messages
    /// go that wait for it.
    pub(super) fn strike_before_next(&mut self) {
        while !self.faults.all_done() || self.holds_messages() {
            let Some(next) = self.queue.next_at() else {
                return;
            };
            let n = self.zone_events() + 1;
            self.cause = self.events;
            if let Some((index, at)) = self.faults.at_time(next) {
                self.set_now(at);
                self.strike(index, Place::default());
                continue;
            }
            if self.release_before_next() {
                continue;
            }
            if let Some(index) = self.faults.at(&Moment::Event(n)).filter(|_| self.in_zone) {
                self.strike(index, Place::default());
            } else {
                return;
            }
        }
    }

    /// Lets the faults strike that are anchored at this moment.
    pub(super) fn strike_at(&mut self, moment: &Moment<'_>, place: Place) {
        self.meet(moment);
        while let Some(index) = self.faults.at(moment) {
            self.strike(index, place);
        }
    }

    /// The same, as soon as nothing is half done.
    pub(super) fn strike_later(&mut self, moment: &Moment<'_>) {
        self.meet(moment);
        let due = self.faults.all().filter(|(_, fault)| fault.action.strikes() && fault.anchor.is(moment));
        let due: Vec<usize> = due.map(|(index, _)| index).collect();
        self.late_strikes.extend(due);
    }

    /// Now nothing is half done.
    pub(super) fn strike_late(&mut self) {
        for index in std::mem::take(&mut self.late_strikes) {
            self.strike(index, Place::default());
        }
    }

    /// A fault strikes, unless it is not in the zone or finds nothing to do; then it counts as
    /// not fired, with the reason.
    pub(super) fn strike(&mut self, index: usize, place: Place) {
        if !self.faults.is_waiting(index) {
            return;
        }
        if let Some(why) = self.not_now(index) {
            return self.faults.missed(index, why);
        }
        self.begin_strike(index);
        let done = match self.faults.fault(index).action.clone() {
            Action::Reboot { tablet, down_us, keep, old } => self.reboot(tablet, down_us, keep, old, place),
            Action::Move { tablet, node } => self.move_to(tablet, node, place),
            Action::Kill { node, down_us, keep, home } => self.kill_node(node, down_us, keep, home),
            Action::Delete { tablet } => self.force_delete(tablet),
            Action::Reset { pair, fate, end } => self.reset(pair, fate, end, place),
            Action::Partition { nodes, for_us, told_us } => {
                self.cut_off(index, (nodes.0, Some(nodes.1)), for_us, told_us)
            }
            Action::Isolate { node, for_us, told_us } => self.cut_off(index, (node, None), for_us, told_us),
            Action::Inject { tablet, event } => self.inject(tablet, &event),
            Action::Slow { tablet, times, for_us } => self.slow_down(tablet, times, for_us),
            Action::Jump { node, by_us } => self.jump(node, by_us),
            Action::Refuse { .. } => Err("only a connect can be refused".to_owned()),
            Action::Fail { .. } => Err("only a log write or snapshot can fail".to_owned()),
            _ => Err("only a message can be delayed, dropped, doubled or overtake".to_owned()),
        };
        self.end_strike(index, done);
    }

    /// Why a fault whose anchor is reached must not strike.
    pub(super) fn not_now(&self, index: usize) -> Option<&'static str> {
        if !self.in_zone {
            return Some("its anchor was reached outside of the zone");
        }
        let beyond = self.faults.fault(index).action.is_beyond_contract() && !self.options.beyond_contract;
        beyond.then_some("it is beyond the contract of pipes, which was not allowed for this run")
    }

    pub(super) fn begin_strike(&mut self, index: usize) {
        let line = self.faults.fault(index).to_string();
        self.record(None, What::Fault(line.into()));
        self.effects = Some(Vec::new());
    }

    /// What the fault that is striking has done, if no record says it.
    pub(super) fn effect(&mut self, effect: String) {
        self.effects.get_or_insert_default().push(effect);
    }

    pub(super) fn end_strike(&mut self, index: usize, done: Result<(), String>) {
        let effects = self.effects.take().unwrap_or_default();
        if let Err(why) = done {
            self.record(None, What::Receipt(format!("nothing: {why}").into()));
            return self.faults.missed(index, &why);
        }
        let receipt = Receipt { index, fault: self.faults.fault(index).clone(), step: self.events, effects };
        self.record(None, What::Receipt(receipt.to_string().into()));
        self.faults.fired(index);
        self.goals.struck(&receipt.fault);
        self.receipts.push(receipt);
    }

    /// A fault that has struck turns out to have done something else than it says.
    pub(super) fn unfire(&mut self, index: usize, why: &str) {
        self.receipts.retain(|receipt| receipt.index != index);
        self.record(None, What::Receipt(format!("not as asked: {why}").into()));
        self.faults.missed(index, why);
    }

    /// Whether the schedule refuses this connect. One fault may refuse several in a row.
    pub(super) fn refused_by_fault(&mut self, id: ConnectionId) -> bool {
        let Link { from, to, n, .. } = self.link(id);
        let Some(index) = self.faults.refusal(from, to, n) else {
            return false;
        };
        if let Some(why) = self.not_now(index) {
            self.faults.missed(index, why);
            return false;
        }
        let effect = format!("refused connect {from}-{to}#{n}");
        if self.faults.is_waiting(index) {
            self.begin_strike(index);
            self.effect(effect);
            self.end_strike(index, Ok(()));
        } else if let Some(receipt) = self.receipts.iter_mut().find(|receipt| receipt.index == index) {
            receipt.effects.push(effect);
        }
        true
    }

    /// Sees whether a fault or goal needs to be told which states operations enter.
    pub(super) fn watch_states(&mut self) {
        let looks_out = matches!(self.lookout, Some(Anchor::State { .. }));
        self.watches_states |= self.faults.watches_states() || self.goals.watch_states() || looks_out;
    }

    /// Whether one of these faults needs to know states that were not watched.
    pub(crate) fn watches_too_late(&self, more: &Schedule) -> bool {
        !self.watches_states && more.0.iter().any(Fault::watches_states)
    }

    /// From now on the world looks out for this moment, and no more for another.
    pub(crate) fn look_out_for(&mut self, anchor: &Anchor) {
        self.lookout = Some(anchor.clone());
        self.watch_states();
    }

    /// Whether the moment has not come yet.
    pub(crate) fn looks_out(&self) -> bool {
        self.lookout.is_some()
    }

    /// A sentence about what was seen in place of the moment that is looked out for.
    pub(crate) fn unmet(&self) -> String {
        self.lookout.as_ref().map_or_else(String::new, |anchor| self.nearest(anchor))
    }

    pub(super) fn meet(&mut self, moment: &Moment<'_>) {
        if self.lookout.as_ref().is_some_and(|anchor| anchor.is(moment)) {
            self.lookout = None;
        }
    }

    /// What must happen, from now on.
    pub(crate) fn set_goals(&mut self, goals: Goals) {
        self.goals = goals;
        self.watch_states();
    }

    /// A sentence about what was seen in place of an anchor.
    pub(super) fn nearest(&self, anchor: &Anchor) -> String {
        self.seen(|seen| seen.nearest(anchor))
    }
}

/// A record as a line of the receipt of the fault that made it happen.
pub(super) fn effect(record: &Record) -> Option<String> {
    let incarnation = || record.tablet.map_or_else(String::new, |tablet| format!("{tablet}.{}", record.generation));
    match &record.what {
        What::Stopped { writes_lost: 0 } => Some(format!("killed {}", incarnation())),
        What::Stopped { writes_lost } => Some(format!("killed {}, {writes_lost} writes lost", incarnation())),
        What::Durable { commit, .. } => Some(format!("kept write {commit} of {}", incarnation())),
        What::Broken(Link { from, to, n, .. }) => Some(format!("broke {from}-{to}#{n}")),
        What::Lost(Mail { from, to, n, parcel, .. }) => Some(format!("lost {}#{n} from {from} to {to}", parcel.kind)),
        What::Deleted => Some(format!("deleted {}", record.tablet.map_or_else(String::new, |it| it.to_string()))),
        _ => None,
    }
}
