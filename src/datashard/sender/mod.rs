//! The change sender of one scan: brings numbered records to the partitions of the
//! destination, and knows which are acknowledged as durable. YDB: `TChangeSender`.
//!
//! * A record is admitted while the records held, sent and unacknowledged ones included,
//!   stay within the limits; an empty sender admits one whatever its size.
//! * A record belongs to the partition that has its key, by the newest resolution.
//! * One session for the life of the sender; each connection begins with a handshake. The
//!   target answers with the last order it has applied, so what a broken connection had
//!   delivered is not sent twice, and what it had not is sent again.
//! * A partition that is lost keeps its records until the next resolution, which hands
//!   them to whoever has their keys then.
//!
//! Left out: YDB's queue on disk; a restore's records are its rows, which can be read again.

mod partition;
mod window;

pub(super) use window::{Prefix, Window};

use crate::datashard::outgoing::Outgoing;
use crate::datashard::private::DataShardPrivate;
use crate::datashard::scan::{Desk, ScanEnd, ScanId};
use crate::datashard::sender::partition::{Duty, Partition, PartitionEvent, State};
use crate::ids::{ClientId, PathId, TabletId};
use crate::message::{Change, ChangeBody, DataShardMessage, ExchangeStatus, Handshake, Origin, PartitionTarget};
use crate::quirk::Quirk;
use crate::row::Key;
use crate::settings::DataShardSettings;
use crate::tablet::PipeEnd;
use std::collections::BTreeMap;

/// What a sender needs of its scan.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) enum Need {
    Nothing,
    /// The destination must be resolved again.
    Resolve,
    /// The scan is over.
    End(ScanEnd),
}

/// See the module.
///
/// * `targets` are in key order without gaps; each has its entry in `partitions`.
/// * `held_records` and `held_bytes` are of the records in `partitions`.
#[derive(Clone, Debug, Hash)]
pub(super) struct ChangeSender {
    scan: ScanId,
    origin: Origin,
    path_id: PathId,
    schema_version: u64,
    targets: Vec<PartitionTarget>,
    partitions: BTreeMap<TabletId, Partition>,
    window: Window,
    held_records: usize,
    held_bytes: usize,
    /// Partitions that went before they were ready and are still counted: none, but for a quirk.
    miscounted: usize,
}

impl ChangeSender {
    /// A sender that knows no partitions yet and begins after `prefix`.
    pub(super) fn new(scan: ScanId, origin: Origin, path_id: PathId, prefix: Prefix) -> ChangeSender {
        ChangeSender {
            scan,
            origin,
            path_id,
            schema_version: 0,
            targets: Vec::new(),
            partitions: BTreeMap::new(),
            window: Window::after(prefix),
            held_records: 0,
            held_bytes: 0,
            miscounted: 0,
        }
    }

    /// Which sender this is.
    pub(super) fn origin(&self) -> Origin {
        self.origin
    }

    /// Which records are acknowledged.
    pub(super) fn window(&self) -> &Window {
        &self.window
    }

    /// Whether every record admitted is acknowledged as durable.
    pub(super) fn is_empty(&self) -> bool {
        assert_eq!(self.held_records == 0, self.window.is_complete(), "what is held is what is not acknowledged");
        self.held_records == 0 && self.miscounted == 0
    }

    /// Whether any partition is known.
    pub(super) fn has_partitions(&self) -> bool {
        !self.partitions.is_empty()
    }

    /// Whether a record of `bytes` may be admitted.
    pub(super) fn has_room(&self, config: &DataShardSettings, bytes: usize) -> bool {
        let records = usize::try_from(config.change_sender_records).unwrap_or(usize::MAX);
        let limit = usize::try_from(config.change_sender_bytes).unwrap_or(usize::MAX);
        self.held_records == 0 || (self.held_records < records && self.held_bytes + bytes <= limit)
    }

    /// Admits a record; `source_bytes` is what its row counts in reports.
    pub(super) fn admit(&mut self, change: Change, source_bytes: usize) {
        assert!(self.has_partitions(), "records are admitted once the destination is known");
        self.window.push(change.order, change.key.clone(), source_bytes as u64);
        self.held_records += 1;
        self.held_bytes += size(&change);
        self.route(change);
    }

