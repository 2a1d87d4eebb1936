//! Standard output that does not mind when its reader has gone.

use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A heading or a name.
    Strong,
    /// All is well.
    Good,
    /// Something is wrong.
    Bad,
    /// Neither.
    Doubt,
    /// Less important.
    Faint,
}

impl Look {
    fn style(self) -> Style {
        match self {
            Look::Strong => Style::new().bold(),
            Look::Good => AnsiColor::Green.on_default().bold(),
            Look::Bad => AnsiColor::Red.on_default().bold(),
            Look::Doubt => AnsiColor::Yellow.on_default().bold(),
            Look::Faint => Style::new().dimmed(),
        }
    }
}

/// Standard output, buffered.
pub(super) struct Out {
    stdout: BufWriter<Stdout>,
    coloured: bool,
    closed: bool,
}

impl Out {
    /// Standard output with colours as wished; `auto` means on a terminal, unless `NO_COLOR` is set.
    pub(super) fn new(color: ColorChoice) -> Out {
        let unset = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let coloured = match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => io::stdout().is_terminal() && unset("NO_COLOR") && !dumb,
        };
        Out { stdout: BufWriter::new(io::stdout()), coloured, closed: false }
    }

    /// One line.
    pub(super) fn line(&mut self, text: impl Display) {
        self.text(format_args!("{text}\n"));
    }

    /// Text as it is.
    pub(super) fn text(&mut self, text: impl Display) {
        // An error is remembered by `write`, which never returns one.
        let _ = write!(self, "{text}");
    }

    /// `text` in a look, if colours are on.
    pub(super) fn styled(&self, look: Look, text: impl Display) -> String {
        let style = look.style();
        if self.coloured { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    /// Whether nobody reads any more.
    pub(super) fn closed(&self) -> bool {
        self.closed
    }

    /// Writes what is buffered.
    pub(super) fn finish(&mut self) {
        let _ = self.flush();
    }
}

/// A writer that takes everything and, once writing has failed, drops it.
impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.closed && self.stdout.write_all(bytes).is_err() {
            self.closed = true;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.closed && self.stdout.flush().is_err() {
            self.closed = true;
        }
        Ok(())
    }
}
