//! A small host for DataShards: pipes, logs and timers shuttled by hand, one event at a time.
//!
//! SchemeShard is played by the test: it asks over connections of its own, and every
//! `ResolveTable` is answered with `World::resolution`. Left out: latency, refused connects.

#![allow(dead_code, unreachable_pub, reason = "each test target uses a part of this")]

pub mod chain;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tablets::datashard::{DataShard, DataShardPrivate, DataShardTables};
use tablets::executor::{Cut, Delivery, Executor, Flow, Port, TxRef, Wire};
use tablets::ids::*;
use tablets::message::*;
use tablets::pipe::{PipeNews, Refusal};
use tablets::quirk::Quirks;
use tablets::row::*;
use tablets::settings::DataShardSettings;
use tablets::side_effects::TimerClass;
use tablets::tablet::{BootInfo, Tablet, Via};

pub const SCHEMESHARD: TabletId = TabletId(1);

/// What one delivery asked for.
#[derive(Default)]
struct Asked {
    now: u64,
    logs: Vec<(Commit, Vec<u8>)>,
    snapshots: Vec<Vec<u8>>,
    confirms: Vec<u64>,
    wires: Vec<Wire>,
}

impl Port for Asked {
    fn at(&mut self, _: Cut, _: TxRef) -> Flow {
        Flow::Go
    }
    fn log(&mut self, commit: Commit, _: TxRef, redo: Vec<u8>) {
        self.logs.push((commit, redo));
    }
    fn snapshot(&mut self, _: Commit, image: Vec<u8>) {
        self.snapshots.push(image);
    }
    fn confirm(&mut self, ticket: u64) {
        self.confirms.push(ticket);
    }
    fn wire(&mut self, _: Option<TxRef>, wire: Wire) {
        self.wires.push(wire);
    }
    fn steady(&self) -> Steady {
        Steady(self.now)
    }
    fn wall(&self) -> Wall {
        Wall(self.now)
    }
    fn executed<T: Tablet>(&mut self, _: TxRef, _: Option<OperationId>, executor: &Executor<T>) {
        let (booted, _) = T::boot(executor.info(), executor.config(), executor.tables());
        let tablet = executor.tablet().expect("it just executed");
        assert_eq!(tablet.derived(), booted.derived(), "derived memory follows from the tables");
    }
}

#[derive(Clone, Hash)]
struct Host {
    executor: Executor<DataShard>,
    snapshot: Option<Arc<[u8]>>,
    /// What came after it.
    log: Vec<Arc<[u8]>>,
}

#[derive(Clone, Hash)]
enum Happening {
    Deliver(Delivery),
    Durable(Commit, Arc<[u8]>),
    Snapshot(Arc<[u8]>),
}

/// A connection between a client of one shard and a server end at another tablet.
#[derive(Clone, Copy, PartialEq, Hash)]
struct Pipe {
    client: (TabletId, ClientId),
    server: (TabletId, ServerId),
}

#[derive(Clone, Hash)]
pub struct World {
    pub now: u64,
    pub resolution: Resolution,
    /// What SchemeShard and users were answered, with the connection asked over.
    pub answers: Vec<(ServerId, Parcel)>,
    pub quirks: Quirks,
    config: DataShardSettings,
    hosts: BTreeMap<TabletId, Host>,
    queue: VecDeque<(TabletId, Generation, Happening)>,
    timers: BTreeMap<(u64, u64), (TabletId, Generation, Delivery)>,
    pipes: Vec<Pipe>,
    serial: u64,
}

impl World {
    pub fn new(config: DataShardSettings) -> World {
        World {
            now: 0,
            resolution: Resolution::Gone,
            answers: Vec::new(),
            quirks: Quirks::NONE,
            config,
            hosts: BTreeMap::new(),
            queue: VecDeque::new(),
            timers: BTreeMap::new(),
            pipes: Vec::new(),
            serial: 0,
        }
    }

    /// Boots a tablet, the next generation of it if it is there.
    pub fn boot(&mut self, tablet: TabletId) {
        let old = self.hosts.remove(&tablet);
        let generation = old.as_ref().map_or(Generation(1), |host| host.executor.info().generation.next());
        let info = BootInfo { tablet, generation, node: NodeId(1), quirks: self.quirks };
        let (snapshot, log) = old.map_or_else(Default::default, |host| (host.snapshot, host.log));
        let boot = Delivery::Boot { snapshot: snapshot.clone(), tail: log.clone() };
        self.hosts.insert(tablet, Host { executor: Executor::new(info, self.config), snapshot, log });
        self.deliver(tablet, boot);
    }

