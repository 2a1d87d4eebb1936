//! What a shard checks before it starts a scan, in this order (`protocol.md` §4).
//!
//! Left out: several local tables as sources; a shard here has one.

use crate::datashard::schema::{DataShardTables, ShardRow};
use crate::datashard::succession::serving;
use crate::ids::{OperationId, PathId};
use crate::message::{ScanRequest, ScanStatus, ScanWork};
use crate::row::DELETED_MARKER;

/// Why no scan can start.
pub(in crate::datashard) type Refusal = (ScanStatus, String);

/// The shard, if the request can be done by it.
///
/// # Errors
/// Status and issue for SchemeShard.
pub(in crate::datashard) fn validate<'a>(
    request: &ScanRequest,
    tables: &'a DataShardTables,
) -> Result<&'a ShardRow, Refusal> {
    let shard = serving(tables).map_err(|why| (ScanStatus::WrongShardState, why))?;
    let refusal = sources(request, shard)
        .or_else(|| resume(request))
        .or_else(|| marker(request, shard))
        .or_else(|| readable(request, tables));
    refusal.map_or(Ok(shard), Err)
}

fn sources(request: &ScanRequest, shard: &ShardRow) -> Option<Refusal> {
    if request.src_path_ids.is_empty() {
        return Some((ScanStatus::BadRequest, "no source tables".to_owned()));
    }
    if request.dst_path_id == PathId(0) {
        return Some((ScanStatus::BadRequest, "no destination table".to_owned()));
    }
    if let Some(other) = request.src_path_ids.iter().find(|path_id| **path_id != shard.path_id) {
        return Some((ScanStatus::SchemeError, format!("source {other} is not a table of this shard")));
    }
    (request.src_path_ids.len() > 1).then(|| (ScanStatus::BadRequest, "a source is named twice".to_owned()))
}

fn resume(request: &ScanRequest) -> Option<Refusal> {
    let halves = request.start_key.is_some() != request.start_order.is_some();
    halves.then(|| (ScanStatus::BadRequest, "a resumed scan needs both a key and its number".to_owned()))
}

fn marker(request: &ScanRequest, shard: &ShardRow) -> Option<Refusal> {
    let needed = request.work == ScanWork::Restore && request.incremental_idx > 0;
    let missing = needed && shard.schema.marker().is_none();
    missing.then(|| (ScanStatus::SchemeError, format!("{} has no column {DELETED_MARKER}", shard.path_id)))
}

fn readable(request: &ScanRequest, tables: &DataShardTables) -> Option<Refusal> {
    match request.work {
        ScanWork::Restore => None,
        ScanWork::Snapshot => snapshot(request.tx_id, tables),
        ScanWork::Stream { collection, up_to } => stream(collection, up_to, tables),
    }
}

fn snapshot(operation: OperationId, tables: &DataShardTables) -> Option<Refusal> {
    let missing = !tables.snapshots.contains_key(&operation);
    missing.then(|| (ScanStatus::WrongShardState, format!("{operation} has no snapshot here")))
}

fn stream(collection: PathId, up_to: u64, tables: &DataShardTables) -> Option<Refusal> {
    let Some(stream) = tables.streams.get(&collection) else {
        return Some((ScanStatus::WrongShardState, format!("no changes are collected for {collection}")));
    };
    if up_to >= stream.open {
        return Some((ScanStatus::WrongShardState, format!("stream {up_to} of {collection} is not closed")));
    }
    let released = up_to < stream.first;
    released.then(|| (ScanStatus::InternalError, format!("stream {up_to} of {collection} is released")))
}
