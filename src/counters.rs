//! What tablets count, for people. YDB: `TTabletCountersBase` and `counters_*.proto`.
//!
//! A [`Family`] says what is counted: its name, whether it only grows, its unit. A
//! [`Counter`] is one value of a family under some labels. Families are declared by
//! `counters!` together with the struct that holds their values, so that the name, the
//! field and the sentence that explains both are written once.
//!
//! Rules:
//! * Nothing depends on a counter.
//! * A counter lives in memory and is lost with its incarnation, unless it is read off a
//!   durable row.
//!
//! Left out: histograms and percentiles, and the aggregator that sums tablets up.

use std::hash::{Hash, Hasher};
use std::ops::{Deref, DerefMut};

/// Something that is no part of a tablet's state: it hashes as nothing, so that two states
/// that differ in what was counted on the way to them only are the same. What a message may
/// carry does not belong in here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aside<T>(pub T);

impl<T> Hash for Aside<T> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl<T> Deref for Aside<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Aside<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// How a value may change while an incarnation lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// It only grows. YDB: a cumulative counter.
    Total,
    /// It is what it is now. YDB: a simple counter.
    Gauge,
    /// It is 1, and the labels say something in words.
    Info,
}

/// What a value is a number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Of things, or of bytes where the name says so.
    Number,
    /// Of microseconds; shown in seconds.
    Seconds,
    /// Of microseconds on the steady clock, and 0 is never; shown in seconds.
    Moment,
}

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Family {
    /// What it belongs to: `transactions`, `restore`, ...
    pub group: &'static str,
    /// Its name within the group.
    pub name: &'static str,
    /// How it may change.
    pub shape: Shape,
    /// What it is a number of.
    pub unit: Unit,
    /// A sentence.
    about: &'static str,
}

impl Family {
    /// For `counters!`.
    pub const fn new(group: &'static str, name: &'static str, shape: Shape, unit: Unit, about: &'static str) -> Family {
        Family { group, name, shape, unit, about }
    }

    /// What it counts, as a sentence.
    pub fn about(&self) -> &'static str {
        self.about.trim()
    }

    /// A value of it as text; `None` if there is nothing to show.
    pub fn text(&self, value: u64) -> Option<String> {
        match self.unit {
            Unit::Number => Some(value.to_string()),
            Unit::Moment if value == 0 => None,
            Unit::Seconds | Unit::Moment => Some(format!("{}.{:06}", value / 1_000_000, value % 1_000_000)),
        }
    }
}

/// Names and values that say which one is counted.
pub type Labels = Vec<(&'static str, String)>;

/// One value of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// What is counted.
    pub family: Family,
    /// Of which one.
    pub labels: Labels,
    /// The value, in the family's unit.
    pub value: u64,
}

/// Declares a struct of counters and their families.
#[macro_export]
macro_rules! counters {
    (
        $(#[$doc:meta])*
        $name:ident of $group:literal {
            $(#[doc = $about:literal] $field:ident: $shape:ident $unit:ident $metric:literal;)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $(#[doc = $about] pub $field: u64,)+
        }

        impl $name {
            /// What is counted, in the order of the fields.
            pub const FAMILIES: &'static [$crate::counters::Family] = &[$($crate::counters::Family::new(
                $group,
                $metric,
                $crate::counters::Shape::$shape,
                $crate::counters::Unit::$unit,
                $about,
            ),)+];

            /// Every value under the same labels.
            pub fn list(&self, labels: &$crate::counters::Labels) -> Vec<$crate::counters::Counter> {
                let values = [$(self.$field),+];
                Self::FAMILIES
                    .iter()
                    .zip(values)
                    .map(|(family, value)| $crate::counters::Counter { family: *family, labels: labels.clone(), value })
                    .collect()
            }
        }
    };
}

counters! {
    /// The pipes of a pool, or of one owner in it.
    PipeCounters of "pipe_pool" {
        /// Pipes that are open or connecting.
        open: Gauge Number "open";
        /// Pipes opened in place of lost ones.
        reconnects: Total Number "reconnects";
    }
}

#[cfg(test)]
mod tests {
    use super::{Aside, Family, Shape, Unit};
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

    #[test]
    fn what_is_aside_is_no_part_of_a_state() {
        let hash = |state| BuildHasherDefault::<DefaultHasher>::default().hash_one::<(u32, Aside<u64>)>(state);
        assert_eq!(hash((1, Aside(2))), hash((1, Aside(3))));
        assert_ne!(hash((1, Aside(2))), hash((2, Aside(2))));
    }

    #[test]
    fn times_are_shown_in_seconds_and_never_not_at_all() {
        let text = |unit, value| Family::new("g", "n", Shape::Gauge, unit, " One. ").text(value);
        assert_eq!(text(Unit::Number, 0).as_deref(), Some("0"));
        assert_eq!(text(Unit::Seconds, 1_000_020).as_deref(), Some("1.000020"));
        assert_eq!((text(Unit::Moment, 0), text(Unit::Moment, 1)), (None, Some("0.000001".to_owned())));
    }
}
