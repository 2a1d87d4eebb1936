//! A client's hand on the world, and what it remembers between statements.

use crate::world::{EdgeEvent, EdgeId, World};
use std::collections::BTreeMap;
use std::sync::Arc;
use tablets::ids::{Steady, TabletId};
use tablets::message::{ClientMessage, Parcel, TableDescription};
use tablets::tablet::PipeEnd;

/// What all clients of a run remember.
#[derive(Clone, Debug, Default, Hash)]
pub struct Memory {
    /// When the next wake-up of each client is due.
    armed: BTreeMap<EdgeId, Steady>,
    /// Messages sent so far.
    sent: u64,
    /// Where tables live, as far as is known.
    tables: BTreeMap<String, Arc<TableDescription>>,
}

/// What a client hears, decoded.
#[derive(Clone, Debug, Hash)]
pub enum Heard {
    /// An answer; whoever asked for it takes it out.
    Answer(TabletId, Option<ClientMessage>),
    /// The pipe to a tablet is gone.
    PipeLost(TabletId, PipeEnd),
    /// Time has passed.
    Tick,
    /// Nothing is pending anywhere in the world.
    Silence,
}

/// One client's hand on the world.
pub struct Edge<'a> {
    /// The client.
    pub id: EdgeId,
    /// The world.
    pub world: &'a mut World,
    /// What is remembered.
    pub memory: &'a mut Memory,
}

impl Edge<'_> {
    /// Now.
    pub fn now(&self) -> Steady {
        self.world.now()
    }

    /// Sends to a tablet.
    pub fn send(&mut self, tablet: TabletId, parcel: Parcel) {
        self.memory.sent += 1;
        self.world.edge_send(self.id, tablet, parcel);
    }

    /// Asks for a [`Heard::Tick`] at `due` or a little earlier. One timer serves all of a
    /// client's calls, so that answered ones leave no timers behind.
    pub fn wake_at(&mut self, due: Steady) {
        let now = self.now();
        let armed = self.memory.armed.get(&self.id).filter(|armed| **armed >= now);
        if armed.is_none_or(|armed| due < *armed) {
            self.memory.armed.insert(self.id, due);
            self.world.edge_after(self.id, due.0.saturating_sub(now.0), due.0);
        }
    }

    /// Decodes what the world says. A timer that is not the latest one is nothing.
    pub fn heard(&mut self, event: EdgeEvent) -> Option<Heard> {
        match event {
            EdgeEvent::Answer { tablet, parcel } => {
                let message = parcel.open::<ClientMessage>();
                assert!(message.is_ok(), "{tablet} sends clients what a client can decode, not {}", parcel.kind);
                Some(Heard::Answer(tablet, message.ok()))
            }
            EdgeEvent::PipeLost { tablet, end } => Some(Heard::PipeLost(tablet, end)),
            EdgeEvent::Timer { token } => {
                let latest = self.memory.armed.get(&self.id).is_some_and(|armed| armed.0 == token);
                if latest {
                    self.memory.armed.remove(&self.id);
                }
                latest.then_some(Heard::Tick)
            }
        }
    }
}

impl Memory {
    /// How many messages were sent.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Where a table lives, if that is known.
    pub fn table(&self, path: &str) -> Option<Arc<TableDescription>> {
        self.tables.get(path).cloned()
    }

    /// Remembers where a table lives.
    pub fn learn(&mut self, path: &str, table: Arc<TableDescription>) {
        self.tables.insert(path.to_owned(), table);
    }

    /// Forgets where a table lives: it was not there.
    pub fn forget(&mut self, path: &str) {
        self.tables.remove(path);
    }

    /// Forgets where tables live: the schema has changed.
    pub fn forget_all(&mut self) {
        self.tables.clear();
    }
}
