//! Fewer faults, then weaker ones.
//!
//! How strong a fault is: what it does, then what it does besides (keeping writes, letting the
//! old incarnation go on), then how long. A fault is replaced by a weaker one near it: a node
//! that stops by a tablet that reboots, a reboot by a pipe that breaks, that by a message that
//! comes late, and that by nothing.

use super::anchors;
use super::case::Case;
use super::judge::Judge;
use crate::fault::{Action, Anchor, End, Fate, Fault, Home, Keep, Old, Side};
use crate::trace::{Mail, Trace, What};
use crate::world::Endpoint;
use tablets::ids::TabletId;

/// Messages before a fault, and after it, that may be struck in its place.
const NEAR: usize = 4;
/// How long a message is late in place of something worse.
const DELAY_US: u64 = 3_000_000;

/// The case without the faults that it does not need. A fault that strikes only because of another
/// goes with it; one that strikes something else without another follows what it struck.
pub(super) fn fewer(case: &Case, judge: &mut Judge<'_>) -> Case {
    judge.begin("fewer faults");
    let mut case = case.clone();
    let none = Case { faults: Vec::new(), ..case.clone() };
    if !case.faults.is_empty() && judge.fails(&none) {
        return none;
    }
    let mut at = 0;
    while at < case.faults.len() {
        match without_one(&case, at, judge) {
            Some(fewer) => case = fewer,
            None => at += 1,
        }
    }
    while let Some(fewer) = without_two(&case, judge) {
        case = fewer;
    }
    case
}

fn without_one(case: &Case, at: usize, judge: &mut Judge<'_>) -> Option<Case> {
    let mut without = case.clone();
    without.faults.remove(at);
    judge.settled(&without).or_else(|| {
        let near = anchors::nearby(case, &without, judge);
        near.into_iter().find(|near| judge.fails(near))
    })
}

