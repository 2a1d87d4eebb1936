//! Workloads: what clients do besides a script, and in the midst of it.
//!
//! A drawn workload is a script again: the base's statements, some of them in the background
//! now, with others between them. Every request may be refused, since what was drawn before it
//! may have made it impossible; what the base expects at its end holds no longer and is left
//! out, and so is what it waits for and demands. What must hold whatever clients do is the
//! oracles' business.
//!
//! After the zone what was paused goes on, and every table is written once more.

use super::shape::{Shape, pick};
use crate::rng::Stream;
use crate::scenario::{CsvFiles, Scenario, Statement, TableDef};
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::sync::Arc;
use tablets::row::{Column, ColumnType};

/// Keys are drawn from so few numbers that they meet.
const KEYS: u64 = 16;
/// Drawn statements in a row, at most.
const IN_A_ROW: u64 = 4;

/// A kind of thing that a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Writes some cells of one row.
    Upsert,
    /// Removes one row.
    Erase,
    /// Writes many rows in the background.
    Rows,
    /// Splits a table's shard.
    Split,
    /// Merges shards of a table.
    Merge,
    /// Load splits a shard.
    SplitByLoad,
    /// Load merges shards.
    MergeByLoad,
    /// Takes a full backup.
    Backup,
    /// Takes an incremental backup.
    Increment,
    /// Drops a table.
    Drop,
    /// Restores a collection.
    Restore,
    /// Cancels a restore.
    Cancel,
    /// Forgets a restore.
    Forget,
    /// Asks how far restores are.
    Look,
    /// Adds a column.
    Alter,
    /// Changes a setting.
    Setting,
    /// Lets wall clocks jump.
    Clock,
    /// Lets time pass.
    Sleep,
}

impl Doing {
    /// All of them.
    pub const ALL: [Doing; 18] = [
        Doing::Upsert,
        Doing::Erase,
        Doing::Rows,
        Doing::Split,
        Doing::Merge,
        Doing::SplitByLoad,
        Doing::MergeByLoad,
        Doing::Backup,
        Doing::Increment,
        Doing::Drop,
        Doing::Restore,
        Doing::Cancel,
        Doing::Forget,
        Doing::Look,
        Doing::Alter,
        Doing::Setting,
        Doing::Clock,
        Doing::Sleep,
    ];
}

/// Settings that are changed while a workload runs, with values from the least that works on.
const SETTINGS: [(&str, [i64; 4]); 5] = [
    ("max_incremental_restore_tables_in_flight", [0, 1, 2, -1]),
    ("scan_batch_rows", [1, 2, 3, 500]),
    ("change_sender_records", [1, 2, 3, -1]),
    ("change_sender_bytes", [1, 60, 200, 196_608]),
    ("max_retries_per_incremental", [3, 10, 50, -1]),
];

/// A workload of this shape, drawn from `base`.
pub fn draw(base: &Arc<Scenario>, shape: &Shape, stream: Stream) -> Arc<Scenario> {
    if shape.busy == 0 {
        return Arc::clone(base);
    }
    let mut drawer = Drawer { base, shape, rng: stream.text("workload").generator(), lines: Vec::new(), restores: 0 };
    drawer.draw();
    let files = CsvFiles::Kept(base.csv_files());
    let mut lines = drawer.lines;
    // A statement that makes no sense after what was drawn before it is left out.
    loop {
        match Scenario::parse_with(&base.file, &(lines.join("\n") + "\n"), &files) {
            Ok(scenario) => return Arc::new(scenario),
            Err(error) => match error.at {
                Some((line, _)) if lines.len() > 1 => drop(lines.remove(line - 1)),
                _ => return Arc::clone(base),
            },
        }
    }
}

struct Drawer<'a> {
    base: &'a Scenario,
    shape: &'a Shape,
    rng: Xoshiro256PlusPlus,
    lines: Vec<String>,
    restores: u64,
}

