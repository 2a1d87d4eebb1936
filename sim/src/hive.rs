//! The hive: which tablets exist, where each runs, and which generation is its newest.
//! YDB: `THive`.
//!
//! A node can be down. What should start on it starts on the next node that is up, or waits.
//!
//! Left out: the hive as a tablet of its own, balancing, boot queues.

use std::collections::BTreeMap;
use tablets::ids::{Generation, NodeId, Steady, TabletId};
use tablets::message::Kind;

/// What the hive knows of a tablet.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) node: NodeId,
    /// The newest generation that was started; 0 before the first.
    pub(crate) generation: Generation,
    pub(crate) deleted: bool,
}

/// The hive.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Hive {
    nodes: u32,
    tablets: BTreeMap<TabletId, Entry>,
    /// Until when a node is down, and whether its tablets wait for it.
    down: BTreeMap<NodeId, (Steady, bool)>,
}

impl Hive {
    pub(crate) fn new(nodes: u32) -> Self {
        Hive { nodes: nodes.max(1), tablets: BTreeMap::new(), down: BTreeMap::new() }
    }

    /// Makes a tablet exist; `false` if it does already, or did once and was deleted.
    pub(crate) fn create(&mut self, tablet: TabletId, kind: Kind) -> bool {
        if let Some(entry) = self.tablets.get(&tablet) {
            assert_eq!(entry.kind, kind, "{tablet} exists already and is of another type");
            return false;
        }
        let node = NodeId((tablet.0 % u64::from(self.nodes)) as u32 + 1);
        self.tablets.insert(tablet, Entry { kind, node, generation: Generation(0), deleted: false });
        true
    }

    /// Makes a tablet not exist, for good; `false` if there is none.
    pub(crate) fn delete(&mut self, tablet: TabletId) -> bool {
        let Some(entry) = self.tablets.get_mut(&tablet) else {
            return false;
        };
        !std::mem::replace(&mut entry.deleted, true)
    }

    /// The next generation of a tablet starts.
    pub(crate) fn start(&mut self, tablet: TabletId) -> Entry {
        let entry = self.tablets.get_mut(&tablet).expect("only tablets that the hive created are started");
        entry.generation = entry.generation.next();
        *entry
    }

    /// The tablet's next generation starts on this node.
    pub(crate) fn place(&mut self, tablet: TabletId, node: NodeId) {
        let entry = self.tablets.get_mut(&tablet).expect("only tablets that the hive created are moved");
        entry.node = node;
    }

    /// A node is down until then; its tablets wait for it, or start elsewhere.
    pub(crate) fn take_down(&mut self, node: NodeId, until: Steady, wait: bool) {
        self.down.insert(node, (until, wait));
    }

    /// Nodes that are up again are as if they had never been down.
    pub(crate) fn forget_up(&mut self, now: Steady) {
        self.down.retain(|_, (until, _)| *until > now);
    }

    /// Sees to it that the tablet's node is up.
    ///
    /// # Errors
    /// It has to wait until this time.
    pub(crate) fn settle(&mut self, tablet: TabletId, now: Steady) -> Result<(), Steady> {
        let down = |node: NodeId| self.down.get(&node).filter(|(until, _)| *until > now).copied();
        let home = self.tablets[&tablet].node;
        let Some((until, wait)) = down(home) else { return Ok(()) };
        let others = (1..self.nodes).map(|step| NodeId((home.0 - 1 + step) % self.nodes + 1));
        match others.into_iter().find(|node| down(*node).is_none()).filter(|_| !wait) {
            Some(node) => {
                self.place(tablet, node);
                Ok(())
            }
            None => Err(until),
        }
    }

    /// All tablets that exist, with their types.
    pub(crate) fn alive(&self) -> impl Iterator<Item = (TabletId, Kind)> {
        self.tablets.iter().filter(|(_, entry)| !entry.deleted).map(|(tablet, entry)| (*tablet, entry.kind))
    }

    pub(crate) fn get(&self, tablet: TabletId) -> Option<&Entry> {
        self.tablets.get(&tablet)
    }

    /// All tablets that exist or existed, with their types.
    pub(crate) fn tablets(&self) -> impl Iterator<Item = (TabletId, Kind)> {
        self.tablets.iter().map(|(tablet, entry)| (*tablet, entry.kind))
    }
}
