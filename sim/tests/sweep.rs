//! `tabletsim sweep`: the same bytes from any number of threads, after a kill, and from
//! partitions; failures that their command replays; numbers that add up.

mod world_counter;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tabletsim::explore::twice;
use world_counter::{ONE, Say, rest, say, world};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn tabletsim(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabletsim"));
    command.current_dir(root()).args(args).args(["--color", "never"]);
    command.output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Standard output of a command that ends with this code.
fn says(args: &[&str], code: i32) -> String {
    let output = tabletsim(args);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn json(bytes: &str) -> Value {
    serde_json::from_str(bytes).expect("JSON")
}

/// A file of this test that is not there yet.
fn fresh(name: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&path);
    path.to_str().expect("a UTF-8 path").to_owned()
}

const TINY: &str = "sim/scenarios/tiny.sim";
/// Pairs of a part of the faults, to be quick.
const PAIRS: [&str; 8] = ["sweep", TINY, "--faults", "2", "--actions", "reboot", "--json", "-"];

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let one = says(&["sweep", TINY, "--json", "-", "--jobs", "1"], 0);
    for jobs in ["2", "5"] {
        assert_eq!(one, says(&["sweep", TINY, "--json", "-", "--jobs", jobs], 0));
    }
    let with = |jobs| says(&[&PAIRS[..], &["--limit", "60", "--jobs", jobs]].concat(), 0);
    assert_eq!(with("1"), with("2"));
}

