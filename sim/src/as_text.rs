//! Values in JSON as the text that people write and read.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use std::fmt::Display;
use std::str::FromStr;

/// Writes a value as its text.
pub(crate) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Reads a value from its text.
pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// Pairs of which only the first is a text.
pub(crate) mod pairs {
    use super::{Deserialize, Deserializer, Display, FromStr, Serialize, Serializer};

    /// Writes the pairs.
    pub(crate) fn serialize<T: Display, V: Serialize, S: Serializer>(
        pairs: &[(T, V)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(pairs.iter().map(|(text, value)| (text.to_string(), value)))
    }

    /// Reads the pairs.
    pub(crate) fn deserialize<'de, T, V, D>(deserializer: D) -> Result<Vec<(T, V)>, D::Error>
    where
        T: FromStr<Err: Display>,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        use serde::de::Error;
        let pairs = Vec::<(String, V)>::deserialize(deserializer)?;
        let read = |(text, value): (String, V)| Ok((text.parse().map_err(D::Error::custom)?, value));
        pairs.into_iter().map(read).collect()
    }
}
