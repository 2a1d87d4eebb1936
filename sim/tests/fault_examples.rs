//! Every example of the reference of faults is run: it strikes, and leaves a receipt.

use std::path::Path;
use std::sync::Arc;
use tabletsim::fault::{EXAMPLES, Example, Fault, Schedule};
use tabletsim::run::{Outcome, RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;

fn load(name: &str) -> Arc<Scenario> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    Arc::new(Scenario::load(&path).unwrap_or_else(|error| panic!("{error}")))
}

/// Nearly all happen in the smallest scenario; some need more rows.
fn scenario_of(example: &Example) -> &'static str {
    match example.name {
        "at snapshot" => "large.sim",
        "reorder" => "restore.sim",
        _ => "small.sim",
    }
}

fn under(example: &Example) -> Outcome {
    let fault: Fault = example.line.parse().unwrap_or_else(|error| panic!("{}: {error}", example.line));
    let beyond_contract = fault.action.is_beyond_contract();
    let options = RunOptions { schedule: Schedule(vec![fault]), beyond_contract, ..RunOptions::default() };
    run(&load(scenario_of(example)), &options, &mut |_| {})
}

#[test]
fn every_example_strikes_and_leaves_a_receipt() {
    let mut wrong = Vec::new();
    for example in EXAMPLES {
        let outcome = under(example);
        let receipt = outcome.receipts.first().map(|receipt| receipt.to_string());
        let line = format!("{}: {:?}: {receipt:?} {:?}", example.line, outcome.verdict, outcome.reasons);
        // A shard that is gone for good is the one loss that no protocol makes good.
        let fine = outcome.verdict == Verdict::Ok || example.name == "delete";
        if !fine || receipt.is_none_or(|receipt| receipt.is_empty()) {
            wrong.push(line);
        } else {
            println!("{line}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
