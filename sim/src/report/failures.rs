//! Every kind of failure once: what it is, how small it gets, how to see it again.

use super::html::{Html, escaped};
use super::{Shown, picture};
use crate::explore::{Fingerprint, Group, Report};

/// How many runs that are neither ok nor a failure are listed.
const MOST_WRONG: usize = 50;

/// How a picture is read.
const LEGEND: &str = "Read it downwards: a column is a tablet or a client, and its shade changes with every reboot. \
    → is sent, ⇨ changed on disk, ⇒ answered. An arrow ends where its message arrives, or with a cross where it is lost. \
    A red line is a fault, or the moment at which the run was found to be wrong.";

/// A kind of failure, whichever search has found it.
pub(super) struct Failure<'a> {
    /// Its digits.
    pub(super) id: String,
    /// What identifies it.
    pub(super) fingerprint: &'a Fingerprint,
    /// The judgement's name.
    pub(super) verdict: &'a str,
    /// How it was found.
    pub(super) found: String,
    /// The smallest schedule that shows it.
    pub(super) schedule: String,
    /// The command that shows it again.
    pub(super) again: String,
}

/// All failures; then what else is wrong.
pub(super) fn all(out: &mut Html, report: &Report, shown: &[Shown]) {
    introduction(out, report.groups.is_empty());
    for (at, group) in report.groups.iter().enumerate() {
        let found = match (group.singles, group.pairs) {
            (0, 0) => "found without any fault".to_owned(),
            (1, 0) => "found by a single fault".to_owned(),
            (singles, 0) => format!("found by {singles} single faults"),
            (singles, pairs) => format!("found by {singles} single faults and {pairs} pairs"),
        };
        let Group { id, fingerprint, verdict, schedule, replay, .. } = group;
        let (id, schedule, again) = (id.clone(), schedule.clone(), replay.clone());
        failure(out, &Failure { id, fingerprint, verdict, found, schedule, again }, shown.get(at));
    }
    without_picture(out, report.groups.len(), shown.len());
    for line in &report.unsound {
        out.tag_with("p", "bad", &format!("The pruning of pairs is wrong: {line}"));
    }
    let wrong: Vec<_> = report.wrong().filter(|single| single.fingerprint.is_none()).collect();
    if wrong.is_empty() {
        return;
    }
    let count = wrong.len();
    out.raw(&format!("<details><summary>{count} runs that are neither a pass nor a failure</summary>\n"));
    out.raw("<table><thead><tr><th>fault</th><th>verdict</th></tr></thead><tbody>\n");
    for single in wrong.iter().take(MOST_WRONG) {
        let (fault, verdict) = (escaped(&single.fault), escaped(&single.verdict));
        let differs =
            single.differs.as_ref().map_or_else(String::new, |differs| format!(", not deterministic: {differs}"));
        out.raw(&format!("<tr><td><code>{fault}</code></td><td>{verdict}{}</td></tr>\n", escaped(&differs)));
    }
    out.raw("</tbody></table></details>\n");
}

/// What is said before the first failure.
pub(super) fn introduction(out: &mut Html, none: bool) {
    if none {
        out.tag("p", "No run failed.");
    } else {
        let alike = "Failures that differ in numbers and names only are one; # stands for any number.";
        out.tag_with("p", "faint", alike);
    }
}

/// What is said after the last one.
pub(super) fn without_picture(out: &mut Html, all: usize, shown: usize) {
    if all > shown {
        out.tag_with("p", "faint", "Later failures have no picture; their commands show them.");
    }
}

/// One failure.
pub(super) fn failure(out: &mut Html, failure: &Failure<'_>, shown: Option<&Shown>) {
    let Failure { id, fingerprint: print, verdict, found, schedule, again } = failure;
    out.raw(&format!("<article class=\"failure\" id=\"f{id}\">\n"));
    let (oracle, sentence) = (escaped(&print.oracle), escaped(&print.sentence));
    out.raw(&format!("<h3><code>{id}</code> {oracle}: {sentence}</h3>\n"));
    let faults = schedule.split(';').filter(|fault| !fault.trim().is_empty()).count();
    let culprit = format!("{found}; objected at {}; {verdict}", print.culprit);
    out.tag_with("p", "faint", &culprit);
    let smallest = if faults == 0 { "no fault at all" } else { schedule };
    out.raw(&format!("<p>Smallest schedule: <code>{}</code></p>\n", escaped(smallest)));
    if let Some(shown) = shown {
        out.raw("<ul>\n");
        for (reason, particulars) in &shown.reasons {
            out.raw(&format!("<li>{}", escaped(reason)));
            particulars.iter().for_each(|line| out.tag_with("div", "faint", line));
            out.raw("</li>\n");
        }
        shown.receipts.iter().for_each(|receipt| out.tag_with("li", "fault", receipt));
        out.raw("</ul>\n");
    }
    out.tag("p", "See it again:");
    out.tag("pre", again);
    walk(out, again);
    if let Some(shown) = shown {
        out.tag_with("p", "faint", LEGEND);
        out.raw("<div class=\"wide\">\n");
        out.raw(&picture(&shown.story));
        out.raw("</div>\n");
    }
    out.raw("</article>\n");
}

/// How to make a page of the run that a command makes again. A capsule's word is long enough once.
fn walk(out: &mut Html, again: &str) {
    match again.strip_prefix("tabletsim run ") {
        Some(words) => {
            out.tag("p", "Walk through it, as a page in the browser:");
            out.tag("pre", &format!("tabletsim view {}", words.trim_end_matches(" --format text")));
        }
        None => {
            out.raw(
                "<p>Walk through it, as a page in the browser: <code>tabletsim view</code> and the same word.</p>\n",
            );
        }
    }
}
