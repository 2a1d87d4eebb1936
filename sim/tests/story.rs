//! A trace sorted out: everything of it is found again in its story, and belongs together.

use std::path::Path;
use std::sync::Arc;
use tabletsim::fault::Schedule;
use tabletsim::run::{Outcome, RunOptions, run};
use tabletsim::scenario::Scenario;
use tabletsim::story::Story;
use tabletsim::trace::{What, read_json_lines, write_json_lines};

fn outcome(scenario: &str, schedule: &str) -> Outcome {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(scenario);
    let scenario = Arc::new(Scenario::load(&path).expect("the scenario is right"));
    let schedule = Schedule::from_text(schedule).expect("the schedule is right");
    run(&scenario, &RunOptions { schedule, record: true, ..RunOptions::default() }, &mut |_| ())
}

fn story(outcome: &Outcome) -> Story {
    Story::of(&outcome.trace, &outcome.types)
}

fn records(outcome: &Outcome, is: impl Fn(&What) -> bool) -> usize {
    outcome.trace.records().iter().filter(|record| is(&record.what)).count()
}

const FAULTS: &str = "reboot t1 at event 20; reset t72003-t72002 before RecordStatuses#1";

#[test]
fn everything_is_found_again() {
    let outcome = outcome("tiny.sim", FAULTS);
    let story = story(&outcome);
    assert_eq!(story.counts.events, outcome.events);
    assert_eq!(story.facts.len(), outcome.trace.records().len());
    assert_eq!(story.counts.messages, records(&outcome, |what| matches!(what, What::Sent(_))));
    assert_eq!(story.counts.losses, records(&outcome, |what| matches!(what, What::Lost(_))));
    assert!(story.counts.losses > 0, "the reset loses a message");
    assert_eq!(story.counts.reboots, 1);
    let delivered: usize = story.messages.iter().map(|message| message.delivered.len()).sum();
    assert_eq!(delivered, records(&outcome, |what| matches!(what, What::Delivered(_))));
    let cuts: usize = story.transactions.iter().map(|transaction| transaction.cuts.len()).sum();
    assert_eq!(cuts, records(&outcome, |what| matches!(what, What::Cut { .. })));
    let fired = story.timers.iter().filter(|timer| timer.fired.is_some()).count();
    assert_eq!(fired, records(&outcome, |what| matches!(what, What::Fired { .. })));
    assert_eq!(story.faults.len(), outcome.receipts.len());
    assert!(story.faults.iter().all(|fault| fault.receipt.is_some()));
    assert_eq!(story.zones.len(), 1);
    let durable = story.writes.iter().filter(|write| write.durable.is_some()).count();
    assert_eq!(durable, records(&outcome, |what| matches!(what, What::Durable { .. })));
}

#[test]
fn what_belongs_together_is_found() {
    let story = story(&outcome("tiny.sim", FAULTS));
    for message in &story.messages {
        assert!(message.delivered.iter().chain(&message.lost).all(|end| *end > message.sent), "{message:?}");
        let at_tablet = story.lanes[message.from].kind.is_some();
        let sent = story.fact(message.sent);
        let connected = |kind: &str| story.facts.iter().any(|fact| fact.step == sent.step && fact.kind == kind);
        let waited = at_tablet && connected("connected");
        assert!(!at_tablet || waited || sent.transaction.is_some(), "it leaves with a transaction: {message:?}");
    }
    for transaction in &story.transactions {
        let cuts: Vec<&str> = transaction.cuts.iter().map(|cut| cut.cut).collect();
        let reading = cuts == ["pre", "done"] && transaction.write.is_none();
        let whole = cuts == ["pre", "exec", "durable", "done"] && transaction.write.is_some();
        assert!(reading || whole || transaction.aborted.is_some() || transaction.cuts.len() == 1, "{transaction:?}");
    }
    for (index, fact) in story.facts.iter().enumerate().skip(1) {
        assert!(fact.because.is_some_and(|cause| cause < index), "{index} follows from nothing: {fact:?}");
    }
    let restore = story.operations.iter().find(|operation| operation.name == "RestoreBackupCollection");
    assert!(restore.is_some(), "the restore is an operation: {:?}", story.operations);
    let rows = story.writes.iter().flat_map(|write| &write.changes);
    assert!(rows.clone().any(|change| change.row == "Rows[2]" && change.value.is_some()));
    assert!(rows.clone().any(|change| change.value.is_none()), "rows are erased too");
    let broken = story.connections.iter().find(|connection| connection.broken.is_some());
    assert!(broken.is_some_and(|connection| connection.connected.is_some()));
    let first = &story.incarnations[0];
    assert!(first.stopped.is_some() && story.incarnations.iter().any(|next| next.generation == 2));
}

#[test]
fn a_trace_from_a_file_tells_the_same() {
    let outcome = outcome("tiny.sim", FAULTS);
    let mut file = Vec::new();
    write_json_lines(&outcome.trace, &mut file).expect("memory takes it");
    let read = read_json_lines(&file[..]).expect("what was written can be read");
    assert_eq!(Story::of(&read, &tabletsim::run::known_types()), story(&outcome));
}
