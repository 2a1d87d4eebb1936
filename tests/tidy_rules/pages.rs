//! Rules about pages of documentation.

use super::Source;

/// Links to files that are not there. `exists` knows paths from the root.
pub(crate) fn broken_links(page: &Source, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut complaints = Vec::new();
    for (at, line) in prose(&page.text) {
        for target in targets(line) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") && !exists(&resolved(&page.path, file)) {
                complaints.push(format!("{}:{at}: link to {target}, which is not there", page.path));
            }
        }
    }
    complaints
}

/// The lines outside of code blocks, numbered from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut code = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        (!code && !fence).then_some((at + 1, line))
    })
}

/// What stands in the parentheses of `[text](target)`.
fn targets(line: &str) -> Vec<&str> {
    let pieces = line.split("](").skip(1);
    pieces
        .filter_map(|piece| piece.split(')').next())
        .map(|target| target.split(' ').next().unwrap_or(target))
        .collect()
}

/// `link` as seen from the page at `path`, from the root.
fn resolved(path: &str, link: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
