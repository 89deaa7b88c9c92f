//! So many opportunities that no account has made: rows written straight into the latest topic, as JSON.

use serde_json::{Value, json};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::Record;

/// The topic of the latest revisions, by the name it has without configuration.
const LATEST: &str = "expansion-opportunities-latest";

/// Writes them.
pub fn write(pipeline: &Pipeline, count: usize) {
    let records = (0..count).map(|number| {
        let one = opportunity(number);
        Record::new(LATEST, one["opportunity_id"].as_str().unwrap(), one.to_string())
            .with_header("content-type", "application/json")
    });
    pipeline.feed(&records.collect::<Vec<_>>());
}

fn opportunity(number: usize) -> Value {
    let (account, name) = (format!("company-{number}"), format!("Company {number}"));
    let urgency = ["low", "medium", "high"][number % 3];
    let summary = "85 of 100 seats in use (85 %)";
    json!({
        "opportunity_id": format!("6f1b0f3e-0000-5000-8000-{number:012}"), "revision": 1, "status": "open",
        "account_id": account, "account_name": name, "external_ids": {}, "segment": "smb", "play": "seat-expansion",
        "motion": "seat", "trigger": "convergent", "rules_version": "302bd8268294",
        "opened_at": "2026-01-05T09:00:00.000Z", "updated_at": "2026-01-05T09:00:00.000Z",
        "emitted_at": "2026-01-05T09:00:01.000Z", "act_by": "2026-01-12T09:00:00.000Z",
        "urgency": urgency, "score": (number % 1_000) as f64 / 10.0, "score_parts": [],
        "gate": [], "route": { "role": "customer_success", "owner": format!("Owner {}", number % 40) },
        "evidence": [{ "family": "product", "detector": "seats_80", "occurred_at": "2026-01-05T09:00:00.000Z",
            "since": "2026-01-05T09:00:00.000Z", "urgency": "medium", "event_id": format!("e{number}"),
            "summary": summary, "values": {} }],
        "headline": format!("{summary}: {name} is ready for more seats, act by 12 January 2026"),
        "brief": format!("# {name}\n"), "yearly_value": 1_000 + number, "currency": "EUR",
    })
}
