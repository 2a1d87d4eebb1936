//! Lessons are code: each runs here, and its output is the one that is kept beside it.
//!
//! After a change that is meant, `UPDATE_LESSONS=1 cargo test --test lessons` writes the
//! outputs anew; read them before you keep them.

#![allow(dead_code, unreachable_pub, clippy::duplicate_mod, reason = "lessons are programs, borrowed here as modules")]

#[path = "../examples/l01_retries_need_identities.rs"]
mod l01;
#[path = "../examples/l02_what_a_broken_pipe_tells.rs"]
mod l02;
#[path = "../examples/l03_commit_before_you_speak.rs"]
mod l03;

use std::path::Path;

fn check(name: &str, output: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/output").join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_LESSONS").is_some() {
        std::fs::write(&path, output).expect("the output can be written");
    }
    let kept = std::fs::read_to_string(&path).expect("the lesson's output is kept");
    assert_eq!(output, kept, "{name} says something else than {}", path.display());
}

#[test]
fn l01_retries_need_identities() {
    check("l01_retries_need_identities", &l01::lesson());
}

#[test]
fn l02_what_a_broken_pipe_tells() {
    check("l02_what_a_broken_pipe_tells", &l02::lesson());
}

#[test]
fn l03_commit_before_you_speak() {
    check("l03_commit_before_you_speak", &l03::lesson());
}
