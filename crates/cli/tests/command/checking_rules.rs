//! `check`: every mistake at once, and the default pack as a start of one's own.

use std::fs;

use serde_json::{Value, json};

use crate::history::{content, generated};
use crate::tool::{Folder, run};

/// A pack with mistakes in two files.
fn bad_pack() -> Folder {
    let folder = Folder::new();
    folder.file(
        "a.yaml",
        "detectors:\n  \
           seats: { family: product, event: seat_snapshot, ratio: { at_least: nine }, urgency: high }\n\
         plays:\n  \
           p: { motion: seat, product: [seats, nope], gate: \"profile.health_score >\" }\n",
    );
    folder.file("sub/b.yaml", "plays:\n  q:\n    motion: sideways\n    product: [seats]\n    window: 5w\n");
    folder
}

const PLACES: [(&str, u64, u64, &str); 5] = [
    ("a.yaml", 2, 70, "`at_least`: expected a number above 0"),
    ("a.yaml", 4, 39, "unknown detector `nope`"),
    ("a.yaml", 4, 75, "`gate`: the expression ends too early"),
    ("sub/b.yaml", 3, 13, "`motion`: expected one of `seat`"),
    ("sub/b.yaml", 5, 13, "`window`: expected a duration"),
];

#[test]
fn every_mistake_is_reported_with_its_place() {
    let folder = bad_pack();
    let rules = folder.path().to_str().unwrap();
    let ran = run(["check", "--rules", rules]);
    let said = String::from_utf8(ran.out.clone()).unwrap();
    for ((file, line, column, message), said) in PLACES.iter().zip(said.lines()) {
        let want = format!("{rules}/{file}:{line}:{column}: {message}");
        assert!(said.starts_with(&want), "expected {want}\n   found {said}");
    }
    assert_eq!(said.lines().count(), PLACES.len(), "{said}");
    assert!(ran.failed(1).contains("5 mistakes"));
    let refused = run(["replay", "--rules", rules, "-"]).failed(1);
    assert!(PLACES.iter().all(|(.., message)| refused.contains(message)), "{refused}");
}

#[test]
fn mistakes_are_there_for_machines_too() {
    let folder = bad_pack();
    let ran = run(["check", "--json", "--rules", folder.path().to_str().unwrap()]);
    let said: Value = serde_json::from_slice(&ran.out).unwrap();
    let places = said["mistakes"].as_array().unwrap().iter();
    let places: Vec<_> =
        places.map(|at| (at["line"].as_u64().unwrap(), at["column"].as_u64().unwrap())).collect();
    assert_eq!(places, PLACES.map(|(_, line, column, _)| (line, column)));
    assert_eq!((&said["ok"], &said["rules_version"]), (&json!(false), &Value::Null));
    ran.failed(1);
}

#[test]
fn the_default_pack_written_out_is_the_default_pack() {
    let folder = Folder::new();
    let own = folder.at("own");
    run(["check", "--write-default", &own]).good();
    let said = |args: &[&str]| serde_json::from_str::<Value>(&run(args).good()).unwrap();
    let version = said(&["check", "--json"]);
    assert_eq!(said(&["check", "--json", "--rules", &own]), version);
    assert_eq!((&version["ok"], &version["mistakes"]), (&json!(true), &json!([])));
    let file = folder.file("mixed.jsonl", content(&generated(20, 60)));
    let by_default = run(["replay", &file]).good();
    assert!(!by_default.is_empty());
    assert_eq!(run(["replay", &file, "--rules", &own]).good(), by_default);
    let from_environment =
        crate::tool::springtide().env("SPRINGTIDE_RULES", &own).args(["replay", &file]).output();
    assert_eq!(crate::tool::Ran::from(from_environment.unwrap()).good(), by_default);
}

#[test]
fn a_pack_is_not_overwritten() {
    let folder = Folder::new();
    let mine = folder.file("scoring.yaml", "mine");
    let said = run(["check", "--write-default", folder.path().to_str().unwrap()]).failed(1);
    assert!(said.contains("scoring.yaml: is there already"), "{said}");
    assert_eq!(fs::read_to_string(mine).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was written beside it");
    run(["check", "--rules", &folder.at(""), "--write-default", &folder.at("own")]).failed(2);
}

#[test]
fn a_folder_without_rules_is_refused() {
    let folder = Folder::new();
    fs::create_dir(folder.at("empty")).unwrap();
    let file = folder.file("rules.yaml", "plays: {}\n");
    for (rules, reason) in [
        (folder.at("empty"), "no *.yaml or *.yml file in this folder"),
        (folder.at("missing"), "No such file"),
        (file, "Not a directory"),
    ] {
        for command in [&["check"][..], &["replay", "-"]] {
            let said = run(command.iter().copied().chain(["--rules", &rules])).failed(1);
            assert!(said.contains(&rules) && said.contains(reason), "{said}");
        }
    }
}

#[test]
fn no_file_makes_check_panic() {
    let deep = format!("detectors: {}{}", "[".repeat(20_000), "]".repeat(20_000));
    let doubling: String = (1..40).map(|n| format!("a{n}: &a{n} [*a{}, *a{}]\n", n - 1, n - 1)).collect();
    let play = |key: &str, value: &str| {
        format!(
            "detectors:\n  d: {{ family: product, event: user_activity, match: {{}}, urgency: low }}\n\
             plays:\n  p: {{ motion: seat, product: [d], {key}: {value} }}\n"
        )
    };
    let gate = |gate: String| play("gate", &format!("\"{gate}\""));
    for (name, text) in [
        ("no mapping", "- 1".to_owned()),
        ("deep", deep),
        ("aliases", format!("a0: &a0 [1]\n{doubling}")),
        ("an alias of itself", "a: &a [*a]".to_owned()),
        ("two documents", "plays: {}\n---\nplays: {}\n".to_owned()),
        ("tabs", "plays:\n\tp: 1".to_owned()),
        ("a long window", play("window", "99999999999999999999d")),
        ("many business days", play("window", "4000000000bd")),
        ("a negative time", play("cooldown", "-1d")),
        ("parentheses", gate(format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000)))),
        ("negations", gate(format!("{}true", "!".repeat(10_000)))),
        ("a long sum", gate(format!("1{} > 0", " + 1".repeat(10_000)))),
        ("a large pattern", gate("profile.name.matches('((a{1000}){1000}){1000}')".to_owned())),
    ] {
        let folder = Folder::new();
        folder.file("rules.yaml", text);
        let ran = run(["check", "--rules", folder.path().to_str().unwrap()]);
        ran.calm();
        let said = String::from_utf8_lossy(&ran.out);
        assert_eq!(ran.code, Some(1), "{name}: {said}{}", ran.err);
        assert!(said.contains("rules.yaml:") || ran.err.contains("rules.yaml"), "{name}: {said}{}", ran.err);
    }
}
