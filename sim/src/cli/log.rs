//! What tablets say while they run, on standard error, stamped with virtual time.

use crate::clock;
use std::fmt;
use std::io;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

/// Virtual time in seconds.
struct VirtualTime;

impl FormatTime for VirtualTime {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let now = clock::now();
        write!(writer, "{:>6}.{:06}", now.0 / 1_000_000, now.0 % 1_000_000)
    }
}

/// Begins to listen at `level`: `warn`, `debug`, or a filter such as `tablets::schemeshard=trace`.
///
/// # Errors
/// The level is not one.
pub(super) fn listen(level: &str) -> Result<(), String> {
    let wrong = |_| format!("expected off, error, warn, info, debug, trace or a filter, found '{level}'");
    let filter = EnvFilter::builder().parse(level).map_err(wrong)?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_timer(VirtualTime)
        .with_writer(io::stderr)
        .with_target(false)
        .log_internal_errors(false)
        .finish();
    // Somebody who listens already, in a test, goes on listening.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}
