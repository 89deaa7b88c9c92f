//! Single Avro records: our own schemas, other writers' schemas, damaged bytes.

use apache_avro::Schema;
use apache_avro::types::Value as Avro;
use apache_avro::writer::datum::GenericDatumWriter;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use springtide_core::event::{Fact, Topic, Value};
use springtide_core::time::parse_rfc3339;
use springtide_schema::avro::{SchemaError, WriterSchema, schemas};
use springtide_schema::{Attributes, BadClass, BadRecord, Decoded, event_json};

use crate::events::any_event;

/// A JSON value as an Avro value of a schema; members that are not there are null, empty or absent.
pub fn to_avro(schema: &Schema, json: &Json) -> Avro {
    match (schema, json) {
        (Schema::Union(union), json) => {
            let place = union
                .variants()
                .iter()
                .position(|branch| (*branch == Schema::Null) == json.is_null())
                .unwrap();
            Avro::Union(place as u32, Box::new(to_avro(&union.variants()[place], json)))
        }
        (Schema::Record(record), json) => Avro::Record(
            record
                .fields
                .iter()
                .map(|f| (f.name.clone(), to_avro(&f.schema, json.get(&f.name).unwrap_or(&Json::Null))))
                .collect(),
        ),
        (Schema::Map(map), json) => Avro::Map(
            json.as_object()
                .into_iter()
                .flatten()
                .map(|(k, v)| (k.clone(), to_avro(&map.types, v)))
                .collect(),
        ),
        (Schema::Array(array), json) => {
            Avro::Array(json.as_array().into_iter().flatten().map(|v| to_avro(&array.items, v)).collect())
        }
        (Schema::Null, _) => Avro::Null,
        (Schema::Boolean, Json::Bool(b)) => Avro::Boolean(*b),
        (Schema::Int, Json::Number(n)) => Avro::Int(n.as_f64().unwrap() as i32),
        (Schema::Long, Json::Number(n)) => Avro::Long(n.as_f64().unwrap() as i64),
        (Schema::Float, Json::Number(n)) => Avro::Float(n.as_f64().unwrap() as f32),
        (Schema::Double, Json::Number(n)) => Avro::Double(n.as_f64().unwrap()),
        (Schema::TimestampMillis, Json::String(s)) => Avro::TimestampMillis(parse_rfc3339(s).unwrap()),
        (Schema::TimestampMicros, Json::String(s)) => {
            Avro::TimestampMicros(parse_rfc3339(s).unwrap() * 1_000 + 999)
        }
        (Schema::TimestampNanos, Json::String(s)) => {
            Avro::TimestampNanos(parse_rfc3339(s).unwrap() * 1_000_000 + 999_999)
        }
        (Schema::Long, Json::String(s)) => Avro::Long(parse_rfc3339(s).unwrap()),
        (Schema::String, Json::String(s)) => Avro::String(s.clone()),
        (Schema::Bytes, Json::String(s)) => Avro::Bytes(s.clone().into_bytes()),
        (Schema::Enum(symbols), Json::String(s)) => {
            let place = symbols.symbols.iter().position(|symbol| symbol == s).unwrap();
            Avro::Enum(place as u32, s.clone())
        }
        other => panic!("{other:?}"),
    }
}

/// A record's bytes.
pub fn encode(schema: &Schema, json: &Json) -> Vec<u8> {
    GenericDatumWriter::builder(schema).build().unwrap().write_value_to_vec(to_avro(schema, json)).unwrap()
}

fn event() -> Json {
    json!({
        "event_id": "e1", "account_id": "acme", "occurred_at": "2026-03-02T09:30:00.123Z", "type": "seat_snapshot",
        "seats_used": 46, "seats_licensed": 50,
    })
}

/// A writer's schema of these fields, as JSON text.
fn schema_of(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"Other","namespace":"com.example","fields":[{fields}]}}"#)
}

fn read(fields: &str, json: &Json) -> Result<Decoded, BadRecord> {
    let text = schema_of(fields);
    let bytes = encode(&Schema::parse_str(&text).unwrap(), json);
    WriterSchema::parse(&text).unwrap().decode(Topic::ProductUsage, &bytes, &Attributes::default())
}

const HEAD: &str = r#"{"name":"event_id","type":"string"},{"name":"account_id","type":"string"}"#;
const AT: &str = r#"{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"}}"#;
const TYPE: &str = r#"{"name":"type","type":"string"}"#;
const SEATS: &str = r#"{"name":"seats_used","type":"long"}"#;

