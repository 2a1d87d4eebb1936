//! What a run's outcome looks like: outputs, verdict, reasons, how to see it again.

use super::out::{Look, Out};
use crate::explore::Fingerprint;
use crate::metrics::{self, tables};
use crate::oracle::Objection;
use crate::run::{Outcome, Verdict};
use serde_json::json;

/// Prints what statements have printed.
pub(super) fn output(out: &mut Out, outcome: &Outcome) {
    for printed in &outcome.output {
        let head = out.styled(Look::Strong, &printed.statement);
        out.line(format_args!("{head}  (line {})", printed.line));
        printed.text.iter().for_each(|line| out.line(line));
        out.line("");
    }
}

/// Prints what was counted.
pub(super) fn counters(out: &mut Out, outcome: &Outcome) {
    for line in tables(&metrics::of(outcome)) {
        let title = !line.is_empty() && !line.starts_with(' ');
        let line = if title { out.styled(Look::Strong, line) } else { line };
        out.line(line);
    }
    out.line("");
}

/// Prints why it is no pass, and what faults did.
pub(super) fn reasons(out: &mut Out, outcome: &Outcome) {
    for reason in &outcome.reasons {
        out.line(reason);
    }
    for objection in &outcome.objections {
        self::objection(out, objection);
    }
    for receipt in &outcome.receipts {
        let mark = out.styled(Look::Faint, format_args!("step {}", receipt.step));
        out.line(format_args!("✗ {} ({mark}): {}", receipt.fault, receipt.effects.join(", ")));
    }
    if !(outcome.reasons.is_empty() && outcome.objections.is_empty() && outcome.receipts.is_empty()) {
        out.line("");
    }
}

/// Prints the verdict and its reasons.
pub(super) fn verdict(out: &mut Out, outcome: &Outcome, again: &str) {
    reasons(out, outcome);
    let verdict = out.styled(look(outcome.verdict), outcome.verdict);
    out.line(format_args!("verdict       {verdict}"));
    out.line(format_args!("events        {} ({} in the zone)", outcome.events, outcome.zone_events));
    let time = outcome.virtual_time.0;
    out.line(format_args!("virtual time  {}.{:06} s", time / 1_000_000, time % 1_000_000));
    out.line(format_args!("faults        {} of {} struck", outcome.receipts.len(), outcome.faults_asked));
    out.line(format_args!("seed          {}", outcome.seed));
    out.line(format_args!("trace hash    {:016x}", outcome.trace_hash));
    if let Some(fingerprint) = Fingerprint::of(outcome) {
        out.line(format_args!("fingerprint   {fingerprint}"));
    }
    if outcome.verdict != Verdict::Ok {
        out.line(format_args!("again         {again}"));
    }
}

/// The verdict on one line.
pub(super) fn brief(out: &mut Out, outcome: &Outcome) {
    let verdict = out.styled(look(outcome.verdict), outcome.verdict);
    out.line(format_args!("{verdict} {:016x}", outcome.trace_hash));
}

/// The outcome as one JSON object on one line.
pub(super) fn json(out: &mut Out, outcome: &Outcome) {
    let printed = outcome.output.iter();
    let objections = outcome.objections.iter();
    let receipts = outcome.receipts.iter();
    let value = json!({
        "verdict": outcome.verdict.name(),
        "reasons": outcome.reasons,
        "events": outcome.events,
        "zone_events": outcome.zone_events,
        "virtual_time_us": outcome.virtual_time.0,
        "faults_asked": outcome.faults_asked,
        "schedule": outcome.schedule.to_line(),
        "faults": receipts.map(|receipt| json!({
            "fault": receipt.fault.to_string(), "step": receipt.step, "effects": receipt.effects,
        })).collect::<Vec<_>>(),
        "fingerprint": Fingerprint::of(outcome).map(|fingerprint| fingerprint.id()),
        "seed": outcome.seed,
        "trace_hash": format!("{:016x}", outcome.trace_hash),
        "objections": objections.map(|objection| json!({
            "oracle": objection.oracle, "sentence": objection.sentence, "rule": objection.rule,
            "steps": objection.steps, "details": objection.details,
        })).collect::<Vec<_>>(),
        "output": printed.map(|printed| json!({
            "line": printed.line, "statement": printed.statement, "text": printed.text,
        })).collect::<Vec<_>>(),
    });
    out.line(value);
}

fn objection(out: &mut Out, objection: &Objection) {
    let name = out.styled(Look::Bad, objection.oracle);
    out.line(format_args!("{name}: {}", objection.sentence));
    objection.particulars().iter().for_each(|line| out.line(format_args!("  {line}")));
}

fn look(verdict: Verdict) -> Look {
    match verdict {
        Verdict::Ok => Look::Good,
        Verdict::Invalid => Look::Doubt,
        _ => Look::Bad,
    }
}
