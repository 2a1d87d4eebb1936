//! `tabletsim hunt`: the same result from any number of threads, worlds that differ, failures
//! that are kept, and orders of delivery that are drawn.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tabletsim::explore::{Reorder, Shape, draw_workload};
use tabletsim::fault::{Action, Anchor};
use tabletsim::rng::Stream;
use tabletsim::run::{RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;
use tabletsim::trace::What;

const TINY: &str = "sim/scenarios/tiny.sim";

/// Output of a command that ends with this code.
fn says(args: &[&str], code: i32) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabletsim"));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).args(args).args(["--color", "never"]);
    let output = command.output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn json(args: &[&str], code: i32) -> (String, Value) {
    let text = says(&[args, &["--json", "-"]].concat(), code);
    let value = serde_json::from_str(&text).expect("JSON");
    (text, value)
}

fn scenario(name: &str) -> Arc<Scenario> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    Arc::new(Scenario::load(&path).unwrap_or_else(|error| panic!("{error}")))
}

fn path(name: &str) -> String {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).to_str().expect("a UTF-8 path").to_owned()
}

#[test]
fn the_result_does_not_depend_on_threads() {
    let hunt = ["hunt", TINY, "--seeds", "1..6"];
    let (one, report) = json(&[&hunt[..], &["--jobs", "1"]].concat(), 0);
    let (two, _) = json(&[&hunt[..], &["--jobs", "3"]].concat(), 0);
    assert_eq!(one, two);
    assert_eq!((&report["seeds_done"], &report["complete"]), (&Value::from(6), &Value::from(true)));
    let number = |name: &str| report[name].as_u64().expect("a number");
    assert_eq!(number("runs"), number("ok") + number("invalid"), "all is well");
    assert!(number("leads") > 6 && number("runs") > 6 * 9, "what is new is varied further: {report}");
    assert!(number("ok") > number("runs") / 2, "most schedules find their anchors: {report}");
}

/// A file in the folder for temporary ones, that is not there yet.
fn fresh(name: &str) -> String {
    let path = path(name);
    let _ = std::fs::remove_file(&path);
    path
}

fn ids(report: &Value) -> BTreeSet<&str> {
    report["failures"]
        .as_array()
        .expect("failures")
        .iter()
        .map(|failure| failure["id"].as_str().expect("an id"))
        .collect()
}

#[test]
fn parts_make_up_the_whole() {
    let hunt = ["hunt", TINY, "--seeds", "3..9", "--quirk", "finish-by-readiness"];
    let journals = [fresh("part1.journal"), fresh("part2.journal")];
    let parts = ["1/2", "2/2"].iter().zip(&journals);
    let parts: Vec<Value> =
        parts.map(|(part, path)| json(&[&hunt[..], &["--partition", part, "--resume", path]].concat(), 1).1).collect();
    let (_, whole) = json(&["merge", &journals[1], &journals[0]], 1);
    let number = |report: &Value, name: &str| report[name].as_u64().expect("a number");
    assert_eq!((number(&parts[0], "seeds_done"), number(&parts[1], "seeds_done")), (3, 4));
    for name in ["seeds_done", "runs", "ok", "invalid", "events", "leads"] {
        assert_eq!(number(&whole, name), parts.iter().map(|part| number(part, name)).sum::<u64>(), "{name}");
    }
    assert!(number(&whole, "reached") < number(&parts[0], "reached") + number(&parts[1], "reached"));
    assert_eq!(ids(&whole), parts.iter().flat_map(ids).collect());
    assert_eq!((&whole["complete"], &whole["partition"]), (&Value::from(true), &serde_json::json!([1, 1])));
    let (_, half) = json(&["merge", &journals[0]], 1);
    assert_eq!((&half["complete"], ids(&half)), (&Value::from(false), ids(&parts[0])));
    says(&["merge", &journals[0], &journals[0]], 2);
    let sweep = fresh("not_a_hunt.journal");
    says(&["sweep", TINY, "--limit", "3", "--resume", &sweep], 0);
    says(&["merge", &journals[0], &sweep], 2);
    says(&["hunt", TINY, "--seeds", "3..9", "--resume", &journals[0]], 2);
}

