//! The arguments of one statement, taken one by one by the verb that understands them.
//!
//! Whatever is left over at the end is an error that names the nearest known word.

use super::error::{Flaw, unknown};
use super::line::{Arg, Line};
use std::collections::VecDeque;
use std::fmt::Display;
use std::str::FromStr;

/// A piece of text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// Column, from 1.
    pub(crate) column: usize,
    /// The text.
    pub(crate) text: String,
}

impl Text {
    /// An error at this place.
    pub(crate) fn flaw(&self, message: impl Into<String>) -> Flaw {
        Flaw::new(self.column, message)
    }

    /// The text as a value; `what` says what was expected, for the error.
    pub(crate) fn parse<T: FromStr>(&self, what: &str) -> Result<T, Flaw> {
        self.text.parse().map_err(|_| self.flaw(format!("expected {what}, found '{}'", self.text)))
    }

    /// The text as a value whose own error says what was expected.
    pub(crate) fn parse_telling<T: FromStr<Err: Display>>(&self) -> Result<T, Flaw> {
        self.text.parse().map_err(|error| self.flaw(format!("{error}")))
    }
}

/// What is left of a statement's arguments.
pub(crate) struct Args {
    verb: Text,
    usage: &'static str,
    args: VecDeque<Arg>,
    asked: Vec<&'static str>,
}

impl Args {
    /// The arguments of `line`, whose verb is used as `usage` says.
    pub(crate) fn new(line: &Line, usage: &'static str) -> Args {
        let verb = Text { column: line.column, text: line.verb.clone() };
        Args { verb, usage, args: line.args.iter().cloned().collect(), asked: Vec::new() }
    }

    /// An error about the statement as a whole.
    pub(crate) fn flaw(&self, message: impl Into<String>) -> Flaw {
        self.verb.flaw(message)
    }

    /// The next argument without a name.
    pub(crate) fn word(&mut self, what: &str) -> Result<Text, Flaw> {
        self.optional_word().ok_or_else(|| self.flaw(format!("expected {what} (usage: {})", self.usage)))
    }

    /// The next argument without a name, if there is one.
    pub(crate) fn optional_word(&mut self) -> Option<Text> {
        let at = self.args.iter().position(|arg| arg.key.is_none())?;
        self.args.remove(at).map(|arg| Text { column: arg.column, text: arg.value })
    }

    /// All other arguments without a name.
    pub(crate) fn words(&mut self) -> Vec<Text> {
        std::iter::from_fn(|| self.optional_word()).collect()
    }

    /// Whether the word `flag` is among the arguments.
    pub(crate) fn flag(&mut self, flag: &'static str) -> bool {
        self.asked.push(flag);
        let Some(at) = self.args.iter().position(|arg| arg.key.is_none() && arg.value == flag) else { return false };
        self.args.remove(at);
        true
    }

    /// The value of the argument `name`, if it is given.
    pub(crate) fn key(&mut self, name: &'static str) -> Option<Text> {
        self.asked.push(name);
        let at = self.args.iter().position(|arg| arg.key.as_deref() == Some(name))?;
        self.args.remove(at).map(|arg| Text { column: arg.column, text: arg.value })
    }

    /// The value of the argument `name`.
    pub(crate) fn required(&mut self, name: &'static str) -> Result<Text, Flaw> {
        self.key(name).ok_or_else(|| self.flaw(format!("expected {name}=... (usage: {})", self.usage)))
    }

    /// The value of the argument `name`, or `default`.
    pub(crate) fn key_or<T: FromStr>(&mut self, name: &'static str, what: &str, default: T) -> Result<T, Flaw> {
        self.key(name).map_or(Ok(default), |text| text.parse(what))
    }

    /// All other `name=value` arguments.
    pub(crate) fn pairs(&mut self) -> Vec<(Text, Text)> {
        let (pairs, rest) = std::mem::take(&mut self.args).into_iter().partition(|arg| arg.key.is_some());
        self.args = rest;
        let pairs: VecDeque<Arg> = pairs;
        pairs
            .into_iter()
            .filter_map(|arg| {
                let Arg { column, key, value } = arg;
                key.map(|key| (Text { column, text: key }, Text { column, text: value }))
            })
            .collect()
    }

    /// Refuses what nobody asked for.
    pub(crate) fn finish(self) -> Result<(), Flaw> {
        let Some(arg) = self.args.front() else { return Ok(()) };
        let message = match &arg.key {
            Some(key) if self.asked.contains(&key.as_str()) => format!("'{key}' is given twice"),
            Some(key) => unknown(&format!("argument of {}", self.verb.text), key, self.asked.iter().copied()),
            None => format!("unexpected '{}'", arg.value),
        };
        Err(Flaw::new(arg.column, format!("{message} (usage: {})", self.usage)))
    }
}
