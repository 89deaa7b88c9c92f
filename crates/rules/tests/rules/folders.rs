//! Folders of rule files.

use std::fs;
use std::path::PathBuf;

use springtide_rules::{LoadError, load};

/// A folder of its own for one test.
fn folder(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    // It may be left over from an earlier run, or not.
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(dir.join("sub/..data")).expect("a writable folder");
    dir
}

#[test]
fn all_yaml_files_below_are_read_and_hidden_ones_are_not() {
    let dir = folder("all_yaml_files");
    let write = |name: &str, text: &str| fs::write(dir.join(name), text).expect("a writable folder");
    write(
        "sub/a.yml",
        "detectors:\n  a: { family: business, event: funding_raised, match: {}, urgency: low }\n",
    );
    write("b.yaml", "plays:\n  p: { motion: seat, business: [a] }\n");
    write("sub/..data/a.yml", "detectors:\n  a: { family: again }\n");
    write(".c.yaml", "nonsense");
    write("README.md", "nonsense");
    let pack = load(&dir).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(pack.rules.plays.len(), 1);

    write("sub/c.yaml", "play: {}\n");
    let error = load(&dir).expect_err("an unknown key").to_string();
    assert_eq!(
        error,
        format!("{}/sub/c.yaml:1:1: unknown key `play` (did you mean `plays`?)", dir.display())
    );
}

#[test]
fn a_folder_without_rules_is_named() {
    let dir = folder("without_rules");
    assert!(matches!(load(&dir), Err(LoadError::NoFiles(path)) if path == dir));
    let missing = dir.join("missing");
    assert!(matches!(load(&missing), Err(LoadError::Read { path, .. }) if path == missing));
}
