//! Lesson 4: an identity is worth as much as the memory that keeps it.
//!
//! Lesson 1 gave each request a number, and a server that knows the number does not do the
//! work twice. But where does it know the number *from*? Here are three servers: one keeps
//! nothing, one keeps the numbers in its memory, one writes each number down in the commit
//! that does the work.
//!
//! Two things happen to each: the pipe loses an answer, and the tablet reboots after its
//! commit and before its answer. The client does the only thing it can: it asks again.
//! A request that can be made twice with the effect of once is called *idempotent*.
//!
//! Run it: `cargo run --example l04_idempotence`.

mod common;

use common::{AccountMessage, balance, request, world};
use std::fmt::Write;

/// The lesson's output.
pub fn lesson() -> String {
    let servers = [
        ("nowhere", AccountMessage::Add(10)),
        ("in memory", AccountMessage::AddNoted(1, 10)),
        ("in the same commit", AccountMessage::AddOnce(1, 10)),
    ];
    let faults = [
        ("the answer is lost", "reset t7-client1 before Added#1"),
        ("reboot after the commit", "reboot t7 at durable of Add#1"),
    ];
    let mut out = String::from("the id is kept        what goes wrong           answer   balance\n");
    for (kept, message) in &servers {
        for (name, fault) in faults {
            let mut world = world(fault);
            let answer = request(&mut world, message, 3).map_or("none".to_owned(), |balance| balance.to_string());
            let balance = balance(&mut world);
            let verdict = if balance == 10 { "" } else { "   <- wrong" };
            writeln!(out, "{kept:<21} {name:<25} {answer:<8} {balance}{verdict}").expect("a String takes all");
        }
    }
    out
}

fn main() {
    print!("{}", lesson());
}
