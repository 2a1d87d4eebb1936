//! What an oracle looks at: the rest it is not asked about.

use crate::oracle::Oracle;
use crate::trace::What;
use std::ops::BitOr;

/// Where an oracle looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watch {
    /// At the end of a backup, of a restore or of the run; before it, it takes notes.
    Ends,
    /// At records.
    Records,
    /// At the inside of tablets too, while they work.
    Inside,
}

/// A set of kinds of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts(u8);

impl Facts {
    /// Nothing.
    pub const NONE: Facts = Facts(0);
    /// A redo record is durable.
    pub const DURABLE: Facts = Facts(1);
    /// A redo record was handed to the log.
    pub const LOGGED: Facts = Facts(2);
    /// A transaction has come to a cut.
    pub const CUT: Facts = Facts(4);
    /// A message was sent.
    pub const SENT: Facts = Facts(8);
    /// A message was delivered.
    pub const DELIVERED: Facts = Facts(16);
    /// Any other, all of which are rarer.
    pub const OTHER: Facts = Facts(32);
    /// Everything.
    pub const ALL: Facts = Facts(63);

    /// The kind of one record.
    pub(crate) fn of(what: &What) -> Facts {
        match what {
            What::Durable { .. } => Facts::DURABLE,
            What::Logged { .. } => Facts::LOGGED,
            What::Cut { .. } => Facts::CUT,
            What::Sent(_) => Facts::SENT,
            What::Delivered(_) => Facts::DELIVERED,
            _ => Facts::OTHER,
        }
    }

    /// Whether this kind is one of them.
    pub(crate) fn has(self, kind: Facts) -> bool {
        self.0 & kind.0 != 0
    }
}

/// Who looks at what, by place among all oracles, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watchers {
    of: [Vec<usize>; Facts::ALL.0.count_ones() as usize],
    inside: Vec<usize>,
}

impl Watchers {
    /// An oracle takes this place.
    pub(crate) fn add(&mut self, place: usize, oracle: &dyn Oracle) {
        for (bit, places) in self.of.iter_mut().enumerate() {
            if oracle.facts().has(Facts(1 << bit)) {
                places.push(place);
            }
        }
        if oracle.watch() == Watch::Inside {
            self.inside.push(place);
        }
    }

    /// Who looks inside tablets while they work.
    pub(crate) fn inside(&self) -> &[usize] {
        &self.inside
    }

    /// Who looks at records of this kind.
    pub(crate) fn of(&self, kind: Facts) -> &[usize] {
        &self.of[kind.0.trailing_zeros() as usize]
    }
}

impl BitOr for Facts {
    type Output = Facts;

    fn bitor(self, other: Facts) -> Facts {
        Facts(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Facts, Watch};
    use crate::oracle::{Glimpse, Objection, Oracle, View, all};
    use crate::run::{Run, RunOptions, Verdict};
    use crate::scenario::Scenario;
    use crate::state::StateBytes;
    use crate::trace::Record;
    use std::hash::{Hash, Hasher};
    use std::path::Path;
    use std::sync::Arc;

    /// An oracle that is shown everything, and does nothing with what it does not watch.
    struct Shown(Box<dyn Oracle>);

    impl Clone for Shown {
        fn clone(&self) -> Self {
            Shown((*self.0).copy())
        }
    }

    impl Hash for Shown {
        fn hash<H: Hasher>(&self, state: &mut H) {
            (*self.0).hash(state);
        }
    }

    impl Oracle for Shown {
        fn name(&self) -> &'static str {
            self.0.name()
        }

        fn rule(&self) -> &'static str {
            self.0.rule()
        }

        fn watch(&self) -> Watch {
            self.0.watch()
        }

        fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection> {
            if self.0.facts().has(Facts::of(&record.what)) {
                return self.0.observe(record, view);
            }
            let (before, looked) = (StateBytes::of(self), self.0.looked());
            let objection = self.0.observe(record, view);
            let same = before.bytes() == StateBytes::of(self).bytes() && looked == self.0.looked();
            assert!(same && objection.is_none(), "{} does not watch {:?}, and acts on it", self.name(), record.what);
            None
        }

        fn look(&mut self, glimpse: &Glimpse<'_>, view: &View<'_>) -> Option<Objection> {
            self.0.look(glimpse, view)
        }

        fn at_end(&mut self, view: &View<'_>) -> Option<Objection> {
            self.0.at_end(view)
        }

        fn looked(&self) -> u64 {
            self.0.looked()
        }
    }

    #[test]
    fn what_is_not_watched_changes_nothing() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/small.sim");
        let scenario = Arc::new(Scenario::load(&path).expect("a scenario of the collection"));
        let schedule = "reboot t1 at event 40".parse().expect("a schedule");
        let mut run = Run::new(&scenario, &RunOptions { schedule, ..RunOptions::default() });
        all().into_iter().for_each(|oracle| run.add_oracle(Box::new(Shown(oracle))));
        while run.step() {}
        let outcome = run.end();
        assert_eq!(outcome.verdict, Verdict::Ok, "{:?}", outcome.reasons);
        let (own, shown) = outcome.looked.split_at(outcome.looked.len() / 2);
        let (own, shown) = (own.iter(), shown.iter());
        let differ = own.zip(shown).find(|(own, shown)| own != shown && own.0 != "idempotent");
        assert_eq!(differ, None, "an oracle that is shown everything looks as often");
    }
}
