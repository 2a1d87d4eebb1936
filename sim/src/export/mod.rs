//! A trace in the formats of other people's tools.
//!
//! Each format is one file and one pure function of a [`Story`], so all of them agree on the
//! number of events, messages, losses and reboots. Text and lanes are made by
//! [`trace`](crate::trace).
//!
//! | format | read by | good for |
//! | --- | --- | --- |
//! | [`perfetto`] | ui.perfetto.dev, chrome://tracing | long runs: where time goes, what overlaps |
//! | [`shiviz`] | ShiViz | what happened before what; two runs and their difference |
//! | [`mermaid`] | Mermaid, GitHub, GitLab | a short story in a document |
//! | [`dot`] | Graphviz | what caused what |
//!
//! Left out: reading any of these formats.

pub mod dot;
pub mod mermaid;
pub mod perfetto;
mod perfetto_tracks;
mod select;
pub mod shiviz;

pub use select::Selection;

use crate::story::{Fact, Story};

/// What a fact says, on one line.
fn sentence(fact: &Fact) -> String {
    fact.texts.join("; ").replace(['\n', '\r'], " ")
}

/// At whom a fact is, or `run`.
fn host<'s>(story: &'s Story, fact: &Fact) -> &'s str {
    fact.lane.map_or("run", |lane| story.name(lane))
}

/// `text` with at most `most` characters; `…` stands for the rest.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
