//! The faults of a run that wait for their anchors, and what became of the others.

use crate::fault::{Action, Anchor, Fault, Moment, Schedule};
use crate::world::Endpoint;
use tablets::ids::{Steady, TabletId};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    Waiting,
    Fired,
    /// Its anchor was reached, and this is why it did nothing.
    Missed(String),
}

/// The schedule of a run.
///
/// * `waiting` counts the faults in state `Waiting`.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Armed {
    faults: Vec<(Fault, State)>,
    waiting: usize,
}

impl Armed {
    pub(crate) fn new(schedule: &Schedule) -> Armed {
        let mut armed = Armed { faults: Vec::new(), waiting: 0 };
        armed.add(schedule);
        armed
    }

    /// More faults, behind the others.
    pub(crate) fn add(&mut self, more: &Schedule) {
        self.waiting += more.0.len();
        self.faults.extend(more.0.iter().map(|fault| (fault.clone(), State::Waiting)));
    }

    /// All of them, with their indices.
    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, &Fault)> {
        self.faults.iter().enumerate().map(|(index, (fault, _))| (index, fault))
    }

    /// Whether somebody has to tell which states operations enter.
    pub(crate) fn watches_states(&self) -> bool {
        self.faults.iter().any(|(fault, _)| fault.watches_states())
    }

    pub(crate) fn fault(&self, index: usize) -> &Fault {
        &self.faults[index].0
    }

    pub(crate) fn is_waiting(&self, index: usize) -> bool {
        self.faults[index].1 == State::Waiting
    }

    /// The faults that may still do something; a refusal may strike again.
    pub(crate) fn waiting(&self) -> Vec<&Fault> {
        let lasts = |fault: &Fault| matches!(fault.action, Action::Refuse { .. });
        let waits = |fault: &Fault, state: &State| match state {
            State::Waiting => true,
            State::Fired => lasts(fault),
            State::Missed(_) => false,
        };
        self.faults.iter().filter(|(fault, state)| waits(fault, state)).map(|(fault, _)| fault).collect()
    }

    pub(crate) fn all_done(&self) -> bool {
        self.waiting == 0
    }

    pub(crate) fn fired(&mut self, index: usize) {
        self.settle(index, State::Fired);
    }

    pub(crate) fn missed(&mut self, index: usize, why: &str) {
        self.settle(index, State::Missed(why.to_owned()));
    }

    fn settle(&mut self, index: usize, state: State) {
        self.waiting -= usize::from(self.is_waiting(index));
        self.faults[index].1 = state;
    }

    /// The faults that have not fired, and why not, where that is known.
    pub(crate) fn unfired(&self) -> impl Iterator<Item = (&Fault, Option<&str>)> {
        self.faults.iter().filter_map(|(fault, state)| match state {
            State::Fired => None,
            State::Waiting => Some((fault, None)),
            State::Missed(why) => Some((fault, Some(why.as_str()))),
        })
    }

    /// The earliest fault anchored at a time up to `time`.
    pub(crate) fn at_time(&self, time: Steady) -> Option<(usize, Steady)> {
        let due = |index: usize| match self.faults[index].0.anchor {
            Anchor::Time(at) if at <= time && self.is_waiting(index) => Some((index, at)),
            _ => None,
        };
        if self.all_done() { None } else { (0..self.faults.len()).filter_map(due).min_by_key(|(_, at)| *at) }
    }

    /// A fault that strikes by itself at this moment.
    pub(crate) fn at(&self, moment: &Moment<'_>) -> Option<usize> {
        self.find(|fault| fault.action.strikes() && fault.anchor.is(moment))
    }

    /// A fault that changes how the message of this moment travels.
    pub(crate) fn of_message(&self, moment: &Moment<'_>) -> Option<usize> {
        self.find(|fault| fault.action.is_of_message() && fault.anchor.is(moment))
    }

    /// A fault by which the write of this moment fails.
    pub(crate) fn failing(&self, moment: &Moment<'_>) -> Option<usize> {
        self.find(|fault| matches!(fault.action, Action::Fail { .. }) && fault.anchor.is(moment))
    }

    /// A refusal of this connect, fired before or not.
    pub(crate) fn refusal(&self, from: Endpoint, to: TabletId, n: u64) -> Option<usize> {
        self.faults.iter().position(|(fault, state)| match (&fault.anchor, &fault.action) {
            (Anchor::Connect { from: f, to: t, n: first }, Action::Refuse { times }) => {
                (*f, *t) == (from, to)
                    && (*first..first.saturating_add(*times)).contains(&n)
                    && !matches!(state, State::Missed(_))
            }
            _ => false,
        })
    }

    fn find(&self, wanted: impl Fn(&Fault) -> bool) -> Option<usize> {
        if self.all_done() {
            return None;
        }
        self.faults.iter().position(|(fault, state)| *state == State::Waiting && wanted(fault))
    }
}
