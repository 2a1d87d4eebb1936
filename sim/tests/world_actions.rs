//! Nodes, storage, clocks, held messages and broken contracts: what each fault does.

mod world_counter;

use tabletsim::{World, WorldOptions};
use world_counter::{ONE, Say, TWO, TimerClassName, rest, say, story, total, wide_world, world, world_of};

fn receipts(world: &World) -> String {
    assert!(world.unfired().is_empty(), "{:?}", world.unfired());
    world.receipts().iter().map(|receipt| receipt.to_string()).collect::<Vec<_>>().join("; ")
}

/// Adds 1 to t1, and has it relay 2 to t2, in three nodes.
fn relay_under(schedule: &str) -> World {
    let mut world = wide_world(schedule);
    say(&mut world, ONE, &Say::Add(1));
    say(&mut world, ONE, &Say::Relay(TWO, 2));
    rest(&mut world);
    world
}

/// When a line of the story happens, in microseconds.
fn time_of(world: &World, what: &str) -> u64 {
    let story = story(world);
    let line = story.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what} in\n{story}"));
    let seconds = line.split_whitespace().nth(1).expect("a line has a time");
    seconds.replace('.', "").parse().expect("a time is a number")
}

#[test]
fn a_killed_node_takes_its_tablets_down_which_start_elsewhere() {
    let world = relay_under("kill n2 at pre of Relay#1 on t1 down_for=5s");
    assert_eq!(receipts(&world), "killed t1.g1, 1 writes lost; broke client1-t1#1");
    assert!(story(&world).contains("t1.g2        started on n3"), "{}", story(&world));
    assert_eq!((total(&world, ONE), total(&world, TWO)), (0, 0), "the relay was consumed and never executed");
    assert!(world.now().0 < 5_000_000);
}

#[test]
fn tablets_may_wait_for_their_node() {
    let world = relay_under("kill n2 at pre of Relay#1 on t1 down_for=5s tablets=there");
    assert!(story(&world).contains("t1.g2        started on n2"), "{}", story(&world));
    assert!(time_of(&world, "t1.g2        started") >= 5_000_000);
    let mut alone = world_of(WorldOptions::default(), "kill n1 at event 1 down_for=2s");
    say(&mut alone, ONE, &Say::Add(1));
    assert_eq!(rest(&mut alone), ["Done(1)"]);
    assert_eq!(receipts(&alone), "killed t1.g1; killed t2.g1");
    assert!(time_of(&alone, "t1.g2      ") >= 2_000_000, "there is no other node to start on");
}

#[test]
fn a_killed_node_keeps_writes_in_flight_if_asked() {
    let world = relay_under("kill n2 at exec of Add#1 on t1 keep=all");
    let lost = "lost Relay#1 from client1 to t1";
    assert_eq!(receipts(&world), format!("kept write #1 of t1.g1; killed t1.g1; broke client1-t1#1; {lost}"));
    assert_eq!(total(&world, ONE), 1);
}

#[test]
fn a_tablet_moves() {
    let world = relay_under("move t1 to n1 at durable of Add#1");
    assert_eq!(receipts(&world), "killed t1.g1; broke client1-t1#1; t1 goes to n1");
    assert!(story(&world).contains("t1.g2        started on n1"), "{}", story(&world));
    assert_eq!(total(&world, ONE), 1);
}

#[test]
fn a_partition_breaks_connections_and_refuses_new_ones() {
    let world = relay_under("partition n2-n3 after Add#1 on t1-t2 for=3s told=1s");
    assert_eq!(receipts(&world), "broke t1-t2#1");
    let begun = time_of(&world, "broken t1-t2#1");
    assert_eq!(time_of(&world, "hears that t1-t2#1 is gone"), begun + 1_000_000);
    let mut world = wide_world("partition n3-n2 at event 1 for=3s");
    say(&mut world, ONE, &Say::Relay(TWO, 2));
    rest(&mut world);
    assert!(receipts(&world).starts_with("no connection broke; refused connect t1-t2#1; refused connect t1-t2#2"));
    assert_eq!(total(&world, TWO), 2, "it gets through when the partition is over");
    assert!(time_of(&world, "Add(2) #1 from t1") > 3_000_000);
    let world = relay_under("partition n1-n3 at event 1 for=3s");
    assert_eq!(receipts(&world), "no connection broke", "n1 has no tablet");
}

#[test]
fn an_isolated_node_does_not_reach_clients_either() {
    let world = relay_under("isolate n2 after Add#1 on client1-t1 for=3s");
    assert_eq!(receipts(&world), "broke client1-t1#1; lost Relay#1 from client1 to t1");
    assert_eq!((total(&world, ONE), total(&world, TWO)), (1, 0));
}

#[test]
fn a_slow_log_takes_longer_for_a_while() {
    let calm = relay_under("");
    let slow = relay_under("slow t1 at write#1 times=1000 for=1s");
    assert_eq!(receipts(&slow).split(" until").next(), Some("writes of t1 take 1000 times longer"));
    let answered = |world: &World| time_of(world, "Done of 2 bytes #1 from t1");
    assert!(answered(&slow) > answered(&calm) + 99_000, "{} {}", answered(&slow), answered(&calm));
    assert_eq!((total(&slow, ONE), total(&slow, TWO)), (1, 2));
}

