//! Two runs, step by step: what is the same in both, and where they part.
//!
//! A step is known by what it is and by what led to it, so its identity is that of its event
//! together with that of the step that caused it. Runs of one scenario are the same up to the
//! first fault; after it a step of one has a partner in the other if it came about in the same
//! way, though perhaps at another time.

use crate::story::{Fact, Index, Story};
use std::collections::{BTreeMap, VecDeque};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// How two runs compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// Steps that are the same in both, in the order of the first run.
    pub partners: Vec<(u64, u64)>,
    /// The first facts that differ; `None` if the runs do not.
    pub divergence: Option<(Index, Index)>,
}

/// Compares two runs.
pub fn align(a: &Story, b: &Story) -> Alignment {
    let mut known: BTreeMap<u64, VecDeque<u64>> = BTreeMap::new();
    for (step, identity) in identities(b) {
        known.entry(identity).or_default().push_back(step);
    }
    let partner = |(step, identity)| Some((step, known.get_mut(&identity)?.pop_front()?));
    let partners = identities(a).into_iter().filter_map(partner).collect();
    Alignment { partners, divergence: divergence(a, b) }
}

/// Each step with the identity of what it is and of what led to it.
fn identities(story: &Story) -> Vec<(u64, u64)> {
    let mut all: BTreeMap<u64, u64> = BTreeMap::new();
    let mut steps = Vec::new();
    for fact in story.facts.iter().filter(|fact| fact.step > 0) {
        if all.contains_key(&fact.step) {
            continue;
        }
        let cause = all.get(&fact.cause).copied().unwrap_or_default();
        let identity = xxh3_64_with_seed(named(story, fact).as_bytes(), cause);
        all.insert(fact.step, identity);
        steps.push((fact.step, identity));
    }
    steps
}

/// What happened, at whom, without when.
fn named(story: &Story, fact: &Fact) -> String {
    let lane = fact.lane.map_or("", |lane| story.name(lane));
    format!("{lane} {} {} {}", fact.generation, fact.kind, fact.texts.join("; "))
}

/// The first facts of either that differ; the very first of all tells the input, and may.
fn divergence(a: &Story, b: &Story) -> Option<(Index, Index)> {
    let is_same = |(one, other): &(&Fact, &Fact)| {
        let tell = |story, fact: &Fact| (fact.step, fact.at_us, named(story, fact));
        one.kind == "input" && other.kind == "input" || tell(a, one) == tell(b, other)
    };
    let same = a.facts.iter().zip(&b.facts).take_while(is_same).count();
    if same == a.facts.len() && same == b.facts.len() {
        return None;
    }
    let within = |story: &Story| same.min(story.facts.len().saturating_sub(1));
    Some((within(a), within(b)))
}
