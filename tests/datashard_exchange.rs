//! A backup and its restore between shards. A fault at every event of every scan must leave
//! the same rows.

mod datashard_world;

use datashard_world::chain::*;
use datashard_world::*;
use std::collections::BTreeMap;
use tablets::ids::*;
use tablets::message::*;
use tablets::quirk::{Quirk, Quirks};
use tablets::row::{KeyRange, Row, Value};
use tablets::settings::DataShardSettings;

type Fault<'a> = Box<dyn Fn(&mut World) + 'a>;

fn faults(job: &Job) -> Vec<Fault<'_>> {
    let mut faults: Vec<Fault<'_>> = vec![
        Box::new(|world| world.reboot(job.source)),
        Box::new(|world| world.reset_pipes(None)),
        Box::new(|world| world.reset_pipes(Some(1))),
        Box::new(|world| world.reset_pipes(Some(15_000))),
    ];
    for target in &job.targets {
        faults.push(Box::new(|world| world.reboot(*target)));
    }
    faults
}

/// Terminates the scan of the user table once so many records are acknowledged.
fn abort_after(records: u64) -> impl FnMut(&mut World, usize) {
    let mut done = false;
    move |world, _| {
        if !done && world.shard(USER.0).counters().records_acknowledged >= records {
            done = true;
            world.abort_scans(USER.0);
        }
    }
}

#[test]
fn a_chain_is_restored_to_the_last_cut() {
    let mut world = world(Quirks::NONE);
    for job in jobs() {
        run_well(&mut world, &job);
    }
    assert_eq!(restored(&world), expected());
    let (increment, marker) = (world.tables(INCREMENT.0), schema_of(INCREMENT.1).marker().expect("it has one"));
    let row = |k, cells: &[(u32, Value)], deleted| {
        let cells = cells.iter().map(|(id, value)| (ColumnId(*id), value.clone()));
        (key(k), Row::new(cells.chain([(marker, Value::Bool(deleted))])))
    };
    let expected = BTreeMap::from([
        row(1, &[(3, Value::Uint64(77))], false),
        row(2, &[], true),
        row(3, &[(2, Value::Uint64(33)), (3, Value::Null)], false),
        row(4, &[], true),
        row(6, &[], true),
        row(7, &[(2, Value::Uint64(71))], false),
        row(9, &[], true),
    ]);
    assert_eq!(*increment.rows, expected, "one row per changed key");
    for tablet in [USER, FULL, INCREMENT] {
        assert_eq!(world.executor(tablet.0).pipe_clients(), 0, "no pipe outlives its scan");
        assert!(world.executor(tablet.0).waits().is_empty());
    }
}

/// How many rows each batch of the first scan has: rows of 18 and 28 bytes in turn, which the sender holds as
/// records of 21 and 28.
fn batches(config: DataShardSettings) -> Vec<u64> {
    let mut world = world_with(config, Quirks::NONE);
    let [job, ..] = jobs();
    let (mut read, mut batches) = (0, Vec::new());
    let (response, _) = run(&mut world, &job, |world, _| {
        let all = world.shard(USER.0).counters().records_enqueued;
        batches.extend((all > read).then_some(all - read));
        read = all;
    });
    assert_eq!((response.status, response.processed_rows), (ScanStatus::Success, 8));
    assert_eq!(response.processed_bytes, 4 * (18 + 28), "bytes are counted as they are at the source");
    batches
}

#[test]
fn a_batch_has_its_limits_and_so_has_the_sender() {
    let unbounded = DataShardSettings { scan_batch_rows: 100, ..DataShardSettings::default() };
    assert_eq!(batches(unbounded), [8]);
    assert_eq!(batches(DataShardSettings { scan_batch_rows: 3, ..unbounded }), [3, 3, 2]);
    assert_eq!(batches(DataShardSettings { scan_batch_bytes: 18 + 28, ..unbounded }), [2; 4], "a batch may be full");
    assert_eq!(batches(DataShardSettings { scan_batch_bytes: 18 + 28 - 1, ..unbounded }), [1; 8]);
    assert_eq!(batches(DataShardSettings { scan_batch_bytes: 1, ..unbounded }), [1; 8], "the first row always fits");
    assert_eq!(batches(DataShardSettings { change_sender_records: 2, ..unbounded }), [2; 4]);
    assert_eq!(
        batches(DataShardSettings { change_sender_bytes: 21 + 28, ..unbounded }),
        [2; 4],
        "what is acknowledged makes room"
    );
    assert_eq!(batches(DataShardSettings { change_sender_bytes: 21 + 28 - 1, ..unbounded }), [1; 8]);
    assert_eq!(batches(DataShardSettings { change_sender_bytes: 1, ..unbounded }), [1; 8], "one record is always held");
}

