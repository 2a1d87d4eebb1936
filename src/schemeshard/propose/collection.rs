//! CreateBackupCollection and DropBackupCollection.

use super::{Proposal, leaf};
use crate::message::Status;
use crate::quirk::Quirk;
use crate::schemeshard::schema::{
    BackupCollections, CollectionRow, OperationKind, OperationRow, PathKind, Paths, Phase,
};
use crate::schemeshard::tree::{self, ROOT_NAME, Refusal, check_not_held};
use crate::schemeshard::{PathState, collection, index, operation, restore};
use std::collections::BTreeSet;

impl Proposal<'_, '_> {
    pub(super) fn create_collection(
        &mut self,
        path: &str,
        tables: &[String],
        incremental: bool,
        omit_indexes: bool,
    ) -> Result<Status, Refusal> {
        if !path.starts_with(&format!("/{ROOT_NAME}/.backups/collections/")) {
            let reason = format!("{path} is not below /{ROOT_NAME}/.backups/collections; choose a path that is");
            return Err((Status::InvalidParameter, reason));
        }
        self.ss.tree.check_free(self.txn.tables(), path)?;
        if tables.is_empty() {
            return Err((Status::InvalidParameter, format!("{path} lists no table; name one at least")));
        }
        let mut seen = BTreeSet::new();
        for table in tables {
            self.part()?;
            let id = self.resolve_kind(table, PathKind::Table)?;
            index::check_no_index_table(self.txn.tables(), id)?;
            if self.is_backup_table(id) {
                return Err((
                    Status::InvalidParameter,
                    format!("{table} belongs to a backup; list the table it is of"),
                ));
            }
            if !seen.insert(table) {
                return Err((Status::InvalidParameter, format!("{table} is listed twice; name it once")));
            }
        }

        let parent = self.ss.tree.create_parents(self.txn, path);
        let id = self.ss.tree.create(self.txn, parent, leaf(path), PathKind::BackupCollection, None);
        let row = CollectionRow { tables: tables.to_vec(), incremental, omit_indexes, last_seq: 0, last_stream: 0 };
        self.txn.put::<BackupCollections>(id, row);
        Ok(Status::Success)
    }

    pub(super) fn drop_collection(&mut self, path: &str) -> Result<Status, Refusal> {
        self.part()?;
        let id = self.resolve_kind(path, PathKind::BackupCollection)?;
        if self.ss.info.quirks.has(Quirk::DropDuringFinalize) && restore::is_finalizing(self.txn.tables(), id) {
            // All rows are back, so the restore is taken for over.
            self.txn.update::<Paths>(&id, |row| row.holder = None);
        }
        check_not_held(self.txn.tables(), id)?;

        tree::hold(self.txn, id, PathState::Drop, self.operation);
        let row = OperationRow {
            kind: OperationKind::DropBackupCollection,
            phase: Phase::DropStreams,
            round: 0,
            path: id,
            tables: collection::backup_tables(self.txn.tables(), id),
        };
        operation::begin(self.ss, self.txn, self.operation, row, self.outbox);
        Ok(Status::Accepted)
    }
}
