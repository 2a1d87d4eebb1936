//! Which faults are tried at a point.

use crate::fault::{Action, ActionKind, Fault, Point};
use std::collections::BTreeSet;
use std::fmt;
use tablets::ids::TabletId;

/// Which faults a search tries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Only these kinds of actions; empty is all.
    pub actions: BTreeSet<ActionKind>,
    /// Only points at these tablets; empty is all.
    pub tablets: BTreeSet<TabletId>,
    /// How long a rebooted tablet is down, in microseconds, one run each; empty is the world's default.
    pub down_us: Vec<u64>,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Choice { actions, tablets, down_us } = self;
        let actions: Vec<&str> = actions.iter().map(|kind| kind.name()).collect();
        let tablets: Vec<String> = tablets.iter().map(ToString::to_string).collect();
        let down: Vec<String> = down_us.iter().map(ToString::to_string).collect();
        write!(f, "actions=[{}] tablets=[{}] down_us=[{}]", actions.join(","), tablets.join(","), down.join(","))
    }
}

impl Choice {
    /// The faults to try at this point.
    pub fn faults_at(&self, point: Point) -> Vec<Fault> {
        if !self.tablets.is_empty() && !point.tablets().iter().any(|tablet| self.tablets.contains(tablet)) {
            return Vec::new();
        }
        let kinds = ActionKind::all().filter(|kind| self.actions.is_empty() || self.actions.contains(kind));
        kinds.flat_map(|kind| point.faults(kind)).flat_map(|fault| self.outages(fault)).collect()
    }

    fn outages(&self, fault: Fault) -> Vec<Fault> {
        let Action::Reboot { down_us: None, .. } = &fault.action else { return vec![fault] };
        if self.down_us.is_empty() {
            return vec![fault];
        }
        let with = |us: &u64| {
            let mut fault = fault.clone();
            if let Action::Reboot { down_us, .. } = &mut fault.action {
                *down_us = Some(*us);
            }
            fault
        };
        self.down_us.iter().map(with).collect()
    }
}

/// The word that a fault's line begins with.
pub(super) fn verb(fault: &Fault) -> String {
    fault.to_string().split(' ').next().unwrap_or_default().to_owned()
}
