//! Canaries: runs whose verdict is known. If one of them gets another, the table means nothing.

use crate::explore::Fingerprint;
use crate::fault::Schedule;
use crate::run::{Outcome, RunOptions, Verdict, run};
use crate::scenario::Scenario;
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;
use tablets::quirk::{Quirk, Quirks};

/// A table in two shards, with a slow second half, so that its shards do not finish together.
const TWO_SHARDS: &str = "\
cluster nodes=2
setting scan_batch_rows=1 change_sender_records=1
table /Root/t k:Uint64 v:Utf8 key=k split=2
rows /Root/t count=12 values=number
collection c /Root/t incremental
backup c
erase /Root/t k=1
upsert /Root/t k=11 v=changed
backup-incremental c
drop-table /Root/t
zone begin
restore c as=r
zone end
expect /Root/t rows=11
";

/// A run whose verdict is known: all but the first must fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Canary {
    /// What the run has.
    pub name: &'static str,
    /// Whether it was judged as it had to be.
    pub known: bool,
    /// What was said of it.
    pub said: String,
}

/// Every canary.
///
/// # Panics
/// The canaries' own scenario cannot be read.
pub fn canaries() -> Vec<Canary> {
    let quirky = RunOptions { quirks: Quirks::NONE.with(Quirk::AdvanceEarly), ..RunOptions::default() };
    let nowhere: Schedule = "reboot t1 at event 1000000".parse().expect("the fault can be read");
    let never = RunOptions { schedule: nowhere, ..RunOptions::default() };
    let cases = [
        ("tablets that are healthy", TWO_SHARDS.to_owned(), RunOptions::default(), Verdict::Ok),
        ("a mistake that needs no fault", TWO_SHARDS.to_owned(), quirky, Verdict::Violated),
        (
            "an expectation that does not hold",
            format!("{TWO_SHARDS}expect /Root/t rows=12\n"),
            RunOptions::default(),
            Verdict::Violated,
        ),
        ("a fault that never strikes", TWO_SHARDS.to_owned(), never, Verdict::Invalid),
    ];
    let canary = |(name, text, options, wanted): (&'static str, String, RunOptions, Verdict)| {
        let scenario = Scenario::parse(name, &text, Path::new(".")).expect("a canary's scenario can be read");
        let outcome = run(&Arc::new(scenario), &options, &mut |_| {});
        Canary { name, known: outcome.verdict == wanted, said: said(&outcome) }
    };
    cases.into_iter().map(canary).collect()
}

fn said(outcome: &Outcome) -> String {
    let why = Fingerprint::of(outcome).map(|print| print.to_string()).or_else(|| outcome.reasons.first().cloned());
    why.map_or_else(|| outcome.verdict.to_string(), |why| format!("{}: {why}", outcome.verdict))
}

#[cfg(test)]
mod tests {
    use super::canaries;

    #[test]
    fn every_canary_is_judged_as_it_must_be() {
        for canary in canaries() {
            assert!(canary.known, "{}: {}", canary.name, canary.said);
        }
    }
}
