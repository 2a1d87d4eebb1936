//! The runner of statements: which one is under way, what has ended, what comes next.
//!
//! * Statements begin in order; one that is not `[async]` is waited for.
//! * A background statement is judged when it ends. At the end of the script everything
//!   that still runs is waited for.
//! * It holds no part of the world, so that a copy of it goes on in a copy of the world.

use super::cluster;
use super::judge::{Failure, Findings, expectation};
use super::outcome::{Printed, Verdict};
use crate::client::{Edge, Ending, Heard, Memory, Task};
use crate::scenario::{Item, Scenario, Statement, WaitFor, ZoneEdge};
use crate::world::{EdgeEvent, EdgeId, Step, World};
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use tablets::ids::{Steady, TxId};
use tablets::message::Status;
use tablets::settings::Settings;

/// The client that carries out the statements.
const MAIN: EdgeId = EdgeId(1);

/// What the interpreter waits for before the next statement begins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Waiting {
    /// Nothing.
    No,
    /// A statement's end.
    Task(TxId),
    /// The end of everything in the background.
    All,
    /// A moment.
    Until(Steady),
    /// What the world was told to look out for.
    Moment,
    /// That nothing is pending: then the zone begins.
    ZoneBegin,
    /// That nothing is pending: then the run is over.
    Finish,
}

/// The runner of statements.
#[derive(Clone, Debug)]
pub struct Interpreter {
    scenario: Arc<Scenario>,
    seed: u64,
    settings: Settings,
    memory: Memory,
    /// Position of the next statement.
    next: usize,
    waiting: Waiting,
    tasks: BTreeMap<TxId, (EdgeId, Task)>,
    /// Edge clients that writers have.
    writers: u32,
    last_status: Option<Status>,
    /// Whether what statements print is kept.
    prints: bool,
    output: Vec<Printed>,
    failure: Option<Failure>,
    over: bool,
    /// When the script was over; what comes after is only waited for.
    ended_at: Steady,
    /// Events of the zone, once it has ended.
    zone_events: Option<u64>,
}

/// What its future depends on; the scenario is the same in all runs whose states are compared.
impl Hash for Interpreter {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Interpreter {
            scenario: _,
            seed: _,
            settings,
            memory,
            next,
            waiting,
            tasks,
            writers,
            last_status,
            prints: _,
            output: _,
            failure,
            over,
            ended_at: _,
            zone_events: _,
        } = self;
        (settings, memory, next, waiting, tasks, writers, last_status, failure.is_some(), over).hash(state);
    }
}

impl Interpreter {
    /// Before the first statement.
    pub fn new(scenario: Arc<Scenario>, seed: u64, settings: Settings) -> Interpreter {
        Interpreter {
            scenario,
            seed,
            settings,
            memory: Memory::default(),
            next: 0,
            waiting: Waiting::No,
            tasks: BTreeMap::new(),
            writers: 0,
            last_status: None,
            prints: true,
            output: Vec::new(),
            failure: None,
            over: false,
            ended_at: Steady(0),
            zone_events: None,
        }
    }

    /// Keeps nothing of what statements print.
    pub(super) fn hush(&mut self) {
        self.prints = false;
    }

    /// Begins a statement or lets the world make one step; `false` when the run is over.
    pub fn step(&mut self, world: &mut World) -> bool {
        if self.over || self.failure.is_some() {
            return false;
        }
        if self.waiting == Waiting::No {
            if self.next < self.scenario.items.len() {
                self.begin_next(world);
                return true;
            }
            self.waiting = if self.tasks.is_empty() { Waiting::Finish } else { Waiting::All };
            self.ended_at = world.now();
        }
        match world.step() {
            Step::Event => {}
            Step::Edge(edge, event) => self.edge_event(edge, event, world),
            Step::AtRest { .. } => self.at_rest(world),
            Step::Exhausted => {
                self.fail(Verdict::Exhausted, format!("after {} events {}", world.events(), self.state()))
            }
            Step::Panicked { tablet, generation, sentence } => {
                self.fail(Verdict::Panicked, format!("{tablet}{generation} panicked: {sentence}"));
            }
            Step::Objected => self.fail(Verdict::Violated, String::new()),
        }
        if self.waiting == Waiting::Moment && !world.looks_out() {
            self.waiting = Waiting::No;
        }
        true
    }

