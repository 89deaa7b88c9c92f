//! Values at the ends of what is allowed: an answer, the same one by both ways, and no overflow.

use serde_json::{Value, json};

use crate::history::{content, line, meaning, shuffled};
use crate::tool::{Folder, run};

/// Windows as long as a pack may have them, and no rest between openings.
const RULES: &str = r#"
detectors:
  seats: { family: product, event: seat_snapshot, ratio: { at_least: 1e-7 }, urgency: high }
  users: { family: product, event: user_activity, distinct: { key: user_id, at_least: 2, within: 36500d }, urgency: low }
  spike: { family: product, event: user_activity, spike: { key: user_id, factor: 0, baseline_days: 36500, min_days: 1, min_count: 0 }, urgency: low }
  regulars: { family: product, event: user_activity, regulars: { key: user_id, at_least: 1, active_days: 1, within_days: 36500 }, urgency: low }
  rising: { family: product, event: meter_reading, trend: { growth: 1e308, periods: 520 }, urgency: low }
  falling: { family: product, event: meter_reading, trend: { growth: -1e308, periods: 1 }, urgency: low }
  features: { family: product, event: feature_used, first: { key: feature }, urgency: low }
  jobs: { family: business, event: job_posted, match: {}, urgency: high }
  renewal: { family: business, before: { field: renewal_at, days: 36500 }, urgency: low }
  signing: { family: business, before: { field: signed_up_at, days: 1 }, urgency: low }
  layoffs: { family: business, event: layoff_announced, match: {}, urgency: high }
plays:
  long: { motion: seat, product: [seats, users, spike, regulars, rising, falling, features], business: [jobs, renewal], unless: [layoffs], unless_within: 36500d, window: 36500d, cooldown: 0s, gate: "true", act_within: 36500d, value: "profile.mrr * 1e308 * 1e308" }
  held: { motion: seat, product: [seats, users], window: 1000bd, cooldown: 36500d, gate: "days_since(profile.last_expansion_at) > -1e300", act_within: 1000bd, dismissed_for: 36500d, in_progress_for: 36500d, after_expansion: 36500d }
  dated: { motion: usage, business: [renewal, signing], window: 0s, cooldown: 0s, gate: "days_since(profile.renewal_at) < 1e9", act_within: 0bd, value: "-1.0 / 0.0" }
  daily: { motion: add_on, product: [users, seats], business: [jobs], boost: [features], window: 0bd, cooldown: 0s, gate: "1 / 0 > 0", value: "profile.mrr * 12.0" }
"#;

/// The first and the last instants there are, and some around zero.
const TIMES: [&str; 9] = [
    "0000-01-01T00:00:00.000Z",
    "0000-01-01T00:00:00.001Z",
    "0000-01-02T00:00:00Z",
    "1969-12-31T23:59:59.999Z",
    "1970-01-01T00:00:00Z",
    "2026-03-02T09:30:00.1234567Z",
    "9999-01-01T00:00:00Z",
    "9999-12-31T00:00:00Z",
    "9999-12-31T23:59:59.9999999Z",
];

fn accounts() -> [String; 4] {
    ["a\nb\tc".to_owned(), "😀".repeat(256), "\u{0}\"".to_owned(), "e\u{301}".to_owned()]
}

/// Everything at every one of the times.
fn everything(outcomes: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for (account, at) in accounts().iter().flat_map(|account| TIMES.map(|at| (account, at))) {
        let mut add = |topic: &str, mut more: Value| {
            let id = format!("e{}", lines.len());
            more["account_id"] = json!(account);
            lines.push(line(topic, &id, at, more));
        };
        for time in [TIMES[0], TIMES[4], TIMES[8]] {
            add("account-profiles", profile(time));
        }
        usage().into_iter().for_each(|event| add("product-usage", event));
        add(
            "business-signals",
            json!({"type": "job_posted", "posting_id": "1", "title": "", "department": "d"}),
        );
        if outcomes {
            let of = |play: &str, stage: &str| json!({"opportunity_id": "o", "play": play, "stage": stage, "until": TIMES[8]});
            add("opportunity-outcomes", of("held", "snoozed"));
            add("opportunity-outcomes", of("dated", "closed_won"));
            add("opportunity-outcomes", of("long", "dismissed"));
            add("opportunity-outcomes", of("daily", "proposal"));
        }
    }
    lines
}

