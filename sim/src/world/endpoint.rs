//! The two kinds of ends that a connection can have.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use tablets::ids::TabletId;

/// A client outside of the cluster. Not a tablet: it never reboots and has no disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EdgeId(pub u32);

impl fmt::Display for EdgeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client{}", self.0)
    }
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Endpoint {
    /// A tablet.
    Tablet(TabletId),
    /// A client outside.
    Edge(EdgeId),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Tablet(tablet) => tablet.fmt(f),
            Endpoint::Edge(edge) => edge.fmt(f),
        }
    }
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected a tablet such as t1 or a client such as client1, found '{text}'");
        if let Some(number) = text.strip_prefix("client") {
            return number.parse().map(|number| Endpoint::Edge(EdgeId(number))).map_err(|_| wrong());
        }
        let number = text.strip_prefix('t').ok_or_else(wrong)?;
        number.parse().map(|number| Endpoint::Tablet(TabletId(number))).map_err(|_| wrong())
    }
}
