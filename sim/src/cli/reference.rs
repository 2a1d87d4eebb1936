//! Reference lists, generated from the tables that the code itself uses.

use super::out::{Look, Out};
use crate::fault::EXAMPLES;
use crate::metrics::{families, metric_name};
use crate::oracle::all as all_oracles;
use crate::scenario::VERBS;
use clap::Args;
use tablets::counters::{Shape, Unit};
use tablets::quirk::{ABSENT, Quirk};
use tablets::settings::{SETTINGS, Settings};

/// Options of every list.
#[derive(Args)]
pub(super) struct ReferenceArgs {
    /// Print as a page of the documentation
    #[arg(long)]
    markdown: bool,
}

/// One entry: a name, what it takes, what it is, and more lines.
struct Entry {
    name: String,
    about: String,
    lines: Vec<(&'static str, String)>,
}

/// Prints the verbs.
pub(super) fn verbs(out: &mut Out, args: &ReferenceArgs) {
    let entries = VERBS.iter().map(|verb| Entry {
        name: verb.name.to_owned(),
        about: verb.about.to_owned(),
        lines: vec![("usage", verb.usage.to_owned()), ("example", verb.example.to_owned())],
    });
    let story = "\
A scenario file has one statement a line: a verb, arguments, `name=value` arguments.
Values that contain blanks, quotes or `=` are quoted; `#` begins a comment.
Before the verb, `[async]` lets the next statement begin at once, `!` expects a refusal,
`[maybe]` takes a refusal as well as success, `[tx=NAME]` gives the request the identity of the first one marked so, and a statement in
parentheses prints nothing.";
    page(out, args, "Verbs of scenario files", story, entries);
}

/// Prints the oracles.
pub(super) fn oracles(out: &mut Out, args: &ReferenceArgs) {
    let entries = all_oracles().into_iter().map(|oracle| {
        let quirks = Quirk::ALL.iter().filter(|quirk| quirk.oracles().contains(&oracle.name()));
        let quirks: Vec<&str> = quirks.map(|quirk| quirk.name()).collect();
        let lines = if quirks.is_empty() { Vec::new() } else { vec![("seen red with", quirks.join(", "))] };
        Entry { name: oracle.name().to_owned(), about: oracle.rule().to_owned(), lines }
    });
    let story = "An oracle watches every run for one property. All of them are always on.";
    page(out, args, "Oracles", story, entries);
}

/// Prints the quirks, or one of them.
pub(super) fn quirks(out: &mut Out, args: &ReferenceArgs, only: Option<Quirk>) {
    let chosen = Quirk::ALL.iter().filter(|quirk| only.is_none_or(|only| only == **quirk));
    let entries = chosen.map(|quirk| Entry {
        name: quirk.name().to_owned(),
        about: quirk.about().split_whitespace().collect::<Vec<_>>().join(" "),
        lines: [("oracle", quirk.oracles().join(" or "))]
            .into_iter()
            .chain(quirk.faults().map(|faults| ("least number of faults", faults.to_owned())))
            .collect(),
    });
    let absent = ABSENT.iter().filter(|_| only.is_none()).map(|(name, why)| Entry {
        name: (*name).to_owned(),
        about: format!("Cannot be switched on: {why}."),
        lines: Vec::new(),
    });
    let story = "\
A quirk is a known mistake, off unless asked for with `--quirk`. What is said of YDB is
[F] stated in a public thread, [C] read in some version of the source, or [I] inferred.";
    page(out, args, "Quirks", story, entries.chain(absent));
}

/// Prints the anchors and actions of faults.
pub(super) fn faults(out: &mut Out, args: &ReferenceArgs) {
    let entries = EXAMPLES.iter().map(|example| Entry {
        name: example.name.to_owned(),
        about: example.about.to_owned(),
        lines: vec![("usage", example.usage.to_owned()), ("example", example.line.to_owned())],
    });
    let story = "\
A fault is an action and an anchor: what it does, and where. The first entries below are the
anchors, the others the actions. The anchor's `on` may be left out if the action has named
that tablet or those two ends. Tablets are `t1`, clients `client1`, nodes `n1`, operations `op8`.

A schedule is faults joined with `; ` (`run --schedule`), a file with one on each line and
comments after `#` (`run --schedule-file`), or one word to paste: `ts1:`, the faults with `+`
for a blank and `,` between them, and a checksum. A fault that finds its anchor outside of the
zone, or not at all, or has nothing to do there, makes the run invalid, and the nearest thing
that was there is told. The last three actions need `--beyond-contract`, and a run with them is
judged for safety only.";
    page(out, args, "Faults", story, entries);
}

/// Prints the settings.
pub(super) fn settings(out: &mut Out, args: &ReferenceArgs) {
    let defaults = Settings::default();
    let entries = SETTINGS.iter().map(|setting| {
        let high = if setting.max == i64::MAX { "any".to_owned() } else { setting.max.to_string() };
        let lines =
            vec![("default", defaults.get(setting).to_string()), ("range", format!("{} to {high}", setting.min))];
        Entry { name: setting.name.to_owned(), about: setting.about.to_owned(), lines }
    });
    let story = "A scenario changes settings with `setting NAME=VALUE`, also while tablets run.";
    page(out, args, "Settings", story, entries);
}

/// Prints the counters.
pub(super) fn counters(out: &mut Out, args: &ReferenceArgs) {
    let entries = families().into_iter().map(|family| {
        let shape = match (family.shape, family.unit) {
            (Shape::Total, Unit::Seconds) => "seconds, only growing",
            (Shape::Total, _) => "a number, only growing",
            (Shape::Info, _) => "1, the labels say it",
            (Shape::Gauge, Unit::Seconds) => "seconds",
            (Shape::Gauge, Unit::Moment) => "seconds of virtual time; not there if there is none",
            (Shape::Gauge, Unit::Number) => "a number",
        };
        let name = format!("{} {}", family.group, family.name);
        let lines = vec![("is", shape.to_owned()), ("in Prometheus", metric_name(&family))];
        Entry { name, about: family.about().to_owned(), lines }
    });
    let story = "\
`tabletsim run FILE --counters` prints them as tables, `--metrics OUT.prom` writes them in
Prometheus' text format. A tablet's counters live in its memory and begin at zero with each
generation; only what is said of restores and paths is read off durable rows.";
    page(out, args, "Counters", story, entries);
}

fn page(out: &mut Out, args: &ReferenceArgs, title: &str, story: &str, entries: impl Iterator<Item = Entry>) {
    if args.markdown {
        out.line(format_args!("# {title}\n\n{story}\n\nThis page is generated by `tabletsim`."));
    }
    for entry in entries {
        if out.closed() {
            return;
        }
        if args.markdown {
            out.line(format_args!("\n## {}\n\n{}\n", entry.name, entry.about));
            entry.lines.iter().for_each(|(label, text)| out.line(format_args!("* {label}: `{text}`")));
        } else {
            let name = out.styled(Look::Strong, &entry.name);
            out.line(format_args!("{name}\n  {}", entry.about));
            entry.lines.iter().for_each(|(label, text)| out.line(format_args!("  {label}: {text}")));
            out.line("");
        }
    }
}
