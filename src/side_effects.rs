//! What a transaction may ask of the world once it is durable. YDB: `TSideEffects`.

use crate::ids::{ClientId, ServerId, TabletId};
use crate::message::{Kind, Message, Parcel};
use crate::pipe::RetryPolicy;

/// What a timer is there for; a run that waits only for some of these is at rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerClass {
    /// Work that is due: a retry, the next batch.
    Due,
    /// Looks again, in case something was missed; may be left out while nothing happens.
    Heartbeat,
    /// Ends something that took too long.
    Deadline,
}

/// A question to the hive, which knows which tablets exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HiveRequest {
    /// Make this tablet exist. Again is the same.
    CreateTablet {
        /// The id that the asker has reserved for it.
        tablet: TabletId,
        /// Its type's name.
        kind: Kind,
    },
    /// Make this tablet not exist. Again is the same.
    DeleteTablet {
        /// The tablet.
        tablet: TabletId,
    },
}

/// The hive has done what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HiveAnswer {
    /// The tablet exists.
    Created(TabletId),
    /// The tablet does not exist any more.
    Deleted(TabletId),
}

/// One thing asked of the world.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Effect {
    /// Open a pipe to a tablet.
    Open(ClientId, TabletId, RetryPolicy),
    /// Send over a pipe that this tablet opened; waits there until it is connected.
    Send(ClientId, Parcel),
    /// Close a pipe that this tablet opened; its end is not announced.
    Close(ClientId),
    /// Answer over the connection a request came by.
    Reply(ServerId, Parcel),
    /// Bring this back as a private event after a while, in microseconds.
    Timer(u64, TimerClass, Parcel),
    /// Ask the hive.
    Hive(HiveRequest),
}

/// Collects what one `complete` asks for, in order.
#[derive(Clone, Debug, Default, Hash)]
pub struct SideEffects {
    effects: Vec<Effect>,
}

impl SideEffects {
    /// Opens a pipe.
    pub fn open(&mut self, client: ClientId, tablet: TabletId, policy: RetryPolicy) {
        self.effects.push(Effect::Open(client, tablet, policy));
    }

    /// Sends over a pipe that this tablet opened.
    pub fn send<M: Message>(&mut self, client: ClientId, message: &M) {
        self.effects.push(Effect::Send(client, message.parcel()));
    }

    /// Closes a pipe that this tablet opened.
    pub fn close(&mut self, client: ClientId) {
        self.effects.push(Effect::Close(client));
    }

    /// Answers a request.
    pub fn reply<M: Message>(&mut self, server: ServerId, message: &M) {
        self.effects.push(Effect::Reply(server, message.parcel()));
    }

    /// Arms a timer of `delay_us` microseconds.
    pub fn timer<M: Message>(&mut self, delay_us: u64, class: TimerClass, private: &M) {
        self.effects.push(Effect::Timer(delay_us, class, private.parcel()));
    }

    /// A note to itself: handled later, as an event of its own.
    pub fn note<M: Message>(&mut self, private: &M) {
        self.timer(0, TimerClass::Due, private);
    }

    /// Asks the hive.
    pub fn hive(&mut self, request: HiveRequest) {
        self.effects.push(Effect::Hive(request));
    }

    /// Everything asked for, in order.
    pub fn into_effects(self) -> Vec<Effect> {
        self.effects
    }
}
