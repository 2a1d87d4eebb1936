//! SchemeShard.

mod path_state;

pub use path_state::PathState;
