//! The form of a test file: its keys, and its JSON Schema.

use serde_json::{Map, Value, json};

use springtide_core::event::{Champion, FieldType, Kind, ProfileField, Segment, Stage};

use super::Key;
use super::schema::{DIALECT, extend, mapping};
use super::shape::{Shape, words};
use super::{may, must};
use crate::cases::profile_fields;

/// What a test file has.
pub(crate) const FILE: &[Key] = &[
    may("start", Shape::Date, "The date of day 1 (2026-01-05, a Monday)"),
    may("profile", Shape::Profile, "What the account of all tests is, where that is not the healthy one"),
    must("tests", Shape::Tests, "The tests, by name"),
];

/// What a test has.
pub(crate) const TEST: &[Key] = &[
    may(
        "profile",
        Shape::ProfileOrNone,
        "What the account is, where that is not the file's; `none`: nothing is known of it",
    ),
    may("profiles", Shape::Profiles, "Later profiles, each with `at` and what has changed"),
    may("events", Shape::Events, "What happens"),
    may("outcomes", Shape::Outcomes, "What people do with opportunities"),
    may(
        "until",
        Shape::Moment,
        "How far the clock of timers goes; to the last time named, where it is left out",
    ),
    must("expect", Shape::Expect, "What has to come of it"),
];

/// What an event has beside the fields of its type.
pub(crate) const EVENT: &[Key] = &[
    must("at", Shape::Moment, "When: `day 3 09:30`, or absolute"),
    must("type", Shape::Event, "The type of the event"),
    may("event_id", Shape::Text, "Its id, where that matters"),
    may("times", Shape::Times, "So many of it; `{n}` in a text is the number of each"),
    may("days", Shape::Times, "All of it again on so many days; `{day}` in a text is the number of each"),
];

/// What an outcome has.
pub(crate) const OUTCOME: &[Key] = &[
    must("at", Shape::Moment, "When"),
    must("play", Shape::Text, "The play"),
    must("stage", Shape::Stage, "What became of it"),
    may("until", Shape::Moment, "The end of a snooze"),
];

const AT: &str = "The instant at which it does";

/// What is expected of a play that opens.
pub(crate) const OPENS: &[Key] = &[
    must("play", Shape::Text, "A play that opens"),
    may("at", Shape::Moment, AT),
    may("urgency", Shape::Urgency, "How urgent it is"),
    may("score", Shape::Amount, "Its score, to a tenth"),
    may("role", Shape::Text, "The role that gets it"),
    may("owner", Shape::Text, "The name of who gets it"),
    may("act_by", Shape::Moment, "By when to act"),
    may("yearly_value", Shape::Amount, "What it is worth a year"),
    may("trigger", Shape::Trigger, "Whether both sides were needed"),
    may("evidence", Shape::DetectorNames, "All detectors that it rests on, in any order"),
];

/// What is expected of a play that does not open.
pub(crate) const STAYS: &[Key] = &[
    must("none", Shape::Text, "A play that does not open"),
    may("at", Shape::Moment, "The instant that `because` is about; the last event where it is left out"),
    may("because", Shape::Text, "Words that its nearest miss must have"),
];

/// What is expected of a detector that signals.
pub(crate) const SIGNALS: &[Key] =
    &[must("signal", Shape::Text, "A detector that signals"), may("at", Shape::Moment, AT)];

/// What is expected of a detector that does not.
pub(crate) const SILENT: &[Key] = &[
    must("silent", Shape::Text, "A detector that does not signal"),
    may("at", Shape::Moment, "The instant at which it does not; never, where it is left out"),
];

/// The JSON Schema of a test file.
///
/// ```
/// assert!(springtide_rules::test_schema()["$defs"]["event"].is_object());
/// ```
pub fn test_schema() -> Value {
    let mut schema = json!({
        "$schema": DIALECT,
        "title": "Springtide test file",
        "description": "Tests of a rule pack: events of an account, and what has to come of them. docs/rules.md has the form.",
        "$defs": {
            "moment": {
                "type": "string",
                "pattern": "^(day -?[0-9]{1,5}( +[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?)?|[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt].+)?)$",
            },
            "profile": profile(&[]),
            "dated_profile": profile(&["at"]),
            "event": event(),
            "test": mapping(TEST),
        },
    });
    extend(&mut schema, mapping(FILE));
    schema
}

