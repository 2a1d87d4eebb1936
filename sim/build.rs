//! Tells the program which sources it was made of, as one number.

use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::Xxh3;

fn main() {
    let home = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the package is"));
    let mut hash = Xxh3::new();
    for folder in ["../src", "src"] {
        println!("cargo::rerun-if-changed={folder}");
        let mut files = Vec::new();
        collect(&home.join(folder), &mut files);
        files.sort();
        for file in files {
            let name = file.strip_prefix(&home).unwrap_or(&file);
            let parts = name.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
            hash.update(parts.collect::<Vec<_>>().join("/").as_bytes());
            hash.update(&std::fs::read(&file).expect("sources can be read"));
        }
    }
    println!("cargo::rustc-env=TABLETSIM_SOURCES={:016x}", hash.digest());
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}
