//! `new`: files to begin with, and nothing over what is there. And what `check` says of a pack's tests.

use std::fs;

use serde_json::Value;

use crate::tool::{Folder, run};

const KINDS: [&str; 8] = ["match", "ratio", "distinct", "spike", "trend", "first", "before", "regulars"];

#[test]
fn a_detector_of_each_kind_and_a_play_join_a_pack_and_pass() {
    let folder = Folder::new();
    let rules = folder.at("rules");
    for kind in KINDS {
        let said = run(["new", "detector", &format!("my_{kind}"), "--kind", kind, "--rules", &rules]).good();
        let (file, test) = (format!("detectors/my_{kind}.yaml"), format!("tests/my_{kind}.test.yaml"));
        assert_eq!(said, format!("wrote {rules}/{file}\nwrote {rules}/{test}\n"));
        assert!(
            fs::read_to_string(folder.at(&format!("rules/{file}"))).unwrap().contains(&format!("{kind}: {{"))
        );
    }
    run(["new", "play", "my-play", "--rules", &rules]).good();
    let said = run(["check", "--rules", &rules]).good();
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("all is well: 10 detectors, 1 play, version "), "{said}");
    assert!(last.ends_with(", 18 tests passed"), "{said}");
    // No play uses them yet.
    assert_eq!(said.matches(": hint: no play uses the detector `my_").count(), KINDS.len(), "{said}");
}

#[test]
fn the_default_pack_takes_more_and_keeps_its_tests() {
    let folder = Folder::new();
    let own = folder.at("own");
    assert!(run(["new", "pack", &own]).good().starts_with("wrote 23 files to "));
    run(["new", "detector", "more_jobs", "--kind", "distinct", "--rules", &own]).good();
    run(["new", "play", "more-seats", "--rules", &own]).good();
    let said = run(["check", "--json", "--rules", &own]).good();
    let said: Value = serde_json::from_str(&said).unwrap();
    let default: Value = serde_json::from_str(&run(["check", "--json"]).good()).unwrap();
    let tests = |said: &Value| said["tests"]["run"].as_u64().unwrap();
    assert!(tests(&default) >= 14, "{default}");
    assert_eq!(tests(&said), tests(&default) + 4);
    assert_eq!(said["hints"].as_array().unwrap().len(), 1);
}

#[test]
fn nothing_is_written_over_what_is_there_nor_into_a_broken_pack() {
    let folder = Folder::new();
    let rules = folder.at("rules");
    let detector = |name: &str, kind: &str| run(["new", "detector", name, "--kind", kind, "--rules", &rules]);
    detector("mine", "ratio").good();
    let before = fs::read_to_string(folder.at("rules/detectors/mine.yaml")).unwrap();
    assert!(detector("mine", "match").failed(1).contains("detectors/mine.yaml: is there already"));
    assert_eq!(fs::read_to_string(folder.at("rules/detectors/mine.yaml")).unwrap(), before);
    // The name is there, in another file.
    fs::rename(folder.at("rules/detectors/mine.yaml"), folder.at("rules/all.yaml")).unwrap();
    fs::remove_file(folder.at("rules/tests/mine.test.yaml")).unwrap();
    assert!(detector("mine", "match").failed(1).contains("`mine` is defined twice"));
    assert!(!folder.path().join("rules/detectors/mine.yaml").exists());
    for name in ["", "a b", "../x", "1st", "-x"] {
        run(["new", "play", name, "--rules", &rules]).failed(2);
    }
    assert!(detector("other", "ratios").failed(2).contains("the kinds are match, ratio"));
    folder.file("rules/broken.yaml", "plays: 5\n");
    assert!(detector("other", "match").failed(1).contains("nothing was written"));
    assert!(!folder.path().join("rules/detectors/other.yaml").exists());
    run(["new"]).failed(2);
    run(["new", "detector", "x"]).failed(2);
}

#[test]
fn a_test_that_fails_is_told_with_its_place_and_what_was_near() {
    let folder = Folder::new();
    let rules = folder.at("rules");
    run(["new", "play", "mine", "--rules", &rules]).good();
    folder.file(
        "rules/tests/mine.test.yaml",
        "tests:\n  seats alone:\n    events:\n      - { at: day 3, type: seat_snapshot, seats_used: 9, seats_licensed: 9 }\n    expect:\n      - { play: mine, at: day 3 }\n  fine:\n    expect: none\n",
    );
    let ran = run(["check", "--rules", &rules]);
    assert_eq!(
        String::from_utf8_lossy(&ran.out),
        format!(
            "{rules}/tests/mine.test.yaml:6:9: `seats alone`: expected `mine` to open on day 3 00:00, found that it did not open (nearest miss: no business signal within 5 days)\n"
        )
    );
    assert!(ran.failed(1).contains("1 of 2 tests failed"));
    let ran = run(["check", "--json", "--rules", &rules]);
    let said: Value = serde_json::from_slice(&ran.out).unwrap();
    let failure = &said["tests"]["failures"][0];
    assert_eq!((failure["line"].as_u64(), failure["column"].as_u64()), (Some(6), Some(9)));
    assert_eq!((&failure["test"], &said["ok"]), (&"seats alone".into(), &false.into()));
    assert_eq!((said["tests"]["run"].as_u64(), said["tests"]["failed"].as_u64()), (Some(2), Some(1)));
    assert!(failure["nearest_miss"].as_str().unwrap().contains("business signal"), "{failure}");
    ran.failed(1);
    let without = run(["check", "--no-tests", "--rules", &rules]).good();
    assert!(without.starts_with("all is well: 2 detectors, 1 play, version "), "{without}");
    // Neither `run` nor `replay` asks the tests.
    run(["replay", "--rules", &rules, "-"]).good();
}

#[test]
fn mistakes_in_tests_are_mistakes() {
    let folder = Folder::new();
    let rules = folder.at("rules");
    run(["new", "play", "mine", "--rules", &rules]).good();
    folder.file("rules/tests/mine.test.yaml", "tests:\n  a: { expect: [{ play: mien }] }\n");
    let ran = run(["check", "--rules", &rules]);
    let said = String::from_utf8_lossy(&ran.out).into_owned();
    assert_eq!(
        said,
        format!("{rules}/tests/mine.test.yaml:2:25: unknown play `mien` (did you mean `mine`?)\n")
    );
    assert!(ran.failed(1).contains("1 mistake found"));
}

#[test]
fn the_schemas_are_printed() {
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    for (flags, file) in [
        (&["check", "--print-schema"][..], "rules"),
        (&["check", "--print-schema", "rules"], "rules"),
        (&["check", "--print-schema=tests"], "tests"),
    ] {
        let kept = fs::read_to_string(format!("{package}/../../schemas/{file}.schema.json")).unwrap();
        assert_eq!(run(flags).good(), kept, "{flags:?}");
    }
}
