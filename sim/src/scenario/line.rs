//! One line of a script: its verb, its arguments with their columns, its marks.
//!
//! The grammar is goldenscript's. Its parser is private to its test runner, so each
//! line is given to it as a script of its own, with a runner that only collects; thus
//! lines and columns stay ours. One convenience is added: a bare word such as
//! `/Root/t`, `k:Uint64`, `10,20` or `-1` needs no quotes.
//!
//! Left out: goldenscript's prefixes, its `>` lines, and output after `---`; a
//! scenario states its expectations as statements.

use super::error::Flaw;
use goldenscript::{Argument, Command, Context, Runner};
use std::error::Error;

/// An argument, with the column where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arg {
    /// Column, from 1.
    pub(crate) column: usize,
    /// `key` of `key=value`.
    pub(crate) key: Option<String>,
    /// The value.
    pub(crate) value: String,
}

/// One statement, not yet understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// Column of the verb.
    pub(crate) column: usize,
    /// The verb.
    pub(crate) verb: String,
    /// The arguments, in order.
    pub(crate) args: Vec<Arg>,
    /// Tags in brackets.
    pub(crate) tags: Vec<String>,
    /// Marked with `!`: a refusal is expected.
    pub(crate) refused: bool,
    /// In parentheses: prints nothing.
    pub(crate) silent: bool,
}

/// Reads one line; `None` if it is blank or a comment.
pub(crate) fn read(line: &str) -> Result<Option<Line>, Flaw> {
    let trimmed = line.trim_start();
    if trimmed.is_empty() || trimmed.starts_with('#') || trimmed.starts_with("//") {
        return Ok(None);
    }
    let layout = Layout::of(line);
    if line.trim_end() == "---" {
        return Err(Flaw::new(1, "expected a statement: a scenario has no output after '---', use 'expect' instead"));
    }
    if trimmed.starts_with('>') {
        return Err(Flaw::new(layout.verb, "expected a verb, not '>'"));
    }
    let mut collector = Collector::default();
    let text = layout.quoted.trim();
    goldenscript::generate(&mut collector, &format!("{text}\n---\n")).map_err(|error| layout.flaw(line, &error))?;
    let mut read = collector.line;
    read.column = layout.verb;
    if collector.prefix {
        return Err(Flaw::new(1, "expected a verb: a prefix has no meaning in a scenario"));
    }
    for (at, arg) in read.args.iter_mut().enumerate() {
        arg.column = layout.words.get(at).copied().unwrap_or(layout.verb);
    }
    Ok(Some(read))
}

/// Takes what goldenscript has parsed, and does nothing with it.
#[derive(Default)]
struct Collector {
    line: Line,
    prefix: bool,
}

impl Runner for Collector {
    type Command = Command;

    fn run(&mut self, command: &Command, context: &Context) -> Result<String, Box<dyn Error>> {
        self.prefix = context.prefix.is_some();
        self.line.verb.clone_from(&command.name);
        self.line.tags = context.tags.iter().cloned().collect();
        self.line.refused = context.fail;
        self.line.silent = context.silent;
        for arg in &command.args {
            self.line.args.push(match arg {
                Argument::KeyValue(key, value) => Arg { column: 0, key: Some(key.clone()), value: value.clone() },
                other => Arg { column: 0, key: None, value: positional(other) },
            });
        }
        // A line marked with '!' must fail for goldenscript, or it objects.
        if context.fail { Err("collected".into()) } else { Ok(String::new()) }
    }
}

fn positional(arg: &Argument) -> String {
    match arg {
        Argument::Positional(value) => value.clone(),
        other => other.to_string(),
    }
}

/// Where the words of a line begin, and the line with bare words quoted.
struct Layout {
    /// Column of the verb.
    verb: usize,
    /// Column of each argument.
    words: Vec<usize>,
    /// Where each argument begins in `quoted`, in bytes.
    quoted_words: Vec<usize>,
    quoted: String,
}

impl Layout {
    fn of(line: &str) -> Layout {
        let mut scanner = Scanner { chars: line.trim_end().chars().collect(), at: 0 };
        scanner.skip_head();
        let verb = scanner.at + 1;
        let head = quote_tags(&scanner.chars[..scanner.at].iter().collect::<String>());
        scanner.take_word();
        let quoted = head + &scanner.chars[verb - 1..scanner.at].iter().collect::<String>();
        let mut layout = Layout { verb, words: Vec::new(), quoted_words: Vec::new(), quoted };
        loop {
            layout.quoted.push_str(&scanner.take_blanks());
            if scanner.at_tail() {
                layout.quoted.extend(&scanner.chars[scanner.at..]);
                return layout;
            }
            layout.words.push(scanner.at + 1);
            layout.quoted_words.push(layout.quoted.len());
            layout.quoted.push_str(&quote_bare(&scanner.take_word()));
        }
    }

    /// What goldenscript could not read, in our words and columns.
    fn flaw(&self, line: &str, error: &std::io::Error) -> Flaw {
        for quote in ['"', '\''] {
            let places: Vec<usize> = line.chars().enumerate().filter(|(_, c)| *c == quote).map(|(at, _)| at).collect();
            if let Some(last) = places.last().filter(|_| places.len() % 2 == 1) {
                return Flaw::new(last + 1, format!("expected a closing {quote}"));
            }
        }
        let said = error.to_string();
        let number = said.split("column ").nth(1).and_then(|rest| rest.split(' ').next());
        let indent = line.len() - line.trim_start().len();
        let place = number.and_then(|number| number.parse::<usize>().ok()).map_or(0, |column| column - 1 + indent);
        let words_before = self.quoted_words.iter().filter(|start| **start <= place).count();
        let column = words_before.checked_sub(1).map_or(self.verb, |word| self.words[word]);
        let word: String = line.chars().skip(column - 1).take_while(|c| !c.is_whitespace()).collect();
        let word: String = word.escape_debug().take(40).collect();
        Flaw::new(column, format!("expected 'verb argument name=value ...', cannot read '{word}'"))
    }
}

