//! Which transaction handles which event: flat tables, no logic.

use super::bodies::{
    BackupResponse, Configure, Disconnected, HiveReply, Notify, OperationTimer, PipeLost, Propose, Read, Reply,
    Response,
};
use super::by_force::ByForce;
use super::by_load::ByLoad;
use super::{Private, SchemeShardTx, Way};
use crate::ids::TabletId;
use crate::message::SchemeShardMessage;
use crate::schemeshard::SchemeShard;
use crate::schemeshard::outbox::Outbox;
use crate::schemeshard::schema::Phase;
use crate::side_effects::HiveAnswer;
use crate::tablet::{Event, Via};

/// Routes an event to its transaction: a flat table, no logic.
pub(in crate::schemeshard) fn route(ss: &SchemeShard, event: Event<SchemeShard>) -> Option<SchemeShardTx> {
    match event {
        Event::Message(via, message) => route_message(via, message),
        Event::Private(private) => Some(route_private(private)),
        Event::ClientDestroyed(client, end) => Some(SchemeShardTx::PipeLost(PipeLost::new(client, end))),
        Event::Hive(HiveAnswer::Created(tablet)) => Some(hive_answer(tablet, Phase::CreateShards)),
        Event::Hive(HiveAnswer::Deleted(tablet)) => Some(hive_answer(tablet, Phase::DeleteShards)),
        Event::Reconfigured(settings) => {
            Some(SchemeShardTx::Configure(Configure { settings, outbox: Outbox::default() }))
        }
        Event::ServerDisconnected(server) => {
            let waits = ss.waiters.values().any(|servers| servers.contains(&server));
            waits.then(|| SchemeShardTx::Disconnected(Disconnected { server, outbox: Outbox::default() }))
        }
        Event::ClientConnected(_) => None,
    }
}

fn route_message(via: Via, message: SchemeShardMessage) -> Option<SchemeShardTx> {
    let outbox = Outbox::default();
    Some(match (via, message) {
        (Via::Server(server), SchemeShardMessage::Propose { tx_id, request }) => {
            SchemeShardTx::Propose(Propose { server, tx_id, request, outbox })
        }
        (Via::Server(server), SchemeShardMessage::NotifyTxCompletion { tx_id }) => {
            SchemeShardTx::NotifyCompletion(Notify { server, tx_id, outbox })
        }
        (via, SchemeShardMessage::StepAnswer(answer)) => SchemeShardTx::OperationReply(Reply {
            operation: answer.operation,
            tablet: answer.tablet,
            via,
            answer,
            outbox,
        }),
        (via, SchemeShardMessage::RestoreMultipleIncrementalBackupsResponse(response)) => {
            SchemeShardTx::IncrementalRestoreResponse(Response { via, response, outbox })
        }
        (via, SchemeShardMessage::BackupTableResponse(response)) => {
            SchemeShardTx::BackupResponse(BackupResponse { via, response, outbox })
        }
        (Via::Server(server), question) => SchemeShardTx::Read(Read { server, question, outbox }),
        (Via::Client(_), _) => return None,
    })
}

fn route_private(private: Private) -> SchemeShardTx {
    match private {
        Private::RunIncrementalRestore { operation } => SchemeShardTx::progress(operation, Way::Run),
        Private::Verdict { operation } => SchemeShardTx::progress(operation, Way::Response),
        Private::RetryDue { operation } | Private::Deadline { operation } => {
            SchemeShardTx::progress(operation, Way::Due)
        }
        Private::Heartbeat { operation } => SchemeShardTx::progress(operation, Way::Heartbeat),
        Private::AskAgain { operation, tablet } => {
            SchemeShardTx::OperationTimer(OperationTimer { operation, tablet: Some(tablet), outbox: Outbox::default() })
        }
        Private::ByLoad { shards, key } => SchemeShardTx::ByLoad(ByLoad { shards, key, outbox: Outbox::default() }),
        Private::ByForce(force) => SchemeShardTx::ByForce(ByForce { force, outbox: Outbox::default() }),
        Private::CutTimeout { operation } => {
            SchemeShardTx::OperationTimer(OperationTimer { operation, tablet: None, outbox: Outbox::default() })
        }
    }
}

fn hive_answer(tablet: TabletId, phase: Phase) -> SchemeShardTx {
    SchemeShardTx::HiveReply(HiveReply { tablet, phase, outbox: Outbox::default() })
}
