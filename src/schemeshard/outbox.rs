//! What a transaction of SchemeShard has decided to say, kept until it is durable.

use crate::ids::{OperationId, ServerId, TabletId, TxId};
use crate::message::{ClientMessage, DataShardMessage};
use crate::pipe::RetryPolicy;
use crate::quirk::Quirk;
use crate::schemeshard::{Private, SchemeShard};
use crate::side_effects::{HiveRequest, SideEffects, TimerClass};

/// Collected in `execute`, emptied in `complete`. It is small while nothing is said, since every
/// transaction has one and is handed from place to place.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Outbox(Option<Box<Words>>);

#[derive(Clone, Debug, Default, Hash)]
struct Words {
    shards: Vec<(OperationId, TabletId, DataShardMessage)>,
    hive: Vec<HiveRequest>,
    clients: Vec<(ServerId, ClientMessage)>,
    resolutions: Vec<(ServerId, DataShardMessage)>,
    timers: Vec<(u64, TimerClass, Private)>,
    ended: Vec<OperationId>,
}

impl Outbox {
    fn words(&mut self) -> &mut Words {
        self.0.get_or_insert_default()
    }

    /// Sends to a shard over the operation's pipe.
    pub(super) fn shard(&mut self, operation: OperationId, tablet: TabletId, message: DataShardMessage) {
        self.words().shards.push((operation, tablet, message));
    }

    /// Asks the hive.
    pub(super) fn hive(&mut self, request: HiveRequest) {
        self.words().hive.push(request);
    }

    /// Answers a client.
    pub(super) fn client(&mut self, server: ServerId, message: ClientMessage) {
        self.words().clients.push((server, message));
    }

    /// Answers a shard's question.
    pub(super) fn resolution(&mut self, server: ServerId, message: DataShardMessage) {
        self.words().resolutions.push((server, message));
    }

    /// Arms a timer.
    pub(super) fn timer(&mut self, delay_us: u64, class: TimerClass, private: Private) {
        self.words().timers.push((delay_us, class, private));
    }

    /// A note to itself.
    pub(super) fn note(&mut self, private: Private) {
        self.timer(0, TimerClass::Due, private);
    }

    /// The operation has ended: its pipes close, those who wait are told.
    pub(super) fn ended(&mut self, operation: OperationId) {
        self.words().ended.push(operation);
    }

    /// Whether anything would leave the tablet.
    pub(super) fn speaks(&self) -> bool {
        self.0.as_ref().is_some_and(|words| {
            !(words.shards.is_empty()
                && words.hive.is_empty()
                && words.clients.is_empty()
                && words.resolutions.is_empty()
                && words.ended.is_empty())
        })
    }

    /// Says it all.
    pub(super) fn flush(self, ss: &mut SchemeShard, effects: &mut SideEffects) {
        let Words { shards, hive, clients, resolutions, timers, ended } =
            self.0.map(|words| *words).unwrap_or_default();
        for request in hive {
            effects.hive(request);
        }
        for (operation, tablet, message) in shards {
            send(ss, operation, tablet, &message, effects);
        }
        for (server, message) in clients {
            effects.reply(server, &message);
        }
        for (server, message) in resolutions {
            effects.reply(server, &message);
        }
        for (delay_us, class, private) in timers {
            effects.timer(delay_us, class, &private);
        }
        for operation in ended {
            ss.pool.close_all(operation, effects);
            let tx_id = TxId(operation.0);
            for server in ss.waiters.remove(&tx_id).unwrap_or_default() {
                effects.reply(server, &ClientMessage::TxCompleted { tx_id });
            }
        }
    }
}

fn send(
    ss: &mut SchemeShard,
    operation: OperationId,
    tablet: TabletId,
    message: &DataShardMessage,
    effects: &mut SideEffects,
) {
    if ss.info.quirks.has(Quirk::PipePerMessage) {
        let client = ss.ids.issue();
        effects.open(client, tablet, RetryPolicy { limit: Some(1), ..RetryPolicy::TABLET });
        effects.send(client, message);
        return;
    }
    ss.pool.send(operation, tablet, message, &mut ss.ids, effects);
}
