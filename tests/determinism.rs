//! A run is a pure function of scenario, schedule, seed and quirks: the trace hash says so.
//!
//! Two processes and two builds are compared by the package `tabletsim`'s own test of this name.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use tablets::settings::Settings;
use tabletsim::WorldOptions;
use tabletsim::run::{Interpreter, RunOptions, run, tablet_types};
use tabletsim::scenario::Scenario;
use tabletsim::world::World;

/// The scenarios; the largest takes too long without optimization.
fn scenarios() -> Vec<(String, Arc<Scenario>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sim/scenarios");
    let entries = std::fs::read_dir(&folder).expect("the scenarios can be listed");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder can be listed").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sim"));
    paths.retain(|path| !cfg!(debug_assertions) || !path.ends_with("large.sim"));
    paths.sort();
    assert!(paths.len() >= 6, "only {} scenarios were found", paths.len());
    let load = |path: &PathBuf| {
        let scenario = Scenario::load(path).unwrap_or_else(|error| panic!("{error}"));
        (path.display().to_string(), Arc::new(scenario))
    };
    paths.iter().map(load).collect()
}

fn hash(scenario: &Arc<Scenario>, seed: u64, record: bool) -> u64 {
    run(scenario, &RunOptions { seed: Some(seed), record, ..RunOptions::default() }, &mut |_| {}).trace_hash
}

/// The same run, watched by nobody.
fn hash_without_oracles(scenario: &Arc<Scenario>, seed: u64) -> u64 {
    let (nodes, schedule) = (scenario.nodes(), scenario.faults());
    let mut world = World::new(WorldOptions { seed, nodes, schedule, ..WorldOptions::default() });
    let settings = Settings::default();
    tablet_types(&mut world, &settings);
    if scenario.has_zone() {
        world.end_zone();
    }
    let mut interpreter = Interpreter::new(Arc::clone(scenario), seed, settings);
    while interpreter.step(&mut world) {}
    world.trace_hash()
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for (name, scenario) in scenarios() {
        assert_eq!(hash(&scenario, 1, false), hash(&scenario, 1, false), "{name}");
    }
}

#[test]
fn another_seed_gives_another_run() {
    for (name, scenario) in scenarios() {
        assert_ne!(hash(&scenario, 1, false), hash(&scenario, 2, false), "{name}");
    }
}

#[test]
fn keeping_the_records_changes_nothing() {
    for (name, scenario) in scenarios() {
        assert_eq!(hash(&scenario, 3, true), hash(&scenario, 3, false), "{name}");
    }
}

#[test]
fn looking_changes_nothing() {
    for (name, scenario) in scenarios() {
        assert_eq!(hash(&scenario, 4, false), hash_without_oracles(&scenario, 4), "{name}");
    }
}
