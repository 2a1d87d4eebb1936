//! restore_exact: a Completed restore holds what the users had written at the last cut.

use crate::oracle::model::{self, Model, differences, name_of};
use crate::oracle::{Objection, Oracle, View};
use crate::trace::{Record, What};
use std::collections::BTreeSet;
use tablets::ids::OperationId;
use tablets::schemeshard::{Outcome, RestoreState, SchemeShard, SchemeShardTables};

/// At the commit that enters Finalizing(Completed), every target equals the model at the
/// chain's last cut: values, partial updates, nulls, deletes.
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
         chain"
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

    fn at_end(&mut self, _: &View<'_>) -> Option<Objection> {
        None
    }

    fn looked(&self) -> u64 {
        self.looked
    }
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
                    self.model.restored(table, &model::stored(view, table));
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
        let last = restore.chain.last()?.backup;
        let mut wrong = Vec::new();
        for (sub, target) in restore.targets.iter().enumerate() {
            let name = &restore.table_path_list[sub];
            let expected = self.expected(tables, last, name);
            let table = tables.tables.get(target)?;
            let found = model::stored(view, table);
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
            self.model.restored(table, &expected);
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

    fn expected(&self, tables: &SchemeShardTables, backup: OperationId, name: &str) -> model::Rows {
        let row = tables.backups.get(&backup);
        let item = row.and_then(|row| row.items.iter().find(|item| item.name == name));
        item.map_or_else(model::Rows::new, |item| self.model.at_cut(backup, item.source))
    }
}
