//! What a tablet would do: copies of it that are tried out on the spot and thrown away.
//!
//! Nothing of a trial reaches the world: a copy speaks into a port that hears nothing, and says
//! nothing to whoever listens to the log. What it would have written stays in its own tables.

use crate::oracle::{Arrival, Shadow};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tablets::executor::{Cut, Delivery, Executor, Flow, Port, TxRef, Wire};
use tablets::ids::{Commit, Steady, Wall};
use tablets::local_db::Schema;
use tablets::tablet::{BootInfo, Tablet};
use tracing::level_filters::LevelFilter;

/// A tablet of fewer rows is looked at with every commit, a bigger one the more seldom the bigger it
/// is, so that looking costs no more than writing does.
const SMALL: u64 = 128;
/// How many of a bigger one's rows are compared with its disk for each commit, about.
const ROWS_PER_COMMIT: u64 = 32;

/// Whether a tablet with so many rows is looked at with this commit.
fn is_looked_at(rows: usize, commit: Commit) -> bool {
    commit.0.is_multiple_of(1 + rows as u64 / SMALL)
}

/// Whether the tables of a tablet with so many rows are compared with its disk, after this commit or
/// when all is over; a small one has been by then. A tablet grows with its commits, so the time
/// from one comparison to the next is a power of two: any other could keep step with it.
pub(super) fn is_compared(rows: usize, commit: Option<Commit>) -> bool {
    let rows = rows as u64;
    match commit {
        Some(commit) => rows < SMALL || commit.0.is_multiple_of((rows / ROWS_PER_COMMIT).next_power_of_two()),
        None => rows >= SMALL,
    }
}

/// The derived memory of an incarnation, beside that of a boot from its tables.
pub(super) fn shadow<T: Tablet>(executor: &Executor<T>) -> Shadow {
    let Some(tablet) = executor.tablet() else { return Shadow::Skipped };
    if !is_looked_at(executor.tables().row_count(), executor.logged()) {
        return Shadow::Skipped;
    }
    let booted = || T::boot(executor.info(), executor.config(), executor.tables()).0.derived();
    let memory = tablet.derived();
    match quietly(booted) {
        Ok(booted) if booted == memory => Shadow::Same,
        Ok(booted) => Shadow::Differs(differing_lines(&format!("{memory:#?}"), &format!("{booted:#?}"))),
        Err(sentence) => Shadow::Panics(sentence),
    }
}

/// What came of a trial.
pub(super) struct Trial<S> {
    /// The tables after it, if it wrote.
    pub(super) tables: Option<S>,
    /// With which sentence it panicked, if it did.
    pub(super) panic: Option<String>,
}

/// The clocks of a trial.
#[derive(Clone, Copy)]
pub(crate) struct Clocks {
    pub(super) steady: Steady,
    pub(super) wall: Wall,
}

/// Who is tried out.
#[derive(Clone, Copy)]
pub(crate) enum Subject {
    /// The incarnation as it is.
    AsItIs,
    /// A next one, booted from its tables as they are.
    Booted(BootInfo),
}

/// An incarnation that boots from these tables, and whether it has written meanwhile.
pub(super) fn booted<T: Tablet>(
    info: BootInfo,
    config: T::Config,
    tables: T::Schema,
    clocks: Clocks,
) -> Result<(Executor<T>, bool), String> {
    let mut port = Deaf { clocks, wrote: false };
    let executor = quietly(|| Executor::of_tables(info, config, tables, &mut port))?;
    Ok((executor, port.wrote))
}

/// Delivers messages to a copy that is used up.
pub(super) fn try_out<T: Tablet>(mut executor: Executor<T>, arrivals: &[&Arrival], clocks: Clocks) -> Trial<T::Schema> {
    let mut port = Deaf { clocks, wrote: false };
    let done = quietly(|| {
        for Arrival { via, parcel, .. } in arrivals {
            executor.deliver(Delivery::Message(*via, parcel.clone()), &mut port);
        }
    });
    let tables = port.wrote.then(|| executor.tables().clone());
    Trial { tables, panic: done.err() }
}

/// A port whose words nobody hears: nothing ever becomes durable.
struct Deaf {
    clocks: Clocks,
    wrote: bool,
}

impl Port for Deaf {
    fn at(&mut self, _: Cut, _: TxRef) -> Flow {
        Flow::Go
    }

