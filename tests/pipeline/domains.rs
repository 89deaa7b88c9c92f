//! Accounts by domain: each signal goes to whose its domain is, once, or waits (SPEC 9.4).

mod faults;
mod start;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use springtide_tests::kcat::{Message, Raw, read, read_raw};
use springtide_tests::pipeline::{BY_DOMAIN, Pipeline};
use springtide_tests::process::Process;
use springtide_tests::records::Record;
use springtide_tests::watched::Watched;

use crate::aside::story::{NEWS, PROFILES, event, seats, until};

const DEAD_LETTER: &str = "springtide-dead-letter";

/// One that routes them, whose topics exist.
fn routing(name: &'static str, partitions: i32, settings: &[(&str, &str)]) -> Pipeline {
    let pipeline = Pipeline::without_topics(name);
    pipeline.set("by_domain", true);
    settings.iter().for_each(|(key, value)| pipeline.set(key, value));
    pipeline.topics(&[&format!("--partitions={partitions}")]).well();
    pipeline
}

/// News of a domain, an office that was opened, under a key that says nothing.
fn signal(id: &str, domain: &str) -> Record {
    let value = format!(
        r#"{{"event_id":"{id}","domain":{},"occurred_at":"2024-02-01T12:00:00Z","type":"office_opened","location":"Graz","vendor":7.10}}"#,
        Value::from(domain)
    );
    Record::new(BY_DOMAIN, &format!("vendor {id}"), value)
}

/// A profile that lists domains, of a day of January.
fn listing(account: &str, day: u8, domains: &[&str]) -> Record {
    let rest = format!(
        r#""name":"A","segment":"smb","mrr":1000,"currency":"EUR","health_score":80,
        "first_value_at":"2023-01-01T00:00:00Z","domains":{domains:?}"#
    );
    event(PROFILES, account, &format!("01-{day:02}"), &rest)
}

fn tombstone(account: &str) -> Record {
    Record { value: None, ..listing(account, 1, &[]) }
}

fn id(message: &Message) -> String {
    let value: Value = serde_json::from_str(message.value.as_deref().unwrap()).unwrap();
    value["event_id"].as_str().unwrap().to_owned()
}

/// By event, the accounts to which it was routed.
fn routed(pipeline: &Pipeline) -> BTreeMap<String, Vec<String>> {
    let mut routed = BTreeMap::<String, Vec<String>>::new();
    for message in read(&pipeline.topic(NEWS)) {
        let value: Value = serde_json::from_str(message.value.as_deref().unwrap()).unwrap();
        assert_eq!(value["account_id"].as_str(), message.key.as_deref(), "{value}");
        assert_eq!(value["domain"], Value::Null, "{value}");
        routed.entry(id(&message)).or_default().extend(message.key);
    }
    routed
}

/// By event, the class for which it was set aside.
fn refused(pipeline: &Pipeline) -> BTreeMap<String, String> {
    let class = |message: &Message| message.header("springtide_error_class").unwrap().to_owned();
    let messages = read(&pipeline.topic(DEAD_LETTER));
    let refused: BTreeMap<_, _> = messages.iter().map(|message| (id(message), class(message))).collect();
    assert_eq!(refused.len(), messages.len(), "each once: {messages:?}");
    refused
}

/// The events that wait.
fn waiting(pipeline: &Pipeline) -> BTreeSet<String> {
    let mut rows = BTreeMap::new();
    for Raw { key, value, .. } in read_raw(&pipeline.domains_waiting()) {
        match value {
            Some(value) => drop(rows.insert(key, value)),
            None => drop(rows.remove(&key)),
        }
    }
    let id = |value: &Vec<u8>| {
        serde_json::from_slice::<Value>(value).unwrap()["event_id"].as_str().unwrap().to_owned()
    };
    rows.values().map(id).collect()
}

fn strings<const N: usize>(words: [&str; N]) -> BTreeSet<String> {
    words.into_iter().map(str::to_owned).collect()
}

fn to(account: &str) -> Vec<String> {
    vec![account.to_owned()]
}

