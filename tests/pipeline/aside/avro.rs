//! Bad records of topics that are Avro.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use springtide_core::event::Topic;
use springtide_schema::avro::schemas;
use springtide_schema::frame;
use springtide_tests::avro::Writer;
use springtide_tests::records::Record;
use springtide_tests::registry::SchemaRegistry;

use super::story::{Bad, ENGAGEMENT, NEWS, OUTCOMES, PROFILES, USAGE};

/// A record's first fields, in a schema of our own.
const HEAD: &str = r#"{"name":"event_id","type":"string"},{"name":"account_id","type":"string"},
    {"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"type","type":"string"}"#;
/// Those fields: e, acme, 1970, user_activity.
const HEAD_BYTES: &[u8] = b"\x02e\x08acme\x00\x1auser_activity";
const ZIGZAG_MIN: &[u8] = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
const ZIGZAG_MAX: &[u8] = b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01";

/// Our schemas, registered as a customer would.
pub struct Writers(BTreeMap<&'static str, Writer>);

impl Writers {
    /// Registers them.
    pub fn register() -> Writers {
        let register = |topic: Topic| {
            (topic.name(), Writer::register(&format!("bad-avro.{}-value", topic.name()), schemas::of(topic)))
        };
        Writers(Topic::ALL.map(register).into())
    }

    /// That of a topic.
    pub fn of(&self, topic: &str) -> &Writer {
        &self.0[topic]
    }
}

/// The formats, and where the schemas are.
pub fn flags() -> Vec<String> {
    let formats = Topic::ALL.map(|topic| format!("--format={}=avro", topic.name()));
    let registry = format!("--schema-registry={}", SchemaRegistry::shared().url);
    formats.into_iter().chain([registry]).collect()
}

/// All of them.
pub fn bad(writers: &Writers) -> Vec<Bad> {
    [
        framing(writers),
        unusable_schemas(),
        datums(writers),
        nested(),
        other_types(),
        keys(writers),
        fields(writers),
    ]
    .concat()
}

fn raw(value: impl Into<Vec<u8>>) -> Record {
    Record::new(USAGE, "acme", value)
}

/// A good event of a topic, with members more or others.
fn members(topic: &str, more: Json) -> Json {
    let mut event = json!({"event_id": "e", "account_id": "acme", "occurred_at": "2024-02-01T12:00:00Z"});
    let own = match topic {
        USAGE => json!({"type": "user_activity", "user_id": "u"}),
        PROFILES => json!({"name": "A", "segment": "smb", "mrr": 1000, "currency": "EUR"}),
        OUTCOMES => json!({"opportunity_id": "o", "play": "usage-limit", "stage": "qualified"}),
        _ => json!({}),
    };
    for (name, value) in [own, more].iter().flat_map(|json| json.as_object().unwrap()) {
        event[name] = value.clone();
    }
    event
}

fn framing(writers: &Writers) -> Vec<Bad> {
    let usage = writers.of(USAGE);
    let datum = usage.datum(&members(USAGE, json!({})));
    let [a, b, c, d] = usage.id.to_be_bytes();
    let json = members(USAGE, json!({})).to_string();
    let mut all = vec![
        (raw(b""), "not_avro"),
        (raw(b"\0"), "not_avro"),
        (raw(b"\0\0\0\x01"), "not_avro"),
        (raw([&[1, a, b, c, d], &datum[..]].concat()), "not_avro"),
        (raw(json.clone()), "not_avro"),
        (raw(datum.clone()), "not_avro"),
        (raw([b"Obj\x01", &datum[..]].concat()), "not_avro"),
        (raw(b"\xc3\x01\0\0\0\0\0\0\0\0"), "not_avro"),
        (raw(frame(usage.id, b"")), "not_avro"),
        (raw(frame(usage.id, json.as_bytes())), "not_avro"),
    ];
    // Ids that no registry gives, and among them some that it may not even be asked for.
    for id in [0, 4_000_000, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
        all.push((raw(frame(id, &datum)), "unknown_schema"));
    }
    all
}

/// Schemas that a registry has, and that no record of ours can have been written with.
fn unusable_schemas() -> Vec<Bad> {
    let registry = SchemaRegistry::shared();
    let register = |name: &str, schema: &str| registry.register(&format!("bad-avro.{name}"), schema, &[]);
    let json = r#"{"type":"object","properties":{"event_id":{"type":"string"}}}"#;
    let ids = [
        registry.register_other("bad-avro.json", "JSON", json),
        register("string", r#""string""#),
        register("list", r#"{"type":"array","items":"string"}"#),
        register("enum", r#"{"type":"enum","name":"bad.Kind","symbols":["a"]}"#),
        register("union", r#"["null","string"]"#),
    ];
    ids.into_iter().map(|id| (raw(frame(id, b"\x02a")), "unknown_schema")).collect()
}

/// Bytes that are not what their schema says.
fn datums(writers: &Writers) -> Vec<Bad> {
    let usage = writers.of(USAGE);
    let whole = usage.value(&members(USAGE, json!({})));
    let cut = [6, 8, 12, 14, 30, whole.len() - 1];
    let mut all: Vec<Bad> = cut.into_iter().map(|end| (raw(&whole[..end]), "not_avro")).collect();
    all.push((raw([&whole[..], b"\0"].concat()), "not_avro"));
    all.push((raw([&whole[..], &whole[..]].concat()), "not_avro"));
    // After the four fields that all have, each a union of null and something.
    let after = |bytes: &[u8]| (raw(frame(usage.id, &[HEAD_BYTES, bytes].concat())), "not_avro");
    all.extend([
        after(b"\x04"),
        after(b"\x01"),
        after(ZIGZAG_MAX),
        after(ZIGZAG_MIN),
        after(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        after(b"\x02\xff"),
    ]);
    // As the first field.
    let first = |bytes: &[u8]| (raw(frame(usage.id, bytes)), "not_avro");
    all.extend([
        first(b"\x01e"),
        first(ZIGZAG_MIN),
        first(&[ZIGZAG_MAX, b"e"].concat()),
        first(b"\x04\xc3\x28\x08acme\x00\x1auser_activity"),
        first(b"\x02\xff\x08acme\x00\x1auser_activity"),
        first(&[&b"\x80\x80\x80\x0a"[..], &vec![0xff; 10 << 20]].concat()),
        first(&vec![0; 10 << 20]),
    ]);
    let large = json!({"type": "x".repeat(10 << 20)});
    all.push((raw(usage.value(&members(USAGE, large))), "unknown_type"));
    all
}

/// Lists, maps, and records in records.
fn nested() -> Vec<Bad> {
    let with = |name: &str, field: &str, bytes: &[u8]| {
        let schema = format!(r#"{{"type":"record","name":"bad.{name}","fields":[{HEAD},{field}]}}"#);
        let id = SchemaRegistry::shared().register(&format!("bad-avro.{name}"), &schema, &[]);
        (raw(frame(id, &[HEAD_BYTES, bytes].concat())), "not_avro")
    };
    let list = r#"{"name":"x","type":{"type":"array","items":"null"}}"#;
    let map = r#"{"name":"limits","type":{"type":"map","values":"double"}}"#;
    let kind = r#"{"name":"x","type":{"type":"enum","name":"bad.Few","symbols":["a","b"]}}"#;
    let chain = r#"{"name":"x","type":{"type":"record","name":"bad.Chain","fields":[{"name":"next","type":["null","bad.Chain"]}]}}"#;
    let tree = r#"{"name":"x","type":{"type":"record","name":"bad.Tree","fields":[
        {"name":"children","type":{"type":"array","items":"bad.Tree"}}]}}"#;
    vec![
        with("EnumAbove", kind, b"\x04"),
        with("EnumBelow", kind, b"\x01"),
        with("Truth", r#"{"name":"x","type":"boolean"}"#, b"\x02"),
        with("ListLong", list, &[ZIGZAG_MAX, b"\0"].concat()),
        with("ListSkip", list, &[ZIGZAG_MIN, b"\x02\0"].concat()),
        with("ListOpen", list, b"\x02"),
        with("MapName", map, b"\x02\x01\0\0\0\0\0\0\0\0\0"),
        with("MapCut", map, b"\x02\x02a\0\0"),
        with("Fixed", r#"{"name":"x","type":{"type":"fixed","name":"bad.F","size":16}}"#, b"\0\0"),
        with("Chain", chain, &[&[2; 100_000][..], b"\0"].concat()),
        with("Tree", tree, &[&[2; 100_000][..], &[0; 100_000]].concat()),
    ]
}

/// What Avro can write and no field of ours takes, though it may look like it.
fn other_types() -> Vec<Bad> {
    let of = |name: &str, fields: &str, datum: &[u8], class: &'static str| {
        let schema = format!(r#"{{"type":"record","name":"bad.{name}","fields":[{fields}]}}"#);
        let id = SchemaRegistry::shared().register(&format!("bad-avro.{name}"), &schema, &[]);
        (raw(frame(id, datum)), class)
    };
    let user = |name: &str, ty: &str, bytes: &[u8]| {
        let field = format!(r#"{HEAD},{{"name":"user_id","type":{ty}}}"#);
        of(name, &field, &[HEAD_BYTES, bytes].concat(), "wrong_type")
    };
    let at = |name: &str, ty: &str, bytes: &[u8], class| {
        let head = HEAD.replace(r#"{"type":"long","logicalType":"timestamp-millis"}"#, ty);
        let datum = [b"\x02e\x08acme", bytes, b"\x1auser_activity\x02u"].concat();
        of(name, &format!(r#"{head},{{"name":"user_id","type":"string"}}"#), &datum, class)
    };
    vec![
        user("UserLong", r#""long""#, b"\x0e"),
        user("UserTruth", r#""boolean""#, b"\x01"),
        user("UserBytes", r#""bytes""#, b"\x04\xff\xfe"),
        user("UserFixed", r#"{"type":"fixed","name":"bad.Id","size":2}"#, b"ab"),
        user("UserList", r#"{"type":"array","items":"string"}"#, b"\x02\x02u\0"),
        user("UserMap", r#"{"type":"map","values":"string"}"#, b"\0"),
        user("UserRecord", r#"{"type":"record","name":"bad.U","fields":[]}"#, b""),
        at("AtDouble", r#""double""#, &1.7e12_f64.to_le_bytes(), "wrong_type"),
        at("AtText", r#""string""#, b"\x08noon", "bad_time"),
        at("AtFar", r#""long""#, ZIGZAG_MAX, "bad_time"),
        at("AtPast", r#"{"type":"long","logicalType":"timestamp-millis"}"#, ZIGZAG_MIN, "bad_time"),
        at("AtClock", r#"{"type":"int","logicalType":"time-millis"}"#, b"\x02", "wrong_type"),
        at("AtNull", r#""null""#, b"", "missing_field"),
    ]
}

fn keys(writers: &Writers) -> Vec<Bad> {
    let keyed = |topic: &'static str, key: Option<&[u8]>| {
        let value = writers.of(topic).value(&members(topic, json!({})));
        (Record { key: key.map(Into::into), ..Record::new(topic, "", value) }, "key_mismatch")
    };
    let null = |topic: &'static str, key: Option<&[u8]>| {
        (Record { key: key.map(Into::into), value: None, ..Record::new(topic, "", "") }, "missing_field")
    };
    vec![
        keyed(USAGE, Some(b"other")),
        keyed(USAGE, Some(b"")),
        keyed(USAGE, None),
        keyed(USAGE, Some(b"\xff\xfe")),
        // A serializer of the registry's, for the key too.
        keyed(USAGE, Some(b"\0\0\0\0\x07\x08acme")),
        keyed(PROFILES, Some(b"other")),
        keyed(OUTCOMES, None),
        null(USAGE, Some(b"acme")),
        null(NEWS, Some(b"acme")),
        null(ENGAGEMENT, Some(b"acme")),
        null(OUTCOMES, Some(b"acme")),
        null(PROFILES, None),
        null(PROFILES, Some(b"")),
        null(PROFILES, Some(b"\xff\xfe")),
    ]
}

fn fields(writers: &Writers) -> Vec<Bad> {
    let of = |topic: &'static str, more: Json, class: &'static str| {
        (Record::new(topic, "acme", writers.of(topic).value(&members(topic, more))), class)
    };
    let double = |topic: &'static str, more: Json, number: f64| {
        // JSON has no such numbers: they are put where a marker stands.
        let mut value = writers.of(topic).value(&members(topic, more));
        let marker = 123.456_f64.to_le_bytes();
        let at = value.windows(8).position(|window| window == marker).unwrap();
        value[at..at + 8].copy_from_slice(&number.to_le_bytes());
        (Record::new(topic, "acme", value), "out_of_range")
    };
    let used = || json!({"type": "meter_reading", "meter": "calls", "used": 123.456});
    let snapshot = Writer::register(
        "bad-avro.seats",
        &format!(
            r#"{{"type":"record","name":"bad.Seats","fields":[{HEAD},{{"name":"seats_used","type":"double"}}]}}"#
        ),
    );
    let half = snapshot.value(&members(USAGE, json!({"type": "seat_snapshot", "seats_used": 46.5})));
    vec![
        double(USAGE, used(), f64::NAN),
        double(USAGE, used(), f64::INFINITY),
        double(USAGE, used(), f64::NEG_INFINITY),
        double(USAGE, used(), -1.0),
        double(PROFILES, json!({"mrr": 123.456}), f64::NAN),
        double(PROFILES, json!({"limits": {"calls": 123.456}}), f64::INFINITY),
        double(NEWS, json!({"type": "intent_surge", "topic": "t", "score": 123.456}), f64::NAN),
        double(OUTCOMES, json!({"amount": 123.456}), f64::NEG_INFINITY),
        (raw(half), "out_of_range"),
        of(USAGE, json!({"type": "seat_snapshot", "seats_used": -1}), "out_of_range"),
        of(USAGE, json!({"type": "seat_snapshot"}), "missing_field"),
        of(USAGE, json!({"user_id": null}), "missing_field"),
        of(USAGE, json!({"type": "telepathy"}), "unknown_type"),
        of(USAGE, json!({"type": ""}), "unknown_type"),
        of(USAGE, json!({"type": "funding_raised"}), "wrong_topic"),
        of(USAGE, json!({"event_id": ""}), "out_of_range"),
        of(USAGE, json!({"event_id": "e".repeat(1_025)}), "out_of_range"),
        of(USAGE, json!({"account_id": ""}), "out_of_range"),
        of(USAGE, json!({"account_id": "a".repeat(1_025)}), "out_of_range"),
        of(USAGE, json!({"occurred_at": "2999-01-01T00:00:00Z"}), "too_far_ahead"),
        of(NEWS, json!({"type": "intent_surge", "topic": "t", "score": 101}), "out_of_range"),
        of(NEWS, json!({"type": "news_published", "sentiment": "mixed"}), "out_of_range"),
        of(NEWS, json!({"type": "acquisition"}), "missing_field"),
        of(ENGAGEMENT, json!({"type": "nps_response", "score": 11}), "out_of_range"),
        of(ENGAGEMENT, json!({"type": "nps_response", "score": -1}), "out_of_range"),
        of(ENGAGEMENT, json!({"type": "champion_active", "contact": "c"}), "missing_field"),
        of(PROFILES, json!({"segment": "huge"}), "out_of_range"),
        of(PROFILES, json!({"mrr": -1}), "out_of_range"),
        of(PROFILES, json!({"health_score": 101}), "out_of_range"),
        of(PROFILES, json!({"seats_licensed": -1}), "out_of_range"),
        of(OUTCOMES, json!({"stage": "snoozed"}), "missing_field"),
        of(OUTCOMES, json!({"stage": "hopeful"}), "out_of_range"),
        of(OUTCOMES, json!({"opportunity_id": ""}), "out_of_range"),
    ]
}
