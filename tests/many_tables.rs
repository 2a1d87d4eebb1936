//! A collection of many tables is restored in one run, and work and memory grow as the tables do.
//!
//! `TABLES=1000 cargo test --release --test many_tables -- --nocapture` says how long a thousand
//! tables with three increments take, and how much memory.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use tabletsim::run::{RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;

/// A scenario of so many tables: a full backup, three increments, everything dropped and restored.
fn script(tables: usize) -> String {
    let path = |at: usize| format!("/Root/dir{}/t{at}", at % 10);
    let each = |text: &mut String, line: &dyn Fn(String) -> String| {
        (0..tables).for_each(|at| writeln!(text, "({})", line(path(at))).expect("a string takes all"));
    };
    let mut text = "cluster nodes=3\noracles restore_exact incremental_order\n".to_owned();
    each(&mut text, &|path| format!("table {path} k:Uint64 v:Utf8 key=k"));
    let paths: Vec<String> = (0..tables).map(path).collect();
    writeln!(text, "collection c {} incremental", paths.join(" ")).expect("a string takes all");
    each(&mut text, &|path| format!("upsert {path} k=1 v=full"));
    each(&mut text, &|path| format!("upsert {path} k=2 v=full"));
    text += "backup c\n";
    each(&mut text, &|path| format!("upsert {path} k=1 v=first"));
    text += "backup-incremental c\n";
    each(&mut text, &|path| format!("erase {path} k=2"));
    text += "backup-incremental c\n";
    each(&mut text, &|path| format!("upsert {path} k=3 v=third"));
    text += "backup-incremental c\n";
    each(&mut text, &|path| format!("drop-table {path}"));
    text += "zone begin\nrestore c as=r\nzone end\nexpect-restore r state=Completed\n";
    each(&mut text, &|path| format!("expect {path} rows=2"));
    text
}

/// The most memory that this process has used, in kilobytes, where the system tells.
fn peak_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn many_tables_with_three_increments_come_back() {
    let tables = std::env::var("TABLES").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let scenario =
        Scenario::parse("many.sim", &script(tables), Path::new(".")).unwrap_or_else(|error| panic!("{error}"));
    let options = RunOptions { event_budget: 100_000_000, ..RunOptions::default() };
    let outcome = run(&Arc::new(scenario), &options, &mut |_| {});
    assert_eq!(outcome.verdict, Verdict::Ok, "{:?} {:?}", outcome.reasons, outcome.objections);
    println!(
        "{tables} tables: {} events, {} of them in the restore; peak {} MB",
        outcome.events,
        outcome.zone_events,
        peak_kb().unwrap_or(0) / 1024
    );
    let per_table = outcome.zone_events / tables as u64;
    assert!(per_table < 200, "{per_table} events for each table of a restore");
}
