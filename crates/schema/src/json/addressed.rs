//! Records that name a domain in the place of their account (SPEC 9.4), and what they become once it is known whose it is.

use springtide_core::event::{Event, Topic};

use super::draft;
use crate::bad::BadRecord;
use crate::cloudevents::Attributes;

/// Reads a record of a topic that names a `domain` and no `account_id`, by the checks of any other; the event has the domain,
/// as it is written, for its account.
///
/// ```
/// use springtide_core::event::Topic;
/// use springtide_schema::{Attributes, BadClass, decode_addressed_json};
/// let read = |value: &str| decode_addressed_json(Topic::BusinessSignals, value.as_bytes(), &Attributes::default());
/// let event = read(r#"{"event_id":"e1","domain":"acme.com","occurred_at":"2026-03-02T09:30:00Z","type":"funding_raised"}"#);
/// assert_eq!(&*event.unwrap().account, "acme.com");
/// assert_eq!(read(r#"{"event_id":"e1"}"#).unwrap_err().class, BadClass::MissingField);
/// ```
///
/// # Errors
/// What is wrong with it.
pub fn decode_addressed_json(
    topic: Topic,
    bytes: &[u8],
    attributes: &Attributes<'_>,
) -> Result<Event, BadRecord> {
    draft(bytes)?.into_addressed(topic, attributes)
}

/// The same record for an account: its `account_id` in the place of its `domain`, everything else as it is written. Nothing
/// where the bytes are no JSON object.
///
/// ```
/// use springtide_schema::with_account;
/// let value = br#"{"event_id":"e1", "domain" : "acme.com", "x":[1e400,{"domain":"y"}]}"#;
/// let expected = br#"{"account_id":"a-1","event_id":"e1","x":[1e400,{"domain":"y"}]}"#;
/// assert_eq!(with_account(value, "a-1").as_deref(), Some(&expected[..]));
/// ```
pub fn with_account(bytes: &[u8], account: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut routed = format!("{{\"account_id\":{}", serde_json::Value::from(account));
    for (name, member) in members(text)? {
        let name: String = serde_json::from_str(name).ok()?;
        if name != "domain" && name != "account_id" {
            routed.push(',');
            routed.push_str(member);
        }
    }
    routed.push('}');
    Some(routed.into_bytes())
}

/// The members of an object that a parser has taken: each one's name with its quotes, and the whole of it.
fn members(text: &str) -> Option<Vec<(&str, &str)>> {
    let bytes = text.as_bytes();
    let mut at = skip_space(bytes, 0);
    (bytes.get(at) == Some(&b'{')).then_some(())?;
    let mut found = Vec::new();
    loop {
        // After the brace, or a comma.
        let start = skip_space(bytes, at + 1);
        if found.is_empty() && bytes.get(start) == Some(&b'}') {
            return Some(found);
        }
        let name_end = end_of_text(bytes, start)?;
        at = end_of_member(bytes, name_end)?;
        found.push((text.get(start..name_end)?, text.get(start..at)?.trim_ascii_end()));
        if bytes.get(at) == Some(&b'}') {
            return Some(found);
        }
    }
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count()
}

