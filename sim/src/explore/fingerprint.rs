//! A failure's fingerprint: which failures are the same one.
//!
//! It is made of the oracle, the culprit (the type of tablet, and the step of the protocol at
//! which the oracle objected) and the sentence without its names and numbers. So it stays the
//! same when a smaller schedule or a smaller scenario renumbers tablets, operations, keys
//! and increments.

use crate::run::{Outcome, Verdict};
use serde::{Deserialize, Serialize};
use std::fmt;
use xxhash_rust::xxh3::xxh3_64;

/// What identifies a failure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The oracle, or the verdict of a run to which no oracle objected.
    pub oracle: String,
    /// The type of tablet and the step of the protocol.
    pub culprit: String,
    /// What was said, without names and numbers.
    pub sentence: String,
}

impl Fingerprint {
    /// The fingerprint of a run that failed; `None` of one that is ok or invalid.
    pub fn of(outcome: &Outcome) -> Option<Fingerprint> {
        if matches!(outcome.verdict, Verdict::Ok | Verdict::Invalid) {
            return None;
        }
        let (Some(objection), Some(culprit)) = (outcome.objections.first(), outcome.culprits.first()) else {
            let sentence = outcome.reasons.first().map(|reason| bare(reason)).unwrap_or_default();
            return Some(Fingerprint {
                oracle: outcome.verdict.name().to_owned(),
                culprit: "script".to_owned(),
                sentence,
            });
        };
        let mut sentence = bare(&objection.sentence);
        if culprit == AT_END
            && let Some(detail) = objection.details.first()
        {
            sentence = format!("{sentence}; {}", bare(detail));
        }
        Some(Fingerprint { oracle: objection.oracle.to_owned(), culprit: culprit.clone(), sentence })
    }

    /// Eight digits that stand for it.
    pub fn id(&self) -> String {
        let Fingerprint { oracle, culprit, sentence } = self;
        let hash = xxh3_64(format!("{oracle}\n{culprit}\n{sentence}").as_bytes());
        format!("{:08x}", hash >> 32)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {} ({})", self.id(), self.oracle, self.sentence, self.culprit)
    }
}

/// The culprit of an objection that was made when the run was over.
pub(crate) const AT_END: &str = "at the end";

/// A sentence without what a renumbering would change: numbers, paths, quoted texts; a list of
/// equal things is one of them.
fn bare(sentence: &str) -> String {
    let words: Vec<String> = sentence.split_whitespace().map(bare_word).collect();
    let mut out: Vec<String> = Vec::new();
    for word in words {
        let again = out.last().is_some_and(|last| last.trim_end_matches(',') == word.trim_end_matches(','));
        if again {
            out.pop();
        }
        out.push(word);
    }
    out.join(" ")
}

fn bare_word(word: &str) -> String {
    let start = word.trim_start_matches(['(', '\'', '"', '[']);
    if start.starts_with('/') {
        let end = start.trim_end_matches(|c: char| !matches!(c, ')' | ',' | ';' | ':' | '\'' | '"' | ']'));
        let tail: String = end.chars().rev().take_while(|c| matches!(c, ')' | ',' | ';' | ':')).collect();
        return format!("{}/*{}", &word[..word.len() - start.len()], tail.chars().rev().collect::<String>());
    }
    let mut out = String::new();
    for c in word.chars() {
        match c {
            c if c.is_ascii_digit() && out.ends_with('#') => {}
            c if c.is_ascii_digit() => out.push('#'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn numbers_paths_and_lists_do_not_count() {
        assert_eq!(bare("op17 at t1 waits for t72003, t72004, t72005"), bare("op8 at t1 waits for t72001, t72002"));
        assert_eq!(bare("/Root/.backups/x (p12) is Create"), bare("/Root/t (p3) is Create"));
        assert_ne!(bare("p3 is Create"), bare("p3 is NoChanges"));
    }
}
