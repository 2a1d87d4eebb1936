//! In whose name words are logged.
//!
//! Where nobody listens a span is not even begun, which `tracing` does on its own only as far
//! as it does not feed the `log` crate.

use crate::executor::TxRef;
use crate::ids::OperationId;
use crate::tablet::BootInfo;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Span, debug_span};

/// Of an incarnation, outside of a transaction.
pub(super) fn incarnation(info: BootInfo) -> Span {
    if LevelFilter::current() < Level::DEBUG {
        return Span::none();
    }
    debug_span!("incarnation", tablet = info.tablet.0, generation = info.generation.0)
}

/// Of a transaction, while it executes or completes.
pub(super) fn transaction(info: BootInfo, phase: &'static str, tx: TxRef, operation: Option<OperationId>) -> Span {
    if LevelFilter::current() < Level::DEBUG {
        return Span::none();
    }
    debug_span!(
        "tx",
        phase,
        tablet = info.tablet.0,
        generation = info.generation.0,
        tx = tx.tx_type.name,
        serial = tx.serial,
        operation = operation.map(|operation| operation.0),
    )
}
