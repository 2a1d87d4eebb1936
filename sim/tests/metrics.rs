//! Counters say what the trace says, and Prometheus can read them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use tablets::counters::{Counter, Family, Shape, Unit};
use tablets::executor::Cut;
use tabletsim::metrics::{self, families, metric_name, prometheus};
use tabletsim::run::{Outcome, RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;
use tabletsim::trace::What;

/// A sample: its metric, its labels, its value.
type Sample = (String, Vec<(String, String)>, String);

/// Reads the text exposition format, and is stricter than a scraper has to be: HELP, TYPE and
/// samples of a metric follow each other, metrics and label sets occur once.
fn parse(text: &str) -> Vec<Sample> {
    assert!(text.ends_with('\n'), "the last line ends too");
    let (mut samples, mut seen, mut series) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let (mut metric, mut kind) = (String::new(), None);
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, sentence) = help.split_once(' ').expect("a metric has a sentence");
            assert!(is_name(name) && !sentence.is_empty(), "{line}");
            assert!(seen.insert(name.to_owned()), "{name} occurs twice");
            assert!(metric.is_empty() || kind.is_some(), "{metric} has a TYPE");
            (metric, kind) = (name.to_owned(), None);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, of) = rest.split_once(' ').expect("a TYPE has a name and a type");
            assert!(name == metric && kind.is_none() && ["counter", "gauge"].contains(&of), "{line}");
            assert_eq!(of == "counter", name.ends_with("_total"), "{line}");
            kind = Some(of);
        } else {
            let sample = parse_sample(line);
            assert!(sample.0 == metric && kind.is_some(), "a sample follows its TYPE: {line}");
            assert!(sample.2.parse::<f64>().is_ok(), "{line}");
            assert!(series.insert((sample.0.clone(), sample.1.clone())), "twice: {line}");
            samples.push(sample);
        }
    }
    samples
}

fn parse_sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).expect("a sample has a value");
    let (name, rest) = line.split_at(end);
    assert!(is_name(name), "{line}");
    let Some(mut rest) = rest.strip_prefix('{') else {
        return (name.to_owned(), Vec::new(), rest.trim_start().to_owned());
    };
    let mut labels = Vec::new();
    loop {
        let (label, quoted) = rest.split_once("=\"").expect("a label has a quoted value");
        assert!(is_name(label) && !label.starts_with("__") && !label.contains(':'), "{line}");
        let (value, after) = unquote(quoted);
        labels.push((label.to_owned(), value));
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return (name.to_owned(), labels, after.strip_prefix("} ").expect("labels end").to_owned()),
        }
    }
}

/// A value up to its closing quote, and what comes after that.
fn unquote(text: &str) -> (String, &str) {
    let (mut value, mut chars) = (String::new(), text.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.push(match chars.next().map(|(_, c)| c) {
                Some('n') => '\n',
                Some(c @ ('\\' | '"')) => c,
                other => panic!("no escape: {other:?}"),
            }),
            c => value.push(c),
        }
    }
    panic!("a quote is closed: {text}")
}

fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_:".contains(c))
}

fn counted(scenario: &str, schedule: &str) -> Outcome {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(scenario);
    let scenario = Arc::new(Scenario::load(&path).expect("it is a script"));
    let schedule = schedule.parse().expect("it is a schedule");
    run(&scenario, &RunOptions { schedule, record: true, counters: true, ..RunOptions::default() }, &mut |_| {})
}

const FAULTS: &str = "reboot t1 at durable of IncrementalRestoreResponse#1";

#[test]
fn what_is_written_can_be_read() {
    let outcome = counted("restore.sim", FAULTS);
    assert_eq!(outcome.verdict, Verdict::Ok);
    let counters = metrics::of(&outcome);
    let samples = parse(&prometheus(&counters));
    let shown = counters.iter().filter(|counter| counter.family.text(counter.value).is_some());
    assert_eq!(samples.len(), shown.count(), "every value that there is, is there");
    let names: BTreeSet<&str> = samples.iter().map(|(name, ..)| name.as_str()).collect();
    for family in families().iter().filter(|family| family.unit != Unit::Moment && family.group != "paths") {
        assert!(names.contains(metric_name(family).as_str()), "{family:?}");
    }
    let known: BTreeSet<String> = families().iter().map(metric_name).collect();
    assert!(names.iter().all(|name| known.contains(*name)), "the reference has every metric");
    assert_eq!(prometheus(&counters), prometheus(&metrics::of(&counted("restore.sim", FAULTS))), "the same run");
}

