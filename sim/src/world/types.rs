//! Tablet types, erased: the world hosts tablets and never asks which type it has.

use crate::disk::Disk;
use crate::oracle::Arrival;
use crate::state::StateBytes;
use crate::world::desk::WorldPort;
use crate::world::rehearsal::{Clocks, Subject, Trial, booted, is_compared, try_out};
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hasher;
use std::sync::Arc;
use tablets::actor::{Hosted, Mailbox, look_at};
use tablets::executor::Executor;
use tablets::ids::Commit;
use tablets::local_db::Schema;
use tablets::message::{ClientMessage, Kind, Message, Parcel, pack};
use tablets::tablet::{BootInfo, Kept, Reached, Tablet, Wait};

/// What the world asks of a tablet type.
pub(crate) trait Factory: Send + Sync {
    /// An incarnation that has not booted.
    fn host(&self, info: BootInfo, port: WorldPort) -> Box<dyn Hosted>;
    /// The same incarnation once more, with a port of its own; `None` if it is dead.
    fn copy(&self, hosted: &dyn Hosted, port: WorldPort) -> Option<Box<dyn Hosted>>;
    /// Feeds everything that the incarnation's future depends on to `state`.
    fn hash(&self, hosted: &dyn Hosted, state: &mut dyn Hasher);
    /// The settings, encoded as a delivery brings them.
    fn config(&self) -> Arc<[u8]>;
    /// Delivers messages once more, to a copy of the incarnation or to one that boots from its tables.
    fn again(&self, hosted: &dyn Hosted, arrivals: &[&Arrival], of: Subject, clocks: Clocks) -> AnyTrial;
    /// In which rows the incarnation's tables differ from its disk's, after this commit or when all is
    /// over; `None` if it is not its turn.
    fn differences(&self, hosted: &dyn Hosted, disk: &Disk, commit: Option<Commit>) -> Option<Vec<String>>;
    /// What the incarnation's memory holds for operations.
    fn keeps(&self, hosted: &dyn Hosted) -> Vec<Kept>;
    /// The parts of the incarnation's memory that no table has.
    fn memory(&self, hosted: &dyn Hosted) -> Vec<(&'static str, String)>;
    /// What unfinished operations of an incarnation of this type wait for.
    fn waits(&self, hosted: &dyn Hosted) -> Vec<Wait>;
    /// An event that such a tablet lets a fault bring about.
    fn injection(&self, name: &str) -> Option<Parcel>;
    /// The states in which operations are by a redo record of such a tablet.
    fn reached(&self, record: &[u8]) -> Vec<Reached>;
    /// A message to such a tablet, as text.
    fn message(&self, parcel: &Parcel) -> String;
    /// A timer of such a tablet, as text.
    fn private(&self, parcel: &Parcel) -> String;
    /// A redo record of such a tablet, one line a row.
    fn redo(&self, record: &[u8]) -> Vec<String>;
}

/// What came of a trial of a tablet of some type; the tables are its `T::Schema`.
#[derive(Default)]
pub(crate) struct AnyTrial {
    pub(crate) tables: Option<(Box<dyn Any>, Box<dyn Any>)>,
    pub(crate) panic: Option<String>,
}

impl<S: Schema> Trial<S> {
    fn beside(self, before: &S) -> AnyTrial {
        let pair = |after| (Box::new(before.clone()) as Box<dyn Any>, Box::new(after) as _);
        AnyTrial { tables: self.tables.map(pair), panic: self.panic }
    }
}

struct Typed<T: Tablet> {
    config: T::Config,
}

impl<T: Tablet> Factory for Typed<T> {
    fn host(&self, info: BootInfo, port: WorldPort) -> Box<dyn Hosted> {
        Box::new(Mailbox::new(Executor::<T>::new(info, self.config.clone()), port))
    }

    fn copy(&self, hosted: &dyn Hosted, port: WorldPort) -> Option<Box<dyn Hosted>> {
        Some(Box::new(Mailbox::new(executor::<T>(hosted)?, port)))
    }

    fn hash(&self, hosted: &dyn Hosted, state: &mut dyn Hasher) {
        let bytes = look_at(hosted, |executor: &Executor<T>| StateBytes::of(&Some(executor)));
        state.write(bytes.as_ref().map_or(&[], StateBytes::bytes));
    }

    fn config(&self) -> Arc<[u8]> {
        pack(&self.config).into()
    }