    /// How many statements have ended or run in the background.
    pub fn statements_ended(&self) -> usize {
        self.next - usize::from(self.waiting != Waiting::No)
    }

    /// What statements have printed so far.
    pub(super) fn output(&self) -> &[Printed] {
        &self.output
    }

    /// What there is to tell, when the run is over.
    pub(super) fn into_findings(self, world: &World) -> Findings {
        Findings {
            scenario: self.scenario,
            output: self.output,
            ended_at: if self.failure.is_some() { world.now() } else { self.ended_at },
            zone_events: self.zone_events.unwrap_or_else(|| world.zone_events()),
            failure: self.failure,
        }
    }

    fn begin_next(&mut self, world: &mut World) {
        let scenario = Arc::clone(&self.scenario);
        let item = &scenario.items[self.next];
        world.note(scenario.note(self.next));
        self.next += 1;
        match &item.statement {
            Statement::Setting { changes } => self.change_settings(changes, world),
            Statement::Zone(ZoneEdge::End) => {
                self.zone_events = Some(world.zone_events());
                world.end_zone();
            }
            Statement::Zone(ZoneEdge::Begin) if self.tasks.is_empty() => self.waiting = Waiting::ZoneBegin,
            Statement::Zone(ZoneEdge::Begin) => world.begin_zone(),
            Statement::Wait(WaitFor::All) => self.wait_if(Waiting::All, !self.tasks.is_empty()),
            Statement::Wait(WaitFor::One(named)) => {
                let task = TxId(named.operation.0);
                self.wait_if(Waiting::Task(task), self.tasks.contains_key(&task));
            }
            Statement::Sleep(duration) => {
                let until = world.now().plus(duration.0);
                self.waiting = Waiting::Until(until);
                self.edge(MAIN, world).wake_at(until);
            }
            Statement::Clock { back, by } => {
                let by_us = i64::try_from(by.0).unwrap_or(i64::MAX);
                world.jump_wall(if *back { -by_us } else { by_us });
            }
            Statement::Await { anchor } => {
                world.look_out_for(anchor);
                self.waiting = Waiting::Moment;
            }
            Statement::ExpectStatus { status } => self.expect_status(item, *status),
            _ => self.begin_task(item, world),
        }
    }

    fn begin_task(&mut self, item: &Item, world: &mut World) {
        let writer = matches!(item.statement, Statement::Writer { .. });
        self.writers += u32::from(writer);
        let edge = if writer { EdgeId(MAIN.0 + self.writers) } else { MAIN };
        let seed = self.seed;
        let Some(task) = Task::begin(item, seed, &mut self.edge(edge, world)) else { return };
        self.tasks.insert(item.tx_id, (edge, task));
        if !writer && !item.marks.background {
            self.waiting = Waiting::Task(item.tx_id);
        }
    }

    fn edge<'a>(&'a mut self, id: EdgeId, world: &'a mut World) -> Edge<'a> {
        Edge { id, world, memory: &mut self.memory }
    }

    fn wait_if(&mut self, waiting: Waiting, really: bool) {
        if really {
            self.waiting = waiting;
        }
    }

    fn change_settings(&mut self, changes: &[(String, i64)], world: &mut World) {
        for (name, value) in changes {
            let set = self.settings.set(name, *value);
            assert!(set.is_ok(), "settings were checked when the script was read");
        }
        cluster::reconfigure(world, &self.settings);
    }

