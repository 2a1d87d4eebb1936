//! Edge clients: outside ends that send over pipes and hear what comes back.
//!
//! They use the same pipe client as tablets do, one per tablet, opened on demand.

use crate::pipes::Owner;
use crate::queue::Class;
use crate::world::event::Event;
use crate::world::{EdgeEvent, EdgeId, Step, World};
use std::collections::BTreeMap;
use tablets::ids::{ClientId, TabletId};
use tablets::message::Parcel;
use tablets::pipe::{ClientIds, PipeClients, PipeNews, PipeNotice, RetryPolicy};

/// One edge client.
///
/// * `pipes` holds exactly the clients that exist.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Edge {
    clients: PipeClients,
    ids: ClientIds,
    pipes: BTreeMap<TabletId, ClientId>,
}

impl World {
    /// Sends over the edge client's pipe to `tablet`, which is opened if need be.
    pub fn edge_send(&mut self, edge: EdgeId, tablet: TabletId, parcel: Parcel) {
        let it = self.edges.entry(edge).or_default();
        let mut opened = None;
        let client = *it.pipes.entry(tablet).or_insert_with(|| {
            let client = it.ids.issue();
            opened = Some(it.clients.open(client, tablet, RetryPolicy::TABLET));
            client
        });
        let sent = it.clients.send(client, parcel);
        self.edge_notices(edge, opened.into_iter().chain(sent));
    }

    /// Closes the edge client's pipe to `tablet`, if there is one; nothing more is heard of it.
    pub fn edge_close(&mut self, edge: EdgeId, tablet: TabletId) {
        let it = self.edges.entry(edge).or_default();
        let client = it.pipes.remove(&tablet);
        let notice = client.and_then(|client| it.clients.close(client));
        self.edge_notices(edge, notice);
    }

    /// Brings [`EdgeEvent::Timer`] with `token` after so many microseconds.
    pub fn edge_after(&mut self, edge: EdgeId, delay_us: u64, token: u64) {
        self.push(delay_us, Class::Work, Event::EdgeTimer(edge, token));
    }

    /// News of a pipe of an edge client.
    pub(super) fn edge_news(&mut self, edge: EdgeId, client: ClientId, news: PipeNews) {
        let it = self.edges.entry(edge).or_default();
        let notices = it.clients.news(client, news);
        self.edge_notices(edge, notices);
    }

    fn edge_notices(&mut self, edge: EdgeId, notices: impl IntoIterator<Item = PipeNotice>) {
        let owner = Owner::Edge(edge);
        for notice in notices {
            match notice {
                PipeNotice::Connect(client, tablet) => self.ask_connect(owner, client, tablet),
                PipeNotice::RetryAfter(client, delay_us) => self.push_work(delay_us, Event::Retry(owner, client)),
                PipeNotice::Transmit(client, parcel) => self.transmit(owner, client, parcel),
                PipeNotice::Disconnect(client) => self.disconnect(owner, client),
                PipeNotice::Connected(_) => {}
                PipeNotice::Destroyed(client, end) => {
                    let it = self.edges.entry(edge).or_default();
                    let tablet = it.pipes.iter().find(|(_, known)| **known == client).map(|(tablet, _)| *tablet);
                    let tablet = tablet.expect("every pipe of an edge client is known by its tablet");
                    it.pipes.remove(&tablet);
                    self.outbox.push_back(Step::Edge(edge, EdgeEvent::PipeLost { tablet, end }));
                }
            }
        }
    }
}
