//! What a search tries at a point: the faults of each kind of action.
//!
//! A kind that does not apply to a point has no candidates there.
//!
//! Left out: moves, which are reboots with another name; partitions of two nodes, of which an
//! isolation is the worst; jumps of the wall clock, which no tablet decides by.

use crate::client::SCHEMESHARD;
use crate::fault::points::Named;
use crate::fault::{Action, Anchor, End, Fate, Fault, Home, Keep, Old, Point, Side};
use crate::world::Endpoint;
use std::fmt;
use std::str::FromStr;
use tablets::executor::Cut;

/// How long a delayed message is late: longer than a heartbeat and than the first retries.
const DELAY_US: u64 = 3_000_000;
/// How many connects in a row are refused.
const REFUSALS: u64 = 2;
/// How many times slower a slow log is, and how long.
const SLOWER: u32 = 100;
const SLOW_US: u64 = 2_000_000;
/// How long a node is down or cut off: longer than the first retries, and shorter than the time
/// that a backup has to make its cut.
const NODE_US: u64 = 3_000_000;

/// A kind of action, as searches name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionKind {
    /// A reboot at a cut.
    Reboot,
    /// A pipe reset around a message.
    Reset,
    /// Connects refused.
    Refuse,
    /// A message that comes late.
    Delay,
    /// The scans of the message's receiver are terminated.
    AbortScan,
    /// A reboot that lets the old incarnation go on.
    OldLives,
    /// A log write or snapshot that fails.
    Fail,
    /// A log that is slow for a while.
    Slow,
    /// A message that a timer may wait for comes just before or after the timer.
    Until,
    /// A node that stops with all its tablets.
    Kill,
    /// A node that is cut off for a while.
    Isolate,
}

/// The kinds with their names, and what they try.
const KINDS: [(ActionKind, &str, &str); 11] = [
    (ActionKind::Reboot, "reboot", "at each cut, with the writes in flight lost, and kept"),
    (ActionKind::Reset, "reset", "before each message, after it, and before it with all delivered"),
    (ActionKind::Refuse, "refuse", "each connect and the next one"),
    (ActionKind::Delay, "delay", "each message by three seconds"),
    (ActionKind::AbortScan, "abort-scan", "after each message to a shard, all scans of that shard"),
    (ActionKind::OldLives, "old", "after each transaction, while the old incarnation goes on"),
    (ActionKind::Fail, "fail", "each log write and each snapshot"),
    (ActionKind::Slow, "slow", "from each log write on, a hundred times slower for two seconds"),
    (
        ActionKind::Until,
        "until",
        "each message that a timer may wait for, one unit before it, with it, one unit after it",
    ),
    (ActionKind::Kill, "kill", "after each message, the node of its receiver, for three seconds"),
    (ActionKind::Isolate, "isolate", "after each message, the node of its receiver, for three seconds"),
];

impl ActionKind {
    /// All kinds, in the order in which a search tries them.
    pub fn all() -> impl Iterator<Item = ActionKind> {
        KINDS.iter().map(|(kind, ..)| *kind)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.entry().1
    }

    /// What a search tries of it.
    pub fn about(self) -> &'static str {
        self.entry().2
    }

    fn entry(self) -> &'static (ActionKind, &'static str, &'static str) {
        KINDS.iter().find(|(kind, ..)| *kind == self).expect("the list names every kind")
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ActionKind {
    type Err = String;

    fn from_str(text: &str) -> Result<ActionKind, String> {
        let found = KINDS.iter().find(|(_, name, _)| *name == text).map(|(kind, ..)| *kind);
        found.ok_or_else(|| crate::scenario::unknown("action", text, KINDS.iter().map(|(_, name, _)| *name)))
    }
}

