//! Prometheus' text exposition format, version 0.0.4.
//!
//! Every metric has its HELP and TYPE and then all its samples, metrics by name, samples in
//! the order of their labels. Names are `tabletsim_<group>_<name>`, with `_total` where the
//! value only grows; times are in seconds.

use std::collections::BTreeMap;
use tablets::counters::{Counter, Family, Labels, Shape};

/// A family's name in Prometheus.
pub fn metric_name(family: &Family) -> String {
    let suffix = if family.shape == Shape::Total { "_total" } else { "" };
    format!("tabletsim_{}_{}{suffix}", family.group, family.name)
}

/// The counters as Prometheus reads them.
pub fn prometheus(counters: &[Counter]) -> String {
    let mut metrics: BTreeMap<String, (Family, BTreeMap<&Labels, String>)> = BTreeMap::new();
    for counter in counters {
        let Some(value) = counter.family.text(counter.value) else { continue };
        let name = metric_name(&counter.family);
        let (family, samples) = metrics.entry(name).or_insert_with(|| (counter.family, BTreeMap::new()));
        assert_eq!(*family, counter.family, "one name is one family");
        let before = samples.insert(&counter.labels, value);
        assert!(before.is_none(), "a label set is counted once: {counter:?}");
    }
    metrics.iter().map(|(name, (family, samples))| metric(name, family, samples)).collect()
}

fn metric(name: &str, family: &Family, samples: &BTreeMap<&Labels, String>) -> String {
    let kind = if family.shape == Shape::Total { "counter" } else { "gauge" };
    let help = family.about().replace('\\', "\\\\").replace('\n', "\\n");
    let mut text = format!("# HELP {name} {help}\n# TYPE {name} {kind}\n");
    for (labels, value) in samples {
        text += &format!("{name}{} {value}\n", label_set(labels));
    }
    text
}

fn label_set(labels: &Labels) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", pairs.join(","))
}
