//! What an incarnation's transactions have come to, by their types.

use crate::counters;
use crate::counters::Counter;
use crate::tablet::TxType;

counters! {
    /// Transactions of one type in one incarnation. YDB: `TXTYPE_*` counters.
    TxCounters of "transactions" {
        /// Transactions executed.
        executed: Total Number "executed";
        /// Transactions that wrote and are durable.
        committed: Total Number "committed";
        /// Transactions completed.
        completed: Total Number "completed";
        /// Virtual time from `execute` to `complete`, summed.
        time_us: Total Seconds "seconds";
    }
}

/// The counters of every type that has run; few, so a list in order of appearance.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(Vec<(TxType, TxCounters)>);

impl Tally {
    /// The counters of one type.
    pub(super) fn of(&mut self, tx_type: TxType) -> &mut TxCounters {
        let place = self.0.iter().position(|(known, _)| *known == tx_type).unwrap_or_else(|| {
            self.0.push((tx_type, TxCounters::default()));
            self.0.len() - 1
        });
        &mut self.0[place].1
    }

    /// All of them, in order of type.
    pub(super) fn list(&self) -> Vec<Counter> {
        let mut types = self.0.clone();
        types.sort_by_key(|(tx_type, _)| *tx_type);
        types.iter().flat_map(|(tx_type, counters)| counters.list(&vec![("type", tx_type.to_string())])).collect()
    }
}
