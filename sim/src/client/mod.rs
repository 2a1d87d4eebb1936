//! The clients outside of the cluster: they propose, write, read and ask, and never give up early.
//!
//! A request keeps its identity: the statement's position is its `TxId`, and the writes
//! of one statement take `statement << 20 | n`. So it can be sent again whenever an
//! answer does not come: after growing pauses when the pipe breaks or the answer is "not
//! now", and once more when the whole world has come to rest without an answer. Nothing here draws a random number or reads a
//! clock; a [`Task`] is a value that hears events and says when it has ended.
//!
//! ```text
//! statement ── Task ──┬── Propose   request → accepted → completed → how did it end?
//!                     ├── Reshard   which shards? → a Propose
//!                     ├── Ask       question → answer
//!                     ├── Write     where are the partitions? → batches to each of them
//!                     ├── Read      where are the partitions? → ranges from each of them
//!                     └── Writer    one small Write after another, beside everything else
//! ```
//!
//! Left out: transactions over several shards and snapshot reads; a read of a table
//! that is being written sees some mix.

mod ask;
mod call;
mod edge;
mod propose;
mod read;
mod reshard;
mod task;
mod tell;
mod write;
mod writer;

pub use edge::{Edge, Heard, Memory};
pub use read::TableRows;
pub use task::{Ending, Task};
pub use write::Ids;

use tablets::ids::TabletId;

/// The tablet that every client knows.
pub const SCHEMESHARD: TabletId = TabletId(1);
