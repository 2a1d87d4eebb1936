//! The page and the explorer, as a reader meets them: opened in Chromium, by keys and clicks.
//!
//! Without a Chromium on this machine these tests are skipped, with a line that says so.

mod chromium;
mod keys;
mod speed;

use chromium::Browser;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tabletsim::fault::Schedule;
use tabletsim::run::{Checkpoint, RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;
use tabletsim::story::Story;

const RESET: &str = "reset t72003-t72002 before RecordStatuses#1";
/// A run that is stuck, from the scoreboard of quirks.
const STUCK: &str = "inject AbortScan t72002 after RestoreMultipleIncrementalBackups#1 on t1-t72002; \
    reboot t1 at exec of IncrementalRestoreResponse#1 keep=all";

fn scenario(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name).display().to_string()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Makes a page of a run of `tiny.sim` with the command line, and returns its address.
fn page(name: &str, args: &[&str]) -> String {
    page_of(&scenario("tiny.sim"), name, args)
}

fn page_of(scenario: &str, name: &str, args: &[&str]) -> String {
    let path = file(name);
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabletsim"));
    command.args(["view", scenario, "-o"]).arg(&path).args(args).current_dir(root());
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    format!("file://{}", path.display())
}

fn story(schedule: &str) -> Story {
    let scenario = Scenario::load(scenario("tiny.sim").as_ref()).expect("it is a script");
    let schedule = schedule.parse().expect("these are faults");
    let outcome =
        run(&Arc::new(scenario), &RunOptions { schedule, record: true, ..RunOptions::default() }, &mut |_| ());
    Story::of(&outcome.trace, &outcome.types)
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("expected a number, found {value}"))
}

#[test]
fn the_page_is_walked_through_by_keys() {
    let Some(mut browser) = Browser::start("page") else { return };
    let address = page("reset.html", &["--schedule", RESET]);
    browser.open(&address);
    let Story { counts, faults, facts, .. } = story(RESET);
    let seen = browser.see("document.getElementById('counts').textContent");
    let wanted = format!("{} events · {} messages · {} lost", counts.events, counts.messages, counts.losses);
    assert!(seen.to_string().contains(&wanted), "expected {wanted}, found {seen}");

    let drawn = browser.see(
        "[app.run.messages.sent.length, app.run.messages.lost.filter((at) => at >= 0).length, \
         app.run.incarnations.length - new Set(app.run.incarnations.map(({ lane }) => lane)).size, app.run.size]",
    );
    assert_eq!(drawn, json!([counts.messages, counts.losses, counts.reboots, counts.facts]));

    let fault = facts[faults[0].at].step;
    assert_eq!(browser.see("app.run.step[app.cursor]"), json!(fault), "it opens at the first fault");
    browser.press("ArrowRight");
    browser.until(&format!("document.querySelector('#panel .where').textContent.startsWith('step {} ')", fault + 1));
    browser.press("ArrowLeft");
    browser.press("c");
    assert_eq!(browser.see("app.run.step[app.cursor]"), json!(facts[faults[0].at].cause));
    browser.press("f");
    assert_eq!(browser.see("app.run.step[app.cursor]"), json!(fault));
    browser.press("ArrowDown");
    browser.press("a");
    browser.until("document.querySelector('.view canvas').classList.contains('faded')");
    let lost = "[...document.querySelectorAll('#panel button')].some((one) => one.textContent.includes('lost: RecordStatuses'))";
    browser.press("f");
    browser.press("F");
    browser.press("a");
    browser.until(lost);
    browser.until("location.hash.includes('step=') && !location.hash.includes('causes')");

    browser.open(&format!("{address}#step=131&tablet=t72003&causes=1"));
    assert_eq!(browser.see("[app.run.step[app.cursor], app.view.filter.lane, app.chain !== null]")[0], json!(131));
    browser.until(
        "document.getElementById('panel').textContent.includes('Rows[0]') || \
        document.getElementById('panel').textContent.includes('Orders[')",
    );
    assert_eq!(browser.see("document.getElementById('tablet').value"), json!("t72003"));
    let lanes = browser.see("app.run.lanes.map(({ name, backup, label }) => `${name} ${backup}${label}`).join()");
    assert_eq!(lanes, json!("client1 client,t1 SchemeShard,t72001 /Root/t,t72002 full: t,t72003 /Root/t"));
    let under_way =
        "[...operationsOf(app.run), stagesOf(app.run).at(0), stagesOf(app.run).at(-1)].map(({ text }) => text).join()";
    let wanted = "op2 CreateTable,op5 Backup,op6 DropTable,op8 Restore,full backup,Completed";
    assert_eq!(browser.see(under_way), json!(wanted));
    let memory = "(name) => memoryAt(app.run, app.run.lanes.findIndex((lane) => lane.name === name), app.cursor)";
    let memory =
        browser.see(&format!("Object.fromEntries(({memory})('t72002').map(({{ part, value }}) => [part, value]))"));
    assert!(memory["scans"].to_string().contains("op8") && memory["superseded"] == json!("false"), "{memory}");
    let colours = "new Set(new Uint32Array(app.view.base.getContext('2d').getImageData(0, 0, \
        app.view.base.width, app.view.base.height).data.buffer)).size";
    assert!(number(&browser.see(colours)) > 8, "something is painted");
}

