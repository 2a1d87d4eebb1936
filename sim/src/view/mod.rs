//! A run as one HTML page, which shows it and lets it be walked through.
//!
//! The page needs no network and no server. It is made of the files in `page/`, plain
//! JavaScript without a build step, and of the [`Story`](crate::story::Story) of one run or
//! two: as columns of numbers and one table of texts, packed with zlib, so that a hundred
//! thousand events open at once.
//!
//! ```text
//!   spans.js run.js          the data, and questions to it
//!   axis.js lanes.js         where things stand
//!   paint.js marks.js        the picture
//!   causes.js branch.js      what led to a moment, and how it could go on
//!   panel.js restore.js      the moment as text
//!   view.js overview.js      one run on the screen
//!   app.js input.js address.js boot.js    cursor, keys, mouse, address
//!   explore.js               other ways to go, where a world is behind the page
//! ```
//!
//! Left out: the memory of tablets, where a run is read from its trace, which does not have it.

mod align;
mod columns;
mod letters;
mod live;
mod memory;
mod page;

pub use align::{Alignment, align};
pub use live::Live;
pub use memory::{Memory, Remembered, watched};
pub use page::{Complaint, Named, Page, Shown, page};
