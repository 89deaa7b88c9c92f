//! Events as producers write them: a JSON object, or an Avro datum behind a schema's id.

use std::io::Write;

use serde_json::Value as Json;
use springtide_core::event::Topic;
use springtide_core::time::format_rfc3339;
use springtide_schema::frame;

use crate::workload::{Datum, Record};

/// How values are written.
pub enum Wire {
    /// One JSON object a record.
    Json,
    /// Avro by the schemas of this repository, behind the ids that a registry gave, by topic.
    Avro(Box<[Schema; Topic::ALL.len()]>),
}

/// A schema's fields in order, and its id.
pub struct Schema {
    id: u32,
    fields: Vec<(String, bool)>,
}

impl Schema {
    /// Of a record schema's text.
    ///
    /// # Panics
    /// Where it is no record schema.
    pub fn new(id: u32, text: &str) -> Schema {
        let json: Json = serde_json::from_str(text).expect("a schema is JSON");
        let fields = json["fields"].as_array().expect("a record has fields");
        let field = |field: &Json| {
            let name = field["name"].as_str().expect("a field has a name").to_owned();
            (name, field["type"].is_array())
        };
        Schema { id, fields: fields.iter().map(field).collect() }
    }
}

impl Wire {
    /// A record's value.
    pub fn value(&self, record: &Record) -> Vec<u8> {
        match self {
            Wire::Json => json(record),
            Wire::Avro(schemas) => {
                let schema = &schemas[record.topic.index()];
                frame(schema.id, &avro(schema, record))
            }
        }
    }
}

fn json(record: &Record) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    put(&mut out, format_args!("{{\"account_id\":\"{}\",\"occurred_at\":\"", record.account));
    put(&mut out, format_args!("{}\"", format_rfc3339(record.at)));
    for (name, datum) in &record.fields {
        put(&mut out, format_args!(",\"{name}\":"));
        match datum {
            Datum::Word(text) => put(&mut out, format_args!("\"{text}\"")),
            Datum::Text(text) => put(&mut out, format_args!("\"{text}\"")),
            Datum::Count(count) => put(&mut out, format_args!("{count}")),
            Datum::Amount(amount) => put(&mut out, format_args!("{amount:?}")),
            Datum::Time(at) => put(&mut out, format_args!("\"{}\"", format_rfc3339(*at))),
            Datum::Words(words) => put(&mut out, format_args!("{words:?}")),
            Datum::Names(names) => {
                let mut between = '{';
                for (role, name) in names {
                    put(&mut out, format_args!("{between}\"{role}\":\"{name}\""));
                    between = ',';
                }
                out.push(b'}');
            }
        }
    }
    out.push(b'}');
    out
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("memory takes what is written");
}

fn avro(schema: &Schema, record: &Record) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    for (name, optional) in &schema.fields {
        let given = match name.as_str() {
            "account_id" => Some(&Datum::Text(record.account.clone())).cloned(),
            "occurred_at" => Some(Datum::Time(record.at)),
            _ => record.fields.iter().find(|(field, _)| field == name).map(|(_, datum)| datum.clone()),
        };
        match given {
            // Absent: null in a union, else no items in an array or a map.
            None => out.push(0),
            Some(datum) => {
                if *optional {
                    long(&mut out, 1);
                }
                write(&mut out, &datum);
            }
        }
    }
    out
}

fn write(out: &mut Vec<u8>, datum: &Datum) {
    match datum {
        Datum::Word(word) => text(out, word),
        Datum::Text(words) => text(out, words),
        Datum::Count(count) => long(out, *count),
        Datum::Time(at) => long(out, *at),
        Datum::Amount(amount) => out.extend(amount.to_le_bytes()),
        Datum::Words(words) => {
            if !words.is_empty() {
                long(out, words.len() as i64);
                words.iter().for_each(|word| text(out, word));
            }
            long(out, 0);
        }
        Datum::Names(names) => {
            if !names.is_empty() {
                long(out, names.len() as i64);
                for (role, name) in names {
                    text(out, role);
                    text(out, name);
                }
            }
            long(out, 0);
        }
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    long(out, text.len() as i64);
    out.extend(text.as_bytes());
}

/// Zigzag, then seven bits a byte.
fn long(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use springtide_schema::Attributes;
    use springtide_schema::avro::{WriterSchema, schemas};
    use springtide_schema::decode_json;

    use super::*;
    use crate::workload::Workload;

    #[test]
    fn both_forms_say_the_same_and_are_good_records() {
        let workload = Workload { accounts: 50, usage: 500, business: 200, ..Workload::default() };
        for record in workload.profiles().chain(workload.events()) {
            let text = schemas::of(record.topic);
            let writer = WriterSchema::parse(text).unwrap();
            let datum = avro(&Schema::new(1, text), &record);
            let from_json = decode_json(record.topic, &json(&record)).unwrap();
            let from_avro = writer.decode(record.topic, &datum, &Attributes::default()).unwrap();
            assert_eq!(from_json.event, from_avro.event);
            assert_eq!(from_json.event.account.as_ref(), record.account);
        }
    }
}