impl Point {
    /// The faults of one kind to try here; none if the kind does not apply.
    pub fn faults(self, kind: ActionKind) -> Vec<Fault> {
        let actions = match kind {
            ActionKind::Reboot => self.reboots(),
            ActionKind::Reset => self.resets(),
            ActionKind::Refuse => self.refusals(),
            ActionKind::Delay => self.delays(),
            ActionKind::AbortScan => self.aborts(),
            ActionKind::OldLives => self.elders(),
            ActionKind::Fail => self.failures(),
            ActionKind::Slow => self.slow(),
            ActionKind::Until => return self.untils(),
            ActionKind::Kill => self.kills(),
            ActionKind::Isolate => self.isolations(),
        };
        actions.into_iter().map(|(side, action)| Fault { anchor: self.anchor(side), action }).collect()
    }

    /// The faults of every kind to try here.
    pub fn all_faults(self) -> Vec<Fault> {
        ActionKind::all().flat_map(|kind| self.faults(kind)).collect()
    }

    fn reboots(self) -> Vec<(Side, Action)> {
        let Point::Cut { tablet, .. } = self else { return Vec::new() };
        let reboot = |keep| (Side::Before, Action::Reboot { tablet, down_us: None, keep, old: Old::Dies });
        vec![reboot(Keep::None), reboot(Keep::All)]
    }

    fn resets(self) -> Vec<(Side, Action)> {
        let Point::Message { from, to, .. } = self else { return Vec::new() };
        let reset = |side, fate| (side, Action::Reset { pair: (from, to), fate, end: End::Both });
        vec![reset(Side::Before, Fate::Lost), reset(Side::After, Fate::Lost), reset(Side::Before, Fate::Drained)]
    }

    fn refusals(self) -> Vec<(Side, Action)> {
        let Point::Connect { .. } = self else { return Vec::new() };
        vec![(Side::Before, Action::Refuse { times: REFUSALS })]
    }

    fn delays(self) -> Vec<(Side, Action)> {
        let Point::Message { .. } = self else { return Vec::new() };
        vec![(Side::Before, Action::Delay { by_us: DELAY_US })]
    }

    fn aborts(self) -> Vec<(Side, Action)> {
        match self {
            Point::Message { to: Endpoint::Tablet(tablet), .. } if tablet != SCHEMESHARD => {
                vec![(Side::After, Action::Inject { tablet, event: "AbortScan".to_owned() })]
            }
            _ => Vec::new(),
        }
    }

    /// Only once for each transaction: the old incarnation goes on, whatever the cut.
    fn elders(self) -> Vec<(Side, Action)> {
        match self {
            Point::Cut { tablet, cut: Cut::Done, .. } => {
                vec![(Side::Before, Action::Reboot { tablet, down_us: None, keep: Keep::None, old: Old::Lives })]
            }
            _ => Vec::new(),
        }
    }

    fn failures(self) -> Vec<(Side, Action)> {
        match self {
            Point::Write { .. } | Point::Snapshot { .. } => vec![(Side::Before, Action::Fail { down_us: None })],
            _ => Vec::new(),
        }
    }

    fn slow(self) -> Vec<(Side, Action)> {
        let Point::Write { tablet, .. } = self else { return Vec::new() };
        vec![(Side::Before, Action::Slow { tablet, times: SLOWER, for_us: SLOW_US })]
    }

    fn kills(self) -> Vec<(Side, Action)> {
        let Point::Node { node, .. } = self else { return Vec::new() };
        let kill = Action::Kill { node, down_us: Some(NODE_US), keep: Keep::None, home: Home::Elsewhere };
        vec![(Side::After, kill)]
    }

    fn isolations(self) -> Vec<(Side, Action)> {
        let Point::Node { node, .. } = self else { return Vec::new() };
        vec![(Side::After, Action::Isolate { node, for_us: NODE_US, told_us: None })]
    }

    fn untils(self) -> Vec<Fault> {
        let Point::Timer { awaited, .. } = self else { return Vec::new() };
        let times = [(Side::Before, 1), (Side::Before, 0), (Side::After, 1)];
        let until = |message: Named, (side, gap_us)| {
            let until: Anchor = self.anchor(side);
            Fault { anchor: message.anchor(Side::Before), action: Action::DelayUntil { until, gap_us } }
        };
        let messages = [awaited.0, awaited.1].into_iter().flatten();
        messages.flat_map(|message| times.map(|time| until(message, time))).collect()
    }
}
