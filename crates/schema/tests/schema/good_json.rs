//! Records that are taken, and what becomes of them.

use proptest::prelude::*;
use springtide_core::event::{Event, Fact, Topic, Value};
use springtide_core::time::parse_rfc3339;
use springtide_schema::{
    Attributes, BadClass, check_future, check_key, decode_json, decode_json_with, decode_line, event_json,
};

use crate::events::any_event;

const HEAD: &str = r#""event_id":"e1","account_id":"acme","occurred_at":"2026-03-02T09:30:00.000Z""#;

fn taken(topic: Topic, members: &str) -> (Event, u32) {
    let record = format!("{{{HEAD},{members}}}");
    let decoded = decode_json(topic, record.as_bytes()).unwrap_or_else(|bad| panic!("{record}: {bad}"));
    (decoded.event, decoded.unknown_fields)
}

fn values(event: &Event) -> &[Value] {
    match &event.fact {
        Fact::Activity(activity) => &activity.values,
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_are_read_by_value() {
    for (text, number) in [
        ("46", 46.0),
        ("46.0", 46.0),
        ("4.6e1", 46.0),
        ("0", 0.0),
        ("-0.0", 0.0),
        ("18446744073709551616", 18_446_744_073_709_551_616.0),
        ("9007199254740993", 9_007_199_254_740_992.0),
        ("1e300", 1e300),
    ] {
        let (event, _) =
            taken(Topic::ProductUsage, &format!(r#""type":"seat_snapshot","seats_used":{text}"#));
        let Value::Number(read) = values(&event)[0] else { panic!("{text}") };
        assert_eq!(read.to_bits(), f64::to_bits(number), "{text}");
    }
}

#[test]
fn fractions_are_rounded_to_the_nearest_double() {
    for text in [
        "0.1",
        "1.2345678901234567",
        "179769313486231.570814527423731704",
        "5e-324",
        "2.2250738585072011e-308",
    ] {
        let (event, _) =
            taken(Topic::ProductUsage, &format!(r#""type":"meter_reading","meter":"m","used":{text}"#));
        assert_eq!(values(&event)[1], Value::Number(text.parse().unwrap()), "{text}");
    }
}

#[test]
fn unknown_members_are_ignored_and_counted() {
    let seats = r#""type":"seat_snapshot","seats_used":46"#;
    for (more, count) in [
        ("", 0),
        (r#","x":1"#, 1),
        (r#","x":{"deep":[1,{"er":null}]},"y":[[]],"z":"\u00fc""#, 3),
        (r#","meter":"api""#, 1),
        (r#","_topic":"product-usage""#, 1),
        (r#","huge":1e400"#, 1),
        (r#","limits":{"api":{"a":[1e400]}}"#, 1),
        (r#","seats_licensed":null"#, 0),
    ] {
        assert_eq!(taken(Topic::ProductUsage, &format!("{seats}{more}")).1, count, "{more}");
    }
    let deep = format!("{seats},\"x\":{}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(taken(Topic::ProductUsage, &deep).1, 1);
}

#[test]
fn of_two_members_with_one_name_the_last_counts() {
    let (event, _) = taken(Topic::ProductUsage, r#""type":"seat_snapshot","seats_used":"x","seats_used":7"#);
    assert_eq!(values(&event)[0], Value::Number(7.0));
    let (event, _) = taken(
        Topic::ProductUsage,
        r#""type":"seat_snapshot","seats_used":7,"seats_licensed":9,"seats_licensed":null"#,
    );
    assert_eq!(values(&event), [Value::Number(7.0), Value::Absent]);
    let (event, _) = taken(Topic::ProductUsage, r#""type":"user_activity","user_id":"u","event_id":"e2""#);
    assert_eq!(event.fact.id(), "e2");
    let (event, _) = taken(
        Topic::AccountProfiles,
        r#""name":"A","segment":"smb","mrr":0,"currency":"EUR","limits":{"a":1,"a":2,"b":3,"b":null}"#,
    );
    let Fact::Profile(profile) = &event.fact else { panic!() };
    assert_eq!(profile.limits.iter().map(|(k, v)| (&**k, *v)).collect::<Vec<_>>(), [("a", 2.0)]);
}

#[test]
fn names_and_strings_may_be_written_with_escapes() {
    let (event, unknown) =
        taken(Topic::ProductUsage, r#""typ\u0065":"user_activity","user\u005fid":"\ud83d\ude00\n""#);
    assert_eq!((values(&event), unknown), (&[Value::Text("😀\n".into())][..], 0));
}

#[test]
fn times_are_cut_to_milliseconds_and_read_in_any_zone() {
    for (text, same) in [
        ("2026-03-02T10:30:00.1239+01:00", "2026-03-02T09:30:00.123Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.999Z"),
    ] {
        let (event, _) = taken(
            Topic::ProductUsage,
            &format!(r#""type":"user_activity","user_id":"u","occurred_at":"{text}""#),
        );
        assert_eq!(Some(event.at()), parse_rfc3339(same), "{text}");
    }
}

#[test]
fn identifiers_may_have_1024_bytes() {
    let id = "é".repeat(512);
    let (event, _) =
        taken(Topic::ProductUsage, &format!(r#""type":"user_activity","user_id":"","account_id":"{id}""#));
    assert_eq!(&*event.account, id);
}

#[test]
fn a_profile_may_leave_out_what_is_empty() {
    let (event, unknown) = taken(
        Topic::AccountProfiles,
        r#""name":"A","segment":"mid_market","mrr":0,"currency":"EUR","domains":null,"owners":{"sales":null},
           "limits":{"api":0},"champion":"none","type":"profile""#,
    );
    let Fact::Profile(profile) = &event.fact else { panic!() };
    assert!(profile.domains.is_empty() && profile.owners.is_empty() && profile.external_ids.is_empty());
    assert_eq!(profile.limits.len(), 1);
    assert_eq!(unknown, 1, "a profile has no `type`");
}

#[test]
fn a_snooze_has_an_end() {
    let (event, _) = taken(
        Topic::OpportunityOutcomes,
        r#""opportunity_id":"o","play":"p","stage":"snoozed","until":"2026-04-01T00:00:00Z""#,
    );
    let Fact::Outcome(outcome) = &event.fact else { panic!() };
    assert_eq!(outcome.until, parse_rfc3339("2026-04-01T00:00:00Z"));
}

#[test]
fn a_lines_own_topic_goes_before_the_files() {
    let member = r#""_topic":"business-signals""#;
    let rest = format!(r#"{HEAD},"type":"funding_raised""#);
    for line in [
        format!("{{{member},{rest}}}"),
        format!("{{{rest},{member}}}"),
        format!("{{{rest},\"_topic\":7,{member}}}"),
    ] {
        for default in [None, Some(Topic::ProductUsage), Some(Topic::BusinessSignals)] {
            let (topic, decoded) = decode_line(default, line.as_bytes()).unwrap();
            assert_eq!((topic, decoded.unknown_fields), (Topic::BusinessSignals, 0));
        }
    }
}

#[test]
fn attributes_stand_for_what_the_value_lacks_and_no_more() {
    let attributes = Attributes {
        id: Some("ce"),
        time: Some("2026-01-01T00:00:00Z"),
        subject: Some("ce-account"),
        ty: Some("com.example.user_activity"),
    };
    let read =
        |value: &str| decode_json_with(Topic::ProductUsage, value.as_bytes(), &attributes).map(|d| d.event);
    let event = read(r#"{"user_id":"u","event_id":null}"#).unwrap();
    assert_eq!((event.fact.id(), &*event.account), ("ce", "ce-account"));
    assert_eq!(Some(event.at()), parse_rfc3339("2026-01-01T00:00:00Z"));
    let event = read(&format!(r#"{{{HEAD},"type":"user_invited","invitee":"i"}}"#)).unwrap();
    assert_eq!((event.fact.id(), &*event.account), ("e1", "acme"));
    assert_eq!(read(r#"{"user_id":"u","type":"nonsense"}"#).unwrap_err().class, BadClass::UnknownType);
    let plain = Attributes { ty: Some("user_activity"), time: Some("now"), ..attributes };
    let bad = decode_json_with(Topic::ProductUsage, br#"{"user_id":"u"}"#, &plain).unwrap_err();
    assert_eq!(bad.class, BadClass::BadTime);
}

#[test]
fn headers_that_are_no_text_count_as_absent() {
    let attributes =
        Attributes::from_headers([("ce_id", &b"\xff"[..]), ("ce_subject", b"a"), ("other", b"x")]);
    assert_eq!(attributes, Attributes { subject: Some("a"), ..Attributes::default() });
}

#[test]
fn keys_and_clocks_are_checked() {
    let (event, _) = taken(Topic::ProductUsage, r#""type":"user_activity","user_id":"u""#);
    let no_key = check_key(&event, None).unwrap_err();
    assert_eq!(no_key.class, BadClass::KeyMismatch);
    assert!(no_key.message.contains("no key"), "{no_key}");
    let other = check_key(&event, Some(b"other\xff")).unwrap_err();
    assert!(other.message.contains("other") && other.message.contains("acme"), "{other}");
    let ahead = check_future(&event, event.at() - 7_200_000, 3_600_000).unwrap_err();
    assert_eq!(ahead.class, BadClass::TooFarAhead);
    assert!(ahead.message.contains("7200 s ahead"), "{ahead}");
    assert!(check_future(&event, i64::MAX, i64::MAX).is_ok());
}

proptest! {
    #[test]
    fn every_event_survives_its_json(event in any_event()) {
        let text = event_json(&event);
        let decoded = decode_json(event.topic(), text.as_bytes());
        prop_assert_eq!(decoded.map(|d| (d.event, d.unknown_fields)), Ok((event, 0)), "{}", text);
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), topic in 0..5_usize) {
        let _ = decode_json(Topic::ALL[topic], &bytes);
        let _ = decode_line(None, &bytes);
    }

    #[test]
    fn damaged_records_never_panic(event in any_event(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = event_json(&event).into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = decode_json(event.topic(), &bytes);
        let _ = decode_json(event.topic(), &bytes[..place]);
    }
}
