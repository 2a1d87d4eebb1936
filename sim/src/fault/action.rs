//! Actions: what a fault does.
//!
//! All but the last three keep the pipe's contract: on a connection that stays up nothing
//! is lost, doubled or overtaken. Those three are for questions such as "what does the
//! protocol owe to the pipe?", and have to be allowed for a run.

use crate::fault::Anchor;
use crate::world::Endpoint;
use tablets::ids::{NodeId, TabletId};

/// How many of the log writes in flight a reboot keeps, from the oldest on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Keep {
    /// None of them.
    #[default]
    None,
    /// All of them.
    All,
    /// So many.
    First(u32),
}

/// What happens to the old incarnation when a new one is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Old {
    /// It is gone at once.
    #[default]
    Dies,
    /// It goes on until the log refuses it, or its lease is over.
    Lives,
    /// It goes on until the log refuses it, and no longer than so many microseconds.
    LivesFor(u64),
}

/// What becomes of messages in flight when a connection breaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// Nothing more arrives.
    #[default]
    Lost,
    /// All that was sent arrives, then the notice.
    Drained,
}

/// Which end of a connection breaks it. What is on its way *to* an end that breaks alone is
/// lost in any case, as with a reboot; the [`Fate`] is of what that end has sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// The end that opened it.
    Client,
    /// The end it was opened to.
    Server,
    /// The network between: both directions have the same fate.
    #[default]
    Both,
}

/// Where the tablets of a node that is gone start again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Home {
    /// On the next node that is up, after the usual time; there, if no node is.
    #[default]
    Elsewhere,
    /// There, when the node is back.
    There,
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Stops a tablet and starts its next generation after a while.
    Reboot {
        /// The tablet.
        tablet: TabletId,
        /// How long it is down, in microseconds; `None` is the world's default.
        down_us: Option<u64>,
        /// Which log writes in flight survive.
        keep: Keep,
        /// Whether the old incarnation goes on meanwhile.
        old: Old,
    },
    /// Stops a tablet and starts its next generation on another node.
    Move {
        /// The tablet.
        tablet: TabletId,
        /// Where it goes.
        node: NodeId,
    },
    /// Stops a node and all tablets on it.
    Kill {
        /// The node.
        node: NodeId,
        /// How long it is down, in microseconds; `None` is the world's default.
        down_us: Option<u64>,
        /// Which log writes in flight survive.
        keep: Keep,
        /// Where its tablets start again.
        home: Home,
    },
    /// Makes the hive delete a tablet, without its owner's wish.
    Delete {
        /// The tablet.
        tablet: TabletId,
    },
    /// Breaks the connection of the anchor's message, or all connections between two ends.
    Reset {
        /// The two ends, as sender and receiver of the anchor's message if there is one.
        pair: (Endpoint, Endpoint),
        /// What becomes of messages in flight.
        fate: Fate,
        /// Which end breaks it.
        end: End,
    },
    /// Breaks every connection between two nodes and refuses connects between them for a while.
    Partition {
        /// The nodes.
        nodes: (NodeId, NodeId),
        /// How long, in microseconds.
        for_us: u64,
        /// After how many microseconds each end hears that its connection is gone; `None` is
        /// as soon as with any other break.
        told_us: Option<u64>,
    },
    /// The same between a node and everything else, clients too.
    Isolate {
        /// The node.
        node: NodeId,
        /// How long, in microseconds.
        for_us: u64,
        /// As with a partition.
        told_us: Option<u64>,
    },
    /// Refuses the anchor's connect and those that follow it between the same two ends.
    Refuse {
        /// How many in all.
        times: u64,
    },
    /// Brings about an event of the tablet's own that it lets faults bring about, such as the
    /// termination of its scans.
    Inject {
        /// The tablet.
        tablet: TabletId,
        /// The event's name.
        event: String,
    },
    /// Delays the anchor's message, and so those behind it.
    Delay {
        /// By so many microseconds.
        by_us: u64,
    },
    /// Delays the anchor's message, and so those behind it, until another moment.
    DelayUntil {
        /// The moment.
        until: Anchor,
        /// It arrives so many microseconds before the moment, or after it.
        gap_us: u64,
    },
    /// Log writes of a tablet take longer for a while.
    Slow {
        /// The tablet.
        tablet: TabletId,
        /// So many times.
        times: u32,
        /// How long, in microseconds.
        for_us: u64,
    },
    /// The anchor's log write or snapshot fails when it would become durable, and the
    /// incarnation stops, as YDB's tablets do.
    Fail {
        /// How long the tablet is down, in microseconds; `None` is the world's default.
        down_us: Option<u64>,
    },
    /// Sets the wall clock of one node, or of all, forth or back.
    Jump {
        /// The node; `None` is all of them.
        node: Option<NodeId>,
        /// By so many microseconds.
        by_us: i64,
    },
    /// Loses the anchor's message on a connection that stays up.
    Drop,
    /// Lets the anchor's message arrive twice.
    Duplicate,
    /// Lets the anchor's message overtake all that is on its way before it.
    Reorder,
}

impl Action {
    /// Whether the pipe's contract excludes it.
    pub fn is_beyond_contract(&self) -> bool {
        matches!(self, Action::Drop | Action::Duplicate | Action::Reorder)
    }

    /// Whether it is something that happens to the anchor's message when it is sent.
    pub(crate) fn is_of_message(&self) -> bool {
        self.is_beyond_contract() || matches!(self, Action::Delay { .. } | Action::DelayUntil { .. })
    }

    /// Whether it strikes by itself when its anchor is reached. The others are asked for where
    /// a message is sent, a connect arrives or a write fails.
    pub(crate) fn strikes(&self) -> bool {
        !self.is_of_message() && !matches!(self, Action::Refuse { .. } | Action::Fail { .. })
    }
}