#[test]
fn one_fault_at_every_event_changes_nothing() {
    let mut world = world(Quirks::NONE);
    for job in jobs() {
        let before = world.clone();
        let events = run_well(&mut world, &job);
        for (number, fault) in faults(&job).iter().enumerate() {
            for at in 0..events {
                let mut world_with_fault = before.clone();
                let (response, _) = run(&mut world_with_fault, &job, |world, event| {
                    if event == at {
                        fault(world);
                        world.ask(job.source, &job.request.clone().message());
                    }
                });
                let place = format!("{} fault {number} at event {at}", job.request);
                assert_eq!(response.status, ScanStatus::Success, "{place}: {response}");
                assert_eq!(data(&world_with_fault, &job), data(&world, &job), "{place}");
            }
        }
    }
}

#[test]
fn two_faults_change_nothing() {
    let mut world = world(Quirks::NONE);
    let [full, increment, job, _] = jobs();
    run_well(&mut world, &full);
    run_well(&mut world, &increment);
    let before = world.clone();
    let events = run_well(&mut world, &job);
    let faults = faults(&job);
    for number in 0..faults.len() * faults.len() {
        let (first, second) = (number / faults.len(), number % faults.len());
        for at in (0..events).step_by(3) {
            let mut world_with_faults = before.clone();
            let (response, _) = run(&mut world_with_faults, &job, |world, event| {
                let due = [(at, first), (at + 1 + (7 * at) % 23, second)];
                for (_, fault) in due.iter().filter(|(when, _)| *when == event) {
                    faults[*fault](world);
                    world.ask(job.source, &job.request.clone().message());
                }
            });
            assert_eq!(response.status, ScanStatus::Success, "faults {first} and {second} at {at}: {response}");
            assert_eq!(data(&world_with_faults, &job), data(&world, &job), "faults {first} and {second} at {at}");
        }
    }
}

#[test]
fn an_aborted_scan_goes_on_where_it_was() {
    let mut world = world(Quirks::NONE);
    let [job, ..] = jobs();
    let (aborted, _) = run(&mut world, &job, abort_after(2));
    assert_eq!(aborted.status, ScanStatus::Aborted, "{aborted}");
    let order = aborted.last_order.expect("some rows were acknowledged");
    assert!((1..8).contains(&order), "not all of them: {order}");
    assert_eq!(aborted.last_key, Some(key(order)));
    let mut second = job.clone();
    second.request.attempt = 2;
    (second.request.start_key, second.request.start_order) = (aborted.last_key, aborted.last_order);
    let (response, _) = run(&mut world, &second, |_, _| {});
    assert_eq!((response.status, response.processed_rows, response.attempt), (ScanStatus::Success, 8, 2));
    assert_eq!(world.tables(FULL.0).rows.len(), 8);
    let late = world.ask(job.source, &job.request.clone().message());
    world.run();
    assert!(world.answered::<SchemeShardMessage>(late).is_empty(), "the first attempt is over");
}

#[test]
fn a_newer_schemeshard_adopts_and_is_reported_to() {
    let mut world = world(Quirks::NONE);
    let [job, ..] = jobs();
    let mut newer = job.request.clone();
    newer.schemeshard_generation = Generation(2);
    world.resolution = resolution(&job);
    let old = world.ask(job.source, &job.request.clone().message());
    while world.shard(job.source).counters().records_acknowledged < 2 {
        world.step();
    }
    let response = report(world.answer(job.source, &newer.message()));
    assert_eq!((response.status, response.schemeshard_generation), (ScanStatus::Success, Generation(2)));
    assert!(world.answered::<SchemeShardMessage>(old).is_empty(), "the old one is not told");
    assert_eq!(world.shard(job.source).counters().scans_started, 1);
    assert_eq!(world.shard(job.source).scans(), (0, 1), "the report is kept");
}

#[test]
fn nothing_starts_or_arrives_after_the_end() {
    let mut world = world(Quirks::NONE);
    let [full, increment, first, second] = jobs();
    run_well(&mut world, &full);
    run_well(&mut world, &increment);
    world.resolution = resolution(&first);
    world.ask(first.source, &first.request.clone().message());
    while world.shard(first.source).counters().records_acknowledged < 2 {
        world.step();
    }
    world.answer::<SchemeShardMessage>(LOW.0, &step(RESTORE, 1, 8, ShardStep::EndRestore));
    let response = report(world.answer(first.source, &first.request.clone().message()));
    assert_eq!(response.status, ScanStatus::Aborted, "{response}");
    let rows = world.tables(LOW.0).rows.clone();
    assert!(world.tables(LOW.0).orders.is_empty(), "orders go with the lineage");
    world.answer::<SchemeShardMessage>(second.source, &step(RESTORE, 1, 9, ShardStep::CancelScan));
    world.reboot(second.source);
    let late = world.ask(second.source, &second.request.clone().message());
    world.run();
    assert!(world.answered::<SchemeShardMessage>(late).is_empty(), "no scan after CancelScan, over a reboot too");
    assert_eq!(world.tables(LOW.0).rows, rows);
}

