//! What is wrong with a record that can't be used: a stable class for machines, a message for people.

use std::fmt;

use crate::limits::MAX_MESSAGE_BYTES;

/// Why a record is bad. The names are part of the dead-letter topic's contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BadClass {
    /// The bytes are no UTF-8.
    NotUtf8,
    /// The bytes are no JSON, or more than one value.
    NotJson,
    /// The bytes are no Avro record of the schema they were written with.
    NotAvro,
    /// Written with a schema that the registry does not have, or that can't be used.
    UnknownSchema,
    /// JSON, but no object.
    NotAnObject,
    /// Longer than is read.
    TooLong,
    /// A required field is absent or null.
    MissingField,
    /// A field holds another type than it should.
    WrongType,
    /// A number, text or identifier outside what is allowed.
    OutOfRange,
    /// A `type` that does not exist.
    UnknownType,
    /// A `_topic` that does not exist, or no topic at all.
    UnknownTopic,
    /// A `type` of another topic.
    WrongTopic,
    /// No RFC 3339 timestamp, or one outside the years 0000 to 9999.
    BadTime,
    /// Keyed by another account than the record names, or not keyed.
    KeyMismatch,
    /// Too far ahead of the wall clock.
    TooFarAhead,
}

impl BadClass {
    /// All classes.
    pub const ALL: [BadClass; 15] = [
        BadClass::NotUtf8,
        BadClass::NotJson,
        BadClass::NotAvro,
        BadClass::UnknownSchema,
        BadClass::NotAnObject,
        BadClass::TooLong,
        BadClass::MissingField,
        BadClass::WrongType,
        BadClass::OutOfRange,
        BadClass::UnknownType,
        BadClass::UnknownTopic,
        BadClass::WrongTopic,
        BadClass::BadTime,
        BadClass::KeyMismatch,
        BadClass::TooFarAhead,
    ];

    /// The stable name, in `snake_case`.
    pub fn name(self) -> &'static str {
        match self {
            BadClass::NotUtf8 => "not_utf8",
            BadClass::NotJson => "not_json",
            BadClass::NotAvro => "not_avro",
            BadClass::UnknownSchema => "unknown_schema",
            BadClass::NotAnObject => "not_an_object",
            BadClass::TooLong => "too_long",
            BadClass::MissingField => "missing_field",
            BadClass::WrongType => "wrong_type",
            BadClass::OutOfRange => "out_of_range",
            BadClass::UnknownType => "unknown_type",
            BadClass::UnknownTopic => "unknown_topic",
            BadClass::WrongTopic => "wrong_topic",
            BadClass::BadTime => "bad_time",
            BadClass::KeyMismatch => "key_mismatch",
            BadClass::TooFarAhead => "too_far_ahead",
        }
    }
}

impl fmt::Display for BadClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A record that can't be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRecord {
    /// For machines.
    pub class: BadClass,
    /// For people: what was found, what was expected.
    pub message: String,
}

impl BadRecord {
    /// A bad record of a class. A message that is too long is cut: parsers and registries quote what they were given,
    /// however large.
    pub fn new(class: BadClass, message: impl Into<String>) -> BadRecord {
        let mut message = message.into();
        if message.len() > MAX_MESSAGE_BYTES {
            message.truncate(message.floor_char_boundary(MAX_MESSAGE_BYTES));
            message.push('…');
        }
        BadRecord { class, message }
    }
}

impl fmt::Display for BadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class, self.message)
    }
}

impl std::error::Error for BadRecord {}
