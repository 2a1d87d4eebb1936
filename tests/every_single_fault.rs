//! Every single fault, one per run, as `tabletsim sweep` tries them: all of them must end ok.

mod common;

use common::{load, load_without_zone};
use std::sync::Arc;
use tabletsim::explore::{Report, Search, SearchOptions};
use tabletsim::run::Verdict;
use tabletsim::scenario::Scenario;

fn sweep(scenario: &Arc<Scenario>) -> Report {
    let options = SearchOptions { jobs: 2, ..SearchOptions::default() };
    Search { scenario, options: &options, watch: &mut |_| {} }.run().unwrap_or_else(|error| panic!("{error}"))
}

fn all_end_ok(name: &str, scenario: &Arc<Scenario>, at_least: usize) {
    let report = sweep(scenario);
    let runs = report.singles.len();
    let wrong: Vec<String> = report.wrong().map(|single| format!("{}: {}", single.fault, single.verdict)).collect();
    println!("{name}: {runs} runs, {} not ok", wrong.len());
    assert!(runs >= at_least, "{runs} faults are not every fault of {name}");
    assert!(wrong.is_empty(), "{} of {runs} faults of {name}:\n{}", wrong.len(), wrong.join("\n"));
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

/// Creation of tables, writes and backups, not only the restore.
#[test]
fn small_from_its_first_event() {
    all_end_ok("small.sim without zone", &load_without_zone("small.sim"), 800);
}
