//! A schedule as one word to paste: no blanks, no quotes, and it says when it was damaged.
//!
//! ```text
//! ts1:reboot+t1+at+durable+of+Add#2+down_for=2s,reset+t1-t2+before+Add#3:5a0c71d2
//! └┬┘ └───────────── the lines, blank as `+`, next as `,` ──────────────┘ └─ sum ┘
//! version
//! ```
//!
//! Anything but letters, digits and `# - = _ / ( ) . :` is written `%` and two hexadecimal digits.

use crate::fault::{FaultError, Schedule};
use std::fmt::Write;
use xxhash_rust::xxh3::xxh3_64;

const VERSION: &str = "1";

impl Schedule {
    /// The schedule as one word.
    pub fn to_line(&self) -> String {
        let mut line = format!("ts{VERSION}:");
        for (index, fault) in self.0.iter().enumerate() {
            line += if index == 0 { "" } else { "," };
            fault.to_string().bytes().for_each(|byte| encode(byte, &mut line));
        }
        let sum = sum(&line);
        line + ":" + &sum
    }

    /// Reads a schedule in either form: one word, or readable faults joined with `;`.
    ///
    /// # Errors
    /// It is neither, or the word is of another version or was damaged.
    pub fn from_text(text: &str) -> Result<Schedule, FaultError> {
        let word = text.trim();
        match version(word) {
            Some(version) if !word.contains(char::is_whitespace) => {
                let column = text.chars().take_while(|c| c.is_whitespace()).count() + 1;
                from_line(word, version).map_err(|message| FaultError { column, message })
            }
            _ => text.parse(),
        }
    }
}

fn encode(byte: u8, line: &mut String) {
    match byte {
        b' ' => line.push('+'),
        b'#' | b'-' | b'=' | b'_' | b'/' | b'(' | b')' | b'.' | b':' => line.push(byte as char),
        byte if byte.is_ascii_alphanumeric() => line.push(byte as char),
        byte => write!(line, "%{byte:02x}").expect("writing to a string does not fail"),
    }
}

/// What stands between `ts` and the first `:`, if it is a number.
fn version(word: &str) -> Option<&str> {
    let (version, _) = word.strip_prefix("ts")?.split_once(':')?;
    version.chars().all(|c| c.is_ascii_digit()).then_some(version).filter(|version| !version.is_empty())
}

fn from_line(word: &str, version: &str) -> Result<Schedule, String> {
    if version != VERSION {
        return Err(format!("this schedule is of version ts{version}; this program reads ts{VERSION}"));
    }
    let (body, given) = word.rsplit_once(':').ok_or("expected a checksum at the end of the schedule")?;
    let found = sum(body);
    if given != found {
        return Err(format!("the schedule was changed or cut: its checksum is {found}, and it says '{given}'"));
    }
    let text = body.strip_prefix("ts").and_then(|rest| rest.split_once(':')).map_or("", |(_, faults)| faults);
    let lines = text.split(',').map(decode).collect::<Option<Vec<String>>>();
    let lines = lines.ok_or("expected two hexadecimal digits after %")?;
    lines.join(";").parse().map_err(|error: FaultError| error.to_string())
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Eight hexadecimal digits over all that stands before.
fn sum(text: &str) -> String {
    format!("{:08x}", xxh3_64(text.as_bytes()) as u32)
}
