//! Records that are refused: with which class, and in which words.

use springtide_core::event::Topic::{self, *};
use springtide_schema::BadClass::{self, *};
use springtide_schema::limits::MAX_MESSAGE_BYTES;
use springtide_schema::{decode_json, decode_line};

/// The common members, open at the end.
const HEAD: &str = r#"{"event_id":"e1","account_id":"acme","occurred_at":"2026-03-02T09:30:00.000Z""#;

fn check(topic: Topic, bytes: &[u8], class: BadClass, part: &str) {
    let shown = String::from_utf8_lossy(bytes);
    let bad = decode_json(topic, bytes).expect_err(&shown);
    assert_eq!(bad.class, class, "{shown}: {}", bad.message);
    assert!(bad.message.contains(part), "{shown}: {}", bad.message);
}

/// Checks records that share the common members.
pub fn check_tails(topic: Topic, table: &[(&str, BadClass, &str)]) {
    for (tail, class, part) in table {
        check(topic, format!("{HEAD},{tail}}}").as_bytes(), *class, part);
    }
}

#[test]
fn what_is_no_json_object_is_refused() {
    let table: &[(&[u8], BadClass, &str)] = &[
        (b"", NotJson, "empty"),
        (b"  \n\t ", NotJson, "empty"),
        (b"{", NotJson, "EOF"),
        (b"\0\0\0\0\x07\xff", NotJson, "as Avro of a schema registry does"),
        (b"{\"event_id\":\"e", NotJson, "EOF"),
        (b"nonsense", NotJson, "line 1"),
        (b"{} {}", NotJson, "trailing"),
        (b"{}x", NotJson, "trailing"),
        (b"{'event_id':'e1'}", NotJson, "key"),
        (b"{\"a\":1,}", NotJson, "trailing comma"),
        (b"{\"a\":01}", NotJson, "number"),
        (b"{\"a\":NaN}", NotJson, "value"),
        (b"{\"a\":+1}", NotJson, "value"),
        (b"{\"a\":.5}", NotJson, "value"),
        (b"{\"a\":\"\t\"}", NotJson, "control character"),
        (b"{\"a\":\"\\ud800\"}", NotJson, "escape"),
        (b"{a:1}", NotJson, "key"),
        (b"{\"a\":[1,}", NotJson, "value"),
        (b"\xef\xbb\xbf{}", NotJson, "value"),
        (b"{\"event_id\":\"\xff\"}", NotUtf8, "after byte 13"),
        (b"\x00\x00\x00\x00\x01\x02", NotJson, "value"),
        (b"[]", NotAnObject, "expected a JSON object"),
        (b"[{}]", NotAnObject, "sequence"),
        (b"\"text\"", NotAnObject, "string"),
        (b"1", NotAnObject, "integer"),
        (b"1.5", NotAnObject, "floating point"),
        (b"true", NotAnObject, "boolean"),
        (b"null", NotAnObject, "null"),
    ];
    for (bytes, class, part) in table {
        check(ProductUsage, bytes, *class, part);
    }
}

