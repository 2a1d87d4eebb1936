//! DataShard: a tablet that serves one partition of one table.
//!
//! ```text
//!   users ── writes, reads ──────────────┐
//!                                        ▼
//!   SchemeShard ── steps ─────────> [ tables ] <── apply ── receiver <── other shards
//!        │                               │
//!        └──── scan requests ──> scan ── read ──> change sender ──────> other shards
//! ```
//!
//! * **Tables** (`schema`): the rows, and what makes every message repeatable.
//! * **Writes and reads** (`tx_write`, `tx_read_range`), through the **change collector**
//!   (`collector`), which feeds streams and snapshots in the same commit.
//! * **Steps of SchemeShard** (`tx_step`, `steps`): init, the consistent cut, ends.
//! * **Scan** (`scan`, `scans`): reads an immutable source in batches, numbered by position.
//! * **Change sender** (`sender`): brings the numbered records to the shards of another table.
//! * **Index feeds** (`feed`): users' writes change the index tables, by the same exchange.
//! * **Change receiver** (`receiver`, `tx_handshake`, `tx_apply_records`): applies each once.
//!
//! Why nothing is lost or done twice, whatever reboots or breaks:
//!
//! * The source shard reboots: scan, sender and report are lost, and SchemeShard, whose pipe
//!   broke, asks again. The same rows get the same numbers; the new generation's handshake
//!   learns which of them are applied.
//! * The target reboots: rows and `last_record_order` are one commit, so either both are
//!   there or none. The sender's pipe breaks; it connects, learns the order and goes on.
//! * SchemeShard reboots: the scan goes on; its report is kept until somebody asks again.
//! * A late message of an older SchemeShard, scan or sender meets a durable fence: the `seq`
//!   of the operation, the session of the origin, the increment opened, the end of the lineage.
//!
//! How a shard is split or merged is told in `succession`.
//!
//! Left out: several tables in one shard, distributed transactions, followers, schema changes,
//! the queue that executes YDB's operations in order of plan step.

mod audit;
mod collector;
mod counters;
mod feed;
mod fences;
mod fold;
mod handover;
mod outgoing;
mod private;
mod receiver;
mod scan;
mod scans;
mod schema;
mod sender;
mod steps;
mod succession;
mod tx;
mod tx_abort_scan;
mod tx_apply_records;
mod tx_feed_indexes;
mod tx_handover_due;
mod tx_handshake;
mod tx_handshake_answer;
mod tx_handshake_due;
mod tx_image;
mod tx_image_taken;
mod tx_pipe_lost;
mod tx_read_range;
mod tx_reconfigured;
mod tx_record_statuses;
mod tx_resolve_due;
mod tx_resolved;
mod tx_scan_batch;
mod tx_scan_request;
mod tx_step;
mod tx_write;

pub use counters::Counters;
pub use fences::Fences;
pub use private::DataShardPrivate;
pub use scan::ScanId;
pub use schema::*;
pub use tx::*;

use crate::counters::{Aside, Counter};
use crate::datashard::feed::Feeding;
use crate::datashard::handover::HandingOver;
use crate::datashard::outgoing::Outgoing;
use crate::datashard::scan::Scan;
use crate::ids::{ClientId, OperationId, ServerId};
use crate::index::INDEX_FEED;
use crate::message::{DataShardMessage, Kind, Message, ScanStatus};
use crate::pipe::{ClientIds, PipePool, RetryPolicy};
use crate::settings::DataShardSettings;
use crate::tablet::{BootInfo, Event, Kept, Tablet, Via, Wait};
use std::collections::BTreeMap;

/// The tablet: one partition of one table.
///
/// * `fences` follow from the tables; everything else is lost with the incarnation.
/// * `resolvers` holds pipes of live scans, and of index feeds that resolve, only.
#[derive(Clone, Debug, Hash)]
pub struct DataShard {
    info: BootInfo,
    config: DataShardSettings,
    fences: Fences,
    scans: BTreeMap<ScanId, Scan>,
    feeding: Feeding,
    sessions: u64,
    superseded: bool,
    resolvers: PipePool<ScanId>,
    handing: Option<HandingOver>,
    heirs: PipePool<OperationId>,
    clients: ClientIds,
    counters: Aside<Counters>,
}

