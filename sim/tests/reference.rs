//! The reference pages are what the program prints.
//!
//! `UPDATE_REFERENCE=1 cargo test -p tabletsim --test reference` writes them anew.

use std::path::Path;
use std::process::Command;

#[test]
fn reference_pages_are_generated() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference");
    let update = std::env::var_os("UPDATE_REFERENCE").is_some();
    for page in ["verbs", "settings", "oracles", "quirks", "counters", "faults"] {
        let printed = Command::new(env!("CARGO_BIN_EXE_tabletsim"))
            .args([page, "--markdown", "--color", "never"])
            .output()
            .expect("the program starts");
        let printed = String::from_utf8(printed.stdout).expect("output is UTF-8");
        let path = folder.join(format!("{page}.md"));
        if update {
            std::fs::create_dir_all(&folder).expect("the folder can be made");
            std::fs::write(&path, &printed).expect("the page can be written");
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == printed, "{} is not what `tabletsim {page} --markdown` prints", path.display());
    }
}
