//! The rules of `docs/style.md` that a machine can check, each a function over text.

mod functions;
mod pages;

pub(crate) use functions::{functions, leftovers, pub_docs, unwraps};
pub(crate) use pages::broken_links;

/// Lines of a file, at most.
pub(crate) const FILE_WALL: usize = 400;
/// Lines of a function, at most.
pub(crate) const FUNCTION_WALL: usize = 70;

/// A file, as it is named in the repository.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Its path from the root, with `/`.
    pub(crate) path: String,
    /// What is in it.
    pub(crate) text: String,
}

impl Source {
    /// How many lines it has.
    pub(crate) fn lines(&self) -> usize {
        self.text.lines().count()
    }
}

/// The file is longer than the wall.
pub(crate) fn too_long(source: &Source) -> Vec<String> {
    let lines = source.lines();
    if lines <= FILE_WALL { Vec::new() } else { vec![format!("{}: {lines} lines, at most {FILE_WALL}", source.path)] }
}

/// The file does not open with its story.
pub(crate) fn without_story(source: &Source) -> Vec<String> {
    if source.text.starts_with("//!") { Vec::new() } else { vec![format!("{}: does not begin with //!", source.path)] }
}

/// The crate `actix` is named outside of its one room. The web server of that family is another
/// crate, with a room of its own.
pub(crate) fn actix_elsewhere(source: &Source) -> Vec<String> {
    let server = if source.path == "sim/src/cli/explore.rs" { "actix_web" } else { "" };
    if source.path == "src/actor.rs" {
        return Vec::new();
    }
    let names = |line: &str| !line.trim_start().starts_with("//") && line.replace(server, "").contains("actix");
    complain(source, names, "names actix, which only src/actor.rs may")
}

/// A path of somebody's machine.
pub(crate) fn machine_paths(source: &Source) -> Vec<String> {
    let homes = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/tm", "p/"),
        concat!("/wo", "rk/"),
        concat!("C:", "\\"),
    ];
    complain(source, |line| homes.iter().any(|home| line.contains(home)), "names a path of one machine")
}

/// The value below which `share` of the numbers lie.
pub(crate) fn quantile(numbers: &[usize], share: f64) -> usize {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}

fn complain(source: &Source, wrong: impl Fn(&str) -> bool, what: &str) -> Vec<String> {
    let lines = source.text.lines().enumerate().filter(|(_, line)| wrong(line));
    lines.map(|(at, _)| format!("{}:{}: {what}", source.path, at + 1)).collect()
}