impl DataShard {
    /// What this incarnation has counted.
    pub fn counters(&self) -> Counters {
        let (live, kept) = self.scans();
        Counters { scans_live: live as u64, reports_kept: kept as u64, ..*self.counters }
    }

    /// How many scans are live, and how many reports are kept to be given again.
    pub fn scans(&self) -> (usize, usize) {
        let live = self.live_scans().len();
        (live, self.scans.len() - live)
    }

    fn request(server: ServerId, message: DataShardMessage) -> Option<DataShardTx> {
        let out = Outgoing::default();
        Some(match message {
            DataShardMessage::Step { operation, seq, step } => {
                DataShardTx::TxStep(TxStep { server, operation, seq, step, out })
            }
            DataShardMessage::RestoreMultipleIncrementalBackups(request) | DataShardMessage::BackupTable(request) => {
                DataShardTx::TxScanRequest(TxScanRequest { server, request, out })
            }
            DataShardMessage::Write { tx_id, schema_version, ops } => {
                DataShardTx::TxWrite(TxWrite { server, tx_id, schema_version, ops, out })
            }
            DataShardMessage::ReadRange { cookie, range, limit } => {
                DataShardTx::TxReadRange(TxReadRange { server, cookie, range, limit, out })
            }
            DataShardMessage::Handshake(handshake) => DataShardTx::TxHandshake(TxHandshake { server, handshake, out }),
            DataShardMessage::ApplyRecords { origin, records } => {
                DataShardTx::TxApplyRecords(TxApplyRecords { server, origin, records, out })
            }
            DataShardMessage::Image { operation, parent, tables } => {
                DataShardTx::TxImage(TxImage { server, operation, parent, tables, out })
            }
            answer @ (DataShardMessage::Resolved { .. }
            | DataShardMessage::HandshakeAnswer { .. }
            | DataShardMessage::RecordStatuses { .. }
            | DataShardMessage::ImageTaken { .. }) => return Self::misplaced(&answer),
        })
    }

    fn answer(client: ClientId, message: DataShardMessage) -> Option<DataShardTx> {
        let out = Outgoing::default();
        Some(match message {
            DataShardMessage::Resolved { operation, path_id, resolution } => {
                DataShardTx::TxResolved(TxResolved { client, operation, path_id, resolution, out })
            }
            DataShardMessage::HandshakeAnswer { origin, tablet, status, last_record_order } => {
                DataShardTx::TxHandshakeAnswer(TxHandshakeAnswer {
                    client,
                    origin,
                    tablet,
                    status,
                    last_record_order,
                    out,
                })
            }
            DataShardMessage::RecordStatuses { origin, tablet, statuses } => {
                DataShardTx::TxRecordStatuses(TxRecordStatuses { client, origin, tablet, statuses, out })
            }
            DataShardMessage::ImageTaken { operation, tablet } => {
                DataShardTx::TxImageTaken(TxImageTaken { client, operation, tablet, out })
            }
            request => return Self::misplaced(&request),
        })
    }

    fn private(private: DataShardPrivate) -> DataShardTx {
        let out = Outgoing::default();
        match private {
            DataShardPrivate::ScanBatch { scan, session } => {
                DataShardTx::TxScanBatch(TxScanBatch { scan, session, out })
            }
            DataShardPrivate::ResolveDue { scan, session, round } => {
                DataShardTx::TxResolveDue(TxResolveDue { scan, session, round, out })
            }
            DataShardPrivate::HandshakeDue { scan, session, tablet, round } => {
                DataShardTx::TxHandshakeDue(TxHandshakeDue { scan, session, tablet, round, out })
            }
            DataShardPrivate::HandoverDue { heir } => DataShardTx::TxHandoverDue(TxHandoverDue { heir, out }),
            DataShardPrivate::AbortScan { status, cause } => {
                DataShardTx::TxAbortScan(TxAbortScan { status, cause, out })
            }
        }
    }

