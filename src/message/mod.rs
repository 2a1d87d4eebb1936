//! Everything that crosses a pipe, by receiver, and the parcels it travels in.
//!
//! Each tablet type has one message enum: all that it can receive, as a server
//! (requests) and as a client (answers to its own). A parcel carries the kind,
//! which only people, anchors and counters read, and the bincode bytes, which
//! only the receiver decodes.
//!
//! Left out: YDB's event headers, interconnect sessions and undelivery notices;
//! a pipe reports its own end (`pipe`).

mod client;
mod codec;
mod datashard;
mod display;
mod scan;
mod schemeshard;

pub use client::{
    BackupView, ClientMessage, DomainDescription, IndexView, PartitionView, PathDescription, RestoreView, ShardCounts,
    Status, SubOperationCounts, TableDescription,
};
pub use codec::{DecodeError, Decoder, Encoder, pack, unpack};
pub use datashard::{
    Change, ChangeBody, DataShardMessage, ExchangeStatus, Handshake, Origin, PartitionTarget, Resolution, Seq,
    ShardInit, ShardRole, ShardStep, WriteOp,
};
pub use scan::{Issue, ScanRequest, ScanResponse, ScanStatus, ScanWork, Severity};
pub use schemeshard::{Request, SchemeShardMessage, StepAnswer, StepStatus};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt;
use std::sync::Arc;

/// The name of a message, transaction or timer type, as traces and anchors say it.
pub type Kind = &'static str;

/// A message that can travel in a [`Parcel`].
pub trait Message: Serialize + DeserializeOwned + fmt::Display + fmt::Debug + Clone + Send + 'static {
    /// The message's name.
    fn kind(&self) -> Kind;

    /// This message in a parcel.
    fn parcel(&self) -> Parcel {
        Parcel { kind: self.kind(), bytes: pack(self).into() }
    }
}

/// A message on its way: its kind and its bincode bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Parcel {
    /// The message's name.
    pub kind: Kind,
    /// The message, encoded.
    pub bytes: Arc<[u8]>,
}

impl Parcel {
    /// Decodes the parcel as a message of the receiver's type.
    ///
    /// # Errors
    /// The bytes are not a message of that type.
    pub fn open<M: Message>(&self) -> Result<M, DecodeError> {
        unpack(&self.bytes)
    }
}

/// Nothing: the private events of a tablet that has no timers.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
pub enum Never {}

impl fmt::Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl Message for Never {
    fn kind(&self) -> Kind {
        match *self {}
    }
}
