//! Whatever was written, however the tables and the backups were cut: a restore brings back
//! what the tables held at the last backup.
//!
//! Cases are drawn, not listed. Each runs as a scenario under all oracles, its restore has to
//! be looked at, and what a client then reads is compared with a fold of the writes that this
//! test makes itself. A failure is shrunk and printed as a scenario.
//!
//! `CASES=20000 PROPTEST_RNG_SEED=7 cargo test --test random_restores` tries more and others.

mod drawn;

use drawn::{Case, Fold, case};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use tablets::quirk::{Quirk, Quirks};
use tabletsim::run::{Outcome, RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;

/// A runner with a fixed seed, unless the environment gives one: a red test stays red.
fn runner(cases: u32) -> TestRunner {
    let mut config = Config { cases, failure_persistence: None, ..Config::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    TestRunner::new(config)
}

fn go(case: &Case, quirks: Quirks) -> Outcome {
    let scenario = Scenario::parse("drawn", &case.script(), Path::new("."));
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{}", case.script()));
    run(&Arc::new(scenario), &RunOptions { quirks, ..RunOptions::default() }, &mut |_| {})
}

/// The restore is as it should be, or why not.
fn judge(case: &Case, quirks: Quirks, fold: Fold) -> Result<(), TestCaseError> {
    let outcome = go(case, quirks);
    let said: Vec<String> = outcome.objections.iter().map(ToString::to_string).collect();
    prop_assert_eq!(outcome.verdict, Verdict::Ok, "{:?} {}", outcome.reasons, said.join("\n"));
    let read = outcome.output.into_iter().filter(|printed| printed.statement.starts_with("read "));
    let read: Vec<Vec<String>> = read.map(|printed| printed.text).collect();
    prop_assert_eq!(read, case.expected(fold), "the client reads something else than was written");
    Ok(())
}

/// The smallest case that fails, as a script, and why it does.
fn smallest_failure(quirks: Quirks, fold: Fold) -> (String, String) {
    match runner(2_000).run(&case(), |case| judge(&case, quirks, fold)) {
        Err(TestError::Fail(why, case)) => (case.script(), why.to_string()),
        other => panic!("nothing fails: {other:?}"),
    }
}

#[test]
fn every_restore_brings_back_what_was_backed_up() {
    let cases = std::env::var("CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    if let Err(error) = runner(cases).run(&case(), |case| judge(&case, Quirks::NONE, Fold::Whole)) {
        panic!("{error}");
    }
}

/// The cases are worth something only if they differ in everything that matters.
#[test]
fn all_kinds_of_cases_are_drawn() {
    let mut runner = runner(1);
    let mut count = std::collections::BTreeMap::new();
    for _ in 0..500 {
        let case = case().new_tree(&mut runner).expect("a case can be drawn").current();
        case.traits().into_iter().for_each(|kind| *count.entry(kind).or_insert(0) += 1);
    }
    println!("{count:#?}");
    assert_eq!(count.len(), 15, "of every kind");
    let rare: BTreeSet<_> = count.iter().filter(|(_, times)| **times < 25).collect();
    assert!(rare.is_empty(), "less than one in twenty: {rare:?}");
}

/// Seen red: tablets that make a mistake are found, and the failure shrinks to a page.
#[test]
fn a_mistake_is_found_and_shrinks() {
    for quirk in [Quirk::AdvanceEarly, Quirk::FinishByReadiness] {
        let (script, why) = smallest_failure(Quirks::NONE.with(quirk), Fold::Whole);
        println!("{quirk}\n{script}{why}\n");
        assert!(why.contains("Violated"), "no oracle objects to {quirk}:\n{why}");
        assert!(script.lines().count() <= 16, "{quirk} does not shrink:\n{script}");
    }
}

/// Seen red: the comparison with the fold objects by itself.
#[test]
fn a_wrong_fold_is_found_and_shrinks() {
    let (script, why) = smallest_failure(Quirks::NONE, Fold::ForgetsErases);
    println!("{script}{why}");
    assert!(why.contains("the client reads something else"), "{why}");
    assert_eq!(script.lines().filter(|line| line.starts_with("upsert") || line.starts_with("erase")).count(), 2);
}