#[test]
fn what_the_page_proposes_strikes() {
    let Some(mut browser) = Browser::start("branch") else { return };
    browser.open(&page("calm.html", &[]));
    let lines = browser.see(
        "[...new Set(Array.from(app.run.step.keys()).flatMap((fact) => app.view.branch.faults(fact)).map(({ line }) => line))]",
    );
    let lines: Vec<&str> = lines.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert!(lines.len() > 200, "{} faults are proposed", lines.len());
    let scenario = Arc::new(Scenario::load(scenario("tiny.sim").as_ref()).expect("it is a script"));
    let mut checkpoint = Checkpoint::new(&scenario, &RunOptions::default());
    for line in lines {
        let schedule: Schedule = line.parse().unwrap_or_else(|error| panic!("'{line}': {error}"));
        let outcome = checkpoint.run(&schedule);
        assert_ne!(outcome.verdict, Verdict::Invalid, "'{line}': {:?}", outcome.reasons);
    }
}

#[test]
fn two_runs_part_where_they_differ_and_a_stuck_one_says_who_waits() {
    let Some(mut browser) = Browser::start("two") else { return };
    let tiny = scenario("tiny.sim");
    browser.open(&page("two.html", &["--schedule", RESET, "--against", &tiny]));
    browser.press("d");
    let (with, without) = (story(RESET), story(""));
    let first = with.faults[0].at;
    assert!(
        with.facts[..first].iter().zip(&without.facts).skip(1).all(|(one, other)| one == other),
        "same until the fault"
    );
    assert_eq!(browser.see("app.cursor"), json!(first));
    browser.press("ArrowLeft");
    assert_eq!(browser.see("app.counterpart()[1]"), json!(true), "the step before is in both");

    browser.open(&page("stuck.html", &["--quirk", "timer-not-rearmed", "--schedule", STUCK]));
    let panel = browser.see("document.getElementById('panel').textContent").to_string();
    assert!(panel.contains("op8 at t1 waits for the retry of op8"), "{panel}");
    let waits = browser.see(
        "waitsOf(app.run).map(({ from, to, text }) => [app.run.name(from), app.run.name(to), text.split(' waits')[0]])",
    );
    assert_eq!(waits, json!([["t1", "t72002", "op8 at t1"]]), "an arrow says so");
    let head = browser.see("document.getElementById('about').textContent").to_string();
    assert!(head.contains("op8 is stuck") && head.contains("quirk timer-not-rearmed"), "{head}");
    browser.click("#panel .complaint button", "step 123");
    assert_eq!(browser.see("app.run.step[app.cursor]"), json!(123));
}

/// The explorer under way.
struct Explorer {
    child: Child,
    address: String,
}

