//! Mermaid's own parser reads what is exported, where Node and Mermaid are there.

use super::{FAULTS, story};
use std::path::{Path, PathBuf};
use std::process::Command;
use tabletsim::export::{Selection, mermaid::mermaid};
use tabletsim::story::Story;

/// Parses the files that it is given, and says for each whether Mermaid takes it.
const PARSE: &str = r#"
import { readFileSync } from 'node:fs';
const { default: mermaid } = await import(process.argv[2]);
for (const file of process.argv.slice(3)) {
  try {
    const { diagramType } = await mermaid.parse(readFileSync(file, 'utf8'));
    console.log(`${diagramType} ${file}`);
  } catch (error) {
    console.log(`refused ${file}: ${error.message.split("\n")[0]}`);
  }
}
"#;

/// Where Mermaid was installed, if it was.
fn installed() -> Option<PathBuf> {
    let module = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../mermaid/node_modules/mermaid/dist/mermaid.core.mjs");
    let node = Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success());
    module.canonicalize().ok().filter(|_| node)
}

/// What Mermaid says of each diagram.
fn parsed(module: &Path, diagrams: &[String]) -> Vec<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mermaid");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let file = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).expect("the file can be written");
        folder.join(name)
    };
    let mut command = Command::new("node");
    command.arg(file("parse.mjs", PARSE)).arg(module);
    for (at, diagram) in diagrams.iter().enumerate() {
        command.arg(file(&format!("{at}.mmd"), diagram));
    }
    let output = command.output().expect("node starts");
    let said = String::from_utf8(output.stdout).expect("it is UTF-8");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    said.lines().map(str::to_owned).collect()
}

/// A story in which someone says this.
fn saying(text: &str) -> Story {
    let mut story = story("tiny.sim", FAULTS);
    let sent = story.messages[0].sent;
    let rows = story.writes.iter().find_map(|write| write.durable).expect("something is written");
    story.facts[sent].texts = vec![format!("{text} #1 to t1")];
    story.facts[rows].texts = vec![text.to_owned()];
    story
}

#[test]
fn the_parser_of_mermaid_takes_it() {
    let Some(module) = installed() else {
        println!("skipped: Mermaid's parser needs node, and mermaid under target/mermaid, where .ci/run installs it");
        return;
    };
    let hostile =
        ["end", "END;", "a;b", "#x %% y", "end end;end", "loop rect : -> ->> + -", "\"q\" <b> {[(", "line\nbreak"];
    let mut stories: Vec<Story> = hostile.into_iter().map(saying).collect();
    let scenarios = ["full_only.sim", "request_lost.sim", "cancelled.sim", "scan_aborted.sim"];
    stories.extend(scenarios.map(|name| story(name, "")));
    stories.push(story("tiny.sim", FAULTS));
    let whole = Selection::default();
    let part = Selection { steps: 120..=220, ..Selection::default() };
    let mut diagrams: Vec<String> = stories.iter().filter_map(|story| mermaid(story, &whole).ok()).collect();
    diagrams.extend(stories.iter().filter_map(|story| mermaid(story, &part).ok()));
    assert!(diagrams.len() > stories.len(), "most are short enough");
    diagrams.push("sequenceDiagram\n    t1->>t2: the end; of\n    end\n".to_owned());
    let said = parsed(&module, &diagrams);
    let (last, rest) = said.split_last().expect("something was parsed");
    assert!(last.starts_with("refused"), "what is wrong is refused: {last}");
    let refused: Vec<&String> = rest.iter().filter(|line| !line.starts_with("sequence ")).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    assert_eq!(said.len(), diagrams.len());
}

#[test]
fn a_long_trace_is_refused_with_what_to_do() {
    let story = story("restore.sim", "");
    let message = mermaid(&story, &Selection::default()).expect_err("it is far too long");
    assert!(message.contains("50000") && message.contains("--steps") && message.contains("perfetto"), "{message}");
    let step = story.messages[0].sent;
    let few = story.facts[step].step..=story.facts[step].step + 20;
    assert!(mermaid(&story, &Selection { steps: few, ..Selection::default() }).is_ok(), "a part of it is short");
}

#[test]
fn nothing_is_no_diagram() {
    let steps = u64::MAX..=u64::MAX;
    let none = mermaid(&story("tiny.sim", ""), &Selection { steps, ..Selection::default() });
    assert!(none.is_err_and(|message| message.contains("nothing is selected")));
}
