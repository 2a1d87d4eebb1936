//! ShiViz: who could have known what.
//!
//! The first line is the expression that reads a record, the second the one that tells runs
//! apart; ShiViz shows two runs of one file side by side and marks what they do not share.
//! Edges come from vector clocks only: each record's own entry grows by one, and the clock of
//! what it follows from is merged in. A lost message is a record of its receiver, or the loss
//! could not be seen.

use super::{host, sentence};
use crate::story::{Fact, Index, Story};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Reads one record.
pub const EXPRESSION: &str = r"^(?<host>\S+) (?<clock>\{[^}]*\}) (?<step>\d+) (?<event>.*)$";
/// Tells runs apart.
pub const DELIMITER: &str = "^=== (?<trace>.*) ===$";

/// A vector clock: how many records of each host are known.
type Clock<'s> = BTreeMap<&'s str, u64>;

/// The runs, each with its name.
pub fn shiviz(runs: &[(&str, &Story)]) -> String {
    let mut out = format!("{EXPRESSION}\n{DELIMITER}\n");
    for (name, story) in runs {
        writeln!(out, "=== {name} ===").expect("writing to a string does not fail");
        run(&mut out, story);
    }
    out
}

fn run(out: &mut String, story: &Story) {
    let sendings: BTreeMap<Index, Index> =
        story.messages.iter().filter_map(|message| Some((message.lost?, message.sent))).collect();
    let mut hosts: Clock<'_> = BTreeMap::new();
    let mut clocks: Vec<Clock<'_>> = Vec::new();
    let mut latest: BTreeMap<&str, Index> = BTreeMap::new();
    for (index, fact) in story.facts.iter().enumerate() {
        let host = host(story, fact);
        let mut clock = Clock::new();
        let known = [latest.get(host).copied(), fact.because, sendings.get(&index).copied()];
        for (name, count) in known.into_iter().flatten().flat_map(|known| &clocks[known]) {
            let entry = clock.entry(name).or_default();
            *entry = (*entry).max(*count);
        }
        let own = hosts.entry(host).or_default();
        *own += 1;
        clock.insert(host, *own);
        line(out, host, &clock, fact);
        latest.insert(host, index);
        clocks.push(clock);
    }
}

fn line(out: &mut String, host: &str, clock: &Clock<'_>, fact: &Fact) {
    let clock: Vec<String> = clock.iter().map(|(name, count)| format!("\"{name}\":{count}")).collect();
    let (step, clock) = (fact.step, clock.join(","));
    let kind = if fact.generation == 0 { fact.kind.to_owned() } else { format!("g{} {}", fact.generation, fact.kind) };
    writeln!(out, "{host} {{{clock}}} {step} {kind}: {}", sentence(fact)).expect("writing to a string does not fail");
}
