//! `tabletsim diff`: runs matched by what happens in them, not by when.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

const TINY: &str = "sim/scenarios/tiny.sim";
const RESET: &str = "reset t72003-t72002 before RecordStatuses#1";

fn says(args: &[&str], code: i32) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabletsim"));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).args(args).args(["--color", "never"]);
    let output = command.output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    said
}

fn json(args: &[&str], code: i32) -> Value {
    serde_json::from_str(&says(&[args, &["--json", "-"]].concat(), code)).expect("JSON")
}

#[test]
fn a_run_is_the_same_as_itself() {
    let said = says(&["diff", TINY], 0);
    assert!(said.contains("the same: "), "{said}");
}

#[test]
fn one_fault_more_changes_what_follows_from_it_and_nothing_else() {
    let difference = json(&["diff", TINY, "--schedule", RESET], 1);
    assert_eq!(difference["first_b"]["fact"], RESET, "{difference}");
    let first = difference["first_a"]["fact"].as_str().expect("something is missing");
    assert!(first.starts_with("RecordStatuses") && first.ends_with("#1 from t72003"), "{first}");
    let kinds = difference["by_kind"].as_object().expect("kinds");
    assert!(kinds.contains_key("t72002-t72003 sent Handshake"), "the source shakes hands again: {kinds:?}");
    let sum = |name: &str| kinds.values().map(|kind| kind[name].as_u64().expect("a number")).sum::<u64>();
    let same = difference["same"].as_u64().expect("a number");
    assert!(sum("only_a") + sum("only_b") < same / 4, "most is the same: {difference}");
    assert!(!kinds.keys().any(|kind| kind.contains("Rows")), "no row is written otherwise: {kinds:?}");
}

#[test]
fn another_seed_changes_times_and_nothing_that_is_written() {
    let difference = json(&["diff", TINY, "--seed", "2"], 1);
    let same = difference["same"].as_u64().expect("a number");
    assert!(same > 200, "{difference}");
    assert!(difference["order"].is_array(), "latencies are others: {difference}");
}

#[test]
fn traces_and_capsules_are_compared_too() {
    let path = |name: &str| Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).to_str().expect("UTF-8").to_owned();
    let (a, b, capsule) = (path("a.jsonl"), path("b.jsonl"), path("diff.capsule"));
    says(&["run", TINY, "--trace", &a], 0);
    says(&["run", TINY, "--schedule", RESET, "--trace", &b], 0);
    assert_eq!(json(&["diff", &a, &b], 1), json(&["diff", TINY, "--schedule", RESET], 1));
    let abort = "inject AbortScan t72002 after RestoreMultipleIncrementalBackups#1 on t1-t72002";
    let quirk = ["--quirk", "aborted-scan-is-success", "--schedule", abort, "--capsule", &capsule];
    says(&[&["run", TINY][..], &quirk].concat(), 1);
    let said = says(&["diff", &capsule], 1);
    assert!(said.contains("0 faults: ok") && said.contains("1 faults: violated"), "{said}");
    assert!(said.contains("✗") || said.contains(abort), "{said}");
    says(&["diff", "no.jsonl", TINY], 2);
}
