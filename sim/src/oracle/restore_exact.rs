//! restore_exact: a Completed restore holds what the users had written at the last cut.

use crate::oracle::model::{self, Completes, Model, differences, differences_of, name_of};
use crate::oracle::{Facts, Objection, Oracle, View, Watch};
use crate::trace::Record;
use tablets::datashard::DataShard;
use tablets::schemeshard::{SchemeShard, SchemeShardTables};

/// At the commit that enters Finalizing(Completed), every target equals the model at the
/// chain's last cut: values, partial updates, nulls, deletes; an index table equals what follows
/// from its table. When the run is over, that holds for the indexes of every table.
#[derive(Clone, Debug, Default, Hash)]
pub struct RestoreExact {
    model: Model,
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

    fn watch(&self) -> Watch {
        Watch::Ends
    }

    fn facts(&self) -> Facts {
        Facts::DURABLE
    }

    fn observe(&mut self, record: &Record, view: &View<'_>) -> Option<Objection> {
        let (tables, completes) = self.model.observe(record, view)?;
        completes.into_iter().find_map(|completes| self.judge(&completes, &tables, record, view))
    }

    fn at_end(&mut self, view: &View<'_>) -> Option<Objection> {
        let schemeshards = view.tablets().into_iter().filter_map(|(tablet, _)| view.durable::<SchemeShard>(tablet));
        schemeshards.into_iter().find_map(|tables| self.wrong_index(&tables, view))
    }

    fn looked(&self) -> u64 {
        self.looked
    }
}

impl RestoreExact {
    fn judge(
        &mut self,
        completes: &Completes,
        tables: &SchemeShardTables,
        record: &Record,
        view: &View<'_>,
    ) -> Option<Objection> {
        self.looked += 1;
        let operation = completes.operation;
        let mut wrong = Vec::new();
        for (target, expected) in tables.restores[&operation].targets.iter().zip(&completes.targets) {
            let Some(table) = tables.tables.get(target) else {
                wrong.push(format!("{} is not there any more", name_of(tables, *target)));
                continue;
            };
            let Some(expected) = expected.as_ref().filter(|expected| !model::holds(view, table, expected)) else {
                continue;
            };
            let found = model::stored(view, table);
            wrong.extend(differences_of(&name_of(tables, *target), expected, &found));
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
