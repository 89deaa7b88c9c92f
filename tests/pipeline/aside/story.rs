//! What is told to a pipeline of one partition: records that can't be used, each with a good one behind it in its
//! topic, from which an opportunity comes.

use std::collections::BTreeMap;

use springtide_tests::kcat::{Message, Raw, read, read_raw};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::Record;

pub const USAGE: &str = "product-usage";
pub const NEWS: &str = "business-signals";
pub const ENGAGEMENT: &str = "engagement-signals";
pub const PROFILES: &str = "account-profiles";
pub const OUTCOMES: &str = "opportunity-outcomes";

/// A record that can't be used, and the class of what is wrong with it.
pub type Bad = (Record, &'static str);

/// An event of some account with an id of its own.
pub fn event(topic: &'static str, account: &str, at: &str, rest: &str) -> Record {
    let value = format!(
        r#"{{"event_id":"{account} {at} {topic}","account_id":"{account}","occurred_at":"2024-{at}T12:00:00Z",{rest}}}"#
    );
    Record::new(topic, account, value)
}

/// A profile that passes the default gate.
pub fn profile(account: &str) -> Record {
    let rest = r#""name":"A","segment":"smb","mrr":1000,"currency":"EUR","health_score":80,
        "first_value_at":"2023-01-01T00:00:00Z""#;
    event(PROFILES, account, "01-01", rest)
}

/// 85 of 100: an opportunity, where nothing is against it.
pub fn near_limit(account: &str) -> Record {
    event(USAGE, account, "02-01", r#""type":"meter_reading","meter":"calls","used":85,"limit":100"#)
}

/// 85 of 100 seats: an opportunity with the office below.
pub fn seats(account: &str) -> Record {
    event(USAGE, account, "02-01", r#""type":"seat_snapshot","seats_used":85,"seats_licensed":100"#)
}

pub fn office(account: &str) -> Record {
    event(NEWS, account, "02-01", r#""type":"office_opened","location":"Graz""#)
}

fn promoter(account: &str) -> Record {
    event(ENGAGEMENT, account, "02-01", r#""type":"nps_response","score":10"#)
}

fn outcome(account: &str, at: &str, stage: &str) -> Record {
    let rest = format!(r#""opportunity_id":"o","play":"usage-limit","stage":"{stage}""#);
    event(OUTCOMES, account, at, &rest)
}

/// What an account has before, and what must be taken in for it to come to an opportunity.
fn good(topic: &str, account: &str) -> (Vec<Record>, Record) {
    match topic {
        NEWS => (vec![profile(account), seats(account)], office(account)),
        // Not for the opportunity, for its evidence.
        ENGAGEMENT => (vec![profile(account), seats(account), office(account)], promoter(account)),
        PROFILES => (vec![near_limit(account)], profile(account)),
        // Somebody is at it, until it is lost.
        OUTCOMES => (
            vec![profile(account), near_limit(account), outcome(account, "01-30", "qualified")],
            outcome(account, "01-31", "closed_lost"),
        ),
        _ => (vec![profile(account)], near_limit(account)),
    }
}

/// Everything that is fed, what of it is bad and why, and the accounts that must have an opportunity.
pub struct Story {
    fed: Vec<Record>,
    bad: Vec<Bad>,
    accounts: Vec<String>,
}

impl Story {
    /// Tells it, good records as they are written where it is told.
    pub fn tell(bad: Vec<Bad>, written: impl Fn(&Record) -> Record) -> Story {
        let (mut before, mut pairs, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
        let mut told = Vec::new();
        for (number, (record, class)) in bad.into_iter().enumerate() {
            let account = format!("{} {number:03}", record.topic);
            let (first, behind) = good(record.topic, &account);
            let record = record
                .with_header("origin", &format!("vendor {number}, \"b\""))
                .with_header("empty", "")
                .with_header("origin", "twice");
            before.extend(first.iter().map(&written));
            pairs.extend([record.clone(), written(&behind)]);
            told.push((record, class));
            accounts.push(account);
        }
        accounts.sort();
        before.append(&mut pairs);
        Story { fed: before, bad: told, accounts }
    }

    /// Fails unless every bad record goes aside whole and every good one counts.
    pub fn must_go_well(&self, pipeline: &Pipeline, flags: &[String]) {
        pipeline.feed(&self.fed);
        let flags = flags.iter().map(Into::into).chain(until()).collect();
        let ended = pipeline.catch_up(flags);
        let dead = aside(&pipeline.topic("springtide-dead-letter"));
        for (record, class) in &self.bad {
            must_be_aside(pipeline, &dead, self.place(record), record, class);
        }
        assert!(ended.stderr.contains(&format!("{} bad, 0 late", self.bad.len())), "{}", ended.stderr);
        assert_eq!(dead.len(), self.bad.len());
        let open = pipeline.committed().open();
        assert_eq!(open.accounts(), self.accounts);
        let promoted = self.accounts.iter().filter(|account| account.starts_with(ENGAGEMENT));
        assert_eq!(open.accounts_with("promoter"), promoted.collect::<Vec<_>>());
    }

    /// Fails unless there are so many, some in every topic.
    pub fn must_have(&self, count: usize) {
        let mut topics = BTreeMap::<&str, usize>::new();
        self.bad.iter().for_each(|(record, _)| *topics.entry(record.topic).or_default() += 1);
        assert!(
            self.bad.len() >= count && topics.len() == 5 && topics.values().all(|n| *n > 2),
            "{topics:?}"
        );
    }

    /// Where a record of a single partition is: the topic's name and the offset.
    fn place(&self, record: &Record) -> (&'static str, usize) {
        let of_topic = self.fed.iter().filter(|fed| fed.topic == record.topic);
        (record.topic, of_topic.take_while(|fed| *fed != record).count())
    }
}

/// Fails unless the record went aside whole, with the reason in few words.
pub fn must_be_aside(
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
        panic!("{topic} {offset}, {class}: {} times aside\n{}", found.len(), start(record))
    };
    assert!((&raw.key, &raw.value) == (&record.key, &record.value), "{class}: changed: {}", start(record));
    let (own, added) = message.headers.split_at(record.headers.len());
    assert_eq!(own, record.headers, "{class}");
    let names: Vec<&str> = added.iter().map(|(name, _)| name.trim_start_matches("springtide_")).collect();
    assert_eq!(names, ["topic", "partition", "offset", "error_class", "error_message"]);
    assert_eq!(message.header("springtide_partition"), Some("0"));
    let why = message.header("springtide_error_message").unwrap();
    assert_eq!(message.header("springtide_error_class"), Some(class), "{why}: {}", start(record));
    assert!((1..2_000).contains(&why.len()), "{} bytes of words: {why:.500}", why.len());
}

/// The first of a value's bytes, for messages.
fn start(record: &Record) -> String {
    let value = record.value.as_deref().unwrap_or_default();
    String::from_utf8_lossy(&value[..value.len().min(300)]).into_owned()
}

pub fn aside(topic: &str) -> Vec<(Message, Raw)> {
    let (messages, raw) = (read(topic), read_raw(topic));
    assert_eq!(messages.len(), raw.len());
    messages.into_iter().zip(raw).collect()
}

/// A clock for the timers.
pub fn until() -> Vec<std::ffi::OsString> {
    vec!["--until=2024-03-01T00:00:00Z".into()]
}
