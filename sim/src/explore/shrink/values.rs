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
            while let Some(less) = less(&case, (at, word), judge) {
                case = less;
            }
        }
    }
    case
}

/// The case with one word made smaller.
fn less(case: &Case, (at, word): (usize, usize), judge: &mut Judge<'_>) -> Option<Case> {
    let words = words(&case.lines[at].text);
    let (key, value) = words.get(word)?.split_once('=').unwrap_or(("", &words[word]));
    let candidates = if AMOUNTS.contains(&key) || verb(&case.lines[at].text) == "sleep" {
        amounts(value)
    } else if value.contains([',', ';']) && !value.contains('"') {
        shorter_lists(value)
    } else {
        Vec::new()
    };
    let with = |value: String| {
        let mut words = words.clone();
        words[word] = if key.is_empty() { value } else { format!("{key}={value}") };
        changed(case, at, &words)
    };
    candidates.into_iter().map(with).find_map(|less| judge.changed(case, less))
}

/// Smaller amounts, the smallest first: of things, or of time.
fn amounts(value: &str) -> Vec<String> {
    let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let Ok(number) = number.parse::<u64>() else { return Vec::new() };
    let mut smaller: Vec<u64> = [1, number / 4, number / 2, number.saturating_sub(1)].into();
    smaller.retain(|less| (1..number).contains(less));
    smaller.dedup();
    smaller.into_iter().map(|less| format!("{less}{unit}")).collect()
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
    use super::{Line, amounts, shorter_lists, without};

    #[test]
    fn values_get_smaller() {
        assert_eq!(amounts("24"), ["1", "6", "12", "23"]);
        assert_eq!(amounts("4ms"), ["1ms", "2ms", "3ms"]);
        assert!(amounts("1").is_empty() && amounts("x").is_empty());
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
