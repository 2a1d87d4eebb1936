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

/// Two writes that are on their way together.
const TOGETHER: &str = "\
table /Root/t k:Uint64 v:Utf8 key=k
upsert /Root/t k=1 v=one
[async] upsert /Root/t k=2 v=two
[async] upsert /Root/t k=3 v=three
wait all
expect /Root/t rows=3
";

/// Nearly all happen in the smallest scenario with an increment.
fn scenario_of(example: &Example) -> Arc<Scenario> {
    match example.name {
        "at snapshot" => load("large.sim"),
        "reorder" => {
            let read = Scenario::parse("together.sim", TOGETHER, ".".as_ref());
            Arc::new(read.unwrap_or_else(|error| panic!("{error}")))
        }
        _ => load("small.sim"),
    }
}

fn under(example: &Example) -> Outcome {
    let fault: Fault = example.line.parse().unwrap_or_else(|error| panic!("{}: {error}", example.line));
    let beyond_contract = fault.action.is_beyond_contract();
    let options = RunOptions { schedule: Schedule(vec![fault]), beyond_contract, ..RunOptions::default() };
    run(&scenario_of(example), &options, &mut |_| {})
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
