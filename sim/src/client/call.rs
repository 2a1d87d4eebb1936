//! One request to one tablet, sent again until it is answered.

use super::edge::{Edge, Heard};
use tablets::ids::{MILLI_US, OperationId, SECOND_US, Steady, TabletId, TxId};
use tablets::message::{ClientMessage, Message, Parcel};
use tablets::tablet::PipeEnd;

/// How often silence alone makes a request go out again. Then only a broken pipe does,
/// so that a run in which nobody answers is seen to be stuck.
const SILENT_RESENDS: u32 = 1;
/// First and longest pause after "not now" and after a broken pipe.
const PAUSE_US: (u64, u64) = (2 * MILLI_US, SECOND_US);
/// How long "not now" is an answer that is worth another try.
const OVERLOAD_US: u64 = 120 * SECOND_US;

/// Which answer belongs to a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Expects {
    /// Of a proposal.
    Propose(TxId),
    /// Of the question for an operation's end.
    Completion(TxId),
    /// Of the question what a path is.
    Description(String),
    /// Of the question how a backup goes.
    Backup(OperationId),
    /// Of the question how a restore goes.
    Restore(OperationId),
    /// Of the question for all restores.
    Restores,
    /// Of a write.
    Write(TxId),
    /// Of a read.
    Read(u64),
}

impl Expects {
    fn fits(&self, message: &ClientMessage) -> bool {
        match (self, message) {
            (Expects::Propose(mine), ClientMessage::ProposeAnswer { tx_id, .. }) => mine == tx_id,
            (Expects::Completion(mine), ClientMessage::TxCompleted { tx_id }) => mine == tx_id,
            (Expects::Description(mine), ClientMessage::Description { path, .. }) => mine == path,
            (Expects::Backup(mine), ClientMessage::Backup { backup, .. }) => mine == backup,
            (Expects::Restore(mine), ClientMessage::Restore { restore, .. }) => mine == restore,
            (Expects::Restores, ClientMessage::Restores { .. }) => true,
            (Expects::Write(mine), ClientMessage::WriteAnswer { tx_id, .. }) => mine == tx_id,
            (Expects::Read(mine), ClientMessage::ReadAnswer { cookie, .. }) => mine == cookie,
            _ => false,
        }
    }
}

/// What came of a call.
#[derive(Clone, Debug, Hash)]
pub(super) enum Reply {
    /// The answer.
    Message(ClientMessage),
    /// The tablet is deleted: nobody will ever answer.
    Gone,
}

/// A request that is under way.
#[derive(Clone, Debug, Hash)]
pub(super) struct Call {
    tablet: TabletId,
    parcel: Parcel,
    expects: Expects,
    /// When it is sent again unless it is answered.
    due: Option<Steady>,
    began: Steady,
    /// Broken pipes and "not now"s so far.
    setbacks: u32,
    silences: u32,
}

impl Call {
    /// Sends `message` and expects its answer.
    pub(super) fn new(edge: &mut Edge<'_>, tablet: TabletId, message: &impl Message, expects: Expects) -> Call {
        let mut call = Call::unsent(edge, tablet, message, expects);
        call.send(edge);
        call
    }

    /// As `new`, but after the pause that so many setbacks deserve.
    pub(super) fn later(
        edge: &mut Edge<'_>,
        tablet: TabletId,
        message: &impl Message,
        expects: Expects,
        setbacks: u32,
    ) -> Call {
        let mut call = Call::unsent(edge, tablet, message, expects);
        call.setbacks = setbacks;
        call.pause(edge);
        call
    }

    fn unsent(edge: &Edge<'_>, tablet: TabletId, message: &impl Message, expects: Expects) -> Call {
        let (began, parcel) = (edge.now(), message.parcel());
        Call { tablet, parcel, expects, due: None, began, setbacks: 0, silences: 0 }
    }

    /// What came of the call, if `heard` says so.
    pub(super) fn hear(&mut self, heard: &mut Heard, edge: &mut Edge<'_>) -> Option<Reply> {
        match heard {
            Heard::Answer(from, message) => {
                // What has yet to be sent again has no answer: one that fits is another call's.
                let asked = *from == self.tablet && self.due.is_none();
                let mine = asked && message.as_ref().is_some_and(|message| self.expects.fits(message));
                return message.take_if(|_| mine).map(Reply::Message);
            }
            Heard::PipeLost(tablet, PipeEnd::Deleted) if *tablet == self.tablet => return Some(Reply::Gone),
            Heard::PipeLost(tablet, PipeEnd::Broken) if *tablet == self.tablet => self.pause(edge),
            Heard::PipeLost(..) => {}
            Heard::Tick => self.tick(edge),
            Heard::Silence => self.silence(edge),
        }
        None
    }

    /// Sends again after a while, which grows with each setback.
    pub(super) fn pause(&mut self, edge: &mut Edge<'_>) {
        let pause = (PAUSE_US.0 << self.setbacks.min(16)).min(PAUSE_US.1);
        self.setbacks += 1;
        self.wait_until(edge, edge.now().plus(pause));
    }

    /// Whether "not now" is still worth another try.
    pub(super) fn patient(&self, edge: &Edge<'_>) -> bool {
        edge.now() < self.began.plus(OVERLOAD_US)
    }

    /// Who is asked for what, for people.
    pub(super) fn waits_for(&self) -> String {
        format!("the answer of {} to {}", self.tablet, self.parcel.kind)
    }

    fn tick(&mut self, edge: &mut Edge<'_>) {
        match self.due {
            Some(due) if due <= edge.now() => self.send(edge),
            Some(due) => edge.wake_at(due),
            None => {}
        }
    }

    /// Nothing is pending anywhere, and the answer has not come.
    fn silence(&mut self, edge: &mut Edge<'_>) {
        if self.silences < SILENT_RESENDS {
            self.silences += 1;
            self.send(edge);
        }
    }

    fn send(&mut self, edge: &mut Edge<'_>) {
        edge.send(self.tablet, self.parcel.clone());
        self.due = None;
    }

    fn wait_until(&mut self, edge: &mut Edge<'_>, due: Steady) {
        self.due = Some(due);
        edge.wake_at(due);
    }
}