fn figure_of_waiting(partition: i32) -> String {
    format!(r#"springtide_by_domain_waiting_records{{partition="{partition}"}}"#)
}

#[test]
fn signals_go_to_whose_domain_it_is_and_count_there() {
    let pipeline = routing("domains", 3, &[]);
    pipeline.feed(&[
        listing("acme", 1, &["https://www.Acme.example/", "acme.test", "gmail.com"]),
        listing("acme-eu", 1, &["eu.acme.example"]),
        listing("bücher", 1, &["Bücher.example"]),
        // Contested: the one with the earlier date, then with the smaller id.
        listing("early", 1, &["both.example"]),
        listing("a-late", 2, &["both.example"]),
        listing("twin-b", 3, &["twins.example"]),
        listing("twin-a", 3, &["twins.example"]),
        seats("acme"),
    ]);
    let expected = [
        ("1", "acme.example", "acme"),
        ("2", "mail.ACME.example.", "acme"),
        ("3", "sales@acme.test", "acme"),
        ("4", "x.eu.acme.example", "acme-eu"),
        ("5", "http://xn--bcher-kva.example/a?b", "bücher"),
        ("6", "bu\u{308}cher.EXAMPLE", "bücher"),
        ("7", "both.example", "early"),
        ("8", "twins.example", "twin-a"),
    ];
    let mut fed: Vec<Record> = expected.iter().map(|(id, domain, _)| signal(id, domain)).collect();
    fed[0] = fed[0].clone().with_header("ce_subject", "acme.example").with_header("traceparent", "00-1");
    let an_hour_ago = SystemTime::now() - Duration::from_secs(3_600);
    fed[0].written_at = Some(an_hour_ago.duration_since(UNIX_EPOCH).unwrap().as_millis() as i64);
    let wrong = |id: &str, from: &str, to: &str| {
        let record = signal(id, "acme.example");
        let value = String::from_utf8(record.value.unwrap()).unwrap().replace(from, to);
        Record { value: Some(value.into()), ..Record::new(BY_DOMAIN, "k", "") }
    };
    let bad = [
        (wrong("b1", "\"domain\"", "\"place\""), "missing_field"),
        (wrong("b2", "Graz\"", "Graz\",\"account_id\":\"acme\""), "wrong_topic"),
        (wrong("b3", "office_opened", "user_activity"), "wrong_topic"),
        (wrong("b4", "\"Graz\"", "7"), "wrong_type"),
        (wrong("b5", "2024-02-01", "2999-02-01"), "too_far_ahead"),
        (signal("b6", "somebody@gmail.com"), "public_domain"),
        (signal("b7", "Acme Inc."), "malformed_domain"),
        (signal("b8", "com"), "malformed_domain"),
    ];
    fed.extend(bad.iter().map(|(record, _)| record.clone()));
    fed.push(signal("w1", "nobody.example"));
    pipeline.feed(&fed);
    pipeline.catch_up(until());

    let accounts: BTreeMap<String, Vec<String>> =
        expected.iter().map(|(id, _, account)| ((*id).to_owned(), to(account))).collect();
    assert_eq!(routed(&pipeline), accounts);
    let classes = bad.iter().zip(1..).map(|((_, class), number)| (format!("b{number}"), (*class).to_owned()));
    assert_eq!(refused(&pipeline), classes.collect());
    assert_eq!(waiting(&pipeline), strings(["w1"]));
    // What was routed counts: seats near their limit, and an office.
    assert_eq!(pipeline.committed().open().accounts_with("new_office"), ["acme"]);

    let messages = read(&pipeline.topic(NEWS));
    let first = messages.iter().find(|message| id(message) == "1").unwrap();
    let value = String::from_utf8(fed[0].value.clone().unwrap()).unwrap();
    let value = value.replace(r#""domain":"acme.example","#, "").replace('{', r#"{"account_id":"acme","#);
    assert_eq!(first.value.as_deref(), Some(&*value), "nothing else changes");
    let headers = [("traceparent", "00-1"), ("ce_subject", "acme")];
    assert_eq!(first.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(Some(first.written_at), fed[0].written_at);
    let aside = read(&pipeline.topic(DEAD_LETTER));
    let seventh = aside.iter().find(|message| id(message) == "b7").unwrap();
    assert_eq!(seventh.header("springtide_topic"), Some(&*pipeline.topic(BY_DOMAIN)));
    let words = seventh.header("springtide_error_message").unwrap();
    assert!(words.contains("\"Acme Inc.\", expected a domain such as acme.com"), "{words}");

    // A start later finds nothing to do.
    let again = pipeline.catch_up(until());
    assert_eq!((routed(&pipeline), waiting(&pipeline)), (accounts, strings(["w1"])));
    for words in ["domain=both.example owner=early other=a-late", "domains=6 contested=2"] {
        assert!(again.stderr.contains(words), "{}", again.stderr);
    }
}

/// Waits until so many were routed, those before a restart left out.
fn await_routed(run: &mut Process, pipeline: &Pipeline, count: usize) {
    run.await_that(&format!("{count} are routed"), |_| read(&pipeline.topic(NEWS)).len() == count);
}

#[test]
fn what_waits_is_woken_by_a_profile_and_domains_move_and_go() {
    let pipeline = routing("domains-wake", 2, &[]);
    pipeline.feed(&[listing("a", 1, &["moves.example"])]);
    let first = ["late.example", "sub.late.example", "nobody.example", "moves.example"];
    let signals: Vec<Record> =
        (1..).zip(first).map(|(id, domain)| signal(&format!("{id}"), domain)).collect();
    pipeline.feed(&signals);
    let mut watched = Watched::start(&pipeline, until());
    await_routed(&mut watched.run, &pipeline, 1);
    let await_waiting = |watched: &mut Watched, count: f64| {
        let address = watched.address.clone();
        watched.run.await_that(&format!("{count} wait"), |_| {
            let body = springtide_tests::http::get(&address, "/metrics").body;
            let lines = body.lines().filter(|line| line.starts_with("springtide_by_domain_waiting_records{"));
            lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum::<f64>() == count
        });
    };
    await_waiting(&mut watched, 3.0);

    // Who waits is woken, also what is beneath; nobody else is.
    pipeline.feed(&[listing("b", 2, &["late.example"])]);
    await_routed(&mut watched.run, &pipeline, 3);
    await_waiting(&mut watched, 1.0);
    // A domain moves with later profiles; one that comes out of order changes nothing.
    pipeline.feed(&[
        listing("a", 5, &[]),
        listing("c", 5, &["moves.example"]),
        listing("a", 3, &["late.example"]),
    ]);
    watched.await_figure("springtide_by_domain_contested_domains", 0.0);
    watched.run.terminate();
    watched.run.finish().well();
    pipeline.feed(&[signal("5", "moves.example"), signal("6", "late.example")]);
    pipeline.catch_up(until());
    // An erased account has no domains; what comes for them waits, until somebody else has them.
    pipeline.feed(&[tombstone("c")]);
    pipeline.feed(&[signal("7", "moves.example")]);
    pipeline.catch_up(until());
    assert_eq!(waiting(&pipeline), strings(["3", "7"]));
    pipeline.feed(&[listing("d", 1, &["moves.example"])]);
    pipeline.catch_up(until());
    let expected = [("1", "b"), ("2", "b"), ("4", "a"), ("5", "c"), ("6", "b"), ("7", "d")];
    let expected: BTreeMap<_, _> =
        expected.into_iter().map(|(id, account)| (id.to_owned(), to(account))).collect();
    assert_eq!(routed(&pipeline), expected);
    assert_eq!(waiting(&pipeline), strings(["3"]));
    assert_eq!(pipeline.written(DEAD_LETTER), 0);
}

#[test]
fn what_nobody_comes_to_own_goes_aside_after_a_while_and_not_before() {
    let pipeline = routing("domains-expire", 1, &[("domain_wait", "\"1d\"")]);
    pipeline.feed(&[signal("1", "nobody.example").with_header("origin", "vendor")]);
    pipeline.catch_up(until());
    assert_eq!((waiting(&pipeline), pipeline.written(DEAD_LETTER)), (strings(["1"]), 0));
    pipeline.set("domain_wait", "\"1s\"");
    pipeline.feed(&[signal("2", "other.example")]);
    let mut watched = Watched::start(&pipeline, until());
    watched.await_figure("springtide_by_domain_expired_records_total", 2.0);
    watched.await_figure(&figure_of_waiting(0), 0.0);
    watched.run.terminate();
    watched.run.finish().well();
    let unknown = |id: &str| (id.to_owned(), "unknown_domain".to_owned());
    assert_eq!(refused(&pipeline), BTreeMap::from([unknown("1"), unknown("2")]));
    assert_eq!(waiting(&pipeline), BTreeSet::new());
    let message = read(&pipeline.topic(DEAD_LETTER)).remove(0);
    let expected = signal("1", "nobody.example");
    assert_eq!(
        (message.value.map(String::into_bytes), message.key.map(String::into_bytes)),
        (expected.value, expected.key)
    );
    let names: Vec<&str> = message.headers.iter().map(|(name, _)| &**name).collect();
    let ours = ["topic", "partition", "offset", "error_class", "error_message"]
        .map(|name| format!("springtide_{name}"));
    assert_eq!(names[0], "origin");
    assert_eq!(names[1..], ours);
}
