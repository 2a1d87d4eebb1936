//! Names of things: one type per kind of number, so that none is mistaken for another.
//!
//! All of them are assigned once and never reused. Times are integer microseconds.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty), $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

id!(
    /// A tablet, for its whole life. YDB: `TTabletID`.
    TabletId(u64), "t"
);
id!(
    /// One boot of a tablet; grows by one each time. YDB: the tablet's generation.
    Generation(u32), "g"
);
id!(
    /// A path of the schema tree; durable rows keep this, never a name. YDB: `TPathId`.
    PathId(u64), "p"
);
id!(
    /// A request's identity, chosen by the client that issues it. YDB: `TTxId`.
    TxId(u64), "tx"
);
id!(
    /// A distributed operation of SchemeShard, named after the request that began it.
    /// YDB: `TOperationId`, whose parts are counted within it.
    OperationId(u64), "op"
);
id!(
    /// A machine that hosts tablets.
    NodeId(u32), "n"
);
id!(
    /// A pipe client of one incarnation of a tablet. YDB: the client's `TActorId`.
    ClientId(u64), "c"
);
id!(
    /// The server end of a pipe at one tablet. YDB: the server's `TActorId`.
    ServerId(u64), "s"
);
id!(
    /// A column within its table; survives renames and added columns.
    ColumnId(u32), "col"
);
id!(
    /// Time that all nodes and incarnations share and that never goes back, in
    /// microseconds. Every deadline and backoff is measured on it. It stands for
    /// YDB's plan-step time.
    Steady(u64), "@"
);
id!(
    /// A node's wall clock in microseconds; may jump, so it is for names and texts only.
    Wall(u64), "w"
);
id!(
    /// A redo record's place in its tablet's log, counted within one generation.
    Commit(u64), "#"
);

impl TxId {
    /// The operation that this request begins.
    pub fn operation(self) -> OperationId {
        OperationId(self.0)
    }
}

impl Steady {
    /// The moment `us` microseconds later; saturates at the end of time.
    #[must_use]
    pub fn plus(self, us: u64) -> Steady {
        Steady(self.0.saturating_add(us))
    }
}

impl Generation {
    /// The generation of the next boot.
    #[must_use]
    pub fn next(self) -> Generation {
        Generation(self.0 + 1)
    }
}

/// One second in microseconds.
pub const SECOND_US: u64 = 1_000_000;
/// One millisecond in microseconds.
pub const MILLI_US: u64 = 1_000;