/// Two may be needed only because of one another.
fn without_two(case: &Case, judge: &mut Judge<'_>) -> Option<Case> {
    let pairs = (1..case.faults.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
    pairs.into_iter().find_map(|(first, second)| {
        let mut without = case.clone();
        without.faults.remove(second);
        without.faults.remove(first);
        judge.settled(&without)
    })
}

/// The case with each fault as weak as it can be.
pub(super) fn weaker(case: &Case, judge: &mut Judge<'_>) -> Case {
    judge.begin("weaker faults");
    let mut case = case.clone();
    for at in 0..case.faults.len() {
        while let Some(weaker) = one_weaker(&case, at, judge) {
            case = weaker;
        }
    }
    case
}

fn one_weaker(case: &Case, at: usize, judge: &mut Judge<'_>) -> Option<Case> {
    let traced = judge.traced(case)?;
    let own = traced.faults_asked - case.faults.len();
    let step = traced.receipts.iter().find(|receipt| receipt.index == own + at)?.step;
    let now = strength(&case.faults[at]);
    let mut candidates = alternatives(&case.faults[at], step, &traced.trace);
    candidates.retain(|fault| strength(fault) < now);
    candidates.sort_by_key(strength);
    let with = |fault: Fault| {
        let mut weaker = case.clone();
        weaker.faults[at] = fault;
        weaker
    };
    candidates.into_iter().map(with).find(|weaker| judge.fails(weaker))
}

/// The larger, the stronger.
fn strength(fault: &Fault) -> (u8, u8, u64) {
    let besides = |keep: Keep, old: Old| u8::from(keep != Keep::None) + 2 * u8::from(old != Old::Dies);
    let side = u8::from(matches!(fault.anchor, Anchor::Message { side: Side::After, .. }));
    match &fault.action {
        Action::Delay { by_us } => (0, 0, *by_us),
        Action::DelayUntil { gap_us, .. } => (1, 0, *gap_us),
        Action::Refuse { times } => (2, 0, *times),
        Action::Slow { times, for_us, .. } => (3, 0, u64::from(*times) * for_us),
        Action::Jump { by_us, .. } => (3, 1, by_us.unsigned_abs()),
        Action::Reset { fate, end, .. } => {
            (4, side + 2 * u8::from(*fate == Fate::Drained) + 4 * u8::from(*end != End::Both), 0)
        }
        Action::Inject { .. } => (5, 0, 0),
        Action::Fail { down_us } => (6, 0, down_us.unwrap_or(0)),
        Action::Reboot { down_us, keep, old, .. } => (7, besides(*keep, *old), down_us.unwrap_or(0)),
        Action::Move { .. } => (8, 0, 0),
        Action::Partition { for_us, told_us, .. } => (9, u8::from(told_us.is_some()), *for_us),
        Action::Isolate { for_us, told_us, .. } => (10, u8::from(told_us.is_some()), *for_us),
        Action::Kill { down_us, keep, home, .. } => {
            (11, besides(*keep, Old::Dies) + 4 * u8::from(*home == Home::There), down_us.unwrap_or(0))
        }
        Action::Reorder => (12, 0, 0),
        Action::Duplicate => (12, 1, 0),
        Action::Drop => (12, 2, 0),
        Action::Delete { .. } => (13, 0, 0),
    }
}

/// Weaker faults near one that struck at this step, and some that are not weaker.
fn alternatives(fault: &Fault, step: u64, trace: &Trace) -> Vec<Fault> {
    let mut found: Vec<Fault> =
        plainer(&fault.action).into_iter().map(|action| Fault { anchor: fault.anchor.clone(), action }).collect();
    if let Anchor::Message { to: Endpoint::Tablet(tablet), .. } | Anchor::Cut { tablet, .. } = fault.anchor {
        found.push(Fault { anchor: fault.anchor.clone(), action: reboot(tablet) });
    }
    let tablets = tablets(fault);
    let concerns = |mail: &&Mail| {
        let about = |end: Endpoint| tablets.iter().any(|tablet| end == Endpoint::Tablet(*tablet));
        tablets.is_empty() || about(mail.from) || about(mail.to)
    };
    let mail = |from: u64, to: u64| {
        trace.records().iter().filter(move |record| (from..=to).contains(&record.step)).filter_map(|record| {
            match &record.what {
                What::Sent(mail) => Some(mail),
                _ => None,
            }
        })
    };
    let before: Vec<&Mail> = mail(0, step).filter(concerns).collect();
    let after = mail(step + 1, u64::MAX).filter(concerns).take(NEAR);
    for mail in before.iter().rev().take(NEAR).copied().chain(after) {
        found.extend(around(mail));
    }
    found
}

/// The same in a plainer or a shorter way.
fn plainer(action: &Action) -> Vec<Action> {
    let mut out = Vec::new();
    let shorter = |us: u64| [us / 16, us / 2].into_iter().filter(|us| *us >= 1_000);
    match action {
        Action::Reboot { tablet, down_us, keep, old } => {
            let with = |down_us, keep, old| Action::Reboot { tablet: *tablet, down_us, keep, old };
            out.push(reboot(*tablet));
            out.push(with(*down_us, Keep::None, *old));
            out.push(with(*down_us, *keep, Old::Dies));
            out.extend(shorter(down_us.unwrap_or(0)).map(|us| with(Some(us), *keep, *old)));
        }
        Action::Kill { node, down_us, keep, home } => {
            let with = |down_us, keep, home| Action::Kill { node: *node, down_us, keep, home };
            out.push(with(None, Keep::None, Home::Elsewhere));
            out.push(with(*down_us, Keep::None, *home));
            out.extend(shorter(down_us.unwrap_or(0)).map(|us| with(Some(us), *keep, *home)));
        }
        Action::Fail { down_us } => {
            out.push(Action::Fail { down_us: None });
            out.extend(shorter(down_us.unwrap_or(0)).map(|us| Action::Fail { down_us: Some(us) }));
        }
        Action::Isolate { node, for_us, told_us } => {
            let with = |for_us, told_us| Action::Isolate { node: *node, for_us, told_us };
            out.push(with(*for_us, None));
            out.extend(shorter(*for_us).map(|us| with(us, *told_us)));
        }
        Action::Partition { nodes, for_us, told_us } => {
            let with = |for_us, told_us| Action::Partition { nodes: *nodes, for_us, told_us };
            out.push(with(*for_us, None));
            out.extend(shorter(*for_us).map(|us| with(us, *told_us)));
        }
        Action::Slow { tablet, times, for_us } => {
            let with = |times, for_us| Action::Slow { tablet: *tablet, times, for_us };
            out.push(with((*times / 2).max(2), *for_us));
            out.extend(shorter(*for_us).map(|us| with(*times, us)));
        }
        Action::Refuse { times } => {
            out.extend([1, *times / 2].into_iter().filter(|n| *n > 0).map(|times| Action::Refuse { times }))
        }
        Action::Delay { by_us } => out.extend(shorter(*by_us).map(|by_us| Action::Delay { by_us })),
        Action::Reset { pair, fate, end } => {
            out.push(Action::Reset { pair: *pair, fate: Fate::Lost, end: *end });
            out.push(Action::Reset { pair: *pair, fate: *fate, end: End::Both });
        }
        _ => {}
    }
    out
}

fn reboot(tablet: TabletId) -> Action {
    Action::Reboot { tablet, down_us: None, keep: Keep::None, old: Old::Dies }
}

/// What can be done to a message that is not much.
fn around(mail: &Mail) -> Vec<Fault> {
    let anchor =
        |side| Anchor::Message { from: mail.from, to: mail.to, kind: mail.parcel.kind.to_owned(), n: mail.n, side };
    let reset = || Action::Reset { pair: (mail.from, mail.to), fate: Fate::Lost, end: End::Both };
    vec![
        Fault { anchor: anchor(Side::Before), action: Action::Delay { by_us: DELAY_US } },
        Fault { anchor: anchor(Side::Before), action: reset() },
        Fault { anchor: anchor(Side::After), action: reset() },
    ]
}

/// The tablets that a fault is about.
fn tablets(fault: &Fault) -> Vec<TabletId> {
    let line = fault.to_string();
    let words = line.split(|c: char| !c.is_ascii_alphanumeric());
    let tablet = |word: &str| word.strip_prefix('t')?.parse().ok().map(TabletId);
    words.filter_map(tablet).collect()
}
