//! A split or a merge: which shards have these keys, then the proposal.
//!
//! The shards are looked up once; from then on the proposal keeps its content, whatever
//! becomes of the table meanwhile.

use super::SCHEMESHARD;
use super::call::{Call, Expects, Reply};
use super::edge::{Edge, Heard};
use super::propose::Propose;
use super::task::Ending;
use crate::scenario::Reshard as Plan;
use tablets::ids::{TabletId, TxId};
use tablets::message::{ClientMessage, Request, SchemeShardMessage, Status, TableDescription};
use tablets::row::Key;

/// A split or a merge under way.
#[derive(Clone, Debug, Hash)]
pub struct Reshard {
    tx_id: TxId,
    plan: Plan,
    path: String,
    stage: Stage,
}

#[derive(Clone, Debug, Hash)]
enum Stage {
    LookUp(Call),
    Propose(Box<Propose>),
}

impl Reshard {
    /// Begins with the question where the table is.
    pub(super) fn begin(tx_id: TxId, plan: &Plan, edge: &mut Edge<'_>) -> Reshard {
        let path = plan.table.path.clone();
        let call = match &plan.of {
            Some(named) => {
                let backup = named.operation;
                Call::new(edge, SCHEMESHARD, &SchemeShardMessage::GetBackup { backup }, Expects::Backup(backup))
            }
            None => describe(&path, edge),
        };
        Reshard { tx_id, plan: plan.clone(), path, stage: Stage::LookUp(call) }
    }

    /// The ending, if `heard` brings it.
    pub(super) fn hear(&mut self, heard: &mut Heard, edge: &mut Edge<'_>) -> Option<Ending> {
        let call = match &mut self.stage {
            Stage::Propose(propose) => return propose.hear(heard, edge),
            Stage::LookUp(call) => call,
        };
        match call.hear(heard, edge)? {
            Reply::Message(ClientMessage::Backup { view: Some(view), .. }) => {
                self.path = format!("{}/{}", view.dir, self.path.trim_start_matches("/Root/"));
                self.stage = Stage::LookUp(describe(&self.path, edge));
                None
            }
            Reply::Message(ClientMessage::Description { status, description, .. }) => {
                let Some(table) = description.and_then(|description| description.table) else {
                    return Some(Ending::refused(status, &format!("{} is no table", self.path)));
                };
                let propose = Propose::begin(self.tx_id, self.request(&table), edge);
                self.stage = Stage::Propose(Box::new(propose));
                None
            }
            Reply::Message(other) => Some(Ending::refused(Status::NotFound, &format!("no table in '{other}'"))),
            Reply::Gone => Some(Ending::refused(Status::NotFound, "SchemeShard is deleted")),
        }
    }

    /// What it waits for, as a sentence's end.
    pub(super) fn waits_for(&self) -> String {
        match &self.stage {
            Stage::LookUp(call) => call.waits_for(),
            Stage::Propose(propose) => propose.waits_for(),
        }
    }

    fn request(&self, table: &TableDescription) -> Request {
        let Plan { merge, keys, shards, by_load, .. } = &self.plan;
        let mut chosen = shards.clone();
        if chosen.is_empty() {
            let wanted = if *merge { keys.as_slice() } else { &keys[..1] };
            chosen = wanted.iter().map(|key| shard_of(table, key)).collect();
            chosen.dedup();
        }
        let boundaries = if *merge { Vec::new() } else { keys.clone() };
        Request::SplitMergeTable { path: self.path.clone(), shards: chosen, boundaries, by_load: *by_load }
    }
}

fn shard_of(table: &TableDescription, key: &Key) -> TabletId {
    let found = table.partitions.iter().find(|part| part.range.contains(key));
    found.expect("the partitions of a table cover every key").tablet
}

fn describe(path: &str, edge: &mut Edge<'_>) -> Call {
    let message = SchemeShardMessage::DescribePath { path: path.to_owned() };
    Call::new(edge, SCHEMESHARD, &message, Expects::Description(path.to_owned()))
}
