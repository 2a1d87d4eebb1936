//! A message is sent: what the schedule does to it on its way.

use crate::fault::{Action, Moment, Side};
use crate::pipes::{ConnectionId, Flight, Owner, Toward, Who};
use crate::trace::{Mail, What};
use crate::world::World;
use crate::world::event::Event;
use crate::world::lasting::Held;
use crate::world::network::owner_who;
use tablets::ids::{ClientId, ServerId, Steady};
use tablets::message::Parcel;

/// How a message travels.
#[derive(Clone, Copy, Debug)]
struct Travel {
    /// Not before this time, if it was held up.
    due: Option<Steady>,
    late_us: u64,
    copies: u32,
    overtakes: bool,
}

const USUAL: Travel = Travel { due: None, late_us: 0, copies: 1, overtakes: false };

impl World {
    /// Sends over a connection that this client opened.
    pub(super) fn transmit(&mut self, owner: Owner, client: ClientId, parcel: Parcel) {
        let id = self.pipes.of_client(owner, client).expect("only a client that has a connection transmits");
        self.post(owner_who(owner), id, Toward::Server, parcel);
    }

    /// Sends over a connection that was opened to this tablet.
    pub(super) fn reply(&mut self, who: Who, server: ServerId, parcel: Parcel) {
        self.post(Some(who), ConnectionId(server.0), Toward::Client, parcel);
    }

    /// Puts a message on a lane, if the lane is open; else it is lost.
    fn post(&mut self, sender: Option<Who>, id: ConnectionId, toward: Toward, parcel: Parcel) {
        let (from, to) = self.pipes.ends(id, toward);
        let n = self.messages.entry((from, to)).or_default().count(parcel.kind);
        let mail = Mail { connection: id.0, from, to, reply: toward == Toward::Client, n, parcel };
        self.record(sender, What::Sent(mail.clone()));
        let Some(lane) = self.pipes.open_lane(id, toward) else {
            return self.record(None, What::Lost(mail));
        };
        let identity = lane.identity(&mail.parcel);
        let travel = self.travel(&mail, id, toward);
        let usual_us = identity.draw(self.options.latencies.message_us) + travel.late_us;
        let due = self.now.plus(usual_us).max(travel.due.unwrap_or_default());
        for _ in 0..travel.copies {
            let flight = Flight { parcel: mail.parcel.clone(), n, identity };
            let lane = self.pipes.open_lane(id, toward).expect("what befalls a message closes no lane");
            let due = if travel.overtakes { lane.put_first(flight) } else { lane.put(flight, due) };
            self.push_work(due.0.saturating_sub(self.now.0), Event::Message(id, toward));
        }
    }

    /// Asks the schedule how this message travels.
    fn travel(&mut self, mail: &Mail, id: ConnectionId, toward: Toward) -> Travel {
        let mut travel = USUAL;
        while let Some(index) = self.faults.of_message(&Moment::Message(mail, Side::Before)) {
            if let Some(why) = self.not_now(index) {
                self.faults.missed(index, why);
                continue;
            }
            self.begin_strike(index);
            let action = self.faults.fault(index).action.clone();
            let done = self.change_travel(&mut travel, action, mail, (index, id, toward));
            self.end_strike(index, done);
        }
        travel
    }

    fn change_travel(
        &mut self,
        travel: &mut Travel,
        action: Action,
        mail: &Mail,
        (index, id, toward): (usize, ConnectionId, Toward),
    ) -> Result<(), String> {
        let Mail { from, to, n, parcel, .. } = mail;
        let name = format!("{}#{n} from {from} to {to}", parcel.kind);
        match action {
            Action::Delay { by_us } => {
                travel.late_us += by_us;
                self.effect(format!("delayed {name} by {by_us} us"));
            }
            Action::DelayUntil { until, gap_us } => {
                self.effect(format!("held {name} until {until}"));
                let due = self.hold(Held { index, id, toward, message: (parcel.kind, *n), until, gap_us });
                travel.due = travel.due.max(Some(due));
            }
            Action::Drop => {
                travel.copies = 0;
                self.record(None, What::Lost(mail.clone()));
            }
            Action::Duplicate => {
                travel.copies *= 2;
                self.effect(format!("doubled {name}"));
            }
            Action::Reorder => {
                let ahead = self.pipes.open_lane(id, toward).map_or(0, |lane| lane.flight.len());
                if ahead == 0 {
                    return Err("nothing was on its way before the message".to_owned());
                }
                travel.overtakes = true;
                self.effect(format!("{name} overtook {ahead} messages"));
            }
            _ => return Err("this is nothing that happens to a message".to_owned()),
        }
        Ok(())
    }
}