    fn edge_event(&mut self, id: EdgeId, event: EdgeEvent, world: &mut World) {
        let mut edge = Edge { id, world, memory: &mut self.memory };
        let Some(mut heard) = edge.heard(event) else { return };
        let mut ended = Vec::new();
        for (tx_id, (owner, task)) in &mut self.tasks {
            if *owner == id
                && let Some(ending) = task.hear(&mut heard, &mut edge)
            {
                ended.push((*tx_id, ending));
            }
        }
        for (tx_id, ending) in ended {
            self.tasks.remove(&tx_id);
            self.ended(tx_id, ending);
        }
        if let (Heard::Tick, Waiting::Until(until)) = (&heard, &self.waiting) {
            if world.now() >= *until {
                self.waiting = Waiting::No;
            } else {
                let until = *until;
                self.edge(MAIN, world).wake_at(until);
            }
        }
    }

    /// A statement has ended: print, judge, and go on if it was waited for.
    fn ended(&mut self, tx_id: TxId, ending: Ending) {
        let scenario = Arc::clone(&self.scenario);
        let item = &scenario.items[tx_id.0 as usize - 1];
        self.last_status = Some(ending.status);
        self.print(item, &ending);
        if let Err(sentence) = expectation(&scenario, item, &ending) {
            self.fail(Verdict::Violated, format!("line {}: {sentence}", item.line));
        }
        let done = match self.waiting {
            Waiting::Task(waited) => waited == tx_id,
            Waiting::All => self.tasks.is_empty(),
            _ => false,
        };
        if done {
            self.waiting = Waiting::No;
        }
    }

    fn print(&mut self, item: &Item, ending: &Ending) {
        if !self.prints || item.marks.silent || item.statement.is_expectation() {
            return;
        }
        let text = ending.text();
        if !text.is_empty() {
            self.output.push(Printed { line: item.line, statement: item.statement.to_string(), text });
        }
    }

    fn expect_status(&mut self, item: &Item, expected: Status) {
        if let Some(found) = self.last_status.filter(|found| *found != expected) {
            self.fail(Verdict::Violated, format!("line {}: expected status {expected}, found {found}", item.line));
        }
    }

    fn at_rest(&mut self, world: &mut World) {
        match self.waiting {
            Waiting::ZoneBegin => {
                self.waiting = Waiting::No;
                world.begin_zone();
            }
            Waiting::Finish => self.over = true,
            Waiting::Moment => {
                if !self.ask_again(world) {
                    let line = self.scenario.items[self.next - 1].line;
                    self.fail(
                        Verdict::Invalid,
                        format!("line {line}: what it waits for never came: {}", world.unmet()),
                    );
                }
            }
            _ => {
                if !self.ask_again(world) {
                    self.fail(Verdict::Stuck, self.state());
                }
            }
        }
    }

    /// Nothing is pending: every client may ask once more. Tells whether one did.
    fn ask_again(&mut self, world: &mut World) -> bool {
        let before = self.memory.sent();
        let Interpreter { tasks, memory, .. } = self;
        for (id, task) in tasks.values_mut() {
            let ending = task.hear(&mut Heard::Silence, &mut Edge { id: *id, world, memory });
            assert!(ending.is_none(), "silence ends nothing");
        }
        self.memory.sent() > before
    }

    /// What waits for what.
    fn state(&self) -> String {
        let line = |tx_id: &TxId| &self.scenario.items[tx_id.0 as usize - 1];
        let waits = self.tasks.iter().map(|(tx_id, (_, task))| {
            let item = line(tx_id);
            format!("line {} '{}' waits for {}", item.line, item.statement, task.waits_for())
        });
        let waits: Vec<String> = waits.collect();
        if waits.is_empty() { "the script waits for quiet".to_owned() } else { waits.join("\n") }
    }

    fn fail(&mut self, verdict: Verdict, sentence: String) {
        self.failure.get_or_insert(Failure { verdict, sentence });
    }
}
