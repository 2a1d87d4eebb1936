//! YDB's SchemeShard and DataShard tablets and the protocol between them.
//!
//! Everything here is a value that reacts to events: no clock, no randomness,
//! no input or output, and no knowledge of the simulator. A tablet's only way
//! out is the [`executor::Port`] that its host implements. Read bottom-up:
//! names and rows, messages, the local database, the executor, pipes, then the
//! two tablets, and last the one module that knows actix.
//!
//! Left out: coordinators and plan steps, followers, distributed storage below
//! the tablet log, column tables, authentication (`docs/architecture.md` says
//! what YDB does there).

pub mod actor;
pub mod counters;
pub mod datashard;
pub mod executor;
pub mod ids;
pub mod index;
pub mod local_db;
pub mod message;
pub mod pipe;
pub mod quirk;
pub mod row;
pub mod schemeshard;
pub mod settings;
pub mod side_effects;
pub mod tablet;