    fn log(&mut self, _: Commit, _: TxRef, _: Vec<u8>) {
        self.wrote = true;
    }

    fn snapshot(&mut self, _: Commit, _: Vec<u8>) {}

    fn confirm(&mut self, _: u64) {}

    fn wire(&mut self, _: Option<TxRef>, _: Wire) {}

    fn steady(&self) -> Steady {
        self.clocks.steady
    }

    fn wall(&self) -> Wall {
        self.clocks.wall
    }
}

/// Runs a trial without a word in the log; a panic is its sentence.
fn quietly<R>(trial: impl FnOnce() -> R) -> Result<R, String> {
    let caught = || catch_unwind(AssertUnwindSafe(trial));
    let done = match LevelFilter::current() {
        LevelFilter::OFF => caught(),
        _ => tracing::dispatcher::with_default(&tracing::Dispatch::none(), caught),
    };
    done.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "a panic without a sentence".to_owned())
    })
}

/// The lines that only one of two texts has.
fn differing_lines(memory: &str, booted: &str) -> Vec<String> {
    let only = |of: &str, in_other: &str, mark: &str| {
        let lines = of.lines().filter(|line| !in_other.lines().any(|other| other == *line));
        lines.map(|line| format!("{mark}: {}", line.trim())).collect::<Vec<_>>()
    };
    let mut lines = only(memory, booted, "only in memory");
    lines.extend(only(booted, memory, "only after a boot"));
    lines
}

#[cfg(test)]
mod tests {
    use super::{Clocks, booted, try_out};
    use crate::oracle::Arrival;
    use crate::world::{EdgeId, Endpoint};
    use std::sync::Arc;
    use tablets::datashard::{DataShard, DataShardTables, ShardRow};
    use tablets::executor::Executor;
    use tablets::ids::{ColumnId, Generation, NodeId, PathId, ServerId, Steady, TabletId, TxId, Wall};
    use tablets::local_db::Only;
    use tablets::message::{DataShardMessage, Message, ShardRole, WriteOp};
    use tablets::quirk::Quirks;
    use tablets::row::{Column, ColumnType, Key, KeyRange, Row, TableSchema, Value};
    use tablets::settings::DataShardSettings;
    use tablets::tablet::{BootInfo, Tablet, Via};

    const CLOCKS: Clocks = Clocks { steady: Steady(7), wall: Wall(7) };

    /// A shard that boots from its tables.
    fn shard(tables: DataShardTables) -> Executor<DataShard> {
        let info = BootInfo { tablet: TabletId(9), generation: Generation(2), node: NodeId(1), quirks: Quirks::NONE };
        let (copy, wrote) = booted(info, DataShardSettings::default(), tables, CLOCKS).expect("it boots");
        assert!(!wrote, "a shard at rest has nothing to resume");
        copy
    }

    /// A trial that nobody hears shows nothing, and an oracle that asked for it would never object.
    #[test]
    fn a_copy_that_was_booted_does_what_it_is_told() {
        let column = Column { id: ColumnId(1), name: "k".to_owned(), ty: ColumnType::Uint64 };
        let schema = TableSchema { columns: vec![column], key: vec![ColumnId(1)], version: 1 };
        let (path_id, role, range) = (PathId(4), ShardRole::User, KeyRange::default());
        let row = ShardRow { path_id, role, schema, range };
        let tables = DataShardTables { shard: Arc::new([(Only, row)].into()), ..DataShardTables::default() };
        let ops = vec![WriteOp::Upsert { key: Key::new([Value::Uint64(3)]), cells: Row::default() }];
        let write = DataShardMessage::Write { tx_id: TxId(5), schema_version: 1, ops };
        let (via, from) = (Via::Server(ServerId(1)), Endpoint::Edge(EdgeId(1)));
        let arrival = Arrival { tablet: TabletId(9), kind: DataShard::KIND, from, via, parcel: write.parcel() };
        let once = try_out(shard(tables), &[&arrival], CLOCKS);
        let once = once.tables.expect("what is written for the first time changes something");
        assert_eq!((once.rows.len(), once.writes.len()), (1, 1));
        let twice = try_out(shard(once.clone()), &[&arrival, &arrival], CLOCKS);
        assert!(twice.panic.is_none() && twice.tables.is_none_or(|tables| tables == once), "it knows that write");
    }
}