    /// Sends what may be sent, and opens the partitions that have something to send.
    pub(super) fn flush(&mut self, desk: &mut Desk<'_>) {
        let wanted: Vec<TabletId> = self
            .partitions
            .iter()
            .filter(|(_, partition)| partition.state == State::Unopened && !partition.queue.is_empty())
            .map(|(tablet, _)| *tablet)
            .collect();
        for tablet in wanted {
            let client = desk.clients.issue();
            let need = self.event(tablet, PartitionEvent::Wanted(client), desk);
            assert_eq!(need, Need::Nothing, "to open a partition needs nobody else");
        }
        for partition in self.partitions.values_mut() {
            if let Some((client, records)) = partition.take_sendable() {
                desk.counters.records_sent += records.len() as u64;
                desk.out.send_to_shard(client, DataShardMessage::ApplyRecords { origin: self.origin, records });
            }
        }
    }

    /// The destination is resolved: partitions that are gone or lost give their records to
    /// those that have the keys now.
    pub(super) fn resolved(&mut self, schema_version: u64, targets: Vec<PartitionTarget>, desk: &mut Desk<'_>) {
        assert_whole(&targets);
        self.schema_version = schema_version;
        let mut homeless = Vec::new();
        self.partitions.retain(|tablet, partition| {
            let stays = targets.iter().any(|target| target.tablet == *tablet && target.range == partition.range)
                && partition.state != State::Lost;
            if !stays {
                let ready = matches!(partition.state, State::Ready(_));
                self.miscounted += usize::from(!ready && desk.quirks.has(Quirk::ReadyCounterLeak));
                if let Some(client) = partition.client() {
                    desk.out.close_sender(client);
                }
                homeless.extend(partition.drain());
            }
            stays
        });
        for target in &targets {
            self.partitions.entry(target.tablet).or_insert_with(|| Partition::new(target.range.clone()));
        }
        assert_eq!(self.partitions.len(), targets.len(), "each target is one partition, and there are no others");
        self.targets = targets;
        homeless.sort_by_key(|change| change.order);
        for change in homeless {
            self.route(change);
        }
    }

    /// A target answers a handshake.
    pub(super) fn answered(
        &mut self,
        client: ClientId,
        tablet: TabletId,
        (status, last_record_order): (ExchangeStatus, u64),
        desk: &mut Desk<'_>,
    ) -> Need {
        let current = self.partitions.get(&tablet).is_some_and(|partition| partition.client() == Some(client));
        if current && status == ExchangeStatus::Ok {
            self.acknowledge_up_to(tablet, last_record_order, desk);
        }
        self.event(tablet, PartitionEvent::Answered(client, status), desk)
    }

    /// A target tells how it took records. What it has applied is applied, whichever
    /// connection tells so; the first refusal decides what is done.
    pub(super) fn statuses(
        &mut self,
        client: ClientId,
        tablet: TabletId,
        statuses: &[(u64, ExchangeStatus)],
        desk: &mut Desk<'_>,
    ) -> Need {
        for (order, status) in statuses {
            if *status != ExchangeStatus::Ok {
                return self.event(tablet, PartitionEvent::Refused(client, *status), desk);
            }
            self.acknowledge(tablet, *order, desk);
        }
        Need::Nothing
    }

    /// Whether a pipe client is this sender's.
    pub(super) fn has_client(&self, client: ClientId) -> bool {
        self.partitions.values().any(|partition| partition.client() == Some(client))
    }

    /// One of its pipe clients is gone.
    pub(super) fn pipe_lost(&mut self, client: ClientId, end: PipeEnd, desk: &mut Desk<'_>) -> Need {
        let owner = self.partitions.iter().find(|(_, partition)| partition.client() == Some(client));
        let tablet = *owner.expect("the caller has seen this client").0;
        self.event(tablet, PartitionEvent::PipeLost(client, end), desk)
    }

    /// A partition's wait is over.
    pub(super) fn handshake_due(&mut self, tablet: TabletId, round: u64, desk: &mut Desk<'_>) -> Need {
        let client = desk.clients.issue();
        self.event(tablet, PartitionEvent::Due { round, client }, desk)
    }

