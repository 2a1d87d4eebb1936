//! Which records of a scan are acknowledged: the longest prefix, and what lies beyond it.
//!
//! Partitions acknowledge at their own speed, so acknowledgements come with gaps. Only the
//! prefix without a gap may be reported: SchemeShard could resume after its last key.

use crate::row::Key;
use std::collections::VecDeque;

/// The longest prefix of the source in which every record is acknowledged.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub(in crate::datashard) struct Prefix {
    /// The number of its last row, which is also how many rows it has.
    pub(in crate::datashard) order: u64,
    /// Its bytes, as counted at the source.
    pub(in crate::datashard) bytes: u64,
    /// Its last key.
    pub(in crate::datashard) key: Option<Key>,
}

#[derive(Clone, Debug, Hash)]
struct Slot {
    key: Key,
    bytes: u64,
    acknowledged: bool,
}

/// See the module.
///
/// * `slots[i]` is the record of order `prefix.order + 1 + i`; the first is not acknowledged.
#[derive(Clone, Debug, Hash)]
pub(in crate::datashard) struct Window {
    prefix: Prefix,
    slots: VecDeque<Slot>,
}

impl Window {
    /// A window that begins after `prefix`.
    pub(super) fn after(prefix: Prefix) -> Window {
        Window { prefix, slots: VecDeque::new() }
    }

    /// The prefix as it is now.
    pub(in crate::datashard) fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// Whether every record admitted is acknowledged.
    pub(super) fn is_complete(&self) -> bool {
        self.slots.is_empty()
    }

    /// Admits the next record.
    pub(super) fn push(&mut self, order: u64, key: Key, bytes: u64) {
        let next = self.prefix.order + 1 + self.slots.len() as u64;
        assert_eq!(order, next, "rows are numbered by their position, without gaps");
        self.slots.push_back(Slot { key, bytes, acknowledged: false });
    }

    /// A record is applied, durably.
    pub(super) fn acknowledge(&mut self, order: u64) {
        assert!(order > self.prefix.order, "record {order} is acknowledged a second time");
        let at = (order - self.prefix.order - 1) as usize;
        let slot = self.slots.get_mut(at).expect("what is acknowledged was admitted");
        assert!(!slot.acknowledged, "record {order} is acknowledged a second time");
        slot.acknowledged = true;
        while self.slots.front().is_some_and(|slot| slot.acknowledged) {
            let slot = self.slots.pop_front().expect("the front was just seen");
            self.prefix.order += 1;
            self.prefix.bytes += slot.bytes;
            self.prefix.key = Some(slot.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Prefix, Window};
    use crate::row::{Key, Value};

    fn key(k: u64) -> Key {
        Key::new([Value::Uint64(k)])
    }

    #[test]
    fn the_prefix_waits_for_the_gap_to_close() {
        let mut window = Window::after(Prefix { order: 2, bytes: 20, key: Some(key(2)) });
        for order in 3..=5 {
            window.push(order, key(order), 10);
        }
        window.acknowledge(5);
        window.acknowledge(3);
        assert_eq!(window.prefix(), &Prefix { order: 3, bytes: 30, key: Some(key(3)) });
        assert!(!window.is_complete());
        window.acknowledge(4);
        assert_eq!(window.prefix(), &Prefix { order: 5, bytes: 50, key: Some(key(5)) });
        assert!(window.is_complete());
    }
}
