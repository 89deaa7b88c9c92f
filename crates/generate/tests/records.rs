//! What every record and every stream of records keeps: the fields of the contract, the window, the order, the bytes.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};
use springtide_core::event::{Champion, FieldType, Kind, ProfileField, Segment, Stage};
use springtide_core::time::{Millis, parse_rfc3339};
use springtide_generate::{Settings, Topic, generate};

const START: Millis = 1_767_225_600_000;
const DAY: Millis = 86_400_000;

fn small() -> Settings {
    Settings { outcomes: true, expanding: 0.5, activity: 0.5, ..Settings::new(5, 60, 90, START) }
}

fn object(line: &str) -> Map<String, Value> {
    match serde_json::from_str(line) {
        Ok(Value::Object(object)) => object,
        other => panic!("{other:?} in {line}"),
    }
}

fn time(value: &Value) -> Millis {
    value.as_str().and_then(parse_rfc3339).unwrap_or_else(|| panic!("{value} is no time"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().filter(|number| *number >= 0.0).unwrap_or_else(|| panic!("{value} is no amount"))
}

fn check(value: &Value, ty: FieldType) {
    let whole = |value: &Value| value.as_u64().is_some();
    let good = match ty {
        FieldType::Text => value.as_str().is_some_and(|text| !text.is_empty()),
        FieldType::OneOf(list) => value.as_str().is_some_and(|text| list.contains(&text)),
        FieldType::Count => whole(value),
        FieldType::CountWithin(low, high) => whole(value) && (low..=high).contains(&number(value)),
        FieldType::Amount => number(value) >= 0.0,
        FieldType::AmountWithin(low, high) => (low..=high).contains(&number(value)),
    };
    assert!(good, "{value} for {ty:?}");
}

fn check_activity(topic: Topic, object: &Map<String, Value>) -> Kind {
    let name = object["type"].as_str().expect("a type is a string");
    let kind = Kind::from_name(name).unwrap_or_else(|| panic!("unknown type {name}"));
    assert_eq!(kind.topic(), topic);
    let known: HashSet<&str> = kind.fields().iter().map(|field| field.name).collect();
    let envelope = ["event_id", "account_id", "occurred_at", "type"];
    assert!(
        object.keys().all(|key| envelope.contains(&key.as_str()) || known.contains(key.as_str())),
        "{object:?}"
    );
    for field in kind.fields() {
        match object.get(field.name) {
            Some(value) => check(value, field.ty),
            None => assert!(!field.required, "{name} lacks {}", field.name),
        }
    }
    kind
}

fn check_profile(object: &Map<String, Value>) {
    assert!(object.keys().all(|key| ProfileField::from_name(key).is_some()), "{object:?}");
    let one_of =
        |key: &str, names: &[&str]| assert!(names.contains(&object[key].as_str().unwrap_or("")), "{key}");
    one_of("segment", &Segment::ALL.map(Segment::name));
    one_of("champion", &Champion::ALL.map(Champion::name));
    assert!(["name", "currency", "plan", "industry"].iter().all(|key| object[*key].is_string()));
    assert!((0.0..=100.0).contains(&number(&object["health_score"])));
    assert!(object["seats_licensed"].is_u64());
    ["mrr", "price_per_seat"].iter().for_each(|key| assert!(number(&object[*key]) >= 0.0));
    object.iter().filter(|(key, _)| key.ends_with("_at")).for_each(|(_, value)| assert!(time(value) > 0));
    let texts = |key: &str| object[key].as_array().expect("a list").iter().all(Value::is_string);
    assert!(["domains", "products", "buyer_departments"].into_iter().all(texts));
    object["limits"].as_object().expect("a map").values().for_each(|limit| assert!(number(limit) > 0.0));
    let roles: Vec<&str> = object["owners"].as_object().expect("a map").keys().map(String::as_str).collect();
    assert_eq!(roles, ["account_management", "cross_sell", "customer_success", "sales"]);
    assert!(object["external_ids"].as_object().expect("a map").values().all(Value::is_string));
}

fn check_outcome(object: &Map<String, Value>) {
    let stage = object["stage"].as_str().expect("a stage is a string");
    assert!(Stage::ALL.iter().any(|known| known.name() == stage), "{stage}");
    assert!(object["opportunity_id"].as_str().is_some_and(|id| id.len() == 36));
    assert!(object["play"].is_string() && object["actor"].is_string());
    if stage == "snoozed" {
        assert!(time(&object["until"]) > time(&object["occurred_at"]));
    }
    ["amount", "cost"]
        .iter()
        .filter_map(|key| object.get(*key))
        .for_each(|value| assert!(number(value) >= 0.0));
}

#[test]
fn every_record_is_valid_and_every_type_occurs() {
    let (mut ids, mut kinds, mut topics) = (HashSet::new(), HashSet::new(), HashSet::new());
    for (topic, line) in generate(&small()) {
        let object = object(&line);
        assert!(ids.insert(object["event_id"].as_str().expect("an id is a string").to_owned()), "{line}");
        assert!(object["account_id"].as_str().is_some_and(|id| id.starts_with("acct-")));
        assert!((START..START + 90 * DAY).contains(&time(&object["occurred_at"])), "{line}");
        topics.insert(topic);
        match topic {
            Topic::AccountProfiles => check_profile(&object),
            Topic::OpportunityOutcomes => check_outcome(&object),
            _ => {
                kinds.insert(check_activity(topic, &object));
            }
        }
    }
    assert_eq!(topics.len(), Topic::ALL.len());
    // Nothing happens in the world that it tells of: `springtide similar` works it out.
    kinds.insert(Kind::SimilarAccountsOwn);
    let missing: Vec<&Kind> = Kind::ALL.iter().filter(|kind| !kinds.contains(*kind)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn records_are_in_event_time_order_and_profiles_come_first() {
    let mut last = 0;
    let mut known = HashSet::new();
    for (topic, line) in generate(&small()) {
        let object = object(&line);
        let at = time(&object["occurred_at"]);
        assert!(at >= last, "{line}");
        last = at;
        let account = object["account_id"].to_string();
        if topic == Topic::AccountProfiles {
            known.insert(account);
        } else {
            assert!(known.contains(&account), "{line} comes before its profile");
        }
    }
    assert_eq!(known.len(), 60);
}

#[test]
fn equal_settings_give_equal_bytes() {
    assert!(generate(&small()).eq(generate(&small())));
    let other = Settings { seed: 6, ..small() };
    assert!(generate(&small()).ne(generate(&other)));
}

/// A fixed fingerprint: a change of the generator shows, and so does a machine that computes differently.
#[test]
fn the_bytes_are_the_same_everywhere() {
    let mut fingerprint = 0xcbf2_9ce4_8422_2325_u64;
    for (_, line) in generate(&Settings { disorder: true, ..small() }) {
        for byte in line.bytes() {
            fingerprint = (fingerprint ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    assert_eq!(
        fingerprint, 1_803_337_237_293_496_771,
        "if the generator was changed on purpose, put this number here"
    );
}

#[test]
fn disorder_changes_the_order_alone_and_keeps_to_its_bounds() {
    let disordered = Settings { disorder: true, ..small() };
    let (mut late, mut latest) = (HashMap::<Topic, Millis>::new(), HashMap::<Topic, Millis>::new());
    let mut lines = Vec::new();
    for (topic, line) in generate(&disordered) {
        let at = time(&object(&line)["occurred_at"]);
        let seen = latest.entry(topic).or_insert(at);
        *seen = at.max(*seen);
        let delay = late.entry(topic).or_default();
        *delay = (*seen - at).max(*delay);
        lines.push(line);
    }
    let minutes = |topic| late[&topic] / 60_000;
    assert!((1..=15).contains(&minutes(Topic::ProductUsage)), "{late:?}");
    assert!((24 * 60..=240 * 60).contains(&minutes(Topic::BusinessSignals)), "{late:?}");
    let mut ordered: Vec<String> = generate(&small()).map(|(_, line)| line).collect();
    assert_ne!(lines, ordered);
    lines.sort_unstable();
    ordered.sort_unstable();
    assert_eq!(lines, ordered);
}

#[test]
fn leaving_outcomes_out_changes_nothing_else() {
    let without = Settings { outcomes: false, ..small() };
    let kept = generate(&small()).filter(|(topic, _)| *topic != Topic::OpportunityOutcomes);
    assert!(generate(&without).eq(kept));
}

#[test]
fn an_account_is_the_same_in_any_company() {
    let alone: Vec<_> = generate(&Settings { accounts: 1, ..small() }).collect();
    let mine = generate(&small()).filter(|(_, line)| line.contains(r#""account_id":"acct-000000""#));
    assert!(mine.eq(alone));
}

#[test]
fn odd_settings_are_no_trouble() {
    assert_eq!(generate(&Settings::new(1, 0, 10, START)).count(), 0);
    assert_eq!(generate(&Settings::new(1, 10, 0, START)).count(), 0);
    let quiet = Settings { activity: 0.0, expanding: 0.0, ..Settings::new(1, 5, 400, START + 12_345) };
    assert!(generate(&quiet).all(|(_, line)| !line.contains("user_activity")));
    let wild = Settings { activity: 3.0, expanding: 1.0, ..Settings::new(u64::MAX, 20, 400, START) };
    assert!(generate(&wild).count() > 10_000);
}
