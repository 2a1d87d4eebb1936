//! What the zoo has found once is kept here: for each quirk a run in which its oracle objects,
//! and which is well without it. The searches themselves are `tabletsim zoo`'s.

mod common;

use common::load;
use std::path::Path;
use tablets::quirk::{Quirk, Quirks};
use tabletsim::explore::Fingerprint;
use tabletsim::explore::zoo::is_expected;
use tabletsim::run::{RunOptions, run};

/// Quirk, scenario, schedule: as the search found them, with the fewest faults.
const KEPT: &[(Quirk, &str, &str)] = &[
    (Quirk::AckOnScanStart, "tiny.sim", ""),
    (Quirk::AbsorbAfterReboot, "scan_aborted.sim", "reboot t1 at done of Propose#5 old=lives"),
    (Quirk::RenumberOnResume, "scan_aborted.sim", ""),
    (Quirk::ResetOrderOnGeneration, "cancelled_too_late.sim", "reboot t72001 at done of TxWrite#1 old=lives"),
    (Quirk::ChainByName, "altered.sim", ""),
    (Quirk::OwnPartitionOnly, "tiny.sim", ""),
    (Quirk::SkipUnresolved, "shard_deleted.sim", ""),
    (Quirk::StateInMemory, "response_lost.sim", ""),
    (Quirk::RunEventGap, "cancelled_too_late.sim", "reboot t1 at done of OperationReply#4 old=lives"),
    (Quirk::CancelledScanSilent, "scan_aborted.sim", ""),
    (Quirk::DeletedTabletRetried, "shard_deleted.sim", ""),
    (Quirk::DropDuringFinalize, "dropped.sim", ""),
    (Quirk::BackupRotationHalfDone, "backup_failed.sim", "reboot t72001 at done of TxWrite#2"),
    (Quirk::LeafNamePaths, "indexed.sim", ""),
];

/// A run that hangs ends after so many events.
const EVENTS: u64 = 50_000;

fn failure(scenario: &str, schedule: &str, quirks: Quirks) -> Option<Fingerprint> {
    let schedule = schedule.parse().expect("a schedule that was printed can be read");
    let options = RunOptions { quirks, schedule, event_budget: EVENTS, ..RunOptions::default() };
    Fingerprint::of(&run(&load(scenario), &options, &mut |_| {}))
}

#[test]
fn what_was_found_is_found_again() {
    for (quirk, scenario, schedule) in KEPT {
        let found = failure(scenario, schedule, Quirks::NONE.with(*quirk));
        let found = found.unwrap_or_else(|| panic!("nobody objects to {quirk} in {scenario} with [{schedule}]"));
        assert!(is_expected(*quirk, &found), "to {quirk} objects {found}");
        let without = failure(scenario, schedule, Quirks::NONE);
        assert_eq!(without, None, "{scenario} with [{schedule}] is well without {quirk}");
    }
}

#[test]
fn every_quirk_was_found() {
    let reports = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports");
    for quirk in Quirk::ALL {
        let kept = KEPT.iter().any(|(kept, ..)| kept == quirk);
        assert!(kept || reports.join(format!("{quirk}.txt")).is_file(), "{quirk} was never found");
    }
}
