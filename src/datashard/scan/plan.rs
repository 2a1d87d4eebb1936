//! How a row of the source becomes a change at the destination.
//!
//! | work | what is sent for a row |
//! | --- | --- |
//! | full backup restored, or copied from a snapshot | every column outside the key, null where absent |
//! | increment restored | `Erase` where the marker is set, else exactly the cells present |
//! | stream backed up | the marker alone where the key was removed, else the cells present and the marker unset |
//!
//! Columns are matched by name: ids belong to one table. The destination may have more.
//!
//! Left out: conversions between types.

use crate::datashard::scan::source::SourceRow;
use crate::ids::ColumnId;
use crate::message::{ChangeBody, ScanRequest, ScanWork};
use crate::row::{DELETED_MARKER, Row, TableSchema, Value};

/// See the module.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Plan {
    emit: Emit,
    /// Columns outside the key: at the source, at the destination.
    columns: Vec<(ColumnId, ColumnId)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Hash)]
enum Emit {
    Full,
    Increment { source_marker: ColumnId },
    Changes { destination_marker: ColumnId },
}

impl Plan {
    /// The plan of a request between two tables, or how they do not fit.
    pub(super) fn new(request: &ScanRequest, from: &TableSchema, to: &TableSchema) -> Result<Plan, String> {
        let keys = |schema: &TableSchema| -> Vec<_> {
            schema.key_columns().map(|column| (column.name.clone(), column.ty)).collect()
        };
        assert!(!from.key.is_empty(), "every table has a key");
        if keys(from) != keys(to) {
            return Err("key columns of source and destination differ in name, type or order".to_owned());
        }
        let emit = match request.work {
            ScanWork::Restore if request.incremental_idx > 0 => {
                Emit::Increment { source_marker: from.marker().ok_or(format!("the source has no {DELETED_MARKER}"))? }
            }
            ScanWork::Restore | ScanWork::Snapshot => Emit::Full,
            ScanWork::Stream { .. } => Emit::Changes {
                destination_marker: to.marker().ok_or(format!("the destination has no {DELETED_MARKER}"))?,
            },
        };
        let mut columns = Vec::new();
        for column in from.value_columns().filter(|column| column.name != DELETED_MARKER) {
            match to.column(&column.name) {
                Some(same) if same.ty == column.ty && !to.is_key(same.id) => columns.push((column.id, same.id)),
                Some(other) => return Err(format!("column {} is {}, not {}", column.name, other.ty, column.ty)),
                None => return Err(format!("the destination has no column {}", column.name)),
            }
        }
        Ok(Plan { emit, columns })
    }

    /// What is sent for a row.
    pub(super) fn body(&self, source: &SourceRow<'_>) -> ChangeBody {
        match (self.emit, source.row) {
            (Emit::Full, Some(row)) => {
                let cell = |id| row.get(id).cloned().unwrap_or(Value::Null);
                ChangeBody::Upsert(Row::new(self.columns.iter().map(|(from, to)| (*to, cell(*from)))))
            }
            (Emit::Increment { source_marker }, Some(row)) if row.get(source_marker) == Some(&Value::Bool(true)) => {
                ChangeBody::Erase
            }
            (Emit::Increment { .. }, Some(row)) => ChangeBody::Upsert(self.present(row)),
            (Emit::Changes { destination_marker }, Some(row)) => {
                let mut cells = self.present(row);
                cells.set(destination_marker, Value::Bool(false));
                ChangeBody::Upsert(cells)
            }
            (Emit::Changes { destination_marker }, None) => {
                ChangeBody::Upsert(Row::new([(destination_marker, Value::Bool(true))]))
            }
            (Emit::Full | Emit::Increment { .. }, None) => panic!("only a stream tells of removed keys"),
        }
    }

