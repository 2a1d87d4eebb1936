//! Every quirk is found by search, by its own oracle, with a report that is kept.
//!
//! No schedule here was written for a quirk. All scenarios are tried without faults, the smallest
//! first, and then with single faults at every point, until the quirk's oracle objects. It is the
//! only one that watches, so that it has to find the mistake itself, and a run is a copy of the
//! finished setup. Most mistakes show at many points, so each scenario is gone through in large
//! steps first. `UPDATE_REPORTS=1 cargo test --test quirks` writes the reports anew; read them
//! before you keep them.

mod common;

use common::{go, load};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tablets::quirk::{Quirk, Quirks};
use tabletsim::fault::{ActionKind, Fault, Schedule, points};
use tabletsim::oracle;
use tabletsim::run::{Checkpoint, Outcome, RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;

/// Where quirks are looked for, in this order.
const SCENARIOS: [&str; 13] = [
    "tiny.sim",
    "small.sim",
    "paused.sim",
    "forgotten.sim",
    "clocks_jump.sim",
    "scan_aborted.sim",
    "cancelled.sim",
    "split.sim",
    "index.sim",
    "backup.sim",
    "restore.sim",
    "split_indexed.sim",
    "beside.sim",
];

/// What is tried in every scenario before anything of the next round is.
const ROUNDS: [&[ActionKind]; 3] = [
    &[ActionKind::AbortScan, ActionKind::Refuse, ActionKind::Reboot],
    &[ActionKind::Reset, ActionKind::Delay, ActionKind::OldLives],
    &[ActionKind::Fail, ActionKind::Slow, ActionKind::Until, ActionKind::Kill, ActionKind::Isolate],
];

/// Every so many-th fault of each scenario is tried before those between.
const STEP: usize = 17;

/// A scenario, and the single faults of each round at the points of its run without faults.
struct Known {
    scenario: Arc<Scenario>,
    faults: Vec<Vec<Fault>>,
}

static KNOWN: Mutex<BTreeMap<&str, Arc<Known>>> = Mutex::new(BTreeMap::new());

fn known(name: &'static str) -> Arc<Known> {
    let mut all = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = all.entry(name).or_insert_with(|| {
        let scenario = load(name);
        let clean = go(&scenario, Vec::new(), Quirks::NONE, true);
        assert_eq!(clean.verdict, Verdict::Ok, "{name} without faults: {:?} {:?}", clean.reasons, clean.objections);
        let points = points(&clean.trace);
        let of = |kinds: &[ActionKind]| {
            kinds.iter().flat_map(|kind| points.iter().flat_map(|point| point.faults(*kind))).collect()
        };
        Arc::new(Known { scenario, faults: ROUNDS.iter().map(|kinds| of(kinds)).collect() })
    });
    Arc::clone(known)
}

/// A search for one quirk.
struct Hunt {
    options: RunOptions,
    checkpoints: BTreeMap<&'static str, Checkpoint>,
    runs: usize,
}

impl Hunt {
    /// Whether the quirk's oracle objects.
    fn objects(&mut self, name: &'static str, schedule: &Schedule) -> bool {
        self.runs += 1;
        let fresh = || Checkpoint::new(&known(name).scenario, &self.options);
        !self.checkpoints.entry(name).or_insert_with(fresh).run(schedule).objections.is_empty()
    }

    /// The first scenario and schedule under which it does.
    fn first(&mut self) -> Option<(&'static str, Schedule)> {
        let none = Schedule::default();
        if let Some(name) = SCENARIOS.into_iter().find(|name| self.objects(name, &none)) {
            return Some((name, none));
        }
        for (round, offset) in (0..ROUNDS.len()).flat_map(|round| (0..STEP).map(move |offset| (round, offset))) {
            for name in SCENARIOS {
                let known = known(name);
                let schedules = known.faults[round].iter().skip(offset).step_by(STEP);
                let mut schedules = schedules.map(|fault| Schedule(vec![fault.clone()]));
                if let Some(schedule) = schedules.find(|schedule| self.objects(name, schedule)) {
                    return Some((name, schedule));
                }
            }
        }
        None
    }
}

/// Where the quirk's own oracle objects, how many runs it took, and that run, traced.
fn hunt(quirk: Quirk) -> (String, usize, Outcome) {
    let options = RunOptions { quirks: Quirks::NONE.with(quirk), only: vec![quirk.oracle()], ..RunOptions::default() };
    let mut hunt = Hunt { options, checkpoints: BTreeMap::new(), runs: 0 };
    let found = hunt.first();
    let (name, schedule) =
        found.unwrap_or_else(|| panic!("{quirk} was not found by {} in {} runs", quirk.oracle(), hunt.runs));
    let found = format!("{name} with [{schedule}]");
    let options = RunOptions { schedule, record: true, ..hunt.options };
    (found, hunt.runs, run(&known(name).scenario, &options, &mut |_| {}))
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
    stream_lost_with_backup = StreamLostWithBackup;
    cut_without_block = CutWithoutBlock;
    end_without_fence = EndWithoutFence;
    progress_falls = ProgressFalls;
    response_not_persisted = ResponseNotPersisted;
    late_success_overwrites = LateSuccessOverwrites;
    retry_budget_volatile = RetryBudgetVolatile;
    wall_clock_deadline = WallClockDeadline;
    refcount_not_rebuilt = RefcountNotRebuilt;
    early_send = EarlySend;
    txid_forgotten = TxidForgotten;
    finalize_touches_others = FinalizeTouchesOthers;
    full_only_chain_silent = FullOnlyChainSilent;
    wrong_target_path = WrongTargetPath;
    pipe_owned_by_scan = PipeOwnedByScan;
}
