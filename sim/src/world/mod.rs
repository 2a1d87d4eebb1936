//! The world: one queue of events, and one step at a time.
//!
//! A step pops one event and handles it to the end. If the event is for a tablet, it
//! becomes one delivery to one actor, which is polled once; what the actor asks for is on
//! the desk afterwards and is carried out in order. So nothing happens beside
//! anything else, and the order of a run is the order of this queue.
//!
//! An *event* is one pop: a message, a log write that became durable, an answer of the log
//! or the hive, a timer, each of the two halves of a connect, a notice that a connection is
//! gone, a start and a boot. Budgets and the n-th event count these.
//!
//! Left out: copies of a world in the middle of an event.

mod actions;
mod beats;
mod copy;
mod counts;
mod desk;
mod edge;
mod endpoint;
mod event;
mod inside;
mod inspect;
mod lasting;
mod life;
mod network;
mod options;
mod output;
mod panics;
mod post;
mod record;
mod rehearsal;
mod sights;
mod strike;
mod types;

pub(crate) use counts::Counts;
pub use endpoint::{EdgeId, Endpoint};
pub use inspect::TabletCounters;
pub use options::{EdgeEvent, Step, WorldOptions};
pub use types::Types;

use crate::disk::Disk;
use crate::fault::{Anchor, Armed, Receipt, Schedule};
use crate::goal::Goals;
use crate::hive::Hive;
use crate::oracle::{Causes, Objection, Oracle, Watchers};
use crate::pipes::{Pipes, Who};
use crate::queue::{Class, Queue};
use crate::rng::Stream;
use crate::trace::{Record, Trace, TraceHash, What};
use beats::Parked;
use desk::{CutFault, Desk};
use edge::Edge;
use event::Event;
use lasting::Lasting;
use life::Incarnation;
use sights::Sights;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use tablets::ids::{Generation, NodeId, Steady, TabletId};
use tablets::message::Kind;
use tablets::tablet::Tablet;

/// A world of tablets.
///
/// * `desk.now` and `now` are the same.
/// * `live` holds every incarnation that runs; one that is down is not there.
/// * The queue holds nothing for an incarnation, connection or tablet that is gone.
pub struct World {
    options: WorldOptions,
    /// What the run's input says beside the faults, which alone can change.
    frame: Rc<(String, String)>,
    types: Types,
    desk: Rc<RefCell<Desk>>,
    queue: Queue<Event>,
    now: Steady,
    events: u64,
    /// The step that put the event in hand into the queue.
    cause: u64,
    in_zone: bool,
    zone_start: u64,
    hive: Hive,
    returning: BTreeSet<TabletId>,
    disks: BTreeMap<TabletId, Disk>,
    live: BTreeMap<Who, Incarnation>,
    pipes: Pipes,
    messages: BTreeMap<(Endpoint, Endpoint), Counts>,
    connects: BTreeMap<(Endpoint, TabletId), u64>,
    edges: BTreeMap<EdgeId, Edge>,
    parked: Vec<Parked>,
    /// Whether this step did anything but look.
    activity: bool,
    faults: Armed,
    /// Faults that strike as soon as nothing is half done.
    late_strikes: Vec<usize>,
    lasting: Lasting,
    sights: Sights,
    goals: Goals,
    /// What the runner waits for.
    lookout: Option<Anchor>,
    /// Whether states of operations are looked for in what becomes durable.
    watches_states: bool,
    /// What the fault that is striking has done so far.
    effects: Option<Vec<String>>,
    receipts: Vec<Receipt>,
    /// Steps that are still to be told.
    outbox: VecDeque<Step>,
    trace: Trace,
    hash: TraceHash,
    oracles: Vec<Box<dyn Oracle>>,
    /// Which of them watches which records.
    watchers: Rc<Watchers>,
    /// What oracles know of messages and the commits that they lead to.
    causes: Causes,
    objections: Vec<Objection>,
    /// For each objection, at which type of tablet and at which step of the protocol it was made.
    culprits: Vec<String>,
    /// The transaction whose write became durable last.
    written: Kind,
    /// The transaction whose words are being carried out, by its serial.
    speaker: Option<u64>,
    /// Whether the last step found nothing to do.
    resting: bool,
    /// What was waited for when the run ended at rest.
    last_waits: Vec<(TabletId, tablets::tablet::Wait)>,
}

impl World {
    /// An empty world.
    pub fn new(options: WorldOptions) -> World {
        panics::install();
        let faults = Armed::new(&options.schedule);
        let desk = Desk { in_zone: true, faults: cut_faults(&faults, options.nodes), ..Desk::default() };
        let mut world = World {
            types: Types::default(),
            desk: Rc::new(RefCell::new(desk)),
            queue: Queue::new(),
            now: Steady(0),
            events: 0,
            cause: 0,
            in_zone: true,
            zone_start: 0,
            hive: Hive::new(options.nodes),
            returning: BTreeSet::new(),
            disks: BTreeMap::new(),
            live: BTreeMap::new(),
            pipes: Pipes::default(),
            messages: BTreeMap::new(),
            connects: BTreeMap::new(),
            edges: BTreeMap::new(),
            parked: Vec::new(),
            activity: false,
            faults,
            late_strikes: Vec::new(),
            lasting: Lasting::default(),
            sights: Sights::default(),
            goals: Goals::default(),
            lookout: None,
            watches_states: false,
            effects: None,
            receipts: Vec::new(),
            outbox: VecDeque::new(),
            trace: Trace::default(),
            hash: TraceHash::default(),
            oracles: Vec::new(),
            watchers: Rc::default(),
            causes: Causes::default(),
            objections: Vec::new(),
            culprits: Vec::new(),
            written: "",
            speaker: None,
            resting: false,
            last_waits: Vec::new(),
            frame: Rc::new(frame(&options)),
            options,
        };
        world.watch_states();
        world.record(None, What::Input(world.input().into()));
        world
    }

