//! What boot asserts of the tables it reads back: the invariants that every transaction
//! that wrote them relied on.

use crate::datashard::schema::DataShardTables;
use crate::local_db::Only;

/// Panics, with a sentence, if the tables contradict each other.
pub(super) fn assert_sound(tables: &DataShardTables) {
    assert_rows(tables);
    assert_streams(tables);
    assert_lineages(tables);
}

fn assert_rows(tables: &DataShardTables) {
    let Some(shard) = tables.shard.get(&Only) else {
        assert!(tables.rows.is_empty(), "a shard without a table has no rows");
        return;
    };
    let ends = tables.rows.keys().next().into_iter().chain(tables.rows.keys().next_back());
    for key in ends {
        assert!(shard.range.contains(key), "row {key} lies outside of {}", shard.range);
    }
}

fn assert_streams(tables: &DataShardTables) {
    for (collection, stream) in tables.streams.iter() {
        assert!(stream.first <= stream.open, "the open stream of {collection} is not released: {stream}");
    }
    for key in tables.changes.keys() {
        let stream = tables.streams.get(&key.collection);
        let held = stream
            .is_some_and(|stream| (stream.first..=stream.open).contains(&key.stream) && key.seq < stream.next_seq);
        assert!(held, "change {key} belongs to no stream that is kept");
    }
    for key in tables.snapshot_undo.keys() {
        assert!(tables.snapshots.contains_key(&key.operation), "row {key} is saved for no snapshot");
    }
}

fn assert_lineages(tables: &DataShardTables) {
    for (key, order) in tables.orders.iter() {
        let lineage = tables.lineages.get(&key.operation);
        let live = lineage.is_some_and(|lineage| !lineage.ended && lineage.opened >= Some(key.incremental_idx));
        assert!(live, "order {key} = {order} belongs to no live lineage that opened its increment");
    }
}
