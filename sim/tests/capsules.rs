//! Failures as capsules: written by searches, read back, replayed, and honest about what changed.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use tablets::quirk::{Quirk, Quirks};
use tabletsim::explore::{Capsule, CapsuleError, Finding, Fingerprint};
use tabletsim::fault::Schedule;
use tabletsim::run::{RunOptions, run};
use tabletsim::scenario::Scenario;

const TINY: &str = "sim/scenarios/tiny.sim";
const ABORT: &str = "inject AbortScan t72002 after RestoreMultipleIncrementalBackups#1 on t1-t72002";

fn at_root(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn tabletsim(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabletsim"));
    command.current_dir(at_root("")).args(args).args(["--color", "never"]).output().expect("the program starts")
}

/// What a command says, which ends with this code.
fn says(args: &[&str], code: i32) -> String {
    let output = tabletsim(args);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    said
}

fn file(name: &str, text: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the file can be written");
    path.to_str().expect("a UTF-8 path").to_owned()
}

/// A failure of `tiny.sim`: a scan that was aborted reports success.
fn failure(scenario: &str, quirk: Quirk, faults: &str) -> Capsule {
    let scenario = Arc::new(Scenario::load(&at_root(scenario)).expect("the scenario is there"));
    let schedule: Schedule = faults.parse().expect("faults");
    let options = RunOptions { quirks: Quirks::NONE.with(quirk), ..RunOptions::default() };
    let outcome = run(&scenario, &RunOptions { schedule: schedule.clone(), ..options.clone() }, &mut |_| {});
    let fingerprint = Fingerprint::of(&outcome).expect("the run fails");
    Capsule::new(&scenario, &options, &schedule, &fingerprint)
}

fn abort() -> Capsule {
    failure(TINY, Quirk::AbortedScanIsSuccess, ABORT)
}

#[test]
fn a_sweep_writes_capsules_that_replay() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("capsules");
    let _ = std::fs::remove_dir_all(&folder);
    let folder = folder.to_str().expect("a UTF-8 path");
    let search = ["sweep", TINY, "--quirk", "aborted-scan-is-success", "--actions", "abort-scan", "--keep-going"];
    says(&[&search[..], &["--capsules", folder]].concat(), 1);
    let files: Vec<_> = std::fs::read_dir(folder).expect("the folder is made").collect();
    assert_eq!(files.len(), 1, "one failure");
    let path = files[0].as_ref().expect("an entry").path();
    let said = says(&["replay", path.to_str().expect("a UTF-8 path")], 0);
    assert!(said.contains("same failure") && said.contains("the capsule's own"), "{said}");
    let said = says(&search, 1);
    let word = said.lines().find_map(|line| line.trim().strip_prefix("capsule:")).expect("the word is printed");
    assert!(says(&["replay", word.trim()], 0).contains("same failure"));
}

#[test]
fn both_forms_are_read_back_to_the_same_run() {
    for capsule in [abort(), failure("sim/scenarios/csv.sim", Quirk::FinishByReadiness, "")] {
        let run = capsule.run(false).trace_hash;
        let from_file = Capsule::parse(&capsule.to_string()).expect("the file is read");
        assert_eq!(from_file, capsule);
        let word = capsule.to_line();
        assert!(!word.contains(char::is_whitespace) && word.len() < capsule.to_string().len(), "{word}");
        let from_word = Capsule::parse(&word).expect("the word is read");
        assert_eq!(from_word.replay(false).finding, Finding::Same);
        assert_eq!((from_file.run(false).trace_hash, from_word.run(false).trace_hash), (run, run));
    }
}

#[test]
fn a_damaged_word_or_another_version_is_refused() {
    let word = abort().to_line();
    let (at, _) = word.char_indices().nth(word.len() / 2).expect("a middle");
    let other = if &word[at..=at] == "A" { "B" } else { "A" };
    let damaged = format!("{}{other}{}", &word[..at], &word[at + 1..]);
    assert!(says(&["replay", &damaged], 2).contains("the capsule was changed or cut"));
    assert!(says(&["replay", &word[..word.len() - 3]], 2).contains("the capsule was changed or cut"));
    assert!(says(&["replay", &word.replacen("tc1", "tc9", 1)], 2).contains("version tc9"));
    assert!(says(&["replay", "no/such.capsule"], 2).contains("no/such.capsule"));
}

/// A capsule of another build, to which something was done.
fn edited(name: &str, from: &str, to: &str) -> String {
    let text = abort().to_string();
    assert!(text.contains(from), "{text}");
    file(name, &text.replace(from, to))
}

#[test]
fn what_no_longer_fits_is_said() {
    let quirk = edited("quirk.capsule", "quirk aborted-scan-is-success", "quirk aborted-scan-is-fine");
    assert!(says(&["replay", &quirk], 3).contains("did you mean 'aborted-scan-is-success'?"));
    let verb = edited("verb.capsule", "\nbackup c\n", "\nbackup-cumulative c\n");
    assert!(says(&["replay", &verb], 3).contains("there is no verb 'backup-cumulative'"));
    let fault = edited("fault.capsule", "fault inject", "fault injct");
    assert!(says(&["replay", &fault], 3).contains("there is no fault 'injct'"));
    let Err(CapsuleError::Unfit(build, misfits)) =
        Capsule::parse(&abort().to_string().replace("fault inject", "fault injct"))
    else {
        panic!("a fault that nobody knows fits nowhere");
    };
    assert_eq!((build.to_string(), misfits.len()), (abort().build.to_string(), 1));
}

#[test]
fn a_replay_never_drifts() {
    let anchor = edited("anchor.capsule", "Backups#1 on", "Backups#7 on");
    let said = says(&["replay", &anchor], 3);
    assert!(said.contains("fault never struck") && said.contains("messages"), "{said}");
    let other = edited("other.capsule", "sentence t# is said", "sentence p# is said");
    assert!(says(&["replay", &other], 4).contains("different failure"));
    let fixed = edited("fixed.capsule", "quirk aborted-scan-is-success\n", "");
    assert!(says(&["replay", &fixed], 1).contains("no failure"));
    let build = abort().build.to_string();
    let older = edited("older.capsule", &build, "0.0.9 0123456789abcdef");
    let said = says(&["replay", &older, "--format", "text"], 0);
    assert!(said.contains("same failure") && said.contains("the capsule is of 0.0.9 0123456789abcdef"), "{said}");
    assert!(said.contains("✗ inject AbortScan"), "the run is shown: {said}");
}

#[test]
fn a_run_that_fails_is_kept_and_one_that_does_not_is_not() {
    let args = ["run", TINY, "--quirk", "aborted-scan-is-success", "--schedule", ABORT, "--capsule", "-"];
    let said = says(&args, 1);
    let word = said.lines().find(|line| line.starts_with("tc1:")).expect("the word is printed");
    assert_eq!(Capsule::parse(word).expect("it is read").replay(false).finding, Finding::Same);
    assert!(!says(&["run", TINY, "--capsule", "-"], 0).contains("tc1:"));
}
