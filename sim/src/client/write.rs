//! Rows written to a table: split by partition, one batch under way to each.
//!
//! * Writes of one key reach their shard in the order of the statement.
//! * A batch keeps its `TxId` for ever. When a shard says that it is not the right one, the
//!   batch is routed anew under the same id, once every other batch is answered. If its keys
//!   have different shards by now, each gets its part: heirs of the shard that did the batch,
//!   and lost the answer, know its id and do nothing. The same with another version of the
//!   schema; while the table is being altered the shards' versions differ, and it is tried on.

use super::SCHEMESHARD;
use super::call::{Call, Expects, Reply};
use super::edge::{Edge, Heard};
use super::task::Ending;
use crate::scenario::TableDef;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tablets::ids::{TabletId, TxId};
use tablets::message::{ClientMessage, DataShardMessage, SchemeShardMessage, Status, TableDescription, WriteOp};
use tablets::schemeshard::PathState;

/// How often writes are routed anew before the shard's answer is believed.
const REROUTES: u32 = 150;

/// Identities for the writes and reads of one statement.
#[derive(Clone, Copy, Debug, Hash)]
pub struct Ids {
    statement: TxId,
    next: u64,
}

impl Ids {
    /// The identities of a statement.
    pub fn of(statement: TxId) -> Ids {
        Ids { statement, next: 0 }
    }

    /// An identity that no other request has.
    pub fn take(&mut self) -> TxId {
        assert!(self.next < 1 << 20, "a statement makes less than a million requests");
        self.next += 1;
        TxId(self.statement.0 << 20 | (self.next - 1))
    }
}

/// Writes that go together.
#[derive(Clone, Debug, Hash)]
struct Batch {
    /// The identity, once it was sent.
    tx_id: Option<TxId>,
    ops: Vec<WriteOp>,
}

/// What goes to one shard.
#[derive(Clone, Debug, Default, Hash)]
struct Lane {
    waiting: VecDeque<Batch>,
    under_way: Option<(Call, Batch)>,
}

/// Writes under way.
#[derive(Clone, Debug, Hash)]
pub struct Write {
    table: Arc<TableDef>,
    batch: usize,
    ids: Ids,
    /// The schema version of the description by which the lanes were made.
    version: u64,
    /// The question where the partitions are.
    lookup: Option<Call>,
    lanes: BTreeMap<TabletId, Lane>,
    /// Writes that belong to no lane yet.
    homeless: Vec<Batch>,
    /// Why the next lookup is needed.
    misrouted: Option<Ending>,
    reroutes: u32,
}

impl Write {
    /// Begins to write `ops`, so many in one request at most.
    pub(super) fn begin(table: Arc<TableDef>, ops: Vec<WriteOp>, batch: usize, ids: Ids, edge: &mut Edge<'_>) -> Write {
        let (lookup, lanes) = (None, BTreeMap::new());
        let homeless = vec![Batch { tx_id: None, ops }];
        let mut write = Write { table, batch, ids, version: 0, lookup, lanes, homeless, misrouted: None, reroutes: 0 };
        match edge.memory.table(&write.table.path) {
            Some(known) => write.route(&known, edge),
            None => write.look_up(edge),
        }
        write
    }

    /// The ending, if `heard` brings it.
    pub(super) fn hear(&mut self, heard: &mut Heard, edge: &mut Edge<'_>) -> Option<Ending> {
        if let Some(lookup) = &mut self.lookup {
            let reply = lookup.hear(heard, edge)?;
            return self.looked_up(reply, edge);
        }
        let tablets = self.concerned(heard);
        for tablet in tablets {
            if let Some(ending) = self.lane_hears(tablet, heard, edge) {
                return Some(ending);
            }
        }
        self.proceed(edge)
    }

    /// What it waits for, as a sentence's end.
    pub(super) fn waits_for(&self) -> String {
        let calls = self.lanes.values().filter_map(|lane| lane.under_way.as_ref()).map(|(call, _)| call);
        let all: Vec<String> = self.lookup.iter().chain(calls).map(Call::waits_for).collect();
        format!("{} (table {})", all.join(" and "), self.table.path)
    }

    /// The identities not used yet.
    pub(super) fn ids(&self) -> Ids {
        self.ids
    }

    /// The lanes that `heard` may concern.
    fn concerned(&self, heard: &Heard) -> Vec<TabletId> {
        match heard {
            Heard::Answer(tablet, _) | Heard::PipeLost(tablet, _) => {
                self.lanes.contains_key(tablet).then_some(*tablet).into_iter().collect()
            }
            Heard::Tick | Heard::Silence => self.lanes.keys().copied().collect(),
        }
    }

    fn lane_hears(&mut self, tablet: TabletId, heard: &mut Heard, edge: &mut Edge<'_>) -> Option<Ending> {
        let lane = self.lanes.get_mut(&tablet)?;
        let (call, _) = lane.under_way.as_mut()?;
        let answer = match call.hear(heard, edge)? {
            Reply::Message(ClientMessage::WriteAnswer { status, reason, .. }) => (status, reason),
            Reply::Message(other) => unreachable!("a write expects no {other}"),
            Reply::Gone => (Status::NotAvailable, format!("{tablet} is deleted")),
        };
        match answer {
            (Status::Success, _) => lane.under_way = None,
            (Status::Overloaded, _) if call.patient(edge) => call.pause(edge),
            (status @ (Status::NotAvailable | Status::SchemeError), reason) => {
                self.misrouted = Some(Ending::refused(status, &reason));
                self.unload(tablet);
            }
            (refusal, reason) => return Some(Ending::refused(refusal, &reason)),
        }
        None
    }

