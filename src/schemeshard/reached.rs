//! The states of operations by name, for faults and goals that are anchored at them.

use crate::schemeshard::schema::{RestoreState, RestoreStateRow, SchemeShardTables};
use crate::tablet::Reached;

/// Where operations are by these rows: each has its phase, a restore its state too.
pub(super) fn reached(written: &SchemeShardTables) -> Vec<Reached> {
    let phases = written.operations.iter().map(|(operation, row)| Reached {
        operation: *operation,
        aspect: "phase",
        names: vec![format!("{:?}", row.phase)],
    });
    let restores = written.restore_states.iter().map(|(operation, row)| Reached {
        operation: *operation,
        aspect: "restore",
        names: names(row),
    });
    phases.chain(restores).collect()
}

fn names(row: &RestoreStateRow) -> Vec<String> {
    match row.state {
        RestoreState::Running => vec!["Running".to_owned(), format!("increment {}", row.incremental)],
        RestoreState::Finalizing(outcome) => vec!["Finalizing".to_owned(), format!("Finalizing({outcome:?})")],
        RestoreState::Ended(outcome) => vec!["Ended".to_owned(), format!("{outcome:?}")],
    }
}
