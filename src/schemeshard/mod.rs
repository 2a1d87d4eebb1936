//! SchemeShard: paths, operations, backup collections and restores.
//!
//! Where to look:
//! * `schema` — the durable tables; everything else follows from them.
//! * `propose` — one file per request a client can make; all or nothing.
//! * `operation` — phases, and who was asked what; `backup`, `collection` and `restore`
//!   hold what is particular to them.
//! * `restore` — the incremental restore: work list, `TTxProgress`, verdicts, the end.
//! * `tx` — the transactions: each a way in, none with logic of its own.
//!
//! Rules:
//! * A request is answered when what it began is durable, and its identity is kept for ever.
//! * A question to a shard leaves after the row that says "asked" is durable, and boot
//!   asks exactly those again.
//! * Nothing writes a state over a dropped path.
//!
//! Left out: publications, subdomains, ACLs, plan steps and every object that backup and
//! restore do not touch.

mod backup;
mod collection;
mod counters;
mod index;
mod operation;
mod outbox;
mod path_state;
mod propose;
mod reached;
mod restore;
mod schema;
mod split;
mod tree;
mod tx;
mod view;

pub use counters::{HeldPaths, RestoreCounters, RestoreInfo, SchemeShardCounters};
pub use path_state::PathState;
pub use restore::{percent, rows_and_bytes};
pub use schema::*;
pub use tx::{Force, Private, SchemeShardTx};

use crate::counters::Counter;
use crate::ids::{OperationId, ServerId, TxId};
use crate::message::{ScanResponse, SchemeShardMessage};
use crate::pipe::{ClientIds, PipePool, RetryPolicy};
use crate::quirk::Quirk;
use crate::settings::SchemeShardSettings;
use crate::tablet::{BootInfo, Event, Kept, Reached, Tablet, Wait};
use operation::Round;
use std::collections::{BTreeMap, BTreeSet};
use tree::Tree;
use tx::{Resume, Way};

/// A SchemeShard's memory.
#[derive(Clone, Debug, Hash)]
pub struct SchemeShard {
    info: BootInfo,
    settings: SchemeShardSettings,
    tree: Tree,
    rounds: BTreeMap<OperationId, Round>,
    sent: BTreeMap<OperationId, BTreeSet<ProgressKey>>,
    pool: PipePool<OperationId>,
    ids: ClientIds,
    waiters: BTreeMap<TxId, BTreeSet<ServerId>>,
    /// Reports that are not written yet: none, but for a quirk.
    unwritten: BTreeMap<ProgressKey, ScanResponse>,
    counters: SchemeShardCounters,
    /// At which part the next proposal fails, if a fault asked for it.
    fail_part: Option<u32>,
}

impl SchemeShard {
    /// What it counted since it booted.
    pub fn counters(&self) -> SchemeShardCounters {
        self.counters
    }
}

/// A round for each operation, in which nobody has been asked.
fn rounds(info: BootInfo, tables: &SchemeShardTables) -> BTreeMap<OperationId, Round> {
    let forgets = info.quirks.has(Quirk::RefcountNotRebuilt);
    let known = tables.operations.iter().filter(|(_, row)| !forgets || row.kind != OperationKind::Restore);
    known.map(|(operation, _)| (*operation, Round::default())).collect()
}

/// The part of SchemeShard's memory that must follow from its tables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SchemeShardDerived {
    tree: Tree,
    operations: BTreeSet<OperationId>,
}

impl Tablet for SchemeShard {
    const KIND: &'static str = "SchemeShard";
    type Schema = SchemeShardTables;
    type Message = SchemeShardMessage;
    type Private = Private;
    type Config = SchemeShardSettings;
    type Tx = SchemeShardTx;
    type Derived = SchemeShardDerived;

    fn boot(info: BootInfo, settings: &SchemeShardSettings, tables: &SchemeShardTables) -> (Self, Vec<SchemeShardTx>) {
        let ss = SchemeShard {
            info,
            settings: *settings,
            tree: Tree::of(tables),
            rounds: rounds(info, tables),
            sent: BTreeMap::new(),
            pool: PipePool::new(RetryPolicy::TABLET),
            ids: ClientIds::default(),
            waiters: BTreeMap::new(),
            unwritten: BTreeMap::new(),
            counters: SchemeShardCounters::default(),
            fail_part: None,
        };
        restore::check_rows(tables);
        let mut resume = Vec::new();
        if tables.paths.is_empty() {
            resume.push(SchemeShardTx::Init(tx::Init::default()));
        }
        if info.quirks.has(Quirk::RelockDroppedPath) {
            resume.push(SchemeShardTx::Relock(tx::Relock::default()));
        }
        for (operation, row) in tables.operations.iter() {
            let rebuilds = row.kind == OperationKind::Restore && row.phase != Phase::Increments;
            assert!(
                !(rebuilds && info.quirks.has(Quirk::PathStatePartRebuildAborts)),
                "{operation}: a part that changes path states cannot be rebuilt from {:?}",
                row.phase
            );
            if row.phase != Phase::Increments {
                resume.push(SchemeShardTx::Resume(Resume::new(*operation)));
            }
            let forgotten = info.quirks.has(Quirk::StateInMemory)
                || info.quirks.has(Quirk::RunEventGap) && restore::waits_for_run_event(tables, *operation);
            if row.kind == OperationKind::Restore && !forgotten {
                resume.push(SchemeShardTx::progress(*operation, Way::Boot));
            }
        }
        (ss, resume)
    }

    fn injection(name: &str) -> Option<Private> {
        tx::injection(name)
    }

    fn receive(&self, event: Event<Self>) -> Option<SchemeShardTx> {
        tx::route(self, event)
    }

    fn derived(&self) -> SchemeShardDerived {
        SchemeShardDerived { tree: self.tree.clone(), operations: self.rounds.keys().copied().collect() }
    }

    fn reached(written: &SchemeShardTables) -> Vec<Reached> {
        reached::reached(written)
    }

    fn counters(&self, tables: &SchemeShardTables) -> Vec<Counter> {
        counters::list(self, tables)
    }

    fn keeps(&self) -> Vec<Kept> {
        view::keeps(self)
    }

    fn memory(&self) -> Vec<(&'static str, String)> {
        view::memory(self)
    }

    fn waits(&self, tables: &SchemeShardTables) -> Vec<Wait> {
        view::waits(self, tables)
    }
}
