//! A backup and its restore between shards: a user table is copied at a cut, its changes
//! are backed up, and both are restored into two shards.

use super::*;

pub const COLLECTION: PathId = PathId(50);
pub const USER: (TabletId, PathId) = (TabletId(10), PathId(4));
pub const FULL: (TabletId, PathId) = (TabletId(11), PathId(5));
pub const INCREMENT: (TabletId, PathId) = (TabletId(12), PathId(6));
pub const LOW: (TabletId, PathId) = (TabletId(20), PathId(7));
pub const HIGH: (TabletId, PathId) = (TabletId(21), PathId(7));
pub const BACKUP: u64 = 100;
pub const NEXT_BACKUP: u64 = 101;
pub const RESTORE: u64 = 102;

/// Batches of two rows, and a sender that holds three.
pub fn world(quirks: Quirks) -> World {
    let config = DataShardSettings { scan_batch_rows: 2, change_sender_records: 3, ..DataShardSettings::default() };
    world_with(config, quirks)
}

pub fn create(world: &mut World, (tablet, path_id): (TabletId, PathId), range: KeyRange, lineage: Option<u64>) {
    let role = if path_id == FULL.1 || path_id == INCREMENT.1 { ShardRole::Backup } else { ShardRole::User };
    let lineage = lineage.map(OperationId);
    let (indexes, heir_of) = (Vec::new(), Vec::new());
    let init = ShardInit { path_id, role, schema: schema_of(path_id), range, lineage, indexes, heir_of };
    world.boot(tablet);
    world.answer::<SchemeShardMessage>(tablet, &step(1, 1, 1, ShardStep::Init(init)));
}

pub fn schema_of(path_id: PathId) -> TableSchema {
    if path_id == INCREMENT.1 { schema().with_marker() } else { schema() }
}

/// All shards; the user table has two cuts behind it and writes before, between and after.
pub fn world_with(config: DataShardSettings, quirks: Quirks) -> World {
    let mut world = World::new(config);
    world.quirks = quirks;
    create(&mut world, USER, KeyRange::default(), None);
    create(&mut world, FULL, KeyRange::default(), Some(BACKUP));
    create(&mut world, INCREMENT, KeyRange::default(), Some(NEXT_BACKUP));
    create(&mut world, LOW, KeyRange { from: None, to: Some(key(5)) }, Some(RESTORE));
    create(&mut world, HIGH, KeyRange { from: Some(key(5)), to: None }, Some(RESTORE));
    let first: Vec<WriteOp> = (1..=8).map(|k| upsert(k, Some(k * 10), (k % 2 == 0).then_some(k))).collect();
    user_writes(&mut world, 1, &first);
    cut(&mut world, BACKUP, 1, true);
    user_writes(&mut world, 2, &[upsert(1, None, Some(77)), erase(2), erase(3), upsert(3, Some(33), None), erase(6)]);
    user_writes(&mut world, 3, &[upsert(9, None, Some(9)), upsert(7, Some(71), None), erase(9), erase(4)]);
    cut(&mut world, NEXT_BACKUP, 2, false);
    user_writes(&mut world, 4, &[erase(1), erase(5), upsert(20, Some(1), Some(1))]);
    world
}

pub fn user_writes(world: &mut World, tx_id: u64, ops: &[WriteOp]) {
    let answer: ClientMessage = world.answer(USER.0, &write(tx_id, ops));
    assert!(matches!(answer, ClientMessage::WriteAnswer { status: Status::Success, .. }), "{answer}");
}

pub fn cut(world: &mut World, operation: u64, open: u64, snapshot: bool) {
    world.answer::<SchemeShardMessage>(USER.0, &step(operation, 1, 1, ShardStep::Prepare));
    let cut = ShardStep::Cut { stream_of: Some(COLLECTION), open, snapshot };
    world.answer::<SchemeShardMessage>(USER.0, &step(operation, 1, 2, cut));
}