fn profile(time: &str) -> Value {
    json!({
        "name": "N\n", "domains": [], "segment": "smb", "mrr": 1e308, "currency": "EUR", "limits": {"m": 5e-324},
        "seats_licensed": 9_007_199_254_740_993_u64, "health_score": 100, "renewal_at": time, "signed_up_at": time,
        "first_value_at": time, "last_expansion_at": time,
    })
}

fn usage() -> [Value; 9] {
    [
        json!({"type": "seat_snapshot", "seats_used": 9_007_199_254_740_993_u64, "seats_licensed": 1}),
        json!({"type": "seat_snapshot", "seats_used": -0.0}),
        json!({"type": "seat_snapshot", "seats_used": 1e308}),
        json!({"type": "meter_reading", "meter": "m", "used": 1e308}),
        json!({"type": "meter_reading", "meter": "m", "used": 5e-324}),
        json!({"type": "feature_used", "feature": ""}),
        json!({"type": "user_activity", "user_id": ""}),
        json!({"type": "user_activity", "user_id": "u\n", "event_id": "y".repeat(1_024)}),
        json!({"type": "user_activity", "user_id": "v"}),
    ]
}

#[test]
fn instants_and_numbers_at_their_ends_are_worked_out_by_both_ways_alike() {
    let folder = Folder::new();
    folder.file("rules/rules.yaml", RULES);
    let rules = folder.at("rules");
    let mut seen = 0;
    let clocks = [TIMES[0], "2000-01-01", TIMES[8]];
    for (outcomes, until) in
        [false, true].into_iter().flat_map(|outcomes| clocks.map(|clock| (outcomes, clock)))
    {
        let lines = everything(outcomes);
        let common = ["replay", "--json", "--rules", &rules, "--until", until];
        let sorted = run(common.into_iter().chain([&*folder.file("in.jsonl", content(&lines))]));
        assert_eq!(sorted.summary()["bad"], json!({}), "{}", sorted.err);
        let want = meaning(&sorted.good());
        seen += want.len();
        let mixed = folder.file("in.jsonl", content(&shuffled(&lines, 3)));
        let topics = ["product-usage", "business-signals", "account-profiles", "opportunity-outcomes"];
        let lateness = topics.map(|topic| ["--allowed-lateness".to_owned(), format!("{topic}=4294967295d")]);
        let args = common
            .map(str::to_owned)
            .into_iter()
            .chain(lateness.into_iter().flatten())
            .chain(["--as-arrived".to_owned(), mixed]);
        let arrived = run(args);
        assert_eq!(arrived.summary()["late"]["product-usage"], 0, "{}", arrived.err);
        assert!(meaning(&arrived.good()) == want, "until {until}, outcomes: {outcomes}");
        let impatient = run(common.into_iter().chain(["--as-arrived", &folder.at("in.jsonl")]));
        impatient.good();
    }
    assert!(seen > 100, "{seen} opportunities");
}

#[test]
fn many_events_of_one_instant_and_many_users_of_one_day_are_no_trouble() {
    let folder = Folder::new();
    let mut lines = crate::history::opening();
    let user = |number: usize, at: &str| {
        let event = json!({"type": "user_activity", "user_id": number.to_string()});
        line("product-usage", &format!("u{number}"), at, event)
    };
    lines.extend((0..30_000).map(|number| user(number, "2026-03-03T09:00:00Z")));
    lines.extend((0..30_000).map(|number| user(number, &format!("2026-03-03T10:{:02}:00Z", number % 60))));
    lines.extend((0..30_000).map(|_| user(1, "2026-03-03T09:00:00Z")));
    let ran = run(["replay", "--json", &folder.file("in.jsonl", content(&lines))]);
    assert_eq!(ran.summary()["events"]["product-usage"], 90_001);
    assert_eq!(meaning(&ran.good()).len(), 1);
}
