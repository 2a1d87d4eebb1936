//! What a search has found, as one HTML page for people.
//!
//! The page needs no network, no server and no script: it can be attached to a mail or kept
//! by CI. It says first whether all is well and whether the search is complete; then every
//! failure once, with its smallest schedule, the command that replays it and a picture; then
//! what was tried where, with the holes; then how long it took.
//!
//! ```text
//!   explore::Report, HuntReport ──┐
//!   runs of failures ─────────────┼──> page(), hunt_page() ──> sweep.html, hunt.html
//!   times ────────────────────────┘
//! ```
//!
//! Left out: looking around in a run, for which there is the page of a trace.

mod coverage;
mod failures;
mod html;
mod hunt;
mod picture;
mod summary;

pub(crate) use html::escaped;
pub use hunt::hunt_page;
pub use picture::picture;

use crate::explore::Report;
use crate::story::Story;
use html::{Html, section};

const STYLE: &str = include_str!("report.css");

/// A run that shows a failure.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What happened.
    pub story: Story,
    /// Why the run is no pass: sentences, each with its particulars.
    pub reasons: Vec<(String, Vec<String>)>,
    /// What its faults did, one line each.
    pub receipts: Vec<String>,
}

/// How much time a search took; real time, so no two pages with it are the same.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// From its beginning to its end.
    pub seconds: f64,
    /// Runs in that time; fewer than the report has if it was continued.
    pub runs: u64,
    /// Their events.
    pub events: u64,
    /// Threads.
    pub jobs: usize,
}

/// The page: `shown` has a run for the first so many groups of the report.
pub fn page(report: &Report, shown: &[Shown], spent: Option<Spent>) -> String {
    let title = format!("Search of {}", report.header.file);
    document(&title, |out| {
        summary::head(out, report, &title);
        summary::numbers(out, report, spent);
        section(out, "failures", "What failed", |out| failures::all(out, report, shown));
        section(out, "coverage", "What was tried", |out| coverage::all(out, report));
        section(out, "time", "How long runs took", |out| summary::times(out, report, spent));
    })
}

/// A page with this title and content, and nothing that it would have to load.
fn document(title: &str, content: impl FnOnce(&mut Html)) -> String {
    let mut out = Html::new();
    out.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    out.tag("title", title);
    out.raw(&format!("<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"));
    content(&mut out);
    out.raw("</main>\n</body>\n</html>\n");
    out.text
}
