//! What a search's report looks like: text, JSON, JUnit.

use super::out::{Look, Out};
use super::progress::Times;
use super::sweep::ShowArgs;
use super::{capsule, complain};
use crate::explore::{Capsule, Coverage, Group, Report, Table};
use crate::fault::{Receipt, Schedule};
use crate::report::{self, Shown, Spent, escaped};
use crate::run::{Outcome, RunOptions, Verdict, run};
use crate::scenario::Scenario;
use crate::story::Story;
use crate::trace::{Detail, lanes_from};
use clap::Args;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Characters of one lane.
const LANE_WIDTH: usize = 36;
/// Lines of the picture, at most.
const PICTURE_LINES: usize = 48;
/// Steps before the first fault that the picture shows.
const STEPS_BEFORE: u64 = 4;

/// Failures that get a picture, at most.
pub(super) const MOST_SHOWN: usize = 20;

/// The files that results go to.
#[derive(Args)]
pub(super) struct FileArgs {
    /// Write the results as JSON to this file, or with - to standard output instead of the text
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Write the results for CI, as JUnit XML, to this file
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Write each failure into this folder, as a capsule for `replay` and `shrink`
    #[arg(long, value_name = "DIR")]
    pub(super) capsules: Option<PathBuf>,
    /// Write the results for people, as one HTML page with pictures, to this file
    #[arg(long, value_name = "FILE.html")]
    pub(super) report: Option<PathBuf>,
}

/// Shows the report in all the ways asked for.
pub(super) fn show(
    report: &Report,
    again: Option<(&Arc<Scenario>, &RunOptions)>,
    times: Option<Times>,
    args: &ShowArgs,
    out: &mut Out,
) -> ExitCode {
    let json = json_text(report, times.filter(|_| args.json_times));
    match &args.files.json {
        Some(path) if path == Path::new("-") => out.text(&json),
        Some(path) => {
            if let Err(error) = std::fs::write(path, &json) {
                return complain(&format!("--json: {}: {error}", path.display()));
            }
            text(report, again, times, args, out);
        }
        None => text(report, again, times, args, out),
    }
    out.finish();
    if let (Some(folder), Some((scenario, options))) = (&args.files.capsules, again)
        && let Err(message) = capsule::write_all(folder, capsules(report, scenario, options))
    {
        return complain(&message);
    }
    if let Some(path) = &args.files.junit
        && let Err(error) = std::fs::write(path, junit(report))
    {
        return complain(&format!("--junit: {}: {error}", path.display()));
    }
    if let Some(path) = &args.files.report
        && let Err(error) = std::fs::write(path, page(report, again, times))
    {
        return complain(&format!("--report: {}: {error}", path.display()));
    }
    ExitCode::from(report.verdict().exit_code())
}

/// The page, for which the smallest run of each failure is made again.
fn page(report: &Report, again: Option<(&Arc<Scenario>, &RunOptions)>, times: Option<Times>) -> String {
    let again = |group: &Group| {
        let (scenario, options) = again?;
        let schedule = group.schedule.parse::<Schedule>().ok()?;
        Some(shown(&run(scenario, &RunOptions { schedule, record: true, ..options.clone() }, &mut |_| {})))
    };
    let shown: Vec<Shown> = report.groups.iter().take(MOST_SHOWN).map_while(again).collect();
    report::page(report, &shown, times.map(spent))
}

/// A recorded run, as a page shows it.
pub(super) fn shown(outcome: &Outcome) -> Shown {
    let reasons = outcome.reasons.iter().map(|reason| (reason.clone(), Vec::new()));
    let objections = outcome.objections.iter();
    let objections = objections.map(|found| (format!("{}: {}", found.oracle, found.sentence), found.particulars()));
    let receipt = |receipt: &Receipt| format!("✗ {} (step {}): {receipt}", receipt.fault, receipt.step);
    Shown {
        story: Story::of(&outcome.trace, &outcome.types),
        reasons: reasons.chain(objections).collect(),
        receipts: outcome.receipts.iter().map(receipt).collect(),
    }
}

/// How long a search took, as a page shows it.
pub(super) fn spent(Times { wall, runs, events, jobs }: Times) -> Spent {
    Spent { seconds: wall.as_secs_f64(), runs, events, jobs }
}

fn json_text(report: &Report, times: Option<Times>) -> String {
    let mut value = report.json();
    if let (Some(object), Some(times)) = (value.as_object_mut(), times) {
        let seconds = times.wall.as_secs_f64();
        object
            .insert("times".to_owned(), json!({ "seconds": seconds, "runs_per_second": times.runs as f64 / seconds }));
    }
    format!("{value:#}\n")
}

