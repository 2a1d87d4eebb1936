//! `docs/ported-cases.md` names scripts and tests that exist, each case once, and counts right.

use std::collections::BTreeSet;
use std::path::Path;

/// How a case is dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Here {
    Script,
    Test,
    DoesNotApply,
}

/// A suite as the page lists it.
struct Suite {
    name: String,
    cases: Vec<(String, Here, String)>,
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cells of a table's row.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
    Some(inner.split(" | ").collect())
}

fn here(text: &str) -> Here {
    if text.starts_with("does not apply: ") {
        Here::DoesNotApply
    } else if text.starts_with("`tests/") {
        Here::Test
    } else {
        Here::Script
    }
}

fn suites(page: &str) -> Vec<Suite> {
    let sections = page.split("\n## ").skip(1);
    let suite = |section: &str| {
        let rows = section.lines().filter_map(cells).filter(|row| row[0] != "case" && row[0] != "---");
        let case = |row: Vec<&str>| (row[0].to_owned(), here(row[1]), row[1].to_owned());
        Suite { name: section.lines().next().unwrap_or_default().to_owned(), cases: rows.map(case).collect() }
    };
    sections.map(suite).collect()
}

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// What the summary has to say of these cases.
fn counts<'a>(cases: impl Iterator<Item = &'a (String, Here, String)>) -> Vec<usize> {
    let mut counts = vec![0; 4];
    for (_, here, _) in cases {
        counts[0] += 1;
        counts[1 + *here as usize] += 1;
    }
    counts
}

#[test]
fn what_is_named_exists() {
    let exists = |path: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(path).is_file();
    for (case, here, text) in suites(&read("docs/ported-cases.md")).iter().flat_map(|suite| &suite.cases) {
        let named: Vec<&str> = quoted(text).collect();
        match here {
            Here::Test => {
                assert!(read(named[0]).contains(&format!("fn {}()", named[1])), "{case}: {text} is not there");
            }
            Here::Script => {
                assert!(!named.is_empty(), "{case}: names no script");
                let missing = named.iter().find(|name| !exists(&format!("tests/scripts/{name}")));
                assert!(missing.is_none(), "{case}: there is no script {missing:?}");
            }
            Here::DoesNotApply => {
                let missing = named.iter().find(|name| !exists(&format!("tests/scripts/{name}")));
                assert!(missing.is_none(), "{case}: there is no script {missing:?}");
            }
        }
    }
}

#[test]
fn every_case_is_listed_once_and_the_counts_are_right() {
    let page = read("docs/ported-cases.md");
    let suites = suites(&page);
    let summary: Vec<Vec<&str>> = page.lines().filter_map(cells).filter(|row| row.len() == 5).skip(2).collect();
    let said = |row: &[&str]| row[1..].iter().map(|cell| cell.parse().expect("a count")).collect::<Vec<usize>>();
    assert_eq!(summary.len(), suites.len() + 1, "the summary has every suite and the sum");
    for (suite, row) in suites.iter().zip(&summary) {
        let names: BTreeSet<&String> = suite.cases.iter().map(|(name, ..)| name).collect();
        assert_eq!(names.len(), suite.cases.len(), "{} lists a case twice", suite.name);
        assert_eq!((row[0], said(row)), (suite.name.as_str(), counts(suite.cases.iter())));
    }
    let all = summary.last().expect("there is a sum");
    assert_eq!((all[0], said(all)), ("all", counts(suites.iter().flat_map(|suite| &suite.cases))));
}
