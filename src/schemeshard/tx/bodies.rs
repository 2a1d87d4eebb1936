//! The transactions themselves.

use super::{Private, Way};
use crate::ids::{ClientId, MILLI_US, OperationId, PathId, ServerId, TabletId, TxId};
use crate::local_db::Txn;
use crate::message::{
    ClientMessage, DataShardMessage, Request, ScanResponse, SchemeShardMessage, StepAnswer, StepStatus,
};
use crate::quirk::Quirk;
use crate::schemeshard::outbox::Outbox;
use crate::schemeshard::schema::{Operations, Paths, Phase, SchemeShardTables};
use crate::schemeshard::{PathState, SchemeShard, backup, operation, propose, restore, tree, view};
use crate::settings::SchemeShardSettings;
use crate::side_effects::TimerClass;
use crate::tablet::{PipeEnd, Via};

#[derive(Clone, Debug, Default, Hash)]
pub(in crate::schemeshard) struct Init {
    pub(super) outbox: Outbox,
}

impl Init {
    pub(super) fn execute(&mut self, _: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        tree::create_root(txn);
    }
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct Propose {
    pub(super) server: ServerId,
    pub(super) tx_id: TxId,
    pub(super) request: Request,
    pub(super) outbox: Outbox,
}

impl Propose {
    pub(super) fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        let answer = propose::propose(ss, txn, self.tx_id, &self.request, &mut self.outbox);
        self.outbox.client(self.server, answer);
    }
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct Read {
    pub(super) server: ServerId,
    pub(super) question: SchemeShardMessage,
    pub(super) outbox: Outbox,
}

impl Read {
    pub(super) fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        let tables = txn.tables();
        let answer = match &self.question {
            SchemeShardMessage::DescribePath { path } => view::describe(ss, tables, path),
            SchemeShardMessage::GetBackup { backup } => {
                ClientMessage::Backup { backup: *backup, view: view::backup(tables, *backup) }
            }
            SchemeShardMessage::GetRestore { restore } => {
                ClientMessage::Restore { restore: *restore, view: view::restore(ss, tables, *restore) }
            }
            SchemeShardMessage::ListRestores => ClientMessage::Restores { views: view::restores(ss, tables) },
            SchemeShardMessage::ResolveTable { operation, path_id } => {
                return self.resolve(tables, *operation, *path_id);
            }
            _ => return,
        };
        self.outbox.client(self.server, answer);
    }

    fn resolve(&mut self, tables: &SchemeShardTables, operation: OperationId, path_id: PathId) {
        let resolution = view::resolve(tables, operation, path_id);
        self.outbox.resolution(self.server, DataShardMessage::Resolved { operation, path_id, resolution });
    }
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct Notify {
    pub(super) server: ServerId,
    pub(super) tx_id: TxId,
    pub(super) outbox: Outbox,
}

impl Notify {
    pub(super) fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        if txn.get::<Operations>(&self.tx_id.operation()).is_some() {
            ss.waiters.entry(self.tx_id).or_default().insert(self.server);
        } else {
            self.outbox.client(self.server, ClientMessage::TxCompleted { tx_id: self.tx_id });
        }
    }
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct HiveReply {
    pub(super) tablet: TabletId,
    pub(super) phase: Phase,
    pub(super) outbox: Outbox,
}

impl HiveReply {
    /// The hive does not know operations: all that wait for this of this tablet are meant.
    pub(super) fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        let waits = |operation: &OperationId| {
            txn.get::<Operations>(operation).is_some_and(|row| row.phase == self.phase)
                && ss.rounds[operation].waiting.contains(&self.tablet)
        };
        let waiting: Vec<OperationId> = ss.rounds.keys().copied().filter(waits).collect();
        for operation in waiting {
            operation::answered(ss, txn, operation, self.tablet, &mut self.outbox);
        }
    }
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct Reply {
    pub(super) operation: OperationId,
    pub(super) tablet: TabletId,
    pub(super) via: Via,
    pub(super) answer: StepAnswer,
    pub(super) outbox: Outbox,
}

impl Reply {
    pub(super) fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        note_answer(ss, Some(self.via));
        let current = txn.get::<Operations>(&self.operation).is_some_and(|row| row.round == self.answer.seq.round);
        match self.answer.status {
            StepStatus::Done if current => {
                operation::answered(ss, txn, self.operation, self.tablet, &mut self.outbox);
            }
            StepStatus::NotYet if current => {
                let again = Private::AskAgain { operation: self.operation, tablet: self.tablet };
                self.outbox.timer(10 * MILLI_US, TimerClass::Due, again);
            }
            StepStatus::Done | StepStatus::NotYet | StepStatus::Stale => {}
        }
    }
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct Resume {
    pub(super) operation: OperationId,
    pub(super) outbox: Outbox,
}

impl Resume {
    pub(in crate::schemeshard) fn new(operation: OperationId) -> Resume {
        Resume { operation, outbox: Outbox::default() }
    }

    pub(super) fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        operation::ask_all(ss, txn, self.operation, &mut self.outbox);
        backup::arm_cut_timeout(ss, txn, self.operation, &mut self.outbox);
    }
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct PipeLost {
    pub(super) client: ClientId,
    pub(super) end: PipeEnd,
    pub(super) outbox: Outbox,
}

impl PipeLost {
    pub(super) fn new(client: ClientId, end: PipeEnd) -> PipeLost {
        PipeLost { client, end, outbox: Outbox::default() }
    }

