//! What a key may hold, as a schema.

use serde_json::{Value, json};

use springtide_core::event::{Kind, ProfileField, Segment, Stage};
use springtide_core::rules::{Motion, Urgency};

use super::schema::mapping;
use super::{CALENDAR, GUIDE, OVER_VALUE, RELATIONSHIP, ROUTE, SCORING, WEIGHTS, cases};
use crate::cases::MOST_EVENTS;
use crate::detector::{FAMILIES, MOST_DAYS, MOST_PERIODS, is_date};

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    Texts,
    /// A text, or texts of which one is taken.
    Line,
    Lines,
    Expression,
    Number,
    AboveZero,
    /// A number, 0 or more.
    Amount,
    /// From 0 to 100.
    Points,
    /// A whole number, 1 or more.
    Count,
    Days,
    Periods,
    Duration,
    /// A duration above 0.
    Within,
    /// A duration, also in business days.
    Span,
    Dates,
    Curve,
    Family,
    Urgency,
    Event,
    Motion,
    /// A field of the event's type; which there are depends on `event`.
    Field,
    ProfileDate,
    DetectorNames,
    BySegment,
    Route,
    OverValue,
    Guide,
    Weights,
    Relationship,
    Scoring,
    Calendar,
    Detectors,
    Gates,
    Plays,
    Drafts,
    // Of tests.
    Date,
    Moment,
    Profile,
    ProfileOrNone,
    Profiles,
    Events,
    Times,
    Outcomes,
    Stage,
    Expect,
    Trigger,
    Tests,
}

impl Shape {
    /// The schema of it.
    pub(super) fn schema(self) -> Value {
        match self {
            Shape::Text => json!({"type": "string"}),
            Shape::Texts => json!({"type": ["array", "null"], "items": {"type": "string"}}),
            Shape::Line => json!({"type": ["string", "array"], "items": {"type": "string"}}),
            Shape::Lines => json!({"type": ["array", "null"], "items": Shape::Line.schema()}),
            Shape::Expression => json!({"type": ["string", "boolean", "number"]}),
            Shape::Number => json!({"type": "number"}),
            Shape::AboveZero => json!({"type": "number", "exclusiveMinimum": 0}),
            Shape::Amount => json!({"type": "number", "minimum": 0}),
            Shape::Points => json!({"type": "number", "minimum": 0, "maximum": 100}),
            Shape::Count => json!({"type": "integer", "minimum": 1, "maximum": u32::MAX}),
            Shape::Days => json!({"type": "integer", "minimum": 1, "maximum": MOST_DAYS}),
            Shape::Periods => json!({"type": "integer", "minimum": 1, "maximum": MOST_PERIODS}),
            Shape::Duration => json!({"type": "string", "pattern": "^[0-9]+(s|m|h|d)$"}),
            Shape::Within => json!({"type": "string", "pattern": "^0*[1-9][0-9]*(s|m|h|d)$"}),
            Shape::Span => json!({"type": "string", "pattern": "^[0-9]+(s|m|h|d|bd)$"}),
            Shape::Date => {
                json!({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"})
            }
            Shape::Dates => list(Shape::Date.schema()),
            Shape::Curve => json!({
                "type": "array", "minItems": 1,
                "items": {
                    "type": "array", "minItems": 2, "maxItems": 2,
                    "prefixItems": [Shape::Number.schema(), Shape::Points.schema()],
                },
            }),
            Shape::Family => words(FAMILIES.map(|it| it.name())),
            Shape::Urgency => words(Urgency::ALL.map(Urgency::name)),
            Shape::Event => words(Kind::ALL.iter().map(|kind| kind.name())),
            Shape::Motion => words(Motion::ALL.map(Motion::name)),
            Shape::Field => json!({"type": "string"}),
            Shape::ProfileDate => {
                words(ProfileField::ALL.iter().filter(|field| is_date(**field)).map(|field| field.name()))
            }
            Shape::DetectorNames => {
                json!({"type": ["array", "null"], "items": {"type": "string"}, "uniqueItems": true})
            }
            Shape::BySegment => {
                let text = |segment: Segment| (segment.name().to_owned(), Shape::Text.schema());
                let properties: serde_json::Map<String, Value> = Segment::ALL.into_iter().map(text).collect();
                json!({"type": ["object", "null"], "additionalProperties": false, "properties": properties})
            }
            Shape::Route => mapping(ROUTE),
            Shape::OverValue => mapping(OVER_VALUE),
            Shape::Guide => mapping(GUIDE),
            Shape::Weights => mapping(WEIGHTS),
            Shape::Relationship => mapping(RELATIONSHIP),
            Shape::Scoring => mapping(SCORING),
            Shape::Calendar => mapping(CALENDAR),
            Shape::Detectors => named(json!({"$ref": "#/$defs/detector"})),
            Shape::Gates => named(Shape::Expression.schema()),
            Shape::Plays => named(json!({"$ref": "#/$defs/play"})),
            Shape::Drafts => named(json!({"$ref": "#/$defs/draft"})),
            Shape::Moment => json!({"$ref": "#/$defs/moment"}),
            Shape::Profile => json!({"$ref": "#/$defs/profile"}),
            Shape::ProfileOrNone => json!({"anyOf": [{"const": "none"}, {"$ref": "#/$defs/profile"}]}),
            Shape::Profiles => list(json!({"$ref": "#/$defs/dated_profile"})),
            Shape::Events => list(json!({"$ref": "#/$defs/event"})),
            Shape::Times => json!({"type": "integer", "minimum": 1, "maximum": MOST_EVENTS}),
            Shape::Outcomes => list(cases::outcome()),
            Shape::Stage => words(Stage::ALL.map(Stage::name)),
            Shape::Expect => cases::expect(),
            Shape::Trigger => words(["convergent", "single"]),
            Shape::Tests => json!({
                "type": ["object", "null"], "additionalProperties": {"$ref": "#/$defs/test"},
            }),
        }
    }
}

fn list(item: Value) -> Value {
    json!({"type": ["array", "null"], "items": item})
}

pub(super) fn words(words: impl IntoIterator<Item = &'static str>) -> Value {
    json!({"type": "string", "enum": words.into_iter().collect::<Vec<_>>()})
}

/// A mapping from names that a person gives.
fn named(value: Value) -> Value {
    json!({
        "type": ["object", "null"],
        "propertyNames": {"$ref": "#/$defs/name"},
        "additionalProperties": value,
    })
}