struct Scanner {
    chars: Vec<char>,
    at: usize,
}

impl Scanner {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take_blanks(&mut self) -> String {
        let from = self.at;
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        self.chars[from..self.at].iter().collect()
    }

    /// Passes parentheses, tags and the refusal mark before the verb.
    fn skip_head(&mut self) {
        loop {
            self.take_blanks();
            match self.peek() {
                Some('(' | '!') => self.at += 1,
                Some('[') => {
                    while self.peek().is_some_and(|c| c != ']') {
                        self.at += 1;
                    }
                    self.at = (self.at + 1).min(self.chars.len());
                }
                _ => return,
            }
        }
    }

    /// Whether nothing but tags, a closing parenthesis or a comment follows.
    fn at_tail(&self) -> bool {
        match self.peek() {
            None | Some('#' | '[' | ')') => true,
            Some('/') => self.chars.get(self.at + 1) == Some(&'/'),
            Some(_) => false,
        }
    }

    /// A word ends at a blank or a closing parenthesis outside quotes.
    fn take_word(&mut self) -> String {
        let from = self.at;
        let mut quote = None;
        while let Some(c) = self.peek() {
            match quote {
                Some(_) if c == '\\' => self.at += 1,
                Some(open) if c == open => quote = None,
                Some(_) => {}
                None if c == '"' || c == '\'' => quote = Some(c),
                None if c.is_whitespace() || c == ')' => break,
                None => {}
            }
            self.at += 1;
        }
        self.at = self.at.min(self.chars.len());
        self.chars[from..self.at].iter().collect()
    }
}

/// Quotes tags such as `tx=NAME`, which are no identifiers for goldenscript.
fn quote_tags(head: &str) -> String {
    let quoted = |tag: &str| if tag.contains('=') { format!("{:?}", tag.trim()) } else { tag.to_owned() };
    match head.split_once('[').and_then(|(before, rest)| Some((before, rest.split_once(']')?))) {
        Some((before, (tags, after))) => {
            let tags: Vec<String> = tags.split([',', ' ']).map(quoted).collect();
            format!("{before}[{}]{}", tags.join(" "), quote_tags(after))
        }
        None => head.to_owned(),
    }
}

/// Quotes the value of `value` or `key=value` where goldenscript would ask for it.
fn quote_bare(word: &str) -> String {
    if word.contains(['"', '\'']) {
        return word.to_owned();
    }
    let (head, value) = match word.split_once('=') {
        Some((key, value)) => (format!("{}=", quoted_if_needed(key)), value),
        None => (String::new(), word),
    };
    if value.is_empty() { head } else { head + &quoted_if_needed(value) }
}

/// `text` as a script writes it: in quotes where it has to be.
pub(crate) fn quoted_if_needed(text: &str) -> String {
    let start = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let inside = |c: char| start(c) || matches!(c, '-' | '.' | '/' | '@');
    if text.starts_with(start) && text.chars().all(inside) { text.to_owned() } else { format!("{text:?}") }
}

#[cfg(test)]
mod tests {
    use super::read;

    fn columns(line: &str) -> Vec<(usize, Option<String>, String)> {
        let line = read(line).expect("reads").expect("is a statement");
        line.args.into_iter().map(|arg| (arg.column, arg.key, arg.value)).collect()
    }

    #[test]
    fn words_keep_their_columns_and_need_no_quotes() {
        let args = columns("  table /Root/t k:Uint64 \"v:Utf8\" key=k split=10,20 # six");
        assert_eq!(args[0], (9, None, "/Root/t".to_owned()));
        assert_eq!(args[1], (17, None, "k:Uint64".to_owned()));
        assert_eq!(args[2], (26, None, "v:Utf8".to_owned()));
        assert_eq!(args[3], (35, Some("key".to_owned()), "k".to_owned()));
        assert_eq!(args[4], (41, Some("split".to_owned()), "10,20".to_owned()));
        assert_eq!(args.len(), 5);
    }

    #[test]
    fn marks_stand_before_the_verb() {
        let line = read("[async] !drop-table /Root/t").expect("reads").expect("is a statement");
        assert!(line.refused && line.tags == ["async"] && line.verb == "drop-table" && line.column == 10);
        let silent = read("(upsert /Root/t k=1 v=\"a b\")").expect("reads").expect("is a statement");
        assert!(silent.silent && silent.args[2].value == "a b");
        assert_eq!(columns("setting n=-1")[0], (9, Some("n".to_owned()), "-1".to_owned()));
    }

    #[test]
    fn blank_lines_and_comments_are_nothing() {
        for line in ["", "   ", "# a", "  // b"] {
            assert_eq!(read(line), Ok(None));
        }
    }

    #[test]
    fn errors_name_a_column() {
        let flaw = read("upsert /Root/t v=\"abc").expect_err("an open quote");
        assert_eq!((flaw.column, flaw.message.as_str()), (18, "expected a closing \""));
        assert_eq!(read("---").expect_err("a separator").column, 1);
        assert!(read("\u{1}\u{2}").is_err());
        assert!(read("a: read /Root/t").is_err());
    }
}