impl Drawer<'_> {
    fn draw(&mut self) {
        let base = self.base;
        let zone = base.items.iter().position(|item| item.statement.to_string() == "zone end");
        let end = zone.unwrap_or(base.items.len());
        let mut tables = false;
        for item in &base.items[..end] {
            self.base_line(item);
            tables |= matches!(item.statement, Statement::Table(_));
            if tables && self.chance(self.shape.busy) {
                self.some_doings();
            }
        }
        self.unpause();
        self.lines.push("wait all".to_owned());
        if zone.is_some() {
            self.lines.push("zone end".to_owned());
        }
        for table in self.tables() {
            let line = self.upsert(&table);
            self.lines.push(line);
        }
        base.items[end..].iter().skip(usize::from(zone.is_some())).for_each(|item| self.base_line(item));
    }

    /// A statement of the base, with what it expects left out.
    fn base_line(&mut self, item: &crate::scenario::Item) {
        let text = item.statement.to_string();
        match &item.statement {
            Statement::Must { .. } | Statement::Oracles { .. } | Statement::Await { .. } | Statement::Fault { .. } => {}
            statement if statement.is_expectation() => {}
            Statement::Writer { .. } => self.lines.push(format!("[maybe] {text}")),
            Statement::Wait(_) => {
                self.unpause();
                self.lines.push(text);
            }
            Statement::Restore { .. } => {
                let background = self.chance(75);
                if !background {
                    self.unpause();
                }
                self.request(&text, item.request_name.as_deref(), background);
                if background {
                    self.some_doings();
                }
            }
            statement if statement.is_request() => {
                let background = item.marks.background || self.chance(self.shape.busy / 8);
                self.request(&text, item.request_name.as_deref(), background);
            }
            _ => self.lines.push(text),
        }
    }

    fn request(&mut self, text: &str, name: Option<&str>, background: bool) {
        let name = name.map_or(String::new(), |name| format!(" tx={name}"));
        let background = if background { "async " } else { "" };
        self.lines.push(format!("[{background}maybe{name}] {text}"));
    }

    /// Restores go on: nobody waits for one that a cap of 0 may hold back.
    fn unpause(&mut self) {
        self.lines.push(format!("setting {}=-1", SETTINGS[0].0));
    }

    fn some_doings(&mut self) {
        for _ in 0..self.rng.random_range(1..=IN_A_ROW) {
            if let Some(doing) = pick(&mut self.rng, &self.shape.doings) {
                let line = self.doing(doing);
                self.lines.extend(line);
            }
            if self.rng.random_bool(0.3) {
                let us = 1 << self.rng.random_range(8..20);
                self.lines.push(format!("sleep {us}us"));
            }
        }
    }

    fn doing(&mut self, doing: Doing) -> Option<String> {
        let table = self.one(&self.tables())?;
        let (path, key) = (table.path.clone(), self.key(&table));
        let collections = self.collections();
        let background = |text: String| Some(format!("[async maybe] {text}"));
        match doing {
            Doing::Upsert => Some(self.upsert(&table)),
            Doing::Erase => Some(format!("[maybe] erase {path} {}", named(&table, &key))),
            Doing::Rows => {
                let (count, from) = (self.rng.random_range(1..12), self.rng.random_range(0..KEYS));
                let to = from + count + 4;
                background(format!("rows {path} count={count} from={from} to={to} keys=uniform batch=3"))
            }
            Doing::Split => background(format!("split {path} {}", quoted(&key.join(",")))),
            Doing::SplitByLoad => background(format!("split-by-load {path} {}", quoted(&key.join(",")))),
            Doing::Merge => background(format!("merge {path} {}", self.two(&table))),
            Doing::MergeByLoad => background(format!("merge-by-load {path} {}", self.two(&table))),
            Doing::Backup => background(format!("backup {}", self.one(&collections)?)),
            Doing::Increment => background(format!("backup-incremental {}", self.one(&collections)?)),
            Doing::Drop => background(format!("drop-table {path}")),
            Doing::Restore => {
                self.restores += 1;
                background(format!("restore {} as=drawn{}", self.one(&collections)?, self.restores))
            }
            Doing::Cancel => background(format!("cancel {}", self.restore()?)),
            Doing::Forget => Some(format!("[maybe] forget {}", self.restore()?)),
            Doing::Look => Some("[maybe] list-restores".to_owned()),
            Doing::Alter => {
                let name = self.lines.len();
                background(format!("alter {path} add drawn{name}:Uint64"))
            }
            Doing::Setting => {
                let (name, values) = SETTINGS[self.rng.random_range(0..SETTINGS.len())];
                Some(format!("setting {name}={}", values[self.rng.random_range(0..values.len())]))
            }
            Doing::Clock => {
                let way = if self.rng.random_bool(0.5) { "back" } else { "forward" };
                Some(format!("clock {way}={}h", self.rng.random_range(1..48)))
            }
            Doing::Sleep => Some(format!("sleep {}ms", 1 << self.rng.random_range(0..13))),
        }
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn one<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        if all.is_empty() { None } else { Some(all[self.rng.random_range(0..all.len())].clone()) }
    }

    fn tables(&self) -> Vec<Arc<TableDef>> {
        let table = |item: &crate::scenario::Item| match &item.statement {
            Statement::Table(def) if !item.marks.refused => Some(Arc::clone(def)),
            _ => None,
        };
        self.base.items.iter().filter_map(table).collect()
    }

    fn collections(&self) -> Vec<String> {
        let collection = |item: &crate::scenario::Item| match &item.statement {
            Statement::Collection { name, .. } if !item.marks.refused => Some(name.clone()),
            _ => None,
        };
        self.base.items.iter().filter_map(collection).collect()
    }

    /// The name of a restore that is in the script already.
    fn restore(&mut self) -> Option<String> {
        let name = |line: &String| {
            let restore = line.contains(" restore ").then(|| line.split(" as=").nth(1)).flatten();
            restore.and_then(|rest| rest.split(' ').next()).map(str::to_owned)
        };
        let names: Vec<String> = self.lines.iter().filter_map(name).collect();
        self.one(&names)
    }

    fn key(&mut self, table: &TableDef) -> Vec<String> {
        table.schema.key_columns().map(|column| value(column, self.rng.random_range(0..KEYS))).collect()
    }

    fn two(&mut self, table: &TableDef) -> String {
        let (one, other) = (self.rng.random_range(0..KEYS), self.rng.random_range(0..KEYS));
        let key = |number: u64| {
            let parts: Vec<String> = table.schema.key_columns().map(|column| value(column, number)).collect();
            parts.join(",")
        };
        let between = if table.schema.key.len() == 1 { "," } else { ";" };
        quoted(&format!("{}{between}{}", key(one.min(other)), key(one.max(other))))
    }

    fn upsert(&mut self, table: &TableDef) -> String {
        let key = self.key(table);
        let mut line = format!("[maybe] upsert {} {}", table.path, named(table, &key));
        for column in table.schema.columns.iter().filter(|column| !table.schema.is_key(column.id)) {
            match self.rng.random_range(0..3) {
                0 => line += &format!(" {}=NULL", column.name),
                1 => line += &format!(" {}={}", column.name, value(column, self.rng.random_range(0..KEYS))),
                _ => {}
            }
        }
        line
    }
}

fn named(table: &TableDef, key: &[String]) -> String {
    let parts: Vec<String> =
        table.schema.key_columns().zip(key).map(|(column, value)| format!("{}={value}", column.name)).collect();
    parts.join(" ")
}

fn quoted(text: &str) -> String {
    if text.contains(';') { format!("\"{text}\"") } else { text.to_owned() }
}

fn value(column: &Column, number: u64) -> String {
    match column.ty {
        ColumnType::Bool => (number % 2 == 1).to_string(),
        ColumnType::Utf8 | ColumnType::String => format!("k{number:08}"),
        ColumnType::Uint32 | ColumnType::Uint64 | ColumnType::Int64 | ColumnType::Timestamp => number.to_string(),
    }
}
