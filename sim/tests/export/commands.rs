//! `tabletsim export` as its users meet it.

use super::{FAULTS, scenario};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn tabletsim(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tabletsim")).args(args).output().expect("the program starts")
}

fn file(name: &str, content: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("export");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    std::fs::write(folder.join(name), content).expect("the file can be written");
    folder.join(name)
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("the path is UTF-8")
}

fn refused(args: &[&str], expected: &str) {
    let output = tabletsim(args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
    assert!(said.contains(expected), "expected '{expected}' in:\n{said}");
    assert!(!said.contains("panicked at"), "{said}");
    assert!(output.stdout.is_empty(), "a mistake prints no result");
}

/// A trace file and the scenario that made it are exported alike.
#[test]
fn a_trace_file_and_its_scenario_are_the_same() {
    let (tiny, trace) = (scenario("tiny.sim"), file("tiny.jsonl", b""));
    let (tiny, trace) = (utf8(&tiny), utf8(&trace));
    let run = tabletsim(&["run", tiny, "--schedule", FAULTS, "--trace", trace, "--format", "quiet"]);
    assert!(run.status.success());
    for format in ["text", "lanes", "perfetto", "shiviz", "mermaid", "dot"] {
        let read = tabletsim(&["export", trace, "--to", format]);
        let made = tabletsim(&["export", tiny, "--schedule", FAULTS, "--to", format]);
        assert!(read.status.success() && made.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        let text = |output: Output| String::from_utf8(output.stdout).expect("it is UTF-8").replace(trace, tiny);
        assert!(text(read) == text(made), "{format} of the trace differs from that of the scenario");
    }
    let written = file("tiny.txt", b"");
    assert!(tabletsim(&["export", trace, "--to", "text", "-o", utf8(&written)]).status.success());
    let text = tabletsim(&["run", tiny, "--schedule", FAULTS, "--format", "text"]).stdout;
    let exported = std::fs::read(written).expect("it was written");
    assert!(!exported.is_empty() && text.starts_with(&exported), "it is what a run shows");
}

/// A failure that a search has kept is exported as its run is.
#[test]
fn a_capsule_is_exported() {
    let tiny = scenario("tiny.sim");
    let folder = file("capsules.txt", b"").with_extension("d");
    let quirk = ["--quirk", "aborted-scan-is-success", "--capsules", utf8(&folder)];
    let search = tabletsim(&[&["sweep", utf8(&tiny)], &quirk[..]].concat());
    assert_eq!(search.status.code(), Some(1), "the quirk is found");
    let kept = std::fs::read_dir(&folder).expect("the failure is kept").next().expect("there is one");
    let capsule = kept.expect("the folder can be read").path();
    let text = tabletsim(&["export", utf8(&capsule), "--to", "text"]);
    let said = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.status.success() && said.contains("✗ inject AbortScan") && said.contains("honest_status: "), "{said}");
    refused(&["export", utf8(&capsule), "--to", "text", "--seed", "3"], "is a capsule, which has its own");
    refused(&["export", "tc1:nonsense", "--to", "text"], "error: ");
}

#[test]
fn mistakes_are_said_clearly() {
    let tiny = scenario("tiny.sim");
    let tiny = utf8(&tiny);
    let with = |rest: &[&'static str]| -> Vec<String> {
        ["export", tiny].into_iter().chain(rest.iter().copied()).map(str::to_owned).collect()
    };
    let bad = |rest: &[&'static str], expected: &str| {
        let args = with(rest);
        refused(&args.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    };
    bad(&[], "--to <TO>");
    bad(&["--to", "svg"], "possible values: text, lanes, perfetto, shiviz, mermaid, dot");
    bad(&["--to", "text", "--steps", "9..3"], "expected steps such as 100..200, found '9..3'");
    bad(&["--to", "text", "--only", "t720"], "--only: there is no tablet or client 't720'");
    bad(&["--to", "dot", "--against", "x"], "--against is for --to shiviz");
    bad(&["--to", "perfetto", "--steps", "1..2"], "--steps and --only are for text");
    bad(&["--to", "dot", "--all"], "--all is for --to text");
    bad(&["--to", "mermaid", "--steps", "100000.."], "nothing is selected");
    bad(&["--to", "text", "-o", "/nowhere/at/all"], "--output: /nowhere/at/all: ");
    bad(&["--to", "shiviz", "--against", "nowhere.sim"], "nowhere.sim: ");
}

#[test]
fn files_that_are_no_traces_are_refused() {
    refused(&["export", "nowhere.jsonl", "--to", "text"], "nowhere.jsonl: ");
    refused(&["export", ".", "--to", "text"], "expected a scenario file, found a directory");
    let refuse = |name: &str, content: &[u8], expected: &str| {
        refused(&["export", utf8(&file(name, content)), "--to", "text"], expected);
    };
    refuse("empty.jsonl", b"", "expected at least one statement, found none");
    refuse("other.jsonl", b"{\"a\":1}\n", "not a trace: line 1: missing field");
    refuse("half.jsonl", b"{\"step\":0,\"at\"", "not a trace: line 1: ");
    refuse("binary.jsonl", b"\x7fELF\0\0\0", "expected a text file in UTF-8");
    let trace = file(
        "one.jsonl",
        b"{\"step\":0,\"at\":0,\"tablet\":null,\"generation\":0,\"cause\":0,\"what\":\"ZoneEnded\"}\n",
    );
    refused(&["export", utf8(&trace), "--to", "text", "--seed", "3"], "seed, faults and quirks go with a scenario");
    assert!(tabletsim(&["export", utf8(&trace), "--to", "perfetto"]).status.success(), "one record is a trace");
}