impl Explorer {
    fn start(save: &Path) -> Explorer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tabletsim"));
        command.args(["explore", &scenario("tiny.sim"), "--save"]).arg(save).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut address = String::new();
        let said = child.stdout.take().expect("it is piped");
        BufReader::new(said).read_line(&mut address).expect("it says where it is");
        Explorer { child, address: address.trim().to_owned() }
    }

    /// What it answers, from the first line on.
    fn answers(&self, host: &str, more: &str) -> String {
        let place = self.address.trim_start_matches("http://").trim_end_matches('/');
        let host = host.replace("SELF", place);
        let mut stream = TcpStream::connect(place).expect("it listens");
        write!(stream, "GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n").expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }
}

impl Drop for Explorer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn by_clicks_alone_a_reset_and_a_reboot_are_found_and_saved() {
    let save = file("found.sim");
    let explorer = Explorer::start(&save);
    assert!(explorer.answers("SELF", "").starts_with("HTTP/1.1 200"));
    assert!(explorer.answers("evil.example", "").starts_with("HTTP/1.1 403"), "another host's name");
    assert!(explorer.answers("SELF", "Origin: http://evil.example\r\n").starts_with("HTTP/1.1 403"), "another site");
    let Some(mut browser) = Browser::start("explore") else { return };
    browser.open(&explorer.address);
    let path = "app.explorer.path.join('; ')";
    browser.click("#pending button", "reset its pipe before it arrives");
    browser.until("app.explorer.path.length === 1 && app.run.data.counts.faults === 1");
    assert_eq!(
        browser.see("app.view.axis.right"),
        browser.see("app.view.axis.length"),
        "the whole run is in sight still"
    );
    browser.press("f");
    let cut =
        "[...document.querySelectorAll('.branches button')].some((one) => one.textContent === 'reboot t1 at this cut')";
    let reached = (0..80).any(|_| {
        browser.press(".");
        browser.see(cut) == json!(true)
    });
    assert!(reached, "t1 comes to a cut after the reset");
    browser.click(".branches button", "reboot t1 at this cut");
    browser.until("app.explorer.path.length === 2");
    browser.click("#back", "");
    browser.until("app.explorer.path.length === 1 && app.run.data.counts.reboots === 0");
    browser.click(".branches button", "reboot t1 at this cut");
    browser.until("app.explorer.path.length === 2 && app.run.data.counts.reboots === 1");
    let chosen = browser.see(path).to_string();
    assert!(chosen.contains("reset ") && chosen.contains("reboot t1"), "{chosen}");
    let address = browser.see("location.href").to_string();
    browser.click("#save", "");
    browser.until("document.getElementById('said').textContent.startsWith('saved')");
    let hash = browser.see("document.getElementById('hash').textContent");
    let mut again = Command::new(env!("CARGO_BIN_EXE_tabletsim"));
    let output = again.arg("run").arg(&save).args(["--format", "json"]).output().expect("the program starts");
    let outcome: Value = serde_json::from_slice(&output.stdout).expect("the outcome is JSON");
    assert_eq!(outcome["trace_hash"], hash, "the saved scenario is the same run");
    assert_eq!(outcome["faults"].as_array().map(Vec::len), Some(2));
    browser.until("location.hash.includes('path=')");
    assert!(address.contains('#'), "{address}");
}

#[test]
fn a_pending_event_can_come_next() {
    let explorer = Explorer::start(&file("next.sim"));
    let Some(mut browser) = Browser::start("next") else { return };
    browser.open(&explorer.address);
    for _ in 0..60 {
        browser.press("ArrowRight");
        if browser.see("document.querySelector('#pending .next') !== null") == json!(true) {
            break;
        }
    }
    let wanted =
        browser.see("document.querySelector('#pending .next').parentElement.querySelector('span').textContent");
    browser.click("#pending .next", "let it come next");
    browser.until("app.explorer.path.length > 0");
    assert_ne!(browser.see("app.run.data.verdict"), json!("invalid"));
    browser.press("ArrowRight");
    let now = browser.see("`${app.run.who(app.cursor)} ${app.run.kindOf(app.cursor)}: ${app.run.text(app.cursor)} `");
    assert_eq!(now, wanted);
}
