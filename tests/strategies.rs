//! The strategies that the library offers to property tests: on the tablets as they are they find
//! nothing, on broken ones a script of a few lines that shows it.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use std::path::Path;
use std::sync::Arc;
use tablets::quirk::{Quirk, Quirks};
use tabletsim::explore::Fingerprint;
use tabletsim::run::{RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;
use tabletsim::strategy::{Drawn, drawn};

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// The smallest case that proptest comes to with tablets that make this mistake.
fn smallest(quirk: Quirk) -> Drawn {
    let quirks = Quirks::NONE.with(quirk);
    match runner(400).run(&drawn(), |case| case.judge(quirks)) {
        Err(TestError::Fail(_, case)) => case,
        other => panic!("{quirk} is found: {other:?}"),
    }
}

#[test]
fn tablets_as_they_are_fail_in_no_case() {
    let tested = runner(60).run(&drawn(), |case| case.judge(Quirks::NONE));
    assert!(tested.is_ok(), "{tested:?}");
}

#[test]
fn a_broken_tablet_gives_a_short_script_that_shows_it() {
    for quirk in [Quirk::FinishByReadiness, Quirk::AbortedScanIsSuccess, Quirk::AdvanceEarly] {
        let case = smallest(quirk);
        let script = format!("{case:?}");
        println!("{quirk}:{script}");
        assert!(script.trim().lines().count() <= 15, "{quirk}: {script}");
        let scenario = Scenario::parse("smallest.sim", &script, Path::new("."));
        let scenario = Arc::new(scenario.unwrap_or_else(|error| panic!("{error}\n{script}")));
        let go = |quirks| run(&scenario, &RunOptions { quirks, ..RunOptions::default() }, &mut |_| {});
        let shown = Fingerprint::of(&go(Quirks::NONE.with(quirk)));
        assert_eq!(shown, Fingerprint::of(&case.run(Quirks::NONE.with(quirk))), "{quirk}: the script alone shows it");
        assert!(shown.is_some(), "{quirk}: {script}");
        assert_eq!(go(Quirks::NONE).verdict, Verdict::Ok, "{quirk}: {script}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_drawn_is_a_script(case in drawn()) {
        let script = case.script.to_string();
        prop_assert!(Scenario::parse("drawn.sim", &script, Path::new(".")).is_ok(), "{script}");
    }
}
