//! Every mistake that was found in our own protocol stays here as the script that showed it.

use std::path::Path;
use std::sync::Arc;
use tabletsim::run::{RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;

#[test]
fn every_regression_ends_ok() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions");
    let entries = std::fs::read_dir(&folder).expect("the folder is there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    files.sort();
    assert!(files.len() >= 10, "only {} regressions", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let scenario = Arc::new(Scenario::load(&file).unwrap_or_else(|error| panic!("{error}")));
        let outcome = run(&scenario, &RunOptions::default(), &mut |_| {});
        if outcome.verdict != Verdict::Ok {
            let said = outcome.objections.iter().map(ToString::to_string);
            let why: Vec<String> = outcome.reasons.iter().cloned().chain(said).collect();
            wrong.push(format!("{}: {} {}", file.display(), outcome.verdict, why.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