#[test]
fn all_is_tried_and_the_numbers_add_up() {
    let report = json(&says(&[&PAIRS[..], &["--limit", "60"]].concat(), 0));
    let number = |value: &Value| value.as_u64().expect("a number");
    assert_eq!(number(&report["runs"]), number(&report["search"]["faults"]));
    assert_eq!(number(&report["ok"]) + number(&report["invalid"]), number(&report["runs"]));
    let counted: u64 = report["coverage"]["transactions"]
        .as_object()
        .expect("a table")
        .values()
        .flat_map(|row| row.as_object().expect("a row").values())
        .map(number)
        .sum();
    assert_eq!(counted, number(&report["runs"]), "each run is in one cell of the matrix");
    let pairs = &report["pairs"];
    assert_eq!(number(&pairs["runs"]) + number(&pairs["pruned"]), number(&pairs["pairs"]));
    assert_eq!(pairs["classes"], pairs["classes_done"]);
    assert!(number(&pairs["sampled"]) > 0 && number(&pairs["pruned"]) > number(&pairs["runs"]) / 4, "{pairs}");
    assert!(number(&pairs["classes"]) < number(&report["runs"]), "some first faults are alike");
    assert_eq!(report["unsound"], json("[]"), "what was pruned ends as what stood for it");
    assert_eq!(report["left"], json(r#"{"classes": 0, "faults": 0}"#));
}

#[test]
fn a_search_that_was_killed_goes_on_to_the_same_end() {
    let whole = fresh("whole.journal");
    let search: Vec<&str> = [&PAIRS[..], &["--limit", "40", "--resume"]].concat();
    let expected = says(&[&search[..], &[&whole]].concat(), 0);
    let lines = std::fs::read_to_string(&whole).expect("a journal");
    let count = lines.lines().count();
    for kept in [0, 1, count / 3, 41 + (count - 41) / 2, count] {
        // Killed while it wrote: some whole lines, and a part of the next.
        let part: String = lines.split_inclusive('\n').take(kept).collect();
        let next: String = lines.split_inclusive('\n').skip(kept).take(1).collect();
        let path = fresh("killed.journal");
        std::fs::write(&path, format!("{part}{}", &next[..next.len() / 2])).expect("it is written");
        assert_eq!(says(&[&search[..], &[&path]].concat(), 0), expected, "after {kept} of {count} pieces");
    }
    assert!(expected.contains("\"classes\""), "{expected}");
}

/// The process itself is killed, at whatever it does when it has done a part.
#[test]
fn a_process_that_is_killed_leaves_a_journal_that_goes_on() {
    let journal = fresh("process.journal");
    let search: Vec<&str> = [&PAIRS[..], &["--limit", "60"]].concat();
    let expected = says(&search, 0);
    let search: Vec<&str> = [&search[..], &["--resume", &journal]].concat();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tabletsim"))
        .current_dir(root())
        .args(&search)
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let pieces = || std::fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    while pieces() < 70 && child.try_wait().expect("it can be asked").is_none() {
        std::thread::yield_now();
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    let before = pieces();
    assert_eq!(says(&search, 0), expected);
    assert!(before >= 70 && pieces() >= before, "{before} pieces were kept");
}

#[test]
fn what_is_wrong_without_faults_is_said_and_no_fault_is_tried() {
    let said = says(&["sweep", "sim/scenarios/restore.sim", "--quirk", "advance-early"], 1);
    assert!(said.contains("smallest: no fault at all"), "{said}");
    let again = said.lines().find_map(|line| line.trim().strip_prefix("again:    tabletsim "));
    let args: Vec<&str> = again.expect("there is a command").split(' ').collect();
    assert!(says(&args, 1).contains("fingerprint"));
}

#[test]
fn a_journal_belongs_to_one_search() {
    let path = fresh("other.journal");
    says(&["sweep", TINY, "--limit", "3", "--resume", &path], 0);
    let output = tabletsim(&["sweep", TINY, "--limit", "3", "--seed", "2", "--resume", &path]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("another search"), "{}", text(&output.stderr));
    std::fs::write(&path, "no journal\n").expect("it is written");
    says(&["merge", &path], 2);
}

#[test]
fn partitions_join_to_the_whole() {
    let search: Vec<&str> = [&PAIRS[..], &["--limit", "60"]].concat();
    let whole = says(&search, 0);
    let parts: Vec<String> = (1..=4).map(|part| fresh(&format!("part{part}.journal"))).collect();
    for (at, path) in parts.iter().enumerate() {
        let part = format!("{}/4", at + 1);
        let found = json(&says(&[&search[..], &["--partition", &part, "--resume", path]].concat(), 0));
        assert_ne!(found["left"]["classes"], 0, "a part leaves something to the others");
    }
    let merge = |parts: &[String]| {
        let paths: Vec<&str> = parts.iter().map(String::as_str).collect();
        says(&[&["merge", "--json", "-"], &paths[..]].concat(), 0)
    };
    assert_eq!(merge(&parts), whole);
    assert_ne!(merge(&parts[1..]), whole, "three parts are not the whole");
    assert!(says(&["merge", &parts[0]], 0).contains("complete      no"));
}

#[test]
fn a_mistake_is_found_and_the_command_that_is_printed_replays_it() {
    for (quirk, oracle) in [("aborted-scan-is-success", "honest_status"), ("timer-not-rearmed", "progress_made")] {
        let faults = if quirk == "timer-not-rearmed" { "2" } else { "1" };
        let junit = fresh(&format!("{quirk}.xml"));
        let search =
            ["sweep", TINY, "--quirk", quirk, "--faults", faults, "--actions", "reboot,abort-scan", "--junit", &junit];
        let said = says(&[&search[..], &["--keep-going"]].concat(), 1);
        let id = said.lines().find(|line| line.contains(oracle)).and_then(|line| line.split(' ').next());
        let id = id.unwrap_or_else(|| panic!("{oracle} did not object: {said}"));
        let again = said.lines().find_map(|line| line.trim().strip_prefix("again:    tabletsim "));
        let again = again.expect("there is a command that replays it");
        let pieces = again.split('\'').enumerate().flat_map(|(at, piece)| match at % 2 {
            0 => piece.split_whitespace().map(str::to_owned).collect(),
            _ => vec![piece.to_owned()],
        });
        let args: Vec<String> = pieces.collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let replayed = says(&args, 1);
        assert!(replayed.contains(&format!("fingerprint   {id}")), "{id} is not in {replayed}");
        let xml = std::fs::read_to_string(&junit).expect("the file for CI is there");
        assert!(xml.contains("<failure message=") && xml.contains(id) && xml.ends_with("</testsuite>\n"), "{xml}");
        assert!(said.contains("step t1"), "the shortest failure is drawn: {said}");
    }
}

#[test]
fn without_keep_going_the_first_failure_ends_the_search_at_the_same_place() {
    let search = ["sweep", TINY, "--quirk", "aborted-scan-is-success", "--json", "-", "--jobs"];
    let one = says(&[&search[..], &["1"]].concat(), 1);
    assert_eq!(one, says(&[&search[..], &["3"]].concat(), 1));
    let report = json(&one);
    assert_eq!(report["wrong"].as_array().map(Vec::len), Some(1));
    assert_ne!(report["left"]["faults"], 0);
}

#[test]
fn the_readme_shows_a_failure_that_is_found() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("there is a README");
    let printed = says(&["sweep", TINY, "--quirk", "aborted-scan-is-success"], 1);
    let after = readme.lines().skip_while(|line| !line.starts_with("<!-- sweep:")).skip(2);
    let shown: Vec<&str> = after.map_while(|line| line.strip_prefix("    ")).collect();
    assert_eq!(shown.len(), 2, "the README shows what a sweep finds");
    for line in shown {
        assert!(printed.lines().any(|found| found == line), "not printed: {line}");
    }
}

#[test]
fn choices_narrow_the_search() {
    let faults = |args: &[&str]| {
        let report = json(&says(&[&["sweep", TINY, "--json", "-"], args].concat(), 0));
        report["search"]["faults"].as_u64().expect("a number")
    };
    let all = faults(&[]);
    let reboots = faults(&["--actions", "reboot"]);
    assert!(faults(&["--actions", "reboot,reset"]) > reboots && reboots < all);
    assert_eq!(faults(&["--actions", "reboot", "--down-for", "short,long"]), 2 * reboots);
    assert!(faults(&["--tablets", "t1"]) < all);
    assert_eq!(faults(&["--limit", "7"]), 7);
    says(&["sweep", TINY, "--actions", "rebot"], 2);
    says(&["sweep", TINY, "--partition", "5/4", "--resume", &fresh("none.journal")], 2);
}

#[test]
fn the_guard_of_determinism_is_quiet_here() {
    says(&["sweep", TINY, "--check-determinism", "20"], 0);
}

/// A tablet that throws dice is found out, and the event where it did so is named.
#[test]
fn the_guard_of_determinism_names_what_differs() {
    let run = |what: &Say| {
        let mut world = world(1, "");
        say(&mut world, ONE, &Say::Add(5));
        say(&mut world, ONE, what);
        rest(&mut world);
        (world.types().clone(), world.trace().clone())
    };
    assert_eq!(twice(|| run(&Say::Add(7))), Ok(()));
    let difference = twice(|| run(&Say::Throw)).expect_err("it adds another number each time");
    assert!(difference.contains("t1: Throw writes #2"), "{difference}");
}
