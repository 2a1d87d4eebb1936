//! The part of a change sender that serves one partition of the destination.
//!
//! ```text
//!   Unopened ──wanted──> Handshaking ──Ok──> Ready ──broken──> Backoff ──due──> Handshaking
//!                             │  └──broken──────────────────────^  │
//!                             └──wrong shard, gone────> Lost <─────┘ (retries used up)
//! ```
//!
//! A handshake begins each connection, and only its answer lets records out: what an
//! earlier connection delivered is known then. A lost partition waits for the destination
//! to be resolved again, which takes its records elsewhere or starts it anew.
//!
//! Left out: YDB's one actor per partition; here it is a value.

use crate::datashard::scan::ScanEnd;
use crate::ids::ClientId;
use crate::message::{Change, ExchangeStatus, ScanStatus};
use crate::pipe::RetryPolicy;
use crate::row::KeyRange;
use crate::tablet::PipeEnd;
use std::collections::VecDeque;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    Unopened,
    Handshaking(ClientId),
    Ready(ClientId),
    Backoff { round: u64 },
    Lost,
}

/// What happens to a partition.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) enum PartitionEvent {
    /// It has a record to send; a pipe client for it.
    Wanted(ClientId),
    /// The handshake of this client was answered.
    Answered(ClientId, ExchangeStatus),
    /// A record was refused over this client.
    Refused(ClientId, ExchangeStatus),
    /// A client is gone.
    PipeLost(ClientId, PipeEnd),
    /// A wait is over; a new pipe client.
    Due { round: u64, client: ClientId },
}

/// What is to be done about it.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) enum Duty {
    Nothing,
    /// Open this client and send a handshake over it.
    Handshake(ClientId),
    /// Records may be sent.
    Send,
    /// Wait, then come back with `Due`; close the client if it is still there.
    Wait {
        round: u64,
        delay_us: u64,
        close: Option<ClientId>,
    },
    /// The destination must be resolved again.
    Resolve {
        close: Option<ClientId>,
    },
    /// The scan is over.
    End(ScanEnd),
}

/// One partition.
///
/// * `in_flight` then `queue` are its unacknowledged records, in growing order.
/// * Nothing is in flight unless it is `Ready`.
#[derive(Clone, Debug, Hash)]
pub(super) struct Partition {
    pub(super) range: KeyRange,
    pub(super) state: State,
    pub(super) queue: VecDeque<Change>,
    pub(super) in_flight: VecDeque<Change>,
    losses: u32,
    rounds: u64,
}

impl Partition {
    pub(super) fn new(range: KeyRange) -> Partition {
        Partition {
            range,
            state: State::Unopened,
            queue: VecDeque::new(),
            in_flight: VecDeque::new(),
            losses: 0,
            rounds: 0,
        }
    }

    /// The pipe client, if there is one.
    pub(super) fn client(&self) -> Option<ClientId> {
        match self.state {
            State::Handshaking(client) | State::Ready(client) => Some(client),
            State::Unopened | State::Backoff { .. } | State::Lost => None,
        }
    }

    /// Appends a record.
    pub(super) fn push(&mut self, change: Change) {
        let last = self.queue.back().or(self.in_flight.back());
        assert!(last.is_none_or(|last| last.order < change.order), "a partition's records grow: {}", change.order);
        self.queue.push_back(change);
    }

    /// The records that may be sent now.
    pub(super) fn take_sendable(&mut self) -> Option<(ClientId, Vec<Change>)> {
        let State::Ready(client) = self.state else {
            return None;
        };
        let (sent, next) = (self.in_flight.back(), self.queue.front());
        assert!(
            sent.is_none_or(|sent| next.is_none_or(|next| sent.order < next.order)),
            "records are sent in growing order"
        );
        let records: Vec<Change> = self.queue.drain(..).collect();
        self.in_flight.extend(records.iter().cloned());
        (!records.is_empty()).then_some((client, records))
    }

