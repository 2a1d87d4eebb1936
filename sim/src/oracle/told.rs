//! What clients were told by SchemeShard, and whether later answers agree.
//!
//! A fact counts from when the answer leaves: by then it is durable, whether or not the answer
//! arrives. Answers leave a tablet in the order in which their transactions executed, over all its
//! generations, so a later answer was given later. A client's request may be done without an answer
//! to it: what was asked to go may be gone.

use crate::trace::Mail;
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::Arc;
use tablets::counters::PipeCounters;
use tablets::ids::{OperationId, TxId};
use tablets::message::{BackupView, ClientMessage, Kind, Request, RestoreView, SchemeShardMessage, Status};

/// What a client has asked for under an id.
#[derive(Clone, Debug, Hash)]
struct Asked {
    request: Arc<Request>,
    /// The same id was used for something else too.
    ambiguous: bool,
}

/// The facts.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Told {
    asked: BTreeMap<TxId, Asked>,
    accepted: BTreeMap<TxId, Status>,
    ended: BTreeSet<TxId>,
    restores: BTreeMap<OperationId, RestoreView>,
    /// Backups that were said to have ended, and whether they completed.
    backups: BTreeMap<OperationId, bool>,
    forgotten: BTreeSet<OperationId>,
}

type Wrong = Option<(String, Vec<String>)>;

/// Whether a message of this kind to SchemeShard changes nothing there.
pub(super) fn only_asks(kind: Kind) -> bool {
    matches!(kind, "DescribePath" | "NotifyTxCompletion" | "GetBackup" | "GetRestore" | "ListRestores")
}

impl Told {
    /// A client asks.
    pub(super) fn asked(&mut self, mail: &Mail) {
        let Ok(SchemeShardMessage::Propose { tx_id, request }) = mail.parcel.open() else { return };
        match self.asked.entry(tx_id) {
            Entry::Vacant(unknown) => drop(unknown.insert(Asked { request: Arc::new(request), ambiguous: false })),
            Entry::Occupied(mut known) => known.get_mut().ambiguous |= *known.get().request != request,
        }
    }

    /// A client is answered; something is wrong if it contradicts an answer before.
    pub(super) fn answered(&mut self, mail: &Mail) -> Wrong {
        match mail.parcel.open().ok()? {
            ClientMessage::ProposeAnswer { tx_id, status, reason } => self.proposal(tx_id, status, &reason),
            ClientMessage::TxCompleted { tx_id } => {
                self.ended.insert(tx_id);
                None
            }
            ClientMessage::Restore { restore, view } => self.restore(restore, view.as_ref()),
            ClientMessage::Restores { views } => self.restores(&views),
            ClientMessage::Backup { backup, view } => self.backup(backup, view.as_ref()),
            ClientMessage::Description { .. }
            | ClientMessage::WriteAnswer { .. }
            | ClientMessage::ReadAnswer { .. } => None,
        }
    }

    fn proposal(&mut self, tx_id: TxId, status: Status, reason: &str) -> Wrong {
        let asked = self.asked.get(&tx_id).filter(|asked| !asked.ambiguous)?;
        if let Some(before) = self.accepted.get(&tx_id).filter(|before| **before != status) {
            let sentence = format!("{tx_id} ({}) was answered {before}, and is not any more", asked.request.kind());
            return Some((sentence, lines(&before.to_string(), &format!("{status} {reason}"))));
        }
        if !matches!(status, Status::Accepted | Status::Success) {
            return None;
        }
        self.accepted.insert(tx_id, status);
        if let Request::ForgetRestore { restore } = *asked.request {
            self.forgotten.insert(restore);
        }
        None
    }