#[test]
fn labels_are_escaped() {
    const FAMILY: Family = Family::new("test", "moments", Shape::Gauge, Unit::Seconds, "One \\ two.\nThree.");
    let nasty = "a\\new \"quoted\"\nsecond line, {x=\"y\"} \u{e9}";
    let counter = Counter { family: FAMILY, labels: vec![("what", nasty.to_owned())], value: 1_000_001 };
    let text = prometheus(&[counter]);
    assert_eq!(text.lines().next(), Some("# HELP tabletsim_test_moments One \\\\ two.\\nThree."));
    let expected = vec![("what".to_owned(), nasty.to_owned())];
    assert_eq!(parse(&text), [("tabletsim_test_moments".to_owned(), expected, "1.000001".to_owned())]);
}

/// Executed, committed, completed and time of one type in one incarnation, by the trace.
#[derive(Debug, Default, PartialEq, Eq)]
struct Traced([u64; 4]);

fn traced(outcome: &Outcome) -> BTreeMap<(String, String, String), Traced> {
    let (mut traced, mut begun) = (BTreeMap::<_, Traced>::new(), BTreeMap::new());
    for record in outcome.trace.records() {
        let (Some(tablet), What::Cut { cut, tx, serial, .. }) = (record.tablet, &record.what) else { continue };
        let who = (tablet.to_string(), record.generation.0.to_string());
        let counts = &mut traced.entry((who.0, who.1, tx.to_string())).or_default().0;
        let of = (tablet, record.generation, *serial);
        match cut {
            Cut::Pre => {
                counts[0] += 1;
                begun.insert(of, record.at.0);
            }
            Cut::Exec => {}
            Cut::Durable => counts[1] += 1,
            Cut::Done => {
                counts[2] += 1;
                counts[3] += record.at.0 - begun[&of];
            }
        }
    }
    traced
}

#[test]
fn transactions_are_counted_as_the_trace_has_them() {
    let outcome = counted("restore.sim", FAULTS);
    let traced = traced(&outcome);
    let mut compared = 0;
    for tablet in &outcome.counters {
        let mut counted = BTreeMap::<&str, Vec<u64>>::new();
        for counter in tablet.counters.iter().filter(|counter| counter.family.group == "transactions") {
            counted.entry(&counter.labels[0].1).or_default().push(counter.value);
        }
        for (tx, values) in counted {
            let key = (tablet.tablet.to_string(), tablet.generation.0.to_string(), tx.to_owned());
            assert_eq!(traced[&key].0.as_slice(), values, "{key:?}");
            compared += 1;
        }
    }
    assert!(compared > 50, "{compared}");
    let reboots = outcome.counters.iter().filter(|tablet| tablet.generation.0 > 1).count();
    assert_eq!(reboots, 1, "the rebooted tablet counts anew");
}

#[test]
fn reading_counters_changes_nothing() {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/restore.sim");
    let scenario = Arc::new(Scenario::load(&scenario).expect("it is a script"));
    let plain = run(&scenario, &RunOptions::default(), &mut |_| {});
    assert_eq!(plain.trace_hash, counted("restore.sim", "").trace_hash);
    assert!(plain.counters.is_empty());
}

#[test]
fn records_add_up_over_sources_and_targets() {
    let outcome = counted("restore.sim", "");
    let sum = |name: &str| {
        let all = outcome.counters.iter().flat_map(|tablet| &tablet.counters);
        all.filter(|counter| counter.family.name == name).map(|counter| counter.value).sum::<u64>()
    };
    assert!(sum("rows") > 0);
    assert_eq!(sum("records_enqueued"), sum("records_acknowledged"));
    assert_eq!(sum("records_acknowledged"), sum("rows"), "the users' tables, sources of the backups, were dropped");
    assert_eq!(sum("records_applied"), 2 * sum("rows"), "once into the backups, once out of them");
    assert_eq!((sum("duplicates_skipped"), sum("scans_live"), sum("open")), (0, 0, 0), "nothing broke, all is over");
    assert_eq!(sum("attempts"), sum("restore_requests_sent"), "no attempt was asked for twice");
}
