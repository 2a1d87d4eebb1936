//! Scripts as they are drawn: tables in a cluster, and a chain of backups with what is written
//! between them, restored at the end.

use crate::scenario::Scenario;
use proptest::prelude::*;
use proptest::sample::Index;
use std::fmt::{self, Display, Formatter};
use std::path::Path;
use std::sync::Arc;

/// Keys are so few that writes meet.
const KEYS: u8 = 9;

/// A table with keys from 0 on and one column.
#[derive(Clone, Debug)]
pub struct Table {
    /// First keys of the table's shards but the first.
    pub split: Vec<u8>,
    /// The same of what is restored.
    pub restored: Vec<u8>,
    /// Whether it has an index.
    pub indexed: bool,
}

/// Machines and tables.
#[derive(Clone, Debug)]
pub struct Topology {
    /// How many machines.
    pub nodes: u8,
    /// The tables.
    pub tables: Vec<Table>,
}

/// One write: to a table, at a key, of a value or of nothing, which erases.
#[derive(Clone, Debug)]
pub struct Write {
    /// Which table.
    pub table: Index,
    /// The key.
    pub key: u8,
    /// The value.
    pub value: Option<u8>,
}

/// What is written before the full backup and before each increment, and how fast it is restored.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Writes before each backup, the full one first.
    pub backups: Vec<Vec<Write>>,
    /// Rows that a scan reads at once.
    pub batch_rows: u8,
    /// Records that a change sender holds.
    pub sender_records: u8,
}

/// A topology and a workload, which print as a scenario.
#[derive(Clone)]
pub struct Script {
    /// Machines and tables.
    pub topology: Topology,
    /// Writes and backups.
    pub workload: Workload,
}

/// One to three machines with one or two tables in up to three shards.
pub fn topology() -> impl Strategy<Value = Topology> {
    let points = || prop::collection::btree_set(1..KEYS, 0..=2).prop_map(|points| points.into_iter().collect());
    let table =
        (points(), points(), any::<bool>()).prop_map(|(split, restored, indexed)| Table { split, restored, indexed });
    (1..=3_u8, prop::collection::vec(table, 1..=2)).prop_map(|(nodes, tables)| Topology { nodes, tables })
}

/// A full backup and up to two increments, with up to six writes before each.
pub fn workload() -> impl Strategy<Value = Workload> {
    let write = (any::<Index>(), 0..KEYS, prop::option::weighted(0.8, 0..KEYS));
    let write = write.prop_map(|(table, key, value)| Write { table, key, value });
    let backups = prop::collection::vec(prop::collection::vec(write, 0..=6), 1..=3);
    (backups, 1..4_u8, 1..4_u8).prop_map(|(backups, batch_rows, sender_records)| Workload {
        backups,
        batch_rows,
        sender_records,
    })
}

/// Any script of a restore.
pub fn scenario() -> impl Strategy<Value = Script> {
    (topology(), workload()).prop_map(|(topology, workload)| Script { topology, workload })
}

impl Script {
    /// The script, read.
    pub fn scenario(&self) -> Arc<Scenario> {
        let scenario = Scenario::parse("drawn.sim", &self.to_string(), Path::new("."));
        Arc::new(scenario.unwrap_or_else(|error| panic!("what is drawn is a script: {error}\n{self}")))
    }

    fn write(&self, Write { table, key, value }: &Write) -> String {
        let table = table.index(self.topology.tables.len());
        match value {
            Some(value) => format!("upsert /Root/t{table} k={key} v={value}"),
            None => format!("erase /Root/t{table} k={key}"),
        }
    }
}

/// The scenario: the restore is its zone, and has to be exact.
impl Display for Script {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Script { topology: Topology { nodes, tables }, workload } = self;
        let points = |name: &str, points: &[u8]| {
            let points: Vec<String> = points.iter().map(ToString::to_string).collect();
            if points.is_empty() { String::new() } else { format!(" {name}={}", points.join(",")) }
        };
        if *nodes > 1 {
            writeln!(f, "cluster nodes={nodes}")?;
        }
        let Workload { backups, batch_rows, sender_records } = workload;
        writeln!(f, "setting scan_batch_rows={batch_rows} change_sender_records={sender_records}")?;
        let mut paths = String::new();
        for (at, table) in tables.iter().enumerate() {
            let index = if table.indexed { " index=by_v:v" } else { "" };
            writeln!(f, "table /Root/t{at} k:Uint64 v:Uint64 key=k{}{index}", points("split", &table.split))?;
            paths += &format!(" /Root/t{at}");
        }
        writeln!(f, "collection c{paths} incremental")?;
        for (at, writes) in backups.iter().enumerate() {
            writes.iter().try_for_each(|write| writeln!(f, "{}", self.write(write)))?;
            writeln!(f, "{} c", if at == 0 { "backup" } else { "backup-incremental" })?;
        }
        (0..tables.len()).try_for_each(|at| writeln!(f, "drop-table /Root/t{at}"))?;
        let splits: String =
            tables.iter().enumerate().map(|(at, table)| points(&format!("/Root/t{at}"), &table.restored)).collect();
        writeln!(f, "zone begin\nrestore c as=r{splits}\nexpect-restore r state=Completed")
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}