    /// The cells present, under the destination's ids.
    fn present(&self, row: &Row) -> Row {
        let cells = self.columns.iter().filter_map(|(from, to)| Some((*to, row.get(*from)?.clone())));
        Row::new(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::Plan;
    use crate::datashard::scan::source::SourceRow;
    use crate::datashard::scan::tests::request;
    use crate::ids::{ColumnId, PathId};
    use crate::message::{ChangeBody, ScanWork};
    use crate::row::{Column, ColumnType, Key, Row, TableSchema, Value};

    const STREAM: ScanWork = ScanWork::Stream { collection: PathId(9), up_to: 1 };

    fn schema(columns: &[(u32, &str)]) -> TableSchema {
        let column =
            |(id, name): &(u32, &str)| Column { id: ColumnId(*id), name: (*name).to_owned(), ty: ColumnType::Uint64 };
        TableSchema { columns: columns.iter().map(column).collect(), key: vec![ColumnId(columns[0].0)], version: 1 }
    }

    fn body(plan: &Plan, row: Option<&Row>) -> ChangeBody {
        plan.body(&SourceRow { key: &Key::new([Value::Uint64(1)]), row })
    }

    fn cell(id: u32, value: u64) -> (ColumnId, Value) {
        (ColumnId(id), Value::Uint64(value))
    }

    #[test]
    fn a_full_backup_names_every_column_and_maps_by_name() {
        let (from, to) = (schema(&[(1, "k"), (2, "a"), (3, "b")]), schema(&[(5, "k"), (6, "b"), (7, "a"), (8, "c")]));
        let plan = Plan::new(&request(ScanWork::Restore, 0), &from, &to).expect("the tables fit");
        let expected = Row::new([cell(7, 20), (ColumnId(6), Value::Null)]);
        assert_eq!(body(&plan, Some(&Row::new([cell(2, 20)]))), ChangeBody::Upsert(expected));
    }

    #[test]
    fn an_increment_erases_by_marker_and_keeps_absent_cells_absent() {
        let to = schema(&[(1, "k"), (2, "a"), (3, "b")]);
        let from = to.with_marker();
        let marker = from.marker().expect("it was just added");
        let plan = Plan::new(&request(ScanWork::Restore, 1), &from, &to).expect("the tables fit");
        assert_eq!(body(&plan, Some(&Row::new([(marker, Value::Bool(true))]))), ChangeBody::Erase);
        let row = Row::new([cell(3, 5), (marker, Value::Bool(false))]);
        assert_eq!(body(&plan, Some(&row)), ChangeBody::Upsert(Row::new([cell(3, 5)])));
    }

    #[test]
    fn a_stream_says_of_each_key_whether_it_was_removed() {
        let from = schema(&[(1, "k"), (2, "a")]);
        let to = from.with_marker();
        let marker = to.marker().expect("it was just added");
        let plan = Plan::new(&request(STREAM, 1), &from, &to).expect("the tables fit");
        assert_eq!(body(&plan, None), ChangeBody::Upsert(Row::new([(marker, Value::Bool(true))])));
        let row = Row::new([cell(2, 5)]);
        let expected = Row::new([cell(2, 5), (marker, Value::Bool(false))]);
        assert_eq!(body(&plan, Some(&row)), ChangeBody::Upsert(expected));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let from = schema(&[(1, "k"), (2, "a")]);
        let plan = |from: &TableSchema, to: &TableSchema| Plan::new(&request(ScanWork::Restore, 0), from, to);
        let missing = plan(&from, &schema(&[(1, "k")])).expect_err("column a has nowhere to go");
        assert!(missing.contains("no column a"), "{missing}");
        let keys = plan(&from, &schema(&[(1, "id"), (2, "a")])).expect_err("the keys differ");
        assert!(keys.contains("key columns"), "{keys}");
        let marker = Plan::new(&request(STREAM, 1), &from, &from).expect_err("nowhere to mark removals");
        assert!(marker.contains("destination has no __ydb"), "{marker}");
    }
}
