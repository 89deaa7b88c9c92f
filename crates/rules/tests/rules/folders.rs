//! Folders of rule files.

use std::fs;
use std::path::PathBuf;

use springtide_rules::{LoadError, load, read_test_files};

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
fn test_files_stand_beside_rules_and_are_none() {
    let dir = folder("test_files");
    let write = |name: &str, text: &str| fs::write(dir.join(name), text).expect("a writable folder");
    write("sub/a.test.yml", "tests: {}\n");
    write("a.test.yaml", "tests: {}\n");
    assert!(matches!(load(&dir), Err(LoadError::NoFiles(path)) if path == dir));
    // Only what ends so is a test.
    write(
        "test.yaml",
        "detectors:\n  a: { family: business, event: funding_raised, match: {}, urgency: low }\n",
    );
    write("x.test.more.yaml", "plays:\n  p: { motion: seat, business: [a] }\n");
    assert_eq!(load(&dir).unwrap_or_else(|error| panic!("{error}")).rules.plays.len(), 1);
    let tests: Vec<String> = read_test_files(&dir).unwrap().into_iter().map(|file| file.path).collect();
    assert_eq!(tests, ["a.test.yaml", "sub/a.test.yml"].map(|name| format!("{}/{name}", dir.display())));
    assert!(read_test_files(&dir.join("sub/..data")).unwrap().is_empty());
}

#[test]
fn a_folder_without_rules_is_named() {
    let dir = folder("without_rules");
    assert!(matches!(load(&dir), Err(LoadError::NoFiles(path)) if path == dir));
    let missing = dir.join("missing");
    assert!(matches!(load(&missing), Err(LoadError::Read { path, .. }) if path == missing));
}
