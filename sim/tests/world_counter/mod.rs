//! A tablet that counts, to try the world with, and a small runner around it.
#![allow(dead_code, missing_docs, unreachable_pub)]

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tablets::ids::{ClientId, OperationId, ServerId, TabletId};
use tablets::local_db::{Only, Txn};
use tablets::message::{Kind, Message};
use tablets::pipe::{ClientIds, RetryPolicy};
use tablets::side_effects::{HiveRequest, SideEffects, TimerClass};
use tablets::tablet::{BootInfo, Event, PipeEnd, Tablet, Transaction, TxType, Via, Wait};
use tabletsim::{EdgeEvent, EdgeId, Step, World, WorldOptions};

tablets::local_db! {
    /// One number, and some texts.
    CounterDb {
        1 Total(total): Only => u64,
        2 Text(text): u64 => String,
    }
}

#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
pub enum Say {
    Add(u64),
    Get,
    Relay(TabletId, u64),
    Arm(TimerClassName, u64),
    /// Adds a number that is another one in every run: what no tablet may do.
    Throw,
    Panic,
    Write(u64, String),
    Hive(bool, TabletId),
    Done(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Hash, Serialize, Deserialize)]
pub enum TimerClassName {
    Due,
    Heartbeat,
    Deadline,
}

impl fmt::Display for Say {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Message for Say {
    fn kind(&self) -> Kind {
        match self {
            Say::Add(_) => "Add",
            Say::Get => "Get",
            Say::Relay(..) => "Relay",
            Say::Arm(..) => "Arm",
            Say::Throw => "Throw",
            Say::Panic => "Panic",
            Say::Write(..) => "Write",
            Say::Hive(..) => "Hive",
            Say::Done(_) => "Done",
        }
    }
}

/// What survives a run, and must not be looked at in one.
static THROWS: AtomicU64 = AtomicU64::new(0);

/// Counts, relays, writes texts, arms timers, asks the hive.
#[derive(Clone, Default, Hash)]
pub struct Counter {
    ids: ClientIds,
    pipes: BTreeMap<TabletId, ClientId>,
}

/// The one transaction: what was said, and how it is answered.
#[derive(Clone, Debug, Hash)]
pub struct Tx {
    said: Said,
    answer: Option<ServerId>,
    total: u64,
}

#[derive(Clone, Debug, Hash)]
enum Said {
    Message(Say),
    Timer(Say),
    Lost(ClientId),
}

impl Tablet for Counter {
    const KIND: Kind = "Counter";
    type Schema = CounterDb;
    type Message = Say;
    type Private = Say;
    type Config = u64;
    type Tx = Tx;
    type Derived = ();

    fn boot(_: BootInfo, _: &u64, _: &CounterDb) -> (Self, Vec<Tx>) {
        (Counter::default(), Vec::new())
    }

    fn receive(&self, event: Event<Self>) -> Option<Tx> {
        let (said, answer) = match event {
            Event::Message(Via::Client(_), Say::Done(_)) => return None,
            Event::Message(Via::Server(server), say) => (Said::Message(say), Some(server)),
            Event::Message(Via::Client(_), say) => (Said::Message(say), None),
            Event::Private(say) => (Said::Timer(say), None),
            Event::ClientDestroyed(client, _) => (Said::Lost(client), None),
            _ => return None,
        };
        Some(Tx { said, answer, total: 0 })
    }

    fn derived(&self) {}

    fn waits(&self, tables: &CounterDb) -> Vec<Wait> {
        let total = tables.total.get(&Only).copied();
        let what = total.map(|total| format!("something after {total}"));
        what.map(|what| Wait { operation: OperationId(1), what, kinds: vec!["Add"], peer: None }).into_iter().collect()
    }
}

impl Transaction for Tx {
    type Tablet = Counter;

    fn tx_type(&self) -> TxType {
        let (number, name) = match &self.said {
            Said::Message(say) => (1, say.kind()),
            Said::Timer(Say::Arm(TimerClassName::Heartbeat, _)) => (2, "Beat"),
            Said::Timer(_) => (3, "Timer"),
            Said::Lost(_) => (4, "Lost"),
        };
        TxType { number, name }
    }

    fn operation(&self) -> Option<OperationId> {
        None
    }

