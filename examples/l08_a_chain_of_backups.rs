//! Lesson 8: a chain of backups has an order, and a clock does not know it.
//!
//! A full backup holds all rows, each increment the changes since the backup before it. To put
//! them together again one needs their order, and there is a tempting place to read it from:
//! their names, which are times.
//!
//! Here two increments are taken within one second. The second one's name gets a `-2`, and in
//! the order of names it comes first. Put together by name, an old value wins.
//!
//! So each backup has a number of its own, given and written down when it was accepted. Names
//! are for people.
//!
//! The chain has another rule: it may have no gap. A table that was dropped and made anew is
//! another table, and no increment can follow from the old one's full backup.
//!
//! Run it: `cargo run --example l08_a_chain_of_backups`.

mod scene;

use scene::{Rows, play, played, printed, shard_rows};
use std::fmt::Write;
use tablets::ids::{ColumnId, TabletId};
use tablets::row::Row;
use tablets::schemeshard::{BackupRow, SchemeShard};
use tabletsim::run::Run;

const SCRIPT: &str = "
    table /Root/t k:Uint64 v:Utf8 key=k
    upsert /Root/t k=1 v=first
    collection c /Root/t incremental
    backup c
    upsert /Root/t k=1 v=second
    backup-incremental c
    upsert /Root/t k=1 v=third
    backup-incremental c
";

const REPLACED: &str = "
    drop-table /Root/t
    table /Root/t k:Uint64 v:Utf8 key=k
    !backup-incremental c
";

/// A backup's number, name and rows.
type Backup = (u64, String, Rows);

fn backups(run: &Run) -> Vec<Backup> {
    let tables = run.world().durable::<SchemeShard>(TabletId(1)).expect("SchemeShard is there");
    let backup = |row: &BackupRow| {
        let shard = tables.tables[&row.items[0].table].partitions[0].tablet;
        (row.seq, tables.paths[&row.dir].name.to_string(), shard_rows(run, shard))
    };
    tables.backups.values().map(backup).collect()
}

/// What the chain says of the row, backup by backup.
fn put_together(chain: &[Backup]) -> String {
    let mut row = Row::default();
    let mut out = String::new();
    for (number, name, rows) in chain {
        rows.values().for_each(|change| row.patch(change));
        let value = row.get(ColumnId(2)).map_or("nothing".to_owned(), ToString::to_string);
        writeln!(out, "  {number} {name:<31} now v={value}").expect("a String takes all");
    }
    out
}

/// The lesson's output.
pub fn lesson() -> String {
    let mut chain = backups(&played(SCRIPT));
    chain[1..].sort_by(|a, b| a.1.cmp(&b.1));
    let mut out = format!("increments in the order of their names: an old value wins\n{}", put_together(&chain));
    chain.sort_by_key(|(number, ..)| *number);
    out += &format!("\nbackups in the order of their numbers\n{}", put_together(&chain));

    let refused = play(&format!("{SCRIPT}{REPLACED}"), "", None);
    out + "\nan increment after the table was replaced\n  " + &printed(&refused)
}

fn main() {
    print!("{}", lesson());
}
