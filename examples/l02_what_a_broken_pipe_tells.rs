//! Lesson 2: what a broken pipe tells, and what it does not.
//!
//! A tablet pipe delivers in order and at most once while it lives. When it breaks, each
//! direction has delivered a prefix: perhaps all of it (drained), perhaps not (lost). Both
//! ends hear *that* it broke, each in its own time. Neither hears how far the other had come.
//!
//! Here a client sends three requests without waiting, and the pipe breaks around the second.
//!
//! Run it: `cargo run --example l02_what_a_broken_pipe_tells`.

mod common;

use common::{ACCOUNT, AccountMessage, CLIENT, balance, world};
use std::fmt::Write;
use tablets::message::Message;
use tabletsim::world::{EdgeEvent, Step};

/// The lesson's output.
pub fn lesson() -> String {
    let faults = [
        ("nothing", ""),
        ("lost, before the second arrives", "reset client1-t7 before Add#2 lost"),
        ("lost, after the second arrived", "reset client1-t7 after Add#2 lost"),
        ("drained, at the second", "reset client1-t7 before Add#2 drained"),
    ];
    let mut out = String::from("the pipe breaks                    answers seen   durable sum of 1, 10, 100\n");
    for (name, fault) in faults {
        let mut world = world(fault);
        for amount in [1, 10, 100] {
            world.edge_send(CLIENT, ACCOUNT, AccountMessage::Add(amount).parcel());
        }
        let mut answers = 0;
        let mut told = "";
        loop {
            match world.step() {
                Step::Edge(_, EdgeEvent::Answer { .. }) => answers += 1,
                Step::Edge(_, EdgeEvent::PipeLost { .. }) => told = "   client: pipe lost",
                Step::AtRest { .. } => break,
                _ => {}
            }
        }
        let balance = balance(&mut world);
        writeln!(out, "{name:<34} {answers:<14} {balance}{told}").expect("a String takes all");
    }
    out
}

fn main() {
    print!("{}", lesson());
}
