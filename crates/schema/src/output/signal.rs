//! A signal as an Avro record of its topic's schema of ours.

use apache_avro::Schema;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use springtide_core::event::{Activity, Event, Fact, Value as Field};

use crate::avro::schemas;
use crate::output::avro::{nullable, text};

/// Writes events of a topic whose records have types, as single Avro data of our schema, without framing.
#[derive(Debug)]
pub struct SignalWriter(Schema);

impl SignalWriter {
    /// A writer for a topic.
    ///
    /// # Errors
    /// By a fault of the program alone.
    pub fn of(topic: springtide_core::event::Topic) -> Result<SignalWriter, apache_avro::Error> {
        Schema::parse_str(schemas::of(topic)).map(SignalWriter)
    }

    /// An event as one datum for an account; nothing where it is of no such topic.
    ///
    /// # Errors
    /// Where a number is beyond what the schema has.
    pub fn write(&self, account: &str, event: &Event) -> Result<Option<Vec<u8>>, apache_avro::Error> {
        let (Fact::Activity(activity), Schema::Record(record)) = (&event.fact, &self.0) else {
            return Ok(None);
        };
        let member = |field: &apache_avro::schema::RecordField| {
            (field.name.clone(), value(&field.name, &field.schema, account, activity))
        };
        let members = Value::Record(record.fields.iter().map(member).collect());
        GenericDatumWriter::builder(&self.0).build()?.write_value_to_vec(members).map(Some)
    }
}

fn value(name: &str, schema: &Schema, account: &str, activity: &Activity) -> Value {
    match name {
        "event_id" => text(&*activity.id),
        "account_id" => text(account),
        "occurred_at" => Value::TimestampMillis(activity.at),
        "type" => text(activity.kind.name()),
        name => nullable(match activity.get(name) {
            Field::Absent => None,
            Field::Text(words) => Some(text(&**words)),
            // What is whole in the schema is so in the event.
            Field::Number(number) if is_whole(schema) => Some(Value::Long(*number as i64)),
            Field::Number(number) => Some(Value::Double(*number)),
        }),
    }
}

fn is_whole(schema: &Schema) -> bool {
    matches!(schema, Schema::Union(union) if union.variants().contains(&Schema::Long))
}

#[cfg(test)]
mod tests {
    use springtide_core::event::{FieldType, Kind, Topic};

    use super::*;
    use crate::Attributes;
    use crate::avro::WriterSchema;

    #[test]
    fn signals_of_every_type_are_read_as_they_were_written() {
        let signals = Kind::ALL.iter().filter(|kind| kind.topic() == Topic::BusinessSignals);
        let schema = WriterSchema::parse(schemas::of(Topic::BusinessSignals)).unwrap();
        let writer = SignalWriter::of(Topic::BusinessSignals).unwrap();
        for (kind, whole) in signals.flat_map(|kind| [(*kind, true), (*kind, false)]) {
            let field = |field: &springtide_core::event::Field| match field.ty {
                _ if !whole && !field.required => Field::Absent,
                FieldType::Text => Field::Text("später".into()),
                FieldType::OneOf(names) => Field::Text(names[0].into()),
                FieldType::Count | FieldType::CountWithin(..) => Field::Number(7.0),
                FieldType::Amount => Field::Number(7.5),
                FieldType::AmountWithin(low, high) => Field::Number((low + high) / 2.0),
            };
            let values = kind.fields().iter().map(field).collect();
            let activity = Activity { at: 1_700_000_000_001, id: "e".into(), kind, values };
            let event = Event { account: "acme.com".into(), fact: Fact::Activity(activity.into()) };
            let datum = writer.write("a-1", &event).unwrap().unwrap();
            let decoded = schema.decode(Topic::BusinessSignals, &datum, &Attributes::default()).unwrap();
            assert_eq!((&*decoded.event.account, decoded.event.fact), ("a-1", event.fact));
        }
    }
}
