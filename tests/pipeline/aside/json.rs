//! Bad records of topics that are JSON.

use springtide_tests::records::Record;

use super::story::{Bad, ENGAGEMENT, NEWS, OUTCOMES, PROFILES, USAGE, event};

/// All of them.
pub fn bad() -> Vec<Bad> {
    [no_json(), odd_json(), keys(), times(), usage(), news(), engagement(), profiles(), outcomes(), large()]
        .concat()
}

/// A record of this topic, time and account that is good but for its members, with each class.
fn of(topic: &'static str, table: &[(&str, &'static str)]) -> Vec<Bad> {
    table.iter().map(|(rest, class)| (event(topic, "acme", "02-01", rest), *class)).collect()
}

/// A record of usage with nothing wrong.
fn plain() -> Record {
    event(USAGE, "acme", "02-01", r#""type":"user_activity","user_id":"u""#)
}

fn raw(value: impl Into<Vec<u8>>) -> Record {
    Record::new(USAGE, "acme", value)
}

/// The same record with a part of its value replaced.
fn changed(record: Record, from: &str, to: &str) -> Record {
    let value = String::from_utf8(record.value.clone().unwrap()).unwrap();
    assert!(value.contains(from), "{value}");
    Record { value: Some(value.replacen(from, to, 1).into()), ..record }
}

fn no_json() -> Vec<Bad> {
    let text = || plain().value.unwrap();
    let gzip: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03";
    vec![
        (raw(b"\xff\xfe\0 bytes"), "not_utf8"),
        (raw(b"{\"event_id\":\"\xc3\x28\"}"), "not_utf8"),
        (raw(gzip), "not_utf8"),
        (raw(b"no JSON,\n\"at all"), "not_json"),
        (raw(b""), "not_json"),
        (raw(b" \t\r\n"), "not_json"),
        (raw(b"\0\0\0\0\x07\x04e1\x08acme"), "not_json"),
        (raw([b"\xef\xbb\xbf", &text()[..]].concat()), "not_json"),
        (raw([text(), text()].concat()), "not_json"),
        (raw([&text()[..], b"\0"].concat()), "not_json"),
        (raw(&text()[..text().len() - 1]), "not_json"),
        (changed(plain(), r#""u""#, r#""u","#), "not_json"),
        (changed(plain(), r#""u""#, "'u'"), "not_json"),
        (changed(plain(), r#""u""#, "NaN"), "not_json"),
        (changed(plain(), r#""u""#, r#""\ud800""#), "not_json"),
        (changed(plain(), r#""u""#, "\"a\nb\""), "not_json"),
        (changed(plain(), "{", r#"{"\ud800":1,"#), "not_json"),
        (raw(b"[1]"), "not_an_object"),
        (raw(b"46"), "not_an_object"),
        (raw(b"null"), "not_an_object"),
        (raw(b"true"), "not_an_object"),
        (raw(b"\"a string\""), "not_an_object"),
    ]
}

fn odd_json() -> Vec<Bad> {
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    let lists = deep("[", "]");
    vec![
        (raw(lists.clone()), "not_an_object"),
        (raw("[".repeat(100_000)), "not_an_object"),
        (raw(deep(r#"{"a":"#, "}").replace(":}", ":1}")), "missing_field"),
        (raw(r#"{"a":"#.repeat(100_000)), "not_json"),
        (changed(plain(), r#""u""#, &lists), "wrong_type"),
        // What nobody reads may be as deep as it likes, and beyond all numbers; here, something else is wrong.
        (changed(plain(), r#""u""#, &format!(r#"null,"x":{lists},"y":1e999"#)), "missing_field"),
        (changed(plain(), r#""u""#, r#""u","user_id":null"#), "missing_field"),
        (changed(plain(), r#""u""#, r#""u","type":"telepathy""#), "unknown_type"),
        (changed(plain(), r#""u""#, r#""u","account_id":"other""#), "key_mismatch"),
        (event(PROFILES, "acme", "02-01", &format!(r#""limits":{{"calls":{lists}}}"#)), "missing_field"),
    ]
}

fn keys() -> Vec<Bad> {
    let keyed = |key: Option<&[u8]>| (Record { key: key.map(Into::into), ..plain() }, "key_mismatch");
    let wide = "a".repeat(1_025);
    vec![
        keyed(Some(b"other")),
        keyed(Some(b"")),
        keyed(None),
        keyed(Some(b"\xff\xfe")),
        keyed(Some(b"acme ")),
        keyed(Some(b"Acme")),
        keyed(Some(b"\"acme\"")),
        keyed(Some(b"\0\0\0\0\x07\x08acme")),
        (event(USAGE, &wide, "02-01", r#""type":"user_activity","user_id":"u""#), "out_of_range"),
        (event(USAGE, "", "02-01", r#""type":"user_activity","user_id":"u""#), "out_of_range"),
    ]
}

fn times() -> Vec<Bad> {
    const AT: &str = "\"2024-02-01T12:00:00Z\"";
    let at = |text: &str| changed(plain(), AT, text);
    vec![
        (at("\"noon\""), "bad_time"),
        (at("\"\""), "bad_time"),
        (at("\"10000-01-01T00:00:00Z\""), "bad_time"),
        (at("\"2024-02-30T12:00:00Z\""), "bad_time"),
        (at("\"2024-02-01T25:00:00Z\""), "bad_time"),
        (at("\"2024-02-01T12:00:00\""), "bad_time"),
        (at("\"2024-02-01\""), "bad_time"),
        (at("1706788800000"), "wrong_type"),
        (at("null"), "missing_field"),
        (at("\"2999-01-01T00:00:00Z\""), "too_far_ahead"),
        (at("\"9999-12-31T23:59:59.999Z\""), "too_far_ahead"),
    ]
}

fn usage() -> Vec<Bad> {
    let id = |text: &str| changed(plain(), "\"acme 02-01 product-usage\"", text);
    let mut all = vec![
        (id("null"), "missing_field"),
        (id("7"), "wrong_type"),
        (id("\"\""), "out_of_range"),
        (id(&format!("{:?}", "ä".repeat(513))), "out_of_range"),
        (changed(plain(), r#""account_id":"acme","#, ""), "missing_field"),
        (Record { value: None, ..plain() }, "missing_field"),
    ];
    all.extend(of(
        USAGE,
        &[
            (r#""user_id":"u""#, "missing_field"),
            (r#""type":null,"user_id":"u""#, "missing_field"),
            (r#""type":7"#, "wrong_type"),
            (r#""type":"telepathy""#, "unknown_type"),
            (r#""type":"User_Activity","user_id":"u""#, "unknown_type"),
            (r#""type":"funding_raised""#, "wrong_topic"),
            (r#""type":"user_activity""#, "missing_field"),
            (r#""type":"user_activity","user_id":null"#, "missing_field"),
            (r#""type":"user_activity","user_id":7"#, "wrong_type"),
            (r#""type":"seat_snapshot","seats_used":"many""#, "wrong_type"),
            (r#""type":"seat_snapshot","seats_used":true"#, "wrong_type"),
            (r#""type":"seat_snapshot","seats_used":[46]"#, "wrong_type"),
            (r#""type":"seat_snapshot","seats_used":{}"#, "wrong_type"),
            (r#""type":"seat_snapshot","seats_used":-1"#, "out_of_range"),
            (r#""type":"seat_snapshot","seats_used":46.5"#, "out_of_range"),
            (r#""type":"seat_snapshot","seats_used":1e999"#, "out_of_range"),
            (r#""type":"meter_reading","meter":"calls","used":-0.5"#, "out_of_range"),
            (r#""type":"meter_reading","meter":"calls","used":1,"limit":-1"#, "out_of_range"),
            (r#""type":"overage_charged","meter":"calls""#, "missing_field"),
        ],
    ));
    all
}

fn news() -> Vec<Bad> {
    let mut all = of(
        NEWS,
        &[
            (r#""type":"intent_surge","topic":"t","score":101"#, "out_of_range"),
            (r#""type":"intent_surge","topic":"t","score":-1"#, "out_of_range"),
            (r#""type":"executive_hired","title":"t","seniority":"boss","department":"d""#, "out_of_range"),
            (r#""type":"earnings_guidance","direction":null"#, "missing_field"),
            (r#""type":"headcount_changed","previous":46.5,"current":50"#, "out_of_range"),
            (r#""type":"funding_raised","amount_usd":"1e6""#, "wrong_type"),
            (r#""type":"layoff_announced","count":-1"#, "out_of_range"),
            (r#""type":"seat_snapshot","seats_used":46"#, "wrong_topic"),
        ],
    );
    all.push((Record::new(NEWS, "acme", "{}"), "missing_field"));
    all.push((Record { value: None, ..Record::new(NEWS, "acme", "") }, "missing_field"));
    all
}

fn engagement() -> Vec<Bad> {
    let mut all = of(
        ENGAGEMENT,
        &[
            (r#""type":"nps_response","score":11"#, "out_of_range"),
            (r#""type":"nps_response","score":9.5"#, "out_of_range"),
            (r#""type":"nps_response","score":"10""#, "wrong_type"),
            (r#""type":"champion_active","contact":"c""#, "missing_field"),
            (r#""type":"public_share","channel":"radio""#, "out_of_range"),
            (r#""type":"escalation_opened","priority":"p4","ticket":"t""#, "out_of_range"),
        ],
    );
    all.push((Record::new(ENGAGEMENT, "acme", "{}"), "missing_field"));
    all.push((Record { value: None, ..Record::new(ENGAGEMENT, "acme", "") }, "missing_field"));
    all
}

fn profiles() -> Vec<Bad> {
    let base = r#""name":"A","segment":"smb","mrr":1000,"currency":"EUR""#;
    let but =
        |from: &str, to: &str, class| (changed(event(PROFILES, "acme", "02-01", base), from, to), class);
    let more = |member: &str, class| but("\"EUR\"", &format!("\"EUR\",{member}"), class);
    let tombstone = |key: Option<&[u8]>| Record {
        key: key.map(Into::into),
        value: None,
        ..Record::new(PROFILES, "", "")
    };
    vec![
        but("\"smb\"", "\"huge\"", "out_of_range"),
        but("\"smb\"", "null", "missing_field"),
        but("1000", "-1", "out_of_range"),
        but("1000", "\"1000\"", "wrong_type"),
        but("1000", "null", "missing_field"),
        but("\"A\"", "[\"A\"]", "wrong_type"),
        more(r#""health_score":101"#, "out_of_range"),
        more(r#""seats_licensed":1.5"#, "out_of_range"),
        more(r#""domains":"a.example""#, "wrong_type"),
        more(r#""products":["core",null]"#, "wrong_type"),
        more(r#""limits":{"calls":-1}"#, "out_of_range"),
        more(r#""owners":{"sales":5}"#, "wrong_type"),
        more(r#""champion":"best""#, "out_of_range"),
        more(r#""renewal_at":"soon""#, "bad_time"),
        more(r#""type":"user_activity","user_id":"u""#, "wrong_topic"),
        (Record::new(PROFILES, "acme", "{}"), "missing_field"),
        (tombstone(Some(b"")), "missing_field"),
        (tombstone(Some(b"\xff\xfe")), "missing_field"),
        (tombstone(Some(&[b'a'; 1_025])), "missing_field"),
        (tombstone(None), "missing_field"),
    ]
}

fn outcomes() -> Vec<Bad> {
    let base = r#""opportunity_id":"o","play":"usage-limit","stage":"qualified""#;
    let but =
        |from: &str, to: &str, class| (changed(event(OUTCOMES, "acme", "02-01", base), from, to), class);
    vec![
        but("\"qualified\"", "\"snoozed\"", "missing_field"),
        but("\"qualified\"", "\"snoozed\",\"until\":\"later\"", "bad_time"),
        but("\"qualified\"", "\"hopeful\"", "out_of_range"),
        but("\"qualified\"", "null", "missing_field"),
        but("\"qualified\"", "\"closed_won\",\"amount\":-1", "out_of_range"),
        but("\"o\"", "\"\"", "out_of_range"),
        but(r#""play":"usage-limit","#, "", "missing_field"),
        but("\"qualified\"", "\"qualified\",\"type\":\"nps_response\"", "wrong_topic"),
        (Record::new(OUTCOMES, "acme", "{}"), "missing_field"),
        (Record { value: None, ..Record::new(OUTCOMES, "acme", "") }, "missing_field"),
    ]
}

/// As large as their topics take, with what is wrong in the large part.
fn large() -> Vec<Bad> {
    const MEGABYTE: usize = 1 << 20;
    let text = |bytes: usize| "x".repeat(bytes);
    let limits = format!(
        r#""name":"A","segment":"smb","mrr":1,"currency":"EUR","limits":{{"{}":true}}"#,
        text(900_000)
    );
    vec![
        (raw(format!("{:?}", text(10 * MEGABYTE))), "not_an_object"),
        (changed(plain(), "user_activity", &text(10 * MEGABYTE)), "unknown_type"),
        (raw(text(10 * MEGABYTE)), "not_json"),
        (raw(vec![0xff; 10 * MEGABYTE]), "not_utf8"),
        (changed(plain(), "\"u\"", &format!("7,{:?}:1", text(10 * MEGABYTE))), "wrong_type"),
        // Of a topic that takes no more.
        (event(PROFILES, "acme", "02-01", &limits), "wrong_type"),
        (Record::new(NEWS, "acme", format!("{:?}", text(1_000_000))), "not_an_object"),
    ]
}
