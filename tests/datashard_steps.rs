//! Users' writes and SchemeShard's steps at one shard.

mod datashard_world;

use datashard_world::*;
use tablets::datashard::{ChangeKey, CutPhase};
use tablets::ids::*;
use tablets::message::*;
use tablets::row::{Key, KeyRange};
use tablets::settings::DataShardSettings;

const SHARD: TabletId = TabletId(10);
const COLLECTION: PathId = PathId(50);

fn shard(lineage: Option<u64>) -> World {
    shard_of(lineage, Some(key(100)))
}

/// A shard that takes every key.
fn unbounded() -> World {
    shard_of(None, None)
}

fn shard_of(lineage: Option<u64>, to: Option<Key>) -> World {
    let mut world = World::new(DataShardSettings::default());
    world.boot(SHARD);
    let init = ShardInit {
        path_id: PathId(5),
        role: ShardRole::User,
        schema: schema(),
        range: KeyRange { from: None, to },
        lineage: lineage.map(OperationId),
        indexes: Vec::new(),
        heir_of: Vec::new(),
    };
    assert_eq!(status(&mut world, &step(1, 1, 1, ShardStep::Init(init))), StepStatus::Done);
    world
}

fn status(world: &mut World, request: &DataShardMessage) -> StepStatus {
    match world.answer(SHARD, request) {
        SchemeShardMessage::StepAnswer(answer) => answer.status,
        other => panic!("a step is answered by a step's answer: {other}"),
    }
}

fn outcome(world: &mut World, request: &DataShardMessage) -> Status {
    match world.answer(SHARD, request) {
        ClientMessage::WriteAnswer { status, .. } => status,
        other => panic!("a write is answered by a write's answer: {other}"),
    }
}

fn cut(open: u64, snapshot: bool) -> ShardStep {
    ShardStep::Cut { stream_of: Some(COLLECTION), open, snapshot }
}

#[test]
fn a_write_is_done_once_even_over_a_reboot() {
    let mut world = shard(None);
    let request = write(7, &[upsert(1, Some(10), None)]);
    assert_eq!(outcome(&mut world, &request), Status::Success);
    assert_eq!(outcome(&mut world, &write(8, &[upsert(1, None, Some(5)), erase(2)])), Status::Success);
    let before = world.tables(SHARD).clone();
    world.reboot(SHARD);
    assert_eq!(outcome(&mut world, &request), Status::Success, "the same again is answered the same");
    assert_eq!(outcome(&mut world, &write(7, &[erase(1)])), Status::InvalidParameter, "but not other content");
    assert_eq!(world.tables(SHARD), &before, "and nothing changes");
    assert_eq!(before.rows[&key(1)], row(Some(10), Some(5)), "an upsert leaves other columns alone");
}

#[test]
fn what_cannot_be_written_is_refused_and_leaves_no_trace() {
    let mut world = shard(None);
    let before = world.tables(SHARD).clone();
    let both = [upsert(1, Some(1), None), upsert(100, Some(1), None)];
    assert_eq!(outcome(&mut world, &write(7, &both)), Status::NotAvailable);
    let mut old = write(7, &both);
    if let DataShardMessage::Write { schema_version, .. } = &mut old {
        *schema_version = 0;
    }
    assert_eq!(outcome(&mut world, &old), Status::SchemeError);
    assert_eq!(world.tables(SHARD), &before);
}

#[test]
fn a_restored_table_is_locked_until_the_end() {
    let mut world = shard(Some(90));
    let request = write(7, &[erase(1)]);
    assert_eq!(outcome(&mut world, &request), Status::PreconditionFailed);
    assert_eq!(status(&mut world, &step(90, 1, 5, ShardStep::EndRestore)), StepStatus::Done);
    assert_eq!(outcome(&mut world, &request), Status::Success);
}

