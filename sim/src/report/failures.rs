//! Every kind of failure once: what it is, how small it gets, how to see it again.

use super::html::{Html, escaped};
use super::{Shown, picture};
use crate::explore::{Group, Report};

/// How many runs that are neither ok nor a failure are listed.
const MOST_WRONG: usize = 50;

/// How a picture is read.
const LEGEND: &str = "Read it downwards: a column is a tablet or a client, and its shade changes with every reboot. \
    → is sent, ⇨ changed on disk, ⇒ answered. An arrow ends where its message arrives, or with a cross where it is lost. \
    A red line is a fault, or the moment at which the run was found to be wrong.";

/// All failures; then what else is wrong.
pub(super) fn all(out: &mut Html, report: &Report, shown: &[Shown]) {
    if report.groups.is_empty() {
        out.tag("p", "No run failed.");
    } else {
        let alike = "Failures that differ in numbers and names only are one; # stands for any number.";
        out.tag_with("p", "faint", alike);
    }
    for (at, group) in report.groups.iter().enumerate() {
        failure(out, group, shown.get(at));
    }
    if report.groups.len() > shown.len() {
        out.tag_with("p", "faint", "Later failures have no picture; their commands show them.");
    }
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

fn failure(out: &mut Html, group: &Group, shown: Option<&Shown>) {
    let print = &group.fingerprint;
    out.raw(&format!("<article class=\"failure\" id=\"f{}\">\n", group.id));
    let (oracle, sentence) = (escaped(&print.oracle), escaped(&print.sentence));
    out.raw(&format!("<h3><code>{}</code> {oracle}: {sentence}</h3>\n", group.id));
    let faults = group.schedule.split(';').filter(|fault| !fault.trim().is_empty()).count();
    let found = match (group.singles, group.pairs) {
        (0, 0) => "found without any fault".to_owned(),
        (singles, 0) => format!("found by {singles} single faults"),
        (singles, pairs) => format!("found by {singles} single faults and {pairs} pairs"),
    };
    let culprit = format!("{found}; objected at {}; {}", print.culprit, group.verdict);
    out.tag_with("p", "faint", &culprit);
    let smallest = if faults == 0 { "no fault at all" } else { &group.schedule };
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
    out.tag("pre", &group.replay);
    if let Some(shown) = shown {
        out.tag_with("p", "faint", LEGEND);
        out.raw("<div class=\"wide\">\n");
        out.raw(&picture(&shown.story));
        out.raw("</div>\n");
    }
    out.raw("</article>\n");
}
