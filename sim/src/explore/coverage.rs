//! What a sweep has tried, as two tables: transactions by cut and action, messages by action.

use super::choice::verb;
use crate::fault::{Action, Anchor, Fate, Fault, Keep, Old, Side};
use crate::trace::by_name::{CUTS, name};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many runs each cell has; a cell without any is a hole.
pub type Table = BTreeMap<String, BTreeMap<String, u64>>;

/// What was tried where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Tablet and transaction type, by cut and action.
    pub transactions: Table,
    /// Two ends and a message's kind, or a connect, by action.
    pub messages: Table,
    /// Faults with anchors of other kinds, by action.
    pub others: Table,
}

impl Coverage {
    /// Counts one run with this fault.
    pub fn add(&mut self, fault: &Fault) {
        let label = label(fault);
        let (table, row, column) = match &fault.anchor {
            Anchor::Cut { tablet, cut, tx, .. } => {
                (&mut self.transactions, format!("{tablet} {tx}"), format!("{} {label}", name(CUTS, *cut)))
            }
            Anchor::Message { from, to, kind, .. } => (&mut self.messages, format!("{from}-{to} {kind}"), label),
            Anchor::Connect { from, to, .. } => (&mut self.messages, format!("{from}-{to} connect"), label),
            Anchor::Write { tablet, .. } => (&mut self.others, format!("{tablet} log write"), label),
            Anchor::Snapshot { tablet, .. } => (&mut self.others, format!("{tablet} snapshot"), label),
            _ => (&mut self.others, verb(fault), label),
        };
        *table.entry(row).or_default().entry(column).or_default() += 1;
    }

    /// The rows and columns of a table in which nothing was tried. A transaction that only reads
    /// has two cuts, and only a message to a shard can be followed by an aborted scan, so holes
    /// are to be read, not to be counted.
    pub fn holes(table: &Table) -> Vec<String> {
        let columns: BTreeSet<&String> = table.values().flat_map(BTreeMap::keys).collect();
        let hole = |(row, cells): (&String, &BTreeMap<String, u64>)| {
            let missing: Vec<&str> =
                columns.iter().filter(|column| !cells.contains_key(**column)).map(|column| column.as_str()).collect();
            (!missing.is_empty()).then(|| format!("{row}: {}", missing.join(", ")))
        };
        table.iter().filter_map(hole).collect()
    }

    /// A table whose rows are summed over tablets: the first word of a row is dropped.
    pub fn by_kind(table: &Table) -> Table {
        let mut sums = Table::new();
        for (row, cells) in table {
            let kind = row.split_once(' ').map_or(row.as_str(), |(_, kind)| kind);
            let sum = sums.entry(kind.to_owned()).or_default();
            cells.iter().for_each(|(column, count)| *sum.entry(column.clone()).or_default() += count);
        }
        sums
    }
}

/// What a fault does, without where.
fn label(fault: &Fault) -> String {
    let side = |anchor: &Anchor| match anchor {
        Anchor::Message { side: Side::After, .. } => " after",
        Anchor::Message { side: Side::Before, .. } => " before",
        _ => "",
    };
    match &fault.action {
        Action::Reboot { old: Old::Lives | Old::LivesFor(_), .. } => "reboot old=lives".to_owned(),
        Action::Reboot { keep, down_us, .. } => {
            let keep = match keep {
                Keep::None => "",
                Keep::All => " keep=all",
                Keep::First(_) => " keep=some",
            };
            format!("reboot{keep}{}", down_us.map_or_else(String::new, |us| format!(" down={}ms", us / 1000)))
        }
        Action::Reset { fate, .. } => {
            format!("reset{}{}", side(&fault.anchor), if *fate == Fate::Drained { " drained" } else { "" })
        }
        _ => verb(fault),
    }
}
