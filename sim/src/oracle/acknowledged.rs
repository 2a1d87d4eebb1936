//! Writes that shards have acknowledged, and whether later reads find them.
//!
//! Of a key something is known while every write to it that was ever sent has been answered, and no
//! two of them were under way at once: then it is what the acknowledged ones have made of it, one
//! after another. A read is judged by what was known before it was asked.
//!
//! Left out: keys beyond the first few hundred, and reads of index tables.

use crate::oracle::View;
use crate::trace::Mail;
use crate::world::Endpoint;
use std::collections::{BTreeMap, BTreeSet};
use tablets::datashard::DataShard;
use tablets::ids::{ColumnId, PathId, TabletId, TxId};
use tablets::local_db::Only;
use tablets::message::{ClientMessage, DataShardMessage, Status, WriteOp};
use tablets::row::{Key, KeyRange, Row, Value};

/// Keys that are followed, at most.
const MOST: usize = 400;

/// What is known of one key.
#[derive(Clone, Debug, Default, Hash)]
struct Known {
    /// Writes under way.
    pending: u32,
    /// Two were under way at once, so their order is unknown.
    clouded: bool,
    /// When a write to it was last sent or answered.
    touched: u64,
    /// Whether there is a row, and its cells as far as they were written.
    row: Option<Option<BTreeMap<ColumnId, Value>>>,
}

/// A write under way at one shard.
#[derive(Clone, Debug, Hash)]
struct Write {
    path: PathId,
    ops: Vec<WriteOp>,
    /// How often it was sent and not answered.
    sends: u32,
}

/// What was acknowledged.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Acknowledged {
    writes: BTreeMap<(TxId, TabletId), Write>,
    done: BTreeSet<(TxId, TabletId)>,
    keys: BTreeMap<(PathId, Key), Known>,
    reads: BTreeMap<(Endpoint, TabletId, u64), (u64, KeyRange)>,
}

type Wrong = Option<(String, Vec<String>)>;

impl Acknowledged {
    /// A client writes or reads.
    pub(super) fn asked(&mut self, mail: &Mail, step: u64, view: &View<'_>) {
        let Endpoint::Tablet(tablet) = mail.to else { return };
        let Some(path) = table_of(view, tablet) else { return };
        match mail.parcel.open() {
            Ok(DataShardMessage::Write { tx_id, ops, .. }) => self.writes_to((tx_id, tablet), path, ops, step),
            Ok(DataShardMessage::ReadRange { cookie, range, .. }) => {
                self.reads.insert((mail.from, tablet, cookie), (step, range));
            }
            _ => {}
        }
    }

    fn writes_to(&mut self, write: (TxId, TabletId), path: PathId, ops: Vec<WriteOp>, step: u64) {
        if let Some(again) = self.writes.get_mut(&write) {
            again.sends += 1;
            return;
        }
        if self.done.contains(&write) {
            return;
        }
        for op in &ops {
            let key = (path, op.key().clone());
            if self.keys.len() >= MOST && !self.keys.contains_key(&key) {
                continue;
            }
            let known = self.keys.entry(key).or_default();
            known.pending += 1;
            known.clouded |= known.pending > 1;
            known.touched = step;
        }
        self.writes.insert(write, Write { path, ops, sends: 1 });
    }

    /// A shard answers.
    pub(super) fn answered(&mut self, mail: &Mail, step: u64, view: &View<'_>) -> Wrong {
        let Endpoint::Tablet(tablet) = mail.from else { return None };
        match mail.parcel.open().ok()? {
            ClientMessage::WriteAnswer { tx_id, status, .. } => self.written(tx_id, tablet, status, step, view),
            ClientMessage::ReadAnswer { cookie, status: Status::Success, rows, more, .. } => {
                let (asked, range) = self.reads.remove(&(mail.to, tablet, cookie))?;
                let path = table_of(view, tablet)?;
                self.read(path, tablet, (asked, range), &rows, more)
            }
            _ => None,
        }
    }

    fn written(&mut self, tx_id: TxId, tablet: TabletId, status: Status, step: u64, view: &View<'_>) -> Wrong {
        let success = status == Status::Success;
        if success && !view.durable::<DataShard>(tablet).is_none_or(|shard| shard.writes.contains_key(&tx_id)) {
            let sentence = format!("{tablet} acknowledges {tx_id}, which it has not durably written");
            return Some((sentence, vec!["expected: its id among the writes on disk; found: none".to_owned()]));
        }
        let write = self.writes.get_mut(&(tx_id, tablet))?;
        write.sends -= 1;
        let over = success || write.sends == 0;
        let (path, ops) = (write.path, write.ops.clone());
        if over {
            self.writes.remove(&(tx_id, tablet));
        }
        if success {
            self.done.insert((tx_id, tablet));
        }
        for op in ops {
            let Some(known) = self.keys.get_mut(&(path, op.key().clone())) else { continue };
            known.touched = step;
            known.pending -= u32::from(over);
            known.clouded |= !over;
            match success && !known.clouded {
                true => known.apply(op),
                // It may have been done by the shard that this one was before a split.
                false if known.clouded || status == Status::NotAvailable => known.row = None,
                false => {}
            }
            known.clouded &= known.pending > 0;
        }
        None
    }

    fn read(
        &self,
        path: PathId,
        tablet: TabletId,
        (asked, range): (u64, KeyRange),
        rows: &[(Key, Row)],
        more: bool,
    ) -> Wrong {
        let last = rows.last().filter(|_| more).map(|(key, _)| key);
        let mut keys = self.keys.iter().filter(|((of, key), known)| {
            let read = *of == path && range.contains(key) && last.is_none_or(|last| key <= last);
            read && known.pending == 0 && known.touched < asked
        });
        keys.find_map(|((_, key), known)| {
            let found = rows.iter().find(|(other, _)| other == key).map(|(_, row)| row);
            let expected = match known.row.as_ref()? {
                None if found.is_none() => return None,
                None => "no row".to_owned(),
                Some(cells) if found.is_some_and(|row| holds(row, cells)) => return None,
                Some(cells) => Row::new(cells.clone()).to_string(),
            };
            let found = found.map_or_else(|| "no row".to_owned(), ToString::to_string);
            let sentence = format!("{tablet} has acknowledged a write of key {key}, and a later read does not find it");
            Some((sentence, vec![format!("expected: {expected}"), format!("found: {found}")]))
        })
    }
}

impl Known {
    fn apply(&mut self, op: WriteOp) {
        match op {
            WriteOp::Erase { .. } => self.row = Some(None),
            WriteOp::Upsert { cells, .. } => {
                let row = self.row.get_or_insert_default().get_or_insert_default();
                row.extend(cells.cells().cloned());
            }
        }
    }
}

fn holds(row: &Row, cells: &BTreeMap<ColumnId, Value>) -> bool {
    cells.iter().all(|(column, value)| row.get(*column).unwrap_or(&Value::Null) == value)
}

fn table_of(view: &View<'_>, tablet: TabletId) -> Option<PathId> {
    Some(view.durable::<DataShard>(tablet)?.shard.get(&Only)?.path_id)
}
