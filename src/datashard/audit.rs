//! What boot asserts of the tables it reads back: the invariants that every transaction
//! that wrote them relied on.

use crate::datashard::schema::{DataShardTables, IndexRecordKey};
use crate::index::INDEX_FEED;
use crate::local_db::Only;
use crate::message::ShardRole;

/// Panics, with a sentence, if the tables contradict each other.
pub(super) fn assert_sound(tables: &DataShardTables) {
    assert_rows(tables);
    assert_streams(tables);
    assert_lineages(tables);
    assert_index_queue(tables);
    assert_succession(tables);
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

fn assert_index_queue(tables: &DataShardTables) {
    for (index, feed) in tables.index_feeds.iter() {
        let mut next = feed.last_order;
        let records = IndexRecordKey { index: *index, order: 0 }..=IndexRecordKey { index: *index, order: u64::MAX };
        for (key, record) in tables.index_queue.range(records).rev() {
            assert_eq!(key.order, next, "the queue to {index} ends with its last record and has no gap");
            assert!(tables.writes.contains_key(&record.write), "{} fed {index}, so it was done", record.write);
            next -= 1;
        }
    }
    let fed = |key: &IndexRecordKey| tables.index_feeds.contains_key(&key.index);
    assert!(tables.index_queue.keys().all(fed), "every queue leads to an index of the table");
}

fn assert_lineages(tables: &DataShardTables) {
    let is_index = tables.shard.get(&Only).is_some_and(|shard| shard.role == ShardRole::Index);
    for (key, order) in tables.orders.iter() {
        if key.operation == INDEX_FEED {
            assert!(is_index, "only an index table takes index records: {key} = {order}");
            continue;
        }
        let lineage = tables.lineages.get(&key.operation);
        let live = lineage.is_some_and(|lineage| !lineage.ended && lineage.opened >= Some(key.incremental_idx));
        assert!(live, "order {key} = {order} belongs to no live lineage that opened its increment");
    }
}

fn assert_succession(tables: &DataShardTables) {
    if let Some(heir) = tables.heir.get(&Only) {
        assert!(!heir.active || heir.missing.is_empty(), "an heir serves when it has every image: {heir}");
        assert!(heir.missing.iter().all(|of| heir.parents.contains(of)), "an heir waits for its parents: {heir}");
    }
    if let Some(handover) = tables.handover.get(&Only) {
        assert!(!handover.heirs.is_empty(), "a shard that hands over has heirs");
        assert!(tables.shard.contains_key(&Only), "a shard that hands over has a table: {handover}");
    }
}
