//! CEL: any text as a gate, a value or a condition on an event, evaluated where it compiles.

use std::sync::LazyLock;

use springtide_core::event::{Activity, Fact, Kind, Profile, Topic};
use springtide_core::expr::Env;
use springtide_rules::{Scope, expression};
use springtide_schema::decode_json;

const NEWS: &[u8] = br#"{"event_id":"e","account_id":"a","occurred_at":"2026-03-02T09:30:00Z","type":"intent_surge",
    "topic":"data","score":71.5}"#;
const PROFILE: &[u8] = br#"{"event_id":"p","account_id":"a","occurred_at":"2026-01-02T00:00:00Z","name":"A\u00e4",
    "segment":"smb","mrr":1000,"currency":"EUR","health_score":80,"domains":["a.example","b.example"],
    "limits":{"calls":100},"owners":{"sales":"S"},"products":["one"],"first_value_at":"2025-01-01T00:00:00Z"}"#;

static FACTS: LazyLock<(std::sync::Arc<Activity>, std::sync::Arc<Profile>)> = LazyLock::new(|| {
    let fact = |topic, text| decode_json(topic, text).expect("a good record").event.fact;
    match (fact(Topic::BusinessSignals, NEWS), fact(Topic::AccountProfiles, PROFILE)) {
        (Fact::Activity(activity), Fact::Profile(profile)) => (activity, profile),
        other => panic!("{other:?}"),
    }
});

pub fn run(data: &[u8]) {
    let Some((first, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let scopes = [Scope::Where(Kind::IntentSurge), Scope::Gate, Scope::Value];
    let scope = scopes[usize::from(*first) % 3];
    let Ok(compiled) = expression(text, scope) else { return };
    let (activity, profile) = &*FACTS;
    for profile in [Some(&**profile), None] {
        let event = matches!(scope, Scope::Where(_)).then_some(&**activity);
        let env = Env { account: "a", event, profile, now: activity.at };
        let _ = compiled.eval(&env);
        assert_eq!(compiled.holds(&env), compiled.holds(&env));
    }
    let _ = compiled.to_string();
}
