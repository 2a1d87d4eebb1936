//! Every view of the same trace agrees on the number of events, messages, losses and reboots.

use super::{outcome, perfetto::events};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::inflate::decompress_to_vec_zlib;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;
use tabletsim::export::{Selection, dot::dot, mermaid::mermaid, perfetto::perfetto, shiviz::shiviz};
use tabletsim::run::Outcome;
use tabletsim::story::Story;
use tabletsim::trace::{Detail, Text, What, lanes};
use tabletsim::view::{Memory, Named, Page, Shown, page};

/// Events, messages, losses, reboots.
type Counts = (u64, usize, usize, usize);

fn matches(text: &str, expression: &str) -> usize {
    Regex::new(expression).expect("the expression is right").find_iter(text).count()
}

/// The greatest number that the expression's first group finds.
fn greatest(text: &str, expression: &str) -> u64 {
    let expression = Regex::new(expression).expect("the expression is right");
    expression.captures_iter(text).filter_map(|found| found[1].parse().ok()).max().unwrap_or_default()
}

/// Straight from the records.
fn of_records(outcome: &Outcome) -> Counts {
    let records = outcome.trace.records();
    let count = |is: fn(&What) -> bool| records.iter().filter(|record| is(&record.what)).count();
    let started = records.iter().filter(|record| matches!(record.what, What::Started(_)));
    let tablets: BTreeSet<_> = started.clone().map(|record| record.tablet).collect();
    let events = records.iter().map(|record| record.step).max().unwrap_or_default();
    let sent = count(|what| matches!(what, What::Sent(_)));
    (events, sent, count(|what| matches!(what, What::Lost(_))), started.count() - tablets.len())
}

/// From lines that begin with the step.
fn of_lines(text: &str) -> Counts {
    let first = matches(text, "created, a ");
    let reboots = matches(text, "started on n") - first;
    (
        greatest(text, r"(?m)^ *(\d+) "),
        matches(text, r"(?m)[→⇒] .* #\d+ to (t|client)\d+( |$)"),
        matches(text, "✗ lost: "),
        reboots,
    )
}

fn of_shiviz(text: &str) -> Counts {
    let events = greatest(text, r"(?m)^\S+ \{[^}]*\} (\d+) ");
    let kind = |kind: &str| matches(text, &format!(r"(?m)^\S+ \{{[^}}]*\}} \d+ (g\d+ )?{kind}: "));
    (events, kind("sent"), kind("lost"), kind("started") - kind("created"))
}

fn of_perfetto(text: &str) -> Counts {
    let events = events(text);
    let count = |is: &dyn Fn(&Value) -> bool| events.iter().filter(|event| is(event)).count();
    let last = events.iter().filter_map(|event| event["args"]["step"].as_u64()).max().unwrap_or_default();
    let arrows = count(&|event| event["ph"] == "s");
    let mark = |category: &str| count(&|event| event["ph"] == "i" && event["cat"] == category);
    (last, arrows + mark("never delivered"), mark("loss"), mark("reboot"))
}

fn of_mermaid(text: &str) -> Counts {
    let arrow = |head: &str| matches(text, &format!(r"(?m)^    \w+{head}\w+: "));
    let first = matches(text, "(?m)^    participant ");
    let messages = ["->>", "-->>", "-x", r"-\)"].into_iter().map(arrow).sum();
    (greatest(text, r"events=(\d+)"), messages, arrow("-x"), matches(text, "started on n") - first)
}

fn of_dot(text: &str) -> Counts {
    let events = greatest(text, r"(?m)^  s(\d+) \[label=");
    let class = |class: &str| matches(text, &format!(r#"class="{class}""#));
    (events, class("message"), class("lost"), class("reboot"))
}

/// The numbers that letters stand for, as the page's own script reads them.
fn numbers(letters: &Value) -> Vec<i64> {
    let (mut all, mut value, mut unit) = (Vec::new(), -1, 1);
    for code in letters.as_str().expect("a column is letters").bytes() {
        let digit = i64::from(code) - if code > b'\\' { 36 } else { 35 };
        value += digit * unit;
        unit *= 46;
        if digit < 45 {
            all.push(std::mem::replace(&mut value, -1));
            unit = 1;
        }
    }
    all
}

/// From the data that the page carries.
fn of_page(html: &str) -> Counts {
    let (_, data) = html.split_once(r#"id="data">"#).expect("the page has data");
    let (packed, _) = data.split_once("</script>").expect("they end");
    let packed = STANDARD.decode(packed).expect("they are base64");
    let text = decompress_to_vec_zlib(&packed).expect("they are packed with zlib");
    let data: Value = serde_json::from_slice(&text).expect("they are JSON");
    let run = &data["runs"][0];
    let steps: i64 = numbers(&run["facts"]["step"]).iter().sum();
    let messages = &run["messages"];
    let lost = numbers(&messages["lost"]).iter().filter(|lost| **lost >= 0).count();
    let incarnations = run["incarnations"].as_array().expect("a list");
    let tablets: BTreeSet<u64> = incarnations.iter().filter_map(|one| one[0].as_u64()).collect();
    let events = u64::try_from(steps).expect("steps are counted from 0");
    (events, numbers(&messages["sent"]).len(), lost, incarnations.len() - tablets.len())
}

fn schedules() -> impl Strategy<Value = String> {
    let faults = vec![
        "reboot t1 at event 10",
        "reboot t1 at event 30 down_for=2ms",
        "reboot t72002 after BackupTableRequest#1 on t1-t72002",
        "reset t1-t72002 before RestoreMultipleIncrementalBackups#1",
        "reset t72003-t72002 before RecordStatuses#1",
        "reset client1-t1 at event 5",
        "reboot t72003 at event 40",
    ];
    subsequence(faults, 0..=3).prop_map(|faults| faults.join("; "))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(16) })]

    #[test]
    fn all_views_agree(seed in 1_u64..1000, name in select(vec!["tiny.sim", "full_only.sim"]), faults in schedules()) {
        let outcome = outcome(name, seed, &faults);
        let story = Story::of(&outcome.trace, &outcome.types);
        let expected = of_records(&outcome);
        let counts = &story.counts;
        prop_assert_eq!((counts.events, counts.messages, counts.losses, counts.reboots), expected, "story");
        let text = Text::render(&outcome.types, Detail::All, &outcome.trace);
        prop_assert_eq!(of_lines(&text.replace("  (← ", " (← ")), expected, "text");
        prop_assert_eq!(of_lines(&lanes(&outcome.types, Detail::All, &outcome.trace, 2000)), expected, "lanes");
        prop_assert_eq!(of_shiviz(&shiviz(&[(name, &story)])), expected, "shiviz");
        prop_assert_eq!(of_perfetto(&perfetto(&story)), expected, "perfetto");
        prop_assert_eq!(of_dot(&dot(&story, &Selection::default())), expected, "dot");
        let named = Named { name: name.to_owned(), command: String::new(), script: String::new() };
        let run = Shown::of(named, &outcome, Memory::default());
        prop_assert_eq!(of_page(&page(&Page { run, against: None, explore: None })), expected, "page");
        match mermaid(&story, &Selection::default()) {
            Ok(text) => prop_assert_eq!(of_mermaid(&text), expected, "mermaid"),
            Err(message) => prop_assert!(message.contains("50000"), "{}", message),
        }
    }
}