fn text(
    report: &Report,
    again: Option<(&Arc<Scenario>, &RunOptions)>,
    times: Option<Times>,
    args: &ShowArgs,
    out: &mut Out,
) {
    match &report.header.alone {
        Some(alone) => {
            out.line(format_args!("without any fault the run is {}: {}\n", alone.verdict, alone.reasons.join("; ")))
        }
        None => coverage(report, args.coverage, out),
    }
    for group in &report.groups {
        self::group(group, out);
        if let Some((scenario, options)) = again {
            let capsule = of_group(group, scenario, options);
            let first = group.id == report.groups[0].id;
            out.text(capsule::told(capsule.as_ref(), args.files.capsules.as_deref(), first));
        }
        out.line("");
    }
    if let (Some(group), Some((scenario, options))) = (report.groups.first(), again) {
        picture(group, scenario, options, out);
    }
    report.unsound.iter().for_each(|line| out.line(format_args!("the pruning is wrong: {line}")));
    for single in report.wrong().filter(|single| single.fingerprint.is_none()) {
        let differs =
            single.differs.as_ref().map_or(String::new(), |differs| format!(", not deterministic: {differs}"));
        out.line(format_args!("{}: {}{differs}", single.verdict, single.fault));
    }
    completeness(report, out);
    if let Some(times) = times {
        let seconds = times.wall.as_secs_f64().max(0.001);
        let rate = |count: u64| (count as f64 / seconds).round();
        let (runs, events) = (rate(times.runs), rate(times.events));
        out.line(format_args!("time          {seconds:.1} s, {runs} runs/s, {events} events/s"));
    }
}

fn completeness(report: &Report, out: &mut Out) {
    let header = &report.header;
    let look = match report.verdict() {
        Verdict::Ok => Look::Good,
        Verdict::Invalid => Look::Doubt,
        _ => Look::Bad,
    };
    let (faults_left, classes_left) = report.left();
    let verdict = out.styled(look, report.verdict());
    out.line(format_args!("verdict       {verdict}"));
    out.line(format_args!(
        "single faults {} points, {} faults, {} runs: {} ok, {} invalid, {} failed; {faults_left} left",
        header.points,
        header.faults,
        report.singles.len(),
        report.count(Verdict::Ok),
        report.count(Verdict::Invalid),
        report.singles.iter().filter(|single| single.fingerprint.is_some()).count(),
    ));
    if let Some(pairs) = &report.pairs {
        out.line(format_args!(
            "pairs         {} classes of first faults, {} pairs, {} states, {} runs ({} of them samples of what was \
             pruned), {} pruned: {} failed, {} invalid; {classes_left} classes left",
            pairs.classes,
            pairs.pairs,
            pairs.states,
            pairs.runs,
            pairs.sampled,
            pairs.pruned,
            pairs.failed,
            pairs.invalid
        ));
    }
    match (faults_left, classes_left) {
        (0, 0) => out.line("complete      nothing is left"),
        _ => out.line("complete      no: --keep-going, --resume or merging the other partitions does the rest"),
    }
}

fn group(group: &Group, out: &mut Out) {
    let name = out.styled(Look::Bad, format_args!("{} {}", group.id, group.fingerprint.oracle));
    out.line(format_args!("{name}: {}", group.fingerprint.sentence));
    out.line(format_args!("  {}, {} single faults, {} pairs", group.fingerprint.culprit, group.singles, group.pairs));
    let schedule = if group.schedule.is_empty() { "no fault at all" } else { &group.schedule };
    out.line(format_args!("  smallest: {schedule}"));
    out.line(format_args!("  again:    {}", group.replay));
}

/// A group's smallest failure as a capsule.
fn of_group(group: &Group, scenario: &Arc<Scenario>, options: &RunOptions) -> Option<Capsule> {
    let schedule: Schedule = group.schedule.parse().ok()?;
    Some(Capsule::new(scenario, options, &schedule, &group.fingerprint))
}

fn capsules<'a>(
    report: &'a Report,
    scenario: &'a Arc<Scenario>,
    options: &'a RunOptions,
) -> impl Iterator<Item = Capsule> + 'a {
    report.groups.iter().filter_map(|group| of_group(group, scenario, options))
}

