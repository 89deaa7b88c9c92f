//! The schema that editors get: it takes what is right, and refuses what is wrong in form. The tables of good packs, odd packs
//! and mistakes each ask it too.

use std::path::Path;

use serde_json::Value;
use springtide_rules::{Mistake, default_files, default_test_files, rule_schema, test_schema, value_of};

use crate::validator::is_valid;

/// Of a file with these mistakes: one of form has to be seen.
pub fn refuses(schema: &Value, text: &str, mistakes: &[Mistake]) {
    let Some(value) = value_of(text) else { return };
    if let Some(mistake) = mistakes.iter().find(|mistake| is_of_form(&mistake.message)) {
        assert!(!is_valid(schema, &value), "an editor takes it: {mistake}\n{text}");
    }
}

/// Of a file that is right.
pub fn takes(schema: &Value, text: &str) {
    let value = value_of(text).unwrap_or_else(|| panic!("no YAML: {text}"));
    assert!(is_valid(schema, &value), "an editor refuses it:\n{text}");
}

/// Whether a mistake shows without looking into expressions, at other files, or at two values together.
fn is_of_form(message: &str) -> bool {
    let form = [
        "unknown key",
        "unknown segment",
        "unknown event type",
        "is missing",
        "expected ",
        "has one kind",
        "has no field",
        "has no usage",
        "is no name",
        "takes no",
        "needs `product` or `business`",
        "twice",
        "a rule file is a mapping",
        "`a test file`",
    ];
    // `active_days` may be as many as `within_days`, and no more.
    let beyond = ["is defined twice", "is not expected here", "`active_days`"];
    form.iter().any(|words| message.contains(words)) && !beyond.iter().any(|words| message.contains(words))
}

#[test]
fn each_file_of_the_default_pack_is_taken() {
    default_files().iter().for_each(|(_, text)| takes(&rule_schema(), text));
    default_test_files().iter().for_each(|(_, text)| takes(&test_schema(), text));
}

#[test]
fn the_files_in_schemas_are_the_schemas() {
    is_kept("rules.schema.json", &rule_schema());
    is_kept("tests.schema.json", &test_schema());
}

fn is_kept(name: &str, schema: &Value) {
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    let kept =
        std::fs::read_to_string(Path::new(&package).join("../../schemas").join(name)).unwrap_or_default();
    let made = format!("{schema:#}\n");
    let wanted = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&wanted, &made).expect("a writable folder");
    assert!(kept == made, "schemas/{name} has to be {}", wanted.display());
}

#[test]
fn every_key_has_words() {
    fn look(at: &str, schema: &Value) {
        let Some(schema) = schema.as_object() else { return };
        if let Some(properties) = schema.get("properties").and_then(|it| it.as_object()) {
            for (name, of) in properties {
                // Segments are named by themselves.
                let is_told = of["description"].is_string() || at.ends_with("by_segment");
                assert!(is_told, "{at}.{name}");
                look(&format!("{at}.{name}"), of);
            }
        }
    }
    for schema in [rule_schema(), test_schema()] {
        look("", &schema);
        // Fields of profiles and events are told by the schemas of the topics.
        let told = |name: &str| !name.ends_with("profile");
        for (name, of) in schema["$defs"].as_object().unwrap().iter().filter(|(name, _)| told(name)) {
            look(name, of);
        }
    }
}
