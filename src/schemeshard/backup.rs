//! Taking a backup: the consistent cut, the copy, and what becomes of the streams.
//!
//! All source shards block writes (Prepare), first those of tables, which answer when their
//! indexes are up to date, then those of index tables. Only when every one has said so is the
//! cut decided, by the commit that enters the phase Cut. A shard then, in one commit,
//! closes its open change stream, opens the next, keeps a snapshot if the backup is full,
//! and unblocks. So no write falls between two shards' cuts, and the rotation of streams
//! either happens everywhere or nowhere.
//!
//! Closed streams are deleted only when a Completed backup holds them: a failed one
//! leaves them in front of the next.
//!
//! Left out: YDB's copy by borrowed parts (rows travel here) and its cdc topics.

use crate::ids::{OperationId, TabletId};
use crate::local_db::Txn;
use crate::message::{Issue, ScanResponse, Severity};
use crate::schemeshard::operation::{copy_again, enter};
use crate::schemeshard::outbox::Outbox;
use crate::schemeshard::schema::{BackupStatus, Backups, Phase, SchemeShardTables};
use crate::schemeshard::{Private, SchemeShard, operation, split, tree};
use crate::side_effects::TimerClass;

/// Begins to block writes, and to count the time until all are blocked.
pub(super) fn start_prepare(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    outbox: &mut Outbox,
) {
    let now = txn.steady();
    txn.update::<Backups>(&operation, |backup| backup.prepare_from = Some(now));
    enter(ss, txn, operation, Phase::Prepare, outbox);
    arm_cut_timeout(ss, txn, operation, outbox);
}

/// Arms the timer of a cut that is being prepared: at its start, after a reboot, and when the
/// time allowed has changed.
pub(super) fn arm_cut_timeout(
    ss: &SchemeShard,
    txn: &Txn<'_, SchemeShardTables>,
    operation: OperationId,
    outbox: &mut Outbox,
) {
    let prepares = txn.tables().operations.get(&operation).is_some_and(|row| is_preparing(row.phase));
    let from = txn.tables().backups.get(&operation).and_then(|backup| backup.prepare_from);
    if let Some(from) = from.filter(|_| prepares) {
        let at_us = from.plus(ss.settings.cut_timeout_us as u64).0;
        let delay_us = at_us.saturating_sub(txn.steady().0);
        outbox.timer(delay_us, TimerClass::Deadline, Private::CutTimeout { operation });
    }
}

/// A shard is deleted; if it is a source of the backup, and not one whose heirs have its rows, then they are lost. Before the cut everybody else
/// unblocks; a shard lost during the cut is missed when its rows are copied.
pub(super) fn source_deleted(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    tablet: TabletId,
    phase: Phase,
    outbox: &mut Outbox,
) {
    if lost_a_table(ss, txn, operation, phase, outbox)
        || !operation::copied_from(txn.tables(), operation).contains(&tablet)
    {
        return;
    }
    fail(txn, operation, format!("{tablet} is deleted, its data is lost"));
    let next = if is_preparing(phase) { Phase::Abort } else { Phase::Release };
    enter(ss, txn, operation, next, outbox);
}

/// Fails a backup one of whose tables or copies was dropped by force; `true` if that is news.
pub(super) fn lost_a_table(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    phase: Phase,
    outbox: &mut Outbox,
) -> bool {
    let backup = &txn.tables().backups[&operation];
    let paths = backup.items.iter().flat_map(|item| [item.source, item.table]);
    let Some(gone) = paths.into_iter().find(|path| !tree::exists(txn.tables(), *path)) else {
        return false;
    };
    if backup.status != BackupStatus::Running {
        return false;
    }
    fail(txn, operation, format!("{} was dropped", tree::absolute(txn.tables(), gone)));
    enter(ss, txn, operation, if is_preparing(phase) { Phase::Abort } else { Phase::Release }, outbox);
    true
}

/// The time to prepare is over: unless the cut was decided, the backup is aborted.
pub(super) fn cut_timeout(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    outbox: &mut Outbox,
) {
    let Some(row) = txn.tables().operations.get(&operation) else {
        return;
    };
    let from = txn.tables().backups.get(&operation).and_then(|backup| backup.prepare_from);
    let due = from.is_some_and(|from| txn.steady() >= from.plus(ss.settings.cut_timeout_us as u64));
    if is_preparing(row.phase) && due {
        let missing = ss.rounds[&operation].waiting.len();
        fail(txn, operation, format!("{missing} shards did not block writes in time; no cut was made"));
        enter(ss, txn, operation, Phase::Abort, outbox);
    }
}

/// A source shard reports on its copy.
pub(super) fn response(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    response: &ScanResponse,
    outbox: &mut Outbox,
) {
    let (operation, tablet) = (response.tx_id, response.tablet_id);
    if !is_awaited(ss, txn.tables(), operation, tablet, response.attempt) {
        ss.counters.stale_responses_dropped += 1;
        return;
    }
    match response.status.severity() {
        Severity::Progress => {}
        Severity::Success => {
            let round = ss.rounds.get_mut(&operation).expect("an awaited answer has its round");
            round.rows.insert((response.sub_operation, tablet), response.processed_rows);
            operation::answered(ss, txn, operation, tablet, outbox);
        }
        Severity::Retriable if split::moving(txn.tables()).contains(&tablet) => {
            ss.counters.stale_responses_dropped += 1;
        }
        Severity::Retriable if lost_a_table(ss, txn, operation, Phase::Transfer, outbox) => {}
        Severity::Retriable => copy_again(ss, operation, tablet, outbox),
        Severity::Fatal => {
            let reason = response.issues.last().map_or("no reason given", |issue| &issue.message);
            fail(txn, operation, format!("{tablet} could not copy: {}: {reason}", response.status));
            enter(ss, txn, operation, Phase::Release, outbox);
        }
    }
}

/// Everything is copied and acknowledged: from now on the backup can be restored from.
pub(super) fn complete(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    outbox: &mut Outbox,
) {
    let rows = ss.rounds.get(&operation).map(|round| round.rows.clone()).unwrap_or_default();
    txn.update::<Backups>(&operation, |backup| {
        assert!(backup.status == BackupStatus::Running, "a backup completes once, and not after it failed");
        backup.status = BackupStatus::Completed;
        for ((sub, _), rows) in rows {
            backup.items[sub as usize].rows += rows;
        }
    });
    enter(ss, txn, operation, Phase::Release, outbox);
}

/// Whether the cut is not decided yet.
fn is_preparing(phase: Phase) -> bool {
    matches!(phase, Phase::Prepare | Phase::PrepareIndexes)
}

fn fail(txn: &mut Txn<'_, SchemeShardTables>, operation: OperationId, message: String) {
    txn.update::<Backups>(&operation, |backup| {
        assert!(backup.status == BackupStatus::Running, "a backup fails once, and not after it completed");
        backup.status = BackupStatus::Failed;
        backup.issues.push(Issue { message, fatal: true });
    });
}

/// Whether this report is of the current attempt of a copy that has not ended.
fn is_awaited(
    ss: &SchemeShard,
    tables: &SchemeShardTables,
    operation: OperationId,
    tablet: TabletId,
    attempt: u32,
) -> bool {
    let transfers = tables.operations.get(&operation).is_some_and(|row| row.phase == Phase::Transfer);
    transfers
        && ss.rounds.get(&operation).is_some_and(|round| {
            round.waiting.contains(&tablet) && attempt == 1 + round.attempts.get(&tablet).unwrap_or(&0)
        })
}
