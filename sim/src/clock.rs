//! What time it is in the run that this thread carries out; for the stamps of log lines only.

use std::cell::Cell;
use tablets::ids::Steady;

thread_local! {
    static NOW: Cell<Steady> = const { Cell::new(Steady(0)) };
}

/// Says what time it is now.
pub(crate) fn tell(now: Steady) {
    NOW.set(now);
}

/// The virtual time of whatever happens in this thread.
pub fn now() -> Steady {
    NOW.get()
}
