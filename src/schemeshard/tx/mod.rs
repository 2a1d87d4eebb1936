//! SchemeShard's transactions: each is a way in, and the rooms it leads to hold the logic.

mod bodies;
mod by_force;
mod by_load;
mod private;
mod route;

pub(super) use bodies::{Init, Relock, Resume};
pub use by_force::Force;
pub use private::Private;
pub(super) use route::route;

use crate::ids::{OperationId, TabletId};
use crate::local_db::Txn;
use crate::schemeshard::SchemeShard;
use crate::schemeshard::outbox::Outbox;
use crate::schemeshard::schema::SchemeShardTables;
use crate::side_effects::SideEffects;
use crate::tablet::{Transaction, TxType};
use bodies::{
    BackupResponse, Configure, Disconnected, HiveReply, Notify, OperationTimer, PipeLost, Progress, Propose, Read,
    Reply, Response,
};
use by_force::ByForce;
use by_load::ByLoad;

/// The event that a host may bring about under this name.
pub(super) fn injection(text: &str) -> Option<Private> {
    by_load::injection(text).or_else(|| by_force::injection(text))
}

/// How `TTxProgress` was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Way {
    /// The restore's targets are ready.
    Run,
    /// The tablet has booted.
    Boot,
    /// A pipe to this tablet was lost, and the wait is over.
    PipeRetry(TabletId),
    /// A verdict is durable.
    Response,
    /// A due time has come.
    Due,
    /// The heartbeat.
    Heartbeat,
}

/// What the transactions have in common once executed: what to say.
macro_rules! transactions {
    ($($(#[$doc:meta])* $name:ident($body:ident) = $number:literal, $type_name:literal;)+) => {
        /// A transaction of SchemeShard.
        #[derive(Clone, Debug, Hash)]
        pub enum SchemeShardTx {
            $(#[allow(private_interfaces)] $(#[$doc])* $name($body),)+
        }

        impl SchemeShardTx {
            fn of(&self) -> TxType {
                match self {
                    $(SchemeShardTx::$name(_) => TxType { number: $number, name: $type_name },)+
                }
            }

            fn run(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
                match self {
                    $(SchemeShardTx::$name(body) => body.execute(ss, txn),)+
                }
            }

            fn outbox(&self) -> &Outbox {
                match self {
                    $(SchemeShardTx::$name(body) => &body.outbox,)+
                }
            }

            fn into_outbox(self) -> Outbox {
                match self {
                    $(SchemeShardTx::$name(body) => body.outbox,)+
                }
            }
        }
    };
}

transactions! {
    /// Creates the root at the first boot. YDB: `TTxInit`.
    Init(Init) = 0, "Init";
    /// A client's proposal. YDB: `TTxOperationPropose`.
    Propose(Propose) = 1, "Propose";
    /// A question that changes nothing. YDB: `TTxDescribeScheme`.
    Read(Read) = 2, "Read";
    /// A client wants to hear of an operation's end. YDB: `TTxNotifyCompletion`.
    NotifyCompletion(Notify) = 3, "NotifyCompletion";
    /// A tablet answers a phase's question. YDB: `TTxOperationReply`.
    OperationReply(Reply) = 4, "OperationReply";
    /// Boot asks again what was asked. YDB: `TTxOperationProgress` after init.
    Resume(Resume) = 5, "Resume";
    /// A pipe to a shard is gone.
    PipeLost(PipeLost) = 6, "PipeLost";
    /// A tablet is asked again, or a cut has taken too long.
    OperationTimer(OperationTimer) = 7, "OperationTimer";
    /// New settings.
    Configure(Configure) = 8, "Configure";
    /// A source shard reports on a backup's copy.
    BackupResponse(BackupResponse) = 9, "BackupResponse";
    /// A mistake: locks the paths of every restore ever remembered.
    Relock(Relock) = 10, "Relock";
    /// A client's connection is gone: nobody is told over it.
    Disconnected(Disconnected) = 11, "Disconnected";
    /// The hive has made or deleted a tablet. YDB: `TTxCreateTabletReply`, `TTxDeleteTabletReply`.
    HiveReply(HiveReply) = 12, "HiveReply";
    /// Shards are split or merged by load. YDB: `TTxPartitionHistogram`.
    ByLoad(ByLoad) = 13, "ByLoad";
    /// A table is dropped by force, or a proposal will be refused.
    ByForce(ByForce) = 14, "ByForce";
    /// A source shard reports on a restore. YDB: `TTxIncrementalRestoreResponse`, number 102.
    IncrementalRestoreResponse(Response) = 102, "IncrementalRestoreResponse";
    /// A restore decides what is next. YDB: `TTxProgress`, number 1100.
    Progress(Progress) = 1100, "Progress";
}

impl SchemeShardTx {
    /// A restore decides what is next.
    pub(super) fn progress(operation: OperationId, way: Way) -> SchemeShardTx {
        SchemeShardTx::Progress(Progress { operation, way, outbox: Outbox::default() })
    }
}

impl Transaction for SchemeShardTx {
    type Tablet = SchemeShard;

    fn tx_type(&self) -> TxType {
        self.of()
    }

    fn operation(&self) -> Option<OperationId> {
        match self {
            SchemeShardTx::Propose(tx) => Some(tx.tx_id.operation()),
            SchemeShardTx::NotifyCompletion(tx) => Some(tx.tx_id.operation()),
            SchemeShardTx::OperationReply(Reply { operation, .. })
            | SchemeShardTx::Resume(Resume { operation, .. })
            | SchemeShardTx::OperationTimer(OperationTimer { operation, .. })
            | SchemeShardTx::Progress(Progress { operation, .. }) => Some(*operation),
            SchemeShardTx::BackupResponse(BackupResponse { response, .. })
            | SchemeShardTx::IncrementalRestoreResponse(Response { response, .. }) => Some(response.tx_id),
            SchemeShardTx::Init(_)
            | SchemeShardTx::Read(_)
            | SchemeShardTx::PipeLost(_)
            | SchemeShardTx::Configure(_)
            | SchemeShardTx::Relock(_)
            | SchemeShardTx::Disconnected(_)
            | SchemeShardTx::HiveReply(_)
            | SchemeShardTx::ByLoad(_)
            | SchemeShardTx::ByForce(_) => None,
        }
    }

    fn speaks(&self) -> bool {
        self.outbox().speaks()
    }

    fn execute(&mut self, ss: &mut SchemeShard, txn: &mut Txn<'_, SchemeShardTables>) {
        self.run(ss, txn);
    }

    fn complete(self, ss: &mut SchemeShard, effects: &mut SideEffects) {
        self.into_outbox().flush(ss, effects);
    }
}
