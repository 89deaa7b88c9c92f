//! What makes a record bad that its value alone can't tell: the key it came with, and the wall clock.

use springtide_core::event::Event;
use springtide_core::time::{Millis, format_rfc3339};

use crate::bad::{BadClass, BadRecord};
use crate::draft::quote;
use crate::framing::unframe;

/// Refuses a record that is keyed by another account than it names, or by none.
///
/// ```
/// use springtide_core::event::Topic;
/// use springtide_schema::{check_key, decode_json};
/// let line = br#"{"event_id":"e1","account_id":"acme","occurred_at":"2026-03-02T09:30:00Z","type":"user_activity","user_id":"u"}"#;
/// let event = decode_json(Topic::ProductUsage, line).unwrap().event;
/// assert!(check_key(&event, Some(b"acme")).is_ok());
/// assert!(check_key(&event, Some(b"other")).is_err());
/// // As a registry's serializer writes a key.
/// let bad = check_key(&event, Some(b"\0\0\0\0\x07\x08acme")).unwrap_err();
/// assert!(bad.message.ends_with("keys are plain text, without a registry's framing"));
/// ```
pub fn check_key(event: &Event, key: Option<&[u8]>) -> Result<(), BadRecord> {
    let account = || quote(&event.account);
    match key {
        Some(key) if key == event.account.as_bytes() => Ok(()),
        Some(key) => {
            let text = quote(&String::from_utf8_lossy(key));
            // A registry's serializer for keys is a common slip where values have one.
            let framed = unframe(key).map_or("", |_| "; keys are plain text, without a registry's framing");
            Err(BadRecord::new(
                BadClass::KeyMismatch,
                format!("keyed by {text}, but `account_id` is {}{framed}", account()),
            ))
        }
        None => Err(BadRecord::new(
            BadClass::KeyMismatch,
            format!("the record has no key; expected its `account_id`, {}", account()),
        )),
    }
}

/// Refuses a record more than `max_future` ahead of the wall clock: one wrong clock must not make all others late.
///
/// ```
/// use springtide_core::{event::Topic, time::{HOUR_MS, parse_rfc3339}};
/// use springtide_schema::{check_future, decode_json};
/// let line = br#"{"event_id":"e1","account_id":"acme","occurred_at":"2026-03-02T09:30:00Z","type":"user_activity","user_id":"u"}"#;
/// let event = decode_json(Topic::ProductUsage, line).unwrap().event;
/// let now = parse_rfc3339("2026-03-02T08:30:00Z").unwrap();
/// assert!(check_future(&event, now, HOUR_MS).is_ok());
/// assert!(check_future(&event, now - 1, HOUR_MS).is_err());
/// ```
pub fn check_future(event: &Event, now: Millis, max_future: Millis) -> Result<(), BadRecord> {
    if event.at() <= now.saturating_add(max_future) {
        return Ok(());
    }
    Err(BadRecord::new(
        BadClass::TooFarAhead,
        format!(
            "`occurred_at` is {}, {} s ahead of the wall clock; at most {} s are allowed",
            format_rfc3339(event.at()),
            event.at().saturating_sub(now) / 1_000,
            max_future / 1_000
        ),
    ))
}