    /// Takes a lane's writes back, in order.
    fn unload(&mut self, tablet: TabletId) {
        if let Some(lane) = self.lanes.remove(&tablet) {
            self.homeless.extend(lane.under_way.map(|(_, batch)| batch));
            self.homeless.extend(lane.waiting);
        }
    }

    /// Sends what can be sent; ends if there is nothing more.
    fn proceed(&mut self, edge: &mut Edge<'_>) -> Option<Ending> {
        if self.misrouted.is_none() {
            self.fill(edge);
        }
        if self.lanes.values().any(|lane| lane.under_way.is_some()) || self.lookup.is_some() {
            return None;
        }
        let Some(refusal) = self.misrouted.take() else { return Some(Ending::good(Vec::new())) };
        self.reroutes += 1;
        if self.reroutes > REROUTES {
            return Some(refusal);
        }
        let rest: Vec<TabletId> = self.lanes.keys().copied().collect();
        rest.into_iter().for_each(|tablet| self.unload(tablet));
        edge.memory.forget(&self.table.path);
        self.look_up(edge);
        None
    }

    /// Gives every idle lane its next batch.
    fn fill(&mut self, edge: &mut Edge<'_>) {
        for (tablet, lane) in &mut self.lanes {
            if lane.under_way.is_none() && !lane.waiting.is_empty() {
                let Some(batch) = lane.next(self.batch) else { continue };
                let tx_id = batch.tx_id.unwrap_or_else(|| self.ids.take());
                let message = DataShardMessage::Write { tx_id, schema_version: self.version, ops: batch.ops.clone() };
                let call = Call::new(edge, *tablet, &message, Expects::Write(tx_id));
                lane.under_way = Some((call, Batch { tx_id: Some(tx_id), ..batch }));
            }
        }
    }

    fn look_up(&mut self, edge: &mut Edge<'_>) {
        let path = self.table.path.clone();
        let message = SchemeShardMessage::DescribePath { path: path.clone() };
        let expects = Expects::Description(path);
        self.lookup = Some(match self.reroutes {
            0 => Call::new(edge, SCHEMESHARD, &message, expects),
            setbacks => Call::later(edge, SCHEMESHARD, &message, expects, setbacks),
        });
    }

    fn looked_up(&mut self, reply: Reply, edge: &mut Edge<'_>) -> Option<Ending> {
        self.lookup = None;
        match reply {
            Reply::Message(ClientMessage::Description { status, reason, description, .. }) => {
                let altered = description.as_ref().is_some_and(|description| description.state == PathState::Alter);
                let Some(table) = description.and_then(|description| description.table) else {
                    return Some(no_table(&self.table.path, status, reason));
                };
                if altered {
                    self.reroutes = self.reroutes.min(REROUTES - 1);
                }
                self.route(&table, edge);
                edge.memory.learn(&self.table.path, Arc::new(table));
                self.proceed(edge)
            }
            Reply::Message(other) => unreachable!("a lookup expects no {other}"),
            Reply::Gone => Some(Ending::refused(Status::NotFound, "SchemeShard is deleted")),
        }
    }

    /// Puts every homeless write into the lane of its partition.
    fn route(&mut self, table: &TableDescription, edge: &mut Edge<'_>) {
        self.version = table.schema.version;
        for Batch { tx_id, ops } in std::mem::take(&mut self.homeless) {
            let mut parts: BTreeMap<TabletId, Vec<WriteOp>> = BTreeMap::new();
            for op in ops {
                parts.entry(shard_of(table, &op, &self.table.path)).or_default().push(op);
            }
            for (tablet, ops) in parts {
                self.lanes.entry(tablet).or_default().waiting.push_back(Batch { tx_id, ops });
            }
        }
        self.fill(edge);
    }
}

/// What is at `path` is no table, or nothing is there.
pub(super) fn no_table(path: &str, status: Status, reason: String) -> Ending {
    match status {
        Status::Success => Ending::refused(Status::NameConflict, &format!("{path} is not a table")),
        _ => Ending::refused(status, &reason),
    }
}

impl Lane {
    /// Takes out what is sent next, so many writes at most unless they have been sent before.
    fn next(&mut self, most: usize) -> Option<Batch> {
        let first = self.waiting.front_mut()?;
        if first.tx_id.is_some() || first.ops.len() <= most {
            return self.waiting.pop_front();
        }
        let rest = first.ops.split_off(most);
        let ops = std::mem::replace(&mut first.ops, rest);
        Some(Batch { tx_id: None, ops })
    }
}

fn shard_of(table: &TableDescription, op: &WriteOp, path: &str) -> TabletId {
    let after = table.partitions.partition_point(|part| part.range.from.as_ref().is_none_or(|from| from <= op.key()));
    assert!(after > 0, "the partitions of {path} cover every key");
    table.partitions[after - 1].tablet
}
