//! Lesson 1: a retry needs an identity.
//!
//! A client asks an account to add 10. The pipe breaks. Was the request lost, or only the
//! answer? The client cannot know: a broken pipe has delivered *some prefix* of what was sent,
//! and neither side knows how long it was.
//!
//! So a client that gives up may lose money, and a client that asks again may add twice. The
//! way out is not a better network. It is a request that says which one it is, and a server
//! that writes that down in the same commit as the change.
//!
//! Run it: `cargo run --example l01_retries_need_identities`. Then change `AddOnce` to `Add`
//! in the last two lines of the table and look again.

mod common;

use common::{AccountMessage, balance, request, world};
use std::fmt::Write;

/// The lesson's output.
pub fn lesson() -> String {
    let add = AccountMessage::Add(10);
    let add_once = AccountMessage::AddOnce(1, 10);
    let request_lost = |kind: &str| format!("reset client1-t7 before {kind}#1");
    let answer_lost = |_: &str| "reset t7-client1 before Added#1".to_owned();

    let mut out = String::from("what the client does            what the pipe loses   answer   balance\n");
    let mut row = |does: &str, message: &AccountMessage, kind: &str, resends: u32| {
        let losses: [(&str, String); 2] = [("the request", request_lost(kind)), ("the answer", answer_lost(kind))];
        for (loses, fault) in losses {
            let mut world = world(&fault);
            let answer = request(&mut world, message, resends);
            let answer = answer.map_or("none".to_owned(), |balance| balance.to_string());
            let balance = balance(&mut world);
            let verdict = if balance == 10 { "" } else { "   <- wrong" };
            writeln!(out, "{does:<31} {loses:<21} {answer:<8} {balance}{verdict}").expect("a String takes all");
        }
    };
    row("Add, gives up", &add, "Add", 0);
    row("Add, asks again", &add, "Add", 3);
    row("AddOnce id=1, asks again", &add_once, "AddOnce", 3);
    out
}

fn main() {
    print!("{}", lesson());
}
