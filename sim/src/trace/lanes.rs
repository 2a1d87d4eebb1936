//! A trace in lanes: one column per actor, time running down.
//!
//! Left out: arrows; the `to` and `from` in the texts say where a message goes.

use crate::trace::text::actor;
use crate::trace::{Detail, Record, Text, Trace};
use crate::world::Types;
use std::fmt::Write;

/// The trace in columns of `width` characters, one per actor in order of appearance. Longer
/// texts are cut, with `…` at the end.
pub fn lanes(types: &Types, detail: Detail, trace: &Trace, width: usize) -> String {
    lanes_some(types, detail, trace, width, &|_| true)
}

/// The same of what happened at and after a step, with the actors that had a part in it.
pub fn lanes_from(types: &Types, detail: Detail, trace: &Trace, width: usize, from: u64) -> String {
    lanes_some(types, detail, trace, width, &|record| record.step >= from)
}

/// The same of the records that are to be kept.
pub fn lanes_some(
    types: &Types,
    detail: Detail,
    trace: &Trace,
    width: usize,
    keep: &dyn Fn(&Record) -> bool,
) -> String {
    let mut text = Text::new(types, detail);
    let mut actors: Vec<String> = Vec::new();
    let mut rows: Vec<(u64, usize, String)> = Vec::new();
    for record in trace.records() {
        let facts = text.facts(record);
        for (mark, fact) in facts.into_iter().filter(|_| keep(record)) {
            let name = actor(record).split('.').next().unwrap_or_default().to_owned();
            let lane = actors.iter().position(|known| *known == name).unwrap_or_else(|| {
                actors.push(name);
                actors.len() - 1
            });
            rows.push((record.step, lane, format!("{} {fact}", mark.sign())));
        }
    }
    let mut out = String::new();
    let mut line = |step: &str, cells: &[&str]| {
        let cells: String = cells.iter().map(|cell| format!(" {}", fit(cell, width))).collect();
        writeln!(out, "{step:>6}{}", cells.trim_end()).expect("writing to a string does not fail");
    };
    line("step", &actors.iter().map(String::as_str).collect::<Vec<_>>());
    for (step, lane, fact) in &rows {
        let cells: Vec<&str> = (0..actors.len()).map(|of| if of == *lane { fact.as_str() } else { "" }).collect();
        line(&step.to_string(), &cells);
    }
    out
}

fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return format!("{text:<width$}");
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}
