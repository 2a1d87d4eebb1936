//! Judging: a statement by its ending, a run by everything.

use super::interpreter::Interpreter;
use super::outcome::{Outcome, Printed, Verdict};
use crate::client::Ending;
use crate::fault::Schedule;
use crate::scenario::{Item, Scenario, Statement};
use crate::world::World;
use std::sync::Arc;
use tablets::ids::Steady;
use tablets::row::{Key, Row, Value};

/// Why a run is no pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// The judgement.
    pub(super) verdict: Verdict,
    /// Why; empty if an oracle says it.
    pub(super) sentence: String,
}

/// What the interpreter knows at the end of a run.
#[derive(Clone, Debug)]
pub(super) struct Findings {
    /// The script.
    pub(super) scenario: Arc<Scenario>,
    /// What statements printed.
    pub(super) output: Vec<Printed>,
    /// When the script was over.
    pub(super) ended_at: Steady,
    /// Events of the zone.
    pub(super) zone_events: u64,
    /// What went wrong.
    pub(super) failure: Option<Failure>,
}

/// Whether a statement ended as the script expects, or what is wrong.
pub(super) fn expectation(scenario: &Scenario, item: &Item, ending: &Ending) -> Result<(), String> {
    match (&ending.refusal, item.marks.refused) {
        (Some(_), true) => return Ok(()),
        (Some(_), false) if item.marks.maybe => return Ok(()),
        (Some(_), false) if ending.state.is_some() && scenario.expects(item.request.operation()) => return Ok(()),
        (Some(refusal), false) => return Err(format!("'{}': {refusal}", item.statement)),
        (None, true) => return Err(format!("expected '{}' to be refused, but it was done", item.statement)),
        (None, false) => {}
    }
    match &item.statement {
        Statement::ExpectRows { path, rows } => {
            let found = ending.rows.as_ref().map_or(0, |table| table.rows.len() as u64);
            if found == *rows { Ok(()) } else { Err(format!("expected {rows} rows in {path}, found {found}")) }
        }
        Statement::ExpectRow { key, cells, .. } => expected_row(item, key, cells.as_ref(), ending),
        Statement::ExpectRestore { restore, states } => match &ending.state {
            Some(found) if states.contains(found) => Ok(()),
            found => {
                let found = found.as_deref().unwrap_or("nothing");
                let wanted = states.join(" or ");
                Err(format!("expected restore {} to be {wanted}, found {found}", restore.name))
            }
        },
        _ => Ok(()),
    }
}

fn expected_row(item: &Item, key: &Key, cells: Option<&Row>, ending: &Ending) -> Result<(), String> {
    let found = ending.rows.as_ref().and_then(|table| table.get(key));
    let holds = match (cells, found) {
        (None, None) => true,
        (Some(cells), Some(found)) => {
            cells.cells().all(|(column, value)| found.get(*column).unwrap_or(&Value::Null) == value)
        }
        _ => false,
    };
    if holds {
        return Ok(());
    }
    let text = found.map_or("no such row".to_owned(), |row| {
        let line = ending.rows.as_ref().map(|table| table.line(key, row));
        line.unwrap_or_default()
    });
    Err(format!("'{}' does not hold, found {text}", item.statement))
}

/// The outcome of a run whose last step was made.
pub(super) fn outcome(interpreter: Interpreter, mut world: World, seed: u64, schedule: Schedule) -> Outcome {
    world.finish();
    let findings = interpreter.into_findings(&world);
    let (verdict, reasons) = verdict(&findings.scenario, findings.failure, &world);
    Outcome {
        verdict,
        reasons,
        output: findings.output,
        events: world.events(),
        zone_events: findings.zone_events,
        virtual_time: findings.ended_at,
        faults_asked: world.options().schedule.0.len(),
        schedule,
        receipts: world.receipts().to_vec(),
        unfired: unfired(&world),
        seed,
        trace_hash: world.trace_hash(),
        objections: world.objections().to_vec(),
        culprits: world.culprits().to_vec(),
        looked: world.looked(),
        counters: Vec::new(),
        trace: world.trace().clone(),
        types: world.types().clone(),
    }
}

/// The worst that happened, and all there is to say about it.
///
/// A run whose faults broke the contract of pipes is judged for safety only: nobody has
/// promised that it ends, or how.
fn verdict(scenario: &Scenario, failure: Option<Failure>, world: &World) -> (Verdict, Vec<String>) {
    let safety_only = world.receipts().iter().any(|receipt| receipt.fault.action.is_beyond_contract());
    let mut reasons: Vec<String> =
        failure.iter().map(|failure| failure.sentence.clone()).filter(|sentence| !sentence.is_empty()).collect();
    let failed = failure.map_or(Verdict::Ok, |failure| failure.verdict);
    let worst = world.objections().iter().map(|objection| match objection.oracle {
        "no_panic" => Verdict::Panicked,
        "progress_made" if safety_only => Verdict::Ok,
        "progress_made" => Verdict::Stuck,
        _ => Verdict::Violated,
    });
    let failed = match failed {
        Verdict::Panicked => failed,
        _ if safety_only => Verdict::Ok,
        // What a script expects is meant of runs in which its own faults strike.
        Verdict::Violated if misses_own_fault(scenario, world) => Verdict::Invalid,
        _ => failed,
    };
    let worst = worst.chain([failed]).max_by_key(|verdict| match verdict {
        Verdict::Ok | Verdict::Invalid => 0,
        Verdict::Exhausted => 1,
        Verdict::Stuck => 2,
        Verdict::Violated => 3,
        Verdict::Panicked => 4,
    });
    match worst {
        Some(Verdict::Ok) | None if reasons.is_empty() => validity(scenario, world),
        Some(Verdict::Invalid) => {
            reasons.extend(unfired(world));
            (Verdict::Invalid, reasons)
        }
        Some(Verdict::Ok) | None => {
            reasons.insert(0, "judged for safety only, for a fault broke the contract of pipes".to_owned());
            (Verdict::Ok, reasons)
        }
        Some(verdict) => (verdict, reasons),
    }
}

/// Whether a run in which nothing went wrong is the run that was asked for.
fn validity(scenario: &Scenario, world: &World) -> (Verdict, Vec<String>) {
    let mut reasons = unfired(world);
    reasons.extend(world.goals().unmet());
    let looked = world.looked();
    for name in scenario.oracles() {
        if looked.iter().all(|(oracle, times)| *oracle != name || *times == 0) {
            reasons.push(format!("oracle {name} found nothing to judge"));
        }
    }
    if reasons.is_empty() { (Verdict::Ok, reasons) } else { (Verdict::Invalid, reasons) }
}

fn misses_own_fault(scenario: &Scenario, world: &World) -> bool {
    let own = scenario.faults();
    world.unfired().iter().any(|unfired| own.0.contains(unfired.fault))
}

fn unfired(world: &World) -> Vec<String> {
    world
        .unfired()
        .iter()
        .map(|unfired| format!("fault never struck: {}: {}", unfired.fault, unfired.nearest))
        .collect()
}
