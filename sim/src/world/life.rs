//! The life of incarnations: created, started, booted, killed, and started again; and the
//! log they write while they live.

use crate::disk::Disk;
use crate::fault::{Fate, Keep, Moment};
use crate::pipes::{Owner, Toward, Who};
use crate::rng::Stream;
use crate::trace::What;
use crate::world::World;
use crate::world::desk::WorldPort;
use crate::world::event::{Event, Occasion};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use tablets::actor::Hosted;
use tablets::executor::Delivery;
use tablets::ids::{Commit, NodeId, Steady, TabletId};
use tablets::message::Kind;
use tablets::tablet::BootInfo;

/// A write on its way to the disk.
#[derive(Clone, Debug, Hash)]
pub(crate) enum Write {
    Redo(Commit, Kind, Arc<[u8]>),
    Snapshot(Commit, Arc<[u8]>),
}

/// One incarnation that runs.
pub(crate) struct Incarnation {
    pub(crate) kind: Kind,
    pub(crate) hosted: Box<dyn Hosted>,
    /// Where it runs.
    pub(crate) node: NodeId,
    /// Writes in flight, oldest first, each with its number; answered in this order.
    pub(crate) writes: VecDeque<(Write, u64)>,
    /// It is old, and goes on only as long as a fault lets it.
    pub(crate) expires: bool,
    /// When the newest of them is due.
    pub(crate) last_write: Steady,
    /// Serials of transactions that a heartbeat began and that have done nothing so far.
    pub(crate) beats: Vec<u64>,
}

/// How long an old incarnation that asks the log for nothing goes on after a newer one has
/// booted, in microseconds: then its lease is over.
const OLD_GENERATION_US: u64 = 10_000_000;

impl World {
    /// Makes a tablet exist and starts it; again is the same.
    pub(super) fn create(&mut self, tablet: TabletId, kind: Kind) {
        let kind_is_known = self.types.get(kind).is_some();
        assert!(kind_is_known, "no tablet type {kind} was added to this world");
        if self.hive.create(tablet, kind) {
            self.disks.insert(tablet, Disk::default());
            self.record_at(tablet, What::Created(kind));
            self.start(tablet);
        }
    }

    /// Makes a tablet not exist, for good; again is the same.
    pub(super) fn delete(&mut self, tablet: TabletId) {
        if !self.hive.delete(tablet) {
            return;
        }
        self.record_at(tablet, What::Deleted);
        for who in self.incarnations(tablet) {
            self.kill(who, Fate::Lost, Keep::None);
        }
        self.disks.remove(&tablet);
        self.returning.remove(&tablet);
        self.prune();
    }

    /// Starts the next generation of a tablet. It can be connected to at once; what is sent to
    /// it waits until it has booted.
    pub(super) fn start(&mut self, tablet: TabletId) {
        self.returning.remove(&tablet);
        if let Err(until) = self.hive.settle(tablet, self.now) {
            return self.start_later(tablet, until.0 - self.now.0);
        }
        let entry = self.hive.start(tablet);
        let who = Who { tablet, generation: entry.generation };
        let info = BootInfo { tablet, generation: entry.generation, node: entry.node, quirks: self.options.quirks };
        let hosted = self.factory(entry.kind).host(info, WorldPort::new(who, entry.node, Rc::clone(&self.desk)));
        let (writes, last_write) = (VecDeque::new(), Steady(0));
        let (kind, node) = (entry.kind, entry.node);
        let incarnation = Incarnation { kind, hosted, node, writes, expires: false, last_write, beats: Vec::new() };
        self.live.insert(who, incarnation);
        self.record(Some(who), What::Started(entry.node));
        let stream = self.stream("boot").number(tablet.0);
        self.push_work(stream.draw(self.options.latencies.boot_us), Event::Boot(who));
    }

