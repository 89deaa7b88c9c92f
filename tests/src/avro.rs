//! Avro as a customer's producers write it and its consumers read it: by the schema library, not by our own reader.

use std::collections::BTreeMap;
use std::ffi::OsString;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value as Avro;
use apache_avro::writer::datum::GenericDatumWriter;
use serde_json::{Map, Number, Value as Json};
use springtide_core::event::Topic;
use springtide_core::time::{format_rfc3339, parse_rfc3339};
use springtide_schema::avro::schemas;
use springtide_schema::{frame, unframe};

use crate::data::Data;
use crate::pipeline::Pipeline;
use crate::records::Record;
use crate::registry::SchemaRegistry;

/// A producer's schema and the id that the registry gave to it.
pub struct Writer {
    /// The id.
    pub id: u32,
    schema: Schema,
}

impl Writer {
    /// Registers a schema under a subject.
    ///
    /// # Panics
    /// Where the registry does not take it.
    pub fn register(subject: &str, text: &str) -> Writer {
        let id = SchemaRegistry::shared().register(subject, text, &[]);
        Writer { id, schema: Schema::parse_str(text).unwrap() }
    }

    /// A value of these members, behind the schema's id; members that are not there are null or empty.
    ///
    /// # Panics
    /// Where the schema has no place for them.
    pub fn value(&self, json: &Json) -> Vec<u8> {
        frame(self.id, &self.datum(json))
    }

    /// The same without the id.
    ///
    /// # Panics
    /// As [`Writer::value`].
    pub fn datum(&self, json: &Json) -> Vec<u8> {
        let writer = GenericDatumWriter::builder(&self.schema).build().unwrap();
        writer.write_value_to_vec(to_avro(&self.schema, json)).unwrap()
    }

    /// A record whose value is a JSON object, with that as Avro.
    ///
    /// # Panics
    /// Where it is none, or as [`Writer::value`].
    pub fn record(&self, record: &Record) -> Record {
        let value = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
        Record { value: Some(self.value(&value)), ..record.clone() }
    }

    /// Whether the schema has a field for each member that is not null.
    ///
    /// # Panics
    /// Where the schema is no record's.
    pub fn takes(&self, json: &Json) -> bool {
        let Schema::Record(record) = &self.schema else { panic!("a record's schema") };
        let has = |name: &String| record.lookup.contains_key(name);
        json.as_object().unwrap().iter().all(|(name, value)| value.is_null() || has(name))
    }
}

fn to_avro(schema: &Schema, json: &Json) -> Avro {
    match (schema, json) {
        (Schema::Union(union), json) => {
            let branches = union.variants();
            let place =
                branches.iter().position(|branch| (*branch == Schema::Null) == json.is_null()).unwrap();
            Avro::Union(u32::try_from(place).unwrap(), Box::new(to_avro(&branches[place], json)))
        }
        (Schema::Record(record), json) => {
            let fields = record.fields.iter();
            let value = |name: &String, schema| to_avro(schema, json.get(name).unwrap_or(&Json::Null));
            Avro::Record(
                fields.map(|field| (field.name.clone(), value(&field.name, &field.schema))).collect(),
            )
        }
        (Schema::Map(map), json) => {
            let members = json.as_object().into_iter().flatten();
            Avro::Map(members.map(|(name, value)| (name.clone(), to_avro(&map.types, value))).collect())
        }
        (Schema::Array(array), json) => {
            let items = json.as_array().into_iter().flatten();
            Avro::Array(items.map(|item| to_avro(&array.items, item)).collect())
        }
        (Schema::Null, _) => Avro::Null,
        (Schema::Int, Json::Number(_)) => Avro::Int(whole(json).try_into().unwrap()),
        (Schema::Long, Json::Number(_)) => Avro::Long(whole(json)),
        (Schema::Double, Json::Number(number)) => Avro::Double(number.as_f64().unwrap()),
        (Schema::TimestampMillis, Json::String(text)) => Avro::TimestampMillis(parse_rfc3339(text).unwrap()),
        (Schema::TimestampMicros, Json::String(text)) => {
            Avro::TimestampMicros(parse_rfc3339(text).unwrap() * 1_000 + 999)
        }
        (Schema::Date, Json::String(text)) => {
            Avro::Date((parse_rfc3339(text).unwrap() / 86_400_000).try_into().unwrap())
        }
        (Schema::String, Json::String(text)) => Avro::String(text.clone()),
        (Schema::Bytes, Json::String(text)) => Avro::Bytes(text.clone().into_bytes()),
        (Schema::Enum(symbols), Json::String(text)) => {
            let place = symbols.symbols.iter().position(|symbol| symbol == text).unwrap();
            Avro::Enum(u32::try_from(place).unwrap(), text.clone())
        }
        other => panic!("{other:?}"),
    }
}

