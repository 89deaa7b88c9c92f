//! Writers' schemas with types that ours do not have: days, times of day, decimals, unions of records, records that
//! take no bytes.

use apache_avro::Schema;
use serde_json::json;
use springtide_core::event::{Fact, Topic};
use springtide_core::time::parse_rfc3339;
use springtide_schema::avro::{SchemaError, WriterSchema};
use springtide_schema::{Attributes, BadClass, BadRecord, Decoded};

use crate::avro_records::encode;

const HEAD: &str = r#"{"name":"event_id","type":"string"},{"name":"account_id","type":"string"}"#;
const AT: &str = r#"{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"}}"#;

fn decode(topic: Topic, schema: &str, bytes: &[u8]) -> Result<Decoded, BadRecord> {
    WriterSchema::parse(schema).unwrap().decode(topic, bytes, &Attributes::default())
}

/// A profile whose renewal and revenue are of these types.
fn profile(renewal: &str, mrr: &str) -> String {
    format!(
        r#"{{"type":"record","name":"R","fields":[{HEAD},{AT},{{"name":"name","type":"string"}},
        {{"name":"segment","type":"string"}},{{"name":"currency","type":"string"}},
        {{"name":"renewal_at","type":{renewal}}},{{"name":"mrr","type":{mrr}}}]}}"#
    )
}

/// e, a, 1970, A, smb, EUR and what is left.
fn profile_bytes(rest: &[u8]) -> Vec<u8> {
    [b"\x02e\x02a\x00\x02A\x06smb\x06EUR", rest].concat()
}

#[test]
fn a_day_is_its_beginning_and_a_time_of_day_is_no_instant() {
    let read = |ty: &str, bytes: &[u8]| {
        let value = profile_bytes(&[bytes, &5_f64.to_le_bytes()[..]].concat());
        decode(Topic::AccountProfiles, &profile(ty, "\"double\""), &value)
    };
    let date = r#"["null",{"type":"int","logicalType":"date"}]"#;
    // 19,783 days after 1970, and one before.
    for (bytes, day) in [(&b"\x02\x8e\xb5\x02"[..], "2024-03-01"), (b"\x02\x01", "1969-12-31")] {
        let Fact::Profile(profile) = read(date, bytes).unwrap().event.fact else { panic!() };
        assert_eq!(profile.renewal_at, parse_rfc3339(&format!("{day}T00:00:00Z")));
    }
    for clock in
        [r#"{"type":"int","logicalType":"time-millis"}"#, r#"{"type":"long","logicalType":"time-micros"}"#]
    {
        let bad = read(clock, b"\x02").unwrap_err();
        assert_eq!(bad.class, BadClass::WrongType);
        assert!(bad.message.contains("`renewal_at`: found a time of day, expected an RFC 3339"), "{bad}");
    }
}

#[test]
fn decimals_are_named() {
    let decimal = r#"{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}"#;
    // 74 and 65 would pass for text.
    let bad = decode(Topic::AccountProfiles, &profile(r#""null""#, decimal), &profile_bytes(b"\x04JA"));
    let bad = bad.unwrap_err();
    assert_eq!(bad.class, BadClass::WrongType);
    assert!(bad.message.contains("`mrr`: found a decimal, expected a finite number"), "{bad}");
}

#[test]
fn a_union_of_records_is_read_by_its_branch() {
    let record = |name: &str, field: &str| {
        let ty = r#"{"name":"type","type":"string"}"#;
        format!(
            r#"{{"type":"record","name":"{name}","fields":[{HEAD},{AT},{ty},{{"name":"{field}","type":"string"}}]}}"#
        )
    };
    let (first, second) = (record("Active", "user_id"), record("Invited", "invitee"));
    let union = format!(r#"["null",{first},{second}]"#);
    for (branch, schema, ty, field) in
        [(2, &first, "user_activity", "user_id"), (4, &second, "user_invited", "invitee")]
    {
        let json = json!({"event_id": "e", "account_id": "a", "occurred_at": "2024-03-01T00:00:00Z", "type": ty, field: "u"});
        let datum = encode(&Schema::parse_str(schema).unwrap(), &json);
        let alone = decode(Topic::ProductUsage, schema, &datum).unwrap();
        let within = decode(Topic::ProductUsage, &union, &[&[branch], &datum[..]].concat());
        assert_eq!(within, Ok(alone), "{ty}");
    }
    for (bytes, part) in [(&b"\x00"[..], "no record"), (b"\x06", "a branch that"), (b"", "end before")] {
        let bad = decode(Topic::ProductUsage, &union, bytes).unwrap_err();
        assert!(bad.class == BadClass::NotAvro && bad.message.contains(part), "{bad}");
    }
    assert!(matches!(WriterSchema::parse(r#"["null","string"]"#), Err(SchemaError::NotARecord)));
}

/// Each record holds the next one twice: a few lines of schema, no bytes, and more values than could ever be read.
#[test]
fn records_without_bytes_are_not_read_for_ever() {
    let doubled = |inner: String, level: usize| {
        format!(
            r#"{{"type":"record","name":"R{level}","fields":[{{"name":"a","type":{inner}}},{{"name":"b","type":"R{}"}}]}}"#,
            level + 1
        )
    };
    let last = r#"{"type":"record","name":"R40","fields":[{"name":"a","type":"null"}]}"#.to_owned();
    let schema = (0..40).rev().fold(last, doubled);
    let bad = decode(Topic::ProductUsage, &schema, b"").unwrap_err();
    assert!(bad.class == BadClass::NotAvro && bad.message.contains("records without bytes"), "{bad}");
}