#[test]
fn a_lineage_that_ended_before_its_birth_does_not_live() {
    let mut world = World::new(DataShardSettings::default());
    world.boot(SHARD);
    assert_eq!(status(&mut world, &step(90, 1, 5, ShardStep::EndRestore)), StepStatus::Done);
    let init = ShardInit {
        path_id: PathId(5),
        role: ShardRole::User,
        schema: schema(),
        range: KeyRange::default(),
        lineage: Some(OperationId(90)),
        indexes: Vec::new(),
        heir_of: Vec::new(),
    };
    assert_eq!(status(&mut world, &step(90, 1, 1, ShardStep::Init(init.clone()))), StepStatus::Stale);
    assert_eq!(status(&mut world, &step(91, 1, 1, ShardStep::Init(init))), StepStatus::Done);
    assert_eq!(outcome(&mut world, &write(7, &[erase(1)])), Status::Success);
}

#[test]
fn a_cut_blocks_then_separates_streams() {
    let mut world = shard(None);
    assert_eq!(status(&mut world, &step(2, 1, 1, ShardStep::Prepare)), StepStatus::Done);
    assert_eq!(outcome(&mut world, &write(7, &[erase(1)])), Status::Overloaded);
    world.reboot(SHARD);
    assert_eq!(outcome(&mut world, &write(7, &[erase(1)])), Status::Overloaded, "the block is durable");
    assert_eq!(status(&mut world, &step(2, 1, 2, cut(1, true))), StepStatus::Done);
    assert_eq!(outcome(&mut world, &write(7, &[erase(1)])), Status::Success);
    assert_eq!(status(&mut world, &step(2, 2, 2, cut(1, true))), StepStatus::Done, "again, by a newer SchemeShard");
    assert_eq!(status(&mut world, &step(2, 1, 1, ShardStep::Prepare)), StepStatus::Stale, "late");
    status(&mut world, &step(3, 2, 1, ShardStep::Prepare));
    status(&mut world, &step(3, 2, 2, cut(2, false)));
    assert_eq!(outcome(&mut world, &write(8, &[upsert(1, Some(1), None)])), Status::Success);
    let streams: Vec<ChangeKey> = world.tables(SHARD).changes.keys().copied().collect();
    let change = |stream, seq| ChangeKey { collection: COLLECTION, stream, seq };
    assert_eq!(streams, [change(1, 1), change(2, 2)]);
}

#[test]
fn an_aborted_cut_stays_aborted() {
    let mut world = shard(None);
    status(&mut world, &step(2, 1, 1, ShardStep::Prepare));
    assert_eq!(status(&mut world, &step(2, 1, 2, ShardStep::Abort)), StepStatus::Done);
    assert_eq!(status(&mut world, &step(2, 1, 1, ShardStep::Prepare)), StepStatus::Stale);
    assert_eq!(status(&mut world, &step(2, 3, 9, ShardStep::Prepare)), StepStatus::Stale, "also with a newer number");
    assert_eq!(world.tables(SHARD).scheme_ops[&OperationId(2)].cut, CutPhase::Aborted);
    assert_eq!(status(&mut world, &step(4, 1, 1, ShardStep::Abort)), StepStatus::Done, "never heard of");
    assert_eq!(outcome(&mut world, &write(7, &[erase(1)])), Status::Success);
}

#[test]
fn a_release_forgets_the_snapshot_and_the_streams_of_a_completed_backup() {
    let mut world = shard(None);
    outcome(&mut world, &write(7, &[upsert(1, Some(1), None)]));
    status(&mut world, &step(2, 1, 1, ShardStep::Prepare));
    status(&mut world, &step(2, 1, 2, cut(1, true)));
    outcome(&mut world, &write(8, &[erase(1), upsert(2, Some(2), None)]));
    assert_eq!(world.tables(SHARD).snapshot_undo.len(), 2, "one saved row, one saved absence");
    status(&mut world, &step(3, 1, 1, ShardStep::Prepare));
    status(&mut world, &step(3, 1, 2, cut(2, false)));
    let release = |keep_from| ShardStep::Release { stream_of: Some(COLLECTION), keep_from };
    status(&mut world, &step(2, 1, 3, release(1)));
    assert!(world.tables(SHARD).snapshots.is_empty() && world.tables(SHARD).snapshot_undo.is_empty());
    assert_eq!(world.tables(SHARD).changes.len(), 2, "the stream is not backed up yet");
    status(&mut world, &step(3, 1, 3, release(2)));
    assert!(world.tables(SHARD).changes.is_empty());
    status(&mut world, &step(4, 1, 1, ShardStep::DropStream { collection: COLLECTION }));
    assert!(world.tables(SHARD).streams.is_empty());
}

