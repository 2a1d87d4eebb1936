//! The world without faults: order, time, rest, budgets, panics.

mod world_counter;

use tablets::ids::{Generation, SECOND_US};
use tablets::tablet::Tablet;
use tabletsim::trace::{Detail, Text, lanes, read_json_lines, write_json_lines};
use tabletsim::{Step, World, WorldOptions};
use world_counter::{CLIENT, Counter, ONE, Say, TWO, TimerClassName, rest, say, story, total, world};

fn run(seed: u64) -> World {
    let mut world = world(seed, "");
    for amount in [1, 2, 4] {
        say(&mut world, ONE, &Say::Relay(TWO, amount));
    }
    rest(&mut world);
    world
}

#[test]
fn same_seed_same_hash_and_other_seed_other_hash() {
    let (a, b, c) = (run(1), run(1), run(2));
    assert_eq!(a.trace_hash(), b.trace_hash());
    assert_eq!(a.trace(), b.trace());
    assert_ne!(a.trace_hash(), c.trace_hash());
    assert_eq!(total(&a, TWO), 7);
}

#[test]
fn the_hash_does_not_need_the_records() {
    let mut hashes = Vec::new();
    for record in [true, false] {
        let mut world = World::new(WorldOptions { record, ..WorldOptions::default() });
        world.add_type::<Counter>(0);
        world.create_tablet(ONE, Counter::KIND);
        say(&mut world, ONE, &Say::Add(1));
        rest(&mut world);
        assert_eq!(world.trace().records().is_empty(), !record);
        hashes.push(world.trace_hash());
    }
    assert_eq!(hashes[0], hashes[1]);
}

#[test]
fn worlds_on_other_threads_are_the_same() {
    let here = run(3).trace_hash();
    let there = std::thread::scope(|scope| scope.spawn(|| run(3).trace_hash()).join().expect("it does not panic"));
    assert_eq!(here, there);
}

#[test]
fn a_connect_costs_two_events_a_request_two_a_write_one() {
    let mut world = world(1, "");
    let before = world.events();
    say(&mut world, ONE, &Say::Add(1));
    assert_eq!(rest(&mut world), ["Done(1)"]);
    assert_eq!(world.events() - before, 2 + 1 + 1 + 1);
    let before = world.events();
    say(&mut world, ONE, &Say::Get);
    assert_eq!(rest(&mut world), ["Done(1)"]);
    assert_eq!(world.events() - before, 1 + 1 + 1, "the pipe is open, and the log confirms the generation");
    assert_eq!(world.zone_events(), world.events() - 2, "two boots were setup");
}

#[test]
fn messages_of_one_connection_arrive_in_order() {
    for seed in 0..50 {
        let mut world = world(seed, "");
        for _ in 0..5 {
            say(&mut world, ONE, &Say::Add(1));
        }
        let heard = rest(&mut world);
        assert_eq!(heard, ["Done(1)", "Done(2)", "Done(3)", "Done(4)", "Done(5)"], "seed {seed}");
    }
}

#[test]
fn what_arrives_before_boot_waits() {
    let mut world = World::new(WorldOptions::default());
    world.add_type::<Counter>(0);
    world.create_tablet(ONE, Counter::KIND);
    say(&mut world, ONE, &Say::Add(5));
    assert_eq!(rest(&mut world), ["Done(5)"]);
}

#[test]
fn a_panic_is_a_step_and_the_tablet_is_gone() {
    let mut world = world(1, "");
    world.add_oracle(Box::new(tabletsim::oracle::NoPanic::default()));
    say(&mut world, ONE, &Say::Panic);
    let step = std::iter::from_fn(|| Some(world.step())).find(|step| matches!(step, Step::Panicked { .. }));
    let sentence = "the counter was told to panic".to_owned();
    assert_eq!(step, Some(Step::Panicked { tablet: ONE, generation: Generation(1), sentence: sentence.clone() }));
    assert_eq!(world.objections()[0].sentence, format!("t1.g1 panicked: {sentence}"));
    assert_eq!(world.step(), Step::Edge(CLIENT, lost(ONE)));
}

fn lost(tablet: tablets::ids::TabletId) -> tabletsim::EdgeEvent {
    tabletsim::EdgeEvent::PipeLost { tablet, end: tablets::tablet::PipeEnd::Broken }
}

#[test]
fn an_objection_is_told_first() {
    let mut world = world(1, "");
    world.add_oracle(Box::new(tabletsim::oracle::NoPanic::default()));
    say(&mut world, ONE, &Say::Panic);
    assert_eq!(rest(&mut world), ["objected", "t1 the counter was told to panic", "lost t1"]);
}

#[test]
fn a_heartbeat_that_changes_nothing_is_parked_and_comes_back_in_phase() {
    let mut world = world(1, "");
    say(&mut world, ONE, &Say::Arm(TimerClassName::Heartbeat, SECOND_US));
    rest(&mut world);
    let (parked_at, before) = (world.now(), world.events());
    assert_eq!(world.step(), Step::AtRest { deadlines: false });
    world.edge_after(CLIENT, 86_400 * SECOND_US, 7);
    assert_eq!(rest(&mut world), ["timer 7"]);
    assert_eq!(world.events() - before, 1, "a day costs one event");
    say(&mut world, TWO, &Say::Add(1));
    rest(&mut world);
    let beats = story(&world).lines().filter(|line| line.contains("heartbeat timer: Arm")).count();
    assert_eq!(beats, 2, "one before the day, one after something happened");
    assert!(world.now() > parked_at.plus(86_400 * SECOND_US));
}

