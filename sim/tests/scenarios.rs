//! Every scenario of the project makes its claim good, under several seeds.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use tabletsim::run::{Outcome, RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// Every scenario but the large one, by name.
fn names() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let scripts = paths.filter(|path| path.extension().is_some_and(|ending| ending == "sim"));
    let mut names: Vec<String> = scripts
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|name| name != "large")
        .collect();
    names.sort();
    names
}

fn outcome(name: &str, seed: u64) -> Outcome {
    let scenario = Scenario::load(&folder().join(format!("{name}.sim"))).expect("it is a script");
    run(&Arc::new(scenario), &RunOptions { seed: Some(seed), ..RunOptions::default() }, &mut |_| {})
}

#[test]
fn every_scenario_ends_well() {
    let names = names();
    assert!(names.len() >= 6, "there are six scenarios at least");
    for name in names {
        for seed in 1..=10 {
            let outcome = outcome(&name, seed);
            let said = format!("{name} seed {seed}: {:?} {:?}", outcome.reasons, outcome.objections);
            assert_eq!(outcome.verdict, Verdict::Ok, "{said}");
        }
    }
}

#[test]
fn scenarios_have_the_size_they_promise() {
    let tiny = outcome("tiny", 1);
    assert!(tiny.zone_events < 60 && tiny.events < 300, "tiny: {} of {}", tiny.zone_events, tiny.events);
    let restore = outcome("restore", 1);
    assert!(restore.zone_events <= 3_000, "restore: {}", restore.zone_events);
}

#[test]
fn a_run_is_a_function_of_its_input() {
    for name in ["restore", "cancelled", "response_lost"] {
        let hash = |seed| outcome(name, seed).trace_hash;
        assert_eq!(hash(5), hash(5), "{name}");
        assert_ne!(hash(5), hash(6), "{name}");
    }
}