    /// Takes out an unacknowledged record.
    pub(super) fn take(&mut self, order: u64) -> Option<Change> {
        let records = if self.in_flight.back().is_some_and(|last| order <= last.order) {
            &mut self.in_flight
        } else {
            &mut self.queue
        };
        let at = records.binary_search_by_key(&order, |change| change.order).ok()?;
        self.losses = 0;
        records.remove(at)
    }

    /// Takes out all unacknowledged records.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Change> {
        self.in_flight.drain(..).chain(self.queue.drain(..))
    }

    /// The state machine. What comes from a client that is not the current one means nothing.
    pub(super) fn next(&mut self, event: PartitionEvent) -> Duty {
        match (self.state, event) {
            (State::Unopened, PartitionEvent::Wanted(client)) => self.handshake(client),
            (State::Backoff { round: waiting }, PartitionEvent::Due { round, client }) if waiting == round => {
                self.handshake(client)
            }
            (State::Handshaking(current), PartitionEvent::Answered(client, status)) if current == client => {
                match refusal(status) {
                    None => {
                        self.state = State::Ready(client);
                        Duty::Send
                    }
                    Some(refusal) => self.refused(client, refusal),
                }
            }
            (State::Ready(current), PartitionEvent::Refused(client, status)) if current == client => {
                refusal(status).map_or(Duty::Nothing, |refusal| self.refused(client, refusal))
            }
            (State::Handshaking(current) | State::Ready(current), PartitionEvent::PipeLost(client, end))
                if current == client =>
            {
                match end {
                    PipeEnd::Broken => self.retry(None),
                    PipeEnd::Deleted => self.lose(None),
                }
            }
            (
                _,
                PartitionEvent::Wanted(_)
                | PartitionEvent::Answered(..)
                | PartitionEvent::Refused(..)
                | PartitionEvent::PipeLost(..)
                | PartitionEvent::Due { .. },
            ) => Duty::Nothing,
        }
    }

    fn handshake(&mut self, client: ClientId) -> Duty {
        assert!(self.in_flight.is_empty(), "nothing is in flight before the handshake");
        self.state = State::Handshaking(client);
        Duty::Handshake(client)
    }

    fn refused(&mut self, client: ClientId, refusal: Refusal) -> Duty {
        match refusal {
            Refusal::Handshake => self.retry(Some(client)),
            Refusal::Resolve => self.lose(Some(client)),
            Refusal::End(end) => Duty::End(end),
        }
    }

    /// A new connection, after a while; after too many of them that brought nothing, the
    /// destination is resolved again.
    fn retry(&mut self, close: Option<ClientId>) -> Duty {
        let Some(delay_us) = RetryPolicy::SENDER.delay_us(self.losses) else {
            return self.lose(close);
        };
        self.losses += 1;
        self.rounds += 1;
        self.state = State::Backoff { round: self.rounds };
        self.requeue();
        Duty::Wait { round: self.rounds, delay_us, close }
    }

    fn lose(&mut self, close: Option<ClientId>) -> Duty {
        self.losses = 0;
        self.state = State::Lost;
        self.requeue();
        Duty::Resolve { close }
    }

    /// What was in flight may or may not have arrived: the next handshake tells.
    fn requeue(&mut self) {
        assert!(self.client().is_none(), "records go back to the queue when their connection is over");
        while let Some(change) = self.in_flight.pop_back() {
            self.queue.push_front(change);
        }
    }
}

enum Refusal {
    Handshake,
    Resolve,
    End(ScanEnd),
}