    /// Handles the next event, exactly one. What one event means for the runner beside its
    /// first meaning (an objection, a second edge event) is told by the next calls.
    pub fn step(&mut self) -> Step {
        if let Some(step) = self.outbox.pop_front() {
            return step;
        }
        if self.events >= self.options.event_budget {
            return Step::Exhausted;
        }
        self.strike_before_next();
        let pending = self.queue.pop();
        self.resting = pending.is_none();
        let Some(pending) = pending else {
            return Step::AtRest { deadlines: self.queue.has_deadlines() };
        };
        self.events += 1;
        self.cause = pending.cause;
        self.set_now(pending.at);
        self.activity = false;
        self.handle(pending.event);
        self.strike_late();
        if self.activity {
            self.release_parked();
        }
        self.outbox.pop_front().unwrap_or(Step::Event)
    }

    /// Makes a tablet type known, under `T::KIND`.
    pub fn add_type<T: Tablet>(&mut self, config: T::Config) {
        self.types.add::<T>(config);
    }

    /// Adds faults, none of which may have been due before; see [`World::may_have_met`].
    pub fn add_faults(&mut self, more: &Schedule) {
        self.faults.add(more);
        self.desk.borrow_mut().faults = cut_faults(&self.faults, self.options.nodes);
        self.options.schedule.0.extend(more.0.iter().cloned());
        self.watch_states();
        let what = What::Input(self.input().into());
        let at_start = Record { step: 0, at: Steady(0), tablet: None, generation: Generation(0), cause: 0, what };
        self.hash.add(&at_start);
        self.trace.replace_first(at_start);
    }

    /// Changes the settings of a type, for later boots and for every live tablet of it.
    pub fn reconfigure<T: Tablet>(&mut self, config: T::Config) {
        self.types.add::<T>(config);
        let bytes = self.factory(T::KIND).config();
        let running: Vec<_> = self.live.iter().filter(|(_, it)| it.kind == T::KIND).map(|(who, _)| *who).collect();
        for who in running {
            self.push(0, Class::Work, Event::Reconfigure { who, config: bytes.clone() });
        }
    }

    /// Makes a tablet exist; it is placed on a node and boots. Again is the same.
    pub fn create_tablet(&mut self, tablet: TabletId, kind: Kind) {
        self.create(tablet, kind);
    }

    /// From here on faults may strike. If the zone is never mentioned, they may strike from the
    /// start; a runner that has a setup calls [`World::end_zone`] before it and this after it.
    pub fn begin_zone(&mut self) {
        self.set_zone(true);
        self.zone_start = self.events;
        self.record(None, What::ZoneBegun);
    }

    /// From here on no fault strikes.
    pub fn end_zone(&mut self) {
        self.set_zone(false);
        self.record(None, What::ZoneEnded);
    }

    fn set_now(&mut self, at: Steady) {
        self.now = self.now.max(at);
        self.desk.borrow_mut().now = self.now;
        crate::clock::tell(self.now);
    }

    fn set_zone(&mut self, inside: bool) {
        self.in_zone = inside;
        self.desk.borrow_mut().in_zone = inside;
    }

    /// All wall clocks jump, back if `by_us` is negative. Deadlines do not hear of it.
    pub fn jump_wall(&mut self, by_us: i64) {
        for node in (1..=self.options.nodes).map(NodeId) {
            self.jump_wall_of(node, by_us);
        }
    }

    fn jump_wall_of(&mut self, node: NodeId, by_us: i64) {
        let jumped = &mut self.desk.borrow_mut().walls;
        let jumped = jumped.entry(node).or_default();
        *jumped = jumped.saturating_add(by_us);
    }

    /// Puts an event into the queue, so many microseconds from now.
    fn push(&mut self, delay_us: u64, class: Class, event: Event) {
        self.queue.push(self.now.plus(delay_us), class, self.events, event);
    }

    fn stream(&self, name: &str) -> Stream {
        Stream::new(self.options.seed, name)
    }

    fn factory(&self, kind: Kind) -> &dyn types::Factory {
        self.types.get(kind).unwrap_or_else(|| panic!("no tablet type {kind} was added to this world"))
    }

    /// The run's input as a line.
    fn input(&self) -> String {
        let (before, after) = &*self.frame;
        format!("{before} faults=[{}]{after}", self.options.schedule)
    }
}

/// The input of a run but for its faults: what stands before and after them.
fn frame(options: &WorldOptions) -> (String, String) {
    let WorldOptions { seed, nodes, quirks, event_budget, record: _, schedule: _, beyond_contract, latencies } =
        options;
    let beyond = if *beyond_contract { " beyond-contract" } else { "" };
    let quirks: Vec<_> = quirks.iter().map(|quirk| quirk.name()).collect();
    let before = format!("seed={seed} nodes={nodes} quirks=[{}] budget={event_budget}", quirks.join(","));
    (before, format!("{beyond} {latencies}"))
}

fn cut_faults(armed: &Armed, nodes: u32) -> Vec<CutFault> {
    armed.all().filter_map(|(index, fault)| CutFault::new(index, fault, nodes)).collect()
}
