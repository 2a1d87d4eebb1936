//! Faults that follow their anchors when lines of a script go.
//!
//! An operation is the n-th statement, so it is followed by its line. A tablet has a number that
//! SchemeShard gave it in turn; it is followed by the line that was under way when it was made,
//! and which of that line's tablets it is. The n-th message, transaction or timer of a kind is
//! looked for where it was, and as far from the last one as it was.

use super::case::Case;
use super::judge::Judge;
use crate::fault::{Anchor, Fault, Schedule, Side, points};
use crate::trace::{Trace, What};
use std::collections::BTreeMap;
use tablets::ids::TabletId;

/// How many numbers of one fault are tried, and combinations of several.
const NEARBY: usize = 6;
const TOGETHER: usize = 24;

/// The changed case with its faults' operations renumbered; `None` if one is gone.
pub(super) fn follow(case: &Case, changed: &Case) -> Option<Case> {
    let place = |number: u64| {
        let line = case.lines.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
        changed.lines.iter().position(|other| other.id == line.id).map(|at| at as u64 + 1)
    };
    let faults = changed.faults.iter().map(|fault| renamed(fault, "op", &place));
    Some(Case { faults: faults.collect::<Option<Vec<Fault>>>()?, ..changed.clone() })
}

/// Cases with the faults at the places that come nearest to where they were.
pub(super) fn nearby(case: &Case, changed: &Case, judge: &mut Judge<'_>) -> Vec<Case> {
    if changed.faults.is_empty() {
        return Vec::new();
    }
    let (Some(old), Some(scenario)) = (judge.traced(case), judge.scenario(changed)) else { return Vec::new() };
    let new = judge.run(&scenario, changed, Schedule::default(), true);
    let (made, makes) = (makers(case, &old.trace), makers(changed, &new.trace));
    let tablet = |number: u64| {
        let Some(maker) = made.get(&TabletId(number)) else { return Some(number) };
        makes.iter().find(|(_, other)| *other == maker).map(|(tablet, _)| tablet.0)
    };
    let counts = (counts(&old.trace), counts(&new.trace));
    let choices = changed.faults.iter().map(|fault| {
        let moved = renamed(fault, "t", &tablet)?;
        Some(numbered(fault, &moved, (&counts.0, &counts.1)))
    });
    let Some(choices) = choices.collect::<Option<Vec<Vec<Fault>>>>() else { return Vec::new() };
    let with = |faults: Vec<Fault>| Case { faults, ..changed.clone() };
    together(&choices).into_iter().map(with).filter(|near| near.faults != changed.faults).collect()
}

/// The fault with each `PREFIXn` renamed; `None` if one has no new name.
fn renamed(fault: &Fault, prefix: &str, name: &dyn Fn(u64) -> Option<u64>) -> Option<Fault> {
    let text = fault.to_string();
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
            continue;
        }
        match word.strip_prefix(prefix).and_then(|digits| digits.parse().ok()) {
            Some(number) => out += &format!("{prefix}{}", name(number)?),
            None => out += &word,
        }
        word.clear();
        out.push(c);
    }
    out.trim_end().parse().ok()
}

/// Which line made each tablet, and which of that line's tablets it is.
fn makers(case: &Case, trace: &Trace) -> BTreeMap<TabletId, (usize, usize)> {
    let (mut line, mut makers) = (0, BTreeMap::new());
    for record in trace.records() {
        match (&record.what, record.tablet) {
            (What::Note(text), _) => {
                let number = text.strip_prefix("line ").and_then(|rest| rest.split(':').next()?.parse::<usize>().ok());
                line = number.and_then(|number| case.lines.get(number - 1)).map_or(line, |line| line.id);
            }
            (What::Created(_), Some(tablet)) => {
                let which = makers.values().filter(|(of, _)| *of == line).count();
                makers.entry(tablet).or_insert((line, which));
            }
            _ => {}
        }
    }
    makers
}

/// How many there are of each kind of thing that has a number.
fn counts(trace: &Trace) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for point in points(trace) {
        for side in [Side::Before, Side::After] {
            if let Some((family, n)) = family(&point.anchor(side)) {
                let most = counts.entry(family).or_default();
                *most = n.max(*most);
            }
        }
    }
    counts
}

