//! The tree of paths: names to ids, and the checks every proposal starts with.
//!
//! `names` is derived from the `Paths` table: it holds exactly the paths that are not
//! dropped, under (parent, name).

use crate::ids::{OperationId, PathId};
use crate::local_db::{Only, Txn};
use crate::message::Status;
use crate::schemeshard::PathState;
use crate::schemeshard::schema::{PathKind, PathRow, Paths, SchemeShardTables, Sys, SysRow};
use compact_str::CompactString;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A refusal: its status, and a sentence that names the path or id and says what to do.
pub(super) type Refusal = (Status, String);

/// The root's id.
pub(super) const ROOT: PathId = PathId(1);
/// The root's name: the database.
pub(super) const ROOT_NAME: &str = "Root";

/// Names of the paths that exist. Copies share them until one of them changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Tree {
    names: Arc<BTreeMap<(PathId, CompactString), PathId>>,
}

impl Tree {
    /// The tree as it follows from the tables.
    pub(super) fn of(tables: &SchemeShardTables) -> Tree {
        let mut names = BTreeMap::new();
        for (id, row) in tables.paths.iter().filter(|(_, row)| row.state != PathState::NotExist) {
            assert!(row.drop_step.is_none(), "{id} exists, so it has no drop step");
            if let Some(parent) = row.parent {
                let before = names.insert((parent, row.name.clone()), *id);
                assert!(before.is_none(), "two paths called {} below {parent}", row.name);
            }
        }
        Tree { names: Arc::new(names) }
    }

    fn names_mut(&mut self) -> &mut BTreeMap<(PathId, CompactString), PathId> {
        Arc::make_mut(&mut self.names)
    }

    /// The path's id, if it exists.
    pub(super) fn find(&self, path: &str) -> Option<PathId> {
        let mut parts = parts(path).ok()?.into_iter();
        if parts.next()? != ROOT_NAME {
            return None;
        }
        parts.try_fold(ROOT, |parent, name| self.child(parent, name))
    }

    /// The path's id.
    ///
    /// # Errors
    /// It is not a path, or nothing is there.
    pub(super) fn resolve(&self, path: &str) -> Result<PathId, Refusal> {
        parts(path)?;
        self.find(path).ok_or_else(|| (Status::PathDoesNotExist, format!("{path} does not exist; check its name")))
    }

    /// The child called `name`.
    pub(super) fn child(&self, parent: PathId, name: &str) -> Option<PathId> {
        self.names.get(&(parent, name.into())).copied()
    }

    /// The names below a path, in order.
    pub(super) fn children(&self, parent: PathId) -> impl Iterator<Item = (&str, PathId)> {
        let from = (parent, CompactString::default());
        self.names
            .range(from..)
            .take_while(move |((of, _), _)| *of == parent)
            .map(|((_, name), id)| (name.as_str(), *id))
    }

    /// Whether `path` can be created: nothing is there, and what is above is a directory or missing.
    ///
    /// # Errors
    /// It is not a path, it is taken, or something above it is no directory.
    pub(super) fn check_free(&self, tables: &SchemeShardTables, path: &str) -> Result<(), Refusal> {
        let parts = parts(path)?;
        if parts.first().is_none_or(|first| *first != ROOT_NAME) || parts.len() < 2 {
            return Err((
                Status::InvalidParameter,
                format!("{path} is not below /{ROOT_NAME}; begin it with /{ROOT_NAME}/"),
            ));
        }
        let mut at = ROOT;
        for (i, name) in parts.iter().enumerate().skip(1) {
            let above = &tables.paths[&at];
            if above.kind != PathKind::Dir {
                let reason = format!("{} is not a directory; choose a path below one", absolute(tables, at));
                return Err((Status::PathIsNotDirectory, reason));
            }
            match self.child(at, name) {
                None => return Ok(()),
                Some(id) if i + 1 == parts.len() => return Err(taken(tables, id)),
                Some(id) => at = id,
            }
        }
        Err(taken(tables, at))
    }

    /// Creates a path below an existing one.
    pub(super) fn create(
        &mut self,
        txn: &mut Txn<'_, SchemeShardTables>,
        parent: PathId,
        name: &str,
        kind: PathKind,
        held: Option<(PathState, OperationId)>,
    ) -> PathId {
        let mut sys = txn.get::<Sys>(&Only).copied().unwrap_or_default();
        sys.last_path += 1;
        let id = PathId(sys.last_path);
        txn.put::<Sys>(Only, sys);
        let before = self.names_mut().insert((parent, name.into()), id);
        assert!(before.is_none(), "the proposal has checked that {name} is free below {parent}");
        let state = held.map_or(PathState::NoChanges, |(state, _)| state);
        let holder = held.map(|(_, holder)| holder);
        let row = PathRow { parent: Some(parent), name: name.into(), kind, state, holder, drop_step: None };
        txn.put::<Paths>(id, row);
        id
    }

