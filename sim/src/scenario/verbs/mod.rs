//! The verbs: one table that drives the parser, `tabletsim verbs` and the reference page.

mod backups;
mod control;
mod data;
mod goals;
mod reshard;
mod schema;

use super::args::Args;
use super::catalog::Catalog;
use super::error::{Flaw, unknown};
use super::line::Line;
use super::statement::{Marks, Statement};

/// What kind of statement a verb makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerbKind {
    /// About the whole run, whatever its place.
    Run,
    /// A request of a client: it may be marked `[async]` and `!`.
    Request,
    /// Done by the runner itself.
    Step,
}

/// A verb of the language.
pub struct Verb {
    /// Its name.
    pub name: &'static str,
    /// What kind of statement it makes.
    pub kind: VerbKind,
    /// Its arguments.
    pub usage: &'static str,
    /// What it does.
    pub about: &'static str,
    /// A line that uses it.
    pub example: &'static str,
    parse: fn(&mut Args, &Catalog) -> Result<Statement, Flaw>,
}

macro_rules! verbs {
    ($($kind:ident $name:literal $usage:literal, $about:literal, $example:literal, $parse:path;)+) => {
        /// Every verb, in the order of the reference.
        pub const VERBS: &[Verb] = &[$(Verb {
            name: $name,
            kind: VerbKind::$kind,
            usage: concat!($name, $usage),
            about: $about,
            example: $example,
            parse: $parse,
        },)+];
    };
}

verbs! {
    Run "cluster" " nodes=N", "How many machines there are; 1 unless said otherwise. Comes first.",
        "cluster nodes=3", control::cluster;
    Run "seed" " N", "The run's seed, unless the command line gives another.",
        "seed 7", control::seed;
    Run "oracles" " NAME...", "Oracles that must find something to judge, or else the run is invalid.",
        "oracles restore_exact path_states", control::oracles;
    Run "fault" " \"FAULT\"", "A fault of the run's schedule; its place in the script means nothing.",
        "fault \"reboot t1 at durable of IncrementalRestoreResponse#2\"", control::fault;
    Run "must" " send|resend|run|strike|enter NAME [on=TABLET|FROM-TO] [times=N|N..|N..M] [of=RESTORE] [from=STATE] [to=STATE]", "What must happen, or else the run is invalid: a message of a kind is sent, the same one again, a transaction of a type runs, a fault strikes, a restore enters a state; at a place, so often, between two states of a restore.",
        "must strike reboot on=t1 of=r from=Running to=Finalizing", goals::must;
    Step "setting" " NAME=VALUE...", "Changes settings of all tablets from now on; `tabletsim settings` lists them.",
        "setting scan_batch_rows=2 change_sender_records=3", control::setting;
    Step "zone" " begin|end", "Setup is over: faults may strike from `begin` to `end`. Waits until all is quiet.",
        "zone begin", control::zone;
    Step "sleep" " DURATION", "Lets virtual time pass.",
        "sleep 5s", control::sleep;
    Step "clock" " back=DURATION | forward=DURATION", "Wall clocks jump; no deadline may hear of it.",
        "clock back=2h", control::clock;
    Step "await" " \"ANCHOR\"", "Waits for a moment, said as faults say it, so that the next statement comes just then: a split, a drop, a cancel. The run is invalid if it never comes.",
        "await \"when op9 enters Finalizing\"", control::wait_for_moment;
    Step "wait" " [all|NAME]", "Waits for everything that runs in the background, or for one operation.",
        "wait all", control::wait;
    Request "mkdir" " PATH", "Creates a directory and its missing parents.",
        "mkdir /Root/shop", schema::mkdir;
    Request "table" " PATH NAME:TYPE... key=NAME,... [split=KEY,...] [index=NAME:COLUMN,...;...] [index-split=NAME:VALUE,...;...]",
        "Creates a table with its indexes. With several key columns, split points are written `a,1;b,2`; those of an index are values of its first column.",
        "table /Root/shop/carts id:Uint64 note:Utf8 key=id split=10,20 index=by_note:note", schema::table;
    Request "alter" " PATH add NAME:TYPE...", "Adds nullable columns to a table.",
        "alter /Root/orders add weight:Uint32", schema::alter;
    Request "split" " PATH KEY,... [in=BACKUP] [shards=N]", "Splits the shard that has the first key; the keys become first keys. Of the table's copy in a backup, with `in`.",
        "split /Root/orders 15,25", reshard::split;
    Request "merge" " PATH KEY,... [in=BACKUP] [shards=N,...]", "Merges the shards that have these keys, which must be neighbours.",
        "merge /Root/orders 15,25", reshard::merge;
    Request "split-by-load" " PATH KEY,... [in=BACKUP] [shards=N]", "As `split`, but SchemeShard does it of itself, if it can: also what a backup copies or a restore reads or writes.",
        "split-by-load /Root/orders 15", reshard::split_by_load;
    Request "merge-by-load" " PATH KEY,... [in=BACKUP] [shards=N,...]", "As `merge`, but SchemeShard does it of itself, if it can.",
        "merge-by-load /Root/orders 5,15", reshard::merge_by_load;
    Request "drop-table" " PATH", "Drops a table and its shards.",
        "drop-table /Root/orders", schema::drop_table;
    Request "collection" " NAME PATH... [incremental] [omit-indexes]",
        "Creates the backup collection /Root/.backups/collections/NAME. Without their indexes, tables come back without them.",
        "collection nightly /Root/orders incremental", schema::collection;
    Request "drop-collection" " NAME", "Drops a collection with its backups.",
        "drop-collection daily", schema::drop_collection;
    Request "describe" " PATH", "Prints what a path is.",
        "describe /Root/orders", schema::describe;
    Request "backup" " COLLECTION [as=NAME]", "Takes a full backup.",
        "backup daily as=b2", backups::full;
    Request "backup-incremental" " COLLECTION [as=NAME]", "Takes an incremental backup.",
        "backup-incremental daily", backups::incremental;
    Request "restore" " COLLECTION [as=NAME] [PATH=KEY,...]...", "Restores the newest chain of backups. A table's split points may be given; else they are the newest backup's.",
        "restore daily as=r2 /Root/orders=5,15", backups::restore;
    Request "cancel" " RESTORE", "Ends a restore before its time.",
        "cancel r", backups::cancel;
    Request "forget" " RESTORE", "Deletes what is remembered of an ended restore.",
        "forget r", backups::forget;
    Request "get-restore" " RESTORE", "Prints a restore's state.",
        "get-restore r", backups::get_restore;
    Request "list-restores" "", "Prints the state of all restores that are remembered.",
        "list-restores", backups::list_restores;
    Request "get-backup" " BACKUP", "Prints a backup's state.",
        "get-backup b", backups::get_backup;
    Request "upsert" " PATH COLUMN=VALUE...", "Sets cells of one row, creating it if need be; NULL is null, what is not named stays.",
        "upsert /Root/orders id=1 item=apple", data::upsert;
    Request "erase" " PATH KEY=VALUE...", "Removes one row.",
        "erase /Root/orders id=1", data::erase;
    Request "rows" " PATH count=N [seed=N] [keys=sequential|uniform] [from=N] [to=N] [values=random|number] [nulls=SHARE] [batch=N]",
        "Writes generated rows.",
        "rows /Root/orders count=100 seed=7 keys=uniform from=0 to=1000", data::rows;
    Request "load" " PATH FILE", "Writes the rows of a CSV file beside the scenario; its header names columns, an empty field leaves one out.",
        "load /Root/orders orders.csv", data::load;
    Request "read" " PATH", "Prints a table's rows in key order.",
        "read /Root/orders", data::read;
    Step "writer" " PATH count=N [every=DURATION] [seed=N] [from=N] [to=N] [erase=SHARE] [partial=SHARE] [nulls=SHARE]",
        "Another client that writes single rows while the statements after it run. With `[maybe]` a refusal ends it, and is no mistake.",
        "writer /Root/orders count=50 every=2ms seed=3 erase=0.2", data::writer;
    Step "expect" " PATH rows=N | PATH KEY=VALUE... [COLUMN=VALUE...|absent]", "The table has so many rows; or a row has these cells, or is not there.",
        "expect /Root/orders id=1 item=apple", data::expect;
    Step "expect-status" " STATUS", "The statement before ended with this status.",
        "expect-status Success", control::expect_status;
    Step "expect-restore" " RESTORE state=STATE|...", "The restore is in this state, or in one of these.",
        "expect-restore r state=Completed", backups::expect_restore;
}

