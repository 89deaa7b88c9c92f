//! Avro: any schema of a writer with any bytes, our own schemas with changes, and the registry's framing.

use serde_json::{Value, json};
use springtide_core::event::Topic;
use springtide_schema::avro::{WriterSchema, schemas};
use springtide_schema::{Attributes, frame, unframe};

pub fn run(data: &[u8]) {
    if let Ok((id, datum)) = unframe(data) {
        assert_eq!(frame(id, datum), data);
    }
    let Some((first, rest)) = data.split_first() else { return };
    let topic = Topic::ALL[usize::from(*first) % 5];
    let (schema, datum) = match first / 5 % 4 {
        0 => {
            let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
            let Ok(text) = std::str::from_utf8(&rest[..end]) else { return };
            (WriterSchema::parse(text), rest.get(end + 1..).unwrap_or_default())
        }
        _ => changed(topic, rest),
    };
    if let Ok(schema) = schema {
        let _ = schema.decode(topic, datum, &Attributes::default());
    }
}

type Parsed = Result<WriterSchema, springtide_schema::avro::SchemaError>;

/// Our schema of a topic after changes, each two bytes, as many as the first byte says; and what is left.
fn changed(topic: Topic, data: &[u8]) -> (Parsed, &[u8]) {
    let (count, mut rest) = data.split_first().map_or((0, data), |(count, rest)| (count % 8, rest));
    let mut schema: Value = serde_json::from_str(schemas::of(topic)).expect("our schema is JSON");
    let fields = schema["fields"].as_array_mut().expect("our schema is a record's");
    for _ in 0..count {
        let Some(([place, change], after)) = rest.split_first_chunk::<2>() else { break };
        rest = after;
        let place = usize::from(*place) % fields.len().max(1);
        change_field(fields, place, *change);
    }
    (WriterSchema::parse(&schema.to_string()), rest)
}

fn change_field(fields: &mut Vec<Value>, place: usize, change: u8) {
    let types = [
        json!("null"),
        json!("boolean"),
        json!("int"),
        json!("long"),
        json!("float"),
        json!("double"),
        json!("bytes"),
        json!("string"),
        json!({"type": "fixed", "name": format!("F{place}"), "size": 4}),
        json!({"type": "array", "items": "null"}),
        json!({"type": "map", "values": ["null", "string", "double"]}),
        json!({"type": "long", "logicalType": "timestamp-micros"}),
        json!({"type": "int", "logicalType": "date"}),
        json!({"type": "bytes", "logicalType": "decimal", "precision": 4}),
        json!({"type": "record", "name": format!("R{place}"), "fields": [{"name": "next", "type": ["null", format!("R{place}")]}]}),
        json!({"type": "enum", "name": format!("E{place}"), "symbols": ["seat_snapshot", "job_posted", "a"]}),
    ];
    let kind = types[usize::from(change % 16)].clone();
    match (change / 16, fields.is_empty()) {
        (0, _) => fields.insert(place, json!({"name": format!("x{place}"), "type": kind})),
        (_, true) => {}
        (1, _) => drop(fields.remove(place)),
        (2, _) => fields.rotate_left(place),
        (3, _) => fields[place]["type"] = json!(["null", kind]),
        _ => fields[place]["type"] = kind,
    }
}
