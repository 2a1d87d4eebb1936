//! Faults as lines of script. What is written here, `read` reads.

use crate::fault::{Action, Anchor, End, Fate, Fault, Home, Keep, Old, Schedule, Side};
use crate::scenario::Duration;
use crate::trace::by_name::{CUTS, name};
use crate::world::Endpoint;
use std::fmt::{self, Display, Formatter};
use tablets::ids::TabletId;

impl Display for Schedule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "; " })?;
            fault.fmt(f)?;
        }
        Ok(())
    }
}

/// With everything said.
impl Display for Anchor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Short { anchor: self, own: None, pair: None }.fmt(f)
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let anchor = Short { anchor: &self.anchor, own: None, pair: None };
        let of = |tablet| Short { own: Some(tablet), ..anchor };
        match &self.action {
            Action::Reboot { tablet, down_us, keep, old } => {
                let anchor = of(*tablet);
                write!(f, "reboot {tablet} {anchor}{}{}{}", Us("down_for", *down_us), Kept(*keep), Elder(*old))
            }
            Action::Move { tablet, node } => write!(f, "move {tablet} to {node} {}", of(*tablet)),
            Action::Kill { node, down_us, keep, home } => {
                let home = if *home == Home::There { " tablets=there" } else { "" };
                write!(f, "kill {node} {anchor}{}{}{home}", Us("down_for", *down_us), Kept(*keep))
            }
            Action::Delete { tablet } => write!(f, "delete {tablet} {}", of(*tablet)),
            Action::Reset { pair, fate, end } => {
                let fate = if *fate == Fate::Drained { " drained" } else { "" };
                write!(f, "reset {}-{} {}{fate}", pair.0, pair.1, Short { pair: Some(*pair), ..anchor })?;
                f.write_str(match end {
                    End::Both => "",
                    End::Client => " side=client",
                    End::Server => " side=server",
                })
            }
            Action::Partition { nodes: (one, other), for_us, told_us } => {
                write!(f, "partition {one}-{other} {anchor}{}{}", Us("for", Some(*for_us)), Us("told", *told_us))
            }
            Action::Isolate { node, for_us, told_us } => {
                write!(f, "isolate {node} {anchor}{}{}", Us("for", Some(*for_us)), Us("told", *told_us))
            }
            Action::Inject { tablet, event } => write!(f, "inject {event} {tablet} {}", of(*tablet)),
            Action::Slow { tablet, times, for_us } => {
                write!(f, "slow {tablet} {} times={times}{}", of(*tablet), Us("for", Some(*for_us)))
            }
            Action::Jump { node, by_us } => {
                let whose = node.map_or("wall".to_owned(), |node| node.to_string());
                let sign = if *by_us < 0 { "-" } else { "" };
                write!(f, "jump {whose} {anchor} by={sign}{}", Duration(by_us.unsigned_abs()))
            }
            _ => self.write_at_its_thing(f),
        }
    }
}

impl Fault {
    /// Those whose object is the thing that their anchor names.
    fn write_at_its_thing(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let object = Object(&self.anchor);
        match &self.action {
            Action::Refuse { times: 1 } => write!(f, "refuse {object}"),
            Action::Refuse { times } => write!(f, "refuse {object} times={times}"),
            Action::Fail { down_us } => write!(f, "fail {object}{}", Us("down_for", *down_us)),
            Action::Delay { by_us } => write!(f, "delay {object} by {}", Duration(*by_us)),
            Action::DelayUntil { until, gap_us: 0 } => write!(f, "delay {object} until {until}"),
            Action::DelayUntil { until, gap_us } => write!(f, "delay {object} until {} {until}", Duration(*gap_us)),
            Action::Duplicate => write!(f, "duplicate {object}"),
            Action::Reorder => write!(f, "reorder {object}"),
            _ => write!(f, "drop {object}"),
        }
    }
}

/// The thing that an anchor names, as an object.
struct Object<'a>(&'a Anchor);

impl Display for Object<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Anchor::Message { from, to, kind, n, .. } => write!(f, "{from}-{to} {kind}#{n}"),
            Anchor::Write { tablet, n } => write!(f, "write#{n} on {tablet}"),
            Anchor::Snapshot { tablet, n } => write!(f, "snapshot#{n} on {tablet}"),
            other => other.fmt(f),
        }
    }
}

/// An anchor without what the action's own object says already.
#[derive(Clone, Copy)]
struct Short<'a> {
    anchor: &'a Anchor,
    own: Option<TabletId>,
    pair: Option<(Endpoint, Endpoint)>,
}

impl Display for Short<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let on = |f: &mut Formatter<'_>, tablet: &TabletId| {
            if self.own == Some(*tablet) { Ok(()) } else { write!(f, " on {tablet}") }
        };
        match self.anchor {
            Anchor::Event(n) => write!(f, "at event {n}"),
            Anchor::Time(time) => write!(f, "at time {}", Duration(time.0)),
            Anchor::Cut { tablet, cut, tx, n } => {
                write!(f, "at {} of {tx}#{n}", name(CUTS, *cut))?;
                on(f, tablet)
            }
            Anchor::Message { from, to, kind, n, side } => {
                write!(f, "{} {kind}#{n}", word(*side))?;
                if self.pair == Some((*from, *to)) { Ok(()) } else { write!(f, " on {from}-{to}") }
            }
            Anchor::Connect { from, to, n } => write!(f, "connect {from}-{to}#{n}"),
            Anchor::Timer { tablet, kind, n, side } => {
                write!(f, "{} timer {kind}#{n}", word(*side))?;
                on(f, tablet)
            }
            Anchor::Write { tablet, n } => {
                write!(f, "at write#{n}")?;
                on(f, tablet)
            }
            Anchor::Snapshot { tablet, n } => {
                write!(f, "at snapshot#{n}")?;
                on(f, tablet)
            }
            Anchor::State { operation, state } => write!(f, "when {operation} enters {state}"),
        }
    }
}

fn word(side: Side) -> &'static str {
    if side == Side::Before { "before" } else { "after" }
}

/// An option that is a duration, if it is given.
struct Us(&'static str, Option<u64>);

impl Display for Us {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.1.map_or(Ok(()), |us| write!(f, " {}={}", self.0, Duration(us)))
    }
}

struct Kept(Keep);

impl Display for Kept {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Keep::None => Ok(()),
            Keep::All => f.write_str(" keep=all"),
            Keep::First(count) => write!(f, " keep={count}"),
        }
    }
}

struct Elder(Old);

impl Display for Elder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Old::Dies => Ok(()),
            Old::Lives => f.write_str(" old=lives"),
            Old::LivesFor(us) => write!(f, " old={}", Duration(us)),
        }
    }
}
