//! The zoo: which known mistakes a search finds, and after how many runs.
//!
//! Every quirk is switched on by itself, and a search that does not know of it runs over the
//! scenarios, the smallest first, until its oracle objects:
//!
//! ```text
//!   quirk ──> tablets that make it ──> scenarios × schedules ──> first failure ──> made smaller
//!                                                                   │
//!                    the same run without the quirk must be well ◄──┘
//! ```
//!
//! * A failure that the tablets without quirks have as well is a *false alarm*: the search goes
//!   on, and the zoo says so. The same searches over tablets without quirks must find nothing.
//! * The *canaries* are runs that must fail. A zoo whose canary lives proves nothing.
//! * What is counted is counted by place in the search, so it is the same with any number of
//!   threads, as long as time does not run out. Times are kept apart.
//!
//! Left out: quirks in combination.

mod canary;
mod hunted;
mod report;
mod seek;
mod verify;

pub use canary::{Canary, canaries};
pub use report::{Entry, ZooReport};
pub use seek::{Find, Seeker, Smallest, Sought, smallest_first};
pub use verify::is_expected;

use std::fmt;
use std::str::FromStr;

/// How schedules are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strategy {
    /// No fault, then every single one, scenario by scenario.
    Sweep1,
    /// The same, and then every two faults, scenario by scenario.
    Sweep2,
    /// Seeds that draw workloads and faults from every scenario.
    Hunt,
    /// Seeds that draw workloads and orders of delivery, and no faults.
    Pct,
}

/// The strategies with their names.
const STRATEGIES: [(Strategy, &str); 4] =
    [(Strategy::Sweep1, "sweep1"), (Strategy::Sweep2, "sweep2"), (Strategy::Hunt, "hunt"), (Strategy::Pct, "pct")];

impl Strategy {
    /// Every strategy, from the most thorough in few faults on.
    pub fn all() -> impl Iterator<Item = Strategy> {
        STRATEGIES.iter().map(|(strategy, _)| *strategy)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        STRATEGIES.iter().find(|(strategy, _)| *strategy == self).expect("the list names every strategy").1
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Strategy {
    type Err = String;

    fn from_str(text: &str) -> Result<Strategy, String> {
        let found = STRATEGIES.iter().find(|(_, name)| *name == text).map(|(strategy, _)| *strategy);
        found.ok_or_else(|| crate::scenario::unknown("strategy", text, STRATEGIES.iter().map(|(_, name)| *name)))
    }
}
