//! The words of a fault's line, taken one by one, each with its column.

use crate::scenario::Duration;
use crate::world::Endpoint;
use std::fmt;
use std::str::FromStr;
use tablets::ids::{NodeId, OperationId, TabletId};

/// What is wrong with a line that should be a fault, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultError {
    /// Column, from 1, in characters.
    pub column: usize,
    /// What was expected.
    pub message: String,
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.message)
    }
}

impl std::error::Error for FaultError {}

/// A word and its column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) column: usize,
    pub(super) text: &'a str,
}

impl Word<'_> {
    pub(super) fn flaw(self, message: impl Into<String>) -> FaultError {
        FaultError { column: self.column, message: message.into() }
    }

    /// That it is not what was expected.
    pub(super) fn expected(self, what: &str) -> FaultError {
        self.flaw(format!("expected {what}, found '{}'", self.text))
    }

    pub(super) fn number<N: FromStr>(self, what: &str) -> Result<N, FaultError> {
        self.text.parse().map_err(|_| self.expected(what))
    }

    /// `Name#3`.
    pub(super) fn counted(self) -> Result<(String, u64), FaultError> {
        let wrong = || self.expected("a name and a number from 1 such as Response#2");
        let (name, n) = self.text.rsplit_once('#').ok_or_else(wrong)?;
        let n = n.parse().ok().filter(|n| *n > 0).ok_or_else(wrong)?;
        if name.is_empty() { Err(wrong()) } else { Ok((name.to_owned(), n)) }
    }

    pub(super) fn pair(self) -> Result<(Endpoint, Endpoint), FaultError> {
        let (from, to) = self.text.split_once('-').ok_or_else(|| self.expected("two ends such as t1-t72001"))?;
        let end = |text: &str| text.parse().map_err(|message: String| self.flaw(message));
        Ok((end(from)?, end(to)?))
    }

    pub(super) fn tablet(self) -> Result<TabletId, FaultError> {
        match self.text.parse() {
            Ok(Endpoint::Tablet(tablet)) => Ok(tablet),
            Ok(Endpoint::Edge(_)) => Err(self.expected("a tablet such as t1")),
            Err(message) => Err(self.flaw(message)),
        }
    }

    pub(super) fn node(self) -> Result<NodeId, FaultError> {
        self.prefixed("n").map(NodeId).ok_or_else(|| self.expected("a node such as n1"))
    }

    pub(super) fn nodes(self) -> Result<(NodeId, NodeId), FaultError> {
        let wrong = || self.expected("two nodes such as n1-n2");
        let (one, other) = self.text.split_once('-').ok_or_else(wrong)?;
        let node = |text| Word { text, ..self }.prefixed("n").map(NodeId).ok_or_else(wrong);
        Ok((node(one)?, node(other)?))
    }

    pub(super) fn operation(self) -> Result<OperationId, FaultError> {
        self.prefixed("op").map(OperationId).ok_or_else(|| self.expected("an operation such as op8"))
    }

    pub(super) fn microseconds(self) -> Result<u64, FaultError> {
        let duration: Result<Duration, String> = self.text.parse();
        duration.map(|duration| duration.0).map_err(|message| self.flaw(message))
    }

    /// A duration that may be negative.
    pub(super) fn jump(self) -> Result<i64, FaultError> {
        let (sign, text) = match self.text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, self.text.strip_prefix('+').unwrap_or(self.text)),
        };
        let us = Word { text, ..self }.microseconds()?;
        i64::try_from(us).map(|us| sign * us).map_err(|_| self.expected("a duration such as -2h"))
    }

    fn prefixed<N: FromStr>(self, prefix: &str) -> Option<N> {
        self.text.strip_prefix(prefix).and_then(|number| number.parse().ok())
    }
}

/// The words of a line that are not read yet.
pub(super) struct Words<'a> {
    words: Vec<Word<'a>>,
    end: usize,
}

impl<'a> Words<'a> {
    pub(super) fn new(text: &'a str) -> Words<'a> {
        let start = text.as_ptr() as usize;
        let column = |word: &str| text[..word.as_ptr() as usize - start].chars().count() + 1;
        let words = text.split_whitespace().map(|text| Word { column: column(text), text }).collect();
        Words { words, end: text.chars().count() + 1 }
    }

    pub(super) fn next(&mut self, expected: &str) -> Result<Word<'a>, FaultError> {
        if self.words.is_empty() {
            return Err(FaultError { column: self.end, message: format!("expected {expected} at the end") });
        }
        Ok(self.words.remove(0))
    }

    /// The next word, which stays.
    pub(super) fn peek(&self) -> Option<Word<'a>> {
        self.words.first().copied()
    }

    /// Takes the next word if it is this one.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let found = self.words.first().is_some_and(|first| first.text == word);
        if found {
            self.words.remove(0);
        }
        found
    }

    /// Takes the next word, which has to be this one.
    pub(super) fn need(&mut self, word: &str, what: &str) -> Result<(), FaultError> {
        let found = self.next(what)?;
        if found.text == word { Ok(()) } else { Err(found.expected(what)) }
    }

    /// Takes the value of `key=value`, wherever it stands.
    pub(super) fn option(&mut self, key: &str) -> Option<Word<'a>> {
        let value = |word: &Word<'a>| word.text.strip_prefix(key).and_then(|rest| rest.strip_prefix('='));
        let place = self.words.iter().position(|word| value(word).is_some())?;
        let word = self.words.remove(place);
        value(&word).map(|text| Word { column: word.column + key.len() + 1, text })
    }

    /// The same, which has to be there.
    pub(super) fn required(&mut self, key: &str, example: &str) -> Result<Word<'a>, FaultError> {
        let end = self.end;
        self.option(key).ok_or_else(|| FaultError { column: end, message: format!("expected {key}={example}") })
    }

    /// That nothing is left.
    pub(super) fn end(&self) -> Result<(), FaultError> {
        self.words.first().map_or(Ok(()), |word| Err(word.flaw(format!("did not expect '{}'", word.text))))
    }
}