    /// The tablet's next generation starts after a while, unless one is on its way already.
    pub(super) fn start_later(&mut self, tablet: TabletId, down_us: u64) {
        if self.returning.insert(tablet) {
            self.push_work(down_us, Event::Start(tablet));
        }
    }

    /// Sets the fence, reads the disk and boots.
    pub(super) fn boot(&mut self, who: Who) {
        let disk = self.disks.get_mut(&who.tablet).expect("a tablet that exists has a disk");
        if disk.fences(who.generation) {
            return self.fenced(who);
        }
        let (snapshot, records) = disk.size();
        let content = disk.boot(who.generation);
        self.record(Some(who), What::Booted { snapshot, records });
        let goes_on = |old: &Who| old.generation < who.generation && !self.live[old].expires;
        for old in self.incarnations(who.tablet).into_iter().filter(goes_on).collect::<Vec<_>>() {
            self.push_work(OLD_GENERATION_US, Event::Lease { who: old, ticket: 0, beat: false });
        }
        self.deliver(who, content, self.occasion("boot", 0));
        self.look_at_disk(who, Some(Commit(0)));
    }

    /// The incarnation goes on for so long at most.
    pub(super) fn expire_in(&mut self, who: Who, us: u64) {
        if let Some(incarnation) = self.live.get_mut(&who) {
            incarnation.expires = true;
            self.push_work(us, Event::Expire(who));
        }
    }

    /// The incarnation is no more. Of what it sent, `fate` is the rest; what is on its way to it
    /// is lost; of its writes in flight some are kept.
    pub(super) fn kill(&mut self, who: Who, fate: Fate, keep: Keep) {
        let Some(incarnation) = self.live.remove(&who) else {
            return;
        };
        let writes_lost = self.settle_writes(who, incarnation.writes, keep);
        self.record(Some(who), What::Stopped { writes_lost });
        let its = |owner: Owner, server: Who| owner == Owner::Tablet(who) || server == who;
        for id in self.pipes.find(|connection| its(connection.owner, connection.who())) {
            self.end_dies(id, who, fate);
        }
        if fate == Fate::Lost {
            self.queue.retain(|event| !matches!(event, Event::Hive(asker, _) if *asker == who));
        }
        self.forget_parked(who);
        self.desk.borrow_mut().open.remove(&who);
        self.prune();
    }

    fn settle_writes(&mut self, who: Who, writes: VecDeque<(Write, u64)>, keep: Keep) -> u64 {
        let kept = match keep {
            Keep::None => 0,
            Keep::All => writes.len(),
            Keep::First(count) => count as usize,
        };
        let mut lost = 0;
        for (place, (write, _)) in writes.into_iter().enumerate() {
            if place < kept && !self.is_fenced(who) {
                self.make_durable(who, write);
            } else {
                lost += 1;
            }
        }
        lost
    }

    /// Puts a write on its way to the disk.
    pub(super) fn write(&mut self, who: Who, write: Write, n: u64, identity: Stream) {
        let usual_us = identity.draw(self.options.latencies.log_us);
        let due = self.now.plus(self.write_us(who.tablet, usual_us));
        let Some(incarnation) = self.live.get_mut(&who) else {
            return;
        };
        incarnation.writes.push_back((write, n));
        incarnation.last_write = incarnation.last_write.max(due);
        let delay_us = incarnation.last_write.0 - self.now.0;
        self.push_work(delay_us, Event::Log(who));
    }

    /// The oldest write in flight reaches the disk, or is refused there.
    pub(super) fn write_arrives(&mut self, who: Who) {
        let Some((write, n)) = self.live.get_mut(&who).and_then(|incarnation| incarnation.writes.pop_front()) else {
            return;
        };
        if self.is_fenced(who) {
            return self.fenced(who);
        }
        let moment = match write {
            Write::Redo(..) => Moment::Write(who.tablet, n),
            Write::Snapshot(..) => Moment::Snapshot(who.tablet, n),
        };
        if self.fails(who, &moment) {
            return;
        }
        let commit = self.make_durable(who, write);
        self.strike_late();
        if let Some(commit) = commit {
            self.deliver(who, Delivery::Logged(commit), self.occasion("logged", commit.0));
            self.look_at_disk(who, Some(commit));
        }
    }

