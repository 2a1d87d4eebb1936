//! The end of a restore: the outcome is chosen once, every shard is told, and then one
//! commit releases the paths and says how it ended.

use crate::ids::{OperationId, TabletId};
use crate::local_db::Txn;
use crate::message::{Issue, ShardStep};
use crate::quirk::Quirk;
use crate::schemeshard::operation::{end, enter};
use crate::schemeshard::outbox::Outbox;
use crate::schemeshard::restore::progress::clear_work_list;
use crate::schemeshard::restore::{percent, shard_counts, shards_of};
use crate::schemeshard::schema::{
    FinalStatus, IncrementalRestoreState, Outcome, Phase, RestoreState, SchemeShardTables, Tables,
};
use crate::schemeshard::{PathState, Private, SchemeShard, index, tree};
use std::collections::BTreeMap;

/// The targets' shards exist and are born with the lineage: from here on increments run,
/// unless the outcome was chosen meanwhile.
pub(in crate::schemeshard) fn control_done(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    outbox: &mut Outbox,
) {
    for target in txn.tables().restores[&operation].targets.clone() {
        if !tree::exists(txn.tables(), target) {
            continue;
        }
        index::hold(txn, target, PathState::IncomingIncrementalRestore, operation);
    }
    match txn.tables().restore_states[&operation].state {
        RestoreState::Running => {
            enter(ss, txn, operation, Phase::Increments, outbox);
            outbox.note(Private::RunIncrementalRestore { operation });
        }
        RestoreState::Finalizing(_) => enter(ss, txn, operation, Phase::Finalize, outbox),
        RestoreState::Ended(_) => panic!("{operation} has ended before its targets were made"),
    }
}

/// Why a restore does not complete.
pub(in crate::schemeshard) struct Failure {
    pub(in crate::schemeshard) status: FinalStatus,
    pub(in crate::schemeshard) message: String,
}

/// Chooses the outcome; the first choice stands.
pub(in crate::schemeshard) fn choose(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    outcome: Outcome,
    failure: Option<Failure>,
    outbox: &mut Outbox,
) {
    let reached = percent(txn.tables(), operation);
    let why = failure.as_ref().map(|failure| &failure.message);
    tracing::debug!(operation = operation.0, ?outcome, why, "outcome chosen");
    txn.update::<IncrementalRestoreState>(&operation, |state| {
        assert!(state.state == RestoreState::Running, "{operation} chooses its outcome once, it is {}", state.state);
        assert_eq!(outcome != Outcome::Completed, failure.is_some(), "whoever does not complete says why");
        state.state = RestoreState::Finalizing(outcome);
        state.percent = reached;
        state.status = Some(failure.as_ref().map_or(FinalStatus::Success, |failure| failure.status));
        state.issues.extend(failure.map(|failure| Issue { message: failure.message, fatal: true }));
    });
    if txn.tables().operations[&operation].phase == Phase::Increments {
        enter(ss, txn, operation, Phase::Finalize, outbox);
    }
}

/// Whom the end must reach: every target, and every source that was ever asked.
pub(in crate::schemeshard) fn finalize_steps(
    tables: &SchemeShardTables,
    operation: OperationId,
) -> Vec<(TabletId, ShardStep)> {
    let restore = &tables.restores[&operation];
    let asked = tables.restore_states[&operation].incremental as usize + 1;
    let sources = restore.chain.iter().take(asked).flat_map(|part| &part.tables);
    let mut steps: BTreeMap<TabletId, ShardStep> = BTreeMap::new();
    for tablet in sources.flat_map(|table| shards_of(tables, *table)) {
        steps.insert(tablet, ShardStep::CancelScan);
    }
    for tablet in restore.targets.iter().flat_map(|table| shards_of(tables, *table)) {
        let before = steps.insert(tablet, ShardStep::EndRestore);
        assert!(before.is_none(), "{tablet} is a target of {operation}, so it is no source");
    }
    steps.into_iter().collect()
}

/// Every shard has acknowledged the end.
pub(in crate::schemeshard) fn finish(
    ss: &mut SchemeShard,
    txn: &mut Txn<'_, SchemeShardTables>,
    operation: OperationId,
    outbox: &mut Outbox,
) {
    let state = txn.tables().restore_states[&operation].clone();
    let RestoreState::Finalizing(outcome) = state.state else {
        panic!("{operation} finishes after its outcome was chosen, it is {}", state.state);
    };
    if outcome != Outcome::Completed {
        for target in txn.tables().restores[&operation].targets.clone() {
            txn.update::<Tables>(&target, |table| table.incomplete = true);
        }
    }
    let shards = shard_counts(txn.tables(), operation, state.incremental);
    let moved = clear_work_list(txn, operation, state.incremental);
    txn.update::<IncrementalRestoreState>(&operation, |state| {
        state.state = RestoreState::Ended(outcome);
        state.shards = shards;
        moved.add_to(state);
    });
    if txn.tables().restores[&operation].chain.len() == 1 && ss.info.quirks.has(Quirk::FullOnlyChainSilent) {
        txn.erase::<IncrementalRestoreState>(&operation);
    }
    let unknown = ss.sent.remove(&operation).is_none();
    if unknown && ss.info.quirks.has(Quirk::FinalizeTouchesOthers) {
        tree::release_incoming(txn);
    }
    end(ss, txn, operation, outbox);
}
