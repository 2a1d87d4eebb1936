//! Oracles: each watches the records of a run for one property.

mod accounting;
mod acknowledged;
mod applied;
mod backup_exact;
mod budgets_kept;
mod causes;
mod glimpse;
mod honest_status;
mod idempotent;
mod incremental_order;
mod isolation;
mod model;
mod no_leak;
mod no_panic;
mod path_states;
mod progress_made;
mod progress_monotone;
mod quiet_after_end;
mod recovery_equivalence;
mod reply_is_durable;
mod restore_exact;
mod sessions;
mod told;
mod watch;
mod work_list;

pub use accounting::Accounting;
pub use backup_exact::BackupExact;
pub use budgets_kept::BudgetsKept;
pub use causes::Cause;
pub(crate) use causes::Causes;
pub use glimpse::{Again, Arrival, CopyOf, Disk, Executed, Glimpse, Rest, Shadow};
pub use honest_status::HonestStatus;
pub use idempotent::Idempotent;
pub use incremental_order::IncrementalOrder;
pub use isolation::Isolation;
pub use no_leak::NoLeak;
pub use no_panic::NoPanic;
pub use path_states::PathStates;
pub use progress_made::ProgressMade;
pub use progress_monotone::ProgressMonotone;
pub use quiet_after_end::QuietAfterEnd;
pub use recovery_equivalence::RecoveryEquivalence;
pub use reply_is_durable::ReplyIsDurable;
pub use restore_exact::RestoreExact;
pub(crate) use watch::Watchers;
pub use watch::{Facts, Watch};

use crate::trace::{Record, Trace};
use crate::world::{Types, World};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use tablets::ids::{Steady, TabletId};
use tablets::message::Kind;
use tablets::quirk::Quirks;
use tablets::tablet::{Tablet, Wait};

/// An oracle is a value: a run can be copied, with what its oracles know, and two runs that are
/// in the same state agree in that too. Every oracle that is `Clone` and `Hash` is one.
pub trait OracleValue {
    /// The same oracle once more.
    fn copy(&self) -> Box<dyn Oracle>;
    /// Feeds all that its later judgements depend on to `state`.
    fn hash(&self, state: &mut dyn Hasher);
}

impl<O: Oracle + Clone + Hash + 'static> OracleValue for O {
    fn copy(&self) -> Box<dyn Oracle> {
        Box::new(self.clone())
    }

    fn hash(&self, mut state: &mut dyn Hasher) {
        Hash::hash(self, &mut state);
    }
}

/// A property that every run must have.
pub trait Oracle: OracleValue {
    /// Its name, as quirks and scenarios say it.
    fn name(&self) -> &'static str;
    /// The property, as a sentence.
    fn rule(&self) -> &'static str;
    /// Where it looks. Only for one that says [`Watch::Inside`] there are glimpses before the run is over.
    fn watch(&self) -> Watch {
        Watch::Records
    }
    /// The kinds of records that it looks at. It is shown no others.
    fn facts(&self) -> Facts {
        Facts::ALL
    }
    /// Looks at one record, just made. A durable image already holds the commit of a `Durable` record.
    fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection>;
    /// Looks inside a tablet, at a moment that leaves no record.
    fn look(&mut self, _: &Glimpse<'_>, _: &View<'_>) -> Option<Objection> {
        None
    }
    /// Whether it wants to see this message, which was just delivered, delivered once more.
    fn wants_again(&mut self, _: &Arrival, _: &View<'_>) -> bool {
        false
    }
    /// The messages that it wants to see delivered once more when the run is over.
    fn wants_at_end(&self) -> Vec<Arrival> {
        Vec::new()
    }
    /// Looks once more when the run is over.
    fn at_end(&mut self, view: &View<'_>) -> Option<Objection>;
    /// How often it found something to judge; 0 means that it proves nothing about this run.
    fn looked(&self) -> u64;
}

/// Every oracle, as each run has them.
pub fn all() -> Vec<Box<dyn Oracle>> {
    vec![
        Box::new(RestoreExact::default()),
        Box::new(BackupExact::default()),
        Box::new(HonestStatus::default()),
        Box::new(QuietAfterEnd::default()),
        Box::new(IncrementalOrder::default()),
        Box::new(ProgressMade::default()),
        Box::new(ProgressMonotone::default()),
        Box::new(Accounting::default()),
        Box::new(BudgetsKept::default()),
        Box::new(RecoveryEquivalence::default()),
        Box::new(ReplyIsDurable::default()),
        Box::new(Idempotent::default()),
        Box::new(Isolation::default()),
        Box::new(PathStates::default()),
        Box::new(NoLeak::default()),
        Box::new(NoPanic::default()),
    ]
}

/// A property does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Objection {
    /// The oracle's name.
    pub oracle: &'static str,
    /// What is wrong, with names and numbers.
    pub sentence: String,
    /// The property.
    pub rule: &'static str,
    /// The tablets concerned.
    pub tablets: Vec<TabletId>,
    /// The steps that show it.
    pub steps: Vec<u64>,
    /// Expected and found, one line each.
    pub details: Vec<String>,
}

