//! Counters as people and machines read them: a run's, and those of its tablets.
//!
//! Everything here is a function of counters that were read at the end of a run.
//! [`prometheus`] writes them in Prometheus' text format, [`tables`] in columns.
//!
//! Left out: a server to scrape; a run is over before anybody could.

mod prometheus;
mod tables;

pub use prometheus::{metric_name, prometheus};
pub use tables::tables;

use crate::run::Outcome;
use tablets::counters;
use tablets::counters::{Counter, Family, PipeCounters};
use tablets::executor::TxCounters;
use tablets::{datashard, schemeshard};

counters! {
    /// A run in numbers.
    RunCounters of "run" {
        /// Events handled.
        events: Total Number "events";
        /// Events handled since the zone began.
        zone_events: Total Number "zone_events";
        /// Virtual time when the run was over.
        virtual_us: Gauge Seconds "virtual_seconds";
        /// Faults asked for.
        faults_asked: Gauge Number "faults_asked";
        /// Faults that struck.
        faults_struck: Total Number "faults_struck";
    }
}

counters! {
    /// Which run it was.
    RunInfo of "run" {
        /// The run's verdict, seed and trace hash.
        info: Info Number "info";
    }
}

/// Everything that this project counts, in the order of the reference.
pub fn families() -> Vec<Family> {
    let all = [
        RunCounters::FAMILIES,
        RunInfo::FAMILIES,
        TxCounters::FAMILIES,
        schemeshard::SchemeShardCounters::FAMILIES,
        schemeshard::RestoreCounters::FAMILIES,
        schemeshard::RestoreInfo::FAMILIES,
        schemeshard::HeldPaths::FAMILIES,
        datashard::Counters::FAMILIES,
        PipeCounters::FAMILIES,
    ];
    all.concat()
}

/// The counters of a run and of its tablets; those of a tablet say which incarnation's they are.
pub fn of(outcome: &Outcome) -> Vec<Counter> {
    let run = RunCounters {
        events: outcome.events,
        zone_events: outcome.zone_events,
        virtual_us: outcome.virtual_time.0,
        faults_asked: outcome.faults_asked as u64,
        faults_struck: outcome.receipts.len() as u64,
    };
    let words = vec![
        ("verdict", outcome.verdict.to_string()),
        ("seed", outcome.seed.to_string()),
        ("trace_hash", format!("{:016x}", outcome.trace_hash)),
    ];
    let mut counters = RunInfo { info: 1 }.list(&words);
    counters.extend(run.list(&Vec::new()));
    for tablet in &outcome.counters {
        let who = [("tablet", tablet.tablet.to_string()), ("generation", tablet.generation.0.to_string())];
        counters.extend(tablet.counters.iter().map(|counter| {
            let clash = counter.labels.iter().any(|(name, _)| who.iter().any(|(mine, _)| mine == name));
            assert!(!clash, "a tablet does not label its counters with its own name: {counter:?}");
            Counter { labels: who.iter().chain(&counter.labels).cloned().collect(), ..counter.clone() }
        }));
    }
    counters
}
