//! The opportunity read again from Avro, as the JSON that it would be.

use std::sync::OnceLock;

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use springtide_core::time::format_rfc3339;

use crate::avro::schemas;
use crate::bad::{BadClass, BadRecord};
use crate::output::avro::writer;

/// The JSON of an opportunity that was written as one Avro datum of our schema, without framing.
///
/// # Errors
/// Where the bytes are no such datum, or others follow it.
pub fn opportunity_json_of_avro(datum: &[u8]) -> Result<String, BadRecord> {
    let bad = |message: String| BadRecord::new(BadClass::NotAvro, message);
    let reader = reader().map_err(|error| bad(error.to_string()))?;
    let value = reader.read_value(&mut &datum[..]).map_err(|error| bad(error.to_string()))?;
    let json = serde_json::to_string(&Json(&value)).map_err(|error| bad(error.to_string()))?;
    // The reader takes what was cut off for text that is there: written again, it would be longer.
    let whole = writer()
        .and_then(|writer| writer.write_value_to_vec(value))
        .map_err(|error| bad(error.to_string()))?;
    if whole.len() != datum.len() {
        return Err(bad(format!("{} bytes, where the opportunity has {}", datum.len(), whole.len())));
    }
    Ok(json)
}

/// The reader of the output's schema, made once.
fn reader() -> Result<&'static GenericDatumReader<'static>, apache_avro::Error> {
    static READER: OnceLock<GenericDatumReader<'static>> = OnceLock::new();
    if let Some(reader) = READER.get() {
        return Ok(reader);
    }
    let made = GenericDatumReader::builder(schemas::opportunity()).build()?;
    Ok(READER.get_or_init(|| made))
}

/// A value as JSON: instants as RFC 3339, what a record leaves out where it is null as our JSON does.
struct Json<'a>(&'a Value);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Boolean(truth) => to.serialize_bool(*truth),
            Value::Int(number) => to.serialize_i32(*number),
            Value::Long(number) => to.serialize_i64(*number),
            Value::Double(number) => to.serialize_f64(*number),
            Value::String(text) => to.serialize_str(text),
            Value::TimestampMillis(at) => to.serialize_str(&format_rfc3339(*at)),
            Value::Union(_, inner) => Json(inner).serialize(to),
            Value::Array(items) => {
                let mut list = to.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(&Json(item)))?;
                list.end()
            }
            Value::Map(members) => {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by_key(|(name, _)| *name);
                let mut map = to.serialize_map(Some(sorted.len()))?;
                sorted.into_iter().try_for_each(|(name, value)| map.serialize_entry(name, &Json(value)))?;
                map.end()
            }
            Value::Record(fields) => {
                let mut map = to.serialize_map(None)?;
                let absent = |(name, value): &&(String, Value)| {
                    name == "emitted_at" && matches!(value, Value::Union(_, inner) if **inner == Value::Null)
                };
                fields
                    .iter()
                    .filter(|field| !absent(field))
                    .try_for_each(|(name, value)| map.serialize_entry(name, &Json(value)))?;
                map.end()
            }
            // Our schema has nothing else.
            _ => to.serialize_unit(),
        }
    }
}