/// The end of the shortest failing run, in lanes.
fn picture(group: &Group, scenario: &Arc<Scenario>, options: &RunOptions, out: &mut Out) {
    let Ok(schedule) = group.schedule.parse::<Schedule>() else { return };
    let outcome = run(scenario, &RunOptions { schedule, record: true, ..options.clone() }, &mut |_| {});
    let from = outcome.receipts.first().map_or(0, |receipt| receipt.step.saturating_sub(STEPS_BEFORE));
    let lanes = lanes_from(&outcome.types, Detail::Story, &outcome.trace, LANE_WIDTH, from);
    let lines: Vec<&str> = lines_around(&lanes);
    lines.iter().for_each(|line| out.line(line));
    out.line("");
}

/// The first and the last lines, if there are too many.
fn lines_around(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= PICTURE_LINES {
        return lines;
    }
    let half = PICTURE_LINES / 2;
    lines[..half].iter().copied().chain(["   ..."]).chain(lines[lines.len() - half..].iter().copied()).collect()
}

fn coverage(report: &Report, whole: bool, out: &mut Out) {
    let Coverage { transactions, messages, others } = &report.coverage;
    for (title, table) in [("transactions", transactions), ("messages and connects", messages), ("others", others)] {
        if table.is_empty() {
            continue;
        }
        let shown = if whole { table.clone() } else { Coverage::by_kind(table) };
        matrix(title, &shown, out);
    }
    let holes = Coverage::holes(transactions).len() + Coverage::holes(messages).len();
    out.line(format_args!("{holes} rows of tablets and pipes have holes (--coverage shows them)"));
    let outside = never_inside(report);
    if !outside.is_empty() {
        out.line(format_args!("seen, but never in the zone: {}", outside.join(", ")));
    }
    out.line("");
}

/// Transaction types that no tablet had in the zone.
fn never_inside(report: &Report) -> Vec<String> {
    let inside = Coverage::by_kind(&report.coverage.transactions);
    let kinds = report.header.outside.iter().filter_map(|row| row.split_once(' ')).map(|(_, kind)| kind);
    let kinds: BTreeSet<&str> = kinds.filter(|kind| !inside.contains_key(*kind)).collect();
    kinds.into_iter().map(str::to_owned).collect()
}

fn matrix(title: &str, table: &Table, out: &mut Out) {
    let mut columns: Vec<&String> = table.values().flat_map(|cells| cells.keys()).collect();
    columns.sort();
    columns.dedup();
    let widest = table.keys().map(|row| row.chars().count()).chain([title.len()]).max().unwrap_or(0);
    out.line(out.styled(Look::Strong, title));
    for (at, column) in columns.iter().enumerate() {
        out.line(format_args!("  {}: {column}", letter(at)));
    }
    let heads: String = (0..columns.len()).map(|at| format!("{:>6}", letter(at))).collect();
    out.line(format_args!("  {:widest$}{heads}", ""));
    for (row, cells) in table {
        let counts = columns.iter().map(|column| match cells.get(*column) {
            Some(count) => format!("{count:>6}"),
            None => format!("{:>6}", "·"),
        });
        out.line(format_args!("  {row:widest$}{}", counts.collect::<String>()));
    }
    out.line("");
}

fn letter(at: usize) -> char {
    char::from(b'A' + (at % 26) as u8)
}

/// One test case for each run with one fault and each group of failing pairs.
fn junit(report: &Report) -> String {
    let suite = escaped(&report.header.file);
    let mut cases = String::new();
    for single in &report.singles {
        cases += &format!("  <testcase classname=\"{suite}\" name=\"{}\"", escaped(&single.fault));
        cases += &match (&single.fingerprint, single.is_wrong()) {
            (Some(print), _) => format!("><failure message=\"{}\"/></testcase>\n", escaped(&print.to_string())),
            (None, true) => format!("><error message=\"{}\"/></testcase>\n", escaped(&single.verdict)),
            (None, false) => "/>\n".to_owned(),
        };
    }
    let pairs: Vec<&Group> = report.groups.iter().filter(|group| group.pairs > 0).collect();
    for group in &pairs {
        let (name, message) = (escaped(&group.schedule), escaped(&group.fingerprint.to_string()));
        cases +=
            &format!("  <testcase classname=\"{suite}\" name=\"{name}\"><failure message=\"{message}\"/></testcase>\n");
    }
    let failures = report.singles.iter().filter(|single| single.fingerprint.is_some()).count() + pairs.len();
    let errors = report.wrong().filter(|single| single.fingerprint.is_none()).count();
    let tests = report.singles.len() + pairs.len();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{suite}\" tests=\"{tests}\" \
         failures=\"{failures}\" errors=\"{errors}\">\n{cases}</testsuite>\n"
    )
}