    fn again(&self, hosted: &dyn Hosted, arrivals: &[&Arrival], of: Subject, clocks: Clocks) -> AnyTrial {
        let try_out = |executor: &Executor<T>| match of {
            Subject::AsItIs => try_out(executor.clone(), arrivals, clocks).beside(executor.tables()),
            Subject::Booted(info) => match booted::<T>(info, self.config.clone(), executor.tables().clone(), clocks) {
                Ok((copy, wrote)) => {
                    let before = wrote.then(|| copy.tables().clone());
                    try_out(copy, arrivals, clocks).beside(before.as_ref().unwrap_or(executor.tables()))
                }
                // That it does not boot is another oracle's business.
                Err(_) => AnyTrial::default(),
            },
        };
        look_at(hosted, try_out).unwrap_or_default()
    }

    fn differences(&self, hosted: &dyn Hosted, disk: &Disk, commit: Option<Commit>) -> Option<Vec<String>> {
        let durable = disk.durable::<T::Schema>()?;
        if !is_compared(durable.row_count(), commit) {
            return None;
        }
        look_at(hosted, move |executor: &Executor<T>| {
            let tables = executor.tables();
            if *tables == *durable { Vec::new() } else { tables.differences(&durable) }
        })
    }

    fn keeps(&self, hosted: &dyn Hosted) -> Vec<Kept> {
        let keeps = |executor: &Executor<T>| executor.tablet().map_or_else(Vec::new, Tablet::keeps);
        look_at(hosted, keeps).unwrap_or_default()
    }

    fn memory(&self, hosted: &dyn Hosted) -> Vec<(&'static str, String)> {
        let memory = |executor: &Executor<T>| executor.tablet().map_or_else(Vec::new, Tablet::memory);
        look_at(hosted, memory).unwrap_or_default()
    }

    fn waits(&self, hosted: &dyn Hosted) -> Vec<Wait> {
        look_at(hosted, Executor::<T>::waits).unwrap_or_default()
    }

    fn injection(&self, name: &str) -> Option<Parcel> {
        T::injection(name).map(|private| private.parcel())
    }

    fn reached(&self, record: &[u8]) -> Vec<Reached> {
        let mut written = T::Schema::default();
        written.redo(record).expect("a redo record is read by the schema that wrote it");
        T::reached(&written)
    }

    fn message(&self, parcel: &Parcel) -> String {
        text_of::<T::Message>(parcel)
    }

    fn private(&self, parcel: &Parcel) -> String {
        text_of::<T::Private>(parcel)
    }

    fn redo(&self, record: &[u8]) -> Vec<String> {
        T::Schema::describe(record).unwrap_or_else(|error| vec![error.to_string()])
    }
}

fn executor<T: Tablet>(hosted: &dyn Hosted) -> Option<Executor<T>> {
    look_at(hosted, Executor::clone)
}

fn text_of<M: Message>(parcel: &Parcel) -> String {
    match parcel.open::<M>() {
        Ok(message) => message.to_string(),
        Err(_) => format!("{} of {} bytes", parcel.kind, parcel.bytes.len()),
    }
}

/// The tablet types of a world, by name, with their settings; what a trace needs to be read.
#[derive(Clone, Default)]
pub struct Types(BTreeMap<Kind, Arc<dyn Factory>>);

impl fmt::Debug for Types {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Types {
    /// Makes a type known, or changes its settings.
    pub fn add<T: Tablet>(&mut self, config: T::Config) {
        self.0.insert(T::KIND, Arc::new(Typed::<T> { config }));
    }

    /// The settings of all types, encoded, in order of the types' names.
    pub(crate) fn configs(&self) -> impl Iterator<Item = Arc<[u8]>> {
        self.0.values().map(|factory| factory.config())
    }

    pub(crate) fn get(&self, kind: Kind) -> Option<&dyn Factory> {
        self.0.get(kind).map(|factory| &**factory)
    }

    /// The state that this redo record of a tablet lets an operation enter last, if any.
    pub(crate) fn last_reached(&self, kind: Kind, redo: &[u8]) -> Option<String> {
        self.get(kind)?.reached(redo).pop()?.names.pop()
    }

    /// A message as text; `kind` is the receiving tablet's type, `None` for an edge client.
    pub fn message(&self, kind: Option<Kind>, parcel: &Parcel) -> String {
        match kind {
            None => text_of::<ClientMessage>(parcel),
            Some(kind) => self.get(kind).map_or_else(|| parcel.kind.to_owned(), |factory| factory.message(parcel)),
        }
    }

    /// A timer of a tablet of type `kind`, as text.
    pub fn private(&self, kind: Kind, parcel: &Parcel) -> String {
        self.get(kind).map_or_else(|| parcel.kind.to_owned(), |factory| factory.private(parcel))
    }

    /// A redo record of a tablet of type `kind`, one line a row.
    pub fn redo(&self, kind: Kind, record: &[u8]) -> Vec<String> {
        self.get(kind).map_or_else(|| vec![format!("{} bytes", record.len())], |factory| factory.redo(record))
    }
}