    fn execute(&mut self, _: &mut Counter, txn: &mut Txn<'_, CounterDb>) {
        self.total = txn.get::<Total>(&Only).copied().unwrap_or_default();
        let amount = match &self.said {
            Said::Message(Say::Add(amount)) => *amount,
            Said::Message(Say::Throw) => THROWS.fetch_add(1, Ordering::Relaxed) + 1,
            Said::Message(Say::Write(key, text)) => return txn.put::<Text>(*key, text.clone()),
            Said::Message(Say::Panic) => panic!("the counter was told to panic"),
            Said::Timer(Say::Arm(TimerClassName::Due | TimerClassName::Deadline, _)) => 1000,
            _ => return,
        };
        self.total += amount;
        txn.put::<Total>(Only, self.total);
    }

    fn complete(self, tablet: &mut Counter, effects: &mut SideEffects) {
        match self.said {
            Said::Message(Say::Relay(to, amount)) => {
                let client = *tablet.pipes.entry(to).or_insert_with(|| {
                    let client = tablet.ids.issue();
                    effects.open(client, to, RetryPolicy::TABLET);
                    client
                });
                effects.send(client, &Say::Add(amount));
            }
            Said::Message(Say::Hive(true, tablet)) => {
                effects.hive(HiveRequest::CreateTablet { tablet, kind: Counter::KIND });
            }
            Said::Message(Say::Hive(false, tablet)) => effects.hive(HiveRequest::DeleteTablet { tablet }),
            Said::Message(Say::Arm(class, us)) => arm(effects, class, us),
            Said::Timer(Say::Arm(TimerClassName::Heartbeat, us)) => arm(effects, TimerClassName::Heartbeat, us),
            Said::Lost(client) => tablet.pipes.retain(|_, known| *known != client),
            _ => {}
        }
        if let Some(server) = self.answer {
            effects.reply(server, &Say::Done(self.total));
        }
    }
}

fn arm(effects: &mut SideEffects, class: TimerClassName, us: u64) {
    let as_class = match class {
        TimerClassName::Due => TimerClass::Due,
        TimerClassName::Heartbeat => TimerClass::Heartbeat,
        TimerClassName::Deadline => TimerClass::Deadline,
    };
    effects.timer(us, as_class, &Say::Arm(class, us));
}

pub const ONE: TabletId = TabletId(1);
pub const TWO: TabletId = TabletId(2);
pub const CLIENT: EdgeId = EdgeId(1);

/// A world of two booted counters.
pub fn world(seed: u64, schedule: &str) -> World {
    world_of(WorldOptions { seed, ..WorldOptions::default() }, schedule)
}

/// The same on three nodes: t1 is on n2, t2 on n3.
pub fn wide_world(schedule: &str) -> World {
    world_of(WorldOptions { nodes: 3, ..WorldOptions::default() }, schedule)
}

/// A world of two booted counters, made of these options.
pub fn world_of(options: WorldOptions, schedule: &str) -> World {
    let schedule = schedule.parse().expect("the test's schedule is well-formed");
    let mut world = World::new(WorldOptions { schedule, record: true, ..options });
    world.add_type::<Counter>(0);
    world.end_zone();
    for tablet in [ONE, TWO] {
        world.create_tablet(tablet, Counter::KIND);
    }
    rest(&mut world);
    world.begin_zone();
    world
}

pub fn say(world: &mut World, tablet: TabletId, say: &Say) {
    world.edge_send(CLIENT, tablet, say.parcel());
}

/// Runs until the world is at rest; returns what the client heard.
pub fn rest(world: &mut World) -> Vec<String> {
    let mut heard = Vec::new();
    loop {
        match world.step() {
            Step::Event => {}
            Step::Edge(_, EdgeEvent::Answer { parcel, .. }) => {
                heard.push(parcel.open::<Say>().expect("counters answer so").to_string());
            }
            Step::Edge(_, EdgeEvent::PipeLost { tablet, end: PipeEnd::Broken }) => heard.push(format!("lost {tablet}")),
            Step::Edge(_, EdgeEvent::PipeLost { tablet, .. }) => heard.push(format!("deleted {tablet}")),
            Step::Edge(_, EdgeEvent::Timer { token }) => heard.push(format!("timer {token}")),
            Step::AtRest { .. } | Step::Exhausted => return heard,
            Step::Panicked { tablet, sentence, .. } => heard.push(format!("{tablet} {sentence}")),
            Step::Objected => heard.push("objected".to_owned()),
        }
    }
}

/// What is durable at a counter.
pub fn total(world: &World, tablet: TabletId) -> u64 {
    let tables: Arc<CounterDb> = world.durable::<Counter>(tablet).expect("the counter exists");
    tables.total.get(&Only).copied().unwrap_or_default()
}

/// The whole trace as text.
pub fn story(world: &World) -> String {
    tabletsim::trace::Text::render(world.types(), tabletsim::trace::Detail::All, world.trace())
}
