//! Faults: what each of them loses, keeps and reports.

mod world_counter;

use tablets::executor::Cut;
use tabletsim::fault::{ActionKind, Fault, Point, points};
use world_counter::{ONE, Say, TWO, TimerClassName, rest, say, story, total, wide_world, world};

/// Adds 1 to t1 under this schedule; the answers, what is durable, and the one receipt.
fn add_under(schedule: &str) -> (Vec<String>, u64, String) {
    let mut world = world(1, schedule);
    say(&mut world, ONE, &Say::Add(1));
    let heard = rest(&mut world);
    assert!(world.unfired().is_empty(), "{:?}", world.unfired());
    let receipts: Vec<_> = world.receipts().iter().map(|receipt| receipt.to_string()).collect();
    (heard, total(&world, ONE), receipts.join("; "))
}

#[test]
fn pre_loses_the_message() {
    let (heard, total, receipt) = add_under("reboot t1 at pre of Add#1");
    assert_eq!((heard, total), (vec!["lost t1".to_owned()], 0));
    assert_eq!(receipt, "killed t1.g1; broke client1-t1#1");
}

#[test]
fn exec_loses_the_write_unless_it_is_kept() {
    let (heard, total, receipt) = add_under("reboot t1 at exec of Add#1");
    assert_eq!((heard, total), (vec!["lost t1".to_owned()], 0));
    assert_eq!(receipt, "killed t1.g1, 1 writes lost; broke client1-t1#1");
    for keep in ["keep=all", "keep=1"] {
        let (heard, total, receipt) = add_under(&format!("reboot t1 at exec of Add#1 {keep}"));
        assert_eq!((heard, total), (vec!["lost t1".to_owned()], 1));
        assert_eq!(receipt, "kept write #1 of t1.g1; killed t1.g1; broke client1-t1#1");
    }
}

#[test]
fn durable_loses_the_answer_only() {
    let (heard, total, _) = add_under("reboot t1 at durable of Add#1");
    assert_eq!((heard, total), (vec!["lost t1".to_owned()], 1));
}

#[test]
fn done_loses_nothing_that_was_sent() {
    let (heard, total, _) = add_under("reboot t1 at done of Add#1");
    assert_eq!((heard, total), (vec!["Done(1)".to_owned(), "lost t1".to_owned()], 1));
}

#[test]
fn a_rebooted_tablet_comes_back_with_what_is_durable() {
    let mut world = world(1, "reboot t1 at durable of Add#2 down_for=2s");
    say(&mut world, ONE, &Say::Add(1));
    assert_eq!(rest(&mut world), ["Done(1)"]);
    say(&mut world, ONE, &Say::Add(2));
    assert_eq!(rest(&mut world), ["lost t1"]);
    assert!(world.now().0 > 2_000_000);
    say(&mut world, ONE, &Say::Add(4));
    assert_eq!(rest(&mut world), ["Done(7)"]);
}

#[test]
fn reset_before_a_message_loses_it_and_after_it_only_the_answer() {
    let (heard, total, receipt) = add_under("reset client1-t1 before Add#1");
    assert_eq!((heard, total), (vec!["lost t1".to_owned()], 0));
    assert_eq!(receipt, "broke client1-t1#1; lost Add#1 from client1 to t1");
    let (heard, total, receipt) = add_under("reset client1-t1 after Add#1");
    assert_eq!((heard, total), (vec!["lost t1".to_owned()], 1));
    assert_eq!(receipt, "broke client1-t1#1");
}

#[test]
fn reset_drained_delivers_what_was_sent() {
    let mut world = world(1, "reset client1-t1 before Add#1 drained");
    for _ in 0..3 {
        say(&mut world, ONE, &Say::Add(1));
    }
    assert_eq!(rest(&mut world), ["lost t1"], "answers are sent on a broken connection");
    assert_eq!(total(&world, ONE), 3);
    assert!(story(&world).contains("lost: Done of 2 bytes #1 from t1 to client1"), "{}", story(&world));
}

