//! The guard of determinism: the same run twice, and the first record in which they differ.

use crate::trace::{Detail, Text, Trace};
use crate::world::Types;

/// The first record in which two traces differ, as a sentence; `None` if they are the same.
pub fn first_difference(types: &Types, one: &Trace, other: &Trace) -> Option<String> {
    let (a, b) = (one.records(), other.records());
    let place = (0..a.len().max(b.len())).find(|place| a.get(*place) != b.get(*place))?;
    let line = |trace: &Trace| {
        let mut text = Text::new(types, Detail::All);
        let facts = trace.records().iter().take(place + 1).map(|record| (record, text.facts(record)));
        facts.last().filter(|_| place < trace.records().len()).map_or("nothing more".to_owned(), |(record, facts)| {
            let facts: Vec<String> = facts.into_iter().map(|(_, fact)| fact).collect();
            let who = record.tablet.map_or_else(|| "-".to_owned(), |tablet| tablet.to_string());
            format!("step {} at {} us, {who}: {}", record.step, record.at.0, facts.join("; "))
        })
    };
    Some(format!("record {place} differs: first '{}', then '{}'", line(one), line(other)))
}

/// Makes a run twice and compares the two.
///
/// # Errors
/// The first record that differs.
pub fn twice(mut make: impl FnMut() -> (Types, Trace)) -> Result<(), String> {
    let (types, one) = make();
    let (_, other) = make();
    first_difference(&types, &one, &other).map_or(Ok(()), Err)
}
