//! Tests of drafts: what each placeholder says, that lines go whole, and that nothing is invented.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;
use springtide_core::meaning::words::{number, percent, purchase};
use springtide_core::rules::{Motion, Template};
use springtide_core::time::{DAY_MS, format_date, format_rfc3339, parse_rfc3339};

use super::*;

fn now() -> Millis {
    parse_rfc3339("2026-03-02T12:00:00Z").unwrap()
}

fn line(family: &str, day: i64, summary: &str, values: Value) -> Value {
    let at = format_rfc3339(now() - day * DAY_MS);
    json!({"family": family, "detector": "d", "occurred_at": at, "since": at, "urgency": "medium",
        "event_id": "e", "summary": summary, "values": values})
}

fn opportunity(evidence: &[Value]) -> Value {
    json!({
        "account_name": "Acme", "play": "seat-expansion", "motion": "seat",
        "opened_at": "2026-03-01T12:00:00.000Z", "updated_at": "2026-03-02T12:00:00.000Z",
        "act_by": "2026-03-09T12:00:00.000Z", "route": {"role": "customer_success", "owner": "Ann"},
        "score_parts": [{"name": "timing", "weight": 0.2, "input": 30.5, "points": 95.0}],
        "gate": [
            {"condition": "days_since(profile.last_expansion_at) > 90", "value": "never", "held": true},
            {"condition": "days_since(profile.first_value_at) >= 90", "value": 365.25, "held": true},
        ],
        "evidence": evidence, "yearly_value": 12_000.4, "currency": "EUR",
    })
}

fn value(name: &str, opportunity: &Value) -> Option<String> {
    Facts::of(opportunity, now()).value(Placeholder::from_name(name).unwrap())
}

fn seats() -> Value {
    let values = json!({"type": "seat_snapshot", "seats_used": 46, "measured": 46, "against": 50});
    line("product", 1, "46 of 50 seats in use (92 %)", values)
}

#[test]
fn each_placeholder_says_what_the_opportunity_says() {
    let product = |summary: &str, values| line("product", 2, summary, values);
    let business = |values| line("business", 3, "B", values);
    let evidence = [
        seats(),
        product(
            "api_calls grew to 1,210 from 1,100 a week before (+10 %), the latest of 3 weeks of growth",
            json!({"type": "meter_reading", "meter": "api_calls", "used": 1_210, "measured": 1_210, "against": 1_100}),
        ),
        product("u", json!({"type": "user_activity", "user_id": "u", "measured": 7, "against": 5})),
        product("i", json!({"type": "user_invited", "invitee": "i", "measured": 6, "against": 5})),
        product("f", json!({"type": "feature_used", "feature": "Reports", "measured": 3, "against": 3})),
        product("c", json!({"type": "integration_connected", "integration": "Jira"})),
        product("m", json!({"type": "milestone_reached", "milestone": "go live"})),
        product("l", json!({"type": "limit_reached", "gate": "export", "measured": 4, "against": 3})),
        product(
            "o",
            json!({"type": "overage_charged", "meter": "calls", "amount": 5, "measured": 2, "against": 2}),
        ),
        business(json!({"type": "job_posted", "department": "Sales", "measured": 3, "against": 3})),
        business(json!({"type": "executive_hired", "title": "CTO", "department": "Engineering"})),
        business(json!({"type": "headcount_changed", "previous": 100, "current": 1_200})),
        business(json!({"type": "funding_raised", "round": "Series B"})),
        business(json!({"type": "strategic_announcement", "topic": "AI"})),
        business(json!({"type": "acquisition", "role": "acquirer", "counterpart": "Initech"})),
        line("business", 2, "Opened an office in Graz", json!({"type": "office_opened", "location": "Graz"})),
        line("engagement", 2, "N", json!({"type": "nps_response", "score": 9})),
        line("engagement", 1, "E", json!({"type": "feature_requested", "feature": "SSO", "tier": "Pro"})),
    ];
    let expected = [
        ("account_name", "Acme"),
        ("owner", "Ann"),
        ("role", "customer success"),
        ("play", "seat expansion"),
        ("purchase", "more seats"),
        ("act_by", "9 March 2026"),
        ("yearly_value", "EUR 12,000"),
        ("renewal_date", "2 April 2026"),
        ("first_value_date", "1 March 2025"),
        ("product_evidence", "46 of 50 seats in use (92 %)"),
        ("product_date", "1 March 2026"),
        ("business_evidence", "Opened an office in Graz"),
        ("business_date", "28 February 2026"),
        ("engagement_evidence", "E"),
        ("resource", "seats"),
        ("used", "46"),
        ("limit", "50"),
        ("ratio", "92 %"),
        ("left", "4"),
        ("usage_date", "1 March 2026"),
        ("growth_of", "api calls"),
        ("grown_from", "1,100"),
        ("grown_to", "1,210"),
        ("growth", "10 %"),
        ("active_users", "7"),
        ("invited", "6"),
        ("feature", "Reports"),
        ("feature_users", "3"),
        ("integration", "Jira"),
        ("milestone", "go live"),
        ("limit_reached", "export"),
        ("limit_hits", "4"),
        ("overages", "2"),
        ("overage_meter", "calls"),
        ("openings", "3"),
        ("hiring_department", "Sales"),
        ("executive_title", "CTO"),
        ("executive_department", "Engineering"),
        ("office", "Graz"),
        ("headcount_from", "100"),
        ("headcount_to", "1,200"),
        ("funding_round", "Series B"),
        ("strategy_topic", "AI"),
        ("acquired", "Initech"),
        ("requested_feature", "SSO"),
        ("requested_tier", "Pro"),
        ("nps_score", "9"),
    ];
    let whole = opportunity(&evidence);
    for (name, said) in expected {
        assert_eq!(value(name, &whole).as_deref(), Some(said), "{name}");
    }
    let names: Vec<&str> = Placeholder::ALL.iter().map(|known| known.name()).collect();
    assert_eq!(names, expected.map(|(name, _)| name));
    for name in names {
        assert_eq!(value(name, &json!({})), None, "{name} of nothing");
    }
}

