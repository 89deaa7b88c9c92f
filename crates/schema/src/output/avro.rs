//! The opportunity as an Avro record of `expansion-opportunity.avsc`.

use std::sync::OnceLock;

use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use springtide_core::meaning::opportunity::{EvidenceLine, GateCondition, Input, Opportunity, ScorePart};
use springtide_core::time::Millis;

use crate::avro::schemas;

/// An opportunity as one Avro datum, without framing. Non-finite numbers are Avro doubles like others.
pub fn opportunity_avro(
    opportunity: &Opportunity,
    emitted_at: Option<Millis>,
) -> Result<Vec<u8>, apache_avro::Error> {
    writer()?.write_value_to_vec(opportunity_value(opportunity, emitted_at))
}

/// The writer of the output's schema, made once.
pub(super) fn writer() -> Result<&'static GenericDatumWriter<'static>, apache_avro::Error> {
    static WRITER: OnceLock<GenericDatumWriter<'static>> = OnceLock::new();
    if let Some(writer) = WRITER.get() {
        return Ok(writer);
    }
    let made = GenericDatumWriter::builder(schemas::opportunity()).build()?;
    Ok(WRITER.get_or_init(|| made))
}

/// An opportunity as an Avro value of `expansion-opportunity.avsc`.
pub fn opportunity_value(opportunity: &Opportunity, emitted_at: Option<Millis>) -> Value {
    let list = |items: Vec<Value>| Value::Array(items);
    record([
        ("opportunity_id", text(opportunity.id.to_string())),
        ("revision", Value::Long(opportunity.revision.into())),
        ("status", text(opportunity.status.name())),
        ("account_id", text(&*opportunity.account)),
        ("account_name", text(&*opportunity.account_name)),
        (
            "external_ids",
            Value::Map(opportunity.external_ids.iter().map(|(k, v)| (k.to_string(), text(&**v))).collect()),
        ),
        ("segment", text(opportunity.segment.name())),
        ("play", text(&*opportunity.play)),
        ("motion", text(opportunity.motion.name())),
        ("trigger", text(opportunity.trigger())),
        ("rules_version", text(&*opportunity.rules_version)),
        ("opened_at", Value::TimestampMillis(opportunity.opened_at)),
        ("updated_at", Value::TimestampMillis(opportunity.updated_at)),
        ("emitted_at", nullable(emitted_at.map(Value::TimestampMillis))),
        ("act_by", Value::TimestampMillis(opportunity.act_by)),
        ("urgency", text(opportunity.urgency.name())),
        ("score", Value::Double(opportunity.score)),
        ("score_parts", list(opportunity.score_parts.iter().map(part).collect())),
        ("gate", list(opportunity.gate.iter().map(condition).collect())),
        (
            "route",
            record([
                ("role", text(&*opportunity.role)),
                ("owner", nullable(opportunity.owner.as_deref().map(text))),
            ]),
        ),
        ("evidence", list(opportunity.evidence.iter().map(evidence).collect())),
        ("headline", text(&*opportunity.headline)),
        ("brief", text(&*opportunity.brief)),
        ("yearly_value", Value::Double(opportunity.yearly_value)),
        ("currency", text(&*opportunity.currency)),
    ])
}

fn part(part: &ScorePart) -> Value {
    record([
        ("name", text(part.name)),
        ("weight", Value::Double(part.weight)),
        ("input", scalar(&part.input)),
        ("points", Value::Double(part.points)),
    ])
}

fn condition(gate: &GateCondition) -> Value {
    record([
        ("condition", text(&*gate.condition)),
        ("value", scalar(&gate.value)),
        ("held", Value::Boolean(gate.held)),
    ])
}

fn evidence(line: &EvidenceLine) -> Value {
    record([
        ("family", text(line.family.name())),
        ("detector", text(&*line.detector)),
        ("occurred_at", Value::TimestampMillis(line.occurred_at)),
        ("since", Value::TimestampMillis(line.since)),
        ("urgency", text(line.urgency.name())),
        ("event_id", nullable(line.event_id.as_deref().map(text))),
        ("summary", text(&*line.summary)),
        (
            "values",
            Value::Map(line.values.iter().map(|(name, value)| (name.to_string(), scalar(value))).collect()),
        ),
    ])
}

/// A value of the union null, double, string, boolean.
fn scalar(input: &Input) -> Value {
    let (branch, value) = match input {
        Input::None => (0, Value::Null),
        Input::Number(number) => (1, Value::Double(*number)),
        Input::Text(text) => (2, Value::String(text.to_string())),
        Input::Bool(truth) => (3, Value::Boolean(*truth)),
    };
    Value::Union(branch, Box::new(value))
}

/// A value of a union of null and one type.
pub(super) fn nullable(value: Option<Value>) -> Value {
    match value {
        Some(value) => Value::Union(1, Box::new(value)),
        None => Value::Union(0, Box::new(Value::Null)),
    }
}

pub(super) fn text(text: impl Into<String>) -> Value {
    Value::String(text.into())
}

pub(super) fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Record(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
