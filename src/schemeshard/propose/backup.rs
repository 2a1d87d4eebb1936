//! BackupBackupCollection (full) and BackupIncrementalBackupCollection.

use super::{Proposal, boundaries_of, leaf};
use crate::ids::{PathId, SECOND_US, Wall};
use crate::index::BACKUP_META;
use crate::message::Status;
use crate::schemeshard::schema::{
    BackupCollections, BackupIndex, BackupItem, BackupKind, BackupRow, BackupStatus, Backups, IndexRow, OperationKind,
    OperationRow, PathKind, Phase,
};
use crate::schemeshard::tree::{ROOT_NAME, Refusal, absolute, check_not_held};
use crate::schemeshard::{PathState, collection, index, operation};

/// A table to be backed up.
#[derive(Clone)]
struct Source {
    /// Its absolute path.
    name: String,
    table: PathId,
    /// Where its copy will be, below the backup's directory.
    copy: String,
    /// The index, if it is an index table.
    index: Option<BackupIndex>,
}

impl Proposal<'_, '_> {
    pub(super) fn full_backup(&mut self, path: &str) -> Result<Status, Refusal> {
        let (id, sources) = self.check_sources(path)?;
        self.take(id, BackupKind::Full, &sources);
        Ok(Status::Accepted)
    }

    pub(super) fn incremental_backup(&mut self, path: &str) -> Result<Status, Refusal> {
        let (id, sources) = self.check_sources(path)?;
        let refuse = |why: String| Err((Status::PreconditionFailed, format!("{path}: {why}; take a full backup")));
        if !self.txn.tables().collections[&id].incremental {
            return refuse("the collection is not incremental".to_owned());
        }
        let chain = collection::chain(self.ss.info.quirks, self.txn.tables(), id);
        let Some((_, last)) = chain.last() else {
            return refuse("there is no full backup".to_owned());
        };
        for source in &sources {
            if !last.items.iter().any(|item| item.source == source.table) {
                return refuse(format!("{} is not the table that was backed up", source.name));
            }
        }
        self.take(id, BackupKind::Incremental, &sources);
        Ok(Status::Accepted)
    }

    /// The collection, idle, and its tables, idle too.
    fn check_sources(&self, path: &str) -> Result<(PathId, Vec<Source>), Refusal> {
        let id = self.resolve_kind(path, PathKind::BackupCollection)?;
        check_not_held(self.txn.tables(), id)?;
        let mut sources = Vec::new();
        let collection = &self.txn.tables().collections[&id];
        for name in &collection.tables {
            self.part()?;
            let table = self.resolve_kind(name, PathKind::Table)?;
            check_not_held(self.txn.tables(), table)?;
            let of = sources.len();
            let relative = name.trim_start_matches(&format!("/{ROOT_NAME}/")).to_owned();
            sources.push(Source { name: name.clone(), table, copy: relative.clone(), index: None });
            if !collection.omit_indexes {
                let indexes = self.index_sources(table, &relative, of);
                indexes.iter().try_for_each(|_| self.part())?;
                sources.extend(indexes);
            }
        }
        Ok((id, sources))
    }

    /// The index tables of a table, which is the source at position `of`.
    fn index_sources(&self, table: PathId, relative: &str, of: usize) -> Vec<Source> {
        let tables = self.txn.tables();
        let source = |(index, row): (PathId, &IndexRow)| {
            let name = tables.paths[&index].name.to_string();
            Source {
                name: absolute(tables, row.impl_table),
                table: row.impl_table,
                copy: format!("{BACKUP_META}/indexes/{relative}/{name}"),
                index: Some(BackupIndex { of: of as u32, name, columns: row.columns.clone() }),
            }
        };
        index::indexes(tables, table).map(source).collect()
    }

