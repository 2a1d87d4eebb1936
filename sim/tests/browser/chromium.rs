//! A headless Chromium, spoken to over its DevTools protocol.
//!
//! It reads requests from file descriptor 3 and answers on 4, each a JSON text that ends with a
//! zero byte; a shell makes these of its standard input and output.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What Chromium is called by those who package it.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// No network of its own, no sandbox (which a container has no rights for), nothing kept.
const FLAGS: &str = "--headless --no-sandbox --disable-gpu --disable-background-networking \
    --disable-component-update --disable-sync --no-first-run --disable-dev-shm-usage \
    --window-size=1500,900 --remote-debugging-pipe";

/// What is there once everything that was to be painted is.
const FRAMES: &str = "new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(() => next(true))))";

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
    session: Option<String>,
    asked: u64,
}

impl Browser {
    /// Starts it; `None`, and a line that says so, if there is none on this machine.
    pub(crate) fn start(name: &str) -> Option<Browser> {
        let known = |program: &&&str| Command::new(program).arg("--version").output().is_ok();
        let Some(program) = NAMES.iter().find(known) else {
            eprintln!("skipped: there is no Chromium here (Debian: apt-get install chromium)");
            return None;
        };
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("browser-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        let script = format!("exec {program} {FLAGS} \"--user-data-dir=$0\" 3<&0 4>&1 </dev/null >/dev/null 2>&1");
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg(&folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("there is a shell");
        let requests = child.stdin.take().expect("it is piped");
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        Some(Browser { child, requests, answers, folder, session: None, asked: 0 })
    }

    /// Opens a page and waits until it says that it is ready.
    pub(crate) fn open(&mut self, url: &str) {
        if self.session.is_none() {
            let target = self.ask("Target.createTarget", json!({ "url": "about:blank" }));
            let attach = json!({ "targetId": target["targetId"], "flatten": true });
            let session = self.ask("Target.attachToTarget", attach);
            self.session = Some(session["sessionId"].as_str().expect("a session has a name").to_owned());
        }
        self.ask("Page.navigate", json!({ "url": "about:blank" }));
        self.ask("Page.navigate", json!({ "url": url }));
        self.until("document.body?.dataset.ready || document.body?.dataset.failed");
        assert_eq!(self.see("document.body.dataset.failed ?? ''"), json!(""), "{url}");
    }

    /// What an expression is in the page.
    pub(crate) fn see(&mut self, expression: &str) -> Value {
        let wanted = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.ask("Runtime.evaluate", wanted);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true; gives up after a minute, which no machine needs.
    pub(crate) fn until(&mut self, expression: &str) {
        let wait = format!(
            "(async () => {{ for (let n = 0; n < 2400; n++) {{ if ({expression}) return true; \
             await new Promise((next) => setTimeout(next, 25)); }} return false; }})()"
        );
        let came = self.see(&wait) == json!(true);
        let said = self.see("document.getElementById('said')?.textContent");
        assert!(came, "never came true: {expression}; the page says {said}");
    }

    /// Presses a key, and waits until what it does is painted.
    pub(crate) fn press(&mut self, key: &str) {
        let text = match key {
            "Enter" => "\r",
            _ if key.chars().count() == 1 => key,
            _ => "",
        };
        self.ask("Input.dispatchKeyEvent", json!({ "type": "keyDown", "key": key, "text": text }));
        self.ask("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key }));
        self.see(FRAMES);
    }

    /// Clicks with the mouse on the first element of a selector whose text has these words.
    ///
    /// A page that has changed is drawn anew at its next frame, which takes the place of what was
    /// there; so nothing is clicked on before that, nor what is not what the mouse would meet.
    /// While the button is down the page is asked to draw itself anew: it must wait with that.
    pub(crate) fn click(&mut self, selector: &str, words: &str) {
        let find = format!(
            "(() => {{ if (app.frame) return null; \
             const found = [...document.querySelectorAll({selector:?})].find((one) => \
             one.textContent.includes({words:?})); found?.scrollIntoView({{ block: 'center' }}); \
             const box = found?.getBoundingClientRect(); if (!box) return null; \
             const place = [box.x + box.width / 2, box.y + box.height / 2]; \
             return found.contains(document.elementFromPoint(...place)) ? place : null; }})()"
        );
        self.until(&format!("{find} !== null"));
        let place = self.see(&find);
        let mouse = |kind| json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
        self.ask("Input.dispatchMouseEvent", mouse("mousePressed"));
        self.see(&format!("app.refresh(); {FRAMES}"));
        self.ask("Input.dispatchMouseEvent", mouse("mouseReleased"));
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let mut request = json!({ "id": self.asked, "method": method, "params": params });
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        let text = format!("{request}\0");
        self.requests.write_all(text.as_bytes()).expect("Chromium reads");
        loop {
            let mut bytes = Vec::new();
            self.answers.read_until(0, &mut bytes).expect("Chromium answers");
            bytes.pop();
            let answer: Value = serde_json::from_slice(&bytes).expect("Chromium's answers are JSON");
            if answer["id"] == json!(self.asked) {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