/// What a sender does about a target's answer; `None` if it is no refusal.
fn refusal(status: ExchangeStatus) -> Option<Refusal> {
    let aborted = |why: &str| Refusal::End(ScanEnd::Failed(ScanStatus::Aborted, why.to_owned()));
    Some(match status {
        ExchangeStatus::Ok => return None,
        ExchangeStatus::StaleGeneration => Refusal::End(ScanEnd::Superseded),
        ExchangeStatus::StaleSession => Refusal::End(ScanEnd::Silent),
        ExchangeStatus::OutOfOrder | ExchangeStatus::Blocked => Refusal::Handshake,
        ExchangeStatus::WrongPartition | ExchangeStatus::WrongState => Refusal::Resolve,
        ExchangeStatus::StaleIncrement => aborted("the destination has opened a later increment"),
        ExchangeStatus::UnknownLineage => aborted("the destination does not know the operation"),
        ExchangeStatus::LineageOver => aborted("the operation is over at the destination"),
        ExchangeStatus::SchemeError => {
            let why = "the destination cannot store these columns".to_owned();
            Refusal::End(ScanEnd::Failed(ScanStatus::SchemeError, why))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Duty, Partition, PartitionEvent, State};
    use crate::datashard::scan::ScanEnd;
    use crate::ids::ClientId;
    use crate::message::{Change, ChangeBody, ExchangeStatus};
    use crate::row::{Key, KeyRange};
    use crate::tablet::PipeEnd;

    const FIRST: ClientId = ClientId(1);

    fn ready() -> Partition {
        let mut partition = Partition::new(KeyRange::default());
        for order in [3, 5] {
            partition.push(Change { order, key: Key::default(), body: ChangeBody::Erase });
        }
        assert_eq!(partition.next(PartitionEvent::Wanted(FIRST)), Duty::Handshake(FIRST));
        assert!(partition.take_sendable().is_none(), "nothing goes out before the answer");
        assert_eq!(partition.next(PartitionEvent::Answered(FIRST, ExchangeStatus::Ok)), Duty::Send);
        partition
    }

    #[test]
    fn a_broken_pipe_puts_what_was_in_flight_in_front_again() {
        let mut partition = ready();
        let (_, sent) = partition.take_sendable().expect("two records wait");
        assert_eq!(sent.len(), 2);
        let duty = partition.next(PartitionEvent::PipeLost(FIRST, PipeEnd::Broken));
        assert_eq!(duty, Duty::Wait { round: 1, delay_us: 0, close: None });
        assert_eq!(partition.queue.iter().map(|change| change.order).collect::<Vec<_>>(), [3, 5]);
        let client = ClientId(2);
        assert_eq!(partition.next(PartitionEvent::Due { round: 7, client }), Duty::Nothing, "another wait");
        assert_eq!(partition.next(PartitionEvent::Due { round: 1, client }), Duty::Handshake(client));
    }

    #[test]
    fn retries_that_bring_nothing_end_in_another_resolve() {
        let mut partition = ready();
        for round in 1..=4 {
            let client = partition.client().expect("it is connected");
            let duty = partition.next(PartitionEvent::PipeLost(client, PipeEnd::Broken));
            if round == 4 {
                assert_eq!(duty, Duty::Resolve { close: None });
                return;
            }
            partition.next(PartitionEvent::Due { round, client: ClientId(1 + round) });
        }
    }

    #[test]
    fn every_refusal_has_its_answer() {
        let refused = |status| ready().next(PartitionEvent::Refused(FIRST, status));
        assert_eq!(refused(ExchangeStatus::StaleGeneration), Duty::End(ScanEnd::Superseded));
        assert_eq!(refused(ExchangeStatus::StaleSession), Duty::End(ScanEnd::Silent));
        assert_eq!(refused(ExchangeStatus::WrongPartition), Duty::Resolve { close: Some(FIRST) });
        assert!(matches!(refused(ExchangeStatus::OutOfOrder), Duty::Wait { close: Some(FIRST), .. }));
        assert!(matches!(refused(ExchangeStatus::LineageOver), Duty::End(ScanEnd::Failed(..))));
    }

    #[test]
    fn news_of_an_old_client_means_nothing() {
        let mut partition = ready();
        let old = ClientId(9);
        assert_eq!(partition.next(PartitionEvent::PipeLost(old, PipeEnd::Deleted)), Duty::Nothing);
        assert_eq!(partition.next(PartitionEvent::Refused(old, ExchangeStatus::LineageOver)), Duty::Nothing);
        assert_eq!(partition.state, State::Ready(FIRST));
    }
}
