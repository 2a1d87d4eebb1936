//! A client that writes in the background, one small write after another.

use super::edge::{Edge, Heard};
use super::task::Ending;
use super::write::{Ids, Write};
use crate::scenario::{Generator, TableDef, WriterPlan};
use std::sync::Arc;
use tablets::ids::Steady;

/// Background writes under way.
#[derive(Clone, Debug, Hash)]
pub struct Writer {
    table: Arc<TableDef>,
    plan: WriterPlan,
    generator: Generator,
    ids: Ids,
    left: u64,
    write: Option<Write>,
    due: Steady,
}

impl Writer {
    /// Begins with the first write.
    pub(super) fn begin(
        table: Arc<TableDef>,
        plan: WriterPlan,
        ids: Ids,
        run_seed: u64,
        edge: &mut Edge<'_>,
    ) -> Writer {
        let generator = Generator::new(&table, plan.seed, run_seed);
        let left = plan.count;
        let due = edge.now();
        edge.wake_at(due);
        Writer { table, plan, generator, ids, left, write: None, due }
    }

    /// The ending, if `heard` brings it.
    pub(super) fn hear(&mut self, heard: &mut Heard, edge: &mut Edge<'_>) -> Option<Ending> {
        if let Some(write) = &mut self.write {
            let ending = write.hear(heard, edge)?;
            self.ids = write.ids();
            self.write = None;
            if ending.refusal.is_some() {
                return Some(ending);
            }
            self.due = edge.now().plus(self.plan.every.0);
        }
        if self.left == 0 {
            return Some(Ending::good(Vec::new()));
        }
        if edge.now() < self.due {
            edge.wake_at(self.due);
            return None;
        }
        self.left -= 1;
        let op = self.generator.write(&self.table, &self.plan);
        self.write = Some(Write::begin(Arc::clone(&self.table), vec![op], 1, self.ids, edge));
        None
    }

    /// What it waits for, as a sentence's end.
    pub(super) fn waits_for(&self) -> String {
        match &self.write {
            Some(write) => write.waits_for(),
            None => format!("the time of its next write (table {})", self.table.path),
        }
    }
}