    /// The commit, if the tablet is to be told.
    fn make_durable(&mut self, who: Who, write: Write) -> Option<Commit> {
        let disk = self.disks.get_mut(&who.tablet).expect("a tablet that exists has a disk");
        match write {
            Write::Redo(commit, tx, redo) => {
                self.written = tx;
                disk.append(redo.clone());
                self.record(Some(who), What::Durable { commit, redo: redo.clone() });
                self.enter_states(who, &redo);
                Some(commit)
            }
            Write::Snapshot(commit, image) => {
                let bytes = image.len() as u64;
                disk.replace(image);
                self.record(Some(who), What::Snapshot { commit, bytes });
                None
            }
        }
    }

    /// The log answers whether a generation is the newest.
    pub(super) fn lease(&mut self, who: Who, ticket: u64, beat: bool) {
        if !self.live.contains_key(&who) {
            return;
        }
        if self.is_fenced(who) {
            return self.fenced(who);
        }
        self.record(Some(who), What::Confirmed(ticket));
        let occasion = Occasion { beat, ..self.occasion("lease", 0) };
        self.deliver(who, Delivery::Confirmed(ticket), occasion);
    }

    fn is_fenced(&self, who: Who) -> bool {
        self.disks.get(&who.tablet).is_none_or(|disk| disk.fences(who.generation))
    }

    /// A newer generation has booted: this one hears it and stops.
    fn fenced(&mut self, who: Who) {
        self.record(Some(who), What::Fenced);
        self.deliver(who, Delivery::Fenced, self.occasion("fenced", 0));
        self.kill(who, Fate::Lost, Keep::None);
    }

    /// All incarnations of a tablet that run, oldest first.
    pub(super) fn incarnations(&self, tablet: TabletId) -> Vec<Who> {
        self.live.keys().filter(|who| who.tablet == tablet).copied().collect()
    }

    /// The incarnation that connects reach now, if it runs.
    pub(super) fn leader(&self, tablet: TabletId) -> Option<Who> {
        let generation = self.hive.get(tablet)?.generation;
        let who = Who { tablet, generation };
        self.live.contains_key(&who).then_some(who)
    }

    /// Takes everything out of the queue that is meant for what is gone.
    pub(super) fn prune(&mut self) {
        let World { queue, live, pipes, hive, .. } = self;
        let lives = |who: &Who| live.contains_key(who);
        let owner_lives = |owner: &Owner| match owner {
            Owner::Tablet(who) => lives(who),
            Owner::Edge(_) => true,
        };
        queue.retain(|event| match event {
            Event::Message(id, toward) => pipes.get(*id).is_some_and(|connection| match toward {
                Toward::Server => !connection.to_server.flight.is_empty(),
                Toward::Client => !connection.to_client.flight.is_empty(),
            }),
            Event::Connect(id) | Event::ConnectAnswer(id, _) => pipes.get(*id).is_some(),
            Event::Broken(id, owner, client) => pipes.of_client(*owner, *client) == Some(*id),
            Event::Retry(owner, _) => owner_lives(owner),
            Event::Disconnected(_, who)
            | Event::Log(who)
            | Event::Lease { who, .. }
            | Event::Timer { who, .. }
            | Event::HiveAnswer(who, _)
            | Event::Boot(who)
            | Event::Expire(who)
            | Event::Reconfigure { who, .. } => lives(who),
            Event::Start(tablet) => hive.get(*tablet).is_some_and(|entry| !entry.deleted),
            Event::Hive(..) | Event::EdgeTimer(..) => true,
        });
    }
}
