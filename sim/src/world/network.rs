//! Pipes at work: connects, messages, and what happens when a connection breaks.

use crate::fault::{Fate, Moment, Side};
use crate::pipes::{ConnectionId, Flight, Owner, Stage, Toward, Who, pair_stream};
use crate::trace::{Link, Mail, What};
use crate::world::event::{Event, Occasion};
use crate::world::strike::Place;
use crate::world::{EdgeEvent, Endpoint, Step, World};
use tablets::executor::Delivery;
use tablets::ids::{ClientId, ServerId, Steady, TabletId};
use tablets::pipe::{PipeNews, Refusal};
use tablets::tablet::Via;

impl World {
    /// A client asks to be connected to the leader of a tablet.
    pub(super) fn ask_connect(&mut self, owner: Owner, client: ClientId, tablet: TabletId) {
        let from = owner.endpoint();
        let count = self.connects.entry((from, tablet)).or_insert(0);
        *count += 1;
        let id = self.pipes.ask(owner, client, tablet, *count, self.options.seed);
        let link = self.link(id);
        self.record(owner_who(owner), What::Connecting(link));
        let delay_us = self.connect_us("connect", from, tablet);
        self.push_work(delay_us, Event::Connect(id));
    }

    /// A connect arrives: accepted if the leader runs, booted or not.
    pub(super) fn connect_arrives(&mut self, id: ConnectionId) {
        let Link { from, to, n, .. } = self.link(id);
        self.strike_at(&Moment::Connect(from, to, n), Place { cut: None, connection: Some(id) });
        let reset = self.pipes.get(id).is_none_or(|connection| connection.stage == Stage::Refused);
        let refused = self.refused_by_fault(id) || reset || self.cut_between(id, to);
        let refusal = if refused { Some(Refusal::Unavailable) } else { self.refusal(to) };
        let leader = self.leader(to);
        let Some(connection) = self.pipes.get_mut(id) else {
            return;
        };
        match (leader, refusal) {
            (Some(leader), None) => {
                connection.stage = Stage::Accepted;
                connection.server = leader.generation;
            }
            _ => connection.stage = Stage::Refused,
        }
        let delay_us = self.connect_us("connect answer", from, to);
        self.push_work(delay_us, Event::ConnectAnswer(id, refusal));
    }

    fn refusal(&self, tablet: TabletId) -> Option<Refusal> {
        match self.hive.get(tablet) {
            Some(entry) if entry.deleted => Some(Refusal::Deleted),
            Some(_) if self.leader(tablet).is_some() => None,
            _ => Some(Refusal::Unavailable),
        }
    }

    /// The client has its answer. One that was accepted by an incarnation that died meanwhile
    /// is refused.
    pub(super) fn connect_answered(&mut self, id: ConnectionId, refusal: Option<Refusal>) {
        let link = self.link(id);
        let Some(connection) = self.pipes.get_mut(id) else {
            return;
        };
        let (owner, client) = (connection.owner, connection.client);
        if connection.stage == Stage::Accepted {
            connection.stage = Stage::Up;
            self.record(owner_who(owner), What::Connected(link));
            return self.pipe_news(owner, client, PipeNews::Connected);
        }
        let refusal = refusal.unwrap_or(Refusal::Unavailable);
        self.pipes.remove(id);
        self.pipes.forget_client(owner, client);
        self.record(owner_who(owner), What::Refused { link, refusal });
        self.pipe_news(owner, client, PipeNews::Refused(refusal));
    }

    /// The oldest message of a lane arrives. A fault before it may take it away.
    pub(super) fn message_arrives(&mut self, id: ConnectionId, toward: Toward) {
        let Some(front) = self.front(id, toward) else {
            return;
        };
        self.strike_at(&Moment::Message(&front, Side::Before), Place { cut: None, connection: Some(id) });
        if self.holds_messages() {
            self.came_unreleased(id, toward, &front);
        }
        let Some(connection) = self.pipes.get_mut(id) else {
            return;
        };
        let (owner, client, server) = (connection.owner, connection.client, connection.who());
        let lane = connection.lane(toward);
        let Some(flight) = lane.flight.pop_front() else {
            return;
        };
        lane.seen = true;
        self.pipes.tidy(id);
        let occasion = Occasion { identity: flight.identity, beat: false };
        match (toward, owner) {
            (Toward::Server, _) => {
                self.record(Some(server), What::Delivered(front.clone()));
                let via = Via::Server(ServerId(id.0));
                self.deliver(server, Delivery::Message(via, flight.parcel.clone()), occasion);
                self.deliver_again(server, front.from, via, flight.parcel);
            }
            (Toward::Client, Owner::Tablet(who)) => {
                self.record(Some(who), What::Delivered(front.clone()));
                let via = Via::Client(client);
                self.deliver(who, Delivery::Message(via, flight.parcel.clone()), occasion);
                self.deliver_again(who, front.from, via, flight.parcel);
            }
            (Toward::Client, Owner::Edge(edge)) => {
                self.record(None, What::Delivered(front.clone()));
                let answer = EdgeEvent::Answer { tablet: server.tablet, parcel: flight.parcel };
                self.outbox.push_back(Step::Edge(edge, answer));
            }
        }
        let after = Moment::Message(&front, Side::After);
        self.strike_at(&after, Place { cut: None, connection: Some(id) });
        self.passed(&after);
    }

    pub(super) fn front(&self, id: ConnectionId, toward: Toward) -> Option<Mail> {
        let connection = self.pipes.get(id)?;
        let flight = connection.lane_ref(toward).flight.front()?;
        Some(mail_of(id, connection.ends(toward), toward, flight))
    }

