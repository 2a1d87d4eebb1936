//! What earlier statements have made, so that mistakes are found before anything runs.
//!
//! It follows the script from top to bottom as if every statement succeeded, except
//! those marked `!`. It knows tables, collections and named operations; the rest of the
//! schema tree is SchemeShard's to judge.

use super::args::Text;
use super::csv::CsvFiles;
use super::error::{Flaw, unknown};
use super::statement::{Item, Marks, Named, Statement};
use super::table::TableDef;
use std::collections::BTreeMap;
use std::sync::Arc;
use tablets::ids::{OperationId, TxId};

/// What a named operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OperationKind {
    /// A full or incremental backup.
    Backup,
    /// A restore.
    Restore,
}

/// A table, and the line of the statement that dropped it.
struct Table {
    def: Arc<TableDef>,
    dropped: Option<usize>,
}

/// What a collection backs up.
#[derive(Clone, Default)]
struct Listed {
    tables: Vec<String>,
    omit_indexes: bool,
}

/// What is known at one place of the script.
pub(crate) struct Catalog {
    /// Where CSV files are.
    pub(crate) files: CsvFiles,
    /// The statement being read.
    pub(crate) tx_id: TxId,
    /// Its marks.
    pub(crate) marks: Marks,
    /// Whether the statement before it is a request, which ends with a status.
    pub(crate) after_request: bool,
    /// How many times the zone has begun and ended.
    pub(crate) zone: (u32, u32),
    tables: BTreeMap<String, Table>,
    collections: BTreeMap<String, Listed>,
    /// The tables of a collection as its newest backup has them.
    backed_up: BTreeMap<String, Vec<Arc<TableDef>>>,
    requests: BTreeMap<String, TxId>,
    operations: BTreeMap<String, (OperationKind, OperationId)>,
}

impl Catalog {
    /// The catalog before the first statement.
    pub(crate) fn new(files: CsvFiles) -> Catalog {
        Catalog {
            files,
            tx_id: TxId(1),
            marks: Marks::default(),
            after_request: false,
            zone: (0, 0),
            tables: BTreeMap::new(),
            collections: BTreeMap::new(),
            backed_up: BTreeMap::new(),
            requests: BTreeMap::new(),
            operations: BTreeMap::new(),
        }
    }

    /// The identity of the statement being read, which may have a name.
    pub(crate) fn request(&mut self, name: Option<&str>) -> TxId {
        let own = self.tx_id;
        name.map_or(own, |name| *self.requests.entry(name.to_owned()).or_insert(own))
    }

    /// The table at `path`, which must be there.
    pub(crate) fn table(&self, path: &Text) -> Result<Arc<TableDef>, Flaw> {
        let known = self.tables.keys().map(String::as_str);
        let table = self.tables.get(&path.text).ok_or_else(|| path.flaw(unknown("table", &path.text, known)))?;
        match table.dropped {
            Some(line) if !self.marks.refused => {
                Err(path.flaw(format!("table '{}' is dropped by line {line}", path.text)))
            }
            _ => Ok(Arc::clone(&table.def)),
        }
    }

    /// A table that was declared, whether or not it was dropped since.
    pub(crate) fn declared_table(&self, path: &Text) -> Result<Arc<TableDef>, Flaw> {
        let known = self.tables.keys().map(String::as_str);
        let table = self.tables.get(&path.text).ok_or_else(|| path.flaw(unknown("table", &path.text, known)))?;
        Ok(Arc::clone(&table.def))
    }

    /// A path where a table must be, unless a refusal is expected.
    pub(crate) fn table_path(&self, path: &Text) -> Result<String, Flaw> {
        if !self.marks.refused {
            self.table(path)?;
        }
        self.path(path)
    }

    /// A path where no table may be, unless a refusal is expected.
    pub(crate) fn new_table_path(&self, path: &Text) -> Result<String, Flaw> {
        let taken = self.tables.get(&path.text).is_some_and(|table| table.dropped.is_none());
        if taken && !self.marks.refused {
            return Err(path.flaw(format!("table '{}' is declared twice", path.text)));
        }
        self.path(path)
    }

    /// Any absolute path.
    pub(crate) fn path(&self, path: &Text) -> Result<String, Flaw> {
        let inside = path.text.strip_prefix("/Root").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let whole = path.text.split('/').skip(1).all(|part| !part.is_empty() && !part.contains(char::is_whitespace));
        if inside && whole {
            return Ok(path.text.clone());
        }
        Err(path.flaw(format!("expected a path such as /Root/orders, found '{}'", path.text)))
    }

    /// A collection that must be there, unless a refusal is expected.
    pub(crate) fn collection(&self, name: Text) -> Result<String, Flaw> {
        if !self.marks.refused && !self.collections.contains_key(&name.text) {
            let known = self.collections.keys().map(String::as_str);
            return Err(name.flaw(unknown("collection", &name.text, known)));
        }
        Ok(name.text)
    }