    pub(super) fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        let Some(lost) = ss.pool.destroyed(self.client) else {
            return;
        };
        let (operation, tablet) = (lost.owner, lost.tablet);
        // Otherwise a tablet that is gone for good would be asked again and again.
        if self.end == PipeEnd::Deleted && !ss.info.quirks.has(Quirk::DeletedTabletRetried) {
            if restore::tablet_deleted(ss, txn, operation, tablet) {
                self.outbox.note(Private::Verdict { operation });
            }
            return self.deleted(ss, txn, operation, tablet);
        }
        self.outbox.timer(lost.delay_us, TimerClass::Due, Private::AskAgain { operation, tablet });
    }

    /// Who is to be told of an end needs no telling any more; whose rows are wanted has lost them.
    fn deleted(
        &mut self,
        ss: &mut SchemeShard,
        txn: &mut Txn<'_, SchemeShardTables>,
        operation: OperationId,
        tablet: TabletId,
    ) {
        match txn.get::<Operations>(&operation).map(|row| row.phase) {
            Some(phase @ (Phase::Prepare | Phase::PrepareIndexes | Phase::Transfer)) => {
                backup::source_deleted(ss, txn, operation, tablet, phase, &mut self.outbox);
            }
            Some(
                Phase::AlterShards
                | Phase::Cut
                | Phase::Finalize
                | Phase::Release
                | Phase::Abort
                | Phase::DropStreams
                | Phase::DeleteShards
                | Phase::Activate
                | Phase::InitShards,
            ) => operation::answered(ss, txn, operation, tablet, &mut self.outbox),
            Some(Phase::CreateShards | Phase::Handover | Phase::Increments) | None => {}
        }
    }
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct OperationTimer {
    pub(super) operation: OperationId,
    pub(super) tablet: Option<TabletId>,
    pub(super) outbox: Outbox,
}

impl OperationTimer {
    pub(super) fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        let Some(row) = txn.get::<Operations>(&self.operation) else {
            return;
        };
        match (row.phase, self.tablet) {
            (Phase::Increments, Some(tablet)) => {
                restore::progress(ss, txn, self.operation, Way::PipeRetry(tablet), &mut self.outbox);
            }
            (_, Some(tablet)) => operation::ask_again(ss, txn, self.operation, tablet, &mut self.outbox),
            (_, None) => backup::cut_timeout(ss, txn, self.operation, &mut self.outbox),
        }
    }
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct Configure {
    pub(super) settings: SchemeShardSettings,
    pub(super) outbox: Outbox,
}

impl Configure {
    pub(super) fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        let before = ss.settings.max_incremental_restore_tables_in_flight;
        ss.settings = self.settings;
        if before == 0 && ss.info.quirks.has(Quirk::CapZeroForever) {
            ss.settings.max_incremental_restore_tables_in_flight = 0;
        }
        let restores: Vec<OperationId> = txn.tables().restore_states.keys().copied().collect();
        for restore in restores {
            restore::arm_deadlines(ss, txn, restore, &mut self.outbox);
            self.outbox.note(Private::RunIncrementalRestore { operation: restore });
        }
        for operation in ss.rounds.keys() {
            backup::arm_cut_timeout(ss, txn, *operation, &mut self.outbox);
        }
    }
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct BackupResponse {
    pub(super) via: Via,
    pub(super) response: ScanResponse,
    pub(super) outbox: Outbox,
}

impl BackupResponse {
    pub(super) fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        note_answer(ss, Some(self.via));
        backup::response(ss, txn, &self.response, &mut self.outbox);
    }
}

#[derive(Clone, Debug, Default, Hash)]
pub(in crate::schemeshard) struct Relock {
    pub(super) outbox: Outbox,
}

impl Relock {
    pub(super) fn execute(&mut self, _: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        let restores: Vec<_> = txn.tables().restores.values().cloned().collect();
        for target in restores.iter().flat_map(|restore| &restore.targets) {
            txn.update::<Paths>(target, |row| row.state = PathState::IncomingIncrementalRestore);
        }
    }
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct Disconnected {
    pub(super) server: ServerId,
    pub(super) outbox: Outbox,
}

impl Disconnected {
    pub(super) fn execute(&mut self, ss: &mut SchemeShard, _: &mut Txn<'_, SchemeShardTables>) {
        ss.waiters.retain(|_, servers| {
            servers.remove(&self.server);
            !servers.is_empty()
        });
    }
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct Response {
    pub(super) via: Via,
    pub(super) response: ScanResponse,
    pub(super) outbox: Outbox,
}

impl Response {
    pub(super) fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        note_answer(ss, Some(self.via));
        restore::response(ss, txn, &self.response, &mut self.outbox);
    }
}

#[derive(Clone, Debug, Hash)]
pub(in crate::schemeshard) struct Progress {
    pub(super) operation: OperationId,
    pub(super) way: Way,
    pub(super) outbox: Outbox,
}

impl Progress {
    pub(super) fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        restore::progress(ss, txn, self.operation, self.way, &mut self.outbox);
    }
}

fn note_answer(ss: &mut SchemeShard, via: Option<Via>) {
    if let Some(Via::Client(client)) = via {
        ss.pool.answered(client);
    }
}
