//! A question to SchemeShard.

use super::SCHEMESHARD;
use super::call::{Call, Expects, Reply};
use super::edge::{Edge, Heard};
use super::task::Ending;
use super::tell;
use tablets::ids::OperationId;
use tablets::message::{ClientMessage, RestoreView, SchemeShardMessage, Status};

/// A question under way.
#[derive(Clone, Debug, Hash)]
pub struct Ask {
    /// What the script calls the thing asked for.
    name: String,
    call: Call,
}

impl Ask {
    /// What is this path?
    pub(super) fn describe(path: &str, edge: &mut Edge<'_>) -> Ask {
        let message = SchemeShardMessage::DescribePath { path: path.to_owned() };
        Ask::new(path, &message, Expects::Description(path.to_owned()), edge)
    }

    /// How does this restore go?
    pub(super) fn restore(name: &str, restore: OperationId, edge: &mut Edge<'_>) -> Ask {
        Ask::new(name, &SchemeShardMessage::GetRestore { restore }, Expects::Restore(restore), edge)
    }

    /// How does this backup go?
    pub(super) fn backup(name: &str, backup: OperationId, edge: &mut Edge<'_>) -> Ask {
        Ask::new(name, &SchemeShardMessage::GetBackup { backup }, Expects::Backup(backup), edge)
    }

    /// Which restores are there?
    pub(super) fn restores(edge: &mut Edge<'_>) -> Ask {
        Ask::new("", &SchemeShardMessage::ListRestores, Expects::Restores, edge)
    }

    fn new(name: &str, message: &SchemeShardMessage, expects: Expects, edge: &mut Edge<'_>) -> Ask {
        Ask { name: name.to_owned(), call: Call::new(edge, SCHEMESHARD, message, expects) }
    }

    /// The ending, if `heard` brings it.
    pub(super) fn hear(&mut self, heard: &mut Heard, edge: &mut Edge<'_>) -> Option<Ending> {
        let Reply::Message(message) = self.call.hear(heard, edge)? else {
            return Some(Ending::refused(Status::NotFound, "SchemeShard is deleted"));
        };
        Some(match message {
            ClientMessage::Description { description: Some(description), .. } => Ending::good(tell::path(&description)),
            ClientMessage::Description { status, reason, .. } => Ending::refused(status, &reason),
            ClientMessage::Backup { view: Some(view), .. } => Ending::good(vec![tell::backup(&self.name, &view)]),
            ClientMessage::Restore { view: Some(view), .. } => self.restore_told(&view),
            ClientMessage::Backup { .. } | ClientMessage::Restore { .. } => {
                Ending::refused(Status::NotFound, &format!("'{}' is not remembered", self.name))
            }
            ClientMessage::Restores { views } => {
                let line = |view: &RestoreView| tell::restore(&view.restore.to_string(), view);
                Ending::good(views.iter().map(line).collect())
            }
            other => unreachable!("a question expects no {other}"),
        })
    }

    /// What it waits for, as a sentence's end.
    pub(super) fn waits_for(&self) -> String {
        self.call.waits_for()
    }

    fn restore_told(&self, view: &RestoreView) -> Ending {
        Ending { state: Some(view.state.clone()), ..Ending::good(vec![tell::restore(&self.name, view)]) }
    }
}
