//! The command line as its users meet it: exit codes, messages, streams.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A table and a run that ends well.
const GOOD: &str = "table /Root/t k:Uint64 v:Utf8 key=k split=10\nupsert /Root/t k=1 v=a\nread /Root/t\n";

fn tabletsim(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabletsim"));
    command.args(args).env_remove("NO_COLOR").env_remove("RUST_BACKTRACE");
    command
}

fn output(args: &[&str]) -> Output {
    tabletsim(args).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

/// A file of this test's own.
fn file(name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let path = folder.join(name);
    std::fs::write(&path, content).expect("the file can be written");
    path
}

/// Runs the scenario `content`, and checks exit code and what is said.
fn broken(name: &str, content: impl AsRef<[u8]>, code: i32, expected: &str) {
    let path = file(name, content);
    says(&["run", path.to_str().expect("a UTF-8 path")], code, expected);
}

fn says(args: &[&str], code: i32, expected: &str) {
    let output = output(args);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(expected), "expected '{expected}' in:\n{said}");
    for debug in ["panicked at", "Some(", "Err(", "ScriptError", "RUST_BACKTRACE"] {
        assert!(!said.contains(debug), "Rust's debug output reaches a user: {said}");
    }
}

#[test]
fn an_unknown_verb() {
    broken("verb.sim", "upsrt /Root/t k=1\n", 2, "verb.sim:1:1: there is no verb 'upsrt'; did you mean 'upsert'?");
}

#[test]
fn a_missing_table() {
    let script = format!("{GOOD}erase /Root/tt k=1\n");
    broken("table.sim", script, 2, "table.sim:4:7: there is no table '/Root/tt'; did you mean '/Root/t'?");
}

#[test]
fn a_bad_csv_row() {
    file("rows.csv", "k,v\n1,a\ntwo,b\n");
    let script = "table /Root/t k:Uint64 v:Utf8 key=k\nload /Root/t rows.csv\n";
    broken("csv.sim", script, 2, "rows.csv:3:1: column 'k': 'two' is not a Uint64");
}

#[test]
fn a_key_out_of_range() {
    let script = "table /Root/t k:Uint32 key=k\nerase /Root/t k=4294967296\n";
    broken("key.sim", script, 2, "key.sim:2:15: column 'k': 4294967296 is out of range for Uint32 (0 to 4294967295)");
}

#[test]
fn a_duplicate_name() {
    let script = "table /Root/t k:Uint32 key=k\ntable /Root/t k:Uint32 key=k\n";
    broken("twice.sim", script, 2, "twice.sim:2:7: table '/Root/t' is declared twice");
}

#[test]
fn a_missing_file() {
    says(&["run", "no/such/file.sim"], 2, "no/such/file.sim: there is no such file");
}

#[test]
fn an_empty_file() {
    broken("empty.sim", "", 2, "empty.sim: expected at least one statement, found none");
    broken("comments.sim", "# nothing\n\n", 2, "comments.sim: expected at least one statement, found none");
}

#[test]
fn a_directory() {
    says(&["run", env!("CARGO_TARGET_TMPDIR")], 2, "expected a scenario file, found a directory");
}

#[test]
fn binary_junk() {
    let junk: Vec<u8> = (0..4096u32).map(|at| (at * 167 % 251) as u8).collect();
    broken("junk.sim", junk, 2, "junk.sim: expected a text file in UTF-8, found binary data");
    broken("zero.sim", [0u8; 64], 2, "zero.sim: expected a text file in UTF-8, found binary data");
}

#[test]
fn a_schedule_whose_anchor_is_not_there() {
    let path = file("good.sim", GOOD);
    let path = path.to_str().expect("a UTF-8 path");
    let nowhere = "reboot t1 at durable of NoSuchTransaction#1";
    says(&["run", path, "--schedule", nowhere], 3, &format!("fault never struck: {nowhere}"));
    says(&["run", path, "--schedule", "rebot t1"], 2, "column 1: there is no fault 'rebot'; did you mean 'reboot'?");
}

#[test]
fn a_schedule_may_be_a_file() {
    let path = file("scheduled.sim", GOOD);
    let schedule =
        file("schedule.txt", "# two faults\nreboot t1 at event 5\nreboot t1 at event 25; reboot t1 at event 45\n");
    let args = [path.to_str().expect("a UTF-8 path"), schedule.to_str().expect("a UTF-8 path")];
    says(&["run", args[0], "--schedule", args[1]], 0, "3 of 3 struck");
    let broken = file("broken.txt", "reboot t1 at event 5\n\nreboot\n");
    says(
        &["run", args[0], "--schedule", broken.to_str().expect("a UTF-8 path")],
        2,
        "broken.txt:3:7: expected a tablet",
    );
    says(&["run", args[0], "--schedule-file", args[1], "--schedule", "jump wall at event 9 by=1h"], 0, "4 of 4 struck");
}