/// The verb of a line.
pub(crate) fn find(line: &Line) -> Result<&'static Verb, Flaw> {
    VERBS.iter().find(|verb| verb.name == line.verb).ok_or_else(|| {
        let word: String = line.verb.escape_debug().take(40).collect();
        Flaw::new(line.column, unknown("verb", &word, VERBS.iter().map(|verb| verb.name)))
    })
}

impl Verb {
    /// Checks the marks before the verb; returns them, and the name of the request's identity.
    pub(crate) fn marks(&self, line: &Line) -> Result<(Marks, Option<String>), Flaw> {
        let (names, others): (Vec<&String>, Vec<&String>) = line.tags.iter().partition(|tag| tag.starts_with("tx="));
        if let Some(tag) = others.iter().find(|tag| !["async", "maybe"].contains(&tag.as_str())) {
            return Err(Flaw::new(1, unknown("tag", tag, ["async", "maybe", "tx=NAME"])));
        }
        // A writer is a client of its own, whose writes may be refused like those of others.
        let tolerant = self.name == "writer" && !line.refused && line.tags == ["maybe"];
        let marked = !line.tags.is_empty() || line.refused;
        if marked && !tolerant && self.kind != VerbKind::Request {
            let marks = "with a tag or !";
            return Err(Flaw::new(1, format!("'{}' is no request, so it cannot be marked {marks}", self.name)));
        }
        let name = names.first().map(|tag| tag["tx=".len()..].to_owned());
        match name.as_deref() {
            Some("") => Err(Flaw::new(1, "expected a name after tx=")),
            _ => {
                let has = |tag: &str| others.iter().any(|other| *other == tag);
                let (background, maybe) = (has("async"), has("maybe"));
                Ok((Marks { background, refused: line.refused, maybe, silent: line.silent }, name))
            }
        }
    }

    /// Reads the arguments.
    pub(crate) fn statement(&self, line: &Line, catalog: &Catalog) -> Result<Statement, Flaw> {
        let mut args = Args::new(line, self.usage);
        let statement = (self.parse)(&mut args, catalog)?;
        args.finish()?;
        Ok(statement)
    }
}

impl Statement {
    /// Whether it is a client's request, which ends with a status.
    pub(crate) fn is_request(&self) -> bool {
        let text = self.to_string();
        let name = text.split(' ').next().unwrap_or_default();
        VERBS.iter().any(|verb| verb.name == name && verb.kind == VerbKind::Request)
    }
}