#[test]
fn a_failed_write_stops_the_incarnation() {
    let world = relay_under("fail write#1 on t1 down_for=1s");
    assert_eq!(receipts(&world), "the write failed; killed t1.g1; broke client1-t1#1");
    assert_eq!(total(&world, ONE), 0);
    assert!(time_of(&world, "t1.g2      ") >= 1_000_000);
}

#[test]
fn a_failed_snapshot_stops_it_too_and_loses_nothing_durable() {
    let mut world = world(1, "fail snapshot#1 on t1");
    let text = "x".repeat(30_000);
    for key in 1..=3 {
        say(&mut world, ONE, &Say::Write(key, text.clone()));
    }
    say(&mut world, ONE, &Say::Add(1));
    rest(&mut world);
    assert!(receipts(&world).starts_with("the write failed; killed t1.g1"), "{}", receipts(&world));
    say(&mut world, ONE, &Say::Add(1));
    rest(&mut world);
    assert!(story(&world).contains("booted from 0 bytes and"), "{}", story(&world));
}

#[test]
fn an_old_generation_lives_no_longer_than_asked() {
    let mut world = world(1, "reboot t1 at done of Add#1 old=30s down_for=1s");
    say(&mut world, ONE, &Say::Add(1));
    assert_eq!(rest(&mut world), ["Done(1)", "lost t1"]);
    assert_eq!(receipts(&world), "t1.g1 goes on for 30000000 us");
    assert_eq!(world.now().0 / 1_000_000, 30, "beyond its lease, for it asks for nothing");
}

#[test]
fn wall_clocks_jump_and_the_steady_one_does_not() {
    let world = relay_under("jump wall at pre of Add#1 on t1 by=-2h; jump n3 at pre of Add#1 on t1 by=1h");
    assert_eq!(receipts(&world), "wall clock jumped by -7200000000 us; wall clock jumped by 3600000000 us");
    assert_eq!(world.now(), relay_under("").now());
}

#[test]
fn a_tablet_deleted_by_force_answers_nobody() {
    let world = relay_under("delete t2 at event 3");
    assert_eq!(receipts(&world), "deleted t2; killed t2.g1");
    assert!(story(&world).contains("refused t1-t2#1: deleted"), "{}", story(&world));
}

#[test]
fn timers_writes_and_snapshots_are_anchors() {
    let armed = |schedule: &str| {
        let mut world = world(1, schedule);
        say(&mut world, ONE, &Say::Arm(TimerClassName::Due, 7_000));
        rest(&mut world);
        world
    };
    let before = armed("reboot t1 before timer Arm#1");
    assert_eq!((total(&before, ONE), receipts(&before)), (0, "killed t1.g1; broke client1-t1#1".to_owned()));
    let after = armed("reboot t1 after timer Arm#1 keep=all");
    assert_eq!(receipts(&after), "kept write #1 of t1.g1; killed t1.g1; broke client1-t1#1");
    let written = armed("reboot t1 at write#1");
    assert_eq!((total(&written, ONE), receipts(&written).contains("1 writes lost")), (0, true));
    let hint = |schedule: &str| armed(schedule).unfired()[0].nearest.clone();
    assert_eq!(hint("reboot t1 before timer Arm#2"), "t1 had 1 timers Arm, not 2");
    assert_eq!(hint("reboot t1 after timer Amr#1"), "t1 had no timers Amr, nearest is Arm; there were: Arm (1)");
    assert_eq!(hint("reboot t2 after timer Arm#1"), "no timer of t2 fired; timers of these did: t1");
    assert_eq!(hint("reboot t1 at write#9"), "t1 had 1 log writes, not 9");
    assert_eq!(hint("fail snapshot#1 on t1"), "t1 had 0 snapshots, not 1");
    assert_eq!(hint("fail write#1 on t2"), "t2 wrote nothing; these wrote: t1");
    assert_eq!(hint("reboot t1 when op1 enters Finalizing"), "op1 entered no state; these did: none");
    assert_eq!(hint("kill n7 at event 1"), "there is no node n7");
    assert_eq!(hint("isolate n4 at event 1 for=1s"), "there is no node n4");
    assert_eq!(hint("delete t9 at event 1"), "there is no t9");
}

/// Arms a timer of 7 ms at t1 and then sends an Add, held until the moment; when each happens.
fn held_until(moment: &str) -> (u64, u64, World) {
    let mut world = world(1, &format!("delay client1-t1 Add#1 until {moment}"));
    say(&mut world, ONE, &Say::Arm(TimerClassName::Due, 7_000));
    say(&mut world, ONE, &Say::Add(1));
    rest(&mut world);
    let fired = time_of(&world, "due timer: Arm");
    (time_of(&world, "Add(1) #1 from client1"), fired, world)
}

