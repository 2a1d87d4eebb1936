//! The page that says where each point of the report is, which this project started from,
//! says what is so.
//!
//! Modules exist and hold what is named after them; scenarios are run, end well and show in
//! their trace what is named after them; tests exist, are not left out, and their program,
//! where it is newer than its source, lists them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use syn::visit::{self, Visit};
use syn::{Attribute, ItemFn, Macro};
use tabletsim::run::{RunOptions, Verdict, run};
use tabletsim::scenario::Scenario;
use tabletsim::trace::{Detail, Text};

/// A file, and what is named after it.
type Named = (String, Vec<String>);

/// One row: what the report says, modules, scenarios, tests.
#[derive(Debug)]
struct Row {
    says: String,
    modules: Vec<Named>,
    scenarios: Vec<Named>,
    tests: Vec<Named>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

fn rows(page: &str) -> Vec<Row> {
    let body = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    let rows = body.filter(|line| !line.starts_with("| the report |")).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        assert_eq!(cells.len(), 4, "a row has four cells: {line}");
        let (modules, scenarios, tests) = (named(cells[1]), named(cells[2]), named(cells[3]));
        Row { says: cells[0].trim().to_owned(), modules, scenarios, tests }
    });
    rows.collect()
}

/// The words in backticks: a path begins a group, what follows it belongs to it.
fn named(cell: &str) -> Vec<Named> {
    let mut groups: Vec<Named> = Vec::new();
    for word in cell.split('`').skip(1).step_by(2) {
        match groups.last_mut() {
            Some((_, words)) if !word.contains('/') => words.push(word.to_owned()),
            _ => groups.push((word.to_owned(), Vec::new())),
        }
    }
    groups
}

/// Whether `word` stands in `text`, not as a part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let joins = |a: Option<char>, b: Option<char>| {
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        letter(a) && letter(b)
    };
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !joins(before.chars().next_back(), word.chars().next())
            && !joins(word.chars().next_back(), after.chars().next())
    })
}

/// Everything that is wrong with a page.
#[derive(Default)]
struct Check {
    wrong: Vec<String>,
    traces: BTreeMap<String, Option<String>>,
}

impl Check {
    fn row(&mut self, row: &Row) {
        let Row { says, modules, scenarios, tests } = row;
        for (kind, groups) in [("module", modules), ("scenario", scenarios), ("test", tests)] {
            if groups.is_empty() {
                self.wrong.push(format!("'{says}' names no {kind}"));
            }
        }
        modules.iter().for_each(|(path, items)| self.module(says, path, items));
        scenarios.iter().for_each(|(path, words)| self.scenario(says, path, words));
        tests.iter().for_each(|(path, names)| self.test(says, path, names));
    }

    fn module(&mut self, says: &str, path: &str, items: &[String]) {
        let Some(text) = read(path).filter(|_| path.ends_with(".rs")) else {
            return self.wrong.push(format!("'{says}': there is no module {path}"));
        };
        let missing = items.iter().filter(|item| !has_word(&text, item));
        self.wrong.extend(missing.map(|item| format!("'{says}': {path} has no {item}")));
    }

    fn scenario(&mut self, says: &str, path: &str, words: &[String]) {
        if words.is_empty() {
            self.wrong.push(format!("'{says}': nothing is said to occur in {path}"));
        }
        let trace = self.traces.entry(path.to_owned()).or_insert_with(|| trace(&root().join(path)));
        match trace {
            None => self.wrong.push(format!("'{says}': {path} does not end well")),
            Some(trace) => {
                let missing = words.iter().filter(|word| !has_word(trace, word));
                self.wrong.extend(missing.map(|word| format!("'{says}': {word} does not occur in {path}")));
            }
        }
    }

    fn test(&mut self, says: &str, path: &str, names: &[String]) {
        if let Some(script) = path.strip_prefix("tests/scripts/") {
            let room = script.split('/').next().unwrap_or_default();
            let rooms = read("tests/scripts.rs").unwrap_or_default();
            let rooms = rooms.lines().find(|line| line.starts_with("rooms! {")).unwrap_or_default();
            if !(root().join(path).is_file() && has_word(rooms, room) && names.is_empty()) {
                self.wrong.push(format!("'{says}': there is no script {path} that is played"));
            }
            return;
        }
        let tests = read(path).map(|text| tests_of(&text)).unwrap_or_default();
        let missing = names.iter().filter(|name| !tests.contains(name));
        self.wrong.extend(missing.map(|name| format!("'{says}': {path} has no test {name}")));
        if names.is_empty() {
            self.wrong.push(format!("'{says}': no test of {path} is named"));
        }
        for (program, listed) in listed(path) {
            let missing = names.iter().filter(|name| !has_word(&listed, name));
            self.wrong.extend(missing.map(|name| format!("'{says}': {program} does not run {name}")));
        }
    }
}

