//! Records that can't be used, and late ones, go aside whole; what comes after them is processed.

use springtide_tests::kcat::{Message, Raw, read, read_raw};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::Record;

const USAGE: &str = "product-usage";
const NEWS: &str = "business-signals";
const ENGAGEMENT: &str = "engagement-signals";
const PROFILES: &str = "account-profiles";
const OUTCOMES: &str = "opportunity-outcomes";

/// An event of some account with an id of its own.
fn event(topic: &'static str, account: &str, at: &str, rest: &str) -> Record {
    let value = format!(
        r#"{{"event_id":"{account} {at} {topic}","account_id":"{account}","occurred_at":"2024-{at}T12:00:00Z",{rest}}}"#
    );
    Record::new(topic, account, value)
}

/// A profile that passes the default gate.
fn profile(account: &str) -> Record {
    let rest = r#""name":"A","segment":"smb","mrr":1000,"currency":"EUR","health_score":80,
        "first_value_at":"2023-01-01T00:00:00Z""#;
    event(PROFILES, account, "01-01", rest)
}

/// 85 of 100: an opportunity, where nothing is against it.
fn near_limit(account: &str) -> Record {
    event(USAGE, account, "02-01", r#""type":"meter_reading","meter":"calls","used":85,"limit":100"#)
}

/// Records of usage that can't be used, with the class of what is wrong.
fn bad_usage() -> Vec<(Record, &'static str)> {
    let usage = |rest| event(USAGE, "acme", "02-01", rest);
    let plain = || usage(r#""type":"user_activity","user_id":"u""#);
    let raw = |value: &[u8]| Record::new(USAGE, "acme", value);
    let keyed = |key: Option<&str>| Record { key: key.map(Into::into), ..plain() };
    let in_future = String::from_utf8(plain().value.unwrap()).unwrap().replace("2024-", "2999-");
    vec![
        (raw(b"\xff\xfe\0 bytes"), "not_utf8"),
        (raw(b"no JSON,\n\"at all"), "not_json"),
        (raw(b""), "not_json"),
        (raw(b"[1]"), "not_an_object"),
        (keyed(Some("other")), "key_mismatch"),
        (keyed(Some("")), "key_mismatch"),
        (keyed(None), "key_mismatch"),
        (usage(r#""type":"telepathy""#), "unknown_type"),
        (usage(r#""type":"funding_raised""#), "wrong_topic"),
        (usage(r#""type":"user_activity""#), "missing_field"),
        (Record { value: None, ..plain() }, "missing_field"),
        (usage(r#""type":"seat_snapshot","seats_used":"many""#), "wrong_type"),
        (usage(r#""type":"seat_snapshot","seats_used":-1"#), "out_of_range"),
        (raw(br#"{"event_id":"e","account_id":"acme","occurred_at":"noon","type":"user_activity","user_id":"u"}"#), "bad_time"),
        (Record::new(USAGE, "acme", in_future), "too_far_ahead"),
    ]
}

/// One in every other topic, each with a good record after it that must count: a profile without which nothing
/// opens, and for three accounts what is against an opportunity.
fn bad_elsewhere() -> Vec<(Record, &'static str, Record)> {
    let bad = |topic| Record::new(topic, "acme", "{}");
    let outcome = r#""opportunity_id":"o","play":"usage-limit","stage":"closed_won""#;
    vec![
        (bad(PROFILES), "missing_field", profile("good")),
        (bad(NEWS), "missing_field", event(NEWS, "laid-off", "01-31", r#""type":"layoff_announced""#)),
        (
            bad(ENGAGEMENT),
            "missing_field",
            event(
                ENGAGEMENT,
                "escalated",
                "01-31",
                r#""type":"escalation_opened","priority":"p1","ticket":"t""#,
            ),
        ),
        (bad(OUTCOMES), "missing_field", event(OUTCOMES, "won", "01-31", outcome)),
    ]
}

/// Everything that is fed, what of it is bad and why, and the accounts that must have an opportunity.
#[derive(Default)]
struct Story {
    fed: Vec<Record>,
    bad: Vec<(Record, &'static str)>,
    accounts: Vec<String>,
}

impl Story {
    fn tell() -> Story {
        let mut story = Story::default();
        for (bad, class, good) in bad_elsewhere() {
            story.add_bad(bad, class);
            story.fed.push(good);
        }
        for account in ["laid-off", "escalated", "won"] {
            story.fed.extend([profile(account), near_limit(account)]);
        }
        story.add_good("good");
        for (number, (bad, class)) in bad_usage().into_iter().enumerate() {
            story.add_bad(bad, class);
            let account = format!("good-{number:02}");
            story.fed.push(profile(&account));
            story.add_good(&account);
        }
        story
    }

    fn add_good(&mut self, account: &str) {
        self.fed.push(near_limit(account));
        self.accounts.push(account.to_owned());
    }

    fn add_bad(&mut self, bad: Record, class: &'static str) {
        let bad =
            bad.with_header("origin", &format!("vendor {}, \"b\"", self.bad.len())).with_header("empty", "");
        self.fed.push(bad.clone());
        self.bad.push((bad, class));
    }

    /// Where a record of a single partition is: the topic's name and the offset.
    fn place(&self, record: &Record) -> (&'static str, usize) {
        let of_topic = self.fed.iter().filter(|fed| fed.topic == record.topic);
        (record.topic, of_topic.take_while(|fed| *fed != record).count())
    }
}

/// Fails unless the record went aside whole, with the reason.
fn must_be_aside(
    pipeline: &Pipeline,
    aside: &[(Message, Raw)],
    place: (&str, usize),
    record: &Record,
    class: &str,
) {
    let (topic, offset) = (pipeline.topic(place.0), place.1.to_string());
    let is_it = |message: &Message| {
        message.header("springtide_topic") == Some(&topic)
            && message.header("springtide_offset") == Some(&offset)
    };
    let found: Vec<_> = aside.iter().filter(|(message, _)| is_it(message)).collect();
    let [(message, raw)] = found[..] else {
        panic!("{topic} {offset}, {class}: {} times aside", found.len())
    };
    assert_eq!((&raw.key, &raw.value), (&record.key, &record.value), "{class}");
    let (own, added) = message.headers.split_at(record.headers.len());
    assert_eq!(own, record.headers, "{class}");
    let names: Vec<&str> = added.iter().map(|(name, _)| name.trim_start_matches("springtide_")).collect();
    assert_eq!(names, ["topic", "partition", "offset", "error_class", "error_message"]);
    assert_eq!(message.header("springtide_partition"), Some("0"));
    assert_eq!(message.header("springtide_error_class"), Some(class), "{message:?}");
    assert!(message.header("springtide_error_message").is_some_and(|why| !why.is_empty()), "{message:?}");
}

fn aside(topic: &str) -> Vec<(Message, Raw)> {
    let (messages, raw) = (read(topic), read_raw(topic));
    assert_eq!(messages.len(), raw.len());
    messages.into_iter().zip(raw).collect()
}

fn until() -> Vec<std::ffi::OsString> {
    vec!["--until=2024-03-01T00:00:00Z".into()]
}

#[test]
fn bad_records_go_aside_whole_and_stop_nothing() {
    let story = Story::tell();
    let pipeline = Pipeline::new("bad", 1);
    pipeline.feed(&story.fed);
    let ended = pipeline.catch_up(until());
    assert!(ended.stderr.contains(&format!("{} bad, 0 late", story.bad.len())), "{}", ended.stderr);
    let dead = aside(&pipeline.topic("springtide-dead-letter"));
    assert_eq!(dead.len(), story.bad.len());
    for (record, class) in &story.bad {
        must_be_aside(&pipeline, &dead, story.place(record), record, class);
    }
    assert_eq!(pipeline.committed().open().accounts(), story.accounts);
}

#[test]
fn a_late_record_goes_aside_whole_and_changes_nothing() {
    let in_time =
        event(USAGE, "slow", "01-31", r#""type":"meter_reading","meter":"calls","used":1,"limit":100"#);
    let late =
        event(USAGE, "late", "01-31", r#""type":"meter_reading","meter":"calls","used":85,"limit":100"#);
    let late = Record {
        value: late.value.map(|value| String::from_utf8(value).unwrap().replace("T12", "T11").into()),
        ..late
    };
    let late = late.with_header("origin", "a slow vendor");
    let fed =
        [profile("late"), profile("good"), near_limit("first"), in_time, late.clone(), near_limit("good")];
    let pipeline = Pipeline::new("late", 1);
    pipeline.feed(&fed);
    let ended = pipeline.catch_up(until());
    assert!(ended.stderr.contains("0 bad, 1 late"), "{}", ended.stderr);
    let put_aside = aside(&pipeline.topic("springtide-late"));
    assert_eq!(put_aside.len(), 1);
    must_be_aside(&pipeline, &put_aside, (USAGE, 2), &late, "late");
    assert_eq!(pipeline.committed().open().accounts(), ["good"]);
}
