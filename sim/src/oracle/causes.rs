//! Which message led to which commit.
//!
//! A tablet handles a message in the step in which it is delivered, and what came before its boot
//! at its boot, in the order of delivery. So a transaction that begins handles the oldest message
//! of the kinds that belong to its type, and what it wrote is known by the commit's number.

use crate::trace::{Record, What};
use crate::world::Endpoint;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tablets::counters::Aside;
use tablets::executor::Cut;
use tablets::ids::{Commit, Generation, Steady, TabletId};
use tablets::message::{Kind, Parcel};

/// A transaction that has begun.
#[derive(Clone, Debug, Hash)]
pub struct Cause {
    /// When it was executed.
    pub at: Steady,
    /// The message that it handles, if that is of a kind that is followed.
    pub message: Option<Parcel>,
}

/// What is known of messages, transactions and commits that are under way.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Causes {
    booted: BTreeSet<(TabletId, Generation)>,
    delivered: BTreeMap<(TabletId, Generation, Kind), VecDeque<Parcel>>,
    /// Means nothing between two steps, so it is no part of a state.
    executing: Aside<BTreeMap<(TabletId, Generation), Parcel>>,
    in_log: BTreeMap<(TabletId, Generation, Commit), Cause>,
}

impl Causes {
    /// Takes one record. What it returns is of the transaction that begins with this record, or
    /// whose commit is durable with it.
    pub(crate) fn observe(&mut self, record: &Record) -> Option<Cause> {
        let tablet = record.tablet?;
        let who = (tablet, record.generation);
        match &record.what {
            What::Delivered(mail) if mail.to == Endpoint::Tablet(tablet) => {
                let tx = transaction_of(mail.parcel.kind)?;
                let waiting = self.delivered.entry((who.0, who.1, tx)).or_default();
                if self.booted.contains(&who) {
                    // What is left of an earlier step came over a pipe that the tablet had closed.
                    waiting.clear();
                }
                waiting.push_back(mail.parcel.clone());
                None
            }
            What::Booted { .. } => {
                self.booted.insert(who);
                None
            }
            What::Cut { cut: Cut::Pre, tx, .. } => {
                self.executing.remove(&who);
                let waiting = self.delivered.get_mut(&(who.0, who.1, *tx))?;
                let message = waiting.pop_front()?;
                if waiting.is_empty() {
                    self.delivered.remove(&(who.0, who.1, *tx));
                }
                self.executing.insert(who, message.clone());
                Some(Cause { at: record.at, message: Some(message) })
            }
            What::Logged { commit, .. } => {
                let message = self.executing.remove(&who);
                self.in_log.insert((who.0, who.1, *commit), Cause { at: record.at, message });
                None
            }
            What::Durable { commit, .. } => self.in_log.remove(&(who.0, who.1, *commit)),
            What::Stopped { .. } => {
                self.booted.remove(&who);
                self.delivered.retain(|(of, generation, _), _| (*of, *generation) != who);
                self.in_log.retain(|(of, generation, _), _| (*of, *generation) != who);
                None
            }
            _ => None,
        }
    }
}

/// The type of the transaction that handles messages of this kind, for the kinds that are followed.
fn transaction_of(kind: Kind) -> Option<Kind> {
    match kind {
        "Write" => Some("TxWrite"),
        "ApplyRecords" => Some("TxApplyRecords"),
        "Init" | "Alter" | "Prepare" | "Cut" | "Abort" | "Release" | "EndRestore" | "CancelScan" | "DropStream"
        | "Split" | "Activate" => Some("TxStep"),
        "RestoreMultipleIncrementalBackupsResponse" | "RestoreMultipleIncrementalBackupsProgress" => {
            Some("IncrementalRestoreResponse")
        }
        _ => None,
    }
}
