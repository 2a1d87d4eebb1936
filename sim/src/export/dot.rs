//! Graphviz: what caused what.
//!
//! One box for each step, in its tablet's colour; an arrow from the step that caused it. Arrows
//! that are messages say so; a lost message ends in a cross. A fault is red, a reboot bold.

use super::{Selection, host, sentence, shortened};
use crate::story::{Fact, Message, Story};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Colours of lanes, again and again.
const COLOURS: [&str; 6] = ["#dbe9f6", "#e2f0d9", "#fff2cc", "#e8def0", "#fbe5d6", "#d9f0ef"];
/// The most characters of one line of a box.
const TEXT: usize = 60;
/// The most lines of one box.
const LINES: usize = 6;

/// The graph of the selected part.
pub fn dot(story: &Story, selection: &Selection) -> String {
    let counts = &story.counts;
    let mut out = format!(
        "// events={} messages={} losses={} reboots={}\ndigraph trace {{\n  rankdir=LR;\n  \
         node [shape=box, style=filled, fontname=\"monospace\", fontsize=9];\n  \
         edge [fontname=\"monospace\", fontsize=8, color=\"#888888\"];\n",
        counts.events, counts.messages, counts.losses, counts.reboots
    );
    let mut steps: BTreeMap<u64, Vec<&Fact>> = BTreeMap::new();
    for fact in story.facts.iter().filter(|fact| selection.keeps(story, fact)) {
        steps.entry(fact.step).or_default().push(fact);
    }
    for (step, facts) in &steps {
        node(&mut out, story, *step, facts);
    }
    let shown = |step: u64| steps.contains_key(&step);
    let mut joined: BTreeSet<(u64, u64)> = BTreeSet::new();
    for (at, message) in story.messages.iter().enumerate() {
        if shown(story.fact(message.sent).step) {
            joined.extend(edges(&mut out, story, at, message, &shown));
        }
    }
    let causes = story.facts.iter().filter_map(|fact| Some((story.fact(fact.because?).step, fact.step)));
    for (cause, step) in causes.filter(|(cause, step)| cause != step && shown(*cause) && shown(*step)) {
        if joined.insert((cause, step)) {
            put(&mut out, &format!("s{cause} -> s{step} [class=\"cause\"]"));
        }
    }
    out + "}\n"
}

fn put(out: &mut String, text: &str) {
    writeln!(out, "  {text};").expect("writing to a string does not fail");
}

/// A step as a box.
fn node(out: &mut String, story: &Story, step: u64, facts: &[&Fact]) {
    let has = |kind: &str| facts.iter().any(|fact| fact.kind == kind);
    let lane = facts.iter().find_map(|fact| fact.lane);
    let who = facts.iter().find(|fact| fact.lane.is_some()).map_or("run", |fact| host(story, fact));
    let told: Vec<&&Fact> = facts.iter().filter(|fact| !fact.detail || fact.kind == "delivered").collect();
    let lines = told.iter().take(LINES).map(|fact| {
        let said = format!("{} {}", fact.mark.sign(), sentence(fact));
        format!("{}\\l", escaped(shortened(said.trim(), TEXT).as_str()))
    });
    let more = if told.len() > LINES { format!("and {} more\\l", told.len() - LINES) } else { String::new() };
    let label: String = lines.chain([more]).collect();
    let fill = if has("fault") { "#f8cecc" } else { lane.map_or("#eeeeee", |lane| COLOURS[lane % COLOURS.len()]) };
    let again = facts.iter().any(|fact| fact.kind == "started" && fact.generation > 1);
    let look = if again { ", penwidth=3, class=\"reboot\"" } else { "" };
    put(out, &format!("s{step} [label=\"{step} {who}\\n{label}\", fillcolor=\"{fill}\"{look}]"));
}

/// A message as arrows, one for each delivery; the steps that they join.
fn edges(
    out: &mut String,
    story: &Story,
    at: usize,
    message: &Message,
    shown: &impl Fn(u64) -> bool,
) -> Vec<(u64, u64)> {
    let (sent, kind) = (story.fact(message.sent).step, escaped(&format!("{} #{}", message.kind, message.n)));
    let ends = message.delivered.iter().map(|end| (sent, story.fact(*end).step));
    let joined: Vec<(u64, u64)> = ends.filter(|(_, end)| shown(*end)).collect();
    for (sent, end) in &joined {
        put(out, &format!("s{sent} -> s{end} [class=\"message\", label=\"{kind}\", color=\"#2a5db0\"]"));
    }
    if message.delivered.is_empty() {
        let (class, sign) = if message.lost.is_some() { ("lost", "✗") } else { ("under way", "…") };
        put(out, &format!("m{at} [label=\"{sign}\", shape=plaintext, style=\"\", class=\"{class}\"]"));
        put(out, &format!("s{sent} -> m{at} [class=\"message\", label=\"{kind}\", style=dashed, color=\"#c00000\"]"));
    }
    joined
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
