//! What people see of opportunities, and decide, over HTTP (SPEC section 9.2).

use std::ffi::OsString;
use std::fs;

use serde_json::{Value, json};
use springtide_core::event::Topic;
use springtide_runtime::partitioner::Partitioner;
use springtide_tests::http::{Answer, ask};
use springtide_tests::kcat::{Message, read};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::Record;
use springtide_tests::registry::SchemaRegistry;
use springtide_tests::tool::xtask;
use springtide_tests::wait::patiently;
use springtide_tests::watched::Watched;

use crate::aside::story::{OUTCOMES, PROFILES, near_limit, profile, until};

pub const PATH: &str = "/api/v1/opportunities";

pub fn flags(more: &[&str]) -> Vec<OsString> {
    let api: Vec<OsString> = vec!["--api".into()];
    [until(), api, more.iter().map(Into::into).collect()].concat()
}

pub fn told(accounts: &[&str]) -> Vec<Record> {
    let profiles = accounts.iter().map(|account| profile(account));
    profiles.chain(accounts.iter().map(|account| near_limit(account))).collect()
}

/// Waits until the list has so many, and returns it.
pub fn await_list(watched: &Watched, query: &str, total: usize) -> Vec<Value> {
    let path = format!("{PATH}?{query}");
    let part = format!("\"total\":{total},");
    let answer = patiently(|| Some(watched.get(&path)).filter(|answer| answer.body.contains(&part)));
    items(
        &answer.unwrap_or_else(|| {
            panic!("{path} has {total}: {:?}\n{}", watched.get(&path), watched.run.stderr())
        }),
    )
}

fn items(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{answer:?}");
    body(answer)["items"].as_array().unwrap().clone()
}

pub fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

pub fn id(row: &Value) -> &str {
    row["opportunity_id"].as_str().unwrap()
}

/// Decides over an opportunity.
pub fn decide(watched: &Watched, row: &Value, key: &str, decision: &Value) -> Answer {
    let path = format!("{PATH}/{}/decisions", id(row));
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key)];
    ask(&watched.address, "POST", &path, &headers, &decision.to_string())
}

pub fn outcomes(pipeline: &Pipeline) -> Vec<Message> {
    read(&pipeline.topic(OUTCOMES))
}

pub fn value(message: &Message) -> Value {
    serde_json::from_str(message.value.as_deref().unwrap()).unwrap()
}