/// What `expect` may be.
pub(super) fn expect() -> Value {
    let one: Vec<Value> = [OPENS, STAYS, SIGNALS, SILENT].into_iter().map(mapping).collect();
    json!({"oneOf": [{"const": "none"}, {"type": "array", "minItems": 1, "items": {"oneOf": one}}]})
}

fn profile(required: &[&str]) -> Value {
    let mut properties: Map<String, Value> =
        profile_fields().map(|field| (field.name().to_owned(), profile_field(field))).collect();
    properties
        .insert("at".to_owned(), json!({"$ref": "#/$defs/moment", "description": "From when on it holds"}));
    let ty = if required.is_empty() { json!(["object", "null"]) } else { json!("object") };
    json!({"type": ty, "additionalProperties": false, "properties": properties, "required": required})
}

fn profile_field(field: ProfileField) -> Value {
    use ProfileField as F;
    match field {
        F::Segment => words(Segment::ALL.map(Segment::name)),
        F::Champion => {
            json!({"enum": Champion::ALL.map(|it| json!(it.name())).into_iter().chain([Value::Null]).collect::<Vec<_>>()})
        }
        F::Mrr => Shape::Amount.schema(),
        F::Name | F::Currency => Shape::Text.schema(),
        F::Industry | F::Plan => json!({"type": ["string", "null"]}),
        F::PricePerSeat => json!({"type": ["number", "null"], "minimum": 0}),
        F::SeatsLicensed => json!({"type": ["integer", "null"], "minimum": 0}),
        F::HealthScore => json!({"type": ["number", "null"], "minimum": 0, "maximum": 100}),
        F::Domains | F::Products | F::BuyerDepartments => Shape::Texts.schema(),
        F::Limits => json!({"type": ["object", "null"], "additionalProperties": Shape::Amount.schema()}),
        F::Owners | F::ExternalIds => {
            json!({"type": ["object", "null"], "additionalProperties": Shape::Text.schema()})
        }
        _ => json!({"anyOf": [{"$ref": "#/$defs/moment"}, {"type": "null"}]}),
    }
}

fn event() -> Value {
    let mut schema = mapping(EVENT);
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("additionalProperties");
    }
    extend(&mut schema, json!({"allOf": Kind::ALL.iter().map(|kind| of_type(*kind)).collect::<Vec<_>>()}));
    schema
}

/// What the type decides: which other keys there are. Texts that are required and not given are made up.
fn of_type(kind: Kind) -> Value {
    let names: Vec<&str> =
        super::names(EVENT).into_iter().chain(kind.fields().iter().map(|field| field.name)).collect();
    let required = kind.fields().iter().filter(|field| field.required && field.ty != FieldType::Text);
    let required: Vec<&str> = required.map(|field| field.name).collect();
    let fields: Map<String, Value> = kind
        .fields()
        .iter()
        .map(|field| (field.name.to_owned(), event_field(field.ty, field.required)))
        .collect();
    json!({
        "if": {"properties": {"type": {"const": kind.name()}}, "required": ["type"]},
        "then": {"propertyNames": {"enum": names}, "properties": fields, "required": required},
    })
}

fn event_field(ty: FieldType, required: bool) -> Value {
    let required = required && ty != FieldType::Text;
    let of = |name: &str| if required { json!(name) } else { json!([name, "null"]) };
    match ty {
        FieldType::Text => json!({"type": of("string")}),
        FieldType::OneOf(all) => words(all.iter().copied()),
        FieldType::Count => json!({"type": of("integer"), "minimum": 0}),
        FieldType::Amount => json!({"type": of("number"), "minimum": 0}),
        FieldType::CountWithin(least, most) => {
            json!({"type": of("integer"), "minimum": least, "maximum": most})
        }
        FieldType::AmountWithin(least, most) => {
            json!({"type": of("number"), "minimum": least, "maximum": most})
        }
    }
}

/// An outcome; a snooze has an end.
pub(super) fn outcome() -> Value {
    let mut outcome = mapping(OUTCOME);
    let snoozed = json!({"properties": {"stage": {"const": Stage::Snoozed.name()}}, "required": ["stage"]});
    extend(&mut outcome, json!({"if": snoozed, "then": {"required": ["until"]}}));
    outcome
}
