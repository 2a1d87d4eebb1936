//! The first lines and the numbers: is all well, and was everything tried?

use super::Spent;
use super::html::{Html, escaped, grouped};
use crate::explore::Report;
use crate::run::Verdict;

/// Bars of the picture of run lengths.
const BARS: usize = 24;
/// How many of the longest runs are named.
const LONGEST: usize = 5;

/// Title, verdict and completeness.
pub(super) fn head(out: &mut Html, report: &Report, title: &str) {
    let header = &report.header;
    out.tag("h1", title);
    let (class, verdict) = match report.verdict() {
        Verdict::Ok => ("good", "Nothing failed".to_owned()),
        Verdict::Invalid => ("doubt", "Nothing failed, but some runs were not those that were asked for".to_owned()),
        _ => ("bad", failures(report.groups.len())),
    };
    out.raw(&format!("<p class=\"verdict {class}\">{}</p>\n", escaped(&verdict)));
    let (class, sentence) = completeness(report);
    out.raw(&format!("<p class=\"complete {class}\">{}</p>\n", escaped(&sentence)));
    let quirks = if header.quirks.is_empty() { "none".to_owned() } else { header.quirks.join(", ") };
    let together = if header.together == 1 { "one fault" } else { "one fault, and every two of them," };
    let of = format!("seed {} · quirks: {quirks} · {together} in a run", header.seed);
    out.tag_with("p", "faint", &of);
    out.raw(
        "<nav><a href=\"#failures\">failures</a> <a href=\"#coverage\">coverage</a> <a href=\"#time\">time</a></nav>\n",
    );
}

fn failures(count: usize) -> String {
    match count {
        0 => "Something is wrong with the search itself".to_owned(),
        1 => "One kind of failure".to_owned(),
        count => format!("{count} kinds of failure"),
    }
}

/// Whether everything that was to be tried was tried.
fn completeness(report: &Report) -> (&'static str, String) {
    let header = &report.header;
    if let Some(alone) = &report.header.alone {
        let why = alone.reasons.join("; ");
        return ("no", format!("No fault was tried: without any, the run is {}: {why}", alone.verdict));
    }
    let (faults_left, classes_left) = report.left();
    let pairs = report.pairs.map_or_else(String::new, |pairs| {
        let (pairs_of, runs, pruned) = (grouped(pairs.pairs), grouped(pairs.runs), grouped(pairs.pruned));
        format!(" Of {pairs_of} pairs of faults {runs} were run and {pruned} pruned, as another stands for them.")
    });
    let tried = report.singles.len();
    let all =
        format!("{} faults at {} points of the run", grouped(header.faults as u64), grouped(header.points as u64));
    match (faults_left, classes_left) {
        (0, 0) => ("yes", format!("Complete: each of {all} was tried.{pairs}")),
        _ => {
            let left = if classes_left > 0 { format!(" and {classes_left} classes of pairs") } else { String::new() };
            let go_on = "--keep-going, --resume or the other partitions do the rest.";
            let tried = grouped(tried as u64);
            ("no", format!("Not complete: {tried} of {all} were tried; {faults_left}{left} are left.{pairs} {go_on}"))
        }
    }
}

/// The numbers, as tiles.
pub(super) fn numbers(out: &mut Html, report: &Report, spent: Option<Spent>) {
    let failed = report.singles.iter().filter(|single| single.fingerprint.is_some()).count();
    let pairs = report.pairs.unwrap_or_default();
    let mut tiles = vec![
        ("runs", grouped(report.singles.len() as u64 + pairs.runs), ""),
        ("ok", grouped(report.count(Verdict::Ok) as u64 + pairs.runs - pairs.failed.min(pairs.runs)), "good"),
        ("failed", grouped(failed as u64 + pairs.failed), if failed as u64 + pairs.failed > 0 { "bad" } else { "" }),
        ("invalid", grouped(report.count(Verdict::Invalid) as u64), ""),
    ];
    if let Some(Spent { seconds, runs, jobs, .. }) = spent.filter(|spent| spent.runs > 0) {
        tiles.push(("seconds", format!("{seconds:.1}"), ""));
        tiles.push(("ms per run", format!("{:.2}", seconds * 1000.0 * jobs as f64 / runs.max(1) as f64), ""));
    }
    self::tiles(out, &tiles);
}

