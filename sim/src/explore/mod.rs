//! Searches: which faults to try, many runs of one scenario, and what they found.
//!
//! ```text
//!   a traced run without faults ──> points ──> faults ──> one run each ──> groups of failures
//!                                                │
//!                     two faults: classes of first faults, each with every second fault
//! ```
//!
//! * `choice`: the faults to try at a point.
//! * `pool`: one simulation per thread, results by index.
//! * `trial`: one run under a schedule, reduced to what a search keeps of it.
//! * `sweep`: every single fault; `pairs`: every two of them.
//! * `hunt`: seeds, each a differently shaped world; `reorder`: other orders of delivery.
//! * `journal`: what has been done so far, on disk; a search can be killed and continued, or
//!   cut into partitions whose journals are merged.
//! * `capsule`: a failure as a file or one word, and its replay.
//! * `shrink`: the smallest case with the same failure.
//! * `zoo`: which known mistakes these searches find.
//! * `diff`: where two runs part.
//! * `report`: a pure function of a journal's content, so that neither jobs, interruptions nor
//!   partitions can change a byte of it.
//!
//! Left out: two faults at the very same moment; three faults and more (swarms are for those).

mod capsule;
mod choice;
mod coverage;
mod determinism;
mod diff;
mod fingerprint;
mod hunt;
mod journal;
mod pairs;
mod pool;
mod reorder;
mod report;
mod shrink;
mod sweep;
mod trial;
pub mod zoo;

pub use capsule::{Build, Capsule, CapsuleError, Finding, Replayed};
pub use choice::Choice;
pub use coverage::{Coverage, Table};
pub use determinism::{first_difference, twice};
pub use diff::{Difference, Differing, Happening};
pub(crate) use fingerprint::AT_END;
pub use fingerprint::Fingerprint;
pub use hunt::{Catch, Doing, Feature, Hunt, HuntHeader, HuntOptions, HuntReport, Kept, Shape, draw_workload};
pub use journal::{Alone, Entry, Header, Journal};
pub use pairs::{PairFailure, Unit};
pub use reorder::Reorder;
pub use report::{Group, PairTotals, Report};
pub use shrink::{ShrinkProgress, Shrunk, Size, shrink};
pub use sweep::{Progress, Search, SearchOptions, Single};
pub use trial::{Seen, Trier};
