//! The disk of a tablet: a snapshot, the redo records after it, and a fence.
//!
//! It outlives every incarnation. The fence is the newest generation that has booted from
//! it; what an older one writes is refused. Writes in flight are not here but with the
//! incarnation that made them, since a reboot loses them.
//!
//! The tables as they are on disk are made from the records when somebody looks, and kept
//! up from there, so that a run that nobody judges pays nothing for them.
//!
//! Left out: torn and rotten records. Slow and failing writes are the business of who writes.

use std::any::Any;
use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use tablets::executor::Delivery;
use tablets::ids::Generation;
use tablets::local_db::Schema;
use tablets::message::unpack;

/// A tablet's disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    snapshot: Option<Arc<[u8]>>,
    /// Copies share it until one of them is written to.
    tail: Arc<Vec<Arc<[u8]>>>,
    fence: Generation,
    image: RefCell<Option<Image>>,
}

/// A schema of some type.
type Tables = Arc<dyn Any + Send + Sync>;

/// The tables on a disk. Copies share them until one of them moves on.
#[derive(Clone, Debug)]
struct Image {
    tables: Tables,
    /// How many records of the tail they include.
    applied: usize,
    advance: fn(&mut Tables, &[Arc<[u8]>]),
}

impl Image {
    fn catch_up(&mut self, tail: &[Arc<[u8]>]) {
        if self.applied < tail.len() {
            (self.advance)(&mut self.tables, &tail[self.applied..]);
            self.applied = tail.len();
        }
    }
}

/// The bytes; the image follows from them.
impl Hash for Disk {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Disk { snapshot, tail, fence, image: _ } = self;
        (snapshot, tail, fence).hash(state);
    }
}

impl Disk {
    /// A generation boots: older ones write no more. Returns the content as it is delivered.
    pub(crate) fn boot(&mut self, generation: Generation) -> Delivery {
        assert!(generation > self.fence, "generations boot in order: {generation} after {}", self.fence);
        self.fence = generation;
        Delivery::Boot { snapshot: self.snapshot.clone(), tail: self.tail.to_vec() }
    }

    /// Bytes of the snapshot, and records after it.
    pub(crate) fn size(&self) -> (u64, u64) {
        (self.snapshot.as_ref().map_or(0, |image| image.len() as u64), self.tail.len() as u64)
    }

    /// Whether a newer generation than this one has booted.
    pub(crate) fn fences(&self, generation: Generation) -> bool {
        self.fence > generation
    }

    /// Whether this generation, or a newer one, has booted.
    pub(crate) fn has_booted(&self, generation: Generation) -> bool {
        self.fence >= generation
    }

    /// A redo record is durable.
    pub(crate) fn append(&mut self, redo: Arc<[u8]>) {
        Arc::make_mut(&mut self.tail).push(redo);
    }

    /// A snapshot of everything durable so far is durable.
    pub(crate) fn replace(&mut self, image: Arc<[u8]>) {
        if let Some(tables) = self.image.get_mut() {
            tables.catch_up(&self.tail);
            tables.applied = 0;
        }
        self.snapshot = Some(image);
        self.tail = Arc::default();
    }

    /// The tables as they are on disk; `None` if they are of another schema.
    pub(crate) fn durable<S: Schema>(&self) -> Option<Arc<S>> {
        let mut image = self.image.borrow_mut();
        let image = image.get_or_insert_with(|| self.read::<S>());
        image.catch_up(&self.tail);
        Arc::clone(&image.tables).downcast().ok()
    }

    fn read<S: Schema>(&self) -> Image {
        let tables: S = match &self.snapshot {
            Some(bytes) => unpack(bytes).expect("a snapshot is read by the schema that wrote it"),
            None => S::default(),
        };
        Image { tables: Arc::new(tables), applied: 0, advance: advance::<S> }
    }
}

fn advance<S: Schema>(tables: &mut Tables, records: &[Arc<[u8]>]) {
    if Arc::get_mut(tables).is_none() {
        let shared = tables.downcast_ref::<S>().expect("an image's function was made with its type");
        *tables = Arc::new(shared.clone());
    }
    let tables = Arc::get_mut(tables).and_then(|tables| tables.downcast_mut::<S>());
    let tables = tables.expect("what was just copied is shared with nobody");
    for record in records {
        tables.redo(record).expect("a redo record is read by the schema that wrote it");
    }
}

#[cfg(test)]
mod tests {
    use super::Disk;
    use tablets::executor::Delivery;
    use tablets::ids::{Generation, Steady, Wall};
    use tablets::local_db::{Schema, Txn};

    tablets::local_db! {
        /// For the test.
        Db {
            1 Names(names): u64 => String,
        }
    }

    fn put(tables: &mut Db, key: u64, name: &str) -> std::sync::Arc<[u8]> {
        let mut txn = Txn::new(tables, Steady(0), Wall(0));
        txn.put::<Names>(key, name.to_owned());
        txn.into_redo().expect("it wrote").into()
    }

    #[test]
    fn the_image_follows_the_log_through_a_snapshot() {
        let (mut tables, mut disk) = (Db::default(), Disk::default());
        disk.append(put(&mut tables, 1, "one"));
        assert_eq!(disk.durable::<Db>().as_deref(), Some(&tables));
        disk.append(put(&mut tables, 2, "two"));
        disk.replace(tables.snapshot().into());
        assert_eq!(disk.durable::<Db>().as_deref(), Some(&tables));
        disk.append(put(&mut tables, 1, "uno"));
        assert_eq!(disk.durable::<Db>().as_deref(), Some(&tables));
        assert_eq!(disk.clone().durable::<Db>().as_deref(), Some(&tables), "a copy has it too");
        assert!(matches!(disk.boot(Generation(1)), Delivery::Boot { snapshot: Some(_), tail } if tail.len() == 1));
    }

    #[test]
    fn a_newer_generation_fences_the_older() {
        let mut disk = Disk::default();
        disk.boot(Generation(1));
        assert!(!disk.fences(Generation(1)));
        disk.boot(Generation(2));
        assert!(disk.fences(Generation(1)));
    }
}
