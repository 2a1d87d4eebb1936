//! The project keeps its own rules (`docs/style.md`): every rule over every file, and
//! every rule shown to fail on a sample that breaks it.

mod tidy_rules;

use std::path::{Path, PathBuf};
use tablets::quirk::Quirk;
use tabletsim::scenario::VERBS;
use tidy_rules::{
    Source, actix_elsewhere, broken_links, functions, leftovers, machine_paths, pub_docs, quantile, too_long, unwraps,
    without_story,
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below `folder` whose name ends so, in order of their names.
fn files(folder: &str, ending: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    paths.sort();
    let name = |path: &Path| path.strip_prefix(root()).expect("it is below the root").display().to_string();
    let read = |path: PathBuf| Source { path: name(&path), text: std::fs::read_to_string(&path).expect("it is text") };
    paths.into_iter().filter(|path| path.display().to_string().ends_with(ending)).map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() { collect(&path, paths) } else { paths.push(path) }
    }
}

/// The code of both packages.
fn code() -> Vec<Source> {
    files("src", ".rs").into_iter().chain(files("sim/src", ".rs")).collect()
}

/// The code with its tests, examples and tests' data.
fn everything() -> Vec<Source> {
    ["tests", "sim/tests", "sim/benches", "examples"]
        .into_iter()
        .flat_map(|folder| files(folder, ".rs"))
        .chain(code())
        .collect()
}

/// The pages that people read.
fn pages() -> Vec<Source> {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("there is a README");
    files("docs", ".md").into_iter().chain([Source { path: "README.md".to_owned(), text: readme }]).collect()
}

