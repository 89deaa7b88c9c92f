//! Bytes to an event: each kind of usage, as JSON and as Avro behind the id of its schema.

use std::hint::black_box;

use springtide_core::event::{FieldType, Kind, Topic};
use springtide_schema::avro::{WriterSchema, schemas};
use springtide_schema::{Attributes, decode_json, unframe};

use super::{Case, Run};
use crate::wire::{Schema, Wire};
use crate::workload::{Datum, Record, START};

const OPERATIONS: u64 = 200;
const SCHEMA_ID: u32 = 7;

pub(super) fn cases() -> Vec<Case> {
    let kinds = || Kind::ALL.iter().copied().filter(|kind| kind.topic() == Topic::ProductUsage);
    let json = kinds().map(|kind| case("json", kind, json));
    let avro = kinds().map(|kind| case("avro", kind, avro));
    json.chain(avro).collect()
}

fn case(format: &str, kind: Kind, make: fn(Kind) -> Run) -> Case {
    Case::new(format!("decode-{format}/{}", kind.name()), OPERATIONS, move || {
        let mut run = make(kind);
        // What is set up on first use is no cost of a record.
        run();
        run
    })
}

fn json(kind: Kind) -> Run {
    let value = Wire::Json.value(&record(kind));
    Box::new(move || {
        for _ in 0..OPERATIONS {
            black_box(decode_json(kind.topic(), black_box(&value)).expect("the record is good"));
        }
    })
}

fn avro(kind: Kind) -> Run {
    let wire = Wire::Avro(Box::new(Topic::ALL.map(|topic| Schema::new(SCHEMA_ID, schemas::of(topic)))));
    let value = wire.value(&record(kind));
    let writer = WriterSchema::parse(schemas::of(kind.topic())).expect("the schema is one of ours");
    Box::new(move || {
        for _ in 0..OPERATIONS {
            let (id, datum) = unframe(black_box(&value)).expect("the datum is framed");
            let decoded = writer.decode(kind.topic(), datum, &Attributes::default());
            black_box((id, decoded.expect("the record is good")));
        }
    })
}

/// A record of a kind with all of its fields.
fn record(kind: Kind) -> Record {
    let fields = kind.fields().iter().map(|field| {
        let datum = match field.ty {
            FieldType::Text => Datum::Text(format!("{}-0123", field.name)),
            FieldType::OneOf(words) => Datum::Word(words[0]),
            FieldType::Count => Datum::Count(85),
            FieldType::Amount => Datum::Amount(8_512.5),
            FieldType::CountWithin(_, most) => Datum::Count(most as i64),
            FieldType::AmountWithin(_, most) => Datum::Amount(most),
        };
        (field.name, datum)
    });
    let common = [("event_id", Datum::Text("e-00c0ffee-42".into())), ("type", Datum::Word(kind.name()))];
    Record {
        topic: kind.topic(),
        account: "account-0001234".into(),
        at: START,
        fields: common.into_iter().chain(fields).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_has_all_fields_of_its_kind() {
        for kind in Kind::ALL {
            let decoded = decode_json(kind.topic(), &Wire::Json.value(&record(*kind))).unwrap();
            assert_eq!((decoded.event.topic(), decoded.unknown_fields), (kind.topic(), 0), "{kind:?}");
        }
    }

    #[test]
    fn each_kind_of_usage_is_decoded_in_both_formats() {
        let cases = cases();
        assert!(cases.iter().any(|case| case.name == "decode-avro/user_activity"));
        cases.iter().for_each(|case| case.prepare()());
    }
}