    /// Stops a tablet, with all that is not durable, and boots it again.
    pub fn reboot(&mut self, tablet: TabletId) {
        self.queue.retain(|(at, ..)| *at != tablet);
        let ends: Vec<Pipe> =
            self.pipes.iter().filter(|pipe| pipe.client.0 == tablet || pipe.server.0 == tablet).copied().collect();
        self.boot(tablet);
        ends.into_iter().for_each(|pipe| self.break_pipe(pipe));
    }

    /// Breaks every pipe between shards. What is under way is lost, or, with `late`, what is
    /// under way to a target arrives after that many microseconds.
    pub fn reset_pipes(&mut self, late: Option<u64>) {
        let mut cut_off = Vec::new();
        self.queue.retain(|(tablet, generation, what)| match what {
            Happening::Deliver(delivery @ Delivery::Message(via, _)) => {
                if matches!(via, Via::Server(_)) {
                    cut_off.push((*tablet, *generation, delivery.clone()));
                }
                false
            }
            _ => true,
        });
        self.pipes.clone().into_iter().for_each(|pipe| self.break_pipe(pipe));
        for (tablet, generation, delivery) in cut_off {
            if let Some(late) = late {
                let at = (self.now + late, self.next());
                self.timers.insert(at, (tablet, generation, delivery));
            }
        }
    }

    fn break_pipe(&mut self, pipe: Pipe) {
        self.pipes.retain(|other| *other != pipe);
        self.deliver(pipe.client.0, Delivery::Pipe(pipe.client.1, PipeNews::Broken));
        self.deliver(pipe.server.0, Delivery::ServerDisconnected(pipe.server.1));
    }

    fn deliver(&mut self, tablet: TabletId, delivery: Delivery) {
        self.push(tablet, Happening::Deliver(delivery));
    }

    fn push(&mut self, tablet: TabletId, what: Happening) {
        if let Some(host) = self.hosts.get(&tablet) {
            self.queue.push_back((tablet, host.executor.info().generation, what));
        }
    }

    /// Sends a request over a connection of its own.
    pub fn ask(&mut self, tablet: TabletId, message: &DataShardMessage) -> ServerId {
        let server = ServerId(1_000_000 + self.next());
        self.deliver(tablet, Delivery::Message(Via::Server(server), message.parcel()));
        server
    }

    /// Sends a request, runs until all is quiet, and returns the answer.
    pub fn answer<M: Message>(&mut self, tablet: TabletId, message: &DataShardMessage) -> M {
        let server = self.ask(tablet, message);
        self.run();
        self.answered(server).pop().expect("a request is answered")
    }

    /// All answers over one connection.
    pub fn answered<M: Message>(&self, server: ServerId) -> Vec<M> {
        let mine = self.answers.iter().filter(|(at, _)| *at == server);
        mine.map(|(_, parcel)| parcel.open().expect("the answer is of the type asked for")).collect()
    }

    /// Terminates the scans of a shard.
    pub fn abort_scans(&mut self, tablet: TabletId) {
        let abort = DataShardPrivate::AbortScan { status: ScanStatus::Aborted, cause: "for the test".to_owned() };
        self.deliver(tablet, Delivery::Timer(abort.parcel()));
    }

    /// One event; `false` if nothing is left.
    pub fn step(&mut self) -> bool {
        if self.queue.is_empty() {
            let Some(((due, _), (tablet, generation, delivery))) = self.timers.pop_first() else {
                return false;
            };
            self.now = self.now.max(due);
            self.queue.push_back((tablet, generation, Happening::Deliver(delivery)));
        }
        let (tablet, generation, what) = self.queue.pop_front().expect("the queue was just filled");
        let host = self.hosts.get_mut(&tablet).expect("events go to tablets that exist");
        if host.executor.info().generation != generation {
            return true;
        }
        let delivery = match what {
            Happening::Deliver(delivery) => delivery,
            Happening::Durable(commit, redo) => {
                host.log.push(redo);
                Delivery::Logged(commit)
            }
            Happening::Snapshot(image) => {
                host.snapshot = Some(image);
                host.log.clear();
                return true;
            }
        };
        let mut asked = Asked { now: self.now, ..Asked::default() };
        host.executor.deliver(delivery, &mut asked);
        self.take(tablet, asked);
        true
    }

    /// Runs until nothing is left.
    pub fn run(&mut self) {
        for _ in 0..100_000 {
            if !self.step() {
                return;
            }
        }
        panic!("the world does not come to rest");
    }

    /// A newer generation of the tablet exists, elsewhere.
    pub fn fence(&mut self, tablet: TabletId) {
        self.deliver(tablet, Delivery::Fenced);
    }

    /// Whether a tablet has a snapshot, and the bytes of redo records after it.
    pub fn log(&self, tablet: TabletId) -> (bool, usize) {
        let host = &self.hosts[&tablet];
        (host.snapshot.is_some(), host.log.iter().map(|redo| redo.len()).sum())
    }

    pub fn tables(&self, tablet: TabletId) -> &DataShardTables {
        self.hosts[&tablet].executor.tables()
    }