#[test]
fn an_opportunity_is_listed_shown_whole_and_decided_once() {
    let pipeline = Pipeline::new("inbox", 3);
    pipeline.feed(&told(&["one", "two", "three"]));
    let mut watched = Watched::start(&pipeline, flags(&[]));
    let all = await_list(&watched, "", 3);
    let committed = pipeline.committed();
    let row = all.iter().find(|row| row["account_id"] == "two").unwrap();
    let whole = body(&watched.get(&format!("{PATH}/{}", id(row))));
    let latest = committed.latest().iter().find(|message| message.key.as_deref() == Some(id(row))).unwrap();
    assert_eq!(whole["opportunity"], value(latest));
    assert_eq!((&whole["summary"]["standing"], &whole["decisions"]), (&json!("new"), &json!([])));

    let dismissed = json!({"stage": "dismissed", "reason": "they leave"});
    let written = decide(&watched, row, "key-1", &dismissed);
    assert_eq!(written.status, 201, "{written:?}");
    // Whoever looks next sees it.
    assert_eq!(items(&watched.get(PATH)).len(), 2);
    assert_eq!(items(&watched.get(&format!("{PATH}?standing=dismissed"))).len(), 1);
    let again = decide(&watched, row, "key-1", &dismissed);
    assert_eq!((again.status, body(&again)), (200, body(&written)));
    let other = decide(&watched, row, "key-1", &json!({"stage": "qualified"}));
    assert_eq!(other.status, 409, "{other:?}");
    // Somebody who has not seen it.
    let late = decide(&watched, row, "key-2", &json!({"stage": "qualified", "after": ""}));
    assert!(late.status == 409 && late.body.contains("look again"), "{late:?}");

    let outcomes = outcomes(&pipeline);
    assert_eq!(outcomes.len(), 1);
    assert_eq!((outcomes[0].key.as_deref(), outcomes[0].partition), (Some("two"), place("two")));
    let event = value(&outcomes[0]);
    assert_eq!((&event["event_id"], &event["play"]), (&json!("key-1"), &row["play"]));
    assert_eq!((&event["actor"], &event["reason"]), (&json!("local"), &json!("they leave")));
    watched.await_figure(r#"springtide_outcomes_total{stage="dismissed"}"#, 1.0);

    let next = decide(&watched, row, "key-3", &json!({"stage": "qualified", "after": "key-1"}));
    assert_eq!(next.status, 201, "{next:?}");
    watched.run.terminate();
    watched.run.finish().well();
    // Another start sees the same.
    let watched = Watched::start(&pipeline, flags(&[]));
    let working = await_list(&watched, "standing=working", 1);
    assert_eq!(id(&working[0]), id(row));
    let whole = body(&watched.get(&format!("{PATH}/{}", id(row))));
    assert_eq!(whole["decisions"].as_array().unwrap().len(), 2);
    // As sure as before that it is the same.
    assert_eq!(decide(&watched, row, "key-1", &dismissed).status, 200);
}

/// Where a Java client puts an account on three partitions.
fn place(account: &str) -> i64 {
    Partitioner::Murmur2.place(account.as_bytes(), 3).into()
}

#[test]
fn any_instance_shows_all_and_what_was_erased_is_gone() {
    let pipeline = Pipeline::new("inbox-any", 2);
    pipeline.feed(&told(&["one", "two", "three", "four"]));
    let state =
        |number: usize| format!("--state-dir={}", pipeline.beside(&format!("state-{number}")).display());
    let watched: Vec<Watched> =
        (0..2).map(|number| Watched::start(&pipeline, flags(&[&state(number)]))).collect();
    for one in &watched {
        await_list(one, "sort=opened", 4);
    }
    let row = await_list(&watched[0], "account=three", 1).remove(0);
    assert_eq!(decide(&watched[0], &row, "k", &json!({"stage": "qualified"})).status, 201);
    await_list(&watched[1], "standing=working", 1);
    pipeline.feed(&[Record { value: None, ..Record::new(PROFILES, "three", "") }]);
    for one in &watched {
        await_list(one, "standing=new,working", 3);
        assert_eq!(one.get(&format!("{PATH}/{}", id(&row))).status, 404);
        assert_eq!(decide(one, &row, "k2", &json!({"stage": "discovery"})).status, 404);
    }
}

#[test]
fn opportunities_that_are_avro_are_shown_as_others() {
    let pipeline = Pipeline::new("inbox-avro", 1);
    pipeline.feed(&told(&["one"]));
    let registry = format!("--schema-registry={}", SchemaRegistry::shared().url);
    let watched = Watched::start(&pipeline, flags(&[&registry]));
    let row = await_list(&watched, "urgency=high&text=a%20one", 1).remove(0);
    let whole = body(&watched.get(&format!("{PATH}/{}", id(&row))));
    let latest = pipeline.committed();
    assert_eq!(latest.media_types().into_iter().collect::<Vec<_>>(), ["application/avro"]);
    assert_eq!(whole["opportunity"]["brief"], value(&latest.latest()[0])["brief"]);
    assert_eq!(whole["opportunity"]["opened_at"], row["opened_at"]);
}

#[test]
fn decisions_are_avro_where_their_topic_is() {
    let pipeline = Pipeline::new("inbox-decided-avro", 1);
    pipeline.feed(&told(&["one"]));
    let registry = SchemaRegistry::shared();
    let url = format!("--schema-registry={}", registry.url);
    let mut watched = Watched::start(&pipeline, flags(&[&url, "--format=opportunity-outcomes=avro"]));
    let row = await_list(&watched, "", 1).remove(0);
    let snoozed = json!({"stage": "snoozed", "until": "2030-01-01T00:00:00Z", "reason": "später"});
    let written = decide(&watched, &row, "key", &snoozed);
    assert_eq!(written.status, 201, "{written:?}");
    assert_eq!(decide(&watched, &row, "key", &snoozed).status, 200, "it is known again");
    watched.await_figure(r#"springtide_outcomes_total{stage="snoozed"}"#, 1.0);
    let whole = body(&watched.get(&format!("{PATH}/{}", id(&row))));
    assert_eq!(whole["decisions"], json!([body(&written)]));

    let raw = springtide_tests::kcat::read_raw(&pipeline.topic(OUTCOMES));
    let [record] = &raw[..] else { panic!("{} records", raw.len()) };
    let (schema, _) = springtide_schema::unframe(record.value.as_deref().unwrap()).unwrap();
    assert!(registry.schema(schema).contains("OpportunityOutcome"));
    assert_eq!(registry.versions(&format!("{}-value", pipeline.topic(OUTCOMES))), 1);
}

#[test]
fn a_decision_goes_to_where_its_accounts_records_are() {
    let pipeline = Pipeline::new("inbox-placed", 3);
    let accounts: Vec<String> = (0..30).map(|number| format!("account-{number}")).collect();
    let names: Vec<&str> = accounts.iter().map(String::as_str).collect();
    pipeline.feed_by("consistent_random", &told(&names));
    let mut watched = Watched::start(&pipeline, flags(&[]));
    for row in await_list(&watched, "limit=500", 30) {
        let written = decide(&watched, &row, id(&row), &json!({"stage": "qualified"}));
        assert_eq!(written.status, 201, "{written:?}");
    }
    let wrong: Vec<Message> = outcomes(&pipeline)
        .into_iter()
        .filter(|message| {
            let account = message.key.as_deref().unwrap();
            message.partition != i64::from(Partitioner::Crc32.place(account.as_bytes(), 3))
        })
        .collect();
    assert_eq!(wrong, []);
    watched.await_figure(r#"springtide_outcomes_total{stage="qualified"}"#, 30.0);
}

#[test]
fn who_asks_is_known_and_may_do_what_their_role_says() {
    let pipeline = Pipeline::new("inbox-access", 1);
    pipeline.feed(&told(&["one"]));
    let tokens = pipeline.beside("tokens");
    let (ann, bob) = ("0123456789abcdef-ann", "0123456789abcdef-bob");
    fs::write(&tokens, format!("ann decide {ann}\nbob view {bob}\n")).unwrap();
    let mut watched = Watched::start(&pipeline, flags(&[&format!("--api-tokens={}", tokens.display())]));
    watched.await_answer("/readyz", 200, "working on 1 partition");
    assert_eq!(watched.get(PATH).status, 401);
    let bearer = |token: &str| format!("Bearer {token}");
    let list = |token: &str| ask(&watched.address, "GET", PATH, &[("Authorization", &bearer(token))], "");
    let found = patiently(|| Some(list(bob)).filter(|answer| answer.body.contains("\"total\":1")));
    let row = items(&found.expect("bob sees one")).remove(0);
    assert_eq!(list("0123456789abcdef-bot").status, 401);
    let path = format!("{PATH}/{}/decisions", id(&row));
    let decide = |token: &str, more: (&str, &str)| {
        let own = bearer(token);
        let headers =
            [("Authorization", &*own), ("Content-Type", "application/json"), ("Idempotency-Key", "k"), more];
        ask(&watched.address, "POST", &path, &headers, r#"{"stage":"qualified"}"#).status
    };
    assert_eq!(decide(bob, ("Accept", "*/*")), 403);
    assert_eq!(decide(ann, ("Origin", "http://evil.example")), 403);
    assert_eq!(decide(ann, ("Accept", "*/*")), 201);
    assert_eq!(value(&outcomes(&pipeline)[0])["actor"], "ann");
    // Figures and health have nothing that is somebody's, and a probe has no token.
    assert_eq!(watched.get("/metrics").status, 200);
}

#[test]
fn what_is_asked_wrongly_is_told_and_writes_nothing() {
    let pipeline = Pipeline::new("inbox-wrong", 1);
    pipeline.feed(&told(&["one"]));
    let watched = Watched::start(&pipeline, flags(&[]));
    let row = await_list(&watched, "", 1).remove(0);
    for (query, part) in [
        ("sort=luck", "`luck` is not one of rank, score, act_by, opened, value"),
        ("standing=new,gone", "`gone` is not one of new, working"),
        ("urgency=now", "low, medium, high"),
        ("limit=0", "`limit` must be 1 to 500"),
        ("limit=many", "invalid digit"),
        ("act_before=soon", "`soon` is no time"),
        ("after=next", "`after` is no `next`"),
        ("owners=ann", "unknown field `owners`"),
    ] {
        let answer = watched.get(&format!("{PATH}?{query}"));
        assert!(answer.status == 400 && answer.body.contains(part), "{query}: {answer:?}");
    }
    assert_eq!(watched.get(&format!("{PATH}/one")).status, 400);
    assert_eq!(watched.get(&format!("{PATH}/6f1b0f3e-0000-5000-8000-000000000001")).status, 404);
    let long = "x".repeat(1_001);
    for (decision, status, part) in [
        (json!({}), 422, "missing field `stage`"),
        (json!({"stage": "lunch"}), 422, "`stage` must be one of qualified"),
        (json!({"stage": "qualified", "colour": 1}), 422, "unknown field `colour`"),
        (json!({"stage": "dismissed", "reason": " "}), 422, "`dismissed` needs a `reason`"),
        (json!({"stage": "snoozed"}), 422, "needs an `until`"),
        (json!({"stage": "snoozed", "until": "soon"}), 422, "`until` is no time"),
        (json!({"stage": "closed_won", "amount": -1}), 422, "`amount` must be a number from 0 on"),
        (json!({"stage": "dismissed", "reason": long}), 422, "more than 1000"),
    ] {
        let answer = decide(&watched, &row, "k", &decision);
        assert!(answer.status == status && answer.body.contains(part), "{decision}: {answer:?}");
    }
    assert_eq!(decide(&watched, &row, "", &json!({"stage": "qualified"})).status, 400);
    let path = format!("{PATH}/{}/decisions", id(&row));
    let plain = ask(&watched.address, "POST", &path, &[("Idempotency-Key", "k")], r#"{"stage":"qualified"}"#);
    assert_eq!(plain.status, 415, "{plain:?}");
    assert_eq!(ask(&watched.address, "DELETE", &path, &[], "").status, 405);
    assert_eq!(watched.get("/api/v1/nothing").status, 404);
    assert_eq!(outcomes(&pipeline), []);
    let described = body(&watched.get("/api/v1/openapi.json"));
    assert!(described["paths"][format!("{PATH}/{{id}}/decisions")]["post"].is_object(), "{described}");
    assert_eq!(Topic::OpportunityOutcomes.name(), OUTCOMES);
}

#[test]
fn the_api_keeps_to_its_description() {
    let pipeline = Pipeline::new("inbox-described", 1);
    pipeline.feed(&told(&["one", "two", "three"]));
    let watched = Watched::start(&pipeline, flags(&[]));
    await_list(&watched, "", 3);
    let url = format!("http://{}/api/v1/openapi.json", watched.address);
    // What is not made yet is no mistake of its description.
    let made = || Some(watched.get("/api/v1/report")).filter(|answer| answer.status == 200);
    assert!(patiently(made).is_some());
    // Fewer a second than anybody may ask.
    let args = ["run", &url, "--max-examples", "30", "--rate-limit", "40/s", "--seed", "1"];
    // A stream of changes has no end that could be waited for. That a period must not be empty, no description can say.
    for (of, more) in [
        (10, &["--exclude-path-regex", "/(changes|report|report.csv)$"][..]),
        (2, &["--include-path-regex", "/report", "--exclude-checks", "positive_data_acceptance"]),
    ] {
        let Some(ended) = xtask("schemathesis", &[&args[..], more].concat()) else { return };
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let all = format!("Operations:       {of} selected / 13 total");
        assert!(ended.status.success() && said.contains(&all), "{said}");
    }
}
