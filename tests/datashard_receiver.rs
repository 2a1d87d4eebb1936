//! A target shard, driven by hand: who may write to it, and what it answers whom.

mod datashard_world;

use datashard_world::chain::*;
use datashard_world::*;
use tablets::ids::*;
use tablets::message::*;
use tablets::quirk::Quirks;

fn origin(generation: u32, session: u64, incremental_idx: u32) -> Origin {
    let operation = OperationId(RESTORE);
    Origin { tablet: TabletId(99), generation: Generation(generation), session, operation, incremental_idx }
}

fn handshake(world: &mut World, origin: Origin) -> (ExchangeStatus, u64) {
    let handshake = Handshake { origin, path_id: LOW.1, schema_version: 1 };
    match world.answer(LOW.0, &DataShardMessage::Handshake(handshake)) {
        DataShardMessage::HandshakeAnswer { status, last_record_order, .. } => (status, last_record_order),
        other => panic!("a handshake is answered as one: {other}"),
    }
}

fn apply(world: &mut World, origin: Origin, records: &[(u64, u64)]) -> Vec<(u64, ExchangeStatus)> {
    let record = |(order, k): &(u64, u64)| Change {
        order: *order,
        key: key(*k),
        body: ChangeBody::Upsert(row(Some(*order), None)),
    };
    let records = records.iter().map(record).collect();
    match world.answer(LOW.0, &DataShardMessage::ApplyRecords { origin, records }) {
        DataShardMessage::RecordStatuses { statuses, .. } => statuses,
        other => panic!("records are answered by statuses: {other}"),
    }
}

const OK: ExchangeStatus = ExchangeStatus::Ok;

#[test]
fn a_record_is_applied_once_and_known_after() {
    let mut world = world(Quirks::NONE);
    let first = origin(1, 1, 0);
    assert_eq!(apply(&mut world, first, &[(1, 1)]), [(1, ExchangeStatus::OutOfOrder)], "no session is open");
    assert_eq!(handshake(&mut world, first), (OK, 0));
    assert_eq!(apply(&mut world, first, &[(1, 1), (3, 2)]), [(1, OK), (3, OK)]);
    let before = world.tables(LOW.0).clone();
    assert_eq!(apply(&mut world, first, &[(1, 4), (3, 2)]), [(1, OK), (3, OK)], "applied before");
    assert_eq!(handshake(&mut world, first), (OK, 3), "the same session again");
    assert_eq!(world.tables(LOW.0), &before, "a repetition changes nothing");
    world.reboot(LOW.0);
    assert_eq!(handshake(&mut world, origin(2, 1, 0)), (OK, 3), "a newer incarnation goes on");
}

#[test]
fn the_first_record_refused_ends_its_batch() {
    let mut world = world(Quirks::NONE);
    let first = origin(1, 1, 0);
    handshake(&mut world, first);
    let statuses = apply(&mut world, first, &[(1, 1), (2, 7), (3, 2)]);
    assert_eq!(statuses, [(1, OK), (2, ExchangeStatus::WrongPartition)]);
    assert_eq!(apply(&mut world, first, &[(3, 2)]), [(3, OK)]);
    assert_eq!(
        apply(&mut world, first, &[(2, 7)]),
        [(2, ExchangeStatus::WrongPartition)],
        "a key of another shard is not known here, whatever its order"
    );
    assert_eq!(apply(&mut world, first, &[(6, 3), (5, 4)]), [(6, OK), (5, ExchangeStatus::OutOfOrder)]);
}

#[test]
fn superseded_senders_are_refused_by_name() {
    let mut world = world(Quirks::NONE);
    handshake(&mut world, origin(2, 5, 0));
    for (older, status) in
        [(origin(1, 9, 0), ExchangeStatus::StaleGeneration), (origin(2, 4, 0), ExchangeStatus::StaleSession)]
    {
        assert_eq!(handshake(&mut world, older), (status, 0));
        assert_eq!(apply(&mut world, older, &[(1, 1)]), [(1, status)]);
    }
    assert_eq!(handshake(&mut world, origin(2, 6, 1)), (OK, 0), "the next increment opens");
    assert_eq!(apply(&mut world, origin(2, 5, 0), &[(1, 1)]), [(1, ExchangeStatus::StaleIncrement)]);
    assert_eq!(handshake(&mut world, origin(2, 7, 0)), (ExchangeStatus::StaleIncrement, 0));
    assert_eq!(handshake(&mut world, origin(3, 1, 1)), (OK, 0), "a newer incarnation counts its sessions anew");
    assert_eq!(handshake(&mut world, origin(2, 8, 1)), (ExchangeStatus::StaleGeneration, 0));
    assert!(world.tables(LOW.0).rows.is_empty());
}

#[test]
fn only_a_live_lineage_may_write() {
    let mut world = world(Quirks::NONE);
    let stranger = Origin { operation: OperationId(777), ..origin(1, 1, 0) };
    assert_eq!(handshake(&mut world, stranger), (ExchangeStatus::UnknownLineage, 0));
    let lineages = world.tables(LOW.0).lineages.len();
    assert_eq!(lineages, 1, "a handshake never creates a lineage");
    let first = origin(1, 1, 0);
    handshake(&mut world, first);
    world.answer::<SchemeShardMessage>(LOW.0, &step(RESTORE, 1, 8, ShardStep::EndRestore));
    assert_eq!(apply(&mut world, first, &[(1, 1)]), [(1, ExchangeStatus::LineageOver)]);
    assert_eq!(handshake(&mut world, origin(9, 9, 9)), (ExchangeStatus::LineageOver, 0));
}

#[test]
fn a_shard_without_the_table_is_in_the_wrong_state() {
    let mut world = world(Quirks::NONE);
    let handshake =
        |path_id| DataShardMessage::Handshake(Handshake { origin: origin(1, 1, 0), path_id, schema_version: 1 });
    world.boot(TabletId(77));
    for (tablet, path_id) in [(TabletId(77), LOW.1), (LOW.0, PathId(999))] {
        let answer: DataShardMessage = world.answer(tablet, &handshake(path_id));
        assert!(
            matches!(answer, DataShardMessage::HandshakeAnswer { status: ExchangeStatus::WrongState, .. }),
            "{answer}"
        );
    }
}
