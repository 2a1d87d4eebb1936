//! What tablets are for: of a shard, its table and its keys.
//!
//! A DataShard's first rows say which path it belongs to, and SchemeShard's rows say what
//! that path is called. Paths are never forgotten, so the last row of each tells its name.

use crate::trace::{Trace, What};
use std::collections::BTreeMap;
use tablets::datashard::{DataShard, DataShardTables};
use tablets::ids::{PathId, TabletId};
use tablets::local_db::{Only, Schema};
use tablets::message::Kind;
use tablets::schemeshard::{SchemeShard, SchemeShardTables};
use tablets::tablet::Tablet;

/// What each shard holds, such as `/Root/orders [-inf .. 3)`.
pub(super) fn places(trace: &Trace, kinds: &BTreeMap<TabletId, Kind>) -> BTreeMap<TabletId, String> {
    let mut paths: BTreeMap<PathId, (Option<PathId>, String)> = BTreeMap::new();
    let mut shards = BTreeMap::new();
    for record in trace.records() {
        let (What::Durable { redo, .. }, Some(tablet)) = (&record.what, record.tablet) else { continue };
        let kind = kinds.get(&tablet).copied();
        if kind == Some(SchemeShard::KIND) {
            let written = rows::<SchemeShardTables>(redo);
            paths.extend(written.paths.iter().map(|(id, row)| (*id, (row.parent, row.name.to_string()))));
        } else if kind == Some(DataShard::KIND) && !shards.contains_key(&tablet) {
            let written = rows::<DataShardTables>(redo);
            shards.extend(written.shard.get(&Only).map(|row| (tablet, (row.path_id, row.range.to_string()))));
        }
    }
    let name = |(tablet, (path, range))| (tablet, format!("{} {range}", absolute(&paths, path)));
    shards.into_iter().map(name).collect()
}

fn rows<S: Schema>(redo: &[u8]) -> S {
    let mut rows = S::default();
    rows.redo(redo).expect("a redo record is read by the schema that wrote it");
    rows
}

/// A path's name from the root on; its number, if no row names it.
fn absolute(paths: &BTreeMap<PathId, (Option<PathId>, String)>, id: PathId) -> String {
    match paths.get(&id) {
        None => id.to_string(),
        Some((None, name)) => format!("/{name}"),
        Some((Some(above), name)) => format!("{}/{name}", absolute(paths, *above)),
    }
}
