//! Shrinking: ten different failures of one large scenario become a few lines each, and stay
//! the same failures.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tablets::quirk::{Quirk, Quirks};
use tabletsim::explore::{Capsule, Finding, Fingerprint, Trier, shrink};
use tabletsim::fault::Schedule;
use tabletsim::run::RunOptions;
use tabletsim::scenario::{CsvFiles, Scenario};

/// What fails, under which fault (the first number for `*` that does it), and how many statements and faults it takes at most.
const FAILURES: [(Quirk, &str, usize, usize); 10] = [
    (Quirk::AbortedScanIsSuccess, "inject AbortScan t72* after RestoreMultipleIncrementalBackups#1 on t1-t72*", 8, 1),
    (Quirk::AdvanceEarly, "", 8, 0),
    (Quirk::FinishByReadiness, "", 8, 0),
    (Quirk::IndexTablesForgotten, "reboot t1 at exec of OperationReply#* keep=all", 9, 1),
    (Quirk::IndexTablesForgotten, "reboot t1 at exec of Propose#* keep=all", 6, 1),
    (Quirk::PathStatePartRebuildAborts, "reboot t1 at exec of Propose#* keep=all", 6, 1),
    (Quirk::PipePerMessage, "reset t1-t72* before Init#1", 6, 1),
    (Quirk::RelockDroppedPath, "reboot t1 at exec of Propose#* keep=all", 6, 1),
    (Quirk::VolatileQueue, "reboot t1 at exec of OperationReply#* keep=all", 10, 1),
    (Quirk::VolatileQueue, "reboot t1 at exec of Progress#* keep=all", 8, 1),
];

fn restore() -> Arc<Scenario> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/restore.sim");
    Arc::new(Scenario::load(&path).unwrap_or_else(|error| panic!("{error}")))
}

fn failure(scenario: &Arc<Scenario>, quirk: Quirk, faults: &str) -> Capsule {
    let options = RunOptions { quirks: Quirks::NONE.with(quirk), ..RunOptions::default() };
    let mut trier = Trier::new(scenario, &options);
    let from = if faults.contains("OperationReply") { 100 } else { 1 };
    let numbers = if faults.contains('*') { from..200 } else { 1..2 };
    let failing = numbers.into_iter().find_map(|number| {
        let wide = if faults.contains("t72*") { format!("{number:03}") } else { number.to_string() };
        let schedule: Schedule = faults.replace('*', &wide).parse().expect("faults");
        let seen = trier.run(&schedule);
        Some((schedule, seen.fingerprint?))
    });
    let (schedule, fingerprint) = failing.unwrap_or_else(|| panic!("{quirk}: no failure with {faults}"));
    Capsule::new(scenario, &options, &schedule, &fingerprint)
}

fn script_of(quirk: Quirk, faults: &str, statements: usize, most_faults: usize) -> String {
    let capsule = failure(&restore(), quirk, faults);
    let shrunk = shrink(&capsule, &mut |_| {}).unwrap_or_else(|error| panic!("{quirk}: {error}"));
    let (before, after) = shrunk.sizes;
    println!("{quirk}: {before} -> {after}, {} runs\n{}", shrunk.runs, shrunk.script);
    assert!(after.statements <= statements && after.faults <= most_faults, "{quirk}: {after}\n{}", shrunk.script);
    assert!(after.events * 2 < before.events && shrunk.runs < 2_000, "{quirk}: {after} in {} runs", shrunk.runs);
    assert_eq!(shrunk.capsule.fingerprint, capsule.fingerprint);
    for _ in 0..2 {
        assert_eq!(shrunk.capsule.replay(false).finding, Finding::Same, "{quirk}");
    }
    // The mistake is the quirk's: without it the script is one that can be kept.
    let fixed = Capsule { quirks: Quirks::NONE, ..shrunk.capsule };
    let finding = fixed.replay(false).finding;
    assert!(matches!(finding, Finding::Gone | Finding::Invalid), "{quirk}: {finding:?}");
    shrunk.script
}

#[test]
fn ten_failures_become_a_few_lines_each() {
    for (quirk, faults, statements, most_faults) in FAILURES {
        let script = script_of(quirk, faults, statements, most_faults);
        assert!(Scenario::parse_with("x", &script, &CsvFiles::In(".".into())).is_ok());
    }
}

#[test]
fn what_is_not_needed_goes() {
    let text = "cluster nodes=3\ntable /Root/a k:Uint64 v:Utf8 key=k split=10,20\ntable /Root/b k:Uint64 key=k\n\
        rows /Root/a count=30\nupsert /Root/b k=1\ncollection c /Root/a /Root/b incremental\nbackup c\ndrop-table /Root/a\n\
        drop-table /Root/b\nrestore c as=r\nread /Root/a\n\
        fault \"isolate n2 after RestoreMultipleIncrementalBackups#1 on t1-t72006 for=3s\"\nseed 5\n";
    let scenario = Arc::new(Scenario::parse("x.sim", text, ".".as_ref()).unwrap_or_else(|error| panic!("{error}")));
    let abort = "inject AbortScan t72005 after RestoreMultipleIncrementalBackups#1 on t1-t72005; \
        reboot t72008 at event 2 down_for=5s old=lives";
    let capsule = failure(&scenario, Quirk::AbortedScanIsSuccess, abort);
    let shrunk = shrink(&capsule, &mut |_| {}).unwrap_or_else(|error| panic!("{error}"));
    let script = shrunk.script;
    for gone in ["/Root/b", "isolate", "reboot", "seed", "cluster", "split", "read", "incremental\n", "v:Utf8"] {
        assert!(!script.contains(gone), "{gone} is not needed:\n{script}");
    }
    assert!(script.contains("fault \"inject AbortScan"), "{script}");
}

#[test]
fn a_failure_that_is_none_is_not_shrunk() {
    let capsule = failure(&restore(), Quirk::AdvanceEarly, "");
    let fixed = Capsule { quirks: Quirks::NONE, ..capsule.clone() };
    assert!(shrink(&fixed, &mut |_| {}).expect_err("it does not fail").contains("shows no failure"));
    let other = Fingerprint { oracle: "no_panic".to_owned(), ..capsule.fingerprint.clone() };
    let other = Capsule { fingerprint: other, ..capsule };
    assert!(shrink(&other, &mut |_| {}).expect_err("it fails otherwise").contains("another failure"));
}

#[test]
fn the_command_prints_a_script_that_can_be_run() {
    let path = |name: &str| Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (capsule, script) = (path("large.capsule"), path("small.sim"));
    std::fs::write(&capsule, failure(&restore(), Quirk::FinishByReadiness, "").to_string()).expect("it can be written");
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tabletsim")).args(args).output().expect("the program starts");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let text = |path: &Path| path.to_str().expect("a UTF-8 path").to_owned();
    let (code, said) = run(&["shrink", &text(&capsule), "--script", &text(&script)]);
    assert!(code == Some(0) && said.contains("before    45 statements, 0 faults"), "{said}");
    assert!(said.starts_with(&std::fs::read_to_string(&script).expect("the script is written")), "{said}");
    let (code, said) = run(&["run", &text(&script), "--quirk", "finish-by-readiness"]);
    assert!(code == Some(1) && said.contains("backup_exact"), "{said}");
}
