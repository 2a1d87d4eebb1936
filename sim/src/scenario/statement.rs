//! What a scenario can say, as values. `Display` writes a statement back as script.

use super::duration::Duration;
use super::generate::{RowPlan, WriterPlan};
use super::line::quoted_if_needed as quoted;
use super::table::{TableDef, key_text, named_cells, split_text};
use crate::fault::{Anchor, Fault};
use crate::goal::Goal;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;
use tablets::ids::{OperationId, TabletId, TxId};
use tablets::message::{Status, WriteOp};
use tablets::row::{ColumnType, Key, Row};

/// Where backup collections live.
pub const COLLECTIONS: &str = "/Root/.backups/collections";

/// An operation that an earlier statement has named with `as=`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The operation, which is the statement's position.
    pub operation: OperationId,
}

/// What `wait` waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitFor {
    /// Everything that runs in the background.
    All,
    /// One operation.
    One(Named),
}

/// Which end of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneEdge {
    /// Setup ends; events are counted and faults searched from here.
    Begin,
    /// Searches stop here.
    End,
}

/// Shards to be split or merged.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Reshard {
    /// The table, as it was declared.
    pub table: Arc<TableDef>,
    /// Its copy in this backup is meant.
    pub of: Option<Named>,
    /// A merge of the shards that have these keys; else a split of one at them.
    pub merge: bool,
    /// The keys.
    pub keys: Vec<Key>,
    /// The shards; those that have the keys if none are given.
    pub shards: Vec<TabletId>,
    /// Not a user's wish.
    pub by_load: bool,
}

/// One statement. Fields are the arguments of the same name; tables are resolved, values typed.
#[allow(missing_docs, reason = "the variant says what its fields are")]
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// How many machines there are.
    Cluster { nodes: u32 },
    /// The seed, unless the command line gives another.
    Seed { seed: u64 },
    /// Oracles that must have looked at something.
    Oracles { names: Vec<String> },
    /// A fault of the schedule.
    Fault { fault: Fault },
    /// What must happen in the run.
    Must { goal: Goal },
    /// Settings, from now on.
    Setting { changes: Vec<(String, i64)> },
    /// Creates a directory.
    MkDir { path: String },
    /// Creates a table.
    Table(Arc<TableDef>),
    /// Adds columns to a table.
    Alter { path: String, add: Vec<(String, ColumnType)> },
    /// Splits a shard or merges some.
    Reshard(Reshard),
    /// Drops a table.
    DropTable { path: String },
    /// Creates a backup collection.
    Collection { name: String, tables: Vec<String>, incremental: bool, omit_indexes: bool },
    /// Drops a backup collection.
    DropCollection { name: String },
    /// Takes a backup.
    Backup { collection: String, incremental: bool, name: Option<String> },
    /// Restores the newest chain.
    Restore { collection: String, name: Option<String>, boundaries: Vec<(Arc<TableDef>, Vec<Key>)> },
    /// Cancels a restore.
    Cancel { restore: Named },
    /// Forgets an ended restore.
    Forget { restore: Named },
    /// Asks for a restore's state.
    GetRestore { restore: Named },
    /// Asks for all restores.
    ListRestores,
    /// Asks for a backup's state.
    GetBackup { backup: Named },
    /// Asks what a path is.
    Describe { path: String },
    /// Writes cells of one row.
    Upsert { table: Arc<TableDef>, key: Key, cells: Row },
    /// Removes one row.
    Erase { table: Arc<TableDef>, key: Key },
    /// Writes generated rows.
    Rows { table: Arc<TableDef>, plan: RowPlan },
    /// Writes rows of a CSV file.
    Load { table: Arc<TableDef>, file: String, text: Arc<str>, ops: Arc<Vec<WriteOp>> },
    /// Writes in the background.
    Writer { table: Arc<TableDef>, plan: WriterPlan },
    /// Prints a table.
    Read { path: String },
    /// The table has so many rows.
    ExpectRows { path: String, rows: u64 },
    /// A row is there with these cells, or (`None`) is not there.
    ExpectRow { table: Arc<TableDef>, key: Key, cells: Option<Row> },
    /// The previous statement ended with this status.
    ExpectStatus { status: Status },
    /// A restore is in this state.
    ExpectRestore { restore: Named, states: Vec<String> },
    /// Waits for what runs in the background.
    Wait(WaitFor),
    /// Lets virtual time pass.
    Sleep(Duration),
    /// Waits for a moment, as faults are anchored.
    Await { anchor: Anchor },
    /// Wall clocks jump.
    Clock { back: bool, by: Duration },
    /// Begins or ends the zone.
    Zone(ZoneEdge),
}

