//! The world that tablets run in: virtual time, disks, pipes, a hive, faults, oracles, a trace.
//!
//! The simulator is the executor. Each tablet is an actix actor, and the world owns the
//! future of every one of them: it pops one event from its queue, delivers it to one actor
//! and polls that one future. So a run is a pure function of its options and of what the
//! edge clients send, and the trace hash says whether two runs were the same.
//!
//! Read bottom-up: [`rng`], then `queue`, `disk`, `hive` and `pipes`, which are values that
//! decide nothing; then [`fault`], [`trace`], [`oracle`] and [`goal`]; and [`world`] last.
//!
//! Left out: failures of what all nodes share (the hive, the storage's own replication).

pub mod clock;
pub mod rng;

mod as_text;
mod disk;
mod hive;
mod pipes;
mod queue;
mod state;

pub mod fault;
pub mod trace;

pub mod story;

pub mod export;

pub mod view;

pub mod metrics;
pub mod oracle;

pub mod goal;

pub mod world;

pub mod scenario;

pub mod client;

pub mod run;

pub mod explore;

pub mod report;
#[cfg(feature = "proptest")]
pub mod strategy;

pub mod cli;

pub use world::{EdgeEvent, EdgeId, Endpoint, Step, World, WorldOptions};
