//! What a search tries at a point: the faults of each kind of action.
//!
//! A kind that does not apply to a point has no candidates there.

use crate::client::SCHEMESHARD;
use crate::fault::{Action, End, Fate, Fault, Keep, Old, Point, Side};
use crate::world::Endpoint;
use std::fmt;
use std::str::FromStr;

/// How long a delayed message is late: longer than a heartbeat and than the first retries.
const DELAY_US: u64 = 3_000_000;
/// How many connects in a row are refused.
const REFUSALS: u64 = 2;

/// A kind of action, as searches name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
}

/// The kinds with their names, and what they try.
const KINDS: [(ActionKind, &str, &str); 5] = [
    (ActionKind::Reboot, "reboot", "at each cut, with the writes in flight lost, and kept"),
    (ActionKind::Reset, "reset", "before each message, after it, and before it with all delivered"),
    (ActionKind::Refuse, "refuse", "each connect and the next one"),
    (ActionKind::Delay, "delay", "each message by three seconds"),
    (ActionKind::AbortScan, "abort-scan", "after each message to a shard, all scans of that shard"),
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
}