/// The rows at the second cut, absent cells as nulls.
pub fn expected() -> BTreeMap<Key, Row> {
    let rows = [
        (1, Some(10), Some(77)),
        (3, Some(33), None),
        (5, Some(50), None),
        (7, Some(71), None),
        (8, Some(80), Some(8)),
    ];
    rows.into_iter().map(|(k, a, b)| (key(k), explicit(&row(a, b)))).collect()
}

pub fn explicit(row: &Row) -> Row {
    Row::new(schema().value_columns().map(|column| (column.id, row.get(column.id).cloned().unwrap_or(Value::Null))))
}

pub fn restored(world: &World) -> BTreeMap<Key, Row> {
    let rows = [LOW, HIGH].into_iter().flat_map(|(tablet, _)| world.tables(tablet).rows.iter());
    rows.map(|(key, row)| (key.clone(), explicit(row))).collect()
}

/// One of the four scans: its source, its targets, and the request.
#[derive(Clone, Hash)]
pub struct Job {
    pub source: TabletId,
    pub targets: Vec<TabletId>,
    pub request: ScanRequest,
}

pub fn jobs() -> [Job; 4] {
    let job = |operation, increment, work, source: (TabletId, PathId), targets: &[(TabletId, PathId)]| Job {
        source: source.0,
        targets: targets.iter().map(|(tablet, _)| *tablet).collect(),
        request: ScanRequest {
            tx_id: OperationId(operation),
            sub_operation: 0,
            attempt: 1,
            incremental_idx: increment,
            work,
            src_path_ids: vec![source.1],
            dst_path_id: targets[0].1,
            schemeshard_id: SCHEMESHARD,
            schemeshard_generation: Generation(1),
            start_key: None,
            start_order: None,
            stage_deadline: Some(Steady(60 * SECOND_US)),
        },
    };
    let stream = ScanWork::Stream { collection: COLLECTION, up_to: 1 };
    [
        job(BACKUP, 0, ScanWork::Snapshot, USER, &[FULL]),
        job(NEXT_BACKUP, 1, stream, USER, &[INCREMENT]),
        job(RESTORE, 0, ScanWork::Restore, FULL, &[LOW, HIGH]),
        job(RESTORE, 1, ScanWork::Restore, INCREMENT, &[LOW, HIGH]),
    ]
}

pub fn resolution(job: &Job) -> Resolution {
    let ranges = match job.targets.len() {
        1 => vec![KeyRange::default()],
        _ => vec![KeyRange { from: None, to: Some(key(5)) }, KeyRange { from: Some(key(5)), to: None }],
    };
    let targets = job.targets.iter().zip(ranges);
    let partitions = targets.map(|(tablet, range)| PartitionTarget { range, tablet: *tablet }).collect();
    Resolution::Table { schema: schema_of(job.request.dst_path_id), partitions }
}

pub fn report(message: SchemeShardMessage) -> ScanResponse {
    match message {
        SchemeShardMessage::RestoreMultipleIncrementalBackupsResponse(response)
        | SchemeShardMessage::BackupTableResponse(response) => response,
        other => panic!("a scan is answered by a report: {other}"),
    }
}

/// Runs a scan to its report; the request is sent once more at the end, as after a lost answer.
pub fn run(world: &mut World, job: &Job, mut fault: impl FnMut(&mut World, usize)) -> (ScanResponse, usize) {
    world.resolution = resolution(job);
    world.ask(job.source, &job.request.clone().message());
    let mut events = 0;
    while {
        fault(world, events);
        world.step()
    } {
        events += 1;
        assert!(events < 10_000, "the scan comes to rest");
    }
    (report(world.answer(job.source, &job.request.clone().message())), events)
}

pub fn run_well(world: &mut World, job: &Job) -> usize {
    let (response, events) = run(world, job, |_, _| {});
    assert_eq!(response.status, ScanStatus::Success, "{response}");
    events
}

/// What is durable of a target, without generations and sessions.
pub fn data(world: &World, job: &Job) -> Vec<BTreeMap<Key, Row>> {
    job.targets.iter().map(|tablet| (*world.tables(*tablet).rows).clone()).collect()
}
