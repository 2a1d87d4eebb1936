//! Two processes, and two builds, make the same run.
//!
//! The hashes in `hashes.txt` are kept with the code, so that debug and release builds and every
//! machine are compared with each other. `UPDATE_HASHES=1 cargo test -p tabletsim --test determinism`
//! writes them anew, after a change that is meant to change runs.

use std::path::{Path, PathBuf};
use std::process::Command;

const SCENARIOS: [&str; 3] = ["tiny.sim", "small.sim", "restore.sim"];
const SEEDS: [u64; 2] = [1, 7];

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn kept() -> PathBuf {
    folder().join("tests/hashes.txt")
}

/// Runs the program: `ok` and the hash.
fn hash(scenario: &str, seed: u64) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabletsim"));
    command.arg("run").arg(folder().join("scenarios").join(scenario));
    command.args(["--seed", &seed.to_string(), "--format", "quiet", "--color", "never"]);
    let output = command.output().expect("the program can be started");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let (verdict, hash) = said.trim().split_once(' ').unwrap_or_else(|| panic!("{scenario}: {said}"));
    assert_eq!(verdict, "ok", "{scenario} with seed {seed}");
    hash.to_owned()
}

/// One line for each scenario and seed.
fn hashes() -> String {
    let runs = SCENARIOS.iter().flat_map(|scenario| SEEDS.map(|seed| (scenario, seed)));
    runs.map(|(scenario, seed)| format!("{scenario} {seed} {}\n", hash(scenario, seed))).collect()
}

#[test]
fn two_processes_and_all_builds_agree() {
    let found = hashes();
    assert_eq!(found, hashes(), "two processes");
    if std::env::var_os("UPDATE_HASHES").is_some() {
        std::fs::write(kept(), &found).expect("the hashes can be written");
    }
    let expected = std::fs::read_to_string(kept()).expect("the hashes are kept beside this test");
    assert_eq!(found, expected, "the build that made the kept hashes; UPDATE_HASHES=1 if runs are meant to change");
}