#[test]
fn a_read_is_in_order_and_says_whether_there_is_more() {
    let mut world = shard(None);
    outcome(&mut world, &write(7, &[upsert(3, Some(3), None), upsert(1, Some(1), None)]));
    let read = |limit| DataShardMessage::ReadRange { cookie: 4, range: KeyRange::default(), limit };
    let answer: ClientMessage = world.answer(SHARD, &read(1));
    let ClientMessage::ReadAnswer { cookie: 4, status: Status::Success, rows, more: true, .. } = answer else {
        panic!("one row of two: {answer:?}");
    };
    assert_eq!(rows, [(key(1), row(Some(1), None))]);
    let elsewhere = KeyRange { from: Some(key(100)), to: None };
    let answer: ClientMessage =
        world.answer(SHARD, &DataShardMessage::ReadRange { cookie: 4, range: elsewhere, limit: 9 });
    assert!(matches!(answer, ClientMessage::ReadAnswer { status: Status::NotAvailable, .. }), "{answer}");
}

/// Writes rows that nobody has written, some 8 kB of redo records.
fn fill(world: &mut World, number: u64) {
    let ops: Vec<WriteOp> = (0..500).map(|k| upsert(number * 500 + k, Some(k), None)).collect();
    assert_eq!(outcome(world, &write(1_000 + number, &ops)), Status::Success);
}

/// How long the log was, in bytes, each time that a snapshot took its place; and the longest record.
fn rewritten(reboots: bool) -> (Vec<usize>, usize) {
    let mut world = unbounded();
    let (mut rewritten, mut last, mut piece) = (Vec::new(), 0, 0);
    for number in 0..40 {
        fill(&mut world, number);
        let (snapshot, log) = world.log(SHARD);
        piece = piece.max(log.saturating_sub(last));
        if log < last {
            assert_eq!(log, 0, "all of the log is in the snapshot");
            rewritten.push(last + piece);
        }
        assert_eq!(snapshot, !rewritten.is_empty());
        last = log;
        if reboots && number % 3 == 0 {
            let tables = world.tables(SHARD).clone();
            world.reboot(SHARD);
            world.run();
            assert_eq!(world.tables(SHARD), &tables, "read from snapshot and log");
        }
    }
    (rewritten, piece)
}

/// A snapshot replaces the log once that has 64 kB, and twice as much as the snapshot before.
#[test]
fn a_snapshot_replaces_a_long_log_and_loses_nothing() {
    const LEAST: usize = 64 * 1024;
    let (rewritten, piece) = self::rewritten(false);
    let [first, second, ..] = rewritten[..] else { panic!("several snapshots: {rewritten:?}") };
    assert!((LEAST..LEAST + 2 * piece).contains(&first), "{rewritten:?}");
    let twice = 2 * LEAST - 4 * piece..3 * LEAST;
    assert!(twice.contains(&second), "the tables are as big as the log was: {rewritten:?}");
    assert!(rewritten.len() < 4, "the bigger the tables the longer the log: {rewritten:?}");
    assert_eq!(self::rewritten(true).0, rewritten, "a boot knows how long its log is");
}

#[test]
fn a_fenced_incarnation_says_and_does_nothing_more() {
    let mut world = shard(None);
    outcome(&mut world, &write(7, &[upsert(1, Some(1), None)]));
    let tables = world.tables(SHARD).clone();
    world.fence(SHARD);
    let late = [write(7, &[upsert(1, Some(1), None)]), write(8, &[erase(1)])].map(|late| world.ask(SHARD, &late));
    world.run();
    assert!(late.iter().all(|server| world.answered::<ClientMessage>(*server).is_empty()), "nobody is answered");
    assert_eq!(world.tables(SHARD), &tables, "and nothing is executed");
}
