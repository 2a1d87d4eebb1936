//! What `execute` decided to say, kept until `complete` may say it.
//!
//! A sender binds each message to one pipe client. That matters: records that were meant
//! for a broken connection must be lost with it, because a later one begins with a
//! handshake, and records before it would leave a hole below `last_record_order`.
//! YDB: SchemeShard fills its `TSideEffects` in the same way.
//!
//! Left out: deadlines and heartbeats; nothing here waits for its own sake.

use crate::datashard::DataShard;
use crate::datashard::private::DataShardPrivate;
use crate::datashard::scan::ScanId;
use crate::ids::{ClientId, OperationId, ServerId, TabletId};
use crate::message::{ClientMessage, DataShardMessage, SchemeShardMessage};
use crate::pipe::RetryPolicy;
use crate::side_effects::{SideEffects, TimerClass};

#[derive(Clone, Debug, Hash)]
enum Out {
    OpenSender(ClientId, TabletId),
    ToShard(ClientId, DataShardMessage),
    CloseSender(ClientId),
    Resolve(ScanId, TabletId, SchemeShardMessage),
    CloseResolver(ScanId),
    Image(OperationId, TabletId, DataShardMessage),
    CloseHeirs(OperationId),
    Later(u64, DataShardPrivate),
    ToSchemeShard(ServerId, SchemeShardMessage),
    ToOrigin(ServerId, DataShardMessage),
    ToUser(ServerId, ClientMessage),
}

/// Messages, answers and timers of one transaction, in order.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Outgoing(Vec<Out>);

impl Outgoing {
    /// Opens a change sender's pipe.
    pub(super) fn open_sender(&mut self, client: ClientId, tablet: TabletId) {
        self.0.push(Out::OpenSender(client, tablet));
    }

    /// Sends to a target over a change sender's pipe.
    pub(super) fn send_to_shard(&mut self, client: ClientId, message: DataShardMessage) {
        self.0.push(Out::ToShard(client, message));
    }

    /// Closes a change sender's pipe.
    pub(super) fn close_sender(&mut self, client: ClientId) {
        self.0.push(Out::CloseSender(client));
    }

    /// Asks SchemeShard where the destination of a scan lives.
    pub(super) fn resolve(&mut self, scan: ScanId, schemeshard: TabletId, question: SchemeShardMessage) {
        self.0.push(Out::Resolve(scan, schemeshard, question));
    }

    /// Closes a scan's pipe to SchemeShard.
    pub(super) fn close_resolver(&mut self, scan: ScanId) {
        self.0.push(Out::CloseResolver(scan));
    }

    /// Sends an heir its image.
    pub(super) fn image(&mut self, operation: OperationId, heir: TabletId, image: DataShardMessage) {
        self.0.push(Out::Image(operation, heir, image));
    }

    /// Closes the pipes to heirs.
    pub(super) fn close_heirs(&mut self, operation: OperationId) {
        self.0.push(Out::CloseHeirs(operation));
    }

    /// Brings a private event back after a while; 0 is a note to itself.
    pub(super) fn later(&mut self, delay_us: u64, private: DataShardPrivate) {
        self.0.push(Out::Later(delay_us, private));
    }

    /// Answers SchemeShard.
    pub(super) fn answer_schemeshard(&mut self, server: ServerId, message: SchemeShardMessage) {
        self.0.push(Out::ToSchemeShard(server, message));
    }

    /// Answers a change sender.
    pub(super) fn answer_origin(&mut self, server: ServerId, message: DataShardMessage) {
        self.0.push(Out::ToOrigin(server, message));
    }

    /// Answers a user.
    pub(super) fn answer_user(&mut self, server: ServerId, message: ClientMessage) {
        self.0.push(Out::ToUser(server, message));
    }

    /// Whether anything here leaves the tablet.
    pub(super) fn speaks(&self) -> bool {
        self.0.iter().any(|out| match out {
            Out::ToShard(..)
            | Out::Resolve(..)
            | Out::Image(..)
            | Out::ToSchemeShard(..)
            | Out::ToOrigin(..)
            | Out::ToUser(..) => true,
            Out::OpenSender(..)
            | Out::CloseSender(..)
            | Out::CloseResolver(..)
            | Out::CloseHeirs(..)
            | Out::Later(..) => false,
        })
    }

    /// Says it all.
    pub(super) fn complete(self, shard: &mut DataShard, effects: &mut SideEffects) {
        for out in self.0 {
            match out {
                Out::OpenSender(client, tablet) => effects.open(client, tablet, RetryPolicy::SENDER),
                Out::ToShard(client, message) => effects.send(client, &message),
                Out::CloseSender(client) => effects.close(client),
                Out::Resolve(scan, tablet, question) => {
                    shard.resolvers.send(scan, tablet, &question, &mut shard.clients, effects);
                }
                Out::CloseResolver(scan) => shard.resolvers.close_all(scan, effects),
                Out::Image(operation, heir, image) => {
                    shard.heirs.send(operation, heir, &image, &mut shard.clients, effects);
                }
                Out::CloseHeirs(operation) => shard.heirs.close_all(operation, effects),
                Out::Later(delay_us, private) => effects.timer(delay_us, TimerClass::Due, &private),
                Out::ToSchemeShard(server, message) => effects.reply(server, &message),
                Out::ToOrigin(server, message) => effects.reply(server, &message),
                Out::ToUser(server, message) => effects.reply(server, &message),
            }
        }
    }
}
