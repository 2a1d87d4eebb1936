//! States as numbers.
//!
//! A state is hashed from many small values, and a streaming hash pays for each of them. So they
//! are written one after another first, and hashed at once.

use std::hash::{Hash, Hasher};
use xxhash_rust::xxh3::xxh3_64;

/// A hasher that keeps the bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct StateBytes(Vec<u8>);

impl StateBytes {
    /// The bytes of one value, or none.
    pub(crate) fn of(value: &impl Hash) -> StateBytes {
        let mut state = StateBytes::default();
        value.hash(&mut state);
        state
    }

    /// The bytes so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Hasher for StateBytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        xxh3_64(&self.0)
    }
}
