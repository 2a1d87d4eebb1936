//! A trace as JSON Lines: one record a line. What is written can be read back, and is then
//! the same trace with the same hash.

use crate::trace::{Record, Trace};
use std::io::{self, BufRead, Write};

/// Writes one record a line.
///
/// # Errors
/// What `out` says.
pub fn write_json_lines(trace: &Trace, out: &mut impl Write) -> io::Result<()> {
    for record in trace.records() {
        serde_json::to_writer(&mut *out, record)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Reads what [`write_json_lines`] wrote. Empty lines are skipped.
///
/// # Errors
/// A line is not a record; the error names its number.
pub fn read_json_lines(input: impl BufRead) -> Result<Trace, String> {
    let mut records: Vec<Record> = Vec::new();
    for (index, line) in input.lines().enumerate() {
        let line = line.map_err(|error| format!("line {}: {error}", index + 1))?;
        if !line.trim().is_empty() {
            records.push(serde_json::from_str(&line).map_err(|error| format!("line {}: {error}", index + 1))?);
        }
    }
    Ok(Trace::new(records))
}
