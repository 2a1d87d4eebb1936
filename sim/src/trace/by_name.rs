//! How types of the package `tablets` that have no serde form are written in a trace: by name.
//!
//! Names that are read back must live as long as the program, so they are kept for ever,
//! each once.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use tablets::executor::Cut;
use tablets::message::Kind;
use tablets::pipe::Refusal;
use tablets::side_effects::TimerClass;

/// A serde module for an enum without fields, and its names.
macro_rules! by_name {
    ($module:ident, $names:ident, $ty:ty, $($variant:path = $name:literal),+) => {
        /// The variants with their names, in order.
        pub(crate) const $names: &[($ty, &str)] = &[$(($variant, $name)),+];

        pub(crate) mod $module {
            use super::*;
            use serde::{Deserialize, Deserializer, Serializer, de::Error};

            pub(crate) fn serialize<S: Serializer>(value: &$ty, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(super::name($names, *value))
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$ty, D::Error> {
                let text = String::deserialize(deserializer)?;
                super::named($names, &text).map_err(D::Error::custom)
            }
        }
    };
}

by_name!(cut, CUTS, Cut, Cut::Pre = "pre", Cut::Exec = "exec", Cut::Durable = "durable", Cut::Done = "done");
by_name!(refusal, REFUSALS, Refusal, Refusal::Unavailable = "unavailable", Refusal::Deleted = "deleted");
by_name!(
    class,
    CLASSES,
    TimerClass,
    TimerClass::Due = "due",
    TimerClass::Heartbeat = "heartbeat",
    TimerClass::Deadline = "deadline"
);

/// The name of a value.
pub(crate) fn name<V: PartialEq + Copy>(names: &[(V, &'static str)], value: V) -> &'static str {
    names.iter().find(|(known, _)| *known == value).map(|(_, name)| *name).expect("the list names every variant")
}

/// The value of a name; the error lists the names there are.
pub(crate) fn named<V: Copy>(names: &[(V, &'static str)], text: &str) -> Result<V, String> {
    names.iter().find(|(_, name)| *name == text).map(|(value, _)| *value).ok_or_else(|| {
        let known: Vec<_> = names.iter().map(|(_, name)| *name).collect();
        format!("expected {}, found '{text}'", known.join(", "))
    })
}

static KINDS: Mutex<BTreeSet<Kind>> = Mutex::new(BTreeSet::new());

/// `text` as a name that lives for ever.
pub(crate) fn intern(text: &str) -> Kind {
    let mut kinds = KINDS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kinds.get(text) {
        return known;
    }
    let kind: Kind = Box::leak(text.to_owned().into_boxed_str());
    kinds.insert(kind);
    kind
}

pub(crate) mod kind {
    use super::{Kind, intern};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(kind)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        String::deserialize(deserializer).map(|text| intern(&text))
    }
}

pub(crate) mod bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::sync::Arc;

    pub(crate) fn serialize<S: Serializer>(bytes: &Arc<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[u8]>, D::Error> {
        let text = String::deserialize(deserializer)?;
        unhex(&text).map(Arc::from).ok_or_else(|| D::Error::custom("expected pairs of hexadecimal digits"))
    }

    pub(crate) fn hex(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| DIGITS[usize::from(digit)] as char).collect()
    }

    pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
        let digits: Vec<u32> = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
        let (pairs, rest) = digits.as_chunks::<2>();
        rest.is_empty().then(|| pairs.iter().map(|[high, low]| (high << 4 | low) as u8).collect())
    }
}

pub(crate) mod parcel {
    use super::{bytes, intern};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
    use tablets::message::Parcel;

    pub(crate) fn serialize<S: Serializer>(parcel: &Parcel, serializer: S) -> Result<S::Ok, S::Error> {
        (parcel.kind, bytes::hex(&parcel.bytes)).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Parcel, D::Error> {
        let (kind, text) = <(String, String)>::deserialize(deserializer)?;
        let bytes = bytes::unhex(&text).ok_or_else(|| D::Error::custom("expected pairs of hexadecimal digits"))?;
        Ok(Parcel { kind: intern(&kind), bytes: bytes.into() })
    }
}
