//! Restores as they are drawn: tables, chains of backups, what was written between them, and
//! settings. A drawn case is a value that prints as a scenario, so that a failure can be
//! replayed, and it folds into the rows that have to come back.
//!
//! The fold is the reference: what a user would say the tables held at the last backup. It
//! shares with the library only how values are written and compared.
//!
//! Left out: writers in the background, whose writes fall on either side of a cut; the
//! oracles judge those.

use proptest::prelude::*;
use proptest::sample::select;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Debug, Formatter, Write};
use tablets::row::{ColumnType, Value};

/// A column's values are numbered, so that tables of all types are drawn alike.
type Number = u8;

/// Keys have so many numbers; few, so that they meet.
const KEYS: Number = 9;
/// The key that every other write goes to.
const HOT: Number = 4;

/// A table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    path: String,
    key: Vec<ColumnType>,
    columns: Vec<ColumnType>,
    /// Split points of the table and of what is restored of it.
    splits: [Vec<Vec<Number>>; 2],
}

/// One write: to a table, at a key, of some cells or of none, which erases.
#[derive(Clone, Debug)]
pub(crate) struct Op {
    table: prop::sample::Index,
    key: [Number; 2],
    cells: Option<Vec<Cell>>,
}

/// What a write says of one column.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell {
    Absent,
    Null,
    Is(Number),
}

/// Settings of a run.
#[derive(Clone, Debug)]
struct Settings {
    batch_rows: i64,
    batch_bytes: i64,
    sender_records: i64,
    sender_bytes: i64,
    cap: i64,
}

/// A whole case: what is written before the full backup, before each increment, and after the last.
#[derive(Clone)]
pub(crate) struct Case {
    tables: Vec<Table>,
    backups: Vec<Vec<Op>>,
    after: Vec<Op>,
    settings: Settings,
}

/// A table's rows: key to cells, where a cell that is not there is null.
pub(crate) type Rows = BTreeMap<Vec<Value>, BTreeMap<usize, Value>>;

/// Which writes the fold knows; all of them, unless a test wants to see it object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fold {
    Whole,
    ForgetsErases,
}

/// Any case.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    let tables = prop::collection::vec(table(), 1..=3).prop_map(|mut tables| {
        for (at, table) in tables.iter_mut().enumerate() {
            table.path = format!("{}/t{at}", table.path);
        }
        tables
    });
    let ops = |most| prop::collection::vec(op(), 0..=most);
    (tables, prop::collection::vec(ops(8), 1..=5), ops(2), settings())
        .prop_map(|(tables, backups, after, settings)| Case { tables, backups, after, settings })
}

fn table() -> impl Strategy<Value = Table> {
    let ty = || select(tablets::row::COLUMN_TYPES.map(|(_, ty)| ty).to_vec());
    let point = || prop::collection::vec(prop::array::uniform2(0..KEYS), 0..=2);
    let folder = select(vec!["/Root", "/Root/a", "/Root/a/b"]);
    let (key, columns) = (prop::collection::vec(ty(), 1..=2), prop::collection::vec(ty(), 0..=3));
    (folder, key, columns, point(), point()).prop_map(|(folder, key, columns, source, target)| {
        let splits = [source, target].map(|points| split_points(&key, &points));
        Table { path: folder.to_owned(), key, columns, splits }
    })
}

/// In order of the key's values, each once: different numbers may be the same value.
fn split_points(key: &[ColumnType], points: &[[Number; 2]]) -> Vec<Vec<Number>> {
    let values = |point: &[Number; 2]| key.iter().zip(point).map(|(ty, at)| value(*ty, *at)).collect::<Vec<Value>>();
    let points: BTreeMap<Vec<Value>, &[Number; 2]> = points.iter().map(|point| (values(point), point)).collect();
    points.into_values().map(|point| point[..key.len()].to_vec()).collect()
}

fn op() -> impl Strategy<Value = Op> {
    let key = prop::array::uniform2(prop_oneof![Just(HOT), 0..KEYS]);
    let cell = prop_oneof![2 => (0..KEYS).prop_map(Cell::Is), 1 => Just(Cell::Null), 1 => Just(Cell::Absent)];
    let cells = prop_oneof![3 => prop::collection::vec(cell, 3).prop_map(Some), 1 => Just(None)];
    (any::<prop::sample::Index>(), key, cells).prop_map(|(table, key, cells)| Op { table, key, cells })
}