#[test]
fn a_side_that_resets_alone_hears_nothing_more() {
    for (side, durable) in [("server", 0), ("client", 2)] {
        let mut world = world(1, &format!("reset client1-t1 before Add#1 drained side={side}"));
        say(&mut world, ONE, &Say::Add(1));
        say(&mut world, ONE, &Say::Add(1));
        rest(&mut world);
        assert_eq!(total(&world, ONE), durable, "side={side}");
    }
}

#[test]
fn the_server_hears_that_a_connection_it_has_seen_is_gone() {
    let mut world = world(1, "reset t1-t2 after Add#1");
    say(&mut world, ONE, &Say::Relay(TWO, 1));
    rest(&mut world);
    let story = story(&world);
    assert!(story.lines().any(|line| line.contains("t2.g1") && line.contains("hears that t1-t2#1 is gone")), "{story}");
    assert!(story.lines().any(|line| line.contains("t1.g1") && line.contains("pre of Lost#1")), "{story}");
}

#[test]
fn a_refused_connect_is_tried_again() {
    let (heard, total, receipt) = add_under("refuse connect client1-t1#1 times=3");
    assert_eq!((heard, total), (vec!["Done(1)".to_owned()], 1));
    assert_eq!(receipt.matches("refused connect").count(), 3, "{receipt}");
}

#[test]
fn a_connect_to_a_tablet_that_is_down_is_tried_again() {
    let (heard, total, _) = add_under("reboot t1 at event 1 down_for=1s");
    assert_eq!((heard, total), (vec!["Done(1)".to_owned()], 1));
}

#[test]
fn a_delay_holds_up_what_is_behind_it() {
    let mut calm = world(1, "");
    let mut late = world(1, "delay client1-t1 Add#1 by 5s");
    for world in [&mut calm, &mut late] {
        say(world, ONE, &Say::Add(1));
        say(world, ONE, &Say::Add(2));
        assert_eq!(rest(world), ["Done(1)", "Done(3)"]);
    }
    assert!(late.now().0 >= calm.now().0 + 4_900_000);
}

#[test]
fn the_fence_stops_an_old_generation() {
    let mut world = world(1, "reboot t1 at event 1 old=lives down_for=0us");
    say(&mut world, ONE, &Say::Add(1));
    assert_eq!(rest(&mut world), ["Done(1)"]);
    say(&mut world, ONE, &Say::Get);
    assert_eq!(rest(&mut world), ["Done(1)"]);

    // The client stays connected to the old generation, whose next write is refused.
    let mut world = world_with_old_connection();
    say(&mut world, ONE, &Say::Add(2));
    assert_eq!(rest(&mut world), ["lost t1"]);
    assert_eq!(total(&world, ONE), 1, "the write of the old generation was refused");
    assert!(story(&world).contains("refused by the log"), "{}", story(&world));
    say(&mut world, ONE, &Say::Get);
    assert_eq!(rest(&mut world), ["Done(1)"], "the new generation answers");
}

fn world_with_old_connection() -> tabletsim::World {
    let mut world = world(1, "reboot t1 at done of Add#1 old=lives");
    say(&mut world, ONE, &Say::Add(1));
    let booted =
        |world: &tabletsim::World| story(world).lines().any(|line| line.contains("t1.g2") && line.contains("booted"));
    let mut answered = false;
    while !booted(&world) {
        answered |= matches!(world.step(), tabletsim::world::Step::Edge(..));
    }
    assert!(answered, "the old generation has answered, and has not lost its lease yet");
    world
}

#[test]
fn an_old_generation_that_asks_for_nothing_loses_its_lease() {
    let mut world = world_with_old_connection();
    assert_eq!(rest(&mut world), ["lost t1"]);
    assert_eq!(world.now().0 / 1_000_000, 10, "ten seconds after the new one has booted");
}

#[test]
fn a_read_of_an_old_generation_is_not_answered() {
    let mut world = world_with_old_connection();
    say(&mut world, ONE, &Say::Get);
    assert_eq!(rest(&mut world), ["lost t1"]);
}

#[test]
fn faults_outside_of_the_zone_do_not_strike() {
    let mut world = world(1, "reboot t1 at pre of Add#1");
    world.end_zone();
    say(&mut world, ONE, &Say::Add(1));
    assert_eq!(rest(&mut world), ["Done(1)"]);
    assert_eq!(world.unfired()[0].nearest, "its anchor was reached outside of the zone");
}

