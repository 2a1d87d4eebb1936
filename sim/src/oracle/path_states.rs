//! path_states: every path is in the state that its holder puts it in, and no other.

use crate::oracle::model::name_of;
use crate::oracle::{Facts, Objection, Oracle, View};
use crate::trace::{Record, What};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use tablets::ids::{OperationId, PathId};
use tablets::schemeshard::{
    LongIncrementalRestoreOp, OperationRow, PathKind, PathRow, PathState, Phase, RestoreState, RestoreStateRow,
    SchemeShard, SchemeShardTables,
};

/// While a restore lives: its collection and the backups it has begun to read are Outgoing,
/// those to come Awaiting, its targets Create and then Incoming. A path without holder is
/// NoChanges; a dropped one is NotExist, for ever.
#[derive(Clone, Debug, Default, Hash)]
pub struct PathStates {
    dropped: BTreeSet<PathId>,
    /// A fault has dropped a path by force, held or not.
    forced: bool,
    judged: Judged,
    looked: u64,
}

/// The tables that were judged last. They are shared until they are written, so whether one of
/// them has changed is a comparison of pointers.
#[derive(Clone, Debug, Default)]
struct Judged {
    paths: Arc<BTreeMap<PathId, PathRow>>,
    operations: Arc<BTreeMap<OperationId, OperationRow>>,
    restores: Arc<BTreeMap<OperationId, LongIncrementalRestoreOp>>,
    states: Arc<BTreeMap<OperationId, RestoreStateRow>>,
}

impl Judged {
    fn of(tables: &SchemeShardTables) -> Judged {
        Judged {
            paths: Arc::clone(&tables.paths),
            operations: Arc::clone(&tables.operations),
            restores: Arc::clone(&tables.restores),
            states: Arc::clone(&tables.restore_states),
        }
    }

    fn is(&self, tables: &SchemeShardTables) -> bool {
        Arc::ptr_eq(&self.paths, &tables.paths)
            && Arc::ptr_eq(&self.operations, &tables.operations)
            && Arc::ptr_eq(&self.restores, &tables.restores)
            && Arc::ptr_eq(&self.states, &tables.restore_states)
    }
}

impl Hash for Judged {
    /// They are on SchemeShard's disk, which is a part of the world's state in any case.
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl Oracle for PathStates {
    fn name(&self) -> &'static str {
        "path_states"
    }

    fn rule(&self) -> &'static str {
        "a path's state follows from the operation that holds it; without one it is NoChanges; a dropped path stays \
         NotExist"
    }

    fn facts(&self) -> Facts {
        Facts::DURABLE | Facts::OTHER
    }

    fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection> {
        match &record.what {
            What::Durable { .. } => {}
            What::Fault(line) => {
                self.forced |= line.contains("DropPath:");
                return None;
            }
            _ => return None,
        }
        let tables = view.durable::<SchemeShard>(record.tablet?)?;
        self.looked += 1;
        if self.judged.is(&tables) {
            return None;
        }
        self.judged = Judged::of(&tables);
        let (path, wrong) = self.wrong_path(&tables).or_else(|| wrong_restore(&tables, self.forced))?;
        Some(Objection {
            oracle: self.name(),
            sentence: format!("{} ({path}) {wrong}", name_of(&tables, path)),
            rule: self.rule(),
            tablets: record.tablet.into_iter().collect(),
            steps: vec![record.step],
            details: vec![format!("its row: {}", tables.paths[&path])],
        })
    }

    fn at_end(&mut self, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn looked(&self) -> u64 {
        self.looked
    }
}

impl PathStates {
    fn wrong_path(&mut self, tables: &SchemeShardTables) -> Option<(PathId, String)> {
        for (path, row) in tables.paths.iter() {
            if row.drop_step.is_some() {
                self.dropped.insert(*path);
            }
            if let Some(wrong) = wrong_row(tables, row, self.dropped.contains(path)) {
                return Some((*path, wrong));
            }
        }
        None
    }
}

fn wrong_row(tables: &SchemeShardTables, row: &PathRow, dropped: bool) -> Option<String> {
    let state = row.state;
    match (dropped, row.holder) {
        (true, _) if state != PathState::NotExist => Some(format!("was dropped, and is {state} again")),
        (true, Some(holder)) => Some(format!("was dropped, and is held by {holder}")),
        (true, None) => None,
        (false, None) if state != PathState::NoChanges => Some(format!("is {state}, and nothing holds it")),
        (false, Some(holder)) if !tables.operations.contains_key(&holder) => {
            Some(format!("is held by {holder}, which has ended"))
        }
        (false, Some(_)) if state == PathState::NoChanges => Some("is held, and its state does not say so".to_owned()),
        (false, _) => None,
    }
}

fn wrong_restore(tables: &SchemeShardTables, forced: bool) -> Option<(PathId, String)> {
    tables.restores.iter().find_map(|(operation, restore)| {
        let state = tables.restore_states.get(operation)?;
        match state.state {
            RestoreState::Ended(_) => None,
            _ => {
                let wrong = wrong_hold(tables, *operation, restore, state.incremental)?;
                let gone = forced && tables.paths[&wrong.0].drop_step.is_some();
                (!gone).then_some(wrong)
            }
        }
    })
}

fn wrong_hold(
    tables: &SchemeShardTables,
    operation: OperationId,
    restore: &LongIncrementalRestoreOp,
    incremental: u32,
) -> Option<(PathId, String)> {
    let phase = tables.operations.get(&operation)?.phase;
    let target = match phase {
        Phase::CreateShards | Phase::InitShards => PathState::Create,
        _ => PathState::IncomingIncrementalRestore,
    };
    let index_above = |path: &PathId| {
        let parent = tables.paths.get(path)?.parent?;
        (tables.paths.get(&parent)?.kind == PathKind::Index).then_some(parent)
    };
    let targets = restore.targets.iter().flat_map(|path| [Some(*path), index_above(path)].into_iter().flatten());
    let mut expected: Vec<(PathId, PathState)> = targets.map(|path| (path, target)).collect();
    expected.push((restore.backup_collection_path_id, PathState::OutgoingIncrementalRestore));
    for (i, part) in restore.chain.iter().enumerate() {
        let state = match i as u32 <= incremental {
            true => PathState::OutgoingIncrementalRestore,
            false => PathState::AwaitingOutgoingIncrementalRestore,
        };
        expected.extend(part.tables.iter().map(|path| (*path, state)));
    }
    expected.into_iter().find_map(|(path, state)| {
        let row = tables.paths.get(&path)?;
        let wrong = row.state != state || row.holder != Some(operation);
        wrong.then(|| (path, format!("must be {state} for {operation}, and is {}", row.state)))
    })
}