#[test]
fn records_follow_their_keys_when_the_partitions_were_wrong() {
    let mut world = world(Quirks::NONE);
    let [full, increment, first, second] = jobs();
    run_well(&mut world, &full);
    run_well(&mut world, &increment);
    let all_low = PartitionTarget { range: KeyRange::default(), tablet: LOW.0 };
    let wrong = Resolution::Table { schema: schema(), partitions: vec![all_low] };
    let (response, _) = run(&mut world, &first, |world, event| {
        world.resolution = if event < 40 { wrong.clone() } else { resolution(&first) };
    });
    assert_eq!((response.status, response.processed_rows), (ScanStatus::Success, 8), "{response}");
    assert!(world.now >= SECOND_US, "the destination was resolved again after a while");
    run_well(&mut world, &second);
    assert_eq!(restored(&world), expected());
}

#[test]
fn a_destination_that_is_never_reached_ends_at_the_deadline() {
    let mut world = world(Quirks::NONE);
    let [job, ..] = jobs();
    let elsewhere = PartitionTarget { range: KeyRange::default(), tablet: TabletId(99) };
    let mut lost = job.clone();
    lost.targets.clear();
    let (response, _) = run(&mut world, &job, |world, _| {
        world.resolution = Resolution::Table { schema: schema(), partitions: vec![elsewhere.clone()] };
    });
    assert_eq!(response.status, ScanStatus::Aborted, "{response}");
    assert!(world.now >= 60 * SECOND_US);
    let (gone, _) =
        run(&mut world, &Job { request: ScanRequest { attempt: 2, ..job.request.clone() }, ..job }, |world, _| {
            world.resolution = Resolution::Gone;
        });
    assert_eq!(gone.status, ScanStatus::Aborted, "{gone}");
}

#[test]
fn each_quirk_shows() {
    let mut aborted = world(Quirks::NONE.with(Quirk::AbortedScanIsSuccess));
    let [job, ..] = jobs();
    assert_eq!(run(&mut aborted, &job, abort_after(2)).0.status, ScanStatus::Success);
    assert!(aborted.tables(FULL.0).rows.len() < 8, "rows are missing behind the Success");
    let quirk = Quirks::NONE.with(Quirk::FinishByReadiness);
    let mut hasty = world_with(DataShardSettings::default(), quirk);
    assert_eq!(run(&mut hasty, &job, |_, _| {}).0.status, ScanStatus::Success);
    assert!(hasty.tables(FULL.0).rows.len() < 8, "rows are missing behind the Success");
}

#[test]
fn a_request_is_validated_in_order() {
    let mut world = world(Quirks::NONE);
    let [job, _, restore, _] = jobs();
    let mut refused = |tablet, change: &dyn Fn(&mut ScanRequest)| {
        let mut request = if tablet == USER.0 { job.request.clone() } else { restore.request.clone() };
        change(&mut request);
        world.resolution = resolution(&job);
        report(world.answer(tablet, &request.message())).status
    };
    assert_eq!(refused(USER.0, &|request| request.src_path_ids.clear()), ScanStatus::BadRequest);
    assert_eq!(refused(USER.0, &|request| request.dst_path_id = PathId(0)), ScanStatus::BadRequest);
    assert_eq!(refused(USER.0, &|request| request.src_path_ids.push(PathId(99))), ScanStatus::SchemeError);
    assert_eq!(refused(USER.0, &|request| request.start_order = Some(3)), ScanStatus::BadRequest);
    assert_eq!(refused(USER.0, &|request| request.tx_id = OperationId(7)), ScanStatus::WrongShardState);
    assert_eq!(refused(FULL.0, &|request| request.incremental_idx = 1), ScanStatus::SchemeError);
    let empty = refused(FULL.0, &|_| {});
    assert_eq!(empty, ScanStatus::Success, "an empty source is done at once");
    let open = ScanWork::Stream { collection: COLLECTION, up_to: 2 };
    assert_eq!(refused(USER.0, &|request| request.work = open.clone()), ScanStatus::WrongShardState);
}
