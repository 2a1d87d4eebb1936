//! Which program it is: its version, and a number over all of its sources.

use std::fmt;
use std::str::FromStr;

/// A build of this program. It needs no version control to be told from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// The version of the package.
    pub version: String,
    /// A number over the sources of tablets and simulator, as hexadecimal digits.
    pub sources: String,
}

impl Build {
    /// This one.
    pub fn this() -> Build {
        Build { version: env!("CARGO_PKG_VERSION").to_owned(), sources: env!("TABLETSIM_SOURCES").to_owned() }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.version, self.sources)
    }
}

impl FromStr for Build {
    type Err = String;

    fn from_str(text: &str) -> Result<Build, String> {
        match text.split_once(' ') {
            Some((version, sources)) => Ok(Build { version: version.to_owned(), sources: sources.to_owned() }),
            None => Err(format!("expected a build such as '0.1.0 8c1f22ab90e1d7f3', found '{text}'")),
        }
    }
}
