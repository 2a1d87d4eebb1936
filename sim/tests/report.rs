//! The page of a search says what the search found, and needs nothing else to be read.

use regex::Regex;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tablets::quirk::{Quirk, Quirks};
use tabletsim::explore::{Hunt, HuntOptions, Report, Search, SearchOptions};
use tabletsim::fault::Schedule;
use tabletsim::report::{Shown, Spent, hunt_page, page, picture};
use tabletsim::run::{RunOptions, run};
use tabletsim::scenario::Scenario;
use tabletsim::story::Story;

fn tiny() -> Arc<Scenario> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/tiny.sim");
    Arc::new(Scenario::load(&path).expect("the scenario is right"))
}

fn search(quirks: Quirks, keep_going: bool) -> Report {
    let run = RunOptions { quirks, ..RunOptions::default() };
    let options = SearchOptions { run, keep_going, jobs: 2, ..SearchOptions::default() };
    Search { scenario: &tiny(), options: &options, watch: &mut |_| {} }.run().expect("the search can be made")
}

fn shown(schedule: &str) -> Shown {
    let schedule = schedule.parse::<Schedule>().expect("the schedule is right");
    let options = RunOptions { schedule, record: true, ..RunOptions::default() };
    let outcome = run(&tiny(), &options, &mut |_| {});
    let story = Story::of(&outcome.trace, &outcome.types);
    Shown { story, reasons: vec![("a <reason> & more".to_owned(), vec!["a detail".to_owned()])], receipts: Vec::new() }
}

fn count(text: &str, expression: &str) -> usize {
    Regex::new(expression).expect("the expression is right").find_iter(text).count()
}

/// Elements that are opened and not closed, or the other way round.
fn unbalanced(html: &str) -> Vec<String> {
    let tags = Regex::new(r"<(/?)([a-z0-9]+)[^>]*?(/?)>").expect("the expression is right");
    let mut open: Vec<&str> = Vec::new();
    let mut wrong = Vec::new();
    for tag in tags.captures_iter(html) {
        let (name, closes, empty) = (tag.get(2).map_or("", |name| name.as_str()), &tag[1] == "/", &tag[3] == "/");
        match closes {
            _ if empty || name == "meta" => {}
            false => open.push(name),
            true if open.last() == Some(&name) => drop(open.pop()),
            true => wrong.push(format!("</{name}> in <{}>", open.last().unwrap_or(&"nothing"))),
        }
    }
    wrong.extend(open.into_iter().map(|name| format!("<{name}> stays open")));
    wrong
}