#[test]
fn a_message_is_held_until_just_before_and_after_a_timer() {
    let order = |world: &World| {
        let story = story(world);
        let place = |what: &str| story.find(what).expect("it is in the story");
        place("Add(1) #1 from client1") < place("due timer: Arm(Due, 7000)\u{20}")
    };
    let (came, fired, world) = held_until("1us before timer Arm#1 on t1");
    assert_eq!((came + 1, order(&world)), (fired, true));
    let (came, fired, world) = held_until("before timer Arm#1 on t1");
    assert_eq!((came, order(&world)), (fired, true));
    assert_eq!(receipts(&world), "held Add#1 from client1 to t1 until before timer Arm#1 on t1");
    let (came, fired, world) = held_until("after timer Arm#1 on t1");
    assert_eq!((came, order(&world)), (fired, false));
    let (came, fired, world) = held_until("1us after timer Arm#1 on t1");
    assert_eq!((came, order(&world)), (fired + 1, false));
}

#[test]
fn a_message_is_held_until_any_moment() {
    for moment in ["at durable of Timer#1 on t1", "at write#1 on t1", "at event 6", "after Arm#1 on client1-t1"] {
        let (came, fired, world) = held_until(moment);
        assert!(came < fired + 1_000, "{moment}");
        assert_eq!(total(&world, ONE), 1001, "{moment}");
    }
    let (came, _, _) = held_until("at time 5s");
    assert_eq!(came, 5_000_000);
}

#[test]
fn a_message_whose_moment_never_comes_arrives_in_the_end() {
    let mut world = world(1, "delay client1-t1 Add#1 until after timer Arm#1 on t1");
    say(&mut world, ONE, &Say::Add(1));
    say(&mut world, ONE, &Say::Add(2));
    assert_eq!(rest(&mut world), ["Done(1)", "Done(3)"], "nothing is lost, and the order is kept");
    assert_eq!(world.now().0 / 86_400_000_000, 3, "three days late");
    let unfired = world.unfired();
    assert_eq!(
        unfired[0].nearest,
        "what the message should wait for never came: no timer of t1 fired; timers of these did: none"
    );
    assert!(world.receipts().is_empty());
}

#[test]
fn a_held_message_goes_when_its_connection_drains() {
    let schedule = "delay client1-t1 Add#1 until at event 9000; reset client1-t1 at time 1s drained";
    let mut world = world(1, schedule);
    say(&mut world, ONE, &Say::Arm(TimerClassName::Due, 2_000_000));
    say(&mut world, ONE, &Say::Add(1));
    rest(&mut world);
    assert_eq!(time_of(&world, "Add(1) #1 from client1"), 1_000_000);
    assert!(world.now().0 < 3_000_000);
}

fn beyond(schedule: &str, allowed: bool) -> (Vec<String>, World) {
    let mut world = world_of(WorldOptions { beyond_contract: allowed, ..WorldOptions::default() }, schedule);
    for amount in [1, 2, 4] {
        say(&mut world, ONE, &Say::Add(amount));
    }
    let heard = rest(&mut world);
    (heard, world)
}

#[test]
fn beyond_the_contract_messages_are_lost_doubled_and_overtake() {
    let (heard, world) = beyond("drop client1-t1 Add#2", true);
    assert_eq!(
        (heard.join(" "), receipts(&world)),
        ("Done(1) Done(5)".to_owned(), "lost Add#2 from client1 to t1".to_owned())
    );
    let (heard, world) = beyond("duplicate client1-t1 Add#2", true);
    assert_eq!(heard.join(" "), "Done(1) Done(3) Done(5) Done(9)");
    assert_eq!(receipts(&world), "doubled Add#2 from client1 to t1");
    let (heard, world) = beyond("reorder client1-t1 Add#3", true);
    assert_eq!(heard.join(" "), "Done(4) Done(5) Done(7)");
    assert_eq!(receipts(&world), "Add#3 from client1 to t1 overtook 2 messages");
    let (_, world) = beyond("reorder client1-t1 Add#1", true);
    assert_eq!(world.unfired()[0].nearest, "nothing was on its way before the message");
}

#[test]
fn beyond_the_contract_has_to_be_allowed() {
    let (heard, world) = beyond("drop client1-t1 Add#2", false);
    assert_eq!(heard.join(" "), "Done(1) Done(3) Done(7)");
    assert_eq!(world.unfired()[0].nearest, "it is beyond the contract of pipes, which was not allowed for this run");
}

#[test]
fn the_same_faults_make_the_same_run() {
    let schedule = "kill n2 at done of Add#1 on t1; isolate n3 at time 300ms for=2s; slow t2 at event 3 times=9 for=9s; \
         delay t1-t2 Add#1 until at event 30; jump n1 at event 4 by=1s";
    let hashes: Vec<_> = (0..2).map(|_| relay_under(schedule).trace_hash()).collect();
    assert_eq!(hashes[0], hashes[1]);
    assert_ne!(hashes[0], relay_under("").trace_hash());
}