/// Numbers side by side: each has a name, a value and a class.
pub(super) fn tiles(out: &mut Html, tiles: &[(&str, String, &str)]) {
    out.raw("<div class=\"tiles\">\n");
    for (name, value, class) in tiles {
        out.raw(&format!("<div class=\"tile {class}\"><b>{value}</b><span>{name}</span></div>\n"));
    }
    out.raw("</div>\n");
}

/// How many events runs took, how fast they were, and which took longest.
pub(super) fn times(out: &mut Html, report: &Report, spent: Option<Spent>) {
    if let Some(Spent { seconds, runs, events, jobs }) = spent.filter(|spent| spent.runs > 0) {
        let rate = |count: u64| grouped((count as f64 / seconds.max(0.001)).round() as u64);
        let each = seconds * 1e6 * jobs as f64 / runs.max(1) as f64;
        let (fast, per) = (rate(events), rate(runs));
        out.tag("p", &format!("{seconds:.1} s on {jobs} threads: {per} runs and {fast} events a second, {each:.0} µs of one thread for a run."));
    }
    let mut lengths: Vec<u64> = report.singles.iter().map(|single| single.events).collect();
    lengths.sort_unstable();
    let (Some(least), Some(most)) = (lengths.first(), lengths.last()) else {
        return out.tag("p", "No fault was tried.");
    };
    let (middle, least_text, most_text) = (grouped(lengths[lengths.len() / 2]), grouped(*least), grouped(*most));
    out.tag(
        "p",
        &format!("A run with one fault took {least_text} to {most_text} events; half of them took up to {middle}."),
    );
    bars(out, &lengths, *least, *most);
    out.raw("<table><caption>The longest runs</caption><thead><tr><th>fault</th><th>events</th></tr></thead><tbody>\n");
    let mut longest: Vec<_> = report.singles.iter().collect();
    longest.sort_by_key(|single| (std::cmp::Reverse(single.events), single.index));
    for single in longest.iter().take(LONGEST) {
        let (fault, events) = (escaped(&single.fault), grouped(single.events));
        out.raw(&format!("<tr><td><code>{fault}</code></td><td class=\"number\">{events}</td></tr>\n"));
    }
    out.raw("</tbody></table>\n");
}

/// How many runs took how many events.
fn bars(out: &mut Html, lengths: &[u64], least: u64, most: u64) {
    let width = ((most - least) / BARS as u64 + 1).max(1);
    let mut counts = [0_usize; BARS];
    for length in lengths {
        counts[(((length - least) / width) as usize).min(BARS - 1)] += 1;
    }
    let highest = counts.iter().copied().max().unwrap_or(1).max(1) as f64;
    out.raw(
        "<svg class=\"bars\" viewBox=\"0 0 600 150\" role=\"img\" aria-label=\"runs by their number of events\">\n",
    );
    for (at, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        // Low bars would vanish beside high ones, so heights grow with the root.
        let height = 100.0 * (*count as f64 / highest).sqrt();
        let (x, y, from) = (at * 25, 120.0 - height, least + at as u64 * width);
        let title = format!("{count} runs of {} to {} events", grouped(from), grouped(from + width - 1));
        out.raw(&format!(
            "<rect x=\"{x}\" y=\"{y:.1}\" width=\"22\" height=\"{height:.1}\"><title>{title}</title></rect>"
        ));
        out.raw(&format!("<text x=\"{}\" y=\"{:.1}\" class=\"count\">{count}</text>\n", x + 11, y - 3.0));
    }
    let (first, last) = (grouped(least), grouped(most));
    out.raw(&format!(
        "<text x=\"0\" y=\"140\">{first} events</text><text x=\"600\" y=\"140\" class=\"last\">{last} events</text>\n"
    ));
    out.raw("</svg>\n");
}
