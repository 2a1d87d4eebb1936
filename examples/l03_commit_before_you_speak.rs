//! Lesson 3: commit before you speak.
//!
//! A transaction executes, its redo record goes to the log, and only when the log says
//! "durable" does the tablet answer. So there are four moments at which a reboot can strike,
//! and four different things that are true afterwards:
//!
//! ```text
//!   message ── pre ── execute ── exec ── log is durable ── durable ── complete ── done
//! ```
//!
//! A tablet that answered after `execute` and before `durable` would, at the cut `exec`, have
//! told its client of a balance that nobody remembers.
//!
//! Run it: `cargo run --example l03_commit_before_you_speak`.

mod common;

use common::{AccountMessage, balance, request, world};
use std::fmt::Write;

/// The lesson's output.
pub fn lesson() -> String {
    let mut out = String::from("the account reboots at   first answer   balance on disk   after asking again\n");
    for cut in ["pre", "exec", "durable", "done"] {
        let fault = format!("reboot t7 at {cut} of Add#1");
        let once = AccountMessage::AddOnce(1, 10);

        let mut silent = world(&fault);
        let answer = request(&mut silent, &once, 0);
        let answer = answer.map_or("none".to_owned(), |balance| balance.to_string());
        let on_disk = balance(&mut silent);

        let mut patient = world(&fault);
        let again = request(&mut patient, &once, 3).map_or("none".to_owned(), |balance| balance.to_string());
        writeln!(out, "{cut:<24} {answer:<14} {on_disk:<17} {again}").expect("a String takes all");
    }
    out
}

fn main() {
    print!("{}", lesson());
}
