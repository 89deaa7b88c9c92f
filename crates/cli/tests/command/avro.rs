//! Generated lines as Avro container files of the project's own schemas.

use apache_avro::types::Value as Avro;
use apache_avro::{Codec, Schema, Writer};
use serde_json::Value as Json;
use springtide_core::event::Topic;
use springtide_core::time::parse_rfc3339;
use springtide_schema::avro::schemas;

/// The lines of a topic as a container file.
pub fn container(topic: &str, lines: &[String]) -> Vec<u8> {
    let schema = Schema::parse_str(schemas::of(Topic::from_name(topic).expect("a topic"))).expect("a schema");
    let mut writer = Writer::with_codec(&schema, Vec::new(), Codec::Null).expect("a writer");
    for line in lines {
        let record = serde_json::from_str(line).expect("JSON");
        writer.append_value(value(&schema, &record)).expect("a record of the schema");
    }
    writer.into_inner().expect("bytes")
}

/// A JSON value as one of a schema; members that are not there are null or empty.
fn value(schema: &Schema, json: &Json) -> Avro {
    match (schema, json) {
        (Schema::Union(union), _) => {
            let branch = |schema: &Schema| (*schema == Schema::Null) == json.is_null();
            let place = union.variants().iter().position(branch).expect("a branch");
            Avro::Union(place as u32, Box::new(value(&union.variants()[place], json)))
        }
        (Schema::Record(record), _) => {
            let member = |name: &str| json.get(name).unwrap_or(&Json::Null);
            let fields = record.fields.iter();
            Avro::Record(
                fields.map(|field| (field.name.clone(), value(&field.schema, member(&field.name)))).collect(),
            )
        }
        (Schema::Map(map), _) => {
            let members = json.as_object().into_iter().flatten();
            Avro::Map(members.map(|(name, member)| (name.clone(), value(&map.types, member))).collect())
        }
        (Schema::Array(array), _) => {
            let items = json.as_array().into_iter().flatten();
            Avro::Array(items.map(|item| value(&array.items, item)).collect())
        }
        (Schema::Null, _) => Avro::Null,
        (Schema::Int, Json::Number(number)) => Avro::Int(number.as_i64().expect("an integer") as i32),
        (Schema::Long, Json::Number(number)) => Avro::Long(number.as_i64().expect("an integer")),
        (Schema::Double, Json::Number(number)) => Avro::Double(number.as_f64().expect("a double")),
        (Schema::TimestampMillis, Json::String(time)) => {
            Avro::TimestampMillis(parse_rfc3339(time).expect("a timestamp"))
        }
        (Schema::String, Json::String(text)) => Avro::String(text.clone()),
        (Schema::Enum(symbols), Json::String(text)) => {
            let place = symbols.symbols.iter().position(|symbol| symbol == text).expect("a symbol");
            Avro::Enum(place as u32, text.clone())
        }
        other => panic!("no Avro value for {other:?}"),
    }
}