/// Stopped after a batch, and killed in the middle of a line.
#[test]
fn a_hunt_goes_on_where_it_was_stopped() {
    let journal = fresh("hunt.journal");
    let hunt = ["hunt", TINY, "--seeds", "1..18", "--quirk", "finish-by-readiness", "--jobs", "2"];
    let resumed = [&hunt[..], &["--resume", &journal]].concat();
    let whole = json(&hunt, 1);
    let (_, stopped) = json(&[&resumed[..], &["--time", "1us"]].concat(), 1);
    assert_eq!((&stopped["seeds_done"], &stopped["complete"]), (&Value::from(16), &Value::from(false)));
    let text = std::fs::read_to_string(&journal).expect("it is written");
    std::fs::write(&journal, &text[..text.len() - 9]).expect("it can be written");
    assert!(json(&resumed, 1) == whole, "it ends as if it had never been stopped");
    let done = std::fs::read_to_string(&journal).expect("it is written");
    assert!(
        done.starts_with(&text[..text.trim_end().rfind('\n').expect("several lines")]),
        "what is done is not done again"
    );
    assert!(json(&resumed, 1) == whole, "and says the same again");
    assert!(std::fs::read_to_string(&journal).expect("it is written") == done, "nothing was left to do");
    assert!(json(&["merge", &journal], 1) == whole, "the journal alone says it too");
}

#[test]
fn a_mistake_is_found_and_kept() {
    let (folder, junit) = (path("hunted"), path("hunted.xml"));
    let _ = std::fs::remove_dir_all(&folder);
    let hunt = ["hunt", TINY, "--seeds", "1..8", "--quirk", "finish-by-readiness", "--capsules", &folder];
    let (_, report) = json(&[&hunt[..], &["--junit", &junit]].concat(), 1);
    let failures = report["failures"].as_array().expect("failures");
    assert!(!failures.is_empty(), "{report}");
    for failure in failures {
        let id = failure["id"].as_str().expect("an id");
        assert!(says(&["replay", &format!("{folder}/{id}.capsule")], 0).contains("same failure"));
        assert!(says(&["replay", failure["capsule"].as_str().expect("a word")], 0).contains("same failure"));
    }
    let junit = std::fs::read_to_string(junit).expect("it is written");
    assert!(junit.contains(&format!("failures=\"{}\"", failures.len())), "{junit}");
}

#[test]
fn time_ends_a_hunt_after_a_batch() {
    let (_, report) = json(&["hunt", TINY, "--time", "1us", "--jobs", "2"], 0);
    assert_eq!((&report["seeds_done"], &report["complete"]), (&Value::from(16), &Value::from(false)));
}

#[test]
fn every_seed_has_a_world_of_its_own() {
    let base = scenario("restore.sim");
    let (mut kinds, mut doings, mut verbs) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut untouched = 0;
    for seed in 1..60 {
        let stream = Stream::new(seed, "hunt");
        let shape = Shape::draw(stream);
        let drawn = draw_workload(&base, &shape, stream);
        kinds.extend(shape.kinds.iter().map(|(kind, _)| *kind));
        doings.extend(shape.doings.iter().map(|(doing, _)| format!("{doing:?}")));
        if shape.busy == 0 {
            assert_eq!(drawn, base, "seed {seed}: the script as it is");
            untouched += 1;
            continue;
        }
        for item in &drawn.items {
            let text = item.to_string();
            assert!(!text.contains("expect") && !text.starts_with('!'), "seed {seed}: {text}");
            verbs.insert(
                text.trim_start_matches("[async maybe] ")
                    .trim_start_matches("[maybe] ")
                    .split(' ')
                    .next()
                    .expect("a verb")
                    .to_owned(),
            );
        }
        assert!(drawn.items.iter().any(|item| item.to_string() == "wait all"), "everything has to end");
    }
    assert!((5..30).contains(&untouched), "{untouched} of 59 are not drawn");
    assert_eq!((kinds.len(), doings.len()), (tabletsim::fault::ActionKind::all().count(), 18));
    for verb in ["cancel", "forget", "split-by-load", "merge", "drop-table", "backup", "setting", "clock", "alter"] {
        assert!(verbs.contains(verb), "nobody does {verb}: {verbs:?}");
    }
}

/// The messages of a run, in the order in which they arrive.
fn arrivals(name: &str, options: &RunOptions) -> (Verdict, Vec<String>) {
    let outcome = run(&scenario(name), &RunOptions { record: true, ..options.clone() }, &mut |_| {});
    let mail = |what: &What| match what {
        What::Delivered(mail) => Some(format!("{}-{} {}#{}", mail.from, mail.to, mail.parcel.kind, mail.n)),
        _ => None,
    };
    (outcome.verdict, outcome.trace.records().iter().filter_map(|record| mail(&record.what)).collect())
}

