//! Lesson 9: a restore, in order, once, whatever breaks.
//!
//! A row that an increment deletes must not be brought back by the full backup. So nothing of
//! an increment may be applied before all of the one before it is durable, at every shard.
//! Two shards are read here, and one of them is slow.
//!
//! Broken: the restore goes on to the increment when the first shard has answered.
//!
//! Right: it waits for all. And because every request has an identity (lesson 1), is kept where
//! its effect is kept (lesson 4), has its parts on disk (lesson 5) and its records numbered
//! (lesson 7), a reboot of any tablet at any moment costs time and nothing else. The last line
//! has tried them all.
//!
//! Run it: `cargo run --example l09_in_order_once`.

mod scene;

use scene::{play, printed, told};
use tablets::executor::Cut;
use tablets::quirk::Quirk;
use tabletsim::fault::{Action, Fault, Keep, Old, Point, Side, points};
use tabletsim::run::Verdict;

const SCRIPT: &str = "
    table /Root/t k:Uint64 v:Utf8 key=k split=5
    (upsert /Root/t k=1 v=one)
    (upsert /Root/t k=7 v=seven)
    collection c /Root/t incremental
    backup c
    erase /Root/t k=1
    upsert /Root/t k=7 v=SEVEN
    backup-incremental c
    drop-table /Root/t
    zone begin
    restore c as=r
    zone end
    read /Root/t
";

/// The full backup's first shard, t72003, is slow to begin.
const SLOW: &str = "delay t1-t72003 RestoreMultipleIncrementalBackups#1 by 1s";

/// A reboot at each cut of each transaction of a run without faults, with the last writes lost.
fn every_reboot() -> Vec<Fault> {
    let clean = play(SCRIPT, "", None);
    let at = |point: Point| match point {
        Point::Cut { tablet, cut, .. } if cut != Cut::Done => Some(Fault {
            anchor: point.anchor(Side::Before),
            action: Action::Reboot { tablet, down_us: None, keep: Keep::None, old: Old::Dies },
        }),
        _ => None,
    };
    points(&clean.trace).into_iter().filter_map(at).collect()
}

/// The lesson's output.
pub fn lesson() -> String {
    let broken = play(SCRIPT, SLOW, Some(Quirk::AdvanceEarly));
    let mut out = format!("goes on when the first shard has answered\n{}", told(&broken));

    let right = play(SCRIPT, SLOW, None);
    out += &format!("\ngoes on when all shards have answered\n{}{}", told(&right), printed(&right));

    let reboots = every_reboot();
    let bad: Vec<String> = reboots
        .iter()
        .filter(|fault| play(SCRIPT, &fault.to_string(), None).verdict != Verdict::Ok)
        .map(ToString::to_string)
        .collect();
    let many = if reboots.len() > 100 { "more than a hundred" } else { "few" };
    out += &format!("\n{many} reboots, one in each run: {} of the runs went wrong\n", bad.len());
    out + &bad.join("\n")
}

fn main() {
    print!("{}", lesson());
}