#[test]
fn what_can_not_be_said_exactly_is_not_said() {
    let trend = json!({"type": "seat_snapshot", "seats_used": 46, "measured": 46, "against": 40});
    let grown = line("product", 1, "Seats in use grew to 46 from 40 a week before (+15 %)", trend.clone());
    let full = json!({"type": "seat_snapshot", "seats_used": 50, "measured": 50, "against": 50});
    let bought = json!({"type": "acquisition", "role": "target", "counterpart": "Initech"});
    let change = |path: &str, to: Value| {
        let mut changed = opportunity(&[]);
        *changed.pointer_mut(path).unwrap() = to;
        changed
    };
    for (name, opportunity) in [
        ("used", opportunity(&[grown])),
        ("used", opportunity(&[line("product", 1, "by other words", trend)])),
        ("left", opportunity(&[line("product", 1, "50 of 50 seats in use (100 %)", full)])),
        ("acquired", opportunity(&[line("business", 1, "B", bought)])),
        ("owner", change("/route/owner", Value::Null)),
        ("owner", change("/route/owner", json!(" \n"))),
        ("yearly_value", change("/yearly_value", json!(0.0))),
        ("yearly_value", change("/yearly_value", Value::Null)),
        ("act_by", change("/act_by", json!("2026-03-02T12:00:00Z"))),
        ("renewal_date", change("/score_parts/0/input", json!(-1.0))),
        ("renewal_date", change("/score_parts/0/input", json!(1e300))),
        ("first_value_date", change("/gate/1/value", Value::Null)),
        ("purchase", change("/motion", json!("luck"))),
    ] {
        assert_eq!(value(name, &opportunity), None, "{name}: {opportunity}");
    }
    let lines = change("/account_name", json!("Acme\r\nBcc: all"));
    assert_eq!(value("account_name", &lines).as_deref(), Some("Acme  Bcc: all"));
}

fn text(text: &str) -> Piece {
    Piece::Text(text.into())
}

#[test]
fn a_line_goes_whole_or_not_at_all_and_it_is_said_which() {
    let (name, left, used) = (Placeholder::AccountName, Placeholder::Left, Placeholder::Used);
    let template = Template {
        subject: vec![vec![Piece::Value(Placeholder::Office)], vec![text("For "), Piece::Value(name)]],
        parts: [
            vec![vec![vec![text("Hello "), Piece::Value(name), text(", "), Piece::Value(name)]]],
            vec![
                vec![vec![Piece::Value(used), text(" used, "), Piece::Value(left), text(" left")]],
                vec![vec![text("Bye")]],
            ],
            vec![vec![vec![Piece::Value(left)], vec![Piece::Value(used), text(" used")], vec![text("?")]]],
            vec![vec![vec![Piece::Value(left)], vec![Piece::Value(Placeholder::Office)]]],
            vec![],
        ],
    };
    let drafts = Drafts { default: Template::default(), plays: [("seat-expansion".into(), template)].into() };
    let full = json!({"type": "seat_snapshot", "seats_used": 50, "measured": 50, "against": 50});
    let draft = Draft::write(&drafts, &opportunity(&[line("product", 1, "50 of 50 seats", full)]), now());
    assert_eq!((&*draft.template, &*draft.subject), ("seat-expansion", "For Acme"));
    assert_eq!(draft.text(), "Hello Acme, Acme\n\nBye\n\n50 used");
    let fact = |name, value: &str| Fact { name, value: value.to_owned() };
    assert_eq!(draft.parts[0].facts, [fact("account_name", "Acme")]);
    assert_eq!(draft.parts[2].facts, [fact("used", "50")]);
    let why = "the opportunity has no left (limit − used, where that is above 0)";
    assert_eq!(draft.parts[1].left_out, [format!("present.1: {why}")]);
    let and = format!("prove.1: {why}, no office (where they opened an office)");
    assert_eq!(draft.parts[3].left_out, [and]);
    let other = Draft::write(&drafts, &json!({"play": "other"}), now());
    assert_eq!((&*other.template, other.text()), ("default", String::new()));
}