/// Behind the quote that ends a text.
fn end_of_text(bytes: &[u8], start: usize) -> Option<usize> {
    (bytes.get(start) == Some(&b'"')).then_some(())?;
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The comma or brace behind a member's value.
fn end_of_member(bytes: &[u8], from: usize) -> Option<usize> {
    let (mut at, mut depth) = (from, 0_usize);
    loop {
        match bytes.get(at)? {
            b',' | b'}' if depth == 0 => return Some(at),
            b'"' => {
                at = end_of_text(bytes, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;
    use crate::bad::BadClass;
    use crate::decode_json_with;

    const REST: &str =
        r#""event_id":"e","occurred_at":"2024-02-01T12:00:00Z","type":"office_opened","location":"Graz""#;

    fn read(value: &str, attributes: &Attributes<'_>) -> Result<Event, BadClass> {
        decode_addressed_json(Topic::BusinessSignals, value.as_bytes(), attributes).map_err(|bad| bad.class)
    }

    #[test]
    fn what_is_wrong_is_told_as_of_any_record() {
        let plain = Attributes::default();
        for (value, class) in [
            ("no JSON".to_owned(), BadClass::NotJson),
            ("[]".to_owned(), BadClass::NotAnObject),
            (format!("{{{REST}}}"), BadClass::MissingField),
            (format!(r#"{{"domain":null,{REST}}}"#), BadClass::MissingField),
            (format!(r#"{{"domain":7,{REST}}}"#), BadClass::WrongType),
            (format!(r#"{{"domain":["x.org"],{REST}}}"#), BadClass::WrongType),
            (format!(r#"{{"domain":"",{REST}}}"#), BadClass::OutOfRange),
            (format!(r#"{{"domain":"x.org","account_id":"a",{REST}}}"#), BadClass::WrongTopic),
            (
                format!(
                    r#"{{"domain":"x.org",{}}}"#,
                    REST.replace("Graz\"", "Graz\",\"type\":\"telepathy\"")
                ),
                BadClass::UnknownType,
            ),
            (
                format!(r#"{{"domain":"x.org",{}}}"#, REST.replace("office_opened", "user_activity")),
                BadClass::WrongTopic,
            ),
            (format!(r#"{{"domain":"x.org",{}}}"#, REST.replace("2024-02-01T", "noon")), BadClass::BadTime),
            (
                format!(r#"{{"domain":"x.org",{}}}"#, REST.replace("location", "place")),
                BadClass::MissingField,
            ),
        ] {
            assert_eq!(read(&value, &plain), Err(class), "{value}");
        }
        // What nobody reads may be beyond all numbers.
        let odd = format!(r#"{{"x":1e999,"domain":"x.org","account_id":null,{REST}}}"#);
        assert_eq!(&*read(&odd, &plain).unwrap().account, "x.org");
    }

    #[test]
    fn a_cloud_events_subject_stands_for_the_domain() {
        let attributes = Attributes { subject: Some("x.org"), id: Some("e2"), ..Attributes::default() };
        let value = format!("{{{}}}", REST.replace(r#""event_id":"e","#, ""));
        let event = read(&value, &attributes).unwrap();
        assert_eq!((&*event.account, event.fact.id()), ("x.org", "e2"));
        let routed = with_account(value.as_bytes(), "a").unwrap();
        let decoded = decode_json_with(Topic::BusinessSignals, &routed, &attributes).unwrap();
        assert_eq!((&*decoded.event.account, decoded.event.fact), ("a", event.fact));
    }

    #[test]
    fn only_the_domain_gives_way() {
        for (value, routed) in [
            ("{}", r#"{"account_id":"a\"b"}"#),
            (" { \"domain\" : \"x\" } ", r#"{"account_id":"a\"b"}"#),
            (
                r#"{"d\u006fmain":"x","account_id":null,"domain":"y","z":"}\",{"}"#,
                r#"{"account_id":"a\"b","z":"}\",{"}"#,
            ),
            (
                r#"{"a":{"domain":[1,{"b":"]"}]} , "ä":-0.10E+2 }"#,
                r#"{"account_id":"a\"b","a":{"domain":[1,{"b":"]"}]},"ä":-0.10E+2}"#,
            ),
        ] {
            let found = with_account(value.as_bytes(), "a\"b").map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(found.as_deref(), Some(routed), "{value}");
        }
        for no_object in ["", "[1]", "{", "{\"a\"", "{\"a\":1", "{\"a\":\"b", "7"] {
            assert_eq!(with_account(no_object.as_bytes(), "a"), None, "{no_object}");
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z\"\\\\{}\\[\\],: äß\n]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let object =
                prop::collection::vec(("(domain|account_id|[a-z\"\\\\,}]{0,4})", inner.clone()), 0..4)
                    .prop_map(|members| Value::Object(Map::from_iter(members)));
            prop_oneof![prop::collection::vec(inner, 0..4).prop_map(Value::from), object]
        })
    }

    proptest! {
        #[test]
        fn whatever_the_object_the_rest_of_it_stays(
            members in prop::collection::vec(("(domain|account_id|[a-z\"\\\\,}]{0,4})", json()), 0..5),
            pretty in any::<bool>(),
        ) {
            let mut object = Map::from_iter(members);
            let value = Value::Object(object.clone());
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let routed = with_account(text.unwrap().as_bytes(), "a").unwrap();
            object.remove("domain");
            object.insert("account_id".to_owned(), "a".into());
            let found: Value = serde_json::from_slice(&routed).unwrap();
            prop_assert_eq!(found, Value::Object(object));
        }

        #[test]
        fn no_text_makes_it_fail(text in "[{}\\[\\]\",:\\\\ a1]{0,24}") {
            let _some_or_none = with_account(text.as_bytes(), "a");
        }
    }
}
