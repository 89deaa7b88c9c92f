//! Names are stable: all of them are in the documentation.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use springtide_backtest::{Backtest, Outcomes, compare};
use springtide_core::event::{Kind, Stage};
use springtide_core::meaning::explain::ConditionKind;

use crate::story::{about, activity, day, evidence, kept, opened, outcome, pack, side, usual};

/// A comparison in which nothing is empty.
pub fn full() -> Backtest {
    let (old, new) = (pack("profile.health_score > 60", 0.8, ""), usual());
    let mut changed = opened("a", "grow", day(2));
    changed.score = 90.0;
    changed.evidence.push(evidence("intent"));
    let mut outcomes = Outcomes::default();
    let id = opened("a", "grow", day(1)).id.to_string();
    outcomes.take("a", &outcome(&id, "grow", day(9), Stage::ClosedWon));
    let old_side = side(&old, &[opened("a", "grow", day(1)), opened("b", "grow", day(1))]);
    let new_side = side(&new, &[changed, opened("<b>&c", "only", day(1)), opened("b", "grow", day(1))]);
    let mut backtest = compare(about(), &old_side, &new_side, &outcomes);
    let events = |account| (account, vec![activity(Kind::UserActivity, day(0), &[])]);
    let facts = kept(&backtest, 10, &[events("<b>&c"), events("a")]);
    backtest.explain(&old, &new, &facts, day(60));
    backtest
}

fn documentation() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/backtest.md");
    fs::read_to_string(path).unwrap()
}

fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            found.insert(name.clone());
            names(value, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

#[test]
fn every_name_is_documented() {
    let (mut found, documentation) = (BTreeSet::new(), documentation());
    names(&serde_json::to_value(full()).unwrap(), &mut found);
    assert!(found.len() > 60, "{found:?}");
    let kinds = [
        ConditionKind::Profile,
        ConditionKind::Product,
        ConditionKind::Business,
        ConditionKind::Unless,
        ConditionKind::Gate,
        ConditionKind::Cooldown,
        ConditionKind::Dismissed,
        ConditionKind::Snoozed,
        ConditionKind::InProgress,
        ConditionKind::AfterExpansion,
    ];
    found.extend(kinds.map(|kind| kind.name().to_owned()));
    found.extend(["no_play", "no_instant", "hours", "points", "steps"].map(str::to_owned));
    let missing: Vec<&String> =
        found.iter().filter(|name| !documentation.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/backtest.md says nothing of {missing:?}");
}

#[test]
fn instants_are_written_as_everywhere() {
    let backtest = serde_json::to_value(full()).unwrap();
    assert_eq!(backtest["from"], "2026-01-01T12:00:00.000Z");
    assert_eq!(backtest["volume"]["first_week"], "2025-12-29T00:00:00.000Z");
    assert_eq!(backtest["detailed"]["differences"][0]["account_id"], "<b>&c");
}
