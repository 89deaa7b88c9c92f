//! JSON records: one UTF-8 object each, read in one pass into a draft that borrows its strings (SPEC section 2).

mod addressed;
mod flat;
mod visit;

use springtide_core::event::{Event, Topic};

use crate::bad::{BadClass, BadRecord};
use crate::cloudevents::Attributes;
use crate::draft::{Decoded, Draft};
use visit::{Reading, Record};

pub use addressed::{decode_addressed_json, with_account};

/// Reads one record of a topic.
///
/// ```
/// use springtide_core::event::Topic;
/// use springtide_schema::{BadClass, decode_json};
/// let value = br#"{"event_id":"e1","account_id":"acme","occurred_at":"2026-03-02T09:30:00.000Z","type":"seat_snapshot","seats_used":46,"x":1}"#;
/// let decoded = decode_json(Topic::ProductUsage, value).unwrap();
/// assert_eq!((&*decoded.event.account, decoded.unknown_fields), ("acme", 1));
/// assert_eq!(decode_json(Topic::ProductUsage, b"[]").unwrap_err().class, BadClass::NotAnObject);
/// ```
pub fn decode_json(topic: Topic, bytes: &[u8]) -> Result<Decoded, BadRecord> {
    decode_json_with(topic, bytes, &Attributes::default())
}

/// Reads one record of a topic, with a CloudEvent's attributes for what the value lacks.
pub fn decode_json_with(topic: Topic, bytes: &[u8], attributes: &Attributes) -> Result<Decoded, BadRecord> {
    draft(bytes)?.into_event(topic, attributes)
}

/// Reads one line of a file. Its own `_topic`, wherever it stands, goes before the file's.
///
/// ```
/// use springtide_core::event::Topic;
/// use springtide_schema::decode_line;
/// let line = br#"{"event_id":"e1","account_id":"acme","occurred_at":"2026-03-02T09:30:00Z","type":"funding_raised","_topic":"business-signals"}"#;
/// let (topic, decoded) = decode_line(Some(Topic::ProductUsage), line).unwrap();
/// assert_eq!((topic, decoded.unknown_fields), (Topic::BusinessSignals, 0));
/// ```
pub fn decode_line(default_topic: Option<Topic>, line: &[u8]) -> Result<(Topic, Decoded), BadRecord> {
    let mut draft = draft(line)?;
    let topic = draft.own_topic(default_topic)?;
    Ok((topic, draft.into_event(topic, &Attributes::default())?))
}

/// An event as one JSON object, in the form that [`decode_json`] reads.
///
/// ```
/// use springtide_core::event::Topic;
/// use springtide_schema::{decode_json, event_json};
/// let value = br#"{"event_id":"e1","account_id":"acme","occurred_at":"2026-03-02T09:30:00Z","type":"funding_raised"}"#;
/// let event = decode_json(Topic::BusinessSignals, value).unwrap().event;
/// assert_eq!(decode_json(Topic::BusinessSignals, event_json(&event).as_bytes()).unwrap().event, event);
/// ```
pub fn event_json(event: &Event) -> String {
    let account = serde_json::Value::from(&*event.account);
    let canonical = event.fact.canonical();
    // The canonical form is an object with at least an id and a time, so a comma fits after the new member.
    format!("{{\"account_id\":{account},{}", canonical.strip_prefix('{').unwrap_or_default())
}

fn draft(bytes: &[u8]) -> Result<Draft<'_>, BadRecord> {
    if bytes.first() == Some(&0) {
        let message =
            "the value begins with a zero byte, as Avro of a schema registry does; expected a JSON object";
        return Err(BadRecord::new(BadClass::NotJson, message));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        BadRecord::new(BadClass::NotUtf8, format!("no UTF-8 after byte {}", error.valid_up_to()))
    })?;
    if let Some(draft) = flat::read(text) {
        return Ok(draft);
    }
    let error = match read(text, Reading::All) {
        Ok(draft) => return Ok(draft),
        Err(error) => error,
    };
    if !too_large(&error) {
        return Err(refusal(text, &error));
    }
    // A number beyond the doubles is only bad in a field that somebody reads.
    read(text, Reading::Known).map_err(|error| refusal(text, &error))
}

fn read(text: &str, reading: Reading) -> Result<Draft<'_>, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let draft = Record(reading).read(&mut json)?;
    json.end()?;
    Ok(draft)
}

/// serde_json has no code for it, only the words.
fn too_large(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("number out of range")
}

fn refusal(text: &str, error: &serde_json::Error) -> BadRecord {
    let class = match error.classify() {
        serde_json::error::Category::Data => BadClass::NotAnObject,
        _ if too_large(error) => BadClass::OutOfRange,
        _ => BadClass::NotJson,
    };
    match text.trim_ascii().is_empty() {
        true => BadRecord::new(BadClass::NotJson, "the record is empty; expected a JSON object"),
        false => BadRecord::new(class, error.to_string()),
    }
}
