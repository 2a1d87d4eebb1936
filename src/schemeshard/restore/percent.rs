//! A restore's percent: fixed weights, so that it never falls.

use crate::ids::OperationId;
use crate::schemeshard::schema::{Outcome, RestoreState, SchemeShardTables};

/// 0 to 100. Each table of each part of the chain weighs its rows (at least 1), fixed at
/// propose; a running one counts the rows acknowledged. At most 99 before the end.
pub fn percent(tables: &SchemeShardTables, operation: OperationId) -> u32 {
    let (Some(restore), Some(state)) = (tables.restores.get(&operation), tables.restore_states.get(&operation)) else {
        return 0;
    };
    match state.state {
        RestoreState::Ended(Outcome::Completed) => return 100,
        RestoreState::Ended(_) | RestoreState::Finalizing(_) => return state.percent,
        RestoreState::Running => {}
    }
    let weight = |rows: &u64| (*rows).max(1);
    let total: u64 = restore.chain.iter().flat_map(|part| part.rows.iter().map(weight)).sum();
    let over: u64 =
        restore.chain.iter().take(state.incremental as usize).flat_map(|part| part.rows.iter().map(weight)).sum();
    let mut running = vec![0_u64; restore.targets.len()];
    for (key, row) in super::work_list(tables, operation, state.incremental) {
        running[key.sub_operation as usize] += row.rows;
    }
    let current = &restore.chain[state.incremental as usize].rows;
    let running: u64 = running.iter().zip(current).map(|(done, rows)| (*done).min(weight(rows))).sum();
    let percent = u32::try_from((over + running) * 100 / total.max(1)).map_or(99, |percent| percent.min(99));
    percent.max(state.percent)
}
