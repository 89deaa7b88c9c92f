//! An explanation as one JSON object: its names are stable.

use serde::Serialize;
use serde_json::{Value, json};
use springtide_core::event::Profile;
use springtide_core::meaning::explain::{Condition, DetectorState, PlayExplanation, Verdict};
use springtide_core::meaning::opportunity::Input;
use springtide_core::time::{DAY_MS, Millis, format_rfc3339};

/// What is said of one account.
#[derive(Clone, Copy, Debug)]
pub struct Explained<'a> {
    /// The account.
    pub account: &'a str,
    /// The instant.
    pub at: Millis,
    /// The timers' clock.
    pub clock: Millis,
    /// Which rules.
    pub rules_version: &'a str,
    /// As of the instant.
    pub profile: Option<&'a Profile>,
    /// Of every play.
    pub plays: &'a [PlayExplanation],
}

/// An explanation as one line of JSON, without the newline.
pub fn explanation_json(explained: &Explained<'_>) -> String {
    let object = Object {
        account_id: explained.account,
        at: format_rfc3339(explained.at),
        clock: format_rfc3339(explained.clock),
        rules_version: explained.rules_version,
        profile: explained.profile.map(profile),
        plays: explained.plays.iter().map(|one| play(one, explained.at)).collect(),
    };
    // Strings, numbers and lists always have a form in JSON.
    serde_json::to_string(&object).unwrap_or_default()
}

#[derive(Serialize)]
struct Object<'a> {
    account_id: &'a str,
    at: String,
    clock: String,
    rules_version: &'a str,
    profile: Option<Value>,
    plays: Vec<PlayObject<'a>>,
}

#[derive(Serialize)]
struct PlayObject<'a> {
    play: &'a str,
    verdict: &'static str,
    opened_at: Option<String>,
    added_evidence: &'a [Box<str>],
    /// Whether a signal of the play, or a profile, is at the instant.
    instant: bool,
    conditions: Vec<ConditionObject<'a>>,
    nearest_miss: Option<&'a str>,
}

#[derive(Serialize)]
struct ConditionObject<'a> {
    condition: &'static str,
    text: &'a str,
    held: bool,
    found: Option<&'a str>,
    value: Value,
    until: Option<String>,
    miss: Option<&'a str>,
    detectors: Vec<Value>,
}

fn time(at: Option<Millis>) -> Option<String> {
    at.map(format_rfc3339)
}

fn profile(profile: &Profile) -> Value {
    json!({
        "occurred_at": format_rfc3339(profile.at), "event_id": profile.id, "name": profile.name,
        "segment": profile.segment.name(), "plan": profile.plan, "mrr": profile.mrr, "currency": profile.currency,
        "health_score": profile.health_score, "seats_licensed": profile.seats_licensed, "limits": profile.limits,
        "first_value_at": time(profile.first_value_at), "last_expansion_at": time(profile.last_expansion_at),
        "renewal_at": time(profile.renewal_at), "buyer_departments": profile.buyer_departments,
    })
}

fn play(play: &PlayExplanation, at: Millis) -> PlayObject<'_> {
    let (opened_at, added): (Option<Millis>, &[Box<str>]) = match &play.verdict {
        Verdict::Opened => (Some(at), &[]),
        Verdict::Revised { opened_at, added } => (Some(*opened_at), added),
        Verdict::Open { opened_at } => (Some(*opened_at), &[]),
        Verdict::NotOpen { last_opened_at } => (*last_opened_at, &[]),
    };
    PlayObject {
        play: &play.play,
        verdict: play.verdict.name(),
        opened_at: time(opened_at),
        added_evidence: added,
        instant: play.instant,
        conditions: play.conditions.iter().map(condition).collect(),
        nearest_miss: play.nearest_miss.as_deref(),
    }
}

fn condition(condition: &Condition) -> ConditionObject<'_> {
    ConditionObject {
        condition: condition.kind.name(),
        text: &condition.text,
        held: condition.held,
        found: condition.found.as_deref(),
        value: value(&condition.value),
        until: time(condition.until),
        miss: condition.miss.as_deref(),
        detectors: condition.detectors.iter().map(detector).collect(),
    }
}

fn value(input: &Input) -> Value {
    match input {
        Input::None => Value::Null,
        Input::Number(number) => json!(number),
        Input::Text(text) => json!(text),
        Input::Bool(value) => json!(value),
    }
}

fn detector(state: &DetectorState) -> Value {
    let signals = state.signals.as_ref().map(|signals| {
        json!({
            "latest": format_rfc3339(signals.latest), "since": format_rfc3339(signals.since),
            "count": signals.count, "summary": signals.summary,
        })
    });
    let before = state.before.as_ref().map(|before| {
        let days_ago = before.age_ms as f64 / DAY_MS as f64;
        json!({
            "occurred_at": format_rfc3339(before.at), "days_ago": days_ago, "summary": before.summary,
            "text": before.text,
        })
    });
    let near = state.near.as_ref().map(
        |near| json!({"text": near.text, "short": near.short, "value": near.value, "needed": near.needed}),
    );
    json!({
        "detector": state.detector, "family": state.family.name(), "signals": signals, "before": before, "near": near,
    })
}
