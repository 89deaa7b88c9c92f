//! Input: generated, or made by hand where a test must know what comes out.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::tool::{Folder, run};

/// Generated lines, each with its `_topic`.
pub fn generated(accounts: u32, days: u32) -> Vec<String> {
    let (accounts, days) = (accounts.to_string(), days.to_string());
    let args = ["generate", "--seed", "7", "--accounts", &accounts, "--days", &days, "--outcomes"];
    run(args).good().lines().map(str::to_owned).collect()
}

/// An event of a topic as a line.
pub fn line(topic: &str, id: &str, at: &str, more: Value) -> String {
    let mut event = json!({"_topic": topic, "event_id": id, "account_id": "acme", "occurred_at": at});
    let fields = more.as_object().expect("fields").clone();
    event.as_object_mut().expect("an object").extend(fields);
    event.to_string()
}

/// What it takes for `seat-expansion` to open on 3 March 2026: the profile, the news, and last the usage.
pub fn opening() -> Vec<String> {
    let profile = json!({
        "name": "Acme", "domains": [], "segment": "smb", "mrr": 1000, "currency": "EUR", "health_score": 85,
        "first_value_at": "2025-01-01T00:00:00Z", "buyer_departments": ["sales"],
    });
    let mut lines = vec![line("account-profiles", "p", "2026-01-01T00:00:00Z", profile)];
    lines.extend((1..=3).map(|number| {
        let job = json!({"type": "job_posted", "posting_id": number.to_string(), "title": "x", "department": "sales"});
        line("business-signals", &format!("j{number}"), "2026-03-02T09:00:00Z", job)
    }));
    lines.push(usage("s", "2026-03-03T09:00:00Z"));
    lines
}

/// A licence nearly used up.
pub fn usage(id: &str, at: &str) -> String {
    line("product-usage", id, at, json!({"type": "seat_snapshot", "seats_used": 47, "seats_licensed": 50}))
}

/// Lines as a file's content.
pub fn content(lines: &[String]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
}

/// The lines in some other order, the same for the same seed.
pub fn shuffled(lines: &[String], seed: u64) -> Vec<String> {
    let mut lines = lines.to_vec();
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    for at in (1..lines.len()).rev() {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        lines.swap(at, (state % (at as u64 + 1)) as usize);
    }
    lines
}

/// One file a topic, named after it, its lines without `_topic`.
pub fn by_topic(folder: &Folder, lines: &[String]) -> Vec<String> {
    let topics = without_topic(lines).into_iter();
    topics.map(|(topic, lines)| folder.file(&format!("{topic}.jsonl"), content(&lines))).collect()
}

/// The lines by topic, without their `_topic`.
pub fn without_topic(lines: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut topics: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines {
        let rest = line.strip_prefix("{\"_topic\":\"").expect("a line with its topic first");
        let (topic, rest) = rest.split_once("\",").expect("more than a topic");
        topics.entry(topic.to_owned()).or_default().push(format!("{{{rest}"));
    }
    topics
}

/// What stands in the end, in the order printed: the open opportunities less what may depend on arrival.
#[track_caller]
pub fn meaning(printed: &str) -> Vec<Value> {
    let all = printed.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let open = all.filter(|opportunity| opportunity["status"] == "open");
    open.map(|mut opportunity| {
        let fields = opportunity.as_object_mut().expect("an object");
        assert!(fields.remove("revision").is_some() && fields.remove("opportunity_id").is_some());
        opportunity
    })
    .collect()
}