fn settings() -> impl Strategy<Value = Settings> {
    let bytes = || prop_oneof![Just(65_536_i64), 1..200_i64];
    let records = prop_oneof![Just(-1_i64), 1..5_i64];
    let cap = prop_oneof![Just(-1_i64), 1..3_i64];
    (1..6_i64, bytes(), records, bytes(), cap).prop_map(
        |(batch_rows, batch_bytes, sender_records, sender_bytes, cap)| Settings {
            batch_rows,
            batch_bytes,
            sender_records,
            sender_bytes,
            cap,
        },
    )
}

/// The value of a number; small types have fewer values than there are numbers.
fn value(ty: ColumnType, number: Number) -> Value {
    Value::parse(ty, &text(ty, number)).expect("numbers are written as their type wants it")
}

fn text(ty: ColumnType, number: Number) -> String {
    match ty {
        ColumnType::Bool => (number % 2 == 1).to_string(),
        ColumnType::Int64 => (i64::from(number) - 4).to_string(),
        ColumnType::Utf8 | ColumnType::String => format!("v{number}"),
        ColumnType::Uint32 | ColumnType::Uint64 | ColumnType::Timestamp => number.to_string(),
    }
}

impl Table {
    fn key_cells(&self, key: &[Number]) -> String {
        let cells = self.key.iter().zip(key).enumerate();
        cells.map(|(at, (ty, number))| format!(" k{at}={}", text(*ty, *number))).collect()
    }

    fn split(&self, of: usize) -> Option<String> {
        let point = |point: &Vec<Number>| {
            let parts: Vec<String> = self.key.iter().zip(point).map(|(ty, at)| text(*ty, *at)).collect();
            parts.join(",")
        };
        let points: Vec<String> = self.splits[of].iter().map(point).collect();
        (!points.is_empty()).then(|| points.join(if self.key.len() == 1 { "," } else { ";" }))
    }

    fn create(&self) -> String {
        let keys = self.key.iter().enumerate().map(|(at, ty)| format!(" k{at}:{ty}"));
        let columns = self.columns.iter().enumerate().map(|(at, ty)| format!(" c{at}:{ty}"));
        let names: Vec<String> = (0..self.key.len()).map(|at| format!("k{at}")).collect();
        let split = self.split(0).map_or(String::new(), |points| format!(" split={points}"));
        format!("table {}{} key={}{split}", self.path, keys.chain(columns).collect::<String>(), names.join(","))
    }

    /// What `read` has to print of these rows.
    fn lines(&self, rows: &Rows) -> Vec<String> {
        let head = format!("{}: {} {}", self.path, rows.len(), if rows.len() == 1 { "row" } else { "rows" });
        let row = |(key, cells): (&Vec<Value>, &BTreeMap<usize, Value>)| {
            let keys = key.iter().enumerate().map(|(at, value)| format!(" k{at}={value}"));
            let column = |at| format!(" c{at}={}", cells.get(&at).unwrap_or(&Value::Null));
            format!(" {}", keys.chain((0..self.columns.len()).map(column)).collect::<String>())
        };
        std::iter::once(head).chain(rows.iter().map(row)).collect()
    }
}

impl Case {
    /// The case as a scenario.
    pub(crate) fn script(&self) -> String {
        let Settings { batch_rows, batch_bytes, sender_records, sender_bytes, cap } = self.settings;
        let mut script = format!(
            "setting scan_batch_rows={batch_rows} scan_batch_bytes={batch_bytes} change_sender_records={sender_records} \
             change_sender_bytes={sender_bytes} max_incremental_restore_tables_in_flight={cap}\n"
        );
        let paths: Vec<&str> = self.tables.iter().map(|table| table.path.as_str()).collect();
        let mut say = |line: &str| writeln!(script, "{line}").expect("a String takes all");
        self.tables.iter().for_each(|table| say(&table.create()));
        say(&format!("collection c {} incremental", paths.join(" ")));
        for (at, ops) in self.backups.iter().enumerate() {
            ops.iter().for_each(|op| say(&self.statement(op)));
            say(if at == 0 { "backup c" } else { "backup-incremental c" });
        }
        self.after.iter().for_each(|op| say(&self.statement(op)));
        paths.iter().for_each(|path| say(&format!("drop-table {path}")));
        let split = |table: &Table| table.split(1).map(|points| format!(" {}={points}", table.path));
        say(&format!("restore c as=r{}", self.tables.iter().filter_map(split).collect::<String>()));
        say("expect-restore r state=Completed");
        paths.iter().for_each(|path| say(&format!("read {path}")));
        say("oracles restore_exact");
        script
    }

