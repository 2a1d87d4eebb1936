//! How long a page takes to open, and a step to be seen.
//!
//! `LONG_RUN=sim/scenarios/large.sim cargo test -p tabletsim --test browser speed -- --nocapture`
//! says the figures of a page of a hundred thousand events; without it the run is a short one, since
//! a long one takes long to be made.

use super::{Browser, page_of, scenario};
use serde_json::Value;

/// The page must be there after so many milliseconds.
const OPEN: u64 = 2000;
/// What the eye takes for at once, in milliseconds.
const STEP: u64 = 100;

/// Many steps, each with all that it draws, in milliseconds; the middle one and the longest.
const STEPS: &str = "((many) => { \
    const times = Array.from({ length: many }, () => { \
        const began = performance.now(); \
        KEYS.ArrowRight.act(app); \
        app.paint(); \
        for (const one of [app.view.base, app.view.over]) one.getContext('2d').getImageData(0, 0, 1, 1); \
        app.panel.box.getBoundingClientRect(); \
        return performance.now() - began; \
    }).sort((a, b) => a - b); \
    return [Math.ceil(times[many >> 1]), Math.ceil(times[many - 1])]; })";

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("expected a number, found {value}"))
}

#[test]
fn a_page_opens_soon_and_steps_at_once() {
    let Some(mut browser) = Browser::start("speed") else { return };
    let long = std::env::var("LONG_RUN").ok();
    let steps = format!("{STEPS}({})", if long.is_some() { 200 } else { 40 });
    let file = long.unwrap_or_else(|| scenario("restore.sim"));
    let address = page_of(&file, "speed.html", &[]);
    browser.open(&address);
    let opened = number(&browser.see("Number(document.body.dataset.ready)"));
    let events = number(&browser.see("app.run.data.counts.events"));
    let whole = browser.see(&steps);
    browser.press("z");
    let near = browser.see(&steps);
    let size = std::fs::metadata(address.trim_start_matches("file://")).expect("the page is there").len();
    println!("{events} events, {} kB: opened in {opened} ms", size / 1000);
    println!("a step with the whole run in sight: {} ms, at most {}", whole[0], whole[1]);
    println!("a step with a few events in sight: {} ms, at most {}", near[0], near[1]);
    assert!(opened <= OPEN, "the page is there after {opened} ms");
    assert!(number(&whole[0]) <= STEP && number(&near[0]) <= STEP, "a step is seen at once: {whole} {near}");
}
