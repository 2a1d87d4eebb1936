//! progress_made: when nothing is left to happen, nobody waits.
//!
//! The world is at rest when no message, log write or connect is in flight and no timer is
//! pending but heartbeats that changed nothing and deadlines. Whoever still waits then waits
//! for ever: no timeout is needed to know it. The objection is the wait-for chain: who waits
//! for what, where that was lost, and that nobody is left to send it again.

use crate::oracle::{Facts, Objection, Oracle, View, Watch};
use crate::trace::{Mail, Record, Trace, What};
use crate::world::Endpoint;
use tablets::ids::TabletId;
use tablets::tablet::Wait;

/// After the last fault every operation ends.
#[derive(Clone, Debug, Default, Hash)]
pub struct ProgressMade {
    looked: u64,
}

impl Oracle for ProgressMade {
    fn name(&self) -> &'static str {
        "progress_made"
    }

    fn rule(&self) -> &'static str {
        "after the last fault every operation ends: whoever waits has somebody who will answer or send again"
    }

    fn watch(&self) -> Watch {
        Watch::Ends
    }

    fn facts(&self) -> Facts {
        Facts::NONE
    }

    fn observe(&mut self, _: &Record, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn at_end(&mut self, view: &View<'_>) -> Option<Objection> {
        self.looked += 1;
        let waits = view.waits();
        let (_, first) = waits.first()?;
        let mut details = Vec::new();
        for (tablet, wait) in waits.iter().take(6) {
            details.extend(chain(*tablet, wait, view.trace()));
        }
        details.push("nothing is in flight, and no timer is pending but heartbeats and deadlines".to_owned());
        Some(Objection {
            oracle: self.name(),
            sentence: format!("{} is stuck: nobody will ever wake it", first.operation),
            rule: self.rule(),
            tablets: waits.iter().map(|(tablet, _)| *tablet).collect(),
            steps: Vec::new(),
            details,
        })
    }

    fn looked(&self) -> u64 {
        self.looked
    }
}

/// One link: who waits, for what, and what became of it.
fn chain(tablet: TabletId, wait: &Wait, trace: &Trace) -> Vec<String> {
    let mut lines = vec![format!("{} at {tablet} waits for {}", wait.operation, wait.what)];
    let last = trace.records().iter().rev().find_map(|record| fate(record, tablet, wait));
    match last {
        Some(line) => lines.push(format!("  {line}")),
        None if wait.kinds.is_empty() => lines.push("  no message would end this wait".to_owned()),
        None if trace.records().is_empty() => {
            lines.push("  (the run kept no trace: run it again to see more)".to_owned())
        }
        None => lines.push(format!("  no {} was ever sent or armed", wait.kinds.join(" or "))),
    }
    lines.push(match wait.peer {
        Some(peer) => {
            format!("  {tablet} would have to ask {peer} again, and will not: no timer, no notice of a lost pipe")
        }
        None => format!("  {tablet} itself would have to arm it again, and will not"),
    });
    lines
}

fn fate(record: &Record, tablet: TabletId, wait: &Wait) -> Option<String> {
    let is_it = |mail: &Mail| {
        let ends = [mail.from, mail.to];
        wait.kinds.contains(&mail.parcel.kind)
            && ends.contains(&Endpoint::Tablet(tablet))
            && wait.peer.is_none_or(|peer| ends.contains(&Endpoint::Tablet(peer)))
    };
    match &record.what {
        What::Lost(mail) if is_it(mail) => Some(format!(
            "the last {} ({} → {}, #{}) was lost at step {}, on connection {}",
            mail.parcel.kind, mail.from, mail.to, mail.n, record.step, mail.connection
        )),
        What::Delivered(mail) if is_it(mail) => Some(format!(
            "the last {} ({} → {}, #{}) was delivered at step {}, and nothing came of it",
            mail.parcel.kind, mail.from, mail.to, mail.n, record.step
        )),
        What::Sent(mail) if is_it(mail) => Some(format!(
            "the last {} ({} → {}, #{}) was sent at step {} and never arrived",
            mail.parcel.kind, mail.from, mail.to, mail.n, record.step
        )),
        What::Refused { link, .. }
            if link.from == Endpoint::Tablet(tablet) && wait.peer.is_some_and(|peer| link.to == peer) =>
        {
            Some(format!(
                "the connect {} → {}, #{}, was refused at step {}, with the question waiting for it",
                link.from, link.to, link.n, record.step
            ))
        }
        What::Fired { parcel, .. } if record.tablet == Some(tablet) && wait.kinds.contains(&parcel.kind) => {
            Some(format!("the timer {} fired at step {}, and nothing came of it", parcel.kind, record.step))
        }
        What::Stopped { .. } if record.tablet == Some(tablet) && wait.peer.is_none() => {
            Some(format!("{tablet} was rebooted at step {}, and what was armed before is gone", record.step))
        }
        _ => None,
    }
}