    /// Creates the directories that are missing above the last part of `path`; returns the lowest.
    pub(super) fn create_parents(&mut self, txn: &mut Txn<'_, SchemeShardTables>, path: &str) -> PathId {
        let parts = parts(path).expect("the proposal has checked the path");
        let dirs = &parts[1..parts.len() - 1];
        dirs.iter().fold(ROOT, |at, name| match self.child(at, name) {
            Some(id) => id,
            None => self.create(txn, at, name, PathKind::Dir, None),
        })
    }

    /// Drops a path for good.
    pub(super) fn drop_path(&mut self, txn: &mut Txn<'_, SchemeShardTables>, id: PathId) {
        let mut sys = txn.get::<Sys>(&Only).copied().unwrap_or_default();
        sys.last_drop += 1;
        let step = sys.last_drop;
        txn.put::<Sys>(Only, sys);
        let row = txn.get::<Paths>(&id).expect("a dropped path was there").clone();
        assert!(row.state != PathState::NotExist, "{id} is dropped once");
        let parent = row.parent.expect("the root is never dropped");
        self.names_mut().remove(&(parent, row.name));
        txn.update::<Paths>(&id, |row| {
            row.state = PathState::NotExist;
            row.holder = None;
            row.drop_step = Some(step);
        });
    }
}

/// Writes the root when a database is new.
pub(super) fn create_root(txn: &mut Txn<'_, SchemeShardTables>) {
    let row = PathRow {
        parent: None,
        name: ROOT_NAME.into(),
        kind: PathKind::Dir,
        state: PathState::NoChanges,
        holder: None,
        drop_step: None,
    };
    txn.put::<Sys>(Only, SysRow { last_path: ROOT.0, ..SysRow::default() });
    txn.put::<Paths>(ROOT, row);
}

/// A path's name from the root.
pub(super) fn absolute(tables: &SchemeShardTables, id: PathId) -> String {
    let row = &tables.paths[&id];
    let mut path = row.parent.map_or_else(String::new, |parent| absolute(tables, parent));
    path.push('/');
    path.push_str(&row.name);
    path
}

/// Whether a path is there, and not dropped.
pub(super) fn exists(tables: &SchemeShardTables, id: PathId) -> bool {
    tables.paths.get(&id).is_some_and(|row| row.state != PathState::NotExist)
}

/// Marks a path as held by an operation. A dropped path is never touched.
pub(super) fn hold(txn: &mut Txn<'_, SchemeShardTables>, id: PathId, state: PathState, holder: OperationId) {
    txn.update::<Paths>(&id, |row| {
        assert!(row.state != PathState::NotExist, "{id} is dropped; nothing writes another state over it");
        assert!(row.holder.is_none_or(|of| of == holder), "{id} has one holder at a time");
        row.state = state;
        row.holder = Some(holder);
    });
}

/// Releases every path that this operation holds and that is not dropped.
pub(super) fn release_all(txn: &mut Txn<'_, SchemeShardTables>, holder: OperationId) {
    release_if(txn, |row| row.holder == Some(holder));
}

/// Releases every target of every restore: what only a mistake does.
pub(super) fn release_incoming(txn: &mut Txn<'_, SchemeShardTables>) {
    release_if(txn, |row| row.state == PathState::IncomingIncrementalRestore);
}

fn release_if(txn: &mut Txn<'_, SchemeShardTables>, wanted: impl Fn(&PathRow) -> bool) {
    let held: Vec<PathId> = txn.tables().paths.iter().filter(|(_, row)| wanted(row)).map(|(id, _)| *id).collect();
    for id in held {
        txn.update::<Paths>(&id, |row| {
            assert!(row.state != PathState::NotExist, "a dropped path has no holder");
            row.state = PathState::NoChanges;
            row.holder = None;
        });
    }
}

/// Refuses a path that an operation holds.
pub(super) fn check_not_held(tables: &SchemeShardTables, id: PathId) -> Result<(), Refusal> {
    match tables.paths[&id].holder {
        None => Ok(()),
        Some(holder) => Err((
            Status::MultipleModifications,
            format!("{} is held by {holder}; wait until it has ended", absolute(tables, id)),
        )),
    }
}

fn taken(tables: &SchemeShardTables, id: PathId) -> Refusal {
    let row = &tables.paths[&id];
    let (status, advice) = match row.kind {
        PathKind::Dir => (Status::NameConflict, "choose another name"),
        _ => (Status::AlreadyExists, "drop it or choose another name"),
    };
    (status, format!("{} exists already as a {:?}; {advice}", absolute(tables, id), row.kind))
}

fn parts(path: &str) -> Result<Vec<&str>, Refusal> {
    let wrong = || (Status::InvalidParameter, format!("'{path}' is no path; write it as /{ROOT_NAME}/name"));
    let rest = path.strip_prefix('/').ok_or_else(wrong)?;
    let parts: Vec<&str> = rest.split('/').collect();
    if parts.iter().any(|part| part.is_empty()) { Err(wrong()) } else { Ok(parts) }
}
