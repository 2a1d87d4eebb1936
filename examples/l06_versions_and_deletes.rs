//! Lesson 6: nothing, null and gone are three different things.
//!
//! An incremental backup holds one row for each key that changed. To write down a change one
//! must be able to say of a column: "I do not speak of it", "it is null now", "it is this";
//! and of a row: "it is gone". Who has fewer words than that loses data.
//!
//! Here the rows of a full backup and of one increment are read from the shards' disks and put
//! together in three ways. The first takes the increment's rows as the rows. The second knows
//! deletes, but takes what is absent for null. The third is right.
//!
//! Run it: `cargo run --example l06_versions_and_deletes`.

mod scene;

use scene::{Rows, played, shard_rows};
use std::fmt::Write;
use tablets::ids::{ColumnId, TabletId};
use tablets::row::{Key, MARKER_COLUMN, Row, Value};

/// Puts one change of an increment onto the rows.
type Way = fn(&mut Rows, &Key, &Row);
const SCRIPT: &str = "
    table /Root/t k:Uint64 a:Utf8 b:Utf8 key=k
    upsert /Root/t k=1 a=one b=uno
    upsert /Root/t k=2 a=two b=dos
    upsert /Root/t k=3 a=three b=tres
    upsert /Root/t k=4 a=four b=cuatro
    collection c /Root/t incremental
    backup c
    upsert /Root/t k=1 a=ONE
    upsert /Root/t k=2 b=NULL
    erase /Root/t k=3
    erase /Root/t k=4
    upsert /Root/t k=4 a=back
    backup-incremental c
";

const USER: TabletId = TabletId(72_001);
const FULL: TabletId = TabletId(72_002);
const INCREMENT: TabletId = TabletId(72_003);

fn gone(change: &Row) -> bool {
    change.get(MARKER_COLUMN) == Some(&Value::Bool(true))
}

/// The increment's rows are the rows.
fn replace(rows: &mut Rows, key: &Key, change: &Row) {
    rows.insert(key.clone(), change.clone());
}

/// A delete deletes; what an increment leaves out is null.
fn absent_is_null(rows: &mut Rows, key: &Key, change: &Row) {
    if gone(change) { drop(rows.remove(key)) } else { replace(rows, key, change) }
}

/// A delete deletes; what an increment leaves out stays.
fn fold(rows: &mut Rows, key: &Key, change: &Row) {
    if gone(change) { drop(rows.remove(key)) } else { rows.entry(key.clone()).or_default().patch(change) }
}

/// `k a b`, with a dash for null.
fn table(rows: &Rows) -> Vec<String> {
    let cell = |row: &Row, column| match row.get(ColumnId(column)) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(value) => value.to_string().trim_matches('"').to_owned(),
    };
    rows.iter().map(|(key, row)| format!("{key} {} {}", cell(row, 2), cell(row, 3))).collect()
}

/// The lesson's output.
pub fn lesson() -> String {
    let run = played(SCRIPT);
    let truth = table(&shard_rows(&run, USER));
    let mut out = format!("the table holds         {}\nthe increment holds\n", truth.join(" | "));
    for (key, row) in shard_rows(&run, INCREMENT) {
        writeln!(out, "  {key} {row}").expect("a String takes all");
    }
    let ways: [(&str, Way); 3] =
        [("rows replace rows", replace), ("absent is null", absent_is_null), ("absent stays", fold)];
    for (name, put_together) in ways {
        let mut back = shard_rows(&run, FULL);
        shard_rows(&run, INCREMENT).iter().for_each(|(key, change)| put_together(&mut back, key, change));
        let verdict = if table(&back) == truth { "" } else { "   <- wrong" };
        writeln!(out, "{name:<23} {}{verdict}", table(&back).join(" | ")).expect("a String takes all");
    }
    out
}

fn main() {
    print!("{}", lesson());
}
