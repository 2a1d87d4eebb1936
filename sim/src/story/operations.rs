//! Which operation a fact is about.
//!
//! Messages, timers and rows name their operation in their text (`op8`, or `tx8` where a
//! request begins it). What names none is about the operation of its transaction.

use crate::story::model::{Operation, Story};
use std::collections::BTreeMap;

/// The operation that a text names first.
pub(super) fn named(text: &str) -> Option<u64> {
    let words = text.split(|sign: char| !sign.is_ascii_alphanumeric());
    words.filter_map(|word| word.strip_prefix("op").or_else(|| word.strip_prefix("tx"))?.parse().ok()).next()
}

/// Gives facts and transactions their operations, and finds how long each operation lasts.
pub(super) fn find(story: &mut Story) {
    for fact in &story.facts {
        if let (Some(operation), Some(of)) = (fact.operation, fact.transaction) {
            story.transactions[of].operation.get_or_insert(operation);
        }
    }
    for fact in &mut story.facts {
        let inherited = fact.transaction.and_then(|of| story.transactions[of].operation);
        fact.operation = fact.operation.or(inherited);
    }
    let mut spans: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
    for (index, fact) in story.facts.iter().enumerate() {
        if let Some(operation) = fact.operation {
            spans.entry(operation).or_insert((index, index)).1 = index;
        }
    }
    let names: BTreeMap<u64, &str> =
        story.messages.iter().rev().filter_map(|message| Some((message.operation?, message.kind))).collect();
    let of = |(id, (first, last)): (u64, (usize, usize))| {
        let name = names.get(&id).copied().unwrap_or("operation").to_owned();
        Operation { id, name, first, last }
    };
    story.operations = spans.into_iter().map(of).collect();
    story.operations.sort_by_key(|operation| operation.first);
}
