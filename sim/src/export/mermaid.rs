//! Mermaid: a sequence diagram for a document.
//!
//! Arrows are drawn where a message ends: `->>` delivered, `-->>` an answer, `-x` lost, `-)`
//! the same sent again. Notes say what was written, broken and rebooted; the coloured
//! part is the zone in which faults may strike. Mermaid reads at most 50 000 characters, and
//! nobody reads more than a page, so a long trace is refused with what to do instead.

use super::{Selection, sentence, shortened};
use crate::story::{Fact, Index, Message, Story};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The most characters that Mermaid takes unless it is configured otherwise.
pub const MOST: usize = 50_000;
/// The most characters of one text.
const TEXT: usize = 90;

/// A diagram of the selected part.
///
/// # Errors
/// It is too long for Mermaid, or nothing is selected; the error says what to do.
pub fn mermaid(story: &Story, selection: &Selection) -> Result<String, String> {
    let ends = ends(story);
    let lanes = lanes(story, selection, &ends);
    let (Some(first), Some(last)) = (lanes.first(), lanes.last()) else {
        return Err("nothing is selected: no message or change is at these steps and tablets".to_owned());
    };
    let across = if first == last { vec![*first] } else { vec![*first, *last] };
    let across: Vec<&str> = across.into_iter().map(|lane| story.name(lane)).collect();
    let mut diagram = Diagram { story, across: across.join(","), out: head(story, &lanes), in_zone: false };
    let mut before = BTreeSet::new();
    for (index, fact) in story.facts.iter().enumerate() {
        for message in ends.get(&index).into_iter().flatten() {
            let again = !before.insert(same(message));
            if selection.keeps_message(story, message, fact) {
                diagram.arrow(message, fact, again);
            }
        }
        if selection.keeps(story, fact) {
            diagram.note(fact);
        }
    }
    diagram.close_zone();
    let out = diagram.out;
    let length = out.chars().count();
    if length > MOST {
        return Err(format!(
            "the diagram would have {length} characters, and Mermaid takes {MOST}; show a part of it \
             (--steps 100..200, --only t1,t72001), or the whole with --to perfetto or --to shiviz"
        ));
    }
    Ok(out)
}

/// Who takes part in what is selected.
fn lanes(story: &Story, selection: &Selection, ends: &BTreeMap<Index, Vec<&Message>>) -> BTreeSet<usize> {
    let shown = ends.iter().flat_map(|(end, messages)| messages.iter().map(|message| (*message, story.fact(*end))));
    let shown = shown.filter(|(message, end)| selection.keeps_message(story, message, end));
    let notes = story.facts.iter().filter(|fact| is_note(fact) && selection.keeps(story, fact));
    shown.flat_map(|(message, _)| [message.from, message.to]).chain(notes.filter_map(|fact| fact.lane)).collect()
}

fn head(story: &Story, lanes: &BTreeSet<usize>) -> String {
    let counts = &story.counts;
    let mut out = format!(
        "%% events={} messages={} losses={} reboots={}\nsequenceDiagram\n",
        counts.events, counts.messages, counts.losses, counts.reboots
    );
    for lane in lanes {
        let name = story.name(*lane);
        let line = match story.lanes[*lane].kind {
            Some(kind) => format!("    participant {name} as {name} {kind}\n"),
            None => format!("    actor {name}\n"),
        };
        out += &line;
    }
    out
}

/// Messages by the fact where they end; those under way end where they were sent.
fn ends(story: &Story) -> BTreeMap<Index, Vec<&Message>> {
    let mut ends: BTreeMap<Index, Vec<&Message>> = BTreeMap::new();
    for message in &story.messages {
        let end = message.lost.or(message.delivered.first().copied()).unwrap_or(message.sent);
        ends.entry(end).or_default().push(message);
    }
    ends
}

/// What two sendings of one content share.
fn same(message: &Message) -> (usize, usize, &str) {
    let content = message.text.rsplit_once(" #").map_or(message.text.as_str(), |(content, _)| content);
    (message.from, message.to, content)
}

/// A diagram under construction.
struct Diagram<'s> {
    story: &'s Story,
    /// The first and the last who take part, for notes over all.
    across: String,
    out: String,
    in_zone: bool,
}

impl Diagram<'_> {
    fn arrow(&mut self, message: &Message, end: &Fact, again: bool) {
        let head = match message {
            Message { lost: Some(_), .. } => "-x",
            Message { reply: true, .. } => "-->>",
            _ if again => "-)",
            _ => "->>",
        };
        let state = match message {
            Message { lost: Some(_), .. } => " (lost)",
            Message { delivered, .. } if delivered.is_empty() => " (under way)",
            _ => "",
        };
        let said = sentence(self.story.fact(message.sent));
        let content = said.rsplit_once(" to ").map_or(said.as_str(), |(content, _)| content);
        let (from, to) = (self.story.name(message.from), self.story.name(message.to));
        let text = escaped(&format!("{} {}{state}", end.step, shortened(content, TEXT)));
        self.line(&format!("{from}{head}{to}: {text}"));
    }

    fn note(&mut self, fact: &Fact) {
        let generation = if fact.kind == "started" { format!(" g{}", fact.generation) } else { String::new() };
        let said = format!("{} {} {}{generation}", fact.mark.sign(), fact.step, shortened(&sentence(fact), TEXT));
        let text = escaped(said.trim());
        match fact.kind {
            "zone begun" => {
                self.in_zone = true;
                self.line("rect rgba(255, 180, 0, 0.12)");
            }
            "zone ended" => self.close_zone(),
            "fault" | "objected" => {
                self.line(&format!("Note over {}: {text}", self.across));
            }
            _ if is_note(fact) => {
                if let Some(lane) = fact.lane {
                    self.line(&format!("Note over {}: {text}", self.story.name(lane)));
                }
            }
            _ => {}
        }
    }

    /// Ends the coloured part, if there is one.
    fn close_zone(&mut self) {
        if std::mem::take(&mut self.in_zone) {
            self.line("end");
        }
    }

    fn line(&mut self, text: &str) {
        writeln!(self.out, "    {text}").expect("writing to a string does not fail");
    }
}

/// Whether a fact is told in a note at its lane.
fn is_note(fact: &Fact) -> bool {
    matches!(fact.kind, "durable" | "started" | "stopped" | "broken" | "refused" | "fenced" | "panicked")
}

/// A text without what Mermaid takes for its own: `;`, `#`, comments and the word `end`.
fn escaped(text: &str) -> String {
    let pieces = text.split_inclusive(|sign: char| !sign.is_ascii_alphanumeric());
    pieces.map(piece).collect()
}

/// A word, and the sign after it.
fn piece(piece: &str) -> String {
    let word = piece.trim_end_matches(|sign: char| !sign.is_ascii_alphanumeric());
    let sign = match &piece[word.len()..] {
        "#" => "#35;",
        ";" => "#59;",
        "%" => "#37;",
        sign => sign,
    };
    let word =
        if word.eq_ignore_ascii_case("end") { format!("{}#{};", &word[..2], u32::from('d')) } else { word.to_owned() };
    word + sign
}
