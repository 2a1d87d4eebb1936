//! The page by keyboard alone.

use super::{Browser, RESET, page};
use serde_json::json;

/// Keys one after the other, and what must be true after each; `was` is the moment before.
const KEYS: [(&str, &str); 37] = [
    ("Home", "app.cursor === 0"),
    ("End", "app.cursor === app.run.size - 1"),
    ("[", "app.lane === was.lane - 1 && app.run.lane[app.cursor] === app.lane"),
    ("]", "app.lane === was.lane + 1"),
    ("]", "app.lane === was.lane + 1"),
    ("ArrowUp", "app.lane === was.lane && step() < was.step"),
    ("ArrowDown", "app.lane === was.lane && step() > was.step"),
    ("ArrowLeft", "step() < was.step"),
    ("ArrowRight", "step() > was.step"),
    (".", "app.cursor === was.cursor + 1"),
    (",", "app.cursor === was.cursor - 1"),
    ("Home", "app.cursor === 0"),
    ("f", "app.run.kindOf(app.cursor) === 'fault'"),
    ("f", "app.cursor === was.cursor && document.getElementById('said').textContent === 'no more'"),
    ("End", "app.cursor > was.cursor"),
    ("F", "app.run.kindOf(app.cursor) === 'fault'"),
    ("e", "app.run.cause[app.cursor] === was.step"),
    ("c", "step() === app.run.cause[was.cursor]"),
    ("a", "app.chain !== null && app.view.base.classList.contains('faded')"),
    ("a", "app.chain === null"),
    ("+", "wide() < was.wide"),
    ("-", "wide() > was.wide"),
    ("z", "wide() === 16"),
    ("l", "app.view.lanes.shown.length < app.run.lanes.length"),
    ("l", "app.view.lanes.shown.length === app.run.lanes.length"),
    ("0", "wide() === app.view.axis.length"),
    ("t", "app.view.axis.mode === 'time'"),
    ("t", "app.view.axis.mode === 'steps'"),
    ("s", "app.view.filter.lane === app.lane && !app.view.filter.isOpen"),
    ("x", "app.view.filter.isOpen"),
    (" ", "app.playing > 0"),
    (" ", "app.playing === 0"),
    ("?", "document.getElementById('help').hasAttribute('open')"),
    ("Escape", "!document.getElementById('help').hasAttribute('open')"),
    ("g", "document.activeElement.id === 'step'"),
    ("Escape", "document.activeElement === document.body"),
    ("/", "document.activeElement.id === 'search'"),
];

/// What the expressions above are made of.
const HELPERS: &str = "step = () => app.run.step[app.cursor]; wide = () => app.view.axis.right - app.view.axis.left; \
    look = () => { was = { step: step(), wide: wide(), cursor: app.cursor, lane: app.lane }; }; 0";

#[test]
fn every_key_does_what_its_help_says() {
    let Some(mut browser) = Browser::start("keys") else { return };
    browser.open(&page("keys.html", &["--schedule", RESET]));
    browser.see(HELPERS);
    for (place, (key, wanted)) in KEYS.iter().enumerate() {
        browser.see("look()");
        browser.press(key);
        assert_eq!(browser.see(wanted), json!(true), "'{key}' (key {place}): {wanted}");
    }
    // What is typed is searched for, and the search is left as it was entered.
    for key in ["l", "o", "s", "t", "Enter", "Escape"] {
        browser.press(key);
    }
    assert_eq!(browser.see("app.run.kindOf(app.cursor)"), json!("lost"));
    for key in ["g", "1", "2", "0", "Enter"] {
        browser.press(key);
    }
    assert_eq!(browser.see("step()"), json!(120));
    // The address leads back to the moment and to what was shown of it.
    browser.press("s");
    let (moment, shown) = ("[app.cursor, app.view.filter.lane]", "location.hash.includes('tablet=')");
    browser.until(shown);
    let (address, left) = (browser.see("location.href"), browser.see(moment));
    browser.open(address.as_str().expect("an address is a text"));
    assert_eq!(browser.see(moment), left);
    // What is chosen from a list is all that is drawn.
    browser.see(
        "choose = (id, value) => { const list = document.getElementById(id); \
        list.value = value; list.dispatchEvent(new Event('change')); }; \
        drawn = () => app.view.painter(app.view.base).within('messages').length; \
        KEYS.x.act(app); KEYS[0].act(app); all = drawn(); choose('operation', '8'); one = drawn(); \
        choose('kind', 'Handshake'); 0",
    );
    assert_eq!(browser.see("[all, one < all, drawn()]"), json!([74, true, 2]), "two handshakes of op8");
    // Who follows a link in the panel is in the panel still.
    browser.see(HELPERS);
    browser.see("app.panel.stops()[0].focus(); look()");
    browser.press("Enter");
    assert_eq!(browser.see("step() < was.step && app.panel.box.contains(document.activeElement)"), json!(true));
}