#[test]
fn common_members_are_required_and_of_their_types() {
    let long = format!(r#"{{"event_id":"{}","account_id":"a"}}"#, "é".repeat(513));
    let table: &[(&str, BadClass, &str)] = &[
        ("{}", MissingField, "`event_id`"),
        (r#"{"event_id":null}"#, MissingField, "`event_id`: found nothing, expected a string"),
        (r#"{"event_id":""}"#, OutOfRange, "`event_id`: found a string of 0 bytes, expected 1 to 1024 bytes"),
        (&long, OutOfRange, "1026 bytes"),
        (r#"{"event_id":7}"#, WrongType, "`event_id`: found the number 7, expected a string"),
        (r#"{"event_id":true}"#, WrongType, "the boolean true"),
        (r#"{"event_id":["e"]}"#, WrongType, "a list"),
        (r#"{"event_id":{"a":1}}"#, WrongType, "an object"),
        (r#"{"event_id":"e"}"#, MissingField, "`occurred_at`"),
        (r#"{"event_id":"e","occurred_at":1772443800000}"#, WrongType, "expected an RFC 3339 timestamp"),
        (r#"{"event_id":"e","occurred_at":"yesterday"}"#, BadTime, r#"the string "yesterday""#),
        (r#"{"event_id":"e","occurred_at":"2026-02-30T00:00:00Z"}"#, BadTime, "`occurred_at`"),
        (r#"{"event_id":"e","occurred_at":"2026-03-02T09:30:00"}"#, BadTime, "`occurred_at`"),
        (r#"{"event_id":"e","occurred_at":"2026-03-02"}"#, BadTime, "`occurred_at`"),
        (r#"{"event_id":"e","occurred_at":"2026-03-02T24:00:00Z"}"#, BadTime, "`occurred_at`"),
        (r#"{"event_id":"e","occurred_at":"12026-03-02T09:30:00Z"}"#, BadTime, "`occurred_at`"),
        (r#"{"event_id":"e","occurred_at":"-026-03-02T09:30:00Z"}"#, BadTime, "`occurred_at`"),
        (r#"{"event_id":"e","occurred_at":"0000-01-01T00:00:00+00:01"}"#, BadTime, "years 0000 to 9999"),
        (r#"{"event_id":"e","occurred_at":"9999-12-31T23:59:59-00:01"}"#, BadTime, "years 0000 to 9999"),
        (r#"{"event_id":"e","occurred_at":""}"#, BadTime, "`occurred_at`"),
    ];
    for (text, class, part) in table {
        let typed = text.replacen('{', r#"{"type":"funding_raised","#, 1).replace(",}", "}");
        check(BusinessSignals, typed.as_bytes(), *class, part);
    }
    let at = r#"{"type":"funding_raised","event_id":"e","occurred_at":"2026-03-02T09:30:00Z""#;
    check(BusinessSignals, format!("{at}}}").as_bytes(), MissingField, "`account_id`");
    check(BusinessSignals, format!(r#"{at},"account_id":""}}"#).as_bytes(), OutOfRange, "`account_id`");
    let wide = format!(r#"{at},"account_id":"{}"}}"#, "a".repeat(1_025));
    check(BusinessSignals, wide.as_bytes(), OutOfRange, "1025 bytes");
}

#[test]
fn types_belong_to_topics() {
    check_tails(
        ProductUsage,
        &[
            (r#""user_id":"u""#, MissingField, "`type`"),
            (r#""type":"nonsense""#, UnknownType, "is no type of `product-usage`"),
            (r#""type":"Seat_Snapshot""#, UnknownType, "Seat_Snapshot"),
            (r#""type":7"#, WrongType, "`type`: found the number 7"),
            (
                r#""type":"job_posted""#,
                WrongTopic,
                "`job_posted` belongs to the topic `business-signals`, not to `product-usage`",
            ),
            (r#""type":"user_activity","user_id":"u","type":"nonsense""#, UnknownType, "nonsense"),
        ],
    );
    check_tails(
        AccountProfiles,
        &[(r#""type":"user_activity","user_id":"u""#, WrongTopic, "not to `account-profiles`")],
    );
    check_tails(
        OpportunityOutcomes,
        &[(r#""type":"nps_response""#, WrongTopic, "not to `opportunity-outcomes`")],
    );
}

#[test]
fn a_line_needs_a_topic_from_somewhere() {
    let line = |more: &str| format!(r#"{HEAD},"type":"funding_raised"{more}}}"#);
    for (topic, more, class, part) in [
        (None, "", UnknownTopic, "the file's name names no topic"),
        (None, r#","_topic":null"#, UnknownTopic, "no `_topic`"),
        (
            Some(BusinessSignals),
            r#","_topic":"news""#,
            UnknownTopic,
            r#"found "news", expected one of product-usage"#,
        ),
        (Some(BusinessSignals), r#","_topic":7"#, WrongType, "`_topic`"),
        (Some(BusinessSignals), r#","_topic":"product-usage""#, WrongTopic, "`funding_raised`"),
    ] {
        let bad = decode_line(topic, line(more).as_bytes()).unwrap_err();
        assert_eq!(bad.class, class, "{more}");
        assert!(bad.message.contains(part), "{}", bad.message);
    }
}

#[test]
fn messages_quote_long_values_in_part() {
    let record = format!(r#"{HEAD},"type":"{}"}}"#, "ü".repeat(1_000));
    let bad = decode_json(ProductUsage, record.as_bytes()).unwrap_err();
    assert!(bad.message.contains('…') && bad.message.len() < 200, "{}", bad.message);
}

/// A message goes into a header: it must not grow with the record.
#[test]
fn messages_are_short_however_long_the_record_is() {
    let long = "ü".repeat(100_000);
    let profile = r#""name":"A","segment":"smb","mrr":1,"currency":"EUR""#;
    let table = [
        (format!("{long:?}"), NotAnObject),
        (format!("{{{long:?}"), NotJson),
        (format!(r#"{HEAD},{profile},"limits":{{{long:?}:true}}}}"#), WrongType),
        (format!(r#"{HEAD},{profile},"owners":{{{long:?}:7}}}}"#), WrongType),
        (format!(r#"{HEAD},{profile},"renewal_at":{long:?}}}"#), BadTime),
    ];
    for (record, class) in table {
        let bad = decode_json(AccountProfiles, record.as_bytes()).unwrap_err();
        assert_eq!(bad.class, class);
        assert!(bad.message.len() <= MAX_MESSAGE_BYTES + 3, "{} bytes", bad.message.len());
        assert!(class != WrongType || bad.message.contains("expected"), "{bad}");
    }
}

#[test]
fn class_names_are_distinct() {
    let names: std::collections::BTreeSet<_> = BadClass::ALL.iter().map(|class| class.name()).collect();
    assert_eq!(names.len(), BadClass::ALL.len());
}
