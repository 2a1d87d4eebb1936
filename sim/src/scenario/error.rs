//! What is wrong with a script, and where: `file:line:column: message`.
//!
//! A message says what was expected and, where a word is close to a known one, which.

use std::fmt;

/// A script that cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// The file, as it was named.
    pub file: String,
    /// Line and column, from 1; `None` if the file as a whole is meant.
    pub at: Option<(usize, usize)>,
    /// What was expected.
    pub message: String,
}

impl ScriptError {
    /// An error about a whole file.
    pub fn of_file(file: &str, message: impl Into<String>) -> ScriptError {
        ScriptError { file: file.to_owned(), at: None, message: message.into() }
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some((line, column)) = self.at {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for ScriptError {}

/// An error within one line, before anybody has said which line of which file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// Column, from 1.
    pub(crate) column: usize,
    /// What was expected.
    pub(crate) message: String,
    /// Another file that is meant instead of the script, and its line.
    pub(crate) elsewhere: Option<(String, Option<usize>)>,
}

impl Flaw {
    /// A flaw at `column` of the script's line.
    pub(crate) fn new(column: usize, message: impl Into<String>) -> Flaw {
        Flaw { column, message: message.into(), elsewhere: None }
    }

    /// A flaw in another file.
    pub(crate) fn elsewhere(file: String, line: Option<usize>, column: usize, message: impl Into<String>) -> Flaw {
        Flaw { column, message: message.into(), elsewhere: Some((file, line)) }
    }

    /// The error, now that file and line are known.
    pub(crate) fn at(self, file: &str, line: usize) -> ScriptError {
        match self.elsewhere {
            None => ScriptError { file: file.to_owned(), at: Some((line, self.column)), message: self.message },
            Some((file, line)) => ScriptError { file, at: line.map(|line| (line, self.column)), message: self.message },
        }
    }
}

/// The known word closest to `word`, if one is close enough to be meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// "there is no `what` 'word'", with the nearest known word or all of them if they are few.
pub fn unknown<'a>(what: &str, word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let mut message = format!("there is no {what} '{word}'");
    if let Some(near) = nearest(word, known.clone()) {
        message += &format!("; did you mean '{near}'?");
    } else {
        let all: Vec<&str> = known.into_iter().collect();
        if !all.is_empty() && all.len() <= 10 {
            message += &format!("; known: {}", all.join(", "));
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::{nearest, unknown};

    #[test]
    fn the_nearest_word_is_close_or_absent() {
        assert_eq!(nearest("upsrt", ["upsert", "erase"]), Some("upsert"));
        assert_eq!(nearest("qqq", ["upsert", "erase"]), None);
        assert_eq!(
            unknown("table", "/Root/ordres", ["/Root/orders"]),
            "there is no table '/Root/ordres'; did you mean '/Root/orders'?"
        );
        assert_eq!(unknown("type", "xyz", ["Bool", "Utf8"]), "there is no type 'xyz'; known: Bool, Utf8");
    }
}
