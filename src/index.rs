//! Global secondary indexes: what an index table looks like, and which key a row has in it.
//!
//! An index is a path below its table, and its rows live in a table below that path:
//! `<table>/<index>/indexImplTable`. The key of this *index table* is the index columns and
//! then those primary key columns that are not among them; it has no other columns. A row
//! whose indexed columns are null or absent is indexed too, under null, which sorts first.
//! So the key columns of an index table are the only ones that may be null.
//!
//! Left out: unique and asynchronous indexes, columns that an index covers, vector and
//! full-text indexes, and adding an index to a table that is there.

use crate::ids::{ColumnId, OperationId, PathId, TabletId};
use crate::row::{Column, Key, Row, TableSchema, Value};
use serde::{Deserialize, Serialize};

/// The name of the table that holds the rows of an index. YDB has the same name.
pub const IMPL_TABLE: &str = "indexImplTable";

/// The directory of a backup in which the copies of index tables are. YDB has the same name.
pub const BACKUP_META: &str = "__ydb_backup_meta";

/// What stands for the operation in the exchange of index records: it belongs to none. It is
/// the lineage that every index table is born with and that never ends.
pub const INDEX_FEED: OperationId = OperationId(0);

/// An index as a client asks for it. YDB: `TIndexCreationConfig`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IndexSpec {
    /// Its name below the table.
    pub name: String,
    /// Names of the indexed columns, in order.
    pub columns: Vec<String>,
    /// First keys of the second and later partitions of its table, growing; they may be prefixes.
    pub boundaries: Vec<Key>,
}

/// An index as a shard of its table feeds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IndexFeed {
    /// The index table.
    pub path_id: PathId,
    /// The index table's key, as columns of the indexed table.
    pub key: Vec<ColumnId>,
    /// Who knows where the index table lives.
    pub schemeshard_id: TabletId,
}

/// The schema of the table that holds the index over `columns` of a table.
pub fn index_schema(table: &TableSchema, columns: &[ColumnId]) -> TableSchema {
    let rest = table.key.iter().filter(|id| !columns.contains(id));
    let key: Vec<ColumnId> = columns.iter().chain(rest).copied().collect();
    let column = |id: &ColumnId| -> Column {
        let found = table.columns.iter().find(|column| column.id == *id);
        found.expect("an index is over columns of its table").clone()
    };
    TableSchema { columns: key.iter().map(column).collect(), key, version: 1 }
}

/// The key under which the row at `key` stands in an index table whose key is `columns`.
pub fn index_key(table: &TableSchema, columns: &[ColumnId], key: &Key, row: &Row) -> Key {
    let value = |id: &ColumnId| match table.key.iter().position(|of| of == id) {
        Some(at) => key.values()[at].clone(),
        None => row.get(*id).cloned().unwrap_or(Value::Null),
    };
    Key::new(columns.iter().map(value))
}

#[cfg(test)]
mod tests {
    use super::{index_key, index_schema};
    use crate::ids::ColumnId;
    use crate::row::{Column, ColumnType, Key, Row, TableSchema, Value};

    #[test]
    fn the_key_is_the_indexed_columns_and_the_rest_of_the_primary_key() {
        let column = |id, name: &str| Column { id: ColumnId(id), name: name.to_owned(), ty: ColumnType::Uint64 };
        let columns = vec![column(1, "a"), column(2, "b"), column(3, "v")];
        let table = TableSchema { columns, key: vec![ColumnId(1), ColumnId(2)], version: 4 };
        let index = index_schema(&table, &[ColumnId(3), ColumnId(2)]);
        assert_eq!(index.key, [ColumnId(3), ColumnId(2), ColumnId(1)]);
        assert_eq!(index.value_columns().count(), 0, "an index covers no other columns");
        let key = Key::new([Value::Uint64(10), Value::Uint64(20)]);
        let of = |row: &Row| index_key(&table, &index.key, &key, row);
        let row = Row::new([(ColumnId(3), Value::Uint64(30))]);
        assert_eq!(of(&row), Key::new([Value::Uint64(30), Value::Uint64(20), Value::Uint64(10)]));
        assert_eq!(of(&Row::default()), Key::new([Value::Null, Value::Uint64(20), Value::Uint64(10)]));
    }
}
