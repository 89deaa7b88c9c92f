//! docs/rules.md: every kind and every key is in it, its rules compile, its tests pass.

use std::path::Path;

use springtide_rules::{SourceFile, compile, detector_kinds, form_keys, rule_schema, run_tests, test_schema};

fn page() -> String {
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    std::fs::read_to_string(Path::new(&package).join("../../docs/rules.md")).expect("docs/rules.md")
}

/// The blocks of YAML, in order.
fn blocks(page: &str) -> Vec<SourceFile> {
    let texts = page.split("\n```yaml\n").skip(1).filter_map(|rest| rest.split("\n```\n").next());
    let file = |(at, text): (usize, &str)| SourceFile { path: format!("block {at}"), text: text.to_owned() };
    texts.enumerate().map(file).collect()
}

#[test]
fn every_kind_has_a_section_with_a_drawing_its_state_its_keys_and_its_yaml() {
    let page = page();
    for (kind, about) in detector_kinds() {
        let section =
            page.split(&format!("\n### `{kind}`\n")).nth(1).unwrap_or_else(|| panic!("no section {kind}"));
        let section = section.split("\n#").next().unwrap_or_default();
        for wanted in [about, "\n```\n ", "\n*State:* ", "\n```yaml\ndetectors:\n", &format!("{kind}: {{")] {
            assert!(section.contains(wanted), "{kind}: {wanted:?}");
        }
        for (_, key, about) in form_keys().filter(|(of, ..)| *of == kind) {
            assert!(section.contains(&format!("| `{key}` | {about} |")), "{kind}: {key}");
            assert!(section.contains(&format!("{key}: ")), "{kind}: no example has {key}");
        }
    }
}

#[test]
fn every_key_has_a_row_and_every_row_is_a_key() {
    let page = page();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    for (of, key, about) in form_keys() {
        assert!(rows.contains(&&*format!("| `{key}` | {about} |")), "{of}: {key}");
    }
    assert_eq!(rows.len(), form_keys().count());
}

#[test]
fn its_rules_compile_and_its_tests_pass() {
    let blocks = blocks(&page());
    let (tests, rules): (Vec<SourceFile>, Vec<SourceFile>) =
        blocks.into_iter().partition(|block| block.text.starts_with("tests:"));
    let pack = compile(&rules).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(pack.warnings, []);
    assert!(rules.len() > detector_kinds().count());
    rules.iter().for_each(|block| crate::schema::takes(&rule_schema(), &block.text));
    tests.iter().for_each(|block| crate::schema::takes(&test_schema(), &block.text));
    let report = run_tests(&pack.rules, &tests).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let failures: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
    assert_eq!((report.tests, failures), (3, vec![]));
}