#[test]
fn deadlines_fire_only_beside_something_else() {
    let mut world = world(1, "");
    say(&mut world, ONE, &Say::Arm(TimerClassName::Deadline, SECOND_US));
    rest(&mut world);
    assert_eq!(world.step(), Step::AtRest { deadlines: true });
    assert_eq!(total(&world, ONE), 0);
    world.edge_after(CLIENT, 2 * SECOND_US, 1);
    rest(&mut world);
    assert_eq!(total(&world, ONE), 1000);
    assert_eq!(world.step(), Step::AtRest { deadlines: false });
}

#[test]
fn the_budget_ends_a_run() {
    let mut world = World::new(WorldOptions { event_budget: 3, ..WorldOptions::default() });
    world.add_type::<Counter>(0);
    world.create_tablet(ONE, Counter::KIND);
    say(&mut world, ONE, &Say::Add(5));
    assert!(rest(&mut world).is_empty());
    assert_eq!((world.step(), world.events()), (Step::Exhausted, 3));
}

#[test]
fn settings_reach_live_tablets_and_waits_are_seen() {
    let mut world = world(1, "");
    say(&mut world, ONE, &Say::Add(5));
    rest(&mut world);
    world.reconfigure::<Counter>(3);
    rest(&mut world);
    assert_eq!(story(&world).matches("new settings").count(), 2);
    let waits = world.waits();
    assert_eq!(waits.len(), 1);
    assert_eq!(waits[0].1.what, "something after 5");
}

#[test]
fn a_trace_reads_back_as_it_was_written() {
    let world = run(1);
    let mut bytes = Vec::new();
    write_json_lines(world.trace(), &mut bytes).expect("writing to memory does not fail");
    let read = read_json_lines(bytes.as_slice()).expect("what was written can be read");
    assert_eq!(&read, world.trace());
    let mut hash = tabletsim::trace::TraceHash::default();
    read.records().iter().for_each(|record| hash.add(record));
    assert_eq!(hash.value(), world.trace_hash());
}

#[test]
fn the_hive_creates_once_and_deletes_for_good() {
    let three = tablets::ids::TabletId(3);
    let mut world = world(1, "");
    for _ in 0..2 {
        say(&mut world, ONE, &Say::Hive(true, three));
    }
    rest(&mut world);
    say(&mut world, three, &Say::Add(1));
    assert_eq!(rest(&mut world), ["Done(1)"]);
    for _ in 0..2 {
        say(&mut world, ONE, &Say::Hive(false, three));
    }
    assert_eq!(rest(&mut world), ["Done(0)", "Done(0)", "lost t3"]);
    for _ in 0..2 {
        say(&mut world, ONE, &Say::Hive(true, three));
        say(&mut world, three, &Say::Add(1));
        assert_eq!(rest(&mut world), ["deleted t3", "Done(0)"]);
    }
    assert!(world.durable::<Counter>(three).is_none());
}

#[test]
fn a_snapshot_replaces_the_log_and_a_boot_reads_both() {
    let mut world = world(1, "reboot t1 at done of Write#20");
    for key in 0..20 {
        say(&mut world, ONE, &Say::Write(key, "x".repeat(4_000)));
    }
    rest(&mut world);
    let snapshots = story(&world).lines().filter(|line| line.contains("snapshot of")).count();
    assert_eq!(snapshots, 1);
    let tables = world.durable::<Counter>(ONE).expect("it exists");
    assert_eq!(tables.text.len(), 20);
    assert!(story(&world).contains("t1.g2      ⇨ booted from 68"), "{}", story(&world));
}

#[test]
fn a_closed_pipe_is_heard_of_no_more() {
    let mut world = world(1, "");
    say(&mut world, ONE, &Say::Add(1));
    world.edge_close(CLIENT, ONE);
    assert!(rest(&mut world).is_empty(), "it was closed before it was connected");
    assert_eq!(total(&world, ONE), 0);
    say(&mut world, ONE, &Say::Add(1));
    rest(&mut world);
    say(&mut world, ONE, &Say::Add(1));
    world.edge_close(CLIENT, ONE);
    assert!(rest(&mut world).is_empty());
    assert_eq!(total(&world, ONE), 2, "what was sent before the close arrives");
}

#[test]
fn a_trace_as_text_and_in_lanes() {
    let mut world = world(1, "reset t1-t2 after Add#1");
    say(&mut world, ONE, &Say::Relay(TWO, 5));
    rest(&mut world);
    let text = Text::render(world.types(), Detail::Story, world.trace());
    let facts: Vec<_> = text.lines().skip(6).map(|line| &line[21..]).collect();
    let expected = [
        "client1    → Relay(TabletId(2), 5) #1 to t1  (← 3)",
        "t1.g1      ⇒ Done of 2 bytes #1 to client1  (← 5)",
        "-          ✗ reset t1-t2 after Add#1  (← 9)",
        "t1         ✗ broken t1-t2#1  (← 9)",
        "-          ✗ broke t1-t2#1  (← 9)",
        "t2.g1      ⇨ Total[-] = 5  (← 10)",
    ];
    for line in expected {
        assert!(facts.contains(&line), "{line} in\n{text}");
    }
    let lanes = lanes(world.types(), Detail::Story, world.trace(), 24);
    assert!(lanes.lines().next().is_some_and(|head| head.contains("client1") && head.contains("t2")), "{lanes}");
}