    /// A table of a collection.
    pub(crate) fn table_of(&self, collection: &str, path: &Text) -> Result<Arc<TableDef>, Flaw> {
        let tables = self.collections.get(collection).map(|listed| listed.tables.as_slice()).unwrap_or_default();
        let listed = |path: &str| tables.iter().any(|of| path == of || path.starts_with(&format!("{of}/")));
        let table = self.tables.get(&path.text).filter(|table| listed(&table.def.path));
        let known = tables.iter().map(String::as_str);
        let missing = || path.flaw(unknown(&format!("table in collection {collection}"), &path.text, known));
        table.map(|table| Arc::clone(&table.def)).ok_or_else(missing)
    }

    /// A name for a collection that is not there yet, unless a refusal is expected.
    pub(crate) fn new_collection(&self, name: Text) -> Result<String, Flaw> {
        if name.text.is_empty() || name.text.contains('/') {
            return Err(name.flaw(format!("expected a collection's name without '/', found '{}'", name.text)));
        }
        if !self.marks.refused && self.collections.contains_key(&name.text) {
            return Err(name.flaw(format!("collection '{}' is declared twice", name.text)));
        }
        Ok(name.text)
    }

    /// A name for an operation, which no other may have.
    pub(crate) fn new_operation(&self, name: Option<Text>) -> Result<Option<String>, Flaw> {
        match name {
            Some(name) if self.operations.contains_key(&name.text) => {
                Err(name.flaw(format!("the name '{}' is given twice", name.text)))
            }
            Some(name) if name.text.is_empty() || name.text == "all" => {
                Err(name.flaw(format!("an operation cannot be called '{}'", name.text)))
            }
            name => Ok(name.map(|name| name.text)),
        }
    }

    /// An operation by name.
    pub(crate) fn operation(&self, name: &Text, kind: Option<OperationKind>) -> Result<Named, Flaw> {
        let fits = |found: OperationKind| kind.is_none_or(|kind| kind == found);
        match self.operations.get(&name.text) {
            Some((found, operation)) if fits(*found) => Ok(Named { name: name.text.clone(), operation: *operation }),
            _ => {
                let what = match kind {
                    Some(OperationKind::Backup) => "backup",
                    Some(OperationKind::Restore) => "restore",
                    None => "operation",
                };
                let known =
                    self.operations.iter().filter(|(_, (found, _))| fits(*found)).map(|(name, _)| name.as_str());
                Err(name.flaw(unknown(what, &name.text, known) + " (operations are named with as=)"))
            }
        }
    }

    /// Takes in what `item` does.
    pub(crate) fn learn(&mut self, item: &Item) {
        self.after_request = item.statement.is_request();
        match &item.statement {
            Statement::Zone(edge) => self.zone = edge.count(self.zone),
            _ if item.marks.refused => {}
            Statement::Table(def) => {
                self.tables.insert(def.path.clone(), Table { def: Arc::clone(def), dropped: None });
                for index in def.index_tables() {
                    self.tables.insert(index.path.clone(), Table { def: Arc::new(index), dropped: None });
                }
            }
            Statement::Alter { path, add } => {
                if let Some(table) = self.tables.get_mut(path)
                    && add.iter().all(|(name, _)| table.def.schema.column(name).is_none())
                {
                    Arc::make_mut(&mut table.def).schema = table.def.schema.with_columns(add);
                }
            }
            // What may be refused may still be there.
            Statement::DropTable { .. } | Statement::DropCollection { .. } if item.marks.maybe => {}
            Statement::DropTable { path } => self.table_and_indexes(path, |table| table.dropped = Some(item.line)),
            Statement::Collection { name, tables, omit_indexes, .. } => {
                let listed = Listed { tables: tables.clone(), omit_indexes: *omit_indexes };
                self.collections.insert(name.clone(), listed);
            }
            Statement::DropCollection { name } => {
                self.collections.remove(name);
            }
            Statement::Backup { collection, name, .. } => {
                self.name_operation(name.as_ref(), OperationKind::Backup, item);
                let paths = self.collections.get(collection).into_iter().flat_map(|listed| &listed.tables);
                let defs = paths.filter_map(|path| Some(Arc::clone(&self.tables.get(path)?.def)));
                self.backed_up.insert(collection.clone(), defs.collect());
            }
            Statement::Restore { collection, name, .. } => {
                self.name_operation(name.as_ref(), OperationKind::Restore, item);
                let omitted = self.collections.get(collection).is_some_and(|listed| listed.omit_indexes);
                for def in self.backed_up.get(collection).into_iter().flatten() {
                    let indexes = def.index_tables().filter(|_| !omitted).map(Arc::new);
                    for def in std::iter::once(Arc::clone(def)).chain(indexes) {
                        self.tables.insert(def.path.clone(), Table { def, dropped: None });
                    }
                }
            }
            _ => {}
        }
    }

    fn table_and_indexes(&mut self, path: &str, change: impl Fn(&mut Table)) {
        let below = |other: &str| other.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        self.tables.iter_mut().filter(|(other, _)| *other == path || below(other)).for_each(|(_, table)| change(table));
    }

    fn name_operation(&mut self, name: Option<&String>, kind: OperationKind, item: &Item) {
        if let Some(name) = name {
            self.operations.insert(name.clone(), (kind, item.request.operation()));
        }
    }
}
