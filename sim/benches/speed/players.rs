//! Two tablets that play with a ball, and workers that wake up now and then: as little protocol as
//! there can be, so that what is measured is the world around it.

use serde::{Deserialize, Serialize};
use std::fmt;
use tablets::ids::{ClientId, OperationId, TabletId};
use tablets::local_db::{Only, Txn};
use tablets::message::{Kind, Message, Never};
use tablets::pipe::RetryPolicy;
use tablets::side_effects::{SideEffects, TimerClass};
use tablets::tablet::{BootInfo, Event, Tablet, Transaction, TxType, Via, Wait};
use tabletsim::{Step, World, WorldOptions};

/// The first player, who serves.
pub const ONE: TabletId = TabletId(1);
/// The other.
pub const TWO: TabletId = TabletId(2);

tablets::local_db! {
    /// How often the ball came.
    PlayerDb {
        1 Hits(hits): Only => u64,
    }
}

/// The ball, and how often it is still to be returned.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
pub struct Ball(pub u64);

impl fmt::Display for Ball {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ball {}", self.0)
    }
}

impl Message for Ball {
    fn kind(&self) -> Kind {
        "Ball"
    }
}

/// What the players do.
#[derive(Clone, Copy, Debug, Hash, Serialize, Deserialize)]
pub struct Rules {
    /// How often the ball is returned.
    pub returns: u64,
    /// Whether each return is written down first.
    pub writes: bool,
}

/// A tablet that returns the ball.
#[derive(Clone, Debug, Hash)]
pub struct Player(Rules);

/// A return; the first player opens the pipe.
#[derive(Clone, Debug, Hash)]
pub enum Return {
    /// The first of all.
    Serve,
    /// Of a ball that came this way.
    Of(Via, Ball, bool),
}

impl Tablet for Player {
    const KIND: Kind = "Player";
    type Schema = PlayerDb;
    type Message = Ball;
    type Private = Never;
    type Config = Rules;
    type Tx = Return;
    type Derived = ();

    fn boot(info: BootInfo, rules: &Rules, _: &PlayerDb) -> (Self, Vec<Return>) {
        let serves = (info.tablet == ONE).then_some(Return::Serve);
        (Player(*rules), serves.into_iter().collect())
    }

    fn receive(&self, event: Event<Self>) -> Option<Return> {
        match event {
            Event::Message(via, ball) => Some(Return::Of(via, ball, self.0.writes)),
            _ => None,
        }
    }

    fn derived(&self) {}

    fn waits(&self, _: &PlayerDb) -> Vec<Wait> {
        Vec::new()
    }
}

impl Transaction for Return {
    type Tablet = Player;

    fn tx_type(&self) -> TxType {
        TxType { number: 1, name: "Return" }
    }

    fn operation(&self) -> Option<OperationId> {
        None
    }

    fn execute(&mut self, _: &mut Player, txn: &mut Txn<'_, PlayerDb>) {
        if let Return::Of(_, Ball(left), true) = self {
            txn.put::<Hits>(Only, *left);
        }
    }

    fn complete(self, player: &mut Player, effects: &mut SideEffects) {
        match self {
            Return::Serve => {
                effects.open(ClientId(1), TWO, RetryPolicy::TABLET);
                effects.send(ClientId(1), &Ball(player.0.returns));
            }
            Return::Of(_, Ball(0), _) => {}
            Return::Of(Via::Client(client), Ball(left), _) => effects.send(client, &Ball(left - 1)),
            Return::Of(Via::Server(server), Ball(left), _) => effects.reply(server, &Ball(left - 1)),
        }
    }
}

/// That a worker is to wake up.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
pub struct Wake(pub u64);

impl fmt::Display for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wake {}", self.0)
    }
}

impl Message for Wake {
    fn kind(&self) -> Kind {
        "Wake"
    }
}

tablets::local_db! {
    /// A worker keeps nothing.
    WorkerDb {
        1 Nothing(nothing): Only => u64,
    }
}

/// A tablet that wakes up so many times.
#[derive(Clone, Debug, Hash)]
pub struct Worker(TabletId);

/// It wakes up, and so many times are left.
#[derive(Clone, Debug, Hash)]
pub struct Work(u64);

impl Tablet for Worker {
    const KIND: Kind = "Worker";
    type Schema = WorkerDb;
    type Message = Never;
    type Private = Wake;
    type Config = u64;
    type Tx = Work;
    type Derived = ();

    fn boot(info: BootInfo, times: &u64, _: &WorkerDb) -> (Self, Vec<Work>) {
        (Worker(info.tablet), vec![Work(*times)])
    }

    fn receive(&self, event: Event<Self>) -> Option<Work> {
        match event {
            Event::Private(Wake(left)) => Some(Work(left)),
            _ => None,
        }
    }

    fn derived(&self) {}

    fn waits(&self, _: &WorkerDb) -> Vec<Wait> {
        Vec::new()
    }
}

impl Transaction for Work {
    type Tablet = Worker;

    fn tx_type(&self) -> TxType {
        TxType { number: 1, name: "Work" }
    }

    fn operation(&self) -> Option<OperationId> {
        None
    }

    fn speaks(&self) -> bool {
        false
    }

    fn execute(&mut self, _: &mut Worker, _: &mut Txn<'_, WorkerDb>) {}

    fn complete(self, worker: &mut Worker, effects: &mut SideEffects) {
        if self.0 > 0 {
            effects.timer(pause_us(worker.0), TimerClass::Due, &Wake(self.0 - 1));
        }
    }
}

/// How long a worker sleeps.
pub fn pause_us(worker: TabletId) -> u64 {
    900 + worker.0 * 7
}

/// A world of two players, and whether its records are kept.
pub fn game(rules: Rules, record: bool) -> World {
    let mut world = World::new(WorldOptions { record, event_budget: u64::MAX, ..WorldOptions::default() });
    world.add_type::<Player>(rules);
    [TWO, ONE].into_iter().for_each(|tablet| world.create_tablet(tablet, Player::KIND));
    world
}

/// A world of so many workers.
pub fn office(workers: u64, times: u64, record: bool) -> World {
    let mut world = World::new(WorldOptions { record, event_budget: u64::MAX, ..WorldOptions::default() });
    world.add_type::<Worker>(times);
    (1..=workers).map(TabletId).for_each(|tablet| world.create_tablet(tablet, Worker::KIND));
    world
}

/// Lets a world come to rest.
pub fn rest(world: &mut World) {
    while !matches!(world.step(), Step::AtRest { .. } | Step::Exhausted) {}
}