#[test]
fn other_writers_schemas_are_read_by_value() {
    let both = |at: &str, ty: &str, seats: &str| format!("{seats},{HEAD},{ty},{at}");
    let at = |ty: &str| format!(r#"{{"name":"occurred_at","type":{ty}}}"#);
    let seats = |ty: &str| format!(r#"{{"name":"seats_used","type":{ty}}}"#);
    let ty = r#"{"name":"type","type":{"type":"enum","name":"Kind","symbols":["other","seat_snapshot"]}}"#;
    let mut schemas = vec![both(AT, TYPE, SEATS), both(AT, ty, SEATS)];
    for unit in ["timestamp-micros", "timestamp-nanos", "local-timestamp-millis"] {
        if unit != "local-timestamp-millis" {
            schemas.push(both(&at(&format!(r#"{{"type":"long","logicalType":"{unit}"}}"#)), TYPE, SEATS));
        }
    }
    schemas.push(both(&at(r#""string""#), TYPE, SEATS));
    schemas.push(both(&at(r#""long""#), TYPE, SEATS));
    schemas.push(both(&at(r#"["null",{"type":"long","logicalType":"timestamp-millis"}]"#), TYPE, SEATS));
    for number in [r#""int""#, r#""float""#, r#""double""#, r#"["null","int"]"#] {
        schemas.push(both(AT, TYPE, &seats(number)));
    }
    schemas.push(both(AT, r#"{"name":"type","type":"bytes"}"#, SEATS));
    for fields in schemas {
        let decoded = read(&fields, &event()).unwrap_or_else(|bad| panic!("{fields}: {bad}"));
        assert_eq!(decoded.event.at(), parse_rfc3339("2026-03-02T09:30:00.123Z").unwrap(), "{fields}");
        let Fact::Activity(activity) = &decoded.event.fact else { panic!() };
        assert_eq!(*activity.values, [Value::Number(46.0), Value::Absent], "{fields}");
        assert_eq!(decoded.unknown_fields, 0);
    }
}

#[test]
fn fields_that_no_type_knows_are_skipped_and_counted() {
    let more = r#"{"name":"a","type":["null","string"]},
        {"name":"b","type":{"type":"record","name":"B","fields":[
            {"name":"again","type":["null","B"]}, {"name":"event_id","type":"string"}, {"name":"n","type":"double"}]}},
        {"name":"c","type":{"type":"array","items":{"type":"map","values":["null","B","float"]}}},
        {"name":"d","type":{"type":"fixed","name":"F","size":3}},
        {"name":"meter","type":["null","string"]},"#;
    let b = json!({"again": {"again": null, "event_id": "deep", "n": 2}, "event_id": "inner", "n": 1});
    let text = schema_of(&format!("{more}{HEAD},{AT},{TYPE},{SEATS}"));
    let schema = Schema::parse_str(&text).unwrap();
    let mut value = match to_avro_without(&schema, "bcd", &event()) {
        Avro::Record(fields) => fields,
        other => panic!("{other:?}"),
    };
    let Schema::Record(record) = &schema else { panic!() };
    value[1].1 = match &record.fields[1].schema {
        Schema::Record(_) => inner(&b),
        other => panic!("{other:?}"),
    };
    value[2].1 = Avro::Array(vec![
        Avro::Map([("x".to_owned(), Avro::Union(2, Box::new(Avro::Float(1.0))))].into()),
        Avro::Map(Default::default()),
    ]);
    value[3].1 = Avro::Fixed(3, vec![1, 2, 3]);
    let bytes = GenericDatumWriter::builder(&schema)
        .build()
        .unwrap()
        .write_value_to_vec(Avro::Record(value))
        .unwrap();
    let decoded = WriterSchema::parse(&text)
        .unwrap()
        .decode(Topic::ProductUsage, &bytes, &Attributes::default())
        .unwrap();
    assert_eq!((decoded.event.fact.id(), decoded.unknown_fields), ("e1", 3));
}

/// A record with null in place of some fields, by their one-letter names.
fn to_avro_without(schema: &Schema, names: &str, json: &Json) -> Avro {
    let Schema::Record(record) = schema else { panic!() };
    let field = |f: &apache_avro::schema::RecordField| match names.contains(&*f.name) {
        true => Avro::Null,
        false => to_avro(&f.schema, json.get(&f.name).unwrap_or(&Json::Null)),
    };
    Avro::Record(record.fields.iter().map(|f| (f.name.clone(), field(f))).collect())
}

fn inner(json: &Json) -> Avro {
    let again = match &json["again"] {
        Json::Null => Avro::Union(0, Box::new(Avro::Null)),
        other => Avro::Union(1, Box::new(inner(other))),
    };
    Avro::Record(vec![
        ("again".to_owned(), again),
        ("event_id".to_owned(), Avro::String(json["event_id"].as_str().unwrap().to_owned())),
        ("n".to_owned(), Avro::Double(json["n"].as_f64().unwrap())),
    ])
}

#[test]
fn the_same_judgement_as_on_json() {
    let fields = format!(r#"{HEAD},{AT},{TYPE},{{"name":"seats_used","type":["null","double","string"]}}"#);
    let with = |name: &str, value: Json| {
        let mut json = event();
        json[name] = value;
        json
    };
    for (json, class, part) in [
        (with("seats_used", json!(46.5)), BadClass::OutOfRange, "46.5"),
        (with("seats_used", Json::Null), BadClass::MissingField, "`seats_used`"),
        (with("type", json!("nonsense")), BadClass::UnknownType, "nonsense"),
        (with("type", json!("job_posted")), BadClass::WrongTopic, "business-signals"),
        (with("account_id", json!("")), BadClass::OutOfRange, "`account_id`"),
    ] {
        let bad = read(&fields, &json).unwrap_err();
        assert_eq!(bad.class, class, "{json}");
        assert!(bad.message.contains(part), "{bad}");
    }
    let far = json!({"event_id": "e", "account_id": "a", "type": "seat_snapshot", "seats_used": 1});
    let fields = format!("{HEAD},{TYPE},{SEATS},{}", r#"{"name":"occurred_at","type":"double"}"#);
    let mut json = far.clone();
    json["occurred_at"] = json!(1.0);
    assert_eq!(read(&fields, &json).unwrap_err().class, BadClass::WrongType);
    let fields = format!("{HEAD},{TYPE},{SEATS},{}", r#"{"name":"occurred_at","type":"long"}"#);
    json["occurred_at"] = json!(9e17);
    assert_eq!(read(&fields, &json).unwrap_err().class, BadClass::BadTime);
    assert_eq!(read(&format!("{HEAD},{TYPE},{SEATS}"), &far).unwrap_err().class, BadClass::MissingField);
}

#[test]
fn attributes_stand_for_fields_that_the_schema_lacks() {
    let text = schema_of(SEATS);
    let bytes = encode(&Schema::parse_str(&text).unwrap(), &event());
    let attributes = Attributes {
        id: Some("ce"),
        time: Some("2026-01-01T00:00:00Z"),
        subject: Some("acme"),
        ty: Some("x.seat_snapshot"),
    };
    let decoded =
        WriterSchema::parse(&text).unwrap().decode(Topic::ProductUsage, &bytes, &attributes).unwrap();
    assert_eq!((&*decoded.event.account, decoded.event.fact.id()), ("acme", "ce"));
}

#[test]
fn bytes_that_are_no_whole_record_are_refused() {
    let text = schemas::of(Topic::ProductUsage);
    let schema = WriterSchema::parse(text).unwrap();
    let bytes = encode(&Schema::parse_str(text).unwrap(), &event());
    let read = |bytes: &[u8]| schema.decode(Topic::ProductUsage, bytes, &Attributes::default());
    assert!(read(&bytes).is_ok());
    for end in 0..bytes.len() {
        let bad = read(&bytes[..end]).unwrap_err();
        assert_eq!(bad.class, BadClass::NotAvro, "{end}: {bad}");
    }
    let bad = read(&[&bytes[..], b"\0"].concat()).unwrap_err();
    assert!(bad.message.contains("1 bytes follow"), "{bad}");
}

#[test]
fn lists_and_maps_can_not_claim_more_items_than_bytes() {
    let text = schema_of(&format!(r#"{{"name":"x","type":{{"type":"array","items":"null"}}}},{HEAD}"#));
    let schema = WriterSchema::parse(&text).unwrap();
    let claim = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0];
    let bad = schema.decode(Topic::ProductUsage, &claim, &Attributes::default()).unwrap_err();
    assert!(bad.message.contains("more items than there are bytes"), "{bad}");
}

#[test]
fn a_schema_that_is_no_record_is_refused() {
    assert!(matches!(WriterSchema::parse("\"string\""), Err(SchemaError::NotARecord)));
    assert!(matches!(WriterSchema::parse("nonsense"), Err(SchemaError::Invalid(_))));
    let error =
        WriterSchema::parse(r#"{"type":"record","name":"R","fields":[{"name":"a","type":"Nowhere"}]}"#)
            .unwrap_err();
    assert!(error.to_string().contains("Nowhere"), "{error}");
}

proptest! {
    #[test]
    fn every_event_survives_our_schemas(event in any_event()) {
        let text = schemas::of(event.topic());
        let json: Json = serde_json::from_str(&event_json(&event)).unwrap();
        let bytes = encode(&Schema::parse_str(text).unwrap(), &json);
        let decoded = WriterSchema::parse(text).unwrap().decode(event.topic(), &bytes, &Attributes::default());
        prop_assert_eq!(decoded, Ok(Decoded { event, unknown_fields: 0 }));
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), topic in 0..5_usize) {
        let topic = Topic::ALL[topic];
        let _ = WriterSchema::parse(schemas::of(topic)).unwrap().decode(topic, &bytes, &Attributes::default());
    }
}
