//! A product-usage, business or engagement record: its type and its fields' values, by the table of kinds.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::canonical::Object;
use super::{Kind, Ordered};
use crate::time::Millis;

/// One field's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// The record lacks the field, or it is null.
    Absent,
    /// Any number: every number is a double (SPEC 4.1).
    Number(f64),
    /// A string.
    Text(Box<str>),
}

/// A product-usage, business or engagement record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// Event time.
    pub at: Millis,
    /// The producer's event id, not unique.
    pub id: Box<str>,
    /// The `type`.
    pub kind: Kind,
    /// Values in the order of [`Kind::fields`].
    pub values: Box<[Value]>,
}

/// What a detector counts or groups by: a field of the type, or the event's own id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// `event_id`
    EventId,
    /// The field at this position of [`Kind::fields`].
    Field(usize),
}

impl Activity {
    /// A field's number, where it is one.
    pub fn number(&self, field: usize) -> Option<f64> {
        match self.values.get(field) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// A field's text, where it is one.
    pub fn text(&self, field: usize) -> Option<&str> {
        match self.values.get(field) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A field by its name.
    pub fn get(&self, name: &str) -> &Value {
        self.kind.field(name).and_then(|field| self.values.get(field)).unwrap_or(&Value::Absent)
    }

    /// The value of a key as text; `None` where it is absent. Equal numbers have equal texts.
    pub fn key(&self, key: Key) -> Option<Cow<'_, str>> {
        match key {
            Key::EventId => Some(Cow::Borrowed(&self.id)),
            Key::Field(field) => match self.values.get(field)? {
                Value::Absent => None,
                Value::Number(number) => Some(Cow::Owned(ryu_js::Buffer::new().format(*number).to_owned())),
                Value::Text(text) => Some(Cow::Borrowed(text)),
            },
        }
    }

    /// Whether the value of a key is absent.
    pub fn is_without(&self, key: Key) -> bool {
        match key {
            Key::EventId => false,
            Key::Field(field) => matches!(self.values.get(field), None | Some(Value::Absent)),
        }
    }

    /// What is used and what is allowed, for the types that say so: (`used`, own limit).
    pub fn usage(&self) -> Option<(f64, Option<f64>)> {
        match self.kind {
            Kind::SeatSnapshot => Some((self.number(0)?, self.number(1))),
            Kind::MeterReading => Some((self.number(1)?, self.number(2))),
            _ => None,
        }
    }

    /// A reading of which only this is known; `None` for types that are no readings.
    pub(crate) fn reading(kind: Kind, at: Millis, meter: Option<&str>, used: f64) -> Option<Activity> {
        let meter = meter.map_or(Value::Absent, |name| Value::Text(name.into()));
        let values: Box<[Value]> = match kind {
            Kind::SeatSnapshot => [Value::Number(used), Value::Absent].into(),
            Kind::MeterReading => [meter, Value::Number(used), Value::Absent].into(),
            _ => return None,
        };
        Some(Activity { at, id: "".into(), kind, values })
    }

    /// The meter of a reading; `None` for types without one.
    pub fn meter(&self) -> Option<&str> {
        match self.kind {
            Kind::MeterReading | Kind::OverageCharged => self.text(0),
            _ => None,
        }
    }
}

impl Ordered for Activity {
    fn at(&self) -> Millis {
        self.at
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn canonical(&self) -> String {
        let mut object = Object::default();
        object.text("event_id", &self.id).time("occurred_at", self.at).text("type", self.kind.name());
        for (field, value) in self.kind.fields().iter().zip(&self.values) {
            match value {
                Value::Absent => {}
                Value::Number(number) => {
                    object.number(field.name, *number);
                }
                Value::Text(text) => {
                    object.text(field.name, text);
                }
            }
        }
        object.finish()
    }
}
