//! What tablets log: who says it, in which transaction, about which operation, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// A line of the log.
#[derive(Debug)]
struct Line {
    /// In microseconds.
    at: u64,
    level: String,
    /// Fields of the span and of the event.
    fields: BTreeMap<String, String>,
    text: String,
}

impl Line {
    /// `     0.003895 DEBUG tx{tablet=72002 tx="TxStep"}: step seq=1.2`
    fn parse(text: &str) -> Line {
        let mut words = text.split_whitespace();
        let (seconds, micros) = words.next().and_then(|at| at.split_once('.')).expect("a line begins with its time");
        assert_eq!(micros.len(), 6, "{text}");
        let number = |digits: &str| digits.parse::<u64>().expect("a time is digits");
        let level = words.next().expect("a line has its level").to_owned();
        let fields = text.split(['{', '}', ' ']).filter_map(|word| word.split_once('='));
        let fields = fields.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()));
        let at = number(seconds) * 1_000_000 + number(micros);
        Line { at, level, fields: fields.rev().collect(), text: text.to_owned() }
    }

    fn number(&self, field: &str) -> Option<u64> {
        self.fields.get(field).map(|value| value.parse().expect("an id is a number"))
    }

    fn who(&self) -> (u64, u64, u64) {
        let number = |field| self.number(field).unwrap_or_else(|| panic!("no {field} in: {}", self.text));
        (self.at, number("tablet"), number("generation"))
    }
}

/// The log of a scenario at a level, and its trace.
fn logged(scenario: &str, level: &str) -> (Vec<Line>, Vec<serde_json::Value>) {
    let trace = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("log-{level}.jsonl"));
    let output = Command::new(env!("CARGO_BIN_EXE_tabletsim"))
        .arg("run")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(scenario))
        .args(["--color", "never", "--log", level, "--trace"])
        .arg(&trace)
        .env("NO_COLOR", "1")
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(0));
    let log = String::from_utf8(output.stderr).expect("a log is UTF-8");
    let trace = std::fs::read_to_string(trace).expect("the trace is there");
    let records = trace.lines().map(|line| serde_json::from_str(line).expect("a record is JSON"));
    (log.lines().map(Line::parse).collect(), records.collect())
}

#[test]
fn what_is_logged_says_who_and_when() {
    let (lines, records) = logged("response_lost.sim", "debug");
    assert!(lines.len() > 100, "{}", lines.len());
    assert!(lines.is_sorted_by_key(|line| line.at), "virtual time does not go back");
    let number = |record: &serde_json::Value, field: &str| record[field].as_u64();
    let at = |record: &serde_json::Value| {
        Some((number(record, "at")?, number(record, "tablet")?, number(record, "generation")?))
    };
    let happened: BTreeSet<_> = records.iter().filter_map(at).collect();
    for line in &lines {
        assert!(happened.contains(&line.who()), "nothing happened there and then: {}", line.text);
    }
    let rebooted = lines.iter().filter(|line| line.text.ends_with("boots records=0")).count();
    assert_eq!(
        rebooted,
        lines.iter().filter(|line| line.fields["generation"] == "1" && line.text.contains("boots")).count()
    );
}

#[test]
fn a_restore_can_be_followed_by_its_id() {
    let (lines, records) = logged("response_lost.sim", "tablets::schemeshard=debug,tablets::executor=debug");
    let chosen = lines.iter().find(|line| line.text.contains("outcome chosen"));
    let restore = chosen.and_then(|line| line.number("operation")).expect("an outcome is of an operation");
    let about = |line: &&Line| line.number("operation") == Some(restore);
    let told: Vec<(&str, &str)> = lines
        .iter()
        .filter(about)
        .map(|line| (line.fields["tx"].as_str(), line.text.split_once("}: ").expect("a span comes first").1))
        .map(|(tx, event)| (tx, event.split(" operation=").next().unwrap_or_default()))
        .collect();
    let count = |tx, event| told.iter().filter(|told| **told == (tx, event)).count();
    assert_eq!(count("Propose", "proposal"), 1, "{told:?}");
    assert_eq!(count("Progress", "next increment"), 1, "{told:?}");
    assert_eq!(count("Progress", "outcome chosen"), 1, "{told:?}");
    let begun = |record: &&serde_json::Value| {
        let cut = &record["what"]["Cut"];
        cut["cut"] == "pre" && cut["tx"] == "IncrementalRestoreResponse"
    };
    let reports = records.iter().filter(begun).count();
    assert!(reports > 4, "two increments of two shards, and one report at least was lost: {reports}");
    assert_eq!(count("IncrementalRestoreResponse", "report"), reports, "{told:?}");
    assert_eq!(told.last(), Some(&("OperationReply", "ended")));
}

#[test]
fn each_level_shows_what_the_one_above_it_does() {
    let levels = ["error", "debug", "trace"].map(|level| logged("tiny.sim", level).0);
    let counts = [&levels[0], &levels[1], &levels[2]].map(Vec::len);
    assert!(counts[0] == 0 && counts[0] < counts[1] && counts[1] < counts[2], "{counts:?}");
    let executed = levels[2].iter().filter(|line| line.level == "TRACE" && line.text.contains("}: executed")).count();
    assert!(executed > 50, "every transaction says that it was executed: {executed}");
}
