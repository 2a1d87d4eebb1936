//! All transactions of a DataShard, as one flat enum. The numbers are ours: YDB's types
//! do not map one to one.

use crate::datashard::DataShard;
use crate::datashard::schema::DataShardTables;
use crate::ids::OperationId;
use crate::local_db::Txn;
use crate::side_effects::SideEffects;
use crate::tablet::{Transaction, TxType};

pub use crate::datashard::tx_abort_scan::TxAbortScan;
pub use crate::datashard::tx_apply_records::TxApplyRecords;
pub use crate::datashard::tx_feed_indexes::TxFeedIndexes;
pub use crate::datashard::tx_handover_due::TxHandoverDue;
pub use crate::datashard::tx_handshake::TxHandshake;
pub use crate::datashard::tx_handshake_answer::TxHandshakeAnswer;
pub use crate::datashard::tx_handshake_due::TxHandshakeDue;
pub use crate::datashard::tx_image::TxImage;
pub use crate::datashard::tx_image_taken::TxImageTaken;
pub use crate::datashard::tx_pipe_lost::TxPipeLost;
pub use crate::datashard::tx_read_range::TxReadRange;
pub use crate::datashard::tx_reconfigured::TxReconfigured;
pub use crate::datashard::tx_record_statuses::TxRecordStatuses;
pub use crate::datashard::tx_resolve_due::TxResolveDue;
pub use crate::datashard::tx_resolved::TxResolved;
pub use crate::datashard::tx_scan_batch::TxScanBatch;
pub use crate::datashard::tx_scan_request::TxScanRequest;
pub use crate::datashard::tx_step::TxStep;
pub use crate::datashard::tx_write::TxWrite;

macro_rules! transactions {
    ($($number:literal $tx:ident: |$this:pat_param| $operation:expr;)+) => {
        /// A transaction of a DataShard.
        #[derive(Clone, Debug, Hash)]
        pub enum DataShardTx {
            $(
                #[doc = concat!("See [`", stringify!($tx), "`].")]
                $tx($tx),
            )+
        }

        impl Transaction for DataShardTx {
            type Tablet = DataShard;

            fn tx_type(&self) -> TxType {
                match self {
                    $(DataShardTx::$tx(_) => TxType { number: $number, name: stringify!($tx) },)+
                }
            }

            fn operation(&self) -> Option<OperationId> {
                match self {
                    $(DataShardTx::$tx($this) => $operation,)+
                }
            }

            fn speaks(&self) -> bool {
                match self {
                    $(DataShardTx::$tx(tx) => tx.out.speaks(),)+
                }
            }

            fn execute(&mut self, tablet: &mut DataShard, txn: &mut Txn<'_, DataShardTables>) {
                match self {
                    $(DataShardTx::$tx(tx) => tx.execute(tablet, txn),)+
                }
            }

            fn complete(self, tablet: &mut DataShard, effects: &mut SideEffects) {
                match self {
                    $(DataShardTx::$tx(tx) => tx.out.complete(tablet, effects),)+
                }
            }
        }
    };
}

transactions! {
    1 TxStep: |tx| Some(tx.operation);
    2 TxWrite: |_| None;
    3 TxReadRange: |_| None;
    10 TxScanRequest: |tx| Some(tx.request.tx_id);
    11 TxScanBatch: |tx| Some(tx.scan.operation);
    12 TxResolved: |tx| Some(tx.operation);
    13 TxResolveDue: |tx| Some(tx.scan.operation);
    14 TxAbortScan: |_| None;
    20 TxHandshakeAnswer: |tx| Some(tx.origin.operation);
    21 TxRecordStatuses: |tx| Some(tx.origin.operation);
    22 TxHandshakeDue: |tx| Some(tx.scan.operation);
    30 TxHandshake: |tx| Some(tx.handshake.origin.operation);
    31 TxApplyRecords: |tx| Some(tx.origin.operation);
    40 TxPipeLost: |_| None;
    41 TxReconfigured: |_| None;
    50 TxFeedIndexes: |_| None;
    60 TxImage: |tx| Some(tx.operation);
    61 TxImageTaken: |tx| Some(tx.operation);
    62 TxHandoverDue: |_| None;
}
