//! A change of the schema: proposed, accepted, completed, and how it ended.

use super::SCHEMESHARD;
use super::call::{Call, Expects, Reply};
use super::edge::{Edge, Heard};
use super::task::{Ending, operation};
use super::tell;
use tablets::ids::TxId;
use tablets::message::{ClientMessage, Request, SchemeShardMessage, Status};

/// A proposal under way.
#[derive(Clone, Debug, Hash)]
pub struct Propose {
    tx_id: TxId,
    request: Request,
    call: Call,
}

impl Propose {
    /// Sends the proposal.
    pub(super) fn begin(tx_id: TxId, request: Request, edge: &mut Edge<'_>) -> Propose {
        let message = SchemeShardMessage::Propose { tx_id, request: request.clone() };
        let call = Call::new(edge, SCHEMESHARD, &message, Expects::Propose(tx_id));
        Propose { tx_id, request, call }
    }

    /// The ending, if `heard` brings it.
    pub(super) fn hear(&mut self, heard: &mut Heard, edge: &mut Edge<'_>) -> Option<Ending> {
        let message = match self.call.hear(heard, edge)? {
            Reply::Message(message) => message,
            Reply::Gone => return Some(Ending::refused(Status::NotFound, "SchemeShard is deleted")),
        };
        match message {
            ClientMessage::ProposeAnswer { status, reason, .. } => self.answered(status, &reason, edge),
            ClientMessage::TxCompleted { .. } => self.completed(edge),
            ClientMessage::Backup { view, .. } => Some(tell::backup_ending(view.as_ref())),
            ClientMessage::Restore { view, .. } => Some(tell::restore_ending(view.as_ref())),
            other => unreachable!("a proposal expects no {other}"),
        }
    }

    /// What it waits for, as a sentence's end.
    pub(super) fn waits_for(&self) -> String {
        format!("{} ({} {})", self.call.waits_for(), self.request.kind(), self.request.subject())
    }

    fn answered(&mut self, status: Status, reason: &str, edge: &mut Edge<'_>) -> Option<Ending> {
        match status {
            Status::Success => self.completed(edge),
            Status::Accepted => {
                let message = SchemeShardMessage::NotifyTxCompletion { tx_id: self.tx_id };
                self.call = Call::new(edge, SCHEMESHARD, &message, Expects::Completion(self.tx_id));
                None
            }
            Status::Overloaded | Status::NotAvailable if self.call.patient(edge) => {
                self.call.pause(edge);
                None
            }
            refusal => Some(Ending::refused(refusal, reason)),
        }
    }

    /// Done; a backup or a restore is asked how it ended.
    fn completed(&mut self, edge: &mut Edge<'_>) -> Option<Ending> {
        edge.memory.forget_all();
        let Some((operation, restore)) = operation(self.tx_id, &self.request) else {
            return Some(Ending::good(Vec::new()));
        };
        let (message, expects) = if restore {
            (SchemeShardMessage::GetRestore { restore: operation }, Expects::Restore(operation))
        } else {
            (SchemeShardMessage::GetBackup { backup: operation }, Expects::Backup(operation))
        };
        self.call = Call::new(edge, SCHEMESHARD, &message, expects);
        None
    }
}
