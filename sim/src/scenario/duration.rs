//! Virtual durations as scripts write them: `5s`, `2ms`, `100us`.

use std::fmt;
use std::str::FromStr;

const UNITS: [(&str, u64); 5] = [("us", 1), ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000)];

/// A virtual duration in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub u64);

impl FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Duration, String> {
        let wrong = || format!("expected a duration such as 5s, 2ms or 100us, found '{text}'");
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let (_, us) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        number.checked_mul(*us).map(Duration).ok_or_else(wrong)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |us: u64| self.0.is_multiple_of(us);
        let (name, us) = UNITS.iter().rev().find(|(_, us)| fits(*us)).unwrap_or(&UNITS[0]);
        if self.0 == 0 { f.write_str("0s") } else { write!(f, "{}{name}", self.0 / us) }
    }
}

#[cfg(test)]
mod tests {
    use super::Duration;

    #[test]
    fn durations_are_read_and_written() {
        for (text, us) in [("5s", 5_000_000), ("2ms", 2_000), ("100us", 100), ("24h", 86_400_000_000), ("0s", 0)] {
            assert_eq!(text.parse(), Ok(Duration(us)));
        }
        assert_eq!(Duration(1_500).to_string(), "1500us");
        assert_eq!(Duration(3_600_000_000).to_string(), "1h");
        for text in ["5", "s", "5 s", "-1s", "99999999999999h", ""] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }
}
