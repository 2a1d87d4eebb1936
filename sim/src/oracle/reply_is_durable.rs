//! reply_is_durable: nothing leaves a tablet that a reboot could still unmake.
//!
//! * A message, an answer or a question to the hive rests on what its transaction saw when it
//!   executed: on every commit up to then, its own included. All of these must be durable when it
//!   leaves. A transaction that only read must have heard since then that its generation is the
//!   newest.
//! * What a client was told stays true in every later answer (`told`), and a write that was
//!   acknowledged is in every later read (`acknowledged`).
//!
//! A transaction's words are told from others by its serial; what a pipe client passes on when it
//! connects was judged by whoever gave it to the client.

use crate::client::SCHEMESHARD;
use crate::oracle::acknowledged::Acknowledged;
use crate::oracle::told::{self, Told};
use crate::oracle::{Facts, Objection, Oracle, View};
use crate::trace::{Mail, Record, What};
use crate::world::Endpoint;
use std::collections::{BTreeMap, VecDeque};
use tablets::executor::Cut;
use tablets::ids::{Commit, Generation, TabletId};
use tablets::message::Kind;

/// A transaction that has begun and has not completed.
#[derive(Clone, Debug, Hash)]
struct Open {
    serial: u64,
    tx: Kind,
    /// The newest commit that it saw or made.
    rests_on: Commit,
    wrote: bool,
    confirmed: bool,
}

/// What an incarnation has handed to its log.
#[derive(Clone, Debug, Default, Hash)]
struct Log {
    logged: Commit,
    durable: Commit,
    open: VecDeque<Open>,
}

/// What leaves is durable, and stays true.
#[derive(Clone, Debug, Default, Hash)]
pub struct ReplyIsDurable {
    logs: BTreeMap<(TabletId, Generation), Log>,
    told: Told,
    acknowledged: Acknowledged,
    looked: u64,
}

type Wrong = Option<(String, Vec<String>)>;

impl Oracle for ReplyIsDurable {
    fn name(&self) -> &'static str {
        "reply_is_durable"
    }

    fn rule(&self) -> &'static str {
        "what leaves a tablet rests on nothing that is not durable, and what a client was told (accepted, ended, \
         forgotten, written, percent) holds in every later answer"
    }

    fn facts(&self) -> Facts {
        Facts::CUT | Facts::LOGGED | Facts::DURABLE | Facts::SENT | Facts::OTHER
    }

    fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection> {
        self.follow(record);
        let wrong = match &record.what {
            What::Sent(mail) => {
                let early = self.too_early(record, view, mail.parcel.kind);
                early.or_else(|| match (mail.from, mail.to) {
                    (Endpoint::Edge(_), to) => {
                        self.asked(to, mail, record.step, view);
                        None
                    }
                    (_, Endpoint::Edge(_)) => {
                        self.looked += 1;
                        self.answered(mail, record.step, view)
                    }
                    _ => None,
                })
            }
            What::AskedCreate(_) | What::AskedDelete(_) => self.too_early(record, view, "question to the hive"),
            _ => None,
        };
        wrong.map(|(sentence, details)| Objection {
            oracle: self.name(),
            sentence,
            rule: self.rule(),
            tablets: record.tablet.into_iter().collect(),
            steps: vec![record.step],
            details,
        })
    }

    fn at_end(&mut self, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn looked(&self) -> u64 {
        self.looked
    }
}

impl ReplyIsDurable {
    /// Keeps up what each incarnation has in its log and under way.
    fn follow(&mut self, record: &Record) {
        let Some(tablet) = record.tablet else { return };
        let who = (tablet, record.generation);
        match &record.what {
            What::Cut { cut: Cut::Pre, tx, serial, .. } => {
                let log = self.logs.entry(who).or_default();
                let rests_on = log.logged;
                log.open.push_back(Open { serial: *serial, tx, rests_on, wrote: false, confirmed: false });
            }
            What::Logged { commit, .. } => {
                let log = self.logs.entry(who).or_default();
                log.logged = *commit;
                if let Some(open) = log.open.back_mut() {
                    (open.rests_on, open.wrote) = (*commit, true);
                }
            }
            What::Durable { commit, .. } => {
                if let Some(log) = self.logs.get_mut(&who) {
                    log.durable = *commit;
                }
            }
            What::Confirmed(_) => {
                let open = self.logs.get_mut(&who).into_iter().flat_map(|log| &mut log.open);
                open.for_each(|open| open.confirmed = true);
            }
            What::Cut { cut: Cut::Done, serial, .. } => {
                if let Some(log) = self.logs.get_mut(&who) {
                    log.open.retain(|open| open.serial != *serial);
                }
            }
            What::Stopped { .. } => drop(self.logs.remove(&who)),
            _ => {}
        }
    }

    /// A client asks SchemeShard, or a shard.
    fn asked(&mut self, to: Endpoint, mail: &Mail, step: u64, view: &View<'_>) {
        match to {
            _ if told::only_asks(mail.parcel.kind) => {}
            Endpoint::Tablet(SCHEMESHARD) => self.told.asked(mail),
            _ => self.acknowledged.asked(mail, step, view),
        }
    }

    /// A client is answered. What a path is, is true only of the moment.
    fn answered(&mut self, mail: &Mail, step: u64, view: &View<'_>) -> Wrong {
        match mail.parcel.kind {
            "Description" => None,
            "WriteAnswer" | "ReadAnswer" => self.acknowledged.answered(mail, step, view),
            _ => self.told.answered(mail),
        }
    }

    /// Whether something leaves before what it rests on is durable.
    fn too_early(&mut self, record: &Record, view: &View<'_>, what: Kind) -> Wrong {
        let serial = view.speaker()?;
        let log = self.logs.get(&(record.tablet?, record.generation))?;
        let open = log.open.iter().find(|open| open.serial == serial)?;
        self.looked += 1;
        let (tablet, tx) = (record.tablet?, open.tx);
        if open.rests_on > log.durable {
            let sentence = format!("{tablet} lets a {what} go in {tx} that rests on what is not durable");
            let expected = format!("expected: durable up to {} when it leaves", open.rests_on);
            let found = format!("found: durable up to {}; a reboot now would unmake the rest", log.durable);
            return Some((sentence, vec![expected, found]));
        }
        if !open.wrote && !open.confirmed {
            let sentence =
                format!("{tablet} lets a {what} go in {tx} and has not asked whether it is still the newest");
            let expected = "expected: the log confirms the generation after the transaction has read".to_owned();
            return Some((sentence, vec![expected, "found: it was not asked since".to_owned()]));
        }
        None
    }
}
