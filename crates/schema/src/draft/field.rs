//! One member's value against what its field takes (SPEC section 2: ranges, types, times).

use std::borrow::Cow;

use springtide_core::event::{FieldType, Value};
use springtide_core::time::{Millis, parse_rfc3339};

use super::Raw;
use crate::bad::{BadClass, BadRecord};
use crate::limits::{MAX_ID_BYTES, MAX_TIME, MIN_TIME, QUOTED_CHARS};

const TEXT: &str = "a string";
const TIME: &str = "an RFC 3339 timestamp";

/// A text as a message shows it: quoted, and cut where it is long.
pub(crate) fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS) {
        Some((cut, _)) => format!("{:?}…", text.get(..cut).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

/// A name as a message shows it: cut where it is long.
pub(super) fn cut(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(QUOTED_CHARS) {
        Some((cut, _)) => format!("{}…", name.get(..cut).unwrap_or_default()).into(),
        None => name.into(),
    }
}

/// What a value is, for a message.
fn describe(raw: &Raw) -> String {
    match raw {
        Raw::Null => "null".to_owned(),
        Raw::Bool(value) => format!("the boolean {value}"),
        Raw::Number(value) => format!("the number {value}"),
        Raw::Long(value) => format!("the number {value}"),
        Raw::Time(value) => format!("the timestamp {value} ms"),
        Raw::Text(text) => format!("the string {}", quote(text)),
        Raw::List(_) => "a list".to_owned(),
        Raw::Map(_) => "an object".to_owned(),
        Raw::Other(what) => (*what).to_owned(),
    }
}

pub(super) fn wrong_type(field: &str, found: &Raw, expected: &str) -> BadRecord {
    bad(BadClass::WrongType, field, &describe(found), expected)
}

pub(super) fn missing(field: &str, expected: &str) -> BadRecord {
    bad(BadClass::MissingField, field, "nothing", expected)
}

fn bad(class: BadClass, field: &str, found: &str, expected: &str) -> BadRecord {
    BadRecord::new(class, format!("field `{field}`: found {found}, expected {expected}"))
}

/// An identifier: required, 1 to 1,024 bytes.
pub(super) fn id(field: &str, raw: Raw) -> Result<Box<str>, BadRecord> {
    let text = required(field, text(field, raw)?, TEXT)?;
    match text.len() {
        1..=MAX_ID_BYTES => Ok(text),
        bytes => {
            let expected = format!("1 to {MAX_ID_BYTES} bytes");
            Err(bad(BadClass::OutOfRange, field, &format!("a string of {bytes} bytes"), &expected))
        }
    }
}

/// The instant every record has.
pub(super) fn occurred_at(raw: Raw) -> Result<Millis, BadRecord> {
    required("occurred_at", time("occurred_at", raw)?, TIME)
}

/// Refuses an absent value.
pub(super) fn required<T>(field: &str, value: Option<T>, expected: &str) -> Result<T, BadRecord> {
    value.ok_or_else(|| missing(field, expected))
}

/// A string.
pub(super) fn text(field: &str, raw: Raw) -> Result<Option<Box<str>>, BadRecord> {
    match raw {
        Raw::Null => Ok(None),
        Raw::Text(text) => Ok(Some(text.into())),
        other => Err(wrong_type(field, &other, TEXT)),
    }
}

/// An instant within the years that RFC 3339 can write.
pub(super) fn time(field: &str, raw: Raw) -> Result<Option<Millis>, BadRecord> {
    let at = match &raw {
        Raw::Null => return Ok(None),
        Raw::Text(text) => parse_rfc3339(text),
        // A plain long is what a reader sees of timestamp-millis where the writer left the logical type out.
        Raw::Time(at) | Raw::Long(at) => Some(*at),
        other => return Err(wrong_type(field, other, TIME)),
    };
    match at {
        Some(at) if (MIN_TIME..=MAX_TIME).contains(&at) => Ok(Some(at)),
        _ => Err(bad(
            BadClass::BadTime,
            field,
            &describe(&raw),
            "an RFC 3339 timestamp of the years 0000 to 9999",
        )),
    }
}

/// One of a list of texts, as whatever stands for it.
pub(super) fn one_of<T: Copy>(
    field: &str,
    raw: Raw,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<Option<T>, BadRecord> {
    let expected = || format!("one of {}", all.iter().map(|item| name(*item)).collect::<Vec<_>>().join(", "));
    match &raw {
        Raw::Null => Ok(None),
        Raw::Text(text) => match all.iter().find(|item| name(**item) == text) {
            Some(item) => Ok(Some(*item)),
            None => Err(bad(BadClass::OutOfRange, field, &describe(&raw), &expected())),
        },
        other => Err(wrong_type(field, other, &expected())),
    }
}

/// A number of a type that takes numbers.
pub(super) fn number(field: &str, raw: Raw, ty: FieldType) -> Result<Option<f64>, BadRecord> {
    let found = match &raw {
        Raw::Null => return Ok(None),
        Raw::Number(number) => *number,
        Raw::Long(number) => *number as f64,
        other => return Err(wrong_type(field, other, &expectation(ty))),
    };
    let (whole, low, high) = bounds(ty);
    // NaN is in no range.
    let fits = (low..=high).contains(&found) && (!whole || found.fract() == 0.0);
    if !fits {
        return Err(bad(BadClass::OutOfRange, field, &describe(&raw), &expectation(ty)));
    }
    // -0 is 0: one value, one form.
    Ok(Some(found + 0.0))
}

/// An activity's field, by its row in the table of kinds.
pub(super) fn value(field: &str, raw: Raw, ty: FieldType) -> Result<Value, BadRecord> {
    let value = match ty {
        FieldType::Text => text(field, raw)?.map(Value::Text),
        FieldType::OneOf(names) => {
            one_of(field, raw, names, |name| name)?.map(|name| Value::Text(name.into()))
        }
        FieldType::Count | FieldType::CountWithin(..) | FieldType::Amount | FieldType::AmountWithin(..) => {
            number(field, raw, ty)?.map(Value::Number)
        }
    };
    Ok(value.unwrap_or(Value::Absent))
}

fn bounds(ty: FieldType) -> (bool, f64, f64) {
    match ty {
        FieldType::Count => (true, 0.0, f64::MAX),
        FieldType::CountWithin(low, high) => (true, low, high),
        FieldType::AmountWithin(low, high) => (false, low, high),
        FieldType::Amount | FieldType::Text | FieldType::OneOf(_) => (false, 0.0, f64::MAX),
    }
}

/// What a field of a type takes, for a message.
pub(super) fn expectation(ty: FieldType) -> String {
    match ty {
        FieldType::Text => TEXT.to_owned(),
        FieldType::OneOf(names) => format!("one of {}", names.join(", ")),
        FieldType::Count => "a whole number, 0 or more".to_owned(),
        FieldType::CountWithin(low, high) => format!("a whole number, {low} to {high}"),
        FieldType::Amount => "a finite number, 0 or more".to_owned(),
        FieldType::AmountWithin(low, high) => format!("a number, {low} to {high}"),
    }
}
