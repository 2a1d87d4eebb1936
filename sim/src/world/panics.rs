//! Panics of tablets are verdicts, not noise: while a tablet is polled, the process-wide
//! panic hook says nothing. Other threads and other code keep the hook they had.

use std::cell::Cell;
use std::panic;
use std::sync::Once;

thread_local! {
    static IN_TABLET: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// Puts the hook in place, the first time it is called in this process.
pub(crate) fn install() {
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IN_TABLET.get() {
                before(info);
            }
        }));
    });
}

/// Runs `poll`, which catches panics itself, without a word about them.
pub(crate) fn silently<R>(poll: impl FnOnce() -> R) -> R {
    IN_TABLET.set(true);
    let result = poll();
    IN_TABLET.set(false);
    result
}