/// A count; generated data has some of them as doubles.
fn whole(json: &Json) -> i64 {
    let number = json.as_f64().unwrap();
    assert!(number.fract() == 0.0, "{json} is no count");
    number as i64
}

/// A consumer: reads values by the schemas that they name, as the registry has them.
#[derive(Default)]
pub struct Reader {
    schemas: BTreeMap<u32, Schema>,
}

impl Reader {
    /// A value's members; instants as RFC 3339.
    ///
    /// # Panics
    /// Where the value is no Avro of a schema that the registry has, or bytes follow it.
    pub fn read(&mut self, value: &[u8]) -> Json {
        let (id, mut datum) = unframe(value).unwrap();
        let ask = || Schema::parse_str(&SchemaRegistry::shared().schema(id)).unwrap();
        let schema = self.schemas.entry(id).or_insert_with(ask);
        let reader = GenericDatumReader::builder(schema).build().unwrap();
        let read = to_json(reader.read_value(&mut datum).unwrap());
        assert!(datum.is_empty(), "{} bytes follow {read}", datum.len());
        read
    }
}

fn to_json(avro: Avro) -> Json {
    match avro {
        Avro::Null => Json::Null,
        Avro::Boolean(truth) => truth.into(),
        Avro::Int(number) => number.into(),
        Avro::Long(number) => number.into(),
        Avro::Double(number) => Number::from_f64(number).map_or(Json::Null, Json::Number),
        Avro::String(text) => text.into(),
        Avro::TimestampMillis(at) => format_rfc3339(at).into(),
        Avro::Union(_, inner) => to_json(*inner),
        Avro::Array(items) => items.into_iter().map(to_json).collect(),
        Avro::Map(members) => {
            Json::Object(members.into_iter().map(|(name, value)| (name, to_json(value))).collect())
        }
        Avro::Record(fields) => {
            let fields: Map<_, _> = fields.into_iter().map(|(name, value)| (name, to_json(value))).collect();
            Json::Object(fields)
        }
        other => panic!("nothing that we write: {other:?}"),
    }
}

/// Flags that make these topics Avro, beside the rules and the clock. Output is Avro where there is a registry.
pub fn flags(data: &Data, avro: &[&str]) -> Vec<OsString> {
    let mut flags = data.flags();
    flags.push(format!("--schema-registry={}", SchemaRegistry::shared().url).into());
    flags.extend(avro.iter().map(|topic| format!("--format={topic}=avro").into()));
    flags
}

/// Our own schema of a topic.
///
/// # Panics
/// Where it is no input topic.
pub fn ours(topic: &str) -> &'static str {
    schemas::of(Topic::from_name(topic).unwrap())
}

/// Writers of our own schemas.
fn writers(pipeline: &Pipeline, topics: &[&'static str]) -> BTreeMap<&'static str, Writer> {
    let writer = |topic| Writer::register(&format!("{}-value", pipeline.topic(topic)), ours(topic));
    topics.iter().map(|topic| (*topic, writer(topic))).collect()
}

/// The records, those of these topics in Avro.
pub fn in_avro(pipeline: &Pipeline, topics: &[&'static str], records: Vec<Record>) -> Vec<Record> {
    let writers = writers(pipeline, topics);
    let written =
        |record: Record| writers.get(record.topic).map(|writer| writer.record(&record)).unwrap_or(record);
    records.into_iter().map(written).collect()
}
