//! Lesson 7: sent is not arrived, arrived is not durable, and only durable is done.
//!
//! A source shard sends its rows to a target shard as numbered records. The number of a record
//! is its place in the source, which never changes; so the same row has the same number,
//! however often it is sent. The target writes the last number down in the commit that applies
//! the records, and says so when it is durable.
//!
//! Broken: the source has no more rows to read, and reports success. Its last records are still
//! on their way.
//!
//! Right: success is reported when every record is acknowledged as durable. Then the pipe
//! breaks just before the acknowledgement arrives. The source asks how far the target has come
//! (the *handshake*) and sends nothing a second time.
//!
//! Run it: `cargo run --example l07_change_exchange`.

mod scene;

use scene::{play, printed, told, traced};
use tablets::quirk::Quirk;

const SCRIPT: &str = "
    table /Root/t k:Uint64 v:Utf8 key=k
    (upsert /Root/t k=1 v=one)
    (upsert /Root/t k=2 v=two)
    (upsert /Root/t k=3 v=three)
    collection c /Root/t
    backup c
    drop-table /Root/t
    zone begin
    restore c as=r
    read /Root/t
";

/// The source of the restore is the backup's shard, t72002; its target is t72003.
const LOST_ANSWER: &str = "reset t72003-t72002 before RecordStatuses#1";

/// The lesson's output.
pub fn lesson() -> String {
    let broken = play(SCRIPT, "", Some(Quirk::FinishByReadiness));
    let mut out = format!("done when there is nothing left to read\n{}", told(&broken));

    let right = play(SCRIPT, LOST_ANSWER, None);
    out += &format!(
        "\ndone when all is durable, and the answer that said so is lost\n{}{}",
        told(&right),
        printed(&right)
    );
    out += "\nwhat the two shards said\n";
    let words = ["Handshake", "ApplyRecords", "RecordStatuses", "RestoreMultipleIncrementalBackupsResponse"];
    for line in traced(&right, &words).lines().filter(|line| line.contains("72003") || line.contains("Response")) {
        out += &format!("{}\n", line.split(" #").next().unwrap_or(line));
    }
    out
}

fn main() {
    print!("{}", lesson());
}