/// Runs a scenario; its trace with every record, if it ends well.
fn trace(path: &Path) -> Option<String> {
    let scenario = Arc::new(Scenario::load(path).ok()?);
    let outcome = run(&scenario, &RunOptions { record: true, ..RunOptions::default() }, &mut |_| {});
    (outcome.verdict == Verdict::Ok).then(|| Text::render(&outcome.types, Detail::All, &outcome.trace))
}

/// The names of all tests in a file that are not left out.
fn tests_of(text: &str) -> Vec<String> {
    struct Tests(Vec<String>);
    impl<'ast> Visit<'ast> for Tests {
        fn visit_item_fn(&mut self, item: &'ast ItemFn) {
            let has = |name: &str| item.attrs.iter().any(|attribute: &Attribute| attribute.path().is_ident(name));
            if has("test") && !has("ignore") {
                self.0.push(item.sig.ident.to_string());
            }
        }

        fn visit_macro(&mut self, call: &'ast Macro) {
            if call.path.is_ident("proptest") && !call.tokens.to_string().contains("ignore") {
                let tokens = call.tokens.to_string();
                let names = tokens.split("fn ").skip(1).filter_map(|rest| rest.split([' ', '(']).next());
                self.0.extend(names.map(str::to_owned));
            }
            visit::visit_macro(self, call);
        }
    }
    let mut tests = Tests(Vec::new());
    tests.visit_file(&syn::parse_file(text).expect("a test file is Rust"));
    tests.0
}

/// What the programs built from a test file say they run; none if it was not built since it changed.
fn listed(path: &str) -> Vec<(String, String)> {
    let changed = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let folder = std::env::current_exe().expect("this program has a path");
    let folder = folder.parent().expect("it lies in a folder");
    let stem = match path {
        _ if path.starts_with("src/") => "tablets".to_owned(),
        _ => Path::new(path).file_stem().expect("a file has a name").to_string_lossy().into_owned(),
    };
    let built = fs::read_dir(folder).expect("the folder can be read").map(|entry| entry.expect("an entry").path());
    let newer = built.filter(|program: &PathBuf| {
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        program.extension().is_none_or(|ending| ending == "exe")
            && name.strip_prefix(&stem).is_some_and(|rest| rest.starts_with('-'))
            && changed(program) > changed(&root().join(path))
    });
    let newest = newer.max_by_key(|program| changed(program));
    newest.into_iter().map(|program| (program.display().to_string(), list(&program))).collect()
}

fn list(program: &Path) -> String {
    let output = Command::new(program).arg("--list").output().expect("a test program starts");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn every_point_of_the_report_is_where_the_page_says() {
    let rows = rows(&read("docs/seed-coverage.md").expect("the page is there"));
    assert!(rows.len() >= 50, "{} rows", rows.len());
    let mut check = Check::default();
    rows.iter().for_each(|row| check.row(row));
    assert!(check.wrong.is_empty(), "{}", check.wrong.join("\n"));
}

#[test]
fn what_is_not_so_is_found() {
    let page = "\
| the report | here | scenario, and what occurs in it | test |
| --- | --- | --- | --- |
| all is well | `src/lib.rs` `pub mod actor` | `sim/scenarios/tiny.sim` `Propose` | `tests/scripts/restore/full_only_chain` |
| all is well | `src/lib.rs` | `sim/scenarios/tiny.sim` `Propose` | `tests/seed_coverage.rs` `what_is_not_so_is_found` |
| a | `src/no.rs` | `sim/scenarios/no.sim` `Propose` | `tests/scripts/restore/no` |
| b | `src/lib.rs` `pub mod act` | `sim/scenarios/tiny.sim` `Propos` | `tests/codec.rs` `junk` |
| c | nothing | `sim/scenarios/tiny.sim` | `tests/codec.rs` |
";
    let mut check = Check::default();
    rows(page).iter().for_each(|row| check.row(row));
    let expected = [
        "'a': there is no module src/no.rs",
        "'a': sim/scenarios/no.sim does not end well",
        "'a': there is no script tests/scripts/restore/no that is played",
        "'b': src/lib.rs has no pub mod act",
        "'b': Propos does not occur in sim/scenarios/tiny.sim",
        "'b': tests/codec.rs has no test junk",
        "'c' names no module",
        "'c': nothing is said to occur in sim/scenarios/tiny.sim",
        "'c': no test of tests/codec.rs is named",
    ];
    let found: Vec<&String> = check.wrong.iter().filter(|wrong| !wrong.contains("does not run")).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_test_that_is_left_out_does_not_count() {
    let text = "#[test] fn a() {} #[test] #[ignore] fn b() {} fn c() {} mod m { #[test] fn d() {} }
        proptest! { #[test] fn e(x in any::<u8>()) {} } proptest! { #[test] #[ignore] fn f(x in 0..1) {} }";
    assert_eq!(tests_of(text), ["a", "d", "e"]);
}
