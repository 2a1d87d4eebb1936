//! Folding: many changes of one key become one row of an incremental backup.
//!
//! * Upserts patch each other; columns that none of them set stay absent.
//! * A removal as the last change leaves the marker only.
//! * After a removal an upsert is not a patch of the older row any more: it carries every
//!   column outside the key, null where it was not set.
//!
//! Left out: the images before and after a change that YDB's streams can carry.

use crate::datashard::schema::ChangeRow;
use crate::message::ChangeBody;
use crate::row::{Key, Row, TableSchema, Value};
use std::collections::BTreeMap;

/// Changes folded by key: the cells to set, or `None` where the row is removed.
pub(super) type Folded = BTreeMap<Key, Option<Row>>;

/// Folds changes, oldest first.
pub(super) fn fold<'a>(schema: &TableSchema, changes: impl Iterator<Item = &'a ChangeRow>) -> Folded {
    let mut folded = Folded::new();
    for change in changes {
        let before = folded.remove(&change.key);
        folded.insert(change.key.clone(), next(schema, before, &change.body));
    }
    folded
}

/// `before` is `None` where the key did not change yet, `Some(None)` where it was removed.
fn next(schema: &TableSchema, before: Option<Option<Row>>, body: &ChangeBody) -> Option<Row> {
    match (before, body) {
        (_, ChangeBody::Erase) => None,
        (None, ChangeBody::Upsert(cells)) => Some(cells.clone()),
        (Some(Some(mut row)), ChangeBody::Upsert(cells)) => {
            row.patch(cells);
            Some(row)
        }
        (Some(None), ChangeBody::Upsert(cells)) => {
            let mut row = Row::new(schema.value_columns().map(|column| (column.id, Value::Null)));
            row.patch(cells);
            Some(row)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Folded, fold};
    use crate::datashard::schema::ChangeRow;
    use crate::ids::ColumnId;
    use crate::message::ChangeBody;
    use crate::row::{Column, ColumnType, Key, Row, TableSchema, Value};

    fn schema() -> TableSchema {
        let column = |id, name: &str| Column { id: ColumnId(id), name: name.to_owned(), ty: ColumnType::Uint64 };
        TableSchema {
            columns: vec![column(1, "k"), column(2, "a"), column(3, "b")],
            key: vec![ColumnId(1)],
            version: 1,
        }
    }

    fn key(k: u64) -> Key {
        Key::new([Value::Uint64(k)])
    }

    fn set(k: u64, cells: &[(u32, u64)]) -> ChangeRow {
        let cells = cells.iter().map(|(column, value)| (ColumnId(*column), Value::Uint64(*value)));
        ChangeRow { key: key(k), body: ChangeBody::Upsert(Row::new(cells)) }
    }

    fn erase(k: u64) -> ChangeRow {
        ChangeRow { key: key(k), body: ChangeBody::Erase }
    }

    fn folded(changes: &[ChangeRow]) -> Folded {
        fold(&schema(), changes.iter())
    }

    #[test]
    fn upserts_patch_each_other_and_leave_the_rest_absent() {
        let folded = folded(&[set(1, &[(2, 10)]), set(2, &[(3, 5)]), set(1, &[(2, 11)])]);
        assert_eq!(folded[&key(1)], Some(Row::new([(ColumnId(2), Value::Uint64(11))])));
        assert_eq!(folded[&key(2)], Some(Row::new([(ColumnId(3), Value::Uint64(5))])));
    }

    #[test]
    fn a_removal_last_leaves_nothing_else() {
        assert_eq!(folded(&[set(1, &[(2, 10)]), erase(1)])[&key(1)], None);
    }

    #[test]
    fn an_upsert_after_a_removal_carries_every_column() {
        let folded = folded(&[erase(1), set(1, &[(2, 7)]), set(1, &[(2, 8)])]);
        assert_eq!(folded[&key(1)], Some(Row::new([(ColumnId(2), Value::Uint64(8)), (ColumnId(3), Value::Null)])));
    }
}
