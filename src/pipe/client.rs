//! The client end of a pipe: a state machine that queues, connects, retries and ends once.

use crate::ids::{ClientId, TabletId};
use crate::message::Parcel;
use crate::pipe::RetryPolicy;
use crate::tablet::PipeEnd;
use std::collections::BTreeMap;

/// Why a connect did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Nobody answers for that tablet now.
    Unavailable,
    /// The tablet is known to be deleted.
    Deleted,
}

/// What happens to a client, from the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PipeNews {
    /// The connect succeeded.
    Connected,
    /// The connect did not.
    Refused(Refusal),
    /// The time to try again has come.
    RetryDue,
    /// The connection is gone.
    Broken,
}

/// What a client wants of the host, or of its owner.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum PipeNotice {
    /// Host: connect this client to the leader of the tablet.
    Connect(ClientId, TabletId),
    /// Host: bring back [`PipeNews::RetryDue`] after so many microseconds.
    RetryAfter(ClientId, u64),
    /// Host: put this on the connection.
    Transmit(ClientId, Parcel),
    /// Host: end the connection, or the attempt.
    Disconnect(ClientId),
    /// Owner: connected.
    Connected(ClientId),
    /// Owner: gone.
    Destroyed(ClientId, PipeEnd),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    Connecting,
    Waiting,
    Connected,
}

/// One client.
///
/// * `queue` is empty once connected.
/// * `retries` counts refused connects of this client.
#[derive(Clone, Debug, Hash)]
pub struct PipeClient {
    tablet: TabletId,
    policy: RetryPolicy,
    state: State,
    retries: u32,
    queue: Vec<Parcel>,
}

/// All clients of one incarnation.
#[derive(Clone, Debug, Default, Hash)]
pub struct PipeClients {
    clients: BTreeMap<ClientId, PipeClient>,
}

impl PipeClients {
    /// Opens a client and starts to connect it.
    pub fn open(&mut self, id: ClientId, tablet: TabletId, policy: RetryPolicy) -> PipeNotice {
        let client = PipeClient { tablet, policy, state: State::Connecting, retries: 0, queue: Vec::new() };
        let before = self.clients.insert(id, client);
        assert!(before.is_none(), "a pipe client's id is used once in an incarnation");
        PipeNotice::Connect(id, tablet)
    }

    /// Sends, or queues until connected. What is sent to a client that is gone is lost; its
    /// owner has been told, or soon will be.
    pub fn send(&mut self, id: ClientId, parcel: Parcel) -> Option<PipeNotice> {
        let client = self.clients.get_mut(&id)?;
        if client.state == State::Connected {
            return Some(PipeNotice::Transmit(id, parcel));
        }
        client.queue.push(parcel);
        None
    }

    /// Closes a client; nothing more is heard of it.
    pub fn close(&mut self, id: ClientId) -> Option<PipeNotice> {
        self.clients.remove(&id).map(|_| PipeNotice::Disconnect(id))
    }

    /// Whether a client exists; messages for one that does not are dropped.
    pub fn is_open(&self, id: ClientId) -> bool {
        self.clients.contains_key(&id)
    }

    /// How many clients exist.
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// Whether no client exists.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// Takes news of a client. News of a closed client, or from before its last state, mean nothing.
    pub fn news(&mut self, id: ClientId, news: PipeNews) -> Vec<PipeNotice> {
        let Some(client) = self.clients.get_mut(&id) else {
            return Vec::new();
        };
        match (client.state, news) {
            (State::Connecting, PipeNews::Connected) => {
                client.state = State::Connected;
                let queued = std::mem::take(&mut client.queue);
                std::iter::once(PipeNotice::Connected(id))
                    .chain(queued.into_iter().map(|parcel| PipeNotice::Transmit(id, parcel)))
                    .collect()
            }
            (State::Connecting, PipeNews::Refused(Refusal::Unavailable)) => self.refused(id),
            (State::Connecting, PipeNews::Refused(Refusal::Deleted)) => self.destroy(id, PipeEnd::Deleted),
            (State::Waiting, PipeNews::RetryDue) => {
                client.state = State::Connecting;
                vec![PipeNotice::Connect(id, client.tablet)]
            }
            (State::Connected, PipeNews::Broken) => self.destroy(id, PipeEnd::Broken),
            (State::Connecting, PipeNews::Broken) => self.refused(id),
            (State::Connecting, PipeNews::RetryDue)
            | (State::Waiting, PipeNews::Connected | PipeNews::Refused(_) | PipeNews::Broken)
            | (State::Connected, PipeNews::Connected | PipeNews::Refused(_) | PipeNews::RetryDue) => Vec::new(),
        }
    }

    fn refused(&mut self, id: ClientId) -> Vec<PipeNotice> {
        let client = self.clients.get_mut(&id).expect("the caller has seen this client");
        let Some(delay_us) = client.policy.delay_us(client.retries) else {
            return self.destroy(id, PipeEnd::Broken);
        };
        client.retries += 1;
        client.state = State::Waiting;
        vec![PipeNotice::RetryAfter(id, delay_us)]
    }

    fn destroy(&mut self, id: ClientId, end: PipeEnd) -> Vec<PipeNotice> {
        self.clients.remove(&id);
        vec![PipeNotice::Destroyed(id, end)]
    }
}
