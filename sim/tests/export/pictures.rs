//! Pictures in the documents are what their commands print.
//!
//! `UPDATE_PICTURES=1 cargo test -p tabletsim --test export pictures` draws them anew; look at them
//! before you keep them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Stands between a command and its picture.
const MARK: &str = "<!-- picture: what the command above prints; a test compares it -->\n\n```mermaid\n";
/// A command, as a page shows it.
const COMMAND: &str = "    tabletsim export ";
/// The same in the README, whose readers have built nothing yet.
const BUILT: &str = "    cargo run --release -- export ";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn pages() -> Vec<PathBuf> {
    let folders = ["docs", "docs/lessons"].into_iter().map(|folder| root().join(folder));
    let entries = folders.flat_map(|folder| std::fs::read_dir(folder).expect("the folder can be read"));
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let pages = paths.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    pages.chain([root().join("README.md")]).collect()
}

/// What the command, whose arguments may stand in quotes, prints.
fn printed(arguments: &str) -> String {
    let parts = arguments.split('\'').enumerate();
    let words = parts.flat_map(|(at, part)| match at % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabletsim"));
    let output = command.current_dir(root()).arg("export").args(words).output().expect("the program starts");
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is UTF-8")
}

/// The page with its pictures drawn anew, and how many it has.
fn redrawn(page: &str) -> (String, usize) {
    let mut parts = page.split(MARK);
    let mut out = parts.next().expect("a text has a first part").to_owned();
    let mut pictures = 0;
    for part in parts {
        let command = out
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix(COMMAND).or_else(|| line.strip_prefix(BUILT)))
            .expect("a command stands above");
        let picture = printed(command);
        let (_, after) = part.split_once("```").expect("the picture ends");
        out = format!("{out}{MARK}{picture}```{after}");
        pictures += 1;
    }
    (out, pictures)
}

#[test]
fn pictures_are_current() {
    let mut all = 0;
    for path in pages() {
        let page = std::fs::read_to_string(&path).expect("the page can be read");
        let (current, pictures) = redrawn(&page);
        all += pictures;
        if current != page && std::env::var_os("UPDATE_PICTURES").is_some() {
            std::fs::write(&path, current).expect("the page can be written");
        } else {
            assert!(current == page, "a picture in {} is not what its command prints", path.display());
        }
    }
    assert!(all > 0, "there are pictures");
    let stale = format!("{COMMAND}sim/scenarios/tiny.sim --to mermaid --steps 1..9\n{MARK}stale\n```\n");
    assert!(redrawn(&stale).0 != stale, "a stale picture is seen");
}