/// Every text and number in a JSON value, as people read them.
fn said(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.values().for_each(|value| said(value, found)),
        Value::Array(items) => items.iter().for_each(|item| said(item, found)),
        Value::String(text) => {
            let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            found.extend(
                [text.replace(['_', '-'], " "), text.replace('_', " "), text.clone()]
                    .map(|text| text.trim().to_owned()),
            );
            found.extend(parse_rfc3339(&text).map(format_date));
        }
        Value::Number(value) => drop(found.insert(number(value.as_f64().unwrap()))),
        _ => {}
    }
}

/// All that may be said of an opportunity, worked out without looking at placeholders.
fn sayable(opportunity: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    said(opportunity, &mut all);
    all.extend(Motion::ALL.map(|motion| purchase(motion).to_owned()));
    all.extend(["seats".to_owned(), "seats in use".to_owned()]);
    for line in opportunity["evidence"].as_array().unwrap() {
        if let (Some(a), Some(b)) = (line["values"]["measured"].as_f64(), line["values"]["against"].as_f64())
        {
            all.extend([percent(a / b), percent(a / b - 1.0), number(b - a)]);
        }
    }
    let value = opportunity["yearly_value"].as_f64().unwrap();
    all.insert(format!("{} {}", opportunity["currency"].as_str().unwrap(), number(value.round())));
    all.extend(["2 April 2026", "1 March 2025"].map(str::to_owned));
    all
}

fn evidence() -> impl Strategy<Value = Value> {
    let kinds = proptest::sample::select(vec![
        "seat_snapshot",
        "meter_reading",
        "user_activity",
        "feature_used",
        "office_opened",
        "job_posted",
        "acquisition",
        "limit_reached",
        "nps_response",
    ]);
    let families = proptest::sample::select(vec!["product", "business", "engagement"]);
    let numbers = (0.0..2_000.0_f64, 1.0..2_000.0_f64);
    let between = proptest::sample::select(vec!["of", "from", "and"]);
    (families, 0..9_i64, kinds, "\\PC{0,8}", numbers, between).prop_map(|(family, day, kind, name, (a, b), between)| {
        let values = json!({"type": kind, "measured": a, "against": b, "meter": name, "feature": name,
            "location": name, "department": name, "role": "acquirer", "counterpart": name, "gate": name, "score": a});
        line(family, day, &format!("{name} {} {between} {}", number(a), number(b)), values)
    })
}

proptest! {
    /// Whatever a template asks for: all that is filled in is said by the opportunity, or follows from it.
    #[test]
    fn nothing_is_invented(
        evidence in proptest::collection::vec(evidence(), 0..6),
        name in "[\\PC\\n]{0,12}",
        lines in proptest::collection::vec(proptest::sample::subsequence(Placeholder::ALL.to_vec(), 1..4), 1..30),
    ) {
        let mut opportunity = opportunity(&evidence);
        opportunity["account_name"] = json!(name);
        let mut drafts = Drafts::default();
        let wording = |all: Vec<Placeholder>| -> Line {
            let pieces = all.into_iter().flat_map(|one| [text("·"), Piece::Value(one)]);
            vec![pieces.collect()]
        };
        let count = lines.len();
        drafts.default.parts[1] = lines.into_iter().map(wording).collect();
        let draft = Draft::write(&drafts, &opportunity, now());
        let (part, sayable) = (&draft.parts[1], sayable(&opportunity));
        for fact in &part.facts {
            prop_assert!(sayable.contains(&fact.value), "{fact:?}");
        }
        // And nothing else stands there: the template's own letters, and facts.
        let mut left = part.text.clone();
        let mut facts: Vec<&str> = part.facts.iter().map(|fact| &*fact.value).collect();
        facts.sort_by_key(|fact| std::cmp::Reverse(fact.len()));
        facts.iter().for_each(|fact| left = left.replace(&format!("·{fact}"), ""));
        prop_assert_eq!(left.trim(), "");
        let written = if part.text.is_empty() { 0 } else { part.text.lines().count() };
        prop_assert_eq!(written + part.left_out.len(), count);
    }
}