fn assert_none(complaints: impl Iterator<Item = String>) {
    let complaints: Vec<String> = complaints.collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// A line of a script without `[async]` and the like.
fn without_tags(line: &str) -> &str {
    let tagged = line.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    tagged.map_or(line, |(_, statement)| statement)
}

#[test]
fn files_are_short_and_open_with_their_story() {
    assert_none(everything().iter().flat_map(too_long));
    assert_none(everything().iter().flat_map(without_story));
    let scripts = files("sim/src/view/page", ".js");
    assert_none(scripts.iter().flat_map(too_long));
    let bare = scripts.iter().filter(|script| !script.text.starts_with("// "));
    assert_none(bare.map(|script| format!("{}: does not say what it is for", script.path)));
    let lessons = files("examples", ".rs").into_iter().filter(|lesson| lesson.path.starts_with("examples/l"));
    assert_none(lessons.filter(|lesson| lesson.lines() > 120).map(|lesson| format!("{}: over 120 lines", lesson.path)));
    let lengths: Vec<usize> = code().iter().map(Source::lines).collect();
    assert!(quantile(&lengths, 0.5) <= 150, "the median file has {} lines", quantile(&lengths, 0.5));
}

#[test]
fn functions_are_short() {
    assert_none(everything().iter().flat_map(|source| functions(source).too_long));
    let lengths: Vec<usize> = code().iter().flat_map(|source| functions(source).lengths).collect();
    let (median, most) = (quantile(&lengths, 0.5), quantile(&lengths, 0.9));
    assert!(median <= 7 && most <= 25, "functions have {median} lines in the median, {most} at the 90th percentile");
}

#[test]
fn nothing_unwraps_and_nothing_is_left_over() {
    assert_none(code().iter().flat_map(unwraps));
    assert_none(everything().iter().flat_map(leftovers));
    assert_none(code().iter().flat_map(actix_elsewhere));
}

#[test]
fn public_functions_are_documented() {
    let counts: Vec<_> = code().iter().map(pub_docs).collect();
    let (documented, all) = counts.iter().fold((0, 0), |sum, (with, all, _)| (sum.0 + with, sum.1 + all));
    let bare: Vec<&str> = counts.iter().flat_map(|(.., bare)| bare).map(String::as_str).collect();
    assert!(documented * 100 >= all * 95, "{documented} of {all} have docs; not these:\n{}", bare.join("\n"));
}

#[test]
fn pages_lead_somewhere_and_name_no_machine() {
    let exists = |path: &str| root().join(path).exists();
    assert_none(pages().iter().flat_map(|page| broken_links(page, &exists)));
    let texts = pages().into_iter().chain(everything()).chain(files("sim/scenarios", "")).chain(files(".ci", ""));
    assert_none(texts.collect::<Vec<_>>().iter().flat_map(machine_paths));
}

#[test]
fn every_verb_is_used_and_every_quirk_has_its_oracle() {
    let scenarios = files("sim/scenarios", ".sim");
    let used = |verb: &str| {
        let line = |line: &str| without_tags(line).trim_start_matches('!').split(' ').next() == Some(verb);
        scenarios.iter().any(|scenario| scenario.text.lines().any(line))
    };
    assert_none(VERBS.iter().filter(|verb| !used(verb.name)).map(|verb| format!("no scenario uses {}", verb.name)));
    let oracles: Vec<&str> = tabletsim::oracle::all().iter().map(|oracle| oracle.name()).collect();
    let known = Quirk::ALL.iter().filter(|quirk| !oracles.contains(&quirk.oracle()));
    assert_none(known.map(|quirk| format!("{quirk} names an oracle that is not there: {}", quirk.oracle())));
    let red = |oracle: &str| Quirk::ALL.iter().any(|quirk| quirk.oracle() == oracle);
    assert_none(oracles.into_iter().filter(|oracle| !red(oracle)).map(|oracle| format!("no quirk shows {oracle} red")));
}

/// Every rule, on a sample that breaks it.
#[test]
fn every_rule_can_fail() {
    let source = |text: &str| Source { path: "src/sample.rs".to_owned(), text: text.to_owned() };
    let long = |lines: usize| source(&format!("//! S.\nfn long() {{\n{}}}\n", "    step();\n".repeat(lines)));
    assert_eq!(functions(&long(68)).too_long, Vec::<String>::new(), "70 lines are allowed");
    assert_eq!(functions(&long(80)).too_long, ["src/sample.rs:2: long has 82 lines, at most 70"]);
    assert_eq!(too_long(&long(400)).len(), 1);
    assert_eq!(without_story(&source("fn f() {}\n")).len(), 1);
    assert_eq!(
        unwraps(&source("fn f() { g().unwrap(); }\n")),
        ["src/sample.rs:1: unwrap(); an expect says the invariant"]
    );
    assert_eq!(unwraps(&source("#[cfg(test)] mod tests { fn f() { g().unwrap(); } }\n")), Vec::<String>::new());
    let samples = [
        "fn f() { todo!() }",
        "fn f() { dbg!(1); }",
        "#[ignore]\nfn f() {}",
        "/// ```ignore\n/// f();\n/// ```\nfn f() {}",
    ];
    for sample in samples {
        assert_eq!(leftovers(&source(sample)).len(), 1, "{sample}");
    }
    assert_eq!(
        actix_elsewhere(&source("//! On actix.\nuse actix::Actor;\n")),
        ["src/sample.rs:2: names actix, which only src/actor.rs may"]
    );
    let server = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    assert_eq!(actix_elsewhere(&server("sim/src/cli/explore.rs", "use actix_web::App;\n")), Vec::<String>::new());
    assert_eq!(actix_elsewhere(&server("sim/src/cli/explore.rs", "use actix::Actor;\n")).len(), 1);
    assert_eq!(actix_elsewhere(&server("sim/src/cli/run.rs", "use actix_web::App;\n")).len(), 1);
    assert_eq!(pub_docs(&source("/// Docs.\npub fn f() {}\npub fn g() {}\n")).2, ["src/sample.rs:3: g"]);
    assert_eq!(machine_paths(&source(concat!("// see /ho", "me/me/notes"))).len(), 1);
    let page = Source {
        path: "docs/page.md".to_owned(),
        text: "[a](there.md) [b](../gone.md#x)\n```\n[c](code)\n```\n".to_owned(),
    };
    let complaints = broken_links(&page, &|path| path == "docs/there.md");
    assert_eq!(complaints, ["docs/page.md:1: link to ../gone.md#x, which is not there"]);
}
