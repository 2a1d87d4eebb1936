//! Fewer statements, then fewer arguments and smaller numbers in those that are left.

use super::case::{Case, Line, verb, words};
use super::judge::Judge;

/// Arguments whose value is how much there is of something.
const AMOUNTS: [&str; 6] = ["count", "nodes", "batch", "every", "times", "to"];

/// The case without the statements that it does not need.
pub(super) fn fewer_statements(case: &Case, judge: &mut Judge<'_>) -> Case {
    judge.begin("fewer statements");
    let mut case = families(case, judge);
    let mut size = case.lines.len().div_ceil(2);
    while size > 0 && !judge.is_spent() {
        let mut at = 0;
        // From the end: what comes later is rarely what the rest needs.
        while at < case.lines.len() {
            let end = case.lines.len() - at;
            let start = end.saturating_sub(size);
            let lines = case.lines[..start].iter().chain(&case.lines[end..]).cloned().collect();
            match judge.changed(&case, case.with_lines(lines)) {
                Some(fewer) => case = fewer,
                None => at += size,
            }
        }
        size /= 2;
    }
    case
}

/// The case without things that several statements are about: a table or an operation, and all
/// that names it.
fn families(case: &Case, judge: &mut Judge<'_>) -> Case {
    let mut case = case.clone();
    let mut names: Vec<String> = Vec::new();
    for line in &case.lines {
        let words = words(&line.text);
        match verb(&line.text) {
            "table" => names.extend(words.iter().find(|word| word.starts_with("/Root")).cloned()),
            _ => names.extend(words.iter().filter_map(|word| word.strip_prefix("as=")).map(str::to_owned)),
        }
    }
    for name in names.iter().rev() {
        let lines = case.lines.iter().filter_map(|line| without(line, name)).collect();
        if let Some(fewer) = judge.changed(&case, case.with_lines(lines)) {
            case = fewer;
        }
    }
    case
}

/// The line without a name; nothing if it makes no sense without.
fn without(line: &Line, name: &str) -> Option<Line> {
    let all = words(&line.text);
    let names = |word: &String| {
        let (key, value) = word.split_once('=').unwrap_or((word, word));
        key == name || value == name || word.starts_with(&format!("{name}/"))
    };
    let lists = ["collection", "restore"].contains(&verb(&line.text));
    let rest: Vec<String> = all.iter().filter(|word| !names(word)).cloned().collect();
    let keeps_one = rest.len() == all.len() || (lists && rest.iter().any(|word| word.starts_with("/Root")));
    let restore = verb(&line.text) == "restore" && !all.iter().any(|word| word == &format!("as={name}"));
    (keeps_one || restore).then(|| Line { id: line.id, text: rest.join(" ") })
}

/// The case with shorter statements and smaller numbers.
pub(super) fn smaller(case: &Case, judge: &mut Judge<'_>) -> Case {
    judge.begin("smaller values");
    let mut case = case.clone();
    for at in (0..case.lines.len()).rev() {
        let mut word = words(&case.lines[at].text).len();
        while word > 1 && !judge.is_spent() {
            word -= 1;
            let shorter = |case: &Case| {
                let mut words = words(&case.lines[at].text);
                if word < words.len() {
                    words.remove(word);
                }
                changed(case, at, &words)
            };
            if let Some(less) = judge.changed(&case, shorter(&case)) {
                case = less;
                continue;
            }
            case = less(case, (at, word), judge);
        }
    }
    case
}

/// The case with one word made as small as it can be.
fn less(mut case: Case, (at, word): (usize, usize), judge: &mut Judge<'_>) -> Case {
    let all = words(&case.lines[at].text);
    let Some((key, value)) = all.get(word).map(|word| word.split_once('=').unwrap_or(("", word))) else {
        return case;
    };
    let mut with = |case: &Case, value: &str| {
        let mut words = all.clone();
        words[word] = if key.is_empty() { value.to_owned() } else { format!("{key}={value}") };
        judge.changed(case, changed(case, at, &words))
    };
    if AMOUNTS.contains(&key) || verb(&case.lines[at].text) == "sleep" {
        let Some((most, unit)) = amount(value) else { return case };
        least(most, |less| match with(&case, &format!("{less}{unit}")) {
            Some(smaller) => {
                case = smaller;
                true
            }
            None => false,
        });
    } else if value.contains([',', ';']) && !value.contains('"') {
        let mut value = value.to_owned();
        while let Some((list, smaller)) =
            shorter_lists(&value).into_iter().find_map(|list| with(&case, &list).map(|smaller| (list, smaller)))
        {
            (value, case) = (list, smaller);
        }
    }
    case
}

/// An amount of things, or of time, and its unit.
fn amount(value: &str) -> Option<(u64, &str)> {
    let (number, unit) = value.split_at(value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len()));
    Some((number.parse().ok()?, unit))
}

/// Looks below `most` for the least number that will do: one, or else by halves.
fn least(most: u64, mut will_do: impl FnMut(u64) -> bool) {
    let (mut low, mut high) = (1, most);
    if most <= 1 || will_do(1) {
        return;
    }
    while high - low > 1 {
        let middle = low.midpoint(high);
        *(if will_do(middle) { &mut high } else { &mut low }) = middle;
    }
}

/// The list without one of its parts, the last first.
fn shorter_lists(value: &str) -> Vec<String> {
    let comma = if value.contains(';') { ';' } else { ',' };
    let parts: Vec<&str> = value.split(comma).collect();
    let without = |gone: usize| {
        let rest: Vec<&str> = parts.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, part)| *part).collect();
        rest.join(&comma.to_string())
    };
    (0..parts.len()).rev().map(without).collect()
}

fn changed(case: &Case, at: usize, words: &[String]) -> Case {
    let mut changed = case.clone();
    changed.lines[at].text = words.join(" ");
    changed
}

#[cfg(test)]
mod tests {
    use super::{Line, amount, least, shorter_lists, without};

    #[test]
    fn values_get_smaller() {
        assert_eq!((amount("24"), amount("4ms"), amount("x")), (Some((24, "")), Some((4, "ms")), None));
        let mut tried = Vec::new();
        least(1000, |number| {
            tried.push(number);
            number >= 700
        });
        assert_eq!(tried.iter().filter(|number| **number >= 700).min(), Some(&700));
        assert!(tried.len() < 12, "{tried:?}");
        least(1, |_| panic!("nothing is less than one"));
        assert_eq!(shorter_lists("3,9"), ["3", "9"]);
        assert_eq!(shorter_lists("a,1;b,2"), ["a,1", "b,2"]);
    }

    #[test]
    fn a_table_leaves_with_all_that_names_it() {
        let line = |text: &str| Line { id: 1, text: text.to_owned() };
        let text = |text: &str| without(&line(text), "/Root/a").map(|line| line.text);
        assert_eq!(
            text("collection c /Root/a /Root/b incremental").as_deref(),
            Some("collection c /Root/b incremental")
        );
        assert_eq!(text("restore c as=r /Root/a=3,9").as_deref(), Some("restore c as=r"));
        assert_eq!(text("upsert /Root/a k=1"), None);
        assert_eq!(text("read /Root/ab").as_deref(), Some("read /Root/ab"));
    }
}