#[test]
fn a_fault_at_a_time_strikes_before_the_next_event() {
    let (heard, total, _) = add_under("reset client1-t1 at time 3500us");
    assert_eq!((heard.last().map(String::as_str), total <= 1), (Some("lost t1"), true));
}

#[test]
fn an_anchor_that_was_not_found_says_what_was_there() {
    let hint = |schedule: &str| {
        let mut world = world(1, schedule);
        say(&mut world, ONE, &Say::Add(1));
        say(&mut world, ONE, &Say::Get);
        rest(&mut world);
        assert!(world.receipts().is_empty());
        world.unfired().first().map(|unfired| unfired.nearest.clone()).unwrap_or_default()
    };
    assert_eq!(hint("reboot t1 at pre of Add#7"), "t1 had 1 transactions Add, not 7");
    assert_eq!(
        hint("reboot t1 at pre of Ad#1"),
        "t1 had no transactions Ad, nearest is Add; there were: Add (1), Get (1)"
    );
    assert_eq!(
        hint("reboot t1 at exec of Get#1"),
        "Get#1 never came to that cut; one that only reads has pre and done"
    );
    assert_eq!(hint("reboot t9 at pre of Add#1"), "t9 had no transactions; these had: t1");
    assert_eq!(hint("reboot t1 at event 1000"), "there were 8 events, not 1000");
    assert_eq!(hint("reset client1-t1 before Add#4"), "client1-t1 had 1 messages Add, not 4");
    assert_eq!(hint("reset t2-t1 before Add#4"), "t2 sent nothing to t1; these sent something: t1-client1, client1-t1");
    assert_eq!(hint("refuse connect client1-t1#3"), "client1 connected to t1 1 times, not 3");
    assert_eq!(hint("reset t1-t2 at event 2"), "t1 and t2 had no connection");
}

#[test]
fn a_fault_less_leaves_the_rest_of_the_run_alone() {
    let times = |schedule: &str| {
        let mut world = world(1, schedule);
        say(&mut world, ONE, &Say::Add(1));
        say(&mut world, TWO, &Say::Add(1));
        rest(&mut world);
        let at_two = |line: &&str| line.contains("t2.g1") && !line.contains("booted");
        story(&world)
            .lines()
            .filter(at_two)
            .map(|line| line[6..].split(" (←").next().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(times(""), times("reboot t1 at pre of Add#1"));
}

#[test]
fn points_are_where_faults_can_strike() {
    let mut world = world(1, "");
    say(&mut world, ONE, &Say::Relay(TWO, 1));
    rest(&mut world);
    let found = points(world.trace());
    assert!(found.contains(&Point::Cut { tablet: TWO, tx: "Add", n: 1, cut: Cut::Exec }));
    for point in found {
        let anchor = point.anchor(tabletsim::fault::Side::Before);
        let action = tabletsim::fault::Action::Reboot {
            tablet: TWO,
            down_us: None,
            keep: Default::default(),
            old: Default::default(),
        };
        let schedule = tabletsim::fault::Fault { anchor, action }.to_string();
        let mut again = crate::world(1, &schedule);
        say(&mut again, ONE, &Say::Relay(TWO, 1));
        rest(&mut again);
        assert_eq!(again.receipts().len(), 1, "{schedule}: {:?}", again.unfired());
    }
}

#[test]
fn action_kinds_have_names_and_faults_where_they_apply() {
    let mut world = wide_world("");
    say(&mut world, ONE, &Say::Arm(TimerClassName::Due, 4_000));
    say(&mut world, ONE, &Say::Relay(TWO, 1));
    rest(&mut world);
    let found = points(world.trace());
    for kind in ActionKind::all() {
        assert_eq!(kind.name().parse(), Ok(kind));
        let faults: Vec<_> = found.iter().flat_map(|point| point.faults(kind)).collect();
        assert!(!faults.is_empty(), "{kind} applies nowhere");
        for fault in faults {
            assert_eq!(fault.to_string().parse::<Fault>().as_ref(), Ok(&fault));
        }
    }
    assert_eq!("rebot".parse::<ActionKind>(), Err("there is no action 'rebot'; did you mean 'reboot'?".to_owned()));
}