    fn take(&mut self, collection: PathId, kind: BackupKind, sources: &[Source]) {
        let (seq, opens) = self.next_numbers(collection);
        let dir = self.backup_dir(collection, kind);
        let items: Vec<BackupItem> = sources.iter().map(|source| self.copy_of(dir, kind, source)).collect();
        for path in sources.iter().map(|source| source.table).chain([collection]) {
            index::hold(self.txn, path, PathState::Backup, self.operation);
        }
        let tables = items.iter().map(|item| item.table).collect();
        let status = BackupStatus::Running;
        let (prepare_from, issues) = (None, Vec::new());
        let row = BackupRow { collection, seq, kind, status, dir, items, opens, prepare_from, issues };
        self.txn.put::<Backups>(self.operation, row);
        let row = OperationRow {
            kind: OperationKind::Backup,
            phase: Phase::CreateShards,
            round: 0,
            path: collection,
            tables,
        };
        operation::begin(self.ss, self.txn, self.operation, row, self.outbox);
    }

    /// The backup's sequence number, and the number of the change stream that its cut opens.
    fn next_numbers(&mut self, collection: PathId) -> (u64, u64) {
        let mut numbers = (0, 0);
        self.txn.update::<BackupCollections>(&collection, |row| {
            row.last_seq += 1;
            row.last_stream += u64::from(row.incremental);
            numbers = (row.last_seq, if row.incremental { row.last_stream } else { 0 });
        });
        numbers
    }

    /// Creates the backup's directory, named after the wall clock; a name that is taken gets a number.
    fn backup_dir(&mut self, collection: PathId, kind: BackupKind) -> PathId {
        let suffix = match kind {
            BackupKind::Full => "full",
            BackupKind::Incremental => "incremental",
        };
        let stamp = stamp(self.txn.wall());
        let mut name = format!("{stamp}_{suffix}");
        let mut number = 1;
        while self.ss.tree.child(collection, &name).is_some() {
            number += 1;
            name = format!("{stamp}-{number}_{suffix}");
        }
        self.ss.tree.create(self.txn, collection, &name, PathKind::Dir, None)
    }

    /// Creates the table that holds the copy of one source.
    fn copy_of(&mut self, dir: PathId, kind: BackupKind, source: &Source) -> BackupItem {
        let Source { name, table: source, copy, index } = source.clone();
        let above: Vec<&str> = copy.split('/').collect();
        let parent = above[..above.len() - 1].iter().fold(dir, |at, part| match self.ss.tree.child(at, part) {
            Some(id) => id,
            None => self.ss.tree.create(self.txn, at, part, PathKind::Dir, None),
        });
        let held = Some((PathState::Create, self.operation));
        let table = self.ss.tree.create(self.txn, parent, leaf(&copy), PathKind::Table, held);
        let original = &self.txn.tables().tables[&source];
        let boundaries = boundaries_of(original);
        let schema = match kind {
            BackupKind::Full => original.schema.clone(),
            BackupKind::Incremental => original.schema.with_marker(),
        };
        self.put_table(table, schema, &boundaries);
        BackupItem { source, name, table, rows: 0, index }
    }
}

/// A wall clock's time as YDB names backups: `20260131120000Z`.
fn stamp(wall: Wall) -> String {
    let seconds = wall.0 / SECOND_US;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// Year, month and day of the `days`-th day since 1970-01-01, in the Gregorian calendar.
fn date(days: u64) -> (u64, u64, u64) {
    let mut left = days;
    let mut year = 1970;
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while left >= 365 + u64::from(leap(year)) {
        left -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests {
    use super::stamp;
    use crate::ids::Wall;

    #[test]
    fn stamps_are_calendar_times() {
        assert_eq!(stamp(Wall(0)), "19700101000000Z");
        assert_eq!(stamp(Wall(951_782_400_000_000)), "20000229000000Z");
        assert_eq!(stamp(Wall(1_677_628_800_000_000)), "20230301000000Z");
        assert_eq!(stamp(Wall(1_764_547_200_000_000)), "20251201000000Z");
        assert_eq!(stamp(Wall(4_107_542_400_000_000)), "21000301000000Z", "2100 has no 29th of February");
        assert_eq!(stamp(Wall(1_798_761_599_000_000)), "20261231235959Z");
    }
}
