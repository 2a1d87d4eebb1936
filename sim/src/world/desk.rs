//! Where a polled tablet leaves what it wants of the world.
//!
//! The desk is all that actors share with the world, so that nothing else needs a
//! `RefCell`. A cut must be answered at once, hence the faults anchored at cuts and the
//! counters of transactions are here; everything else is carried out after the poll.

use crate::fault::{Action, Anchor, Fault, Old};
use crate::oracle::Executed;
use crate::pipes::Who;
use crate::world::Counts;
use crate::world::rehearsal::shadow;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use tablets::executor::{Cut, Executor, Flow, Port, TxRef, Wire};
use tablets::ids::{Commit, NodeId, OperationId, Steady, TabletId, Wall};
use tablets::tablet::Tablet;

/// What virtual time 0 is on every wall clock: 2025-01-01, in microseconds since 1970.
const WALL_AT_START: u64 = 1_735_689_600_000_000;

/// One thing a tablet asked for.
#[derive(Clone, Debug, Hash)]
pub(crate) enum Output {
    /// The n-th transaction of its type has come to a cut.
    Cut(Cut, TxRef, u64),
    /// A fault of the schedule, by index, is anchored there and strikes after the poll.
    Strike(usize, Cut),
    /// It would have struck, had it been in the zone.
    Missed(usize),
    /// A transaction has executed and written; only if oracles look.
    Executed(Box<Executed>),
    Log(Commit, TxRef, Vec<u8>),
    Snapshot(Commit, Vec<u8>),
    /// Asked by this transaction.
    Confirm(u64, Option<TxRef>),
    Wire(Option<TxRef>, Wire),
}

/// A fault that is anchored at a cut.
#[derive(Clone, Debug, Hash)]
pub(crate) struct CutFault {
    index: usize,
    tablet: TabletId,
    cut: Cut,
    tx: String,
    n: u64,
    ends: Ends,
}

/// Whether the incarnation at the cut ends there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Ends {
    No,
    Yes,
    /// If it runs on this node.
    On(NodeId),
}

impl CutFault {
    /// The fault with this index, if its anchor is a cut and it strikes there, in a world of
    /// so many nodes.
    pub(crate) fn new(index: usize, fault: &Fault, nodes: u32) -> Option<CutFault> {
        let Anchor::Cut { tablet, cut, tx, n } = &fault.anchor else { return None };
        let ends = match fault.action {
            Action::Reboot { tablet: whom, old: Old::Dies, .. } | Action::Delete { tablet: whom }
                if whom == *tablet =>
            {
                Ends::Yes
            }
            Action::Move { tablet: whom, node } if whom == *tablet && (1..=nodes).contains(&node.0) => Ends::Yes,
            Action::Kill { node, .. } => Ends::On(node),
            _ => Ends::No,
        };
        Some(CutFault { index, tablet: *tablet, cut: *cut, tx: tx.clone(), n: *n, ends })
    }
}

/// The desk.
///
/// * `open` holds, for each incarnation, the transactions that have begun and not completed, in
///   order, each with its number among those of its type. They complete in order too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk {
    pub(crate) now: Steady,
    pub(crate) in_zone: bool,
    pub(crate) faults: Vec<CutFault>,
    pub(crate) counts: BTreeMap<TabletId, Counts>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) open: BTreeMap<Who, VecDeque<(TxRef, u64)>>,
    /// How far the wall clocks of nodes have jumped, in microseconds.
    pub(crate) walls: BTreeMap<NodeId, i64>,
    /// Whether oracles look inside tablets.
    pub(crate) looks: bool,
}

impl Desk {
    /// Now, on the wall clock of a node.
    pub(crate) fn wall(&self, node: NodeId) -> Wall {
        let jumped = self.walls.get(&node).copied().unwrap_or_default();
        Wall((WALL_AT_START + self.now.0).saturating_add_signed(jumped))
    }

    /// Which of its type the transaction is. Serials follow one another, so the place of one is
    /// its distance from the first.
    fn number(&mut self, who: Who, cut: Cut, tx: TxRef) -> u64 {
        if cut == Cut::Pre {
            let n = self.counts.entry(who.tablet).or_default().count(tx.tx_type.name);
            self.open.entry(who).or_default().push_back((tx, n));
            return n;
        }
        let open = self.open.get_mut(&who).expect("a transaction comes to pre before any other cut");
        let first = open.front().map_or(tx.serial, |(first, _)| first.serial);
        let (begun, n) = open[(tx.serial - first) as usize];
        assert_eq!(begun, tx, "a transaction comes to pre before any other cut");
        if cut == Cut::Done {
            open.pop_front();
        }
        n
    }

    fn cut(&mut self, tablet: TabletId, node: NodeId, cut: Cut, tx: TxRef, n: u64) -> Flow {
        self.outputs.push(Output::Cut(cut, tx, n));
        let mut flow = Flow::Go;
        let here = |fault: &CutFault| {
            fault.tablet == tablet && fault.cut == cut && fault.n == n && fault.tx == tx.tx_type.name
        };
        for fault in self.faults.iter().filter(|fault| here(fault)) {
            if !self.in_zone {
                self.outputs.push(Output::Missed(fault.index));
                continue;
            }
            self.outputs.push(Output::Strike(fault.index, cut));
            if fault.ends == Ends::Yes || fault.ends == Ends::On(node) {
                flow = Flow::Stop;
            }
        }
        flow
    }
}

/// The port of one incarnation.
#[derive(Debug)]
pub(crate) struct WorldPort {
    who: Who,
    node: NodeId,
    desk: Rc<RefCell<Desk>>,
}

impl WorldPort {
    pub(crate) fn new(who: Who, node: NodeId, desk: Rc<RefCell<Desk>>) -> Self {
        WorldPort { who, node, desk }
    }

    fn out(&mut self, output: Output) {
        self.desk.borrow_mut().outputs.push(output);
    }
}

impl Port for WorldPort {
    fn at(&mut self, cut: Cut, tx: TxRef) -> Flow {
        let mut desk = self.desk.borrow_mut();
        let n = desk.number(self.who, cut, tx);
        desk.cut(self.who.tablet, self.node, cut, tx, n)
    }

    fn log(&mut self, commit: Commit, tx: TxRef, redo: Vec<u8>) {
        self.out(Output::Log(commit, tx, redo));
    }

    fn executed<T: Tablet>(&mut self, tx: TxRef, operation: Option<OperationId>, executor: &Executor<T>) {
        if !self.desk.borrow().looks {
            return;
        }
        let Who { tablet, generation } = self.who;
        let (commit, shadow) = (executor.logged(), shadow(executor));
        let executed = Executed { tablet, generation, tx: tx.tx_type.name, commit, operation, shadow };
        self.out(Output::Executed(Box::new(executed)));
    }

    fn snapshot(&mut self, commit: Commit, image: Vec<u8>) {
        self.out(Output::Snapshot(commit, image));
    }

    fn confirm(&mut self, ticket: u64) {
        let asking = self.desk.borrow().open.get(&self.who).and_then(VecDeque::back).map(|(tx, _)| *tx);
        self.out(Output::Confirm(ticket, asking));
    }

    fn wire(&mut self, tx: Option<TxRef>, wire: Wire) {
        self.out(Output::Wire(tx, wire));
    }

    fn steady(&self) -> Steady {
        self.desk.borrow().now
    }

    fn wall(&self) -> Wall {
        self.desk.borrow().wall(self.node)
    }
}
