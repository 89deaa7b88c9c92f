//! The wire format of a schema registry (Confluent's): a zero byte, the schema's id as four bytes, big-endian,
//! then the datum.

use crate::bad::{BadClass, BadRecord};

const MAGIC: u8 = 0;
const HEADER_BYTES: usize = 5;

/// The id of the schema that a value was written with, and the datum.
///
/// # Errors
/// [`BadClass::NotAvro`] where the value does not begin with a zero byte and an id. Whether a schema of that id
/// exists is the registry's to say.
///
/// ```
/// use springtide_schema::unframe;
/// assert_eq!(unframe(b"\x00\x00\x00\x01\x02datum"), Ok((258, &b"datum"[..])));
/// assert!(unframe(br#"{"event_id":"e1"}"#).is_err());
/// ```
pub fn unframe(value: &[u8]) -> Result<(u32, &[u8]), BadRecord> {
    match value.split_first_chunk::<HEADER_BYTES>() {
        Some(([MAGIC, id @ ..], datum)) => Ok((u32::from_be_bytes(*id), datum)),
        _ => Err(BadRecord::new(BadClass::NotAvro, explained(value))),
    }
}

/// A datum with the id of the schema that it was written with: what [`unframe`] takes apart.
///
/// ```
/// use springtide_schema::{frame, unframe};
/// let value = frame(7, b"datum");
/// assert_eq!(unframe(&value), Ok((7, &b"datum"[..])));
/// ```
pub fn frame(id: u32, datum: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(HEADER_BYTES + datum.len());
    value.push(MAGIC);
    value.extend_from_slice(&id.to_be_bytes());
    value.extend_from_slice(datum);
    value
}

fn explained(value: &[u8]) -> String {
    let found = match value.first() {
        None => "the value is empty".to_owned(),
        Some(&MAGIC) => format!("the value has {} bytes", value.len()),
        Some(b'{') => "the value begins with `{`, as JSON does".to_owned(),
        Some(first) => format!("the value begins with the byte {first:#04x}"),
    };
    format!("{found}; expected Avro behind a zero byte and the four bytes of a registry's schema id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn framed_values_are_taken_apart() {
        let table: [(&[u8], u32, &[u8]); 4] = [
            (&[0, 0, 0, 0, 1, 9], 1, &[9]),
            (&[0, 0, 0, 0, 0], 0, &[]),
            (&[0, 0x12, 0x34, 0x56, 0x78, 0, 1], 0x1234_5678, &[0, 1]),
            (&[0, 0xff, 0xff, 0xff, 0xff], u32::MAX, &[]),
        ];
        for (value, id, datum) in table {
            assert_eq!(unframe(value), Ok((id, datum)));
            assert_eq!(frame(id, datum), value);
        }
    }

    #[test]
    fn other_values_are_refused_with_what_was_found() {
        let table: [(&[u8], &str); 5] = [
            (b"", "is empty"),
            (&[0, 0, 0, 1], "has 4 bytes"),
            (br#"{"event_id":"e"}"#, "begins with `{`, as JSON does"),
            (b"Obj\x01....", "the byte 0x4f"),
            (&[1, 0, 0, 0, 1, 9], "the byte 0x01"),
        ];
        for (value, part) in table {
            let bad = unframe(value).unwrap_err();
            assert_eq!(bad.class, BadClass::NotAvro);
            assert!(bad.message.contains(part), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_framed_comes_back(id: u32, datum: Vec<u8>) {
            let value = frame(id, &datum);
            prop_assert_eq!(unframe(&value), Ok((id, &datum[..])));
        }
    }
}