/// A run that fails prints a line that makes the same run again.
#[test]
fn a_failing_run_prints_its_schedule_as_one_word() {
    let path = file("word.sim", format!("{GOOD}expect /Root/t rows=7\n"));
    let path = path.to_str().expect("a UTF-8 path");
    let word = "ts1:reboot+t1+at+event+5,reboot+t1+at+event+25:ce987422";
    let faults = "reboot t1 at event 5; reboot t1 at event 25";
    says(&["run", path, "--schedule", faults], 1, &format!("--seed 1 --schedule '{word}' --format text"));
    says(&["run", path, "--schedule", word], 1, "2 of 2 struck");
    says(&["run", path, "--schedule", &word.replace("event+5", "event+6")], 2, "the schedule was changed or cut");
}

#[test]
fn faults_beyond_the_contract_have_to_be_allowed() {
    let path = file("beyond.sim", GOOD);
    let args = ["run", path.to_str().expect("a UTF-8 path"), "--schedule", "drop t1-client1 Resolved#1"];
    says(&args, 2, "'drop t1-client1 Resolved#1' is beyond the contract of pipes; --beyond-contract allows it");
    let mut allowed = args.to_vec();
    allowed[3] = "drop t1-t72001 Init#1";
    allowed.push("--beyond-contract");
    says(&allowed, 0, "judged for safety only, for a fault broke the contract of pipes");
}

#[test]
fn a_flaw_in_a_fault_is_found_where_it_is() {
    broken(
        "fault.sim",
        format!("{GOOD}fault \"reboot t1 at event x\"\n"),
        2,
        "fault.sim:4:27: expected which event, found 'x'",
    );
}

#[test]
fn expectations_that_fail_are_violations() {
    let script = format!("{GOOD}expect /Root/t k=1 v=b\n");
    broken("expect.sim", script, 1, "line 4: 'expect /Root/t k=1 v=\"b\"' does not hold, found k=1 v=\"a\"");
    broken("rows.sim", format!("{GOOD}expect /Root/t rows=7\n"), 1, "line 4: expected 7 rows in /Root/t, found 1");
    broken(
        "refused.sim",
        format!("{GOOD}!upsert /Root/t k=1 v=b\n"),
        1,
        "expected 'upsert /Root/t k=1 v=\"b\"' to be refused",
    );
    let missing = format!("{GOOD}!drop-table /Root/u\nexpect-status AlreadyExists\n");
    broken("status.sim", missing, 1, "line 5: expected status AlreadyExists, found PathDoesNotExist");
}

#[test]
fn an_oracle_that_must_look_and_cannot_makes_the_run_invalid() {
    broken("oracle.sim", format!("oracles restore_exact\n{GOOD}"), 3, "oracle restore_exact found nothing to judge");
    broken(
        "name.sim",
        "oracles restore_exakt\n",
        2,
        "there is no oracle 'restore_exakt'; did you mean 'restore_exact'?",
    );
}

#[test]
fn mistakes_in_the_command_are_usage_errors() {
    says(&["run"], 2, "<FILE>");
    says(&["rum"], 2, "unrecognized subcommand 'rum'");
    let path = file("usage.sim", GOOD);
    let path = path.to_str().expect("a UTF-8 path");
    says(&["run", path, "--quirk", "advanc-early"], 2, "did you mean 'advance-early'?");
    says(&["run", path, "--seed", "x"], 2, "invalid value 'x' for '--seed <SEED>'");
    says(&["run", path, "--log", "loud=="], 2, "--log: expected off, error, warn, info, debug, trace");
    says(&["run", path, "--trace", "no/such/folder/t.jsonl"], 2, "--trace: no/such/folder/t.jsonl:");
}

#[test]
fn every_command_explains_itself_with_an_example() {
    for command in ["run", "sweep", "merge", "verbs", "oracles", "quirks", "settings", "counters", "completions"] {
        says(&[command, "--help"], 0, "Example");
    }
    says(&["--help"], 0, "Example");
    says(&["quirks", "advance-early"], 0, "incremental_order");
    says(&["completions", "bash"], 0, "complete -F _tabletsim");
    says(&["settings"], 0, "scan_batch_rows");
}

#[test]
fn results_go_to_standard_output_and_nothing_else_does() {
    let path = file("streams.sim", GOOD);
    let path = path.to_str().expect("a UTF-8 path");
    let plain = output(&["run", path]);
    assert!(text(&plain.stdout).contains("k=1 v=\"a\""), "{}", text(&plain.stdout));
    assert_eq!(text(&plain.stderr), "", "no progress bar in a pipe");
    let logged = output(&["run", path, "--log", "trace"]);
    assert_eq!(logged.stdout, plain.stdout, "logging changes nothing");
    let quiet = output(&["run", path, "--format", "quiet"]);
    assert!(text(&quiet.stdout).starts_with("ok "), "{}", text(&quiet.stdout));
    let json: serde_json::Value =
        serde_json::from_slice(&output(&["run", path, "--format", "json"]).stdout).expect("JSON");
    assert_eq!(json["verdict"], "ok");
}

