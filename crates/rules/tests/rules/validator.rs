//! A validator of the part of JSON Schema 2020-12 that the schema of rule files uses. What it does not know it refuses to
//! pass over.

use regex::Regex;
use serde_json::{Map, Value};

/// Whether a value is what the schema says.
pub fn is_valid(schema: &Value, value: &Value) -> bool {
    valid(schema, schema, value)
}

fn valid(root: &Value, schema: &Value, value: &Value) -> bool {
    match schema {
        Value::Bool(all) => *all,
        Value::Object(schema) => schema.iter().all(|(word, of)| holds(root, schema, word, of, value)),
        other => panic!("no schema: {other}"),
    }
}

fn holds(root: &Value, schema: &Map<String, Value>, word: &str, of: &Value, value: &Value) -> bool {
    let all = |of: &Value| of.as_array().unwrap().iter().filter(|one| valid(root, one, value)).count();
    match word {
        // Said to people, or looked at with another word.
        "$schema" | "title" | "description" | "$defs" | "then" | "else" => true,
        "$ref" => {
            let pointer = of.as_str().unwrap().strip_prefix('#').unwrap();
            valid(root, root.pointer(pointer).unwrap_or_else(|| panic!("{pointer}")), value)
        }
        "type" => match of {
            Value::String(name) => is_of(name, value),
            names => names.as_array().unwrap().iter().any(|name| is_of(name.as_str().unwrap(), value)),
        },
        "enum" => of.as_array().unwrap().contains(value),
        "const" => of == value,
        "not" => !valid(root, of, value),
        "allOf" => all(of) == of.as_array().unwrap().len(),
        "anyOf" => all(of) > 0,
        "oneOf" => all(of) == 1,
        "if" => {
            let branch = if valid(root, of, value) { "then" } else { "else" };
            schema.get(branch).is_none_or(|branch| valid(root, branch, value))
        }
        _ => match value {
            Value::Object(value) => of_object(root, schema, word, of, value),
            Value::Array(items) => of_list(root, word, of, items),
            Value::String(text) => of_text(word, of, text),
            Value::Number(number) => of_number(word, of, number.as_f64().unwrap()),
            Value::Null | Value::Bool(_) => is_known(word),
        },
    }
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        other => panic!("unknown type {other}"),
    }
}

/// A word that says nothing of a value of this type; any other is a hole in the validator.
fn is_known(word: &str) -> bool {
    const WORDS: [&str; 15] = [
        "required",
        "properties",
        "additionalProperties",
        "propertyNames",
        "items",
        "prefixItems",
        "minItems",
        "maxItems",
        "uniqueItems",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
    ];
    assert!(WORDS.contains(&word), "unknown word {word}");
    true
}

fn of_object(
    root: &Value,
    schema: &Map<String, Value>,
    word: &str,
    of: &Value,
    value: &Map<String, Value>,
) -> bool {
    match word {
        "required" => of.as_array().unwrap().iter().all(|name| value.contains_key(name.as_str().unwrap())),
        "properties" => {
            let of = of.as_object().unwrap();
            of.iter().all(|(name, of)| value.get(name).is_none_or(|value| valid(root, of, value)))
        }
        "additionalProperties" => {
            let known = schema.get("properties").and_then(Value::as_object);
            let more = value.iter().filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)));
            more.into_iter().all(|(_, value)| valid(root, of, value))
        }
        "propertyNames" => value.keys().all(|name| valid(root, of, &Value::from(name.as_str()))),
        other => is_known(other),
    }
}

fn of_list(root: &Value, word: &str, of: &Value, items: &[Value]) -> bool {
    match word {
        "items" => items.iter().all(|item| valid(root, of, item)),
        "prefixItems" => of.as_array().unwrap().iter().zip(items).all(|(of, item)| valid(root, of, item)),
        "minItems" => items.len() as u64 >= of.as_u64().unwrap(),
        "maxItems" => items.len() as u64 <= of.as_u64().unwrap(),
        "uniqueItems" => (1..items.len()).all(|at| !items[..at].contains(&items[at])),
        other => is_known(other),
    }
}

fn of_text(word: &str, of: &Value, text: &str) -> bool {
    match word {
        "pattern" => Regex::new(of.as_str().unwrap()).unwrap().is_match(text),
        "minLength" => text.chars().count() as u64 >= of.as_u64().unwrap(),
        "maxLength" => text.chars().count() as u64 <= of.as_u64().unwrap(),
        other => is_known(other),
    }
}

fn of_number(word: &str, of: &Value, number: f64) -> bool {
    match word {
        "minimum" => number >= of.as_f64().unwrap(),
        "maximum" => number <= of.as_f64().unwrap(),
        "exclusiveMinimum" => number > of.as_f64().unwrap(),
        other => is_known(other),
    }
}

#[test]
fn it_tells_good_from_bad() {
    let schema = serde_json::json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {"a": {"type": "integer", "minimum": 1}, "b": {"type": "array", "items": {"enum": ["x"]}}},
    });
    for (value, good) in [
        (r#"{"a": 1}"#, true),
        (r#"{"a": 1.0, "b": ["x"]}"#, true),
        (r#"{"a": 0}"#, false),
        (r#"{"a": 1.5}"#, false),
        (r#"{"a": 1, "b": ["y"]}"#, false),
        (r#"{"a": 1, "c": 1}"#, false),
        (r#"{}"#, false),
        (r#"[]"#, false),
    ] {
        assert_eq!(is_valid(&schema, &serde_json::from_str(value).unwrap()), good, "{value}");
    }
}
