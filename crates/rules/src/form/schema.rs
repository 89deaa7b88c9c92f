//! The form of a rule file as JSON Schema (2020-12), for editors that complete and check while one types.

use serde_json::{Map, Value, json};

use springtide_core::event::Kind;

use super::shape::Shape;
use super::{DETECTOR, DRAFT, KINDS, Key, PLAY, SECTIONS};
use crate::detector::has_usage;
use crate::mistake::Log;
use crate::sections::MAX_NAME_BYTES;
use crate::yaml::{self, Meaning, Node, parse};

/// Which JSON Schema it is.
pub(super) const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The JSON Schema of a rule file.
///
/// It is about the form. Names that are not defined, expressions, and what takes two values to see are left to
/// [`compile`](crate::compile).
///
/// ```
/// let schema = springtide_rules::rule_schema();
/// assert_eq!(schema["properties"]["plays"]["additionalProperties"]["$ref"], "#/$defs/play");
/// ```
pub fn rule_schema() -> Value {
    let mut schema = json!({
        "$schema": DIALECT,
        "title": "Springtide rule file",
        "description": "A file of a rule pack: detectors, gates, plays, scoring, calendar and drafts. All files of a folder are one pack.",
        "$defs": {
            "name": {
                "type": "string", "minLength": 1, "maxLength": MAX_NAME_BYTES,
                "pattern": "^[^\\s\\x00-\\x1f\\x7f-\\x9f]([^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f])?$", "not": {"const": "<<"},
            },
            "detector": detector(),
            "play": play(),
            "draft": mapping(DRAFT),
        },
    });
    extend(&mut schema, mapping(SECTIONS));
    schema
}

/// A mapping with these keys and no others. Nothing at all is an empty one, where none is required.
pub(super) fn mapping(keys: &[Key]) -> Value {
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let properties: Map<String, Value> =
        keys.iter().map(|key| (key.name.to_owned(), described(key))).collect();
    let mut schema = json!({
        "type": if required.is_empty() { json!(["object", "null"]) } else { json!("object") },
        "additionalProperties": false,
        "properties": properties,
    });
    if !required.is_empty() {
        extend(&mut schema, json!({"required": required}));
    }
    schema
}

fn described(key: &Key) -> Value {
    let mut schema = key.shape.schema();
    extend(&mut schema, json!({"description": key.about}));
    schema
}

/// Adds members to an object.
pub(super) fn extend(schema: &mut Value, more: Value) {
    if let (Value::Object(schema), Value::Object(more)) = (schema, more) {
        schema.extend(more);
    }
}

fn detector() -> Value {
    let mut schema = mapping(DETECTOR);
    for kind in KINDS {
        let mut form = mapping(kind.keys);
        extend(&mut form, json!({"description": kind.about}));
        if let Some(properties) = schema["properties"].as_object_mut() {
            properties.insert(kind.name.to_owned(), form);
        }
    }
    let one_kind: Vec<Value> = KINDS.iter().map(|kind| json!({"required": [kind.name]})).collect();
    let mut all = vec![json!({
        "if": {"required": ["before"]},
        "then": {"properties": {"event": false, "where": false}},
        "else": {"required": ["event"]},
    })];
    all.extend(Kind::ALL.iter().map(|kind| of_event(*kind)));
    extend(&mut schema, json!({"oneOf": one_kind, "allOf": all}));
    schema
}

/// What the type of the events decides: which fields there are, and whether they say what is used.
fn of_event(kind: Kind) -> Value {
    let fields: Vec<&str> = kind.fields().iter().map(|field| field.name).chain(["event_id"]).collect();
    let mut properties = Map::new();
    for form in KINDS {
        let needs_usage = matches!(form.name, "ratio" | "trend");
        let keys = form.keys.iter().filter(|key| key.shape == Shape::Field);
        let keys: Map<String, Value> =
            keys.map(|key| (key.name.to_owned(), json!({"enum": fields}))).collect();
        if needs_usage && !has_usage(kind) {
            properties.insert(form.name.to_owned(), json!(false));
        } else if !keys.is_empty() {
            properties.insert(form.name.to_owned(), json!({"properties": keys}));
        }
    }
    json!({
        "if": {"properties": {"event": {"const": kind.name()}}, "required": ["event"]},
        "then": {"properties": properties},
    })
}

fn play() -> Value {
    let mut schema = mapping(PLAY);
    let side =
        |name: &str| json!({"required": [name], "properties": {name: {"type": "array", "minItems": 1}}});
    extend(&mut schema, json!({"anyOf": [side("product"), side("business")]}));
    schema
}

/// A YAML file as JSON, as this crate reads it; `None` where it is no YAML that a rule file may be. For tests that hold the
/// schema to what is accepted.
#[doc(hidden)]
pub fn value_of(text: &str) -> Option<Value> {
    let mut log = Log::new(vec![String::new()]);
    let root = parse(0, text, &mut log).ok()?;
    log.finish().ok()?;
    Some(root.map_or(Value::Null, |root| value(&root)))
}

fn value(node: &Node) -> Value {
    match &node.value {
        yaml::Value::List(items) => items.iter().map(value).collect(),
        yaml::Value::Map(entries) => {
            entries.iter().map(|entry| (entry.key.clone(), value(&entry.value))).collect::<Map<_, _>>().into()
        }
        yaml::Value::Scalar(scalar) => match scalar.meaning() {
            Meaning::Nothing => Value::Null,
            Meaning::Bool(value) => json!(value),
            // JSON knows no others.
            Meaning::Number(number) if number.is_finite() => json!(number),
            Meaning::Number(_) => json!(scalar.text),
            Meaning::Text(text) => json!(text),
        },
    }
}
