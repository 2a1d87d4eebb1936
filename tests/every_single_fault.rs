//! Every single fault, one per run, as `tabletsim sweep` tries them: all of them must end ok.

mod common;

use common::{load, load_without_zone};
use std::path::Path;
use std::sync::Arc;
use tablets::ids::TabletId;
use tabletsim::explore::{Report, Search, SearchOptions};
use tabletsim::fault::{Action, Anchor, Fault, Point, Schedule, Side, points};
use tabletsim::run::{RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;

fn sweep(scenario: &Arc<Scenario>) -> Report {
    let options = SearchOptions { jobs: 2, ..SearchOptions::default() };
    Search { scenario, options: &options, watch: &mut |_| {} }.run().unwrap_or_else(|error| panic!("{error}"))
}

/// All end ok, but those that keep a fault of the scenario itself from its place.
fn none_is_wrong(name: &str, scenario: &Arc<Scenario>, at_least: usize) -> Report {
    let report = sweep(scenario);
    let runs = report.singles.len();
    let wrong = report.wrong().filter(|single| single.verdict != Verdict::Invalid.name());
    let wrong: Vec<String> = wrong.map(|single| format!("{}: {}", single.fault, single.verdict)).collect();
    println!("{name}: {runs} runs, {} not ok", wrong.len());
    assert!(runs >= at_least, "{runs} faults are not every fault of {name}");
    assert!(wrong.is_empty(), "{} of {runs} faults of {name}:\n{}", wrong.len(), wrong.join("\n"));
    report
}

fn all_end_ok(name: &str, scenario: &Arc<Scenario>, at_least: usize) {
    let report = none_is_wrong(name, scenario, at_least);
    assert_eq!((report.verdict(), report.left()), (Verdict::Ok, (0, 0)), "{name}");
}

#[test]
fn tiny() {
    all_end_ok("tiny.sim", &load("tiny.sim"), 220);
}

#[test]
fn small() {
    all_end_ok("small.sim", &load("small.sim"), 340);
}

#[test]
fn restore() {
    all_end_ok("restore.sim", &load("restore.sim"), 2_700);
}

#[test]
fn index() {
    all_end_ok("index.sim", &load("index.sim"), 2_000);
}

/// Writes that feed indexes, and cuts that wait for them.
#[test]
fn indexed_from_its_first_event() {
    all_end_ok("indexed.sim without zone", &load_without_zone("indexed.sim"), 800);
}

#[test]
fn split() {
    all_end_ok("split.sim", &load("split.sim"), 1_500);
}

#[test]
fn split_indexed() {
    all_end_ok("split_indexed.sim", &load("split_indexed.sim"), 3_000);
}

/// A restore, and then everything is forgotten and dropped.
/// A request to cancel that a fault holds up may come too late.
#[test]
fn cancelled() {
    all_end_ok("cancelled.sim", &load("cancelled.sim"), 1_000);
}

#[test]
fn gone() {
    all_end_ok("gone.sim", &load("gone.sim"), 800);
}

/// Two restores of two collections at the same time.
#[test]
fn beside() {
    all_end_ok("beside.sim", &load("beside.sim"), 700);
}

/// Creation of tables, writes and backups, not only the restore.
#[test]
fn small_from_its_first_event() {
    all_end_ok("small.sim without zone", &load_without_zone("small.sim"), 800);
}

/// A fault of its own and one more, which may keep the first from its place.
#[test]
fn response_lost() {
    none_is_wrong("response_lost.sim", &load("response_lost.sim"), 300);
}

#[test]
fn altered() {
    all_end_ok("altered.sim", &load("altered.sim"), 600);
}

/// Cancelled at this moment; the cancel may come too late, and then the restore has completed.
fn cancelled_after(moment_ms: u64) -> Arc<Scenario> {
    let text = format!(
        "cluster nodes=2\nsetting scan_batch_rows=1 change_sender_records=1\n\
         table /Root/t k:Uint64 v:Utf8 key=k split=4\nrows /Root/t count=8 seed=1\n\
         collection c /Root/t incremental\nbackup c\nerase /Root/t k=1\nbackup-incremental c\n\
         drop-table /Root/t\nzone begin\n[async maybe] restore c as=r\nsleep {moment_ms}ms\n\
         [maybe] cancel r\nwait r\nzone end\ndrop-table /Root/t\nrestore c as=again\n\
         expect-restore again state=Completed\nexpect /Root/t rows=7\n"
    );
    Arc::new(Scenario::parse("cancel.sim", &text, Path::new(".")).unwrap_or_else(|error| panic!("{error}")))
}

/// Cancel at any moment, under any single fault: the restore ends, one way or the other, and
/// the same chain can be restored afterwards.
#[test]
fn cancel_at_any_moment() {
    for moment_ms in (0..48).step_by(6) {
        all_end_ok(&format!("cancelled after {moment_ms} ms"), &cancelled_after(moment_ms), 200);
    }
}

/// A table is dropped by force after this message, whoever reads or fills it: operations end, each
/// one way or the other. What oracles of rows say is left out: the rows went with their shards.
fn gone_after_any_message(name: &str, scenario: &Arc<Scenario>, path: &str) {
    let traced = run(scenario, &RunOptions { record: true, ..RunOptions::default() }, &mut |_| {});
    let messages = points(&traced.trace).into_iter().filter(|point| matches!(point, Point::Message { .. }));
    let anchors: Vec<Anchor> = messages.map(|point| point.anchor(Side::After)).collect();
    assert!(anchors.len() > 30, "{name} has more messages than {}", anchors.len());
    for anchor in anchors {
        let action = Action::Inject { tablet: TabletId(1), event: format!("DropPath:{path}") };
        let schedule = Schedule(vec![Fault { anchor, action }]);
        let outcome = run(scenario, &RunOptions { schedule, ..RunOptions::default() }, &mut |_| {});
        let hangs = matches!(outcome.verdict, Verdict::Panicked | Verdict::Stuck | Verdict::Exhausted);
        let found = (outcome.verdict, &outcome.reasons, &outcome.objections);
        assert!(!hangs, "{name} with {}: {found:?}", outcome.schedule);
    }
}

#[test]
fn a_table_that_goes_at_any_moment() {
    let copy = "/Root/.backups/collections/daily/20250101000000Z_incremental/shop/orders";
    for path in ["/Root/users", "/Root/shop/orders", copy] {
        gone_after_any_message("index.sim", &load("index.sim"), path);
    }
    gone_after_any_message("indexed.sim without zone", &load_without_zone("indexed.sim"), "/Root/t");
}