    /// A request over a pipe of our own, or an answer over somebody else's: nobody sends that.
    fn misplaced(message: &DataShardMessage) -> Option<DataShardTx> {
        tracing::warn!(kind = message.kind(), "came the wrong way");
        None
    }
}

impl Tablet for DataShard {
    const KIND: Kind = "DataShard";
    type Schema = DataShardTables;
    type Message = DataShardMessage;
    type Private = DataShardPrivate;
    type Config = DataShardSettings;
    type Tx = DataShardTx;
    type Derived = Fences;

    fn boot(info: BootInfo, config: &DataShardSettings, tables: &DataShardTables) -> (Self, Vec<DataShardTx>) {
        audit::assert_sound(tables);
        let shard = DataShard {
            info,
            config: *config,
            fences: Fences::of(tables),
            scans: BTreeMap::new(),
            feeding: Feeding::default(),
            sessions: 0,
            superseded: false,
            resolvers: PipePool::new(RetryPolicy::TABLET),
            handing: None,
            heirs: PipePool::new(RetryPolicy::TABLET),
            clients: ClientIds::default(),
            counters: Aside::default(),
        };
        let resume = (!tables.index_queue.is_empty()).then(|| DataShardTx::TxFeedIndexes(TxFeedIndexes::default()));
        (shard, resume.into_iter().collect())
    }

    fn injection(name: &str) -> Option<DataShardPrivate> {
        let status = match name {
            "AbortScan" => ScanStatus::Aborted,
            name => ScanStatus::ENDS.into_iter().find(|status| name == format!("ScanStatus:{status}"))?,
        };
        Some(DataShardPrivate::AbortScan { status, cause: "by a fault".to_owned() })
    }

    fn receive(&self, event: Event<Self>) -> Option<DataShardTx> {
        let out = Outgoing::default();
        match event {
            Event::Message(Via::Server(server), message) => Self::request(server, message),
            Event::Message(Via::Client(client), message) => Self::answer(client, message),
            Event::ClientDestroyed(client, end) => Some(DataShardTx::TxPipeLost(TxPipeLost { client, end, out })),
            Event::Private(private) => Some(Self::private(private)),
            Event::Reconfigured(config) => Some(DataShardTx::TxReconfigured(TxReconfigured { config, out })),
            Event::ClientConnected(_) | Event::ServerDisconnected(_) | Event::Hive(_) => None,
        }
    }

    fn derived(&self) -> Fences {
        self.fences.clone()
    }

    fn counters(&self, _: &DataShardTables) -> Vec<Counter> {
        counters::list(self)
    }

    fn keeps(&self) -> Vec<Kept> {
        let kept = |operation, what: &str| Kept { operation, what: what.to_owned() };
        let scans = self.scans.iter().map(|(id, scan)| match scan {
            Scan::Live(_) => kept(id.operation, "a live scan"),
            Scan::Finished(_) => kept(id.operation, "a report"),
        });
        let resolvers = self.resolvers.owners().filter(|id| id.operation != INDEX_FEED);
        let resolvers = resolvers.map(|id| kept(id.operation, "a pipe of a scan to SchemeShard"));
        let heirs = self.heirs.owners().map(|operation| kept(operation, "a pipe to an heir"));
        scans.chain(resolvers).chain(heirs).collect()
    }

    fn memory(&self) -> Vec<(&'static str, String)> {
        vec![
            ("scans", format!("{:?}", self.scans)),
            ("fences", format!("{:?}", self.fences)),
            ("feeding", format!("{:?}", self.feeding)),
            ("resolvers", format!("{:?}", self.resolvers)),
            ("handing over", format!("{:?}", self.handing)),
            ("heirs", format!("{:?}", self.heirs)),
            ("sessions", self.sessions.to_string()),
            ("superseded", self.superseded.to_string()),
        ]
    }

    fn waits(&self, _: &DataShardTables) -> Vec<Wait> {
        let live = self.scans.values().filter_map(|scan| match scan {
            Scan::Live(live) => Some(live.waits()),
            Scan::Finished(_) => None,
        });
        let handing = self.handing.iter().flat_map(HandingOver::waits);
        live.flatten().chain(self.feeding.waits()).chain(handing).collect()
    }
}
