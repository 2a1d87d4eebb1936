//! The page: its files, and the data between them.

use crate::oracle::Objection;
use crate::run::Outcome;
use crate::story::Story;
use crate::view::align::align;
use crate::view::columns::columns;
use crate::view::memory::Memory;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::compress_to_vec_zlib;
use serde::Serialize;
use serde_json::{Value, json};

const HTML: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");

/// The scripts, in the order in which they need each other.
const SCRIPTS: [&str; 22] = [
    include_str!("page/spans.js"),
    include_str!("page/run.js"),
    include_str!("page/axis.js"),
    include_str!("page/lanes.js"),
    include_str!("page/filter.js"),
    include_str!("page/paint.js"),
    include_str!("page/arrows.js"),
    include_str!("page/marks.js"),
    include_str!("page/tracks.js"),
    include_str!("page/waits.js"),
    include_str!("page/causes.js"),
    include_str!("page/branch.js"),
    include_str!("page/restore.js"),
    include_str!("page/view.js"),
    include_str!("page/overview.js"),
    include_str!("page/panel.js"),
    include_str!("page/memory.js"),
    include_str!("page/address.js"),
    include_str!("page/input.js"),
    include_str!("page/explore.js"),
    include_str!("page/app.js"),
    include_str!("page/boot.js"),
];

/// How hard to pack: more takes longer than it is worth.
const LEVEL: u8 = 6;

/// A run that is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What it is called, such as the scenario's name.
    pub name: String,
    /// What the scenario claims; empty if that is not known.
    pub claim: String,
    /// The command that shows it, without its faults.
    pub command: String,
    /// The faults that the command needs, joined with `; `.
    pub schedule: String,
    /// The judgement, if there is one.
    pub verdict: Option<&'static str>,
    /// Why, one sentence each.
    pub reasons: Vec<String>,
    /// What oracles object to, in the order of the story's objections.
    pub complaints: Vec<Complaint>,
    /// What happened.
    pub story: Story,
    /// What tablets remembered; nothing if the run was not asked.
    pub memory: Memory,
}

/// A run's names: what it is called, what its scenario claims, and the command that shows it.
#[derive(Clone, Debug)]
pub struct Named {
    /// What it is called.
    pub name: String,
    /// The command that shows it, without its faults.
    pub command: String,
    /// The scenario's text.
    pub script: String,
}

/// What an oracle objects to, with everything that it says.
#[derive(Clone, Debug, Serialize)]
pub struct Complaint {
    /// The oracle.
    pub oracle: String,
    /// The sentence.
    pub sentence: String,
    /// The property.
    pub rule: String,
    /// Expected and found, or who waits for what, one line each.
    pub details: Vec<String>,
}

impl From<&Objection> for Complaint {
    fn from(objection: &Objection) -> Complaint {
        let steps = objection.steps.iter().map(|step| format!("see step {step}"));
        Complaint {
            oracle: objection.oracle.to_owned(),
            sentence: objection.sentence.clone(),
            rule: objection.rule.to_owned(),
            details: objection.details.iter().cloned().chain(steps).collect(),
        }
    }
}

impl Shown {
    /// A run that was made just now.
    pub fn of(named: Named, outcome: &Outcome, memory: Memory) -> Shown {
        Shown {
            name: named.name,
            claim: claim(&named.script),
            command: named.command,
            schedule: outcome.schedule.to_string(),
            verdict: Some(outcome.verdict.name()),
            reasons: outcome.reasons.clone(),
            complaints: outcome.objections.iter().map(Complaint::from).collect(),
            story: Story::of(&outcome.trace, &outcome.types),
            memory,
        }
    }

    fn data(&self) -> Value {
        let mut data = columns(&self.story, &self.memory);
        data["claim"] = json!(self.claim);
        data["name"] = json!(self.name);
        data["command"] = json!({ "view": self.command, "schedule": self.schedule });
        data["verdict"] = json!(self.verdict);
        data["reasons"] = json!(self.reasons);
        data["complaints"] = json!(self.complaints);
        data
    }
}

/// What the page is to show.
#[derive(Clone, Debug)]
pub struct Page {
    /// The run.
    pub run: Shown,
    /// Another to compare it with.
    pub against: Option<Shown>,
    /// What the explorer is told, if there is a world behind the page.
    pub explore: Option<Value>,
}

impl Page {
    /// The data, as the page's scripts read it.
    pub fn data(&self) -> Value {
        let Some(against) = &self.against else {
            return json!({ "runs": [self.run.data()], "explore": self.explore });
        };
        let alignment = align(&self.run.story, &against.story);
        json!({
            "runs": [self.run.data(), against.data()],
            "partners": alignment.partners,
            "divergence": alignment.divergence.map_or(json!([-1, -1]), |(a, b)| json!([a, b])),
        })
    }
}

/// One HTML page that needs nothing else.
pub fn page(page: &Page) -> String {
    let scripts: String = SCRIPTS.iter().map(|script| format!("<script>\n{script}</script>\n")).collect();
    let text = page.data().to_string();
    let packed = STANDARD.encode(compress_to_vec_zlib(text.as_bytes(), LEVEL));
    HTML.replace("{{style}}", STYLE).replace("{{scripts}}", &scripts).replace("{{data}}", &packed)
}

/// The first paragraph of the comment with which a script begins: what it claims.
fn claim(script: &str) -> String {
    let comment = script.lines().map_while(|line| line.strip_prefix('#')).map(str::trim);
    comment.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
