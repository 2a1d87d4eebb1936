//! Tablet pipes, as a tablet sees them.
//!
//! A [`PipeClient`] is opened to a tablet *id*; the host finds the leader and connects.
//! Until then it queues what is sent. Once connected it stays so until it breaks, and
//! then it is gone: its owner hears of that once and opens another one if it still cares.
//!
//! ```text
//!   open ──> connecting ──connected──> connected ──broken──> gone (ClientDestroyed)
//!               │  ▲                                           ▲
//!        refused│  │retry due                                  │
//!               ▼  │                                           │
//!             waiting ───────────── retries used up, deleted ──┘
//! ```
//!
//! Inside one connection messages are delivered in order and at most once. When it
//! breaks, each direction has delivered a prefix, and neither side knows how long it was.
//! Answers go back over the connection the request came by, and are lost with it.
//!
//! Left out: followers, nodes and interconnect; a host breaks connections as it likes.

mod client;
mod pool;
mod retry;

pub use client::{PipeClient, PipeClients, PipeNews, PipeNotice, Refusal};
pub use pool::{ClientIds, LostPipe, PipePool};
pub use retry::RetryPolicy;