    /// The client closes: what it sent still arrives, nothing reaches it any more.
    pub(super) fn disconnect(&mut self, owner: Owner, client: ClientId) {
        let Some(id) = self.pipes.of_client(owner, client) else {
            return;
        };
        self.pipes.forget_client(owner, client);
        self.client_leaves(id, Fate::Drained, What::Closed);
        self.prune();
    }

    /// One end of a connection is dying.
    pub(super) fn end_dies(&mut self, id: ConnectionId, who: Who, fate: Fate) {
        let Some(connection) = self.pipes.get_mut(id) else {
            return;
        };
        let (owner, client, server) = (connection.owner, connection.client, connection.who());
        if owner == Owner::Tablet(who) {
            self.pipes.forget_client(owner, client);
            let fate = if server == who { Fate::Lost } else { fate };
            return self.client_leaves(id, fate, What::Broken);
        }
        match connection.stage {
            Stage::Accepted => connection.stage = Stage::Refused,
            Stage::Up => self.break_up(
                id,
                Fate::Lost,
                fate,
                Told { client: true, server: false, how: What::Broken, after_us: None },
            ),
            Stage::Asked | Stage::Refused => {}
        }
    }

    fn client_leaves(&mut self, id: ConnectionId, fate: Fate, how: fn(Link) -> What) {
        match self.pipes.get(id).map(|connection| connection.stage) {
            Some(Stage::Up) => {
                self.break_up(id, fate, Fate::Lost, Told { client: false, server: true, how, after_us: None })
            }
            Some(_) => {
                self.pipes.remove(id);
            }
            None => {}
        }
    }

    /// A connection that is up ends: each lane is closed and drained or lost, and each end that
    /// is to be told hears of it later. A second break can only lose more.
    pub(super) fn break_up(&mut self, id: ConnectionId, to_server: Fate, to_client: Fate, told: Told) {
        let link = self.link(id);
        let Some(connection) = self.pipes.get_mut(id) else {
            return;
        };
        let first = !connection.to_server.closed;
        let (owner, client, server) = (connection.owner, connection.client, connection.who());
        if first {
            self.record(None, (told.how)(link));
        }
        if self.holds_messages() {
            self.let_go(id);
        }
        self.close_lane(id, Toward::Server, to_server);
        self.close_lane(id, Toward::Client, to_client);
        let Some(connection) = self.pipes.get(id).filter(|_| first) else {
            return;
        };
        let last = (connection.to_server.last, connection.to_client.last);
        let seen = connection.to_server.seen || !connection.to_server.flight.is_empty();
        if told.client {
            self.notice(Event::Broken(id, owner, client), link, told.after_us, (to_client, last.1));
        }
        if told.server && seen {
            self.notice(Event::Disconnected(id, server), link, told.after_us, (to_server, last.0));
        }
        self.pipes.tidy(id);
    }

    fn close_lane(&mut self, id: ConnectionId, toward: Toward, fate: Fate) {
        let Some(connection) = self.pipes.get_mut(id) else {
            return;
        };
        let ends = connection.ends(toward);
        let lane = connection.lane(toward);
        lane.closed = true;
        let lost = if fate == Fate::Lost { std::mem::take(&mut lane.flight) } else { Default::default() };
        for flight in &lost {
            self.record(None, What::Lost(mail_of(id, ends, toward, flight)));
        }
    }

    fn notice(&mut self, event: Event, link: Link, after_us: Option<u64>, (fate, last): (Fate, Steady)) {
        let stream = pair_stream(self.options.seed, "notice", link.from, link.to);
        let due = self.now.plus(after_us.unwrap_or_else(|| stream.draw(self.options.latencies.message_us)));
        let due = if fate == Fate::Drained { due.max(last) } else { due };
        self.push_work(due.0 - self.now.0, event);
    }

    /// A client hears that its connection is gone.
    pub(super) fn client_told(&mut self, id: ConnectionId, owner: Owner, client: ClientId) {
        let link = self.link(id);
        self.record(owner_who(owner), What::Notice(link));
        if self.pipes.of_client(owner, client) == Some(id) {
            self.pipes.forget_client(owner, client);
            self.pipe_news(owner, client, PipeNews::Broken);
        }
    }

    fn connect_us(&self, name: &str, from: Endpoint, to: TabletId) -> u64 {
        pair_stream(self.options.seed, name, from, to).draw(self.options.latencies.connect_us)
    }

    /// A connection as records name it.
    pub(super) fn link(&self, id: ConnectionId) -> Link {
        let (from, to, n) = self.pipes.asked(id);
        Link { connection: id.0, from, to, n }
    }
}

/// Which ends hear that a connection is gone, and what the trace says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) client: bool,
    /// Only if it has seen anything of the connection, or still will.
    pub(super) server: bool,
    /// `Broken` or `Closed`.
    pub(super) how: fn(Link) -> What,
    /// After how many microseconds; `None` is after about a message's time.
    pub(super) after_us: Option<u64>,
}

fn mail_of(id: ConnectionId, (from, to): (Endpoint, Endpoint), toward: Toward, flight: &Flight) -> Mail {
    let Flight { parcel, n, .. } = flight;
    Mail { connection: id.0, from, to, reply: toward == Toward::Client, n: *n, parcel: parcel.clone() }
}

pub(super) fn owner_who(owner: Owner) -> Option<Who> {
    match owner {
        Owner::Tablet(who) => Some(who),
        Owner::Edge(_) => None,
    }
}
