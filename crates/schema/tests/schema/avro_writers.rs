//! Writers of other versions and makes: fewer fields, more fields, promoted types, types of other schemas
//! (SPEC section 2: any compatible writer schema).

use apache_avro::Schema;
use serde_json::{Value as Json, json};
use springtide_core::event::Topic;
use springtide_schema::avro::{SchemaError, WriterSchema, schemas};
use springtide_schema::{Attributes, Decoded, decode_json};

use crate::avro_records::encode;

fn profile() -> Json {
    json!({
        "event_id": "p1", "account_id": "acme", "occurred_at": "2026-03-02T09:30:00.123Z", "name": "Acme",
        "domains": ["acme.example"], "segment": "smb", "industry": "steel", "signed_up_at": "2024-01-01T00:00:00.000Z",
        "mrr": 500, "currency": "EUR", "seats_licensed": 50, "limits": {"api_calls": 1000}, "health_score": 75,
        "champion": "strong", "products": ["core"], "owners": {"sales": "Ann"},
    })
}

const TIME: &str = r#"{"type":"long","logicalType":"timestamp-millis"}"#;

/// The fields of a writer that knows all that `profile` has, by name and type.
fn fields() -> Vec<(&'static str, String)> {
    let text = |name| (name, r#""string""#.to_owned());
    vec![
        text("event_id"),
        text("account_id"),
        ("occurred_at", TIME.to_owned()),
        text("name"),
        ("domains", r#"{"type":"array","items":"string"}"#.to_owned()),
        text("segment"),
        ("industry", r#"["null","string"]"#.to_owned()),
        ("signed_up_at", format!(r#"["null",{TIME}]"#)),
        ("mrr", r#""double""#.to_owned()),
        text("currency"),
        ("seats_licensed", r#"["null","long"]"#.to_owned()),
        ("limits", r#"{"type":"map","values":"double"}"#.to_owned()),
        ("health_score", r#"["null","double"]"#.to_owned()),
        ("champion", r#"["null","string"]"#.to_owned()),
        ("products", r#"{"type":"array","items":"string"}"#.to_owned()),
        ("owners", r#"{"type":"map","values":"string"}"#.to_owned()),
    ]
}

fn schema_of(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> =
        fields.iter().map(|(name, ty)| format!(r#"{{"name":"{name}","type":{ty}}}"#)).collect();
    format!(
        r#"{{"type":"record","name":"Theirs","namespace":"com.example","fields":[{}]}}"#,
        fields.join(",")
    )
}

/// Writes with a schema of these fields, and reads it back.
fn through(fields: &[(&str, String)], json: &Json) -> Decoded {
    let text = schema_of(fields);
    let bytes = encode(&Schema::parse_str(&text).unwrap(), json);
    let schema = WriterSchema::parse(&text).unwrap();
    schema
        .decode(Topic::AccountProfiles, &bytes, &Attributes::default())
        .unwrap_or_else(|bad| panic!("{text}: {bad}"))
}

fn as_json(json: &Json) -> Decoded {
    decode_json(Topic::AccountProfiles, json.to_string().as_bytes()).unwrap()
}

#[test]
fn promoted_types_give_the_same_event() {
    let expected = as_json(&profile());
    assert_eq!(through(&fields(), &profile()), expected);
    let nullable = |ty: &str| [format!(r#"["null",{ty}]"#), format!(r#"[{ty},"null"]"#)];
    let mut table: Vec<(&str, String)> = Vec::new();
    for number in [r#""int""#, r#""long""#, r#""float""#, r#""double""#] {
        for field in ["mrr", "seats_licensed", "health_score"] {
            table.push((field, number.to_owned()));
            table.extend(nullable(number).map(|ty| (field, ty)));
        }
        table.push(("limits", format!(r#"{{"type":"map","values":{number}}}"#)));
        table.extend(nullable(number).map(|ty| ("limits", format!(r#"{{"type":"map","values":{ty}}}"#))));
    }
    for text in [r#""string""#, r#""bytes""#, r#"["bytes","int"]"#] {
        for field in ["event_id", "account_id", "name", "industry", "champion", "currency"] {
            table.push((field, text.to_owned()));
            table.extend(nullable(r#""bytes""#).map(|ty| (field, ty)));
        }
        table.push(("domains", format!(r#"{{"type":"array","items":{text}}}"#)));
    }
    table.extend(nullable(r#"{"type":"array","items":["null","string"]}"#).map(|ty| ("products", ty)));
    table.extend(nullable(r#"{"type":"map","values":["null","string"]}"#).map(|ty| ("owners", ty)));
    for (field, symbols) in [("segment", r#""mid_market","smb""#), ("champion", r#""strong""#)] {
        let symbols = format!(r#"{{"type":"enum","name":"E","symbols":[{symbols}]}}"#);
        table.extend(nullable(&symbols).map(|ty| (field, ty)));
    }
    for unit in ["timestamp-micros", "timestamp-nanos"] {
        let ty = format!(r#"{{"type":"long","logicalType":"{unit}"}}"#);
        table.extend(["occurred_at", "signed_up_at"].map(|field| (field, ty.clone())));
    }
    table.extend(["occurred_at", "signed_up_at"].map(|field| (field, r#""string""#.to_owned())));
    for (field, ty) in table {
        let mut fields = fields();
        fields.iter_mut().find(|(name, _)| *name == field).unwrap().1 = ty;
        assert_eq!(through(&fields, &profile()), expected, "{}", schema_of(&fields));
    }
}

#[test]
fn fields_may_come_in_any_order() {
    let mut fields = fields();
    for _ in 0..fields.len() {
        fields.rotate_left(1);
        assert_eq!(through(&fields, &profile()), as_json(&profile()));
    }
}

#[test]
fn optional_fields_that_an_older_writer_lacks_are_absent() {
    let required = ["event_id", "account_id", "occurred_at", "name", "segment", "mrr", "currency"];
    let mut fields = fields();
    let mut json = profile();
    while let Some(place) = fields.iter().position(|(name, _)| !required.contains(name)) {
        let (name, _) = fields.remove(place);
        json.as_object_mut().unwrap().remove(name);
        assert_eq!(through(&fields, &json), as_json(&json), "without {name}");
    }
}

#[test]
fn fields_that_a_newer_writer_adds_are_counted_and_change_nothing() {
    let mut fields = fields();
    let mut json = profile();
    for (count, (name, ty, value)) in [
        ("region", r#""string""#, json!("emea")),
        ("tags", r#"{"type":"array","items":"string"}"#, json!(["a"])),
        ("rank", r#"["int","null"]"#, json!(1)),
    ]
    .into_iter()
    .enumerate()
    {
        fields.insert(count * 2, (name, ty.to_owned()));
        json[name] = value;
        let decoded = through(&fields, &json);
        assert_eq!(decoded.event, as_json(&profile()).event);
        assert_eq!(decoded.unknown_fields, count as u32 + 1);
    }
    // What is null was not said, be it known or not.
    json["rank"] = Json::Null;
    assert_eq!(through(&fields, &json).unknown_fields, 2);
}

#[test]
fn types_of_referenced_schemas_are_found_in_any_order() {
    let ours = schemas::of(Topic::ProductUsage);
    let kind = r#"{"type":"enum","name":"com.example.Kind","symbols":["user_activity","seat_snapshot"]}"#;
    let what = r#"{"type":"record","name":"What","namespace":"com.example","fields":[
        {"name":"kind","type":"Kind"},{"name":"again","type":["null","What"]}]}"#;
    let text = r#"{"type":"record","name":"Theirs","namespace":"com.example","fields":[
        {"name":"event_id","type":"string"},{"name":"account_id","type":"string"},
        {"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"}},
        {"name":"more","type":["null","What"]},{"name":"type","type":"com.example.Kind"},
        {"name":"seats_used","type":"int"}]}"#;
    // What { kind: seat_snapshot, again: What { kind: user_activity, again: null } }
    let bytes = [4, b'e', b'1', 2, b'a', 0, 2, 2, 2, 0, 0, 2, 92];
    for others in [[kind, what], [what, kind]] {
        let schema = WriterSchema::parse_with(text, &others).unwrap();
        let decoded = schema.decode(Topic::ProductUsage, &bytes, &Attributes::default()).unwrap();
        assert_eq!((decoded.event.fact.id(), decoded.unknown_fields), ("e1", 1));
    }
    assert!(WriterSchema::parse_with(ours, &[kind]).is_ok(), "a schema need not use what it refers to");
    for (others, part) in
        [(vec![kind], "What"), (vec![what], "Kind"), (vec![kind, what, kind], "com.example.Kind")]
    {
        let error = WriterSchema::parse_with(text, &others).unwrap_err();
        assert!(matches!(error, SchemaError::Invalid(_)) && error.to_string().contains(part), "{error}");
    }
}