    /// Closes every pipe.
    pub(super) fn close(&self, out: &mut Outgoing) {
        self.partitions.values().filter_map(Partition::client).for_each(|client| out.close_sender(client));
    }

    /// The shards it waits for, and the kind of message that each of them owes.
    pub(super) fn waits(&self) -> impl Iterator<Item = (TabletId, &'static str)> {
        self.partitions.iter().filter_map(|(tablet, partition)| match partition.state {
            State::Handshaking(_) => Some((*tablet, "HandshakeAnswer")),
            State::Ready(_) if !partition.in_flight.is_empty() => Some((*tablet, "RecordStatuses")),
            State::Backoff { .. } => Some((*tablet, "HandshakeDue")),
            State::Ready(_) | State::Unopened | State::Lost => None,
        })
    }

    fn event(&mut self, tablet: TabletId, event: PartitionEvent, desk: &mut Desk<'_>) -> Need {
        let Some(partition) = self.partitions.get_mut(&tablet) else {
            return Need::Nothing;
        };
        match partition.next(event) {
            Duty::Nothing | Duty::Send => Need::Nothing,
            Duty::Handshake(client) => {
                let Self { origin, path_id, schema_version, .. } = *self;
                desk.out.open_sender(client, tablet);
                desk.out
                    .send_to_shard(client, DataShardMessage::Handshake(Handshake { origin, path_id, schema_version }));
                Need::Nothing
            }
            Duty::Wait { round, delay_us, close } => {
                close.into_iter().for_each(|client| desk.out.close_sender(client));
                let due =
                    DataShardPrivate::HandshakeDue { scan: self.scan, session: self.origin.session, tablet, round };
                desk.out.later(delay_us, due);
                Need::Nothing
            }
            Duty::Resolve { close } => {
                close.into_iter().for_each(|client| desk.out.close_sender(client));
                Need::Resolve
            }
            Duty::End(end) => Need::End(end),
        }
    }

    fn route(&mut self, change: Change) {
        let tablet = self.target_of(&change.key);
        let partition = self.partitions.get_mut(&tablet).expect("every target has its partition");
        partition.push(change);
    }

    /// The shard that has `key` by the newest resolution.
    fn target_of(&self, key: &Key) -> TabletId {
        let starts_before = |target: &PartitionTarget| target.range.from.as_ref().is_none_or(|from| from <= key);
        let after = self.targets.partition_point(starts_before);
        assert!(after > 0, "the partitions of a table leave no gap before {key}");
        self.targets[after - 1].tablet
    }

    fn acknowledge_up_to(&mut self, tablet: TabletId, order: u64, desk: &mut Desk<'_>) {
        let Some(partition) = self.partitions.get(&tablet) else {
            return;
        };
        let applied: Vec<u64> =
            partition.queue.iter().map(|change| change.order).take_while(|next| *next <= order).collect();
        for order in applied {
            self.acknowledge(tablet, order, desk);
        }
    }

    fn acknowledge(&mut self, tablet: TabletId, order: u64, desk: &mut Desk<'_>) {
        let Some(change) = self.partitions.get_mut(&tablet).and_then(|partition| partition.take(order)) else {
            return;
        };
        assert!(self.held_records > 0, "what a partition gave back was held");
        self.held_records -= 1;
        self.held_bytes -= size(&change);
        self.window.acknowledge(order);
        desk.counters.records_acknowledged += 1;
    }
}

/// Size in bytes as counted against the sender's memory.
pub(super) fn size(change: &Change) -> usize {
    let body = match &change.body {
        ChangeBody::Upsert(cells) => cells.size(),
        ChangeBody::Erase => 1,
    };
    change.key.size() + body
}

fn assert_whole(targets: &[PartitionTarget]) {
    assert!(targets.first().is_some_and(|first| first.range.from.is_none()), "a table's keys have no beginning");
    assert!(targets.last().is_some_and(|last| last.range.to.is_none()), "a table's keys have no end");
    let gapless = targets.windows(2).all(|pair| pair[0].range.to.is_some() && pair[0].range.to == pair[1].range.from);
    assert!(gapless, "a table's partitions leave no gap and do not overlap");
}