/// What stands before a statement's verb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// `[async]`: the next statement does not wait for its end.
    pub background: bool,
    /// `!`: a refusal is expected.
    pub refused: bool,
    /// `[maybe]`: it may be refused or fail, or not.
    pub maybe: bool,
    /// `( )`: nothing is printed.
    pub silent: bool,
}

/// A statement with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Line in the file, from 1.
    pub line: usize,
    /// The statement's position among the statements, from 1.
    pub tx_id: TxId,
    /// The identity of its request: its position, or that of the first statement of the same name.
    pub request: TxId,
    /// `[tx=NAME]`: the name of that identity.
    pub request_name: Option<String>,
    /// Its marks.
    pub marks: Marks,
    /// The statement.
    pub statement: Statement,
}

impl Display for Item {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Marks { background, refused, maybe, silent } = self.marks;
        let mark = |on: bool, text: &'static str| if on { text } else { "" };
        f.write_str(mark(silent, "("))?;
        let name = self.request_name.as_ref().map(|name| format!("tx={name}"));
        let tags =
            background.then(|| "async".to_owned()).into_iter().chain(maybe.then(|| "maybe".to_owned())).chain(name);
        let tags: Vec<String> = tags.collect();
        if !tags.is_empty() {
            write!(f, "[{}] ", tags.join(" "))?;
        }
        f.write_str(mark(refused, "!"))?;
        write!(f, "{}{}", self.statement, mark(silent, ")"))
    }
}

impl Display for Statement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Statement::Cluster { nodes } => write!(f, "cluster nodes={nodes}"),
            Statement::Seed { seed } => write!(f, "seed {seed}"),
            Statement::Oracles { names } => write!(f, "oracles {}", names.join(" ")),
            Statement::Fault { fault } => write!(f, "fault {:?}", fault.to_string()),
            Statement::Must { goal } => goal.fmt(f),
            Statement::Setting { changes } => {
                f.write_str("setting")?;
                changes.iter().try_for_each(|(name, value)| write!(f, " {name}={}", quoted(&value.to_string())))
            }
            Statement::MkDir { path } => write!(f, "mkdir {path}"),
            Statement::Table(table) => write!(f, "table {table}"),
            Statement::Alter { path, add } => {
                write!(f, "alter {path} add")?;
                add.iter().try_for_each(|(name, ty)| write!(f, " {name}:{ty}"))
            }
            Statement::Reshard(plan) => write!(f, "{plan}"),
            Statement::DropTable { path } => write!(f, "drop-table {path}"),
            Statement::Collection { name, tables, incremental, omit_indexes } => {
                let flag = |on: bool, text: &'static str| if on { text } else { "" };
                write!(f, "collection {name} {}{}", tables.join(" "), flag(*incremental, " incremental"))?;
                f.write_str(flag(*omit_indexes, " omit-indexes"))
            }
            Statement::DropCollection { name } => write!(f, "drop-collection {name}"),
            Statement::Backup { collection, incremental, name } => {
                write!(f, "backup{} {collection}{}", if *incremental { "-incremental" } else { "" }, As(name))
            }
            Statement::Restore { collection, name, boundaries } => {
                write!(f, "restore {collection}{}", As(name))?;
                let split = |(table, keys): &(Arc<TableDef>, Vec<Key>)| {
                    write!(f, " {:?}={}", table.path, quoted(&split_text(keys)))
                };
                boundaries.iter().try_for_each(split)
            }
            Statement::Cancel { restore } => write!(f, "cancel {}", restore.name),
            Statement::Forget { restore } => write!(f, "forget {}", restore.name),
            Statement::GetRestore { restore } => write!(f, "get-restore {}", restore.name),
            Statement::ListRestores => f.write_str("list-restores"),
            Statement::GetBackup { backup } => write!(f, "get-backup {}", backup.name),
            Statement::Describe { path } => write!(f, "describe {path}"),
            Statement::Wait(WaitFor::All) => f.write_str("wait all"),
            Statement::Wait(WaitFor::One(named)) => write!(f, "wait {}", named.name),
            Statement::Sleep(duration) => write!(f, "sleep {duration}"),
            Statement::Await { anchor } => write!(f, "await {:?}", anchor.to_string()),
            Statement::Clock { back: true, by } => write!(f, "clock back={by}"),
            Statement::Clock { back: false, by } => write!(f, "clock forward={by}"),
            Statement::Zone(ZoneEdge::Begin) => f.write_str("zone begin"),
            Statement::Zone(ZoneEdge::End) => f.write_str("zone end"),
            _ => self.write_data(f),
        }
    }
}