    fn statement(&self, op: &Op) -> String {
        let table = op.table.get(&self.tables);
        let Some(cells) = &op.cells else {
            return format!("erase {}{}", table.path, table.key_cells(&op.key));
        };
        let cell = |(at, (ty, cell)): (usize, (&ColumnType, &Cell))| match cell {
            Cell::Absent => String::new(),
            Cell::Null => format!(" c{at}=NULL"),
            Cell::Is(number) => format!(" c{at}={}", text(*ty, *number)),
        };
        let cells: String = table.columns.iter().zip(cells).enumerate().map(cell).collect();
        format!("upsert {}{}{cells}", table.path, table.key_cells(&op.key))
    }

    /// What the reads at the end have to print, table by table.
    pub(crate) fn expected(&self, fold: Fold) -> Vec<Vec<String>> {
        let mut tables: Vec<Rows> = vec![Rows::new(); self.tables.len()];
        for op in self.backups.iter().flatten() {
            let at = op.table.index(self.tables.len());
            let table = &self.tables[at];
            let key: Vec<Value> = table.key.iter().zip(op.key).map(|(ty, number)| value(*ty, number)).collect();
            match &op.cells {
                None if fold == Fold::ForgetsErases => {}
                None => drop(tables[at].remove(&key)),
                Some(cells) => write_cells(tables[at].entry(key).or_default(), &table.columns, cells),
            }
        }
        self.tables.iter().zip(&tables).map(|(table, rows)| table.lines(rows)).collect()
    }

    /// What of the case is used, for a test that asks whether all kinds of cases are drawn.
    pub(crate) fn traits(&self) -> BTreeSet<&'static str> {
        let ops = || self.backups.iter().flatten();
        let erased = |op: &Op| op.cells.is_none();
        let cell = |wanted: Cell| ops().filter_map(|op| op.cells.as_ref()).any(|cells| cells.contains(&wanted));
        let any_table = |is: &dyn Fn(&Table) -> bool| self.tables.iter().any(is);
        let named = [
            ("a full backup alone", self.backups.len() == 1),
            ("four increments", self.backups.len() == 5),
            ("three tables", self.tables.len() == 3),
            ("a key of two columns", any_table(&|table| table.key.len() == 2)),
            ("other boundaries in the target", any_table(&|table| table.splits[0] != table.splits[1])),
            ("three source partitions", any_table(&|table| table.splits[0].len() == 2)),
            ("no column but the key", any_table(&|table| table.columns.is_empty())),
            ("nulls", cell(Cell::Null)),
            ("partial updates", cell(Cell::Absent)),
            ("a key erased in one increment and written in another", self.comes_back()),
            ("an empty increment", self.backups[1..].iter().any(Vec::is_empty)),
            ("erases", ops().any(erased)),
            ("writes after the last backup", !self.after.is_empty()),
            ("a window of one record", self.settings.sender_records == 1),
            ("one table at a time", self.settings.cap == 1),
        ];
        named.into_iter().filter_map(|(name, has)| has.then_some(name)).collect()
    }

    fn comes_back(&self) -> bool {
        let touched = |op: &Op| (op.table.index(self.tables.len()), op.key);
        let later = |at: usize| self.backups[at + 1..].iter().flatten();
        self.backups.iter().enumerate().any(|(at, ops)| {
            let gone = ops.iter().filter(|op| op.cells.is_none());
            gone.into_iter().any(|gone| later(at).any(|op| op.cells.is_some() && touched(op) == touched(gone)))
        })
    }
}

fn write_cells(row: &mut BTreeMap<usize, Value>, columns: &[ColumnType], cells: &[Cell]) {
    for (at, (ty, cell)) in columns.iter().zip(cells).enumerate() {
        match cell {
            Cell::Absent => {}
            Cell::Null => drop(row.remove(&at)),
            Cell::Is(number) => drop(row.insert(at, value(*ty, *number))),
        }
    }
}

/// A failure shows the scenario, ready to be saved and run.
impl Debug for Case {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", self.script())
    }
}