#[test]
fn orders_of_delivery_are_drawn_as_delays() {
    let mut changed = 0;
    for how in ["pct:3", "delay:2"] {
        let reorder: Reorder = how.parse().expect("a way to reorder");
        assert_eq!(reorder.to_string(), how);
        for seed in 1..6 {
            let options = RunOptions { seed: Some(seed), ..RunOptions::default() };
            let schedule = reorder.of(&scenario("small.sim"), &options);
            assert_eq!(schedule, reorder.of(&scenario("small.sim"), &options), "a seed has one order");
            let is_delay = |fault: &tabletsim::fault::Fault| {
                matches!((&fault.anchor, &fault.action), (Anchor::Message { .. }, Action::Delay { .. }))
            };
            assert!(schedule.0.iter().all(is_delay), "{schedule}");
            if let Reorder::Delay(bound) = reorder {
                assert!(schedule.0.len() <= bound);
            }
            let (verdict, order) = arrivals("small.sim", &RunOptions { schedule, ..options.clone() });
            assert_eq!(verdict, Verdict::Ok);
            changed += usize::from(order != arrivals("small.sim", &options).1);
        }
    }
    assert!(changed > 5, "only {changed} of 10 orders are new");
    assert!("pct".parse::<Reorder>().is_err() && "swap:3".parse::<Reorder>().is_err());
}

#[test]
fn an_order_of_delivery_is_run_and_hunted() {
    let said = says(&["run", TINY, "--reorder", "delay:3", "--seed", "5"], 0);
    assert!(said.contains("✗ delay "), "{said}");
    let hunt = ["hunt", TINY, "--seeds", "1..4", "--reorder", "pct:2", "--jobs"];
    let (one, _) = json(&[&hunt[..], &["1"]].concat(), 0);
    assert_eq!(one, json(&[&hunt[..], &["2"]].concat(), 0).0);
}

/// The strategies of the zoo, each in the smallest of scenarios: a mistake is found, and made smaller.
#[test]
fn the_zoo_hunts() {
    let zoo = ["zoo", "--quirk", "ready-counter-leak", "--scenarios", "sim/scenarios/scan_aborted.sim"];
    let (_, report) = json(&[&zoo[..], &["--strategy", "sweep1,hunt", "--jobs", "2"]].concat(), 0);
    let searches = report["searches"].as_array().expect("searches");
    assert_eq!(searches.len(), 2);
    for search in searches {
        let find = &search["find"];
        let smallest = &find["smallest"];
        assert_eq!(find["fingerprint"]["oracle"], "progress_made", "{search}");
        let statements = smallest["statements"].as_array().expect("before and after");
        assert!(statements[1].as_u64() < statements[0].as_u64(), "{search}");
        let capsule = smallest["capsule"].as_str().expect("a word");
        assert!(says(&["replay", capsule], 0).contains("same failure"));
    }
}

/// Two clients ask the same; the first pauses for longer after its pipe broke, and takes no answer
/// to what the second one has asked meanwhile.
#[test]
fn an_answer_goes_to_a_client_that_has_asked() {
    let script =
        "table /Root/t k:Uint64 key=k\n[async] describe /Root/t\nsleep 1ms\n[async] describe /Root/t\nwait all\n";
    let asks = Scenario::parse("asks.sim", script, Path::new(".")).expect("a scenario");
    let schedule = "reset client1-t1 before DescribePath#1".parse().expect("a fault");
    let outcome = run(&Arc::new(asks), &RunOptions { schedule, ..RunOptions::default() }, &mut |_| {});
    let answered: Vec<usize> = outcome.output.iter().map(|printed| printed.line).collect();
    assert_eq!((outcome.verdict, answered), (Verdict::Ok, vec![4, 2]), "who has asked last is answered first");
}

/// A script's expectations are meant of runs in which its own faults strike, whoever keeps them from it.
#[test]
fn what_a_script_expects_of_its_own_fault_needs_it() {
    let script = "table /Root/t k:Uint64 key=k\nfault \"reboot t1 at event 100000\"\nexpect /Root/t rows=1\n";
    let verdict = |text: &str| {
        let scenario = Scenario::parse("own.sim", text, Path::new(".")).expect("a scenario");
        run(&Arc::new(scenario), &RunOptions::default(), &mut |_| {}).verdict
    };
    assert_eq!(verdict(script), Verdict::Invalid);
    assert_eq!(verdict(&script.replace("event 100000", "event 5")), Verdict::Violated);
}
