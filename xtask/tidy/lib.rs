//! What the tree must look like, for `tidy/test.rs` to hold: which files there are, and what they say.

pub mod licences;

use std::fs;
use std::path::{Path, PathBuf};

/// A text file of the repository.
pub struct SourceFile {
    /// Path from the repository's top.
    pub path: String,
    /// Its content.
    pub text: String,
}

impl SourceFile {
    /// The lines outside comments, with their numbers.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(at, line)| (at + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// The repository's top.
pub fn top() -> PathBuf {
    // Asked for when run, not when compiled: checkouts that share a target folder share what was compiled.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    Path::new(&manifest).join("..")
}

/// Every text file below a folder of the repository, hidden folders and build output left out.
pub fn files(below: &str) -> Vec<SourceFile> {
    let mut found = Vec::new();
    walk(&top().join(below), below, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(folder: &Path, name: &str, found: &mut Vec<SourceFile>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries.flatten() {
        let (path, file) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let name = if name == "." { file.clone() } else { format!("{name}/{file}") };
        if path.is_dir() {
            if !file.starts_with('.') && file != "target" {
                walk(&path, &name, found);
            }
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.push(SourceFile { path: name, text });
        }
    }
}

/// The names of a crate's dependencies for building, from its manifest.
pub fn dependencies(manifest: &str) -> Vec<String> {
    let text = fs::read_to_string(top().join(manifest)).unwrap_or_else(|error| panic!("{manifest}: {error}"));
    let section = text.split("[dependencies]").nth(1).unwrap_or_default();
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    lines.filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim().to_owned()).collect()
}
