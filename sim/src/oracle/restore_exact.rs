//! restore_exact: a Completed restore holds what the users had written at the last cut.

use crate::oracle::model::{self, Model, differences, name_of};
use crate::oracle::{Objection, Oracle, View};
use crate::trace::{Record, What};
use std::collections::BTreeSet;
use tablets::datashard::DataShard;
use tablets::ids::{OperationId, PathId};
use tablets::schemeshard::{BackupRow, BackupStatus, Outcome, RestoreState, SchemeShard, SchemeShardTables};

/// At the commit that enters Finalizing(Completed), every target equals the model at the
/// chain's last cut: values, partial updates, nulls, deletes; an index table equals what follows
/// from its table. When the run is over, that holds for the indexes of every table.
#[derive(Clone, Debug, Default, Hash)]
pub struct RestoreExact {
    model: Model,
    judged: BTreeSet<OperationId>,
    looked: u64,
}

impl Oracle for RestoreExact {
    fn name(&self) -> &'static str {
        "restore_exact"
    }

    fn rule(&self) -> &'static str {
        "when a restore completes, every target holds exactly the rows that users had written by the last cut of the \
         chain, and index tables follow from their tables"
    }

    fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection> {
        self.model.observe(record);
        let What::Durable { .. } = record.what else {
            return None;
        };
        let schemeshard = record.tablet?;
        let tables = view.durable::<SchemeShard>(schemeshard)?;
        self.take_unfinished(&tables, view);
        let completed = tables.restore_states.iter().filter(|(_, row)| {
            matches!(row.state, RestoreState::Finalizing(Outcome::Completed) | RestoreState::Ended(Outcome::Completed))
        });
        let new: Vec<OperationId> =
            completed.map(|(operation, _)| *operation).filter(|operation| self.judged.insert(*operation)).collect();
        new.into_iter().find_map(|operation| self.judge(operation, &tables, record, view))
    }

    fn at_end(&mut self, view: &View<'_>) -> Option<Objection> {
        let schemeshards = view.tablets().into_iter().filter_map(|(tablet, _)| view.durable::<SchemeShard>(tablet));
        schemeshards.into_iter().find_map(|tables| self.wrong_index(&tables, view))
    }

    fn looked(&self) -> u64 {
        self.looked
    }
}

/// The newest Completed backup of a collection, which has nothing newer while it is restored from.
/// What SchemeShard takes for the chain's end may be wrong.
fn newest(tables: &SchemeShardTables, collection: PathId) -> Option<OperationId> {
    let completed = |row: &BackupRow| row.collection == collection && row.status == BackupStatus::Completed;
    let backups = tables.backups.iter().filter(|(_, row)| completed(row));
    backups.max_by_key(|(_, row)| row.seq).map(|(backup, _)| *backup)
}

impl RestoreExact {
    /// A restore that failed or was cancelled promises nothing: its targets hold what they hold.
    fn take_unfinished(&mut self, tables: &SchemeShardTables, view: &View<'_>) {
        for (operation, row) in tables.restore_states.iter() {
            let unfinished = matches!(row.state, RestoreState::Ended(Outcome::Failed | Outcome::Cancelled));
            if !unfinished || !self.judged.insert(*operation) {
                continue;
            }
            for target in &tables.restores[operation].targets {
                if let Some(table) = tables.tables.get(target) {
                    self.model.restored(*target, &model::stored(view, table));
                    self.model.unfinished(*target);
                }
            }
        }
    }

    fn judge(
        &mut self,
        operation: OperationId,
        tables: &SchemeShardTables,
        record: &Record,
        view: &View<'_>,
    ) -> Option<Objection> {
        self.looked += 1;
        let restore = &tables.restores[&operation];
        let last = newest(tables, restore.backup_collection_path_id)?;
        let mut wrong = Vec::new();
        for (sub, target) in restore.targets.iter().enumerate() {
            let name = &restore.table_path_list[sub];
            let Some(table) = tables.tables.get(target) else {
                wrong.push(format!("{} is not there any more", name_of(tables, *target)));
                continue;
            };
            let found = model::stored(view, table);
            let Some(expected) = self.expected(tables, last, name, *target) else {
                continue;
            };
            let lines = differences(&expected, &found, 6);
            if !lines.is_empty() {
                wrong.push(format!(
                    "{} ({} rows expected, {} found):",
                    name_of(tables, *target),
                    expected.len(),
                    found.len()
                ));
                wrong.extend(lines.into_iter().map(|line| format!("  {line}")));
            }
            self.model.restored(*target, &expected);
        }
        (!wrong.is_empty()).then(|| Objection {
            oracle: self.name(),
            sentence: format!("{operation} completes, but its targets are not what was backed up"),
            rule: self.rule(),
            tablets: record.tablet.into_iter().collect(),
            steps: vec![record.step],
            details: wrong,
        })
    }

    /// What a target must hold; `None` for an index of a table that no restore has finished.
    fn expected(
        &mut self,
        tables: &SchemeShardTables,
        backup: OperationId,
        name: &str,
        target: PathId,
    ) -> Option<model::Rows> {
        let items = tables.backups.get(&backup).map(|row| row.items.as_slice()).unwrap_or_default();
        let Some(item) = items.iter().find(|item| item.name == name) else {
            return Some(model::Rows::new());
        };
        let Some(index) = &item.index else {
            if self.model.is_unfinished(item.source) {
                self.model.unfinished(target);
            }
            return Some(self.model.at_cut(backup, item.source));
        };
        let of = &items[index.of as usize];
        let schema = &tables.tables.get(&of.table)?.schema;
        let rows = self.model.at_cut(backup, of.source);
        (!self.model.is_unfinished(of.source)).then(|| model::index_rows(schema, &index.columns, &rows))
    }

    /// An index that does not hold what follows from its table, if there is one. Only a table that
    /// is held, or has index records under way, is ahead of its indexes.
    fn wrong_index(&self, tables: &SchemeShardTables, view: &View<'_>) -> Option<Objection> {
        tables.indexes.iter().find_map(|(key, index)| {
            let (table, rows) = (tables.tables.get(&key.table)?, tables.tables.get(&index.impl_table)?);
            let held = tables.paths.get(&key.table).is_none_or(|path| path.holder.is_some());
            let shards = table.partitions.iter().filter_map(|part| view.durable::<DataShard>(part.tablet));
            let fed = shards.into_iter().all(|shard| shard.index_queue.is_empty());
            if held || !fed || table.incomplete || self.model.is_unfinished(key.table) {
                return None;
            }
            let expected = model::index_rows(&table.schema, &index.columns, &model::stored(view, table));
            let lines = differences(&expected, &model::stored(view, rows), 6);
            (!lines.is_empty()).then(|| Objection {
                oracle: self.name(),
                sentence: format!("{} does not follow from its table", name_of(tables, index.impl_table)),
                rule: self.rule(),
                tablets: rows.partitions.iter().map(|part| part.tablet).collect(),
                steps: Vec::new(),
                details: lines,
            })
        })
    }
}