    pub fn executor(&self, tablet: TabletId) -> &Executor<DataShard> {
        &self.hosts[&tablet].executor
    }

    pub fn shard(&self, tablet: TabletId) -> &DataShard {
        self.hosts[&tablet].executor.tablet().expect("the tablet has booted")
    }

    fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    fn take(&mut self, tablet: TabletId, asked: Asked) {
        for (commit, redo) in asked.logs {
            self.push(tablet, Happening::Durable(commit, redo.into()));
        }
        for image in asked.snapshots {
            self.push(tablet, Happening::Snapshot(image.into()));
        }
        for ticket in asked.confirms {
            self.deliver(tablet, Delivery::Confirmed(ticket));
        }
        for wire in asked.wires {
            self.wire(tablet, wire);
        }
    }

    fn wire(&mut self, from: TabletId, wire: Wire) {
        match wire {
            Wire::Connect(client, to) if to == SCHEMESHARD || self.hosts.contains_key(&to) => {
                let server = ServerId(self.next());
                self.pipes.push(Pipe { client: (from, client), server: (to, server) });
                self.deliver(from, Delivery::Pipe(client, PipeNews::Connected));
            }
            Wire::Connect(client, _) => {
                self.deliver(from, Delivery::Pipe(client, PipeNews::Refused(Refusal::Deleted)));
            }
            Wire::RetryAfter(client, _) => self.deliver(from, Delivery::Pipe(client, PipeNews::RetryDue)),
            Wire::Transmit(client, parcel) => self.transmit(from, client, parcel),
            Wire::Reply(server, parcel) => {
                match self.pipes.iter().find(|pipe| pipe.server == (from, server)).copied() {
                    Some(pipe) => {
                        self.deliver(pipe.client.0, Delivery::Message(Via::Client(pipe.client.1), parcel));
                    }
                    None => self.answers.push((server, parcel)),
                }
            }
            Wire::Disconnect(client) => self.pipes.retain(|pipe| pipe.client != (from, client)),
            Wire::Timer(delay_us, TimerClass::Due, parcel) => {
                let generation = self.hosts[&from].executor.info().generation;
                let at = (self.now + delay_us, self.next());
                self.timers.insert(at, (from, generation, Delivery::Timer(parcel)));
            }
            Wire::Timer(..) | Wire::Hive(_) => panic!("a DataShard asks for no such thing: {wire:?}"),
        }
    }

    fn transmit(&mut self, from: TabletId, client: ClientId, parcel: Parcel) {
        let Some(pipe) = self.pipes.iter().find(|pipe| pipe.client == (from, client)).copied() else {
            return;
        };
        let (to, server) = pipe.server;
        if to != SCHEMESHARD {
            return self.deliver(to, Delivery::Message(Via::Server(server), parcel));
        }
        let question: SchemeShardMessage = parcel.open().expect("only SchemeShard's messages go there");
        let SchemeShardMessage::ResolveTable { operation, path_id } = question else {
            panic!("a shard asks SchemeShard only where tables are: {question}");
        };
        let answer = DataShardMessage::Resolved { operation, path_id, resolution: self.resolution.clone() };
        self.deliver(from, Delivery::Message(Via::Client(client), answer.parcel()));
    }
}

pub fn key(k: u64) -> Key {
    Key::new([Value::Uint64(k)])
}

/// Columns `k` (key), `a` and `b`, ids 1 to 3.
pub fn schema() -> TableSchema {
    let column = |id, name: &str| Column { id: ColumnId(id), name: name.to_owned(), ty: ColumnType::Uint64 };
    TableSchema { columns: vec![column(1, "k"), column(2, "a"), column(3, "b")], key: vec![ColumnId(1)], version: 1 }
}

/// A row of `a` and `b`, where given.
pub fn row(a: Option<u64>, b: Option<u64>) -> Row {
    let cell = |id, value: Option<u64>| Some((ColumnId(id), Value::Uint64(value?)));
    Row::new(cell(2, a).into_iter().chain(cell(3, b)))
}

pub fn upsert(k: u64, a: Option<u64>, b: Option<u64>) -> WriteOp {
    WriteOp::Upsert { key: key(k), cells: row(a, b) }
}

pub fn erase(k: u64) -> WriteOp {
    WriteOp::Erase { key: key(k) }
}

pub fn write(tx_id: u64, ops: &[WriteOp]) -> DataShardMessage {
    DataShardMessage::Write { tx_id: TxId(tx_id), schema_version: 1, ops: ops.to_vec() }
}

pub fn step(operation: u64, generation: u32, round: u32, step: ShardStep) -> DataShardMessage {
    let seq = Seq { generation: Generation(generation), round };
    DataShardMessage::Step { operation: OperationId(operation), seq, step }
}
