//! Lesson 5: an operation is done when all of its parts are, and the parts are on disk.
//!
//! A restore of three tables is one *operation* with three parts. One table is worked on at a
//! time, so two wait. SchemeShard, which drives the operation, reboots when the first part
//! has just succeeded.
//!
//! Broken: the parts that wait are in memory only. The new incarnation finds one part on its
//! disk, and that one is done. So all parts are done, says it, and is wrong.
//!
//! Right: the work list is written before anything is sent, in the commit that accepts the
//! restore. What is not on the disk was never promised.
//!
//! Run it: `cargo run --example l05_an_operation_and_its_parts`. Then move the reboot.

mod scene;

use scene::{play, printed, told, traced};
use tablets::quirk::Quirk;

const SCRIPT: &str = "
    table /Root/a k:Uint64 v:Utf8 key=k
    table /Root/b k:Uint64 v:Utf8 key=k
    table /Root/c k:Uint64 v:Utf8 key=k
    (upsert /Root/a k=1 v=apple)
    (upsert /Root/b k=1 v=banana)
    (upsert /Root/c k=1 v=cherry)
    collection fruit /Root/a /Root/b /Root/c
    backup fruit
    drop-table /Root/a
    drop-table /Root/b
    drop-table /Root/c
    setting max_incremental_restore_tables_in_flight=1
    restore fruit as=r
    read /Root/a
    read /Root/b
    read /Root/c
";

const REBOOT: &str = "reboot t1 at durable of IncrementalRestoreResponse#1";

/// The lesson's output.
pub fn lesson() -> String {
    let broken = play(SCRIPT, REBOOT, Some(Quirk::VolatileQueue));
    let mut out = format!("the parts that wait are in memory\n{}", told(&broken));

    let right = play(SCRIPT, REBOOT, None);
    out += &format!("\nthe parts that wait are on disk\n{}{}", told(&right), printed(&right));
    out += "\nwhat SchemeShard's disk said of the parts\n";
    for line in traced(&right, &["ShardProgress", "booted"]).lines() {
        if line.starts_with("t1.") && !line.ends_with("erased") {
            out += &format!("{}\n", line.split(" from").next().unwrap_or(line));
        }
    }
    out
}

fn main() {
    print!("{}", lesson());
}
