//! Goals: a run in which the interesting thing did not happen is invalid, and says which.

use std::sync::Arc;
use tabletsim::run::{Outcome, RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;

const SCRIPT: &str = "\
table /Root/t k:Uint64 v:Utf8 key=k
rows /Root/t count=3
collection c /Root/t incremental
backup c
erase /Root/t k=1
backup-incremental c
drop-table /Root/t
restore c as=r
";

fn outcome(more: &str) -> Outcome {
    let scenario = Scenario::parse("goals.sim", &format!("{SCRIPT}{more}"), ".".as_ref());
    run(&Arc::new(scenario.unwrap_or_else(|error| panic!("{error}"))), &RunOptions::default(), &mut |_| {})
}

fn flaw(line: &str) -> String {
    let read = Scenario::parse("goals.sim", &format!("{SCRIPT}{line}\n"), ".".as_ref());
    read.expect_err(line).to_string()
}

#[test]
fn what_happens_is_found() {
    for goal in [
        "must send RestoreMultipleIncrementalBackups",
        "must send RestoreMultipleIncrementalBackups times=2",
        "must send RestoreMultipleIncrementalBackups on=t1-t72002 times=1",
        "must send RestoreMultipleIncrementalBackups on=t1 of=r from=\"increment 1\" to=Finalizing times=1",
        "must send RestoreMultipleIncrementalBackups of=r to=\"increment 1\" times=1",
        "must resend RestoreMultipleIncrementalBackups times=0",
        "must run IncrementalRestoreResponse on=t1 times=2..4",
        "must enter Completed of=r",
        "must enter \"Finalizing(Completed)\" of=r",
        "must enter CreateShards of=r",
    ] {
        let outcome = outcome(&format!("{goal}\n"));
        assert_eq!((outcome.verdict, outcome.reasons), (Verdict::Ok, Vec::new()), "{goal}");
    }
}

#[test]
fn what_does_not_happen_makes_the_run_invalid() {
    for (goal, why) in [
        ("must send RestoreMultipleIncrementalBackups times=3..", "it happened 2 times"),
        ("must send RestoreMultipleIncrementalBackups on=t72001", "it happened 0 times"),
        ("must resend RestoreMultipleIncrementalBackups", "it happened 0 times"),
        ("must run IncrementalRestoreResponse times=0..1", "it happened 2 times"),
        ("must enter Failed of=r", "it happened 0 times"),
        ("must strike reboot of=r from=Running to=Finalizing", "it happened 0 times"),
        ("must run Propose of=r from=\"increment 2\"", "r never entered increment 2"),
    ] {
        let outcome = outcome(&format!("{goal}\n"));
        assert_eq!(outcome.verdict, Verdict::Invalid, "{goal}");
        assert_eq!(outcome.reasons, [format!("goal not reached: '{goal}': {why}")]);
    }
}

#[test]
fn a_fault_that_strikes_at_the_right_time_counts() {
    let fault = "fault \"reboot t1 when op8 enters Finalizing\"\n";
    let verdict = |goal: &str| outcome(&format!("{fault}{goal}\n")).verdict;
    assert_eq!(verdict("must strike reboot on=t1"), Verdict::Ok);
    assert_eq!(verdict("must strike reboot on=t72001"), Verdict::Invalid);
    assert_eq!(verdict("must strike reset"), Verdict::Invalid);
    assert_eq!(verdict("must strike reboot of=r from=Running to=Ended"), Verdict::Ok);
    assert_eq!(verdict("must strike reboot of=r from=Ended"), Verdict::Invalid);
}

#[test]
fn a_statement_can_wait_for_its_moment() {
    let script = SCRIPT.replace("restore c", "[async] restore c");
    let run_with = |more: &str| {
        let scenario = Scenario::parse("await.sim", &format!("{script}{more}"), ".".as_ref());
        run(&Arc::new(scenario.unwrap_or_else(|error| panic!("{error}"))), &RunOptions::default(), &mut |_| {})
    };
    for moment in [
        "when op8 enters increment 1",
        "at durable of IncrementalRestoreResponse#1 on t1",
        "before RestoreMultipleIncrementalBackups#1 on t1-t72002",
        "after ApplyRecords#1 on t72002-t72004",
    ] {
        let outcome = run_with(&format!("await \"{moment}\"\ncancel r\nwait all\nexpect-restore r state=Cancelled\n"));
        assert_eq!((outcome.verdict, outcome.reasons), (Verdict::Ok, Vec::new()), "{moment}");
    }
    let outcome = run_with("await \"when op8 enters Failed\"\n");
    assert_eq!(outcome.verdict, Verdict::Invalid);
    assert!(
        outcome.reasons[0].starts_with("line 9: what it waits for never came: op8 never entered Failed"),
        "{:?}",
        outcome.reasons
    );
    assert!(flaw("await \"at event 5\"").contains("expected something that happens; 'sleep' waits for a time"));
    assert!(flaw("await \"at exec of X\"").contains("goals.sim:9:19: expected a name and a number"));
}

#[test]
fn what_is_no_goal_is_explained() {
    for (line, expected) in [
        ("must sned X", "goals.sim:9:6: there is no goal 'sned'; did you mean 'send'?"),
        ("must strike rebot", "goals.sim:9:13: there is no fault 'rebot'; did you mean 'reboot'?"),
        ("must enter Completed", "goals.sim:9:12: expected of=RESTORE: whose state it is"),
        ("must send X times=often", "expected how often such as 3, 2.. or 1..4, found 'often'"),
        ("must send X on=here", "expected a tablet such as t1 or a client such as client1, found 'here'"),
        ("must send X from=Running", "expected of=OPERATION beside from= and to="),
        ("must enter Completed of=q", "there is no operation 'q'"),
    ] {
        assert!(flaw(line).contains(expected), "{line}: {}", flaw(line));
    }
}
