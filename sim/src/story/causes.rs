//! What each fact follows from.
//!
//! Within a step every fact follows from the one before it. The first of a step follows from the
//! other end of what it is an end of (a delivery from its sending, a timer from its arming), or
//! else from the last fact of the step that caused its step.

use crate::story::model::{Index, Story};
use std::collections::BTreeMap;

/// Gives facts their causes.
pub(super) fn find(story: &mut Story) {
    let ends = ends(story);
    let mut last: BTreeMap<u64, Index> = BTreeMap::new();
    for index in 0..story.facts.len() {
        let fact = &story.facts[index];
        let before = last.get(&fact.step).copied();
        let cause = before.or_else(|| ends.get(&index).copied()).or_else(|| last.get(&fact.cause).copied());
        last.insert(fact.step, index);
        story.facts[index].because = cause;
    }
}

/// For each far end of a thing, its near end.
fn ends(story: &Story) -> BTreeMap<Index, Index> {
    let mut ends = BTreeMap::new();
    for message in &story.messages {
        ends.extend(message.delivered.iter().map(|at| (*at, message.sent)));
    }
    for connection in &story.connections {
        let answers = connection.connected.into_iter().chain(connection.refused);
        ends.extend(answers.filter_map(|at| Some((at, connection.connecting?))));
        let gone = connection.broken.or(connection.closed);
        ends.extend(connection.notices.iter().filter_map(|at| Some((*at, gone.filter(|gone| gone < at)?))));
    }
    ends.extend(story.timers.iter().filter_map(|timer| Some((timer.fired?, timer.armed?))));
    ends.extend(story.writes.iter().filter_map(|write| Some((write.durable?, write.logged))));
    ends
}