/// What an anchor says without its number, and the number.
fn family(anchor: &Anchor) -> Option<(String, u64)> {
    let text = anchor.to_string();
    let (before, after) = text.split_once('#')?;
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    Some((format!("{before}#{}", &after[digits..]), after[..digits].parse().ok()?))
}

/// The moved fault with the numbers that its anchor may have now, the likeliest first.
fn numbered(was: &Fault, moved: &Fault, (old, new): (&BTreeMap<String, u64>, &BTreeMap<String, u64>)) -> Vec<Fault> {
    let (Some((before, n)), Some((after, _))) = (family(&was.anchor), family(&moved.anchor)) else {
        return vec![moved.clone()];
    };
    let most = new.get(&after).copied().unwrap_or(n);
    let behind = old.get(&before).copied().unwrap_or(n).saturating_sub(n);
    let mut numbers = vec![n, most.saturating_sub(behind)];
    numbers.extend((1..=NEARBY as u64).flat_map(|far| [n.saturating_sub(far), n + far]));
    let mut faults: Vec<Fault> = Vec::new();
    for number in numbers.into_iter().filter(|number| (1..=most).contains(number)) {
        let text = moved.to_string().replacen(&format!("#{n}"), &format!("#{number}"), 1);
        faults.extend(text.parse().ok().filter(|fault| !faults.contains(fault)));
        if faults.len() == NEARBY {
            break;
        }
    }
    faults
}

/// One choice for each, the likeliest together first.
fn together(choices: &[Vec<Fault>]) -> Vec<Vec<Fault>> {
    let mut found = vec![(0, Vec::new())];
    for choice in choices {
        let longer = |(rank, faults): &(usize, Vec<Fault>)| {
            let faults = faults.clone();
            let rank = *rank;
            let with = move |(more, fault): (usize, &Fault)| {
                (rank + more, faults.iter().cloned().chain([fault.clone()]).collect::<Vec<Fault>>())
            };
            choice.iter().enumerate().map(with).collect::<Vec<_>>()
        };
        found = found.iter().flat_map(longer).collect();
        found.sort_by_key(|(rank, _)| *rank);
        found.truncate(TOGETHER);
    }
    found.into_iter().map(|(_, faults)| faults).collect()
}

#[cfg(test)]
mod tests {
    use super::{numbered, renamed, together};
    use crate::fault::Fault;
    use std::collections::BTreeMap;

    fn fault(line: &str) -> Fault {
        line.parse().expect("a fault")
    }

    #[test]
    fn names_follow_wherever_they_stand() {
        let down = |number: u64| Some(if number > 1 { number - 1 } else { number });
        let moved = renamed(&fault("reset t1-t72003 before ApplyRecords#3"), "t", &down);
        assert_eq!(moved, Some(fault("reset t1-t72002 before ApplyRecords#3")));
        let moved = renamed(&fault("isolate n2 when op8 enters Finalizing for=30s"), "op", &down);
        assert_eq!(moved, Some(fault("isolate n2 when op7 enters Finalizing for=30s")));
        assert_eq!(renamed(&fault("reboot t5 at event 3"), "t", &|_| None), None);
    }

    #[test]
    fn numbers_are_tried_from_the_same_and_from_the_end() {
        let was = fault("reboot t1 at exec of Progress#9");
        let of = |n| BTreeMap::from([("at exec of Progress# on t1".to_owned(), n)]);
        let found: Vec<String> = numbered(&was, &was, (&of(10), &of(4))).iter().map(ToString::to_string).collect();
        assert_eq!(found[0], "reboot t1 at exec of Progress#3", "one before the last, as it was");
    }

    #[test]
    fn combinations_begin_with_the_likeliest() {
        let choice = |lines: &[&str]| lines.iter().map(|line| fault(line)).collect::<Vec<Fault>>();
        let choices = [choice(&["reboot t1 at event 1", "reboot t1 at event 2"]), choice(&["reboot t2 at event 1"])];
        let all = together(&choices);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0], choice(&["reboot t1 at event 1", "reboot t2 at event 1"]));
    }
}
