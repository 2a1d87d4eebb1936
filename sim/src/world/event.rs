//! What the queue holds, and the one switch that handles it.

use crate::fault::{Fate, Keep};
use crate::pipes::{ConnectionId, Owner, Toward, Who};
use crate::rng::Stream;
use crate::trace::What;
use crate::world::{EdgeEvent, EdgeId, Endpoint, Step, World};
use std::sync::Arc;
use tablets::executor::Delivery;
use tablets::ids::{ClientId, ServerId, TabletId};
use tablets::message::Parcel;
use tablets::pipe::{PipeNews, Refusal};
use tablets::side_effects::{HiveAnswer, HiveRequest, TimerClass};

/// Something that is going to happen.
#[derive(Clone, Debug, Hash)]
pub(crate) enum Event {
    /// The oldest message of a lane arrives.
    Message(ConnectionId, Toward),
    /// A connect arrives at the tablet.
    Connect(ConnectionId),
    /// Its answer arrives at the client.
    ConnectAnswer(ConnectionId, Option<Refusal>),
    /// A client hears that its connection is gone.
    Broken(ConnectionId, Owner, ClientId),
    /// A tablet hears that a connection to it is gone.
    Disconnected(ConnectionId, Who),
    /// A client may try again.
    Retry(Owner, ClientId),
    /// The oldest write in flight of an incarnation reaches the disk.
    Log(Who),
    /// The log answers whether the generation is the newest; `beat` if a heartbeat asked.
    Lease { who: Who, ticket: u64, beat: bool },
    /// A timer of a tablet.
    Timer { who: Who, class: TimerClass, parcel: Parcel },
    /// A request arrives at the hive.
    Hive(Who, HiveRequest),
    /// Its answer arrives.
    HiveAnswer(Who, HiveAnswer),
    /// The next generation of a tablet starts.
    Start(TabletId),
    /// An incarnation reads its disk.
    Boot(Who),
    /// An old incarnation has lived for as long as a fault lets it.
    Expire(Who),
    /// New settings arrive.
    Reconfigure { who: Who, config: Arc<[u8]> },
    /// A timer of an edge client.
    EdgeTimer(EdgeId, u64),
}

/// What a delivery is about, for what follows from it.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) struct Occasion {
    pub(crate) identity: Stream,
    /// Whether it is a heartbeat, or follows from nothing else.
    pub(crate) beat: bool,
}

impl World {
    pub(super) fn handle(&mut self, event: Event) {
        match event {
            Event::Message(id, toward) => self.message_arrives(id, toward),
            Event::Connect(id) => self.connect_arrives(id),
            Event::ConnectAnswer(id, refusal) => self.connect_answered(id, refusal),
            Event::Broken(id, owner, client) => self.client_told(id, owner, client),
            Event::Disconnected(id, who) => self.server_told(id, who),
            Event::Retry(owner, client) => self.pipe_news(owner, client, PipeNews::RetryDue),
            Event::Log(who) => self.write_arrives(who),
            Event::Lease { who, ticket, beat } => self.lease(who, ticket, beat),
            Event::Timer { who, class, parcel } => self.fire(who, class, parcel),
            Event::Hive(who, request) => self.hive_asked(who, request),
            Event::HiveAnswer(who, answer) => self.hive_answers(who, answer),
            Event::Start(tablet) => self.start(tablet),
            Event::Boot(who) => self.boot(who),
            Event::Expire(who) => self.kill(who, Fate::Lost, Keep::None),
            Event::Reconfigure { who, config } => self.reconfigured(who, config),
            Event::EdgeTimer(edge, token) => self.edge_timer(edge, token),
        }
    }

    /// Delivers to whom the client belongs.
    pub(super) fn pipe_news(&mut self, owner: Owner, client: ClientId, news: PipeNews) {
        match owner {
            Owner::Tablet(who) => {
                let occasion = self.occasion("pipe", client.0);
                self.deliver(who, Delivery::Pipe(client, news), occasion);
            }
            Owner::Edge(edge) => self.edge_news(edge, client, news),
        }
    }

    fn server_told(&mut self, id: ConnectionId, who: Who) {
        let link = self.link(id);
        self.record(Some(who), What::Notice(link));
        self.deliver(who, Delivery::ServerDisconnected(ServerId(id.0)), self.occasion("disconnected", 0));
    }

    fn hive_asked(&mut self, who: Who, request: HiveRequest) {
        let (subject, answer) = match request {
            HiveRequest::CreateTablet { tablet, kind } => {
                self.create(tablet, kind);
                (tablet, HiveAnswer::Created(tablet))
            }
            HiveRequest::DeleteTablet { tablet } => {
                self.delete(tablet);
                (tablet, HiveAnswer::Deleted(tablet))
            }
        };
        if self.live.contains_key(&who) {
            let stream = self.stream("hive answer").number(who.tablet.0).number(subject.0);
            self.push_work(stream.draw(self.options.latencies.message_us), Event::HiveAnswer(who, answer));
        }
    }

    fn hive_answers(&mut self, who: Who, answer: HiveAnswer) {
        let (HiveAnswer::Created(subject) | HiveAnswer::Deleted(subject)) = answer;
        self.record(Some(who), What::HiveAnswered(subject));
        self.deliver(who, Delivery::Hive(answer), self.occasion("hive", subject.0));
    }

    fn reconfigured(&mut self, who: Who, config: Arc<[u8]>) {
        self.record(Some(who), What::Reconfigured);
        self.deliver(who, Delivery::Reconfigure(config), self.occasion("reconfigure", 0));
    }

    fn edge_timer(&mut self, edge: EdgeId, token: u64) {
        self.record(None, What::EdgeTimer(Endpoint::Edge(edge), token));
        self.outbox.push_back(Step::Edge(edge, EdgeEvent::Timer { token }));
    }

    /// The occasion of a delivery that has no content of its own.
    pub(super) fn occasion(&self, name: &str, number: u64) -> Occasion {
        Occasion { identity: self.stream(name).number(number), beat: false }
    }
}
