//! Lessons are code: each runs here, and its output is the one that is kept beside it and
//! printed on its page.
//!
//! After a change that is meant, `UPDATE_LESSONS=1 cargo test --test lessons` writes the
//! outputs anew, on the pages too; read them before you keep them.

#![allow(dead_code, unreachable_pub, clippy::duplicate_mod, reason = "lessons are programs, borrowed here as modules")]

macro_rules! lessons {
    ($($module:ident = $name:ident in $path:literal;)+) => {
        $(
            #[path = $path]
            mod $module;

            #[test]
            fn $name() {
                check(stringify!($name), &$module::lesson());
            }
        )+

        /// In the order in which they are to be read.
        const LESSONS: &[&str] = &[$(stringify!($name)),+];
    };
}

lessons! {
    l01 = l01_retries_need_identities in "../examples/l01_retries_need_identities.rs";
    l02 = l02_what_a_broken_pipe_tells in "../examples/l02_what_a_broken_pipe_tells.rs";
    l03 = l03_commit_before_you_speak in "../examples/l03_commit_before_you_speak.rs";
    l04 = l04_idempotence in "../examples/l04_idempotence.rs";
    l05 = l05_an_operation_and_its_parts in "../examples/l05_an_operation_and_its_parts.rs";
    l06 = l06_versions_and_deletes in "../examples/l06_versions_and_deletes.rs";
    l07 = l07_change_exchange in "../examples/l07_change_exchange.rs";
    l08 = l08_a_chain_of_backups in "../examples/l08_a_chain_of_backups.rs";
    l09 = l09_in_order_once in "../examples/l09_in_order_once.rs";
    l10 = l10_exploring in "../examples/l10_exploring.rs";
}

use std::path::{Path, PathBuf};

/// What stands before a lesson's output on its page.
const MARK: &str = "<!-- output -->\n\n```text\n";

fn at_root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn check(name: &str, output: &str) {
    let kept_at = at_root(&format!("examples/output/{name}.txt"));
    let page_at = at_root(&format!("docs/lessons/{name}.md"));
    let page = std::fs::read_to_string(&page_at).expect("the lesson has a page");
    let (before, rest) = page.split_once(MARK).expect("the page has a place for the output");
    let (printed, after) = rest.split_once("```").expect("the output on the page ends");
    if std::env::var_os("UPDATE_LESSONS").is_some() {
        std::fs::write(&kept_at, output).expect("the output can be written");
        std::fs::write(&page_at, format!("{before}{MARK}{output}```{after}")).expect("the page can be written");
        return;
    }
    let kept = std::fs::read_to_string(&kept_at).expect("the lesson's output is kept");
    assert_eq!(output, kept, "{name} says something else than {}", kept_at.display());
    assert_eq!(output, printed, "{name} says something else than {}", page_at.display());
    assert!(page.lines().count() <= 150, "{} is longer than a page", page_at.display());
}

/// The list of lessons leads to each of them, in order, and to nothing else.
#[test]
fn the_list_of_lessons_is_complete() {
    let list = std::fs::read_to_string(at_root("docs/lessons/README.md")).expect("there is a list of lessons");
    let linked: Vec<&str> = list.split("](").skip(1).filter_map(|link| link.split(".md)").next()).collect();
    assert_eq!(linked, LESSONS);
}
