//! One JSON record: of any topic, with a CloudEvent's attributes or without.

use springtide_core::event::Topic;
use springtide_schema::{
    Attributes, decode_addressed_json, decode_json, decode_json_with, decode_line, event_json, with_account,
};

pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let topic = Topic::ALL[usize::from(*first) % 5];
    match first / 5 % 4 {
        0 => record(topic, rest),
        1 => with_attributes(topic, rest),
        2 => addressed(rest),
        _ => drop(decode_line(Some(topic), rest)),
    }
}

fn record(topic: Topic, value: &[u8]) {
    let decoded = decode_json(topic, value);
    if let Some(escaped) = escaped(value) {
        match (&decoded, &decode_json(topic, &escaped)) {
            (Ok(plain), Ok(parsed)) => assert_eq!(plain, parsed),
            (Err(plain), Err(parsed)) => assert_eq!(plain.class, parsed.class),
            other => panic!("read without the parser and with it: {other:?}"),
        }
    }
    if let Ok(decoded) = decoded {
        let text = event_json(&decoded.event);
        let again = decode_json(topic, text.as_bytes());
        assert_eq!(again.map(|again| (again.event, again.unknown_fields)), Ok((decoded.event, 0)), "{text}");
    }
}

/// One that names a domain is the same for an account once it has one.
fn addressed(value: &[u8]) {
    let topic = Topic::BusinessSignals;
    if let Ok(event) = decode_addressed_json(topic, value, &Attributes::default()) {
        let routed = with_account(value, "a").expect("it was an object");
        let again = decode_json(topic, &routed).map(|again| (again.event.account, again.event.fact));
        assert_eq!(again, Ok(("a".into(), event.fact)), "{}", String::from_utf8_lossy(&routed));
    }
}

/// The same with an escape in its first text: that leaves it to the parser.
fn escaped(value: &[u8]) -> Option<Vec<u8>> {
    let at = value.iter().position(|byte| *byte == b'"')? + 1;
    let letter = value.get(at).filter(|byte| byte.is_ascii_alphanumeric())?;
    let escape = format!("\\u00{letter:02x}");
    Some([&value[..at], escape.as_bytes(), &value[at + 1..]].concat())
}

/// Four attributes and a value, with zero bytes between.
fn with_attributes(topic: Topic, data: &[u8]) {
    let mut parts = data.splitn(5, |byte| *byte == 0);
    let names = ["ce_id", "ce_time", "ce_subject", "ce_type"];
    let headers: Vec<(&str, &[u8])> = names.into_iter().zip(parts.by_ref()).collect();
    let attributes = Attributes::from_headers(headers);
    let _ = decode_json_with(topic, parts.next().unwrap_or_default(), &attributes);
}
