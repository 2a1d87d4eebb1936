//! Every quirk is found by search, and its own oracle objects, with a report that is kept.
//!
//! No schedule here was written for a quirk: each is tried with no fault, then with every
//! single fault of the smallest scenarios, then, if it takes two, with an abort of a scan
//! and every single reboot after it. `UPDATE_REPORTS=1 cargo test --test quirks` writes the
//! reports anew; read them before you keep them.

mod common;

use common::{all_faults, go, load};
use std::path::Path;
use std::sync::Arc;
use tablets::quirk::{Quirk, Quirks};
use tabletsim::fault::{Action, ActionKind, Fault, Schedule, points};
use tabletsim::oracle;
use tabletsim::run::Outcome;
use tabletsim::scenario::Scenario;

/// Schedules of one fault, or of two where the first aborts a scan.
fn schedules(scenario: &Arc<Scenario>, faults: usize) -> Vec<Vec<Fault>> {
    let singles = all_faults(scenario);
    if faults < 2 {
        return singles.into_iter().map(|fault| vec![fault]).collect();
    }
    let aborts = singles.into_iter().filter(|fault| matches!(fault.action, Action::Inject { .. }));
    let mut pairs = Vec::new();
    for abort in aborts {
        let first = go(scenario, vec![abort.clone()], Quirks::NONE, true);
        let reboots = points(&first.trace).into_iter().flat_map(|point| point.faults(ActionKind::Reboot));
        pairs.extend(reboots.map(|reboot| vec![abort.clone(), reboot]));
    }
    pairs
}

/// Where a quirk is looked for, the smallest first. Only where there are two collections can one
/// restore touch the other.
fn scenarios(quirk: Quirk) -> &'static [&'static str] {
    match quirk.oracle() {
        "isolation" => &["beside.sim"],
        _ => &["tiny.sim", "small.sim", "index.sim", "restore.sim", "split.sim", "paused.sim", "forgotten.sim"],
    }
}

/// The first schedule under which the quirk's own oracle objects, and the run, traced.
fn hunt(quirk: Quirk) -> (String, usize, Outcome) {
    let quirks = Quirks::NONE.with(quirk);
    let mut runs = 0;
    for faults in 0..=2 {
        for name in scenarios(quirk) {
            let too_many = match *name {
                "tiny.sim" => 3,
                "small.sim" | "index.sim" | "restore.sim" | "split.sim" | "beside.sim" => 2,
                _ => 1,
            };
            if faults >= too_many {
                continue;
            }
            let scenario = load(name);
            let candidates = if faults == 0 { vec![Vec::new()] } else { schedules(&scenario, faults) };
            for candidate in candidates {
                runs += 1;
                let outcome = go(&scenario, candidate.clone(), quirks, false);
                if outcome.objections.first().is_some_and(|objection| objection.oracle == quirk.oracle()) {
                    let found = format!("{name} with [{}]", Schedule(candidate.clone()));
                    return (found, runs, go(&scenario, candidate, quirks, true));
                }
            }
        }
    }
    panic!("{quirk} was not found by {} in {runs} runs", quirk.oracle());
}

fn found_with_report(quirk: Quirk) {
    let (found, runs, outcome) = hunt(quirk);
    println!("{quirk}: {} objects in run {runs}: {found}", quirk.oracle());
    let mut report = format!("--quirk {quirk}, found in {found}\n\nverdict: {}\n", outcome.verdict);
    for objection in &outcome.objections {
        report += &format!("{objection}\n");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports").join(format!("{quirk}.txt"));
    if std::env::var_os("UPDATE_REPORTS").is_some() {
        std::fs::write(&path, &report).expect("the report can be written");
    }
    let kept = std::fs::read_to_string(&path).expect("the report is kept");
    assert_eq!(report, kept, "the report differs from {}", path.display());
}

macro_rules! each_quirk {
    ($($test:ident = $quirk:ident;)+) => {
        $(
            #[test]
            fn $test() {
                found_with_report(Quirk::$quirk);
            }
        )+

        #[test]
        fn every_quirk_has_its_test_and_every_oracle_its_quirk() {
            for quirk in [$(Quirk::$quirk,)+] {
                assert!(!quirk.oracles().is_empty(), "{quirk} has an oracle that must object");
            }
            for oracle in oracle::all() {
                let seen = Quirk::ALL.iter().any(|quirk| quirk.oracle() == oracle.name());
                assert!(seen, "{} was never seen red", oracle.name());
            }
        }
    };
}

each_quirk! {
    advance_early = AdvanceEarly;
    volatile_queue = VolatileQueue;
    aborted_scan_is_success = AbortedScanIsSuccess;
    timer_not_rearmed = TimerNotRearmed;
    relock_dropped_path = RelockDroppedPath;
    path_state_part_rebuild_aborts = PathStatePartRebuildAborts;
    finish_by_readiness = FinishByReadiness;
    pipe_per_message = PipePerMessage;
    cap_zero_forever = CapZeroForever;
    forget_while_finalizing = ForgetWhileFinalizing;
    index_tables_forgotten = IndexTablesForgotten;
    frozen_shards = FrozenShards;
    ready_counter_leak = ReadyCounterLeak;
    refcount_not_rebuilt = RefcountNotRebuilt;
    early_send = EarlySend;
    txid_forgotten = TxidForgotten;
    finalize_touches_others = FinalizeTouchesOthers;
    full_only_chain_silent = FullOnlyChainSilent;
    wrong_target_path = WrongTargetPath;
    pipe_owned_by_scan = PipeOwnedByScan;
}
