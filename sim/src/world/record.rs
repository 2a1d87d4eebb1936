//! Records: hashed, shown to the oracles, and kept if asked.

use crate::explore::AT_END;
use crate::oracle::{Cause, Facts, Objection, Oracle, View, Watch};
use crate::pipes::Who;
use crate::trace::by_name::{CUTS, name};
use crate::trace::{Record, What};
use crate::world::strike::effect;
use crate::world::{Endpoint, Step, World};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use tablets::ids::{Generation, TabletId};

impl World {
    /// Makes a record of a fact at an incarnation, or at none.
    pub(super) fn record(&mut self, who: Option<Who>, what: What) {
        let generation = who.map_or(Generation(0), |who| who.generation);
        self.take(who.map(|who| who.tablet), generation, what);
    }

    /// Makes a record of a fact at a tablet of whatever generation.
    pub(super) fn record_at(&mut self, tablet: TabletId, what: What) {
        self.take(Some(tablet), Generation(0), what);
    }

    fn take(&mut self, tablet: Option<TabletId>, generation: Generation, what: What) {
        let (step, at, cause) = (self.events, self.now, self.cause);
        let record = Record { step, at, tablet, generation, cause, what };
        self.hash.add(&record);
        let World { goals, hive, types, .. } = self;
        goals.observe(&record, |mail| {
            let Endpoint::Tablet(tablet) = mail.to else { return types.message(None, &mail.parcel) };
            types.message(hive.get(tablet).map(|entry| entry.kind), &mail.parcel)
        });
        if let Some(effects) = &mut self.effects {
            effects.extend(effect(&record));
        }
        if self.oracles.is_empty() {
            return self.keep(record);
        }
        let executed = self.causes.observe(&record);
        let watchers = Rc::clone(&self.watchers);
        let places = watchers.of(Facts::of(&record.what));
        let objections = self.ask(places, executed.as_ref(), |oracle, view| oracle.observe(&record, view));
        let culprit = if objections.is_empty() { String::new() } else { self.culprit(&record) };
        self.keep(record);
        self.object(objections, &culprit);
    }

    fn keep(&mut self, record: Record) {
        if self.options.record {
            self.trace.push(record);
        }
    }

    /// Asks every oracle.
    pub(super) fn with_oracles(
        &mut self,
        ask: impl Fn(&mut dyn Oracle, &View<'_>) -> Option<Objection>,
    ) -> Vec<Objection> {
        let mut oracles = std::mem::take(&mut self.oracles);
        let view = View::new(self, None);
        let objections = oracles.iter_mut().filter_map(|oracle| ask(oracle.as_mut(), &view)).collect();
        self.oracles = oracles;
        objections
    }

    /// Asks the oracles at these places.
    pub(super) fn ask(
        &mut self,
        places: &[usize],
        executed: Option<&Cause>,
        ask: impl Fn(&mut dyn Oracle, &View<'_>) -> Option<Objection>,
    ) -> Vec<Objection> {
        let mut oracles = std::mem::take(&mut self.oracles);
        let view = View::new(self, executed);
        let objections = places.iter().filter_map(|place| ask(oracles[*place].as_mut(), &view)).collect();
        self.oracles = oracles;
        objections
    }

    /// The type of tablet and the step of the protocol that an objection is about.
    pub(super) fn culprit_at(&self, tablet: Option<TabletId>, step: impl fmt::Display) -> String {
        let kind = tablet.and_then(|tablet| self.hive.get(tablet)).map_or("client", |entry| entry.kind);
        format!("{kind}, {step}")
    }

    /// The same, of a record.
    fn culprit(&self, record: &Record) -> String {
        let step = match &record.what {
            What::Durable { .. } => format!("{} durable", self.written),
            What::Cut { cut, tx, .. } => format!("{tx} {}", name(CUTS, *cut)),
            What::Logged { tx, .. } => format!("{tx} executed"),
            What::Delivered(mail) => format!("{} delivered", mail.parcel.kind),
            What::Sent(mail) => format!("{} sent", mail.parcel.kind),
            What::Fired { parcel, .. } => format!("{} fired", parcel.kind),
            What::Booted { .. } => "boot".to_owned(),
            What::Panicked(_) => "panic".to_owned(),
            _ => "between".to_owned(),
        };
        self.culprit_at(record.tablet, step)
    }

    pub(super) fn object(&mut self, objections: Vec<Objection>, culprit: &str) {
        for objection in objections {
            let what = What::Objected(objection.oracle.into(), objection.sentence.as_str().into());
            let (step, at, cause) = (self.events, self.now, self.cause);
            self.keep(Record { step, at, tablet: None, generation: Generation(0), cause, what });
            self.objections.push(objection);
            self.culprits.push(culprit.to_owned());
            if !self.outbox.contains(&Step::Objected) {
                self.outbox.push_front(Step::Objected);
            }
        }
    }

    /// Adds an oracle, which sees every later record.
    pub fn add_oracle(&mut self, oracle: Box<dyn Oracle>) {
        self.desk.borrow_mut().looks |= oracle.watch() == Watch::Inside;
        Rc::make_mut(&mut self.watchers).add(self.oracles.len(), oracle.as_ref());
        self.oracles.push(oracle);
    }

    /// Asks every oracle once more, at the end of the run.
    pub fn finish(&mut self) {
        let mut objections = Vec::new();
        if self.resting {
            self.last_waits = self.waits();
            objections = self.look_at_rest();
        }
        objections.splice(0..0, self.with_oracles(|oracle, view| oracle.at_end(view)));
        self.object(objections, AT_END);
    }

    /// For each objection, at which type of tablet and at which step of the protocol it was made.
    pub fn culprits(&self) -> &[String] {
        &self.culprits
    }

    /// What the oracles object to.
    pub fn objections(&self) -> &[Objection] {
        &self.objections
    }

    /// How often each oracle found something to judge.
    pub fn looked(&self) -> Vec<(&'static str, u64)> {
        self.oracles.iter().map(|oracle| (oracle.name(), oracle.looked())).collect()
    }

    /// Puts a line of the runner into the trace, such as the statement that begins.
    pub fn note(&mut self, text: Arc<str>) {
        self.record(None, What::Note(text));
    }
}
