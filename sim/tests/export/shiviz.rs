//! ShiViz reads records with the file's own expression, and wants clocks that grow by one.

use super::{FAULTS, story};
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeMap;
use tabletsim::export::shiviz::shiviz;
use tabletsim::story::Story;

/// A record as ShiViz reads it: host, clock and event.
type Read = (String, BTreeMap<String, u64>, String);

/// Reads a file as ShiViz does: expression, delimiter, runs. The error is the line it cannot read.
fn read(text: &str) -> Result<Vec<(String, Vec<Read>)>, String> {
    let mut lines = text.lines();
    let mut header = || Regex::new(lines.next().expect("two lines are the header")).expect("ShiViz can read it");
    let (expression, delimiter) = (header(), header());
    let mut runs: Vec<(String, Vec<Read>)> = Vec::new();
    for line in lines {
        if let Some(name) = delimiter.captures(line) {
            runs.push((name["trace"].to_owned(), Vec::new()));
            continue;
        }
        let found = expression.captures(line).ok_or(line)?;
        let clock: BTreeMap<String, Value> = serde_json::from_str(&found["clock"]).map_err(|_| line)?;
        let clock = clock.into_iter().filter_map(|(host, count)| Some((host, count.as_u64()?))).collect();
        let run = runs.last_mut().ok_or(line)?;
        run.1.push((found["host"].to_owned(), clock, found["event"].to_owned()));
    }
    Ok(runs)
}

/// Records whose own entry does not grow by one, or which know what has not happened.
fn wrong(records: &[Read]) -> Vec<&Read> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let bad = records.iter().filter(|(host, clock, _)| {
        let own = counts.entry(host).or_default();
        *own += 1;
        clock.get(host) != Some(own) || clock.iter().any(|(other, count)| counts.get(other.as_str()) < Some(count))
    });
    bad.collect()
}

fn check(story: &Story, records: &[Read]) {
    assert_eq!(records.len(), story.facts.len(), "every fact is a record");
    assert_eq!(wrong(records), Vec::<&Read>::new());
    for message in &story.messages {
        for end in message.delivered.iter().chain(&message.lost) {
            let (sender, sent, _) = &records[message.sent];
            let known = records[*end].1.get(sender);
            assert!(known >= sent.get(sender), "the end of a message knows of its sending: {message:?}");
        }
    }
}

#[test]
fn own_clocks_grow_by_one_and_every_record_is_read() {
    for (name, schedule) in [("tiny.sim", FAULTS), ("split.sim", "")] {
        let story = story(name, schedule);
        let runs = read(&shiviz(&[(name, &story)])).expect("the expression reads every record");
        assert_eq!(runs.len(), 1);
        check(&story, &runs[0].1);
    }
}

#[test]
fn two_runs_are_told_apart() {
    let (failed, calm) = (story("tiny.sim", FAULTS), story("tiny.sim", ""));
    let runs = read(&shiviz(&[("failed", &failed), ("calm", &calm)])).expect("the expression reads every record");
    assert_eq!(runs.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["failed", "calm"]);
    check(&failed, &runs[0].1);
    check(&calm, &runs[1].1);
}

#[test]
fn every_rule_can_fail() {
    let record = |host: &str, clock: &[(&str, u64)]| -> Read {
        let clock = clock.iter().map(|(host, count)| ((*host).to_owned(), *count)).collect();
        (host.to_owned(), clock, String::new())
    };
    assert!(wrong(&[record("a", &[("a", 1)]), record("b", &[("a", 1), ("b", 1)])]).is_empty());
    assert_eq!(wrong(&[record("a", &[("a", 1)]), record("a", &[("a", 3)])]).len(), 1, "it grows by two");
    assert_eq!(wrong(&[record("a", &[("a", 1), ("b", 1)])]).len(), 1, "it knows the future");
    let broken = shiviz(&[("tiny", &story("tiny.sim", ""))]).replace("client1 {", "client1 [");
    assert!(read(&broken).is_err_and(|line| line.starts_with("client1 [")));
}
