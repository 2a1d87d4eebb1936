//! Lesson 10: exploring, from a scenario to a failure of a few lines.
//!
//! Nobody can foresee which fault at which moment breaks a protocol. So try them all: a scenario
//! says what clients do, the search says what happens to them meanwhile, oracles judge. What it
//! finds is a run like any other, with one fault in it, and can be made smaller.
//!
//! Broken: a scan that was cut short by a fault reports success. One table of two comes back with
//! rows missing, and only if the fault strikes while its scan runs.
//!
//! Right: the same script, and no fault at any point does any harm.
//!
//! Run it: `cargo run --example l10_exploring`.

use std::path::Path;
use std::sync::Arc;
use tablets::quirk::{Quirk, Quirks};
use tabletsim::explore::{Capsule, Choice, Report, Search, SearchOptions, shrink};
use tabletsim::fault::{ActionKind, Schedule};
use tabletsim::run::RunOptions;
use tabletsim::scenario::Scenario;

/// Two tables, a full backup and an increment: more than the failure needs.
const SCRIPT: &str = "
    cluster nodes=2
    table /Root/a k:Uint64 v:Utf8 key=k split=5
    table /Root/b k:Uint64 v:Utf8 key=k
    collection c /Root/a /Root/b incremental
    rows /Root/a count=8
    upsert /Root/b k=1 v=one
    backup c
    upsert /Root/a k=2 v=two
    erase /Root/b k=1
    backup-incremental c
    drop-table /Root/a
    drop-table /Root/b
    zone begin
    restore c as=r
    zone end
    read /Root/a
";

/// The faults of this search: a pipe breaks before or after a message, a scan is cut short.
const KINDS: [ActionKind; 2] = [ActionKind::Reset, ActionKind::AbortScan];

/// Every single fault at every point of the restore, one run each.
fn sweep(scenario: &Arc<Scenario>, run: &RunOptions) -> Report {
    let choice = Choice { actions: KINDS.into(), ..Choice::default() };
    let options = SearchOptions { run: run.clone(), choice, ..SearchOptions::default() };
    Search { scenario, options: &options, watch: &mut |_| {} }.run().expect("no journal that could fail")
}

/// The lesson's output.
pub fn lesson() -> String {
    let scenario = Scenario::parse("lesson", SCRIPT, Path::new(".")).unwrap_or_else(|error| panic!("{error}"));
    let scenario = Arc::new(scenario);
    let right = sweep(&scenario, &RunOptions::default());
    let many = if right.singles.len() > 100 { "hundreds of" } else { "few" };
    let mut out = format!("right: {many} faults, one in each run: {}\n", right.verdict());

    let mistake = Quirks::NONE.with(Quirk::AbortedScanIsSuccess);
    let broken = sweep(&scenario, &RunOptions { quirks: mistake, ..RunOptions::default() });
    let group = &broken.groups[0];
    out += &format!("\nbroken: {} fails\n{}\n", group.fingerprint.oracle, group.schedule);

    let schedule: Schedule = group.schedule.parse().expect("a report holds faults as they print themselves");
    let options = RunOptions { quirks: mistake, ..RunOptions::default() };
    let capsule = Capsule::new(&scenario, &options, &schedule, &group.fingerprint);
    let shrunk = shrink(&capsule, &mut |_| {}).expect("the failure is there");
    out += &format!("\nthe smallest script with that failure\n\n{}\n", shrunk.script);

    let again = shrunk.capsule.replay(false).finding.name();
    let fixed = Capsule { quirks: Quirks::NONE, ..shrunk.capsule }.replay(false).finding.name();
    out + &format!("played once more: {again}\nwithout the mistake: {fixed}\n")
}

fn main() {
    print!("{}", lesson());
}