impl Objection {
    /// What stands below the sentence: the rule, the details, where to look.
    pub fn particulars(&self) -> Vec<String> {
        let list = |name: &str, items: Vec<String>| match items.is_empty() {
            true => None,
            false => Some(format!("{name}: {}", items.join(", "))),
        };
        let mut lines = vec![format!("rule: {}", self.rule)];
        lines.extend(self.details.iter().cloned());
        lines.extend(list("tablets", self.tablets.iter().map(ToString::to_string).collect()));
        lines.extend(list("steps", self.steps.iter().map(ToString::to_string).collect()));
        lines
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.oracle, self.sentence)?;
        self.particulars().iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// What an oracle may see of the world.
pub struct View<'a> {
    world: &'a World,
    executed: Option<&'a Cause>,
}

impl<'a> View<'a> {
    pub(crate) fn new(world: &'a World, executed: Option<&'a Cause>) -> Self {
        View { world, executed }
    }

    /// The transaction that begins with the record in hand (a cut `pre`), or whose commit is
    /// durable with it. Of one that begins only those are known that handle a message.
    pub fn executed(&self) -> Option<&Cause> {
        self.executed
    }

    /// The settings with which a tablet of this type boots now.
    pub fn settings<T: Tablet>(&self) -> Option<T::Config> {
        self.world.settings::<T>()
    }

    /// Now.
    pub fn now(&self) -> Steady {
        self.world.now()
    }

    /// The step in hand.
    pub fn step(&self) -> u64 {
        self.world.events()
    }

    /// The durable tables of a tablet; `None` if there is no such tablet or it is of another type.
    pub fn durable<T: Tablet>(&self, tablet: TabletId) -> Option<Arc<T::Schema>> {
        self.world.durable::<T>(tablet)
    }

    /// The type of a tablet that exists or existed.
    pub fn kind(&self, tablet: TabletId) -> Option<Kind> {
        self.world.kind(tablet)
    }

    /// All tablets that exist or existed, with their types.
    pub fn tablets(&self) -> Vec<(TabletId, Kind)> {
        self.world.tablets()
    }

    /// The records before the one in hand; none if the run does not keep them.
    pub fn trace(&self) -> &Trace {
        self.world.trace()
    }

    /// The tablet types, with which messages and rows are read.
    pub fn types(&self) -> &Types {
        self.world.types()
    }

    /// The transaction that the message or question to the hive in hand comes from, by its serial;
    /// `None` if a pipe client itself passes on what it was given before.
    pub fn speaker(&self) -> Option<u64> {
        self.world.speaker()
    }

    /// Whether no fault has struck so far, of a schedule that has some. Up to here the run is the one
    /// without faults, which every search makes first.
    pub fn is_undisturbed(&self) -> bool {
        self.world.receipts().is_empty() && !self.world.options().schedule.0.is_empty()
    }

    /// How many faults have struck.
    pub fn strikes(&self) -> usize {
        self.world.receipts().len()
    }

    /// The mistakes that the tablets were told to make.
    pub fn quirks(&self) -> Quirks {
        self.world.options().quirks
    }

    /// What unfinished operations wait for; known at the end of a run that came to rest, else empty.
    pub fn waits(&self) -> &[(TabletId, Wait)] {
        self.world.last_waits()
    }
}