    fn restores(&mut self, views: &[RestoreView]) -> Wrong {
        if let Some(wrong) = views.iter().find_map(|view| self.restore(view.restore, Some(view))) {
            return Some(wrong);
        }
        let listed: BTreeSet<OperationId> = views.iter().map(|view| view.restore).collect();
        let accepted: Vec<OperationId> = self.accepted.keys().map(|tx_id| tx_id.operation()).collect();
        accepted.into_iter().filter(|operation| !listed.contains(operation)).find_map(|missing| {
            let is_restore = matches!(self.request(missing), Some(Request::RestoreBackupCollection { .. }));
            if is_restore { self.restore(missing, None) } else { None }
        })
    }

    fn restore(&mut self, restore: OperationId, view: Option<&RestoreView>) -> Wrong {
        let Some(view) = view else { return self.restore_is_unknown(restore) };
        if self.forgotten.contains(&restore) {
            let sentence = format!("{restore} was forgotten, and is known again");
            return Some((sentence, lines("nothing", &view.state)));
        }
        if self.ended.contains(&TxId(restore.0)) && !view.terminal {
            let sentence = format!("{restore} was said to have ended, and goes on");
            return Some((sentence, lines("Completed, Failed or Cancelled", &view.state)));
        }
        let now = RestoreView { pipes: PipeCounters::default(), ..view.clone() };
        let before = self.restores.insert(restore, now.clone())?;
        let changed = |what: &str, expected: String, found: String| {
            Some((format!("{restore} was said to {what}, and does not any more"), lines(&expected, &found)))
        };
        if before.terminal && before != now {
            return changed("have ended in a way", format!("{before:?}"), format!("{now:?}"));
        }
        if now.percent < before.percent {
            return changed("have come to a percent", before.percent.to_string(), now.percent.to_string());
        }
        if before.status.is_some() && (before.status != now.status || outcome(&before) != outcome(&now)) {
            return changed("have an outcome", before.state, now.state);
        }
        None
    }

    /// A restore that was accepted is known until somebody asks to forget it.
    fn restore_is_unknown(&self, restore: OperationId) -> Wrong {
        let accepted = self.accepted.contains_key(&TxId(restore.0));
        let is_restore = matches!(self.request(restore), Some(Request::RestoreBackupCollection { .. }));
        let may_be_gone = self.was_asked(|request| *request == Request::ForgetRestore { restore });
        (accepted && is_restore && !may_be_gone).then(|| {
            let sentence = format!("{restore} was accepted, and is not known");
            (sentence, lines("its state", "nothing, though nobody asked to forget it"))
        })
    }

    fn backup(&mut self, backup: OperationId, view: Option<&BackupView>) -> Wrong {
        let Some(view) = view else {
            let accepted = self.accepted.contains_key(&TxId(backup.0));
            let dropped = self.was_asked(|request| matches!(request, Request::DropBackupCollection { .. }));
            return (accepted && !dropped).then(|| {
                (format!("{backup} was accepted, and is not known"), lines("its state", "nothing, and no drop"))
            });
        };
        let said =
            self.ended.contains(&TxId(backup.0)).then_some(None).or(self.backups.get(&backup).copied().map(Some));
        if let Some(completed) = said
            && (!view.ended || completed.is_some_and(|completed| completed != view.completed))
        {
            let sentence = format!("{backup} was said to have ended, and its state is another now");
            return Some((sentence, lines(&format!("completed: {completed:?}"), &view.state)));
        }
        if view.ended {
            self.backups.insert(backup, view.completed);
        }
        None
    }

    fn request(&self, operation: OperationId) -> Option<&Request> {
        self.asked.get(&TxId(operation.0)).map(|asked| &*asked.request)
    }

    fn was_asked(&self, wanted: impl Fn(&Request) -> bool) -> bool {
        self.asked.values().any(|asked| wanted(&asked.request))
    }
}

/// `Finalizing(Completed)` and `Completed` are the same outcome.
fn outcome(view: &RestoreView) -> &str {
    view.state.strip_prefix("Finalizing(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(&view.state)
}

fn lines(expected: &str, found: &str) -> Vec<String> {
    vec![format!("expected: {expected}"), format!("found: {found}")]
}
