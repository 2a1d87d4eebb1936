//! Connections: who is connected to whom, and what is on its way.
//!
//! ```text
//!   asked ──arrives, accepted──> accepted ──answer arrives──> up ──breaks, closes──> gone
//!     └──arrives, refused──> refused ──answer arrives──> gone
//! ```
//!
//! A connection has two lanes. Each delivers in order and at most once; the messages in
//! flight are kept here, and the queue only says when the oldest of a lane is due. A lane
//! that is closed takes nothing more; drained, it still delivers what it holds.
//!
//! Left out: bandwidth, followers, interconnect sessions shared by several pipes.

use crate::rng::Stream;
use crate::world::{EdgeId, Endpoint};
use std::collections::{BTreeMap, VecDeque};
use tablets::ids::{ClientId, Generation, Steady, TabletId};
use tablets::message::Parcel;

/// A connection, counted over the whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ConnectionId(pub(crate) u64);

/// One incarnation of a tablet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Who {
    pub(crate) tablet: TabletId,
    pub(crate) generation: Generation,
}

/// Whom a pipe client belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Owner {
    Tablet(Who),
    Edge(EdgeId),
}

impl Owner {
    pub(crate) fn endpoint(self) -> Endpoint {
        match self {
            Owner::Tablet(who) => Endpoint::Tablet(who.tablet),
            Owner::Edge(edge) => Endpoint::Edge(edge),
        }
    }
}

/// A direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Toward {
    Server,
    Client,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    Asked,
    Accepted,
    Refused,
    Up,
}

/// A message in flight.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Flight {
    pub(crate) parcel: Parcel,
    /// The n-th of its kind between these two ends.
    pub(crate) n: u64,
    pub(crate) identity: Stream,
}

/// One direction.
///
/// * `last` is the latest time at which something of this lane is due.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Lane {
    pub(crate) flight: VecDeque<Flight>,
    pub(crate) last: Steady,
    pub(crate) closed: bool,
    /// Whether anything of it has arrived.
    pub(crate) seen: bool,
    base: Stream,
    sent: BTreeMap<u64, u64>,
}

impl Lane {
    fn new(base: Stream) -> Self {
        Lane { flight: VecDeque::new(), last: Steady(0), closed: false, seen: false, base, sent: BTreeMap::new() }
    }

    /// The identity of the next message with this content.
    pub(crate) fn identity(&mut self, parcel: &Parcel) -> Stream {
        let content = self.base.bytes(&parcel.bytes).text(parcel.kind);
        let times = self.sent.entry(content.identity()).or_insert(0);
        *times += 1;
        content.number(*times)
    }

    /// Puts a message behind the others; returns when it is due, no earlier than those.
    pub(crate) fn put(&mut self, flight: Flight, due: Steady) -> Steady {
        self.flight.push_back(flight);
        self.last = self.last.max(due);
        self.last
    }

    /// Puts a message before the others; returns when the lane has brought one message more.
    pub(crate) fn put_first(&mut self, flight: Flight) -> Steady {
        self.flight.push_front(flight);
        self.last
    }
}

/// A connection.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Connection {
    pub(crate) owner: Owner,
    pub(crate) client: ClientId,
    pub(crate) tablet: TabletId,
    /// The incarnation that accepted it.
    pub(crate) server: Generation,
    pub(crate) stage: Stage,
    pub(crate) to_server: Lane,
    pub(crate) to_client: Lane,
}

impl Connection {
    pub(crate) fn lane(&mut self, toward: Toward) -> &mut Lane {
        match toward {
            Toward::Server => &mut self.to_server,
            Toward::Client => &mut self.to_client,
        }
    }

    pub(crate) fn lane_ref(&self, toward: Toward) -> &Lane {
        match toward {
            Toward::Server => &self.to_server,
            Toward::Client => &self.to_client,
        }
    }

    /// The sending and the receiving end of a direction.
    pub(crate) fn ends(&self, toward: Toward) -> (Endpoint, Endpoint) {
        let (client, server) = (self.owner.endpoint(), Endpoint::Tablet(self.tablet));
        match toward {
            Toward::Server => (client, server),
            Toward::Client => (server, client),
        }
    }

    /// The incarnation at the server's end.
    pub(crate) fn who(&self) -> Who {
        Who { tablet: self.tablet, generation: self.server }
    }