impl Statement {
    /// Whether it only checks, and so prints nothing.
    pub fn is_expectation(&self) -> bool {
        matches!(
            self,
            Statement::ExpectRows { .. }
                | Statement::ExpectRow { .. }
                | Statement::ExpectStatus { .. }
                | Statement::ExpectRestore { .. }
        )
    }

    /// The statements about rows.
    fn write_data(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Statement::Upsert { table, key, cells } => {
                write!(f, "upsert {} {}{}", table.path, key_text(table, key), named_cells(table, cells))
            }
            Statement::Erase { table, key } => write!(f, "erase {} {}", table.path, key_text(table, key)),
            Statement::Rows { table, plan } => write!(f, "rows {} {plan}", table.path),
            Statement::Load { table, file, .. } => write!(f, "load {} {}", table.path, quoted(file)),
            Statement::Writer { table, plan } => write!(f, "writer {} {plan}", table.path),
            Statement::Read { path } => write!(f, "read {path}"),
            Statement::ExpectRows { path, rows } => write!(f, "expect {path} rows={rows}"),
            Statement::ExpectRow { table, key, cells: Some(cells) } => {
                write!(f, "expect {} {}{}", table.path, key_text(table, key), named_cells(table, cells))
            }
            Statement::ExpectRow { table, key, cells: None } => {
                write!(f, "expect {} {} absent", table.path, key_text(table, key))
            }
            Statement::ExpectStatus { status } => write!(f, "expect-status {status}"),
            Statement::ExpectRestore { restore, states } => {
                write!(f, "expect-restore {} state={}", restore.name, states.join("|"))
            }
            other => unreachable!("every other statement is written above, not {other:?}"),
        }
    }
}

impl Display for Reshard {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let verb = if self.merge { "merge" } else { "split" };
        let load = if self.by_load { "-by-load" } else { "" };
        write!(f, "{verb}{load} {} {}", self.table.path, quoted(&split_text(&self.keys)))?;
        if let Some(named) = &self.of {
            write!(f, " in={}", named.name)?;
        }
        let shards: Vec<String> = self.shards.iter().map(|shard| shard.0.to_string()).collect();
        if shards.is_empty() { Ok(()) } else { write!(f, " shards={}", shards.join(",")) }
    }
}

/// ` as=NAME`, if there is a name.
struct As<'a>(&'a Option<String>);

impl Display for As<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, " as={}", quoted(name)),
            None => Ok(()),
        }
    }
}
