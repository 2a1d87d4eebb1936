//! recovery_equivalence: a tablet that boots now is the tablet that it is.
//!
//! After each transaction that wrote, a second tablet boots from the tables as they are, and its
//! derived memory must be the first one's. So a mistake in what a boot rebuilds is seen without a
//! reboot, and a mistake in what a transaction keeps up without the later one that would suffer.
//! Whenever nothing of an incarnation is in flight, its tables must be what its disk would give back.
//!
//! Left out: what dies with an incarnation and is asked for again (scans, pipes, timers), which no
//! table decides. That a boot panics is `no_panic`'s to say.

use crate::oracle::{Facts, Glimpse, Objection, Oracle, Shadow, View, Watch};
use crate::trace::Record;
use tablets::counters::Aside;

/// Memory follows from tables, and tables from the disk.
#[derive(Clone, Debug, Default, Hash)]
pub struct RecoveryEquivalence {
    looked: Aside<u64>,
}

impl Oracle for RecoveryEquivalence {
    fn name(&self) -> &'static str {
        "recovery_equivalence"
    }

    fn rule(&self) -> &'static str {
        "whenever a tablet boots, it finds what it had: derived memory follows from the tables as executed, and with \
         nothing in flight the disk holds the tables"
    }

    fn watch(&self) -> Watch {
        Watch::Inside
    }

    fn facts(&self) -> Facts {
        Facts::NONE
    }

    fn observe(&mut self, _: &Record, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn look(&mut self, glimpse: &Glimpse<'_>, view: &View<'_>) -> Option<Objection> {
        let (tablet, sentence, differences) = match glimpse {
            Glimpse::Executed(executed) => {
                let (who, tx) = (executed.tablet, executed.tx);
                *self.looked += u64::from(executed.shadow != Shadow::Skipped);
                let Shadow::Differs(lines) = &executed.shadow else { return None };
                (who, format!("after {tx}, a boot of {who} would not find what {who} has in memory"), lines)
            }
            Glimpse::Disk(disk) => {
                *self.looked += 1;
                let (who, lines) = (disk.tablet, &disk.differences);
                if lines.is_empty() {
                    return None;
                }
                (who, format!("nothing of {who} is in flight, and its disk does not hold its tables"), lines)
            }
            Glimpse::Again(_) | Glimpse::Rest(_) => return None,
        };
        Some(Objection {
            oracle: self.name(),
            sentence,
            rule: self.rule(),
            tablets: vec![tablet],
            steps: vec![view.step()],
            details: differences.iter().take(6).cloned().collect(),
        })
    }

    fn at_end(&mut self, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn looked(&self) -> u64 {
        *self.looked
    }
}
