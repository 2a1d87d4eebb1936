//! The hive: which tablets exist, where each runs, and which generation is its newest.
//! YDB: `THive`.
//!
//! Left out: the hive as a tablet of its own, moving tablets between nodes, boot queues.

use std::collections::BTreeMap;
use tablets::ids::{Generation, NodeId, TabletId};
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
}

impl Hive {
    pub(crate) fn new(nodes: u32) -> Self {
        Hive { nodes: nodes.max(1), tablets: BTreeMap::new() }
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

    pub(crate) fn get(&self, tablet: TabletId) -> Option<&Entry> {
        self.tablets.get(&tablet)
    }

    /// All tablets that exist or existed, with their types.
    pub(crate) fn tablets(&self) -> impl Iterator<Item = (TabletId, Kind)> {
        self.tablets.iter().map(|(tablet, entry)| (*tablet, entry.kind))
    }
}
