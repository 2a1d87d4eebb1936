//! A failure under shrinking: lines of script, and faults beside them.

use super::judge::Judge;
use super::{Size, anchors};
use crate::explore::{Capsule, Fingerprint};
use crate::fault::Fault;
use std::fmt::Write;
use tablets::quirk::Quirks;

/// A statement, with a number that it keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) id: usize,
    pub(super) text: String,
}

/// A case. Every line is a statement, so the n-th line is the n-th operation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Case {
    pub(super) lines: Vec<Line>,
    pub(super) faults: Vec<Fault>,
    pub(super) seed: u64,
    pub(super) quirks: Quirks,
}

impl Case {
    /// The capsule's case. Faults and the seed leave the script, if it still fails without.
    pub(super) fn of(capsule: &Capsule, judge: &mut Judge<'_>) -> Case {
        let texts: Vec<&str> = capsule.scenario.text.lines().collect();
        let line = |item: &crate::scenario::Item| Line {
            id: item.line,
            text: without_comment(texts.get(item.line - 1).copied().unwrap_or_default()),
        };
        let lines: Vec<Line> = capsule.scenario.items.iter().map(line).collect();
        let faults = capsule.schedule.0.clone();
        let whole = Case { lines, faults, seed: capsule.seed, quirks: capsule.quirks };
        let aside = |line: &Line| ["fault", "seed"].contains(&verb(&line.text));
        let kept: Vec<Line> = whole.lines.iter().filter(|line| !aside(line)).cloned().collect();
        let own = capsule.scenario.faults().0;
        let with = Case { faults: own.into_iter().chain(whole.faults.clone()).collect(), ..whole.clone() };
        let apart = anchors::follow(&with, &Case { lines: kept, ..with.clone() });
        match apart.filter(|apart| judge.fails(apart)) {
            Some(apart) => apart,
            None => whole,
        }
    }

    /// The script without the faults.
    pub(super) fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
    }

    /// The script as it is kept: what it shows, the statements, then what belongs to the run.
    pub(super) fn script(&self, fingerprint: &Fingerprint) -> String {
        let Fingerprint { oracle, culprit, sentence } = fingerprint;
        let mut out = format!("# {oracle}: {sentence}\n#\n# Seen at: {culprit}.\n");
        for quirk in self.quirks.iter() {
            writeln!(out, "# It takes --quirk {quirk}.").expect("a String takes all");
        }
        out += "\n";
        out += &self.text();
        if self.seed != 1 {
            writeln!(out, "seed {}", self.seed).expect("a String takes all");
        }
        for fault in &self.faults {
            writeln!(out, "fault {:?}", fault.to_string()).expect("a String takes all");
        }
        out
    }

    /// How large it is; its events are counted by whoever runs it.
    pub(super) fn size(&self) -> Size {
        let own = self.lines.iter().filter(|line| verb(&line.text) == "fault").count();
        let faults: usize = self.faults.iter().map(|fault| fault.to_string().len()).sum();
        Size {
            statements: self.lines.len() - own,
            faults: self.faults.len() + own,
            letters: self.text().len() + faults,
            events: 0,
        }
    }

    /// The same with these lines only.
    pub(super) fn with_lines(&self, lines: Vec<Line>) -> Case {
        Case { lines, ..self.clone() }
    }
}

/// The verb of a line, behind its marks.
pub(super) fn verb(line: &str) -> &str {
    let mut rest = line.trim_start();
    loop {
        rest = rest.trim_start_matches(['(', '!', ' ']);
        match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((_, after)) => rest = after,
            None => return rest.split_whitespace().next().unwrap_or_default(),
        }
    }
}

/// The words of a line; a blank within quotes ends none.
pub(super) fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match quote {
            None if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            None if c == '"' || c == '\'' => quote = Some(c),
            Some(open) if c == open => quote = None,
            _ => {}
        }
        word.push(c);
        if quote.is_some() && c == '\\' {
            word.extend(chars.next());
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

fn without_comment(line: &str) -> String {
    let words = words(line);
    let end = words.iter().position(|word| word.starts_with('#')).unwrap_or(words.len());
    words[..end].join(" ")
}

#[cfg(test)]
mod tests {
    use super::{verb, without_comment, words};

    #[test]
    fn a_line_is_words() {
        assert_eq!(words(r#"upsert /Root/t k=1 v="a b""#), ["upsert", "/Root/t", "k=1", r#"v="a b""#]);
        assert_eq!(without_comment("  read /Root/t  # all of it"), "read /Root/t");
        assert_eq!(verb("[async maybe] (restore c as=r)"), "restore");
        assert_eq!(verb("!backup c"), "backup");
    }
}
