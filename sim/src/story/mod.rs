//! A trace as people see it: what belongs together, found once, for every view.
//!
//! A trace is a list of facts, and each names its step only. A view needs more: which cuts are
//! one transaction, which delivery ends which message, which connection it travelled on, which
//! generation a reboot has ended. [`Story::of`] finds this in one pass; it is a pure function
//! of the records and the tablet types, so all views tell the same.
//!
//! ```text
//!   facts         0    1    2    3    4    5    6      one for each record, in order
//!   transactions       [pre  exec]    [durable done]   cuts of one transaction
//!   messages                               5 ──> 6     sent and delivered, or lost
//! ```
//!
//! Whatever happens at a moment is named by the index of its [`Fact`], which knows the step,
//! the time, the lane and the text.
//!
//! A message that waited for its connection leaves outside of the transaction that asked for it.
//!
//! Left out: memory of tablets and what unfinished operations wait for; no record has them.

mod build;
mod causes;
mod model;
mod operations;
mod pairs;
mod places;
mod transactions;

pub use model::{
    Change, Connection, Counts, CutAt, Fact, Fault, Incarnation, Index, Lane, Message, Operation, Story, Timer,
    Transaction, Write, Zone,
};