    fn is_spent(&self) -> bool {
        let spent = |lane: &Lane| lane.closed && lane.flight.is_empty();
        spent(&self.to_server) && spent(&self.to_client)
    }
}

/// All connections.
///
/// * `by_client` leads to the last connection of every client that still cares, even if that
///   connection is gone: what is sent then is lost.
/// * `asked` remembers both ends of every connection there ever was, by id, from 1, and that
///   it was the n-th between them.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Pipes {
    connections: BTreeMap<ConnectionId, Connection>,
    by_client: BTreeMap<(Owner, ClientId), ConnectionId>,
    asked: Vec<(Endpoint, TabletId, u64)>,
}

impl Pipes {
    /// A client asks to be connected, for the n-th time between these two.
    pub(crate) fn ask(&mut self, owner: Owner, client: ClientId, tablet: TabletId, n: u64, seed: u64) -> ConnectionId {
        self.asked.push((owner.endpoint(), tablet, n));
        let id = ConnectionId(self.asked.len() as u64);
        let base = pair_stream(seed, "message", owner.endpoint(), tablet);
        let connection = Connection {
            owner,
            client,
            tablet,
            server: Generation(0),
            stage: Stage::Asked,
            to_server: Lane::new(base.text("to server")),
            to_client: Lane::new(base.text("to client")),
        };
        self.connections.insert(id, connection);
        self.by_client.insert((owner, client), id);
        id
    }

    pub(crate) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.connections.get_mut(&id)
    }

    /// A direction of a connection, if it takes messages.
    pub(crate) fn open_lane(&mut self, id: ConnectionId, toward: Toward) -> Option<&mut Lane> {
        let connection = self.connections.get_mut(&id).filter(|connection| connection.stage == Stage::Up)?;
        Some(connection.lane(toward)).filter(|lane| !lane.closed)
    }

    /// The connection of a client, whatever its stage.
    pub(crate) fn of_client(&self, owner: Owner, client: ClientId) -> Option<ConnectionId> {
        self.by_client.get(&(owner, client)).copied()
    }

    /// Every client that still cares, and the tablet to which it leads.
    pub(crate) fn clients(&self) -> impl Iterator<Item = (Owner, TabletId)> {
        self.by_client.iter().map(|((owner, _), id)| (*owner, self.asked(*id).1))
    }

    /// The client does not care any more.
    pub(crate) fn forget_client(&mut self, owner: Owner, client: ClientId) {
        self.by_client.remove(&(owner, client));
    }

    /// Both ends of a connection, gone or not, and which connect between them it was.
    pub(crate) fn asked(&self, id: ConnectionId) -> (Endpoint, TabletId, u64) {
        self.asked[id.0 as usize - 1]
    }

    /// The sending and the receiving end of a direction, of a connection that is gone or not.
    pub(crate) fn ends(&self, id: ConnectionId, toward: Toward) -> (Endpoint, Endpoint) {
        let (client, tablet, _) = self.asked(id);
        match toward {
            Toward::Server => (client, Endpoint::Tablet(tablet)),
            Toward::Client => (Endpoint::Tablet(tablet), client),
        }
    }

    /// Takes a connection out. Its client may still care.
    pub(crate) fn remove(&mut self, id: ConnectionId) {
        self.connections.remove(&id);
    }

    /// Whatever the tablet says or said to this connect, the client will be refused.
    pub(crate) fn refuse(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.stage = Stage::Refused;
        }
    }

    /// Takes a connection out if nothing will come of it any more.
    pub(crate) fn tidy(&mut self, id: ConnectionId) {
        if self.connections.get(&id).is_some_and(Connection::is_spent) {
            self.remove(id);
        }
    }

    /// The connections for which `wanted` holds, oldest first.
    pub(crate) fn find(&self, wanted: impl Fn(&Connection) -> bool) -> Vec<ConnectionId> {
        self.connections.iter().filter(|(_, connection)| wanted(connection)).map(|(id, _)| *id).collect()
    }
}

/// The stream of one concern of one pipe.
pub(crate) fn pair_stream(seed: u64, name: &str, client: Endpoint, tablet: TabletId) -> Stream {
    let stream = Stream::new(seed, name).number(tablet.0);
    match client {
        Endpoint::Tablet(tablet) => stream.text("tablet").number(tablet.0),
        Endpoint::Edge(edge) => stream.text("edge").number(u64::from(edge.0)),
    }
}