#[test]
fn colours_are_for_those_who_want_them() {
    let path = file("colours.sim", GOOD);
    let path = path.to_str().expect("a UTF-8 path");
    let escapes = |args: &[&str]| text(&output(args).stdout).contains('\u{1b}');
    assert!(!escapes(&["run", path]), "a pipe is no terminal");
    assert!(escapes(&["run", path, "--color", "always"]));
    assert!(!escapes(&["run", path, "--color", "never"]));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let path = file("pipe.sim", format!("{GOOD}rows /Root/t count=5000\nread /Root/t\n"));
    let path = path.to_str().expect("a UTF-8 path");
    let mut child = tabletsim(&["run", path, "--format", "text"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdout = child.stdout.take().expect("it is piped");
    let mut first = [0u8; 10];
    stdout.read_exact(&mut first).expect("something is written");
    drop(stdout);
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(text(&ended.stderr), "");
    assert_eq!(ended.status.code(), Some(0));
}

#[test]
fn a_trace_is_written_where_it_is_wanted() {
    let path = file("traced.sim", GOOD);
    let trace = file("traced.jsonl", "");
    says(
        &["run", path.to_str().expect("a UTF-8 path"), "--trace", trace.to_str().expect("a UTF-8 path")],
        0,
        "verdict       ok",
    );
    let written = std::fs::read_to_string(&trace).expect("the trace is there");
    assert!(written.lines().count() > 20 && written.lines().all(|line| line.starts_with('{')));
}

#[test]
fn counters_are_shown_and_written_where_they_are_wanted() {
    let path = file("counted.sim", GOOD);
    let path = path.to_str().expect("a UTF-8 path");
    let metrics = file("counted.prom", "");
    let metrics = metrics.to_str().expect("a UTF-8 path");
    let plain = text(&output(&["run", path]).stdout);
    assert!(!plain.contains("transactions"), "only for those who ask: {plain}");
    let shown = text(&output(&["run", path, "--counters", "--metrics", metrics]).stdout);
    let line = shown.lines().find(|line| line.contains("t1 ") && line.contains("Propose"));
    let line: Vec<&str> = line.expect("proposals are counted").split_whitespace().collect();
    assert_eq!(line[..6], ["t1", "1", "Propose", "1", "1", "1"], "{shown}");
    let written = std::fs::read_to_string(metrics).expect("the file is there");
    let expected = "tabletsim_transactions_executed_total{tablet=\"t1\",generation=\"1\",type=\"Propose\"} 1\n";
    assert!(written.contains(expected), "{written}");
    says(&["run", path, "--metrics", "no/such/folder/m.prom"], 2, "--metrics: no/such/folder/m.prom:");
}

#[test]
fn the_readme_tells_commands_that_work() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("there is a README");
    let commands: Vec<&str> =
        readme.lines().filter_map(|line| line.trim().strip_prefix("cargo run --release -- ")).collect();
    assert!(commands.len() >= 3, "the README shows how to begin");
    for command in commands {
        // Quotes are the shell's; no argument of the README has a blank outside of them.
        let args = command.split('\'').enumerate().flat_map(|(at, piece)| match at % 2 {
            0 => piece.split_whitespace().map(str::to_owned).collect(),
            _ => vec![piece.to_owned()],
        });
        let args: Vec<String> = args.collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = tabletsim(&args).current_dir(&root).output().expect("the program starts");
        assert!(matches!(output.status.code(), Some(0 | 1)), "{command}: {}", text(&output.stderr));
    }
}

#[test]
fn the_readme_shows_a_trace_that_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("there is a README");
    let schedule = "reset t72003-t72002 before RecordStatuses#1";
    assert!(readme.contains(schedule), "the README says how its trace was made");
    let args = ["run", "sim/scenarios/tiny.sim", "--schedule", schedule, "--format", "text"];
    let printed = text(&tabletsim(&args).current_dir(&root).output().expect("the program starts").stdout);
    let shown: Vec<&str> = readme.lines().filter(|line| line.contains("(← ")).map(str::trim).collect();
    assert!(shown.len() >= 15, "the README shows {} lines of trace", shown.len());
    let mut rest = printed.lines().map(str::trim);
    for line in shown {
        assert!(rest.any(|found| found == line), "not printed, or not in this order: {line}");
    }
}

#[test]
fn two_processes_make_the_same_run_and_another_seed_another_one() {
    let path = file("twice_run.sim", format!("{GOOD}rows /Root/t count=100\n"));
    let path = path.to_str().expect("a UTF-8 path");
    let hash = |args: &[&str]| text(&output(args).stdout);
    let first = hash(&["run", path, "--format", "quiet"]);
    assert_eq!(first, hash(&["run", path, "--format", "quiet"]));
    assert_ne!(first, hash(&["run", path, "--format", "quiet", "--seed", "2"]));
}
