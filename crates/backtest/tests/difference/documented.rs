//! Names are stable: all of them are in the documentation.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use springtide_backtest::{Backtest, Outcomes, Source, compare};
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
    backtest.sources.push(Source {
        topic: "product-usage".to_owned(),
        events: 4,
        bad: 1,
        erased: 2,
        begins: Some("2026-01-03T09:30:00.000Z".to_owned()),
        gone: true,
    });
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

#[test]
fn what_a_topic_no_longer_has_is_said_in_words() {
    let words = |change: &dyn Fn(&mut Source)| {
        let mut source = full().sources.remove(0);
        change(&mut source);
        source.words().unwrap_or_default()
    };
    let all = "product-usage begins on 3 January 2026: what was before is deleted; has 1 record that can't be used; \
               has 2 records of erased accounts";
    assert_eq!(words(&|_| ()), all);
    assert_eq!(words(&|source| (source.gone, source.bad, source.erased) = (false, 0, 0)), "");
    let nothing = |source: &mut Source| (source.begins, source.bad, source.erased) = (None, 0, 0);
    assert_eq!(words(&nothing), "product-usage has nothing left: all of it is deleted");
    assert!(springtide_backtest::html(&full()).contains("what was before is deleted"));
}
