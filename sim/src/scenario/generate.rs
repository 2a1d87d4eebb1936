//! Rows that are drawn rather than written down: of `rows` and of `writer`.
//!
//! What is drawn depends on the seed and the table's path alone, so one statement more
//! in a scenario changes nobody else's rows.

use super::duration::Duration;
use super::table::TableDef;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use std::fmt::{self, Display, Formatter};
use std::hash::{Hash, Hasher};
use tablets::message::WriteOp;
use tablets::row::{ColumnType, Key, Row, Value};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// How the numbers of keys are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyOrder {
    /// One after the other from `from`, and again from there after `to`.
    Sequential,
    /// Anywhere from `from` to below `to`; the same key may come twice.
    Uniform,
}

/// How values are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueOrder {
    /// At random, some of them null.
    Random,
    /// From the key's number.
    Number,
}

/// What `rows` writes. Every key column carries the key's number, as text with leading zeros.
#[derive(Clone, Debug, PartialEq)]
pub struct RowPlan {
    /// How many rows.
    pub count: u64,
    /// The seed; the run's if it is not given.
    pub seed: Option<u64>,
    /// How keys are chosen.
    pub keys: KeyOrder,
    /// Lowest key.
    pub from: u64,
    /// First key above.
    pub to: u64,
    /// How values are chosen.
    pub values: ValueOrder,
    /// Share of values that are null.
    pub nulls: f64,
    /// Rows of one write, at most.
    pub batch: usize,
}

/// What `writer` writes: single rows at uniform keys.
#[derive(Clone, Debug, PartialEq)]
pub struct WriterPlan {
    /// How many writes.
    pub count: u64,
    /// From the answer of one to the next, at least.
    pub every: Duration,
    /// The seed; the run's if it is not given.
    pub seed: Option<u64>,
    /// Lowest key.
    pub from: u64,
    /// First key above.
    pub to: u64,
    /// Share of writes that erase.
    pub erase: f64,
    /// Share of cells that an upsert leaves out.
    pub partial: f64,
    /// Share of values that are null.
    pub nulls: f64,
}

impl Display for RowPlan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "count={}", self.count)?;
        if let Some(seed) = self.seed {
            write!(f, " seed={seed}")?;
        }
        let keys = if self.keys == KeyOrder::Uniform { "uniform" } else { "sequential" };
        let values = if self.values == ValueOrder::Number { "number" } else { "random" };
        write!(f, " keys={keys} from={} to={} values={values}", self.from, self.to)?;
        write!(f, " nulls={} batch={}", self.nulls, self.batch)
    }
}

impl Display for WriterPlan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "count={} every={}", self.count, self.every)?;
        if let Some(seed) = self.seed {
            write!(f, " seed={seed}")?;
        }
        write!(
            f,
            " from={} to={} erase={} partial={} nulls={}",
            self.from, self.to, self.erase, self.partial, self.nulls
        )
    }
}

/// Draws keys, rows and writes of one table.
#[derive(Clone, Debug)]
pub struct Generator {
    random: Xoshiro256PlusPlus,
}

/// The numbers that come next stand for the state.
impl Hash for Generator {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut random = self.random.clone();
        [random.next_u64(), random.next_u64(), random.next_u64(), random.next_u64()].hash(state);
    }
}

/// A plan is the scenario's, which is the same in all runs whose states are compared.
impl Hash for WriterPlan {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.count.hash(state);
    }
}

impl Generator {
    /// A generator for `table`, from the plan's seed or else the run's.
    pub fn new(table: &TableDef, plan_seed: Option<u64>, run_seed: u64) -> Generator {
        let seed = xxh3_64_with_seed(table.path.as_bytes(), plan_seed.unwrap_or(run_seed));
        Generator { random: Xoshiro256PlusPlus::seed_from_u64(seed) }
    }

    /// All writes of a `rows` statement.
    pub fn rows(&mut self, table: &TableDef, plan: &RowPlan) -> Vec<WriteOp> {
        let span = plan.to - plan.from;
        let mut ops = Vec::with_capacity(plan.count as usize);
        for at in 0..plan.count {
            let number = plan.from
                + match plan.keys {
                    KeyOrder::Sequential => at % span,
                    KeyOrder::Uniform => self.below(span),
                };
            let cells = match plan.values {
                ValueOrder::Number => numbered(table, number),
                ValueOrder::Random => self.cells(table, plan.nulls, 0.0),
            };
            ops.push(WriteOp::Upsert { key: key(table, number), cells });
        }
        ops
    }

    /// The next write of a `writer` statement.
    pub fn write(&mut self, table: &TableDef, plan: &WriterPlan) -> WriteOp {
        let key = key(table, plan.from + self.below(plan.to - plan.from));
        if self.chance(plan.erase) {
            return WriteOp::Erase { key };
        }
        WriteOp::Upsert { key, cells: self.cells(table, plan.nulls, plan.partial) }
    }

    fn cells(&mut self, table: &TableDef, nulls: f64, partial: f64) -> Row {
        let mut row = Row::default();
        for column in table.schema.value_columns() {
            if self.chance(partial) {
                continue;
            }
            let value = if self.chance(nulls) { Value::Null } else { self.value(column.ty) };
            row.set(column.id, value);
        }
        row
    }

    fn value(&mut self, ty: ColumnType) -> Value {
        let number = self.random.next_u64();
        match ty {
            ColumnType::Bool => Value::Bool(number & 1 == 1),
            ColumnType::Uint32 => Value::Uint32((number >> 40) as u32),
            ColumnType::Uint64 => Value::Uint64(number >> 44),
            ColumnType::Int64 => Value::Int64((number as i64) >> 44),
            ColumnType::Utf8 => Value::Utf8(word(number).into()),
            ColumnType::String => Value::String(word(number).into_bytes()),
            ColumnType::Timestamp => Value::Timestamp(number >> 14),
        }
    }

    /// A number below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.random.next_u64()) * u128::from(limit)) >> 64) as u64
    }

    fn chance(&mut self, share: f64) -> bool {
        share > 0.0 && (self.below(1 << 32) as f64) < share * (1u64 << 32) as f64
    }
}

/// Three to ten letters.
fn word(number: u64) -> String {
    let length = 3 + number % 8;
    (0..length).map(|at| char::from(b'a' + (number >> (8 + at * 5)) as u8 % 26)).collect()
}

fn key(table: &TableDef, number: u64) -> Key {
    Key::new(table.schema.key_columns().map(|column| of_number(column.ty, number)))
}

fn numbered(table: &TableDef, number: u64) -> Row {
    Row::new(table.schema.value_columns().map(|column| (column.id, of_number(column.ty, number))))
}

fn of_number(ty: ColumnType, number: u64) -> Value {
    match ty {
        ColumnType::Bool => Value::Bool(number % 2 == 1),
        ColumnType::Uint32 => Value::Uint32(number as u32),
        ColumnType::Uint64 => Value::Uint64(number),
        ColumnType::Int64 => Value::Int64(number as i64),
        ColumnType::Utf8 => Value::Utf8(format!("k{number:08}").into()),
        ColumnType::String => Value::String(format!("k{number:08}").into_bytes()),
        ColumnType::Timestamp => Value::Timestamp(number),
    }
}
