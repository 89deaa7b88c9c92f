//! The schema that editors get: it takes what is right, and refuses what is wrong in form. The tables of good packs, odd packs
//! and mistakes each ask it too.

use std::path::Path;

use springtide_rules::{Mistake, default_files, rule_schema, value_of};

use crate::validator::is_valid;

/// Of a file with these mistakes: one of form has to be seen.
pub fn refuses(text: &str, mistakes: &[Mistake]) {
    let Some(value) = value_of(text) else { return };
    if let Some(mistake) = mistakes.iter().find(|mistake| is_of_form(&mistake.message)) {
        assert!(!is_valid(&rule_schema(), &value), "an editor takes it: {mistake}\n{text}");
    }
}

/// Of a file that compiles.
pub fn takes(text: &str) {
    let value = value_of(text).unwrap_or_else(|| panic!("no YAML: {text}"));
    assert!(is_valid(&rule_schema(), &value), "an editor refuses it:\n{text}");
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
    ];
    // `active_days` may be as many as `within_days`, and no more.
    let beyond = ["is defined twice", "is not expected here", "`active_days`"];
    form.iter().any(|words| message.contains(words)) && !beyond.iter().any(|words| message.contains(words))
}

#[test]
fn each_file_of_the_default_pack_is_taken() {
    for (path, text) in default_files() {
        assert!(is_valid(&rule_schema(), &value_of(text).unwrap()), "{path}");
    }
}

#[test]
fn the_file_in_schemas_is_the_schema() {
    let path =
        Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../schemas/rules.schema.json");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let made = format!("{:#}\n", rule_schema());
    let wanted = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rules.schema.json");
    std::fs::write(&wanted, &made).expect("a writable folder");
    assert!(kept == made, "schemas/rules.schema.json has to be {}", wanted.display());
}

#[test]
fn every_key_has_words() {
    fn look(at: &str, schema: &serde_json::Value) {
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
    let schema = rule_schema();
    look("", &schema);
    for (name, of) in schema["$defs"].as_object().unwrap() {
        look(name, of);
    }
}