#[test]
fn the_page_says_what_was_found() {
    let report = search(Quirks::NONE.with(Quirk::AbortedScanIsSuccess), true);
    let html = page(&report, &[shown(&report.groups[0].schedule)], None);
    assert_eq!(unbalanced(&html), Vec::<String>::new());
    assert!(
        html.contains(&format!("Complete: each of {} faults at {} points", report.header.faults, report.header.points))
    );
    for group in &report.groups {
        assert!(html.contains(&format!("id=\"f{}\"", group.id)), "every failure has a place");
        assert!(html.contains(&group.replay), "and the command that shows it");
        let view = group.replay.replace("tabletsim run", "tabletsim view").replace(" --format text", "");
        assert!(html.contains(&format!("<pre>{view}</pre>")), "and the one that makes a page of it");
    }
    assert!(html.contains("a &lt;reason&gt; &amp; more") && !html.contains("<reason>"), "texts are no HTML");
    let rows = report.coverage.transactions.values().chain(report.coverage.messages.values());
    let tried: u64 = rows.chain(report.coverage.others.values()).flat_map(|cells| cells.values()).sum();
    assert_eq!(tried, report.singles.len() as u64);
    let tablet_by_tablet = html.split("<details>").nth(1).expect("the long tables are folded");
    let cells = Regex::new(r#"class="tried\d"[^>]*>(\d+)<"#).expect("the expression is right");
    let told: u64 = cells.captures_iter(tablet_by_tablet).filter_map(|cell| cell[1].parse::<u64>().ok()).sum();
    assert_eq!(told, tried, "every run is in the tables");
    assert!(count(&html, "class=\"hole\"") > 0);
}

#[test]
fn the_page_needs_nothing_else() {
    let quirks = Quirks::NONE.with(Quirk::AbortedScanIsSuccess);
    let report = search(quirks, false);
    let html = page(&report, &[], Some(Spent { seconds: 1.5, runs: 40, events: 8000, jobs: 2 }));
    assert_eq!(unbalanced(&html), Vec::<String>::new());
    for outside in ["http:", "https:", "src=", "url(", "<script", "@import", "<link"] {
        assert!(!html.contains(outside), "{outside} leads out of the page");
    }
    let tried = report.singles.len();
    assert!(tried < report.header.faults, "it stopped at the first failure");
    assert!(html.contains(&format!("Not complete: {tried} of {}", report.header.faults)));
    assert!(html.contains("75.00"), "40 runs in 1.5 seconds on two threads: 75 ms each");
    assert!(page(&report, &[], None) == page(&search(quirks, false), &[], None), "without times it is the same");
    let calm = page(&search(Quirks::NONE, true), &[], None);
    assert!(calm.contains("No run failed.") && calm.contains("Complete: ") && !calm.contains("class=\"failure\""));
}

#[test]
fn the_picture_shows_losses_faults_and_generations() {
    let calm = picture(&shown("").story);
    assert_eq!(count(&calm, "class=\"cross\""), 0);
    let story = shown("reset t72003-t72002 before RecordStatuses#1; reboot t72003 at event 50").story;
    let drawn = picture(&story);
    assert_eq!((count(&drawn, "class=\"cross\""), story.counts.losses), (2, 2), "every loss is crossed");
    assert_eq!(count(&drawn, "<line class=\"fault\""), story.counts.faults);
    let name = "t72003 generation";
    assert_eq!((count(&drawn, &format!("{name} 1")), count(&drawn, &format!("{name} 2"))), (1, 1));
    assert!(count(&drawn, "class=\"head\"") > 5, "messages arrive");
    assert_eq!(unbalanced(&drawn), Vec::<String>::new());
}

#[test]
fn a_page_that_is_not_whole_is_seen() {
    assert_eq!(unbalanced("<p><b>x</p>"), ["</p> in <b>", "<p> stays open", "<b> stays open"]);
    assert_eq!(unbalanced("<p><line/>x</p>"), Vec::<String>::new());
}

#[test]
fn the_command_writes_it() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/tiny.sim");
    let sweep = |path: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tabletsim"));
        let quirk = ["--quirk", "aborted-scan-is-success", "--keep-going", "--report"];
        command.arg("sweep").arg(&tiny).args(quirk).arg(path).output().expect("the program starts")
    };
    let path = folder.join("sweep.html");
    assert_eq!(sweep(&path).status.code(), Some(1));
    let html = std::fs::read_to_string(&path).expect("it was written");
    assert_eq!(count(&html, "<svg class=\"run\""), 1, "the failure has its picture");
    assert!(html.contains("ms per run") && html.contains("honest_status"));
    let nowhere = sweep(&folder.join("nowhere/sweep.html"));
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("--report: "));
}

/// A hunt's page has the same rules: every failure, every place of a fault, and nothing to load.
#[test]
fn a_hunt_has_a_page_too() {
    let run = RunOptions { quirks: Quirks::NONE.with(Quirk::FinishByReadiness), ..RunOptions::default() };
    let options = HuntOptions { run, seeds: (1, 4), jobs: 2, ..HuntOptions::default() };
    let report = Hunt { scenario: &tiny(), options: &options, watch: &mut |_| true }.run();
    let report = report.expect("no journal is written");
    let html = hunt_page(&report, &[shown("")], None);
    assert_eq!(unbalanced(&html), Vec::<String>::new());
    assert!(!report.catches.is_empty() && html.contains("All of its 4 seeds were worked on"));
    for catch in &report.catches {
        assert!(html.contains(&format!("id=\"f{}\"", catch.fingerprint.id())), "every failure has a place");
        assert!(html.contains(&catch.capsule.to_line()), "and the command that shows it");
    }
    let told = report.reached.iter().filter(|feature| !feature.fault.is_empty()).count() as u64;
    let cells: u64 = report.coverage().values().flat_map(|cells| cells.values()).sum();
    assert!(told > 0 && cells == told, "every place of a fault is in the table");
    assert!(report.reached.iter().any(|feature| feature.state == "CreateShards"), "and states are told");
    assert_eq!(count(&html, "(src|href)=\"http"), 0);
}
