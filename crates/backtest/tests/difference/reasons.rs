//! Which condition decided.

use std::sync::Arc;

use springtide_backtest::{Backtest, Outcomes, compare};
use springtide_core::event::{Activity, Fact, Kind, Profile};
use springtide_core::meaning::fixtures;
use springtide_core::rules::Rules;
use springtide_core::time::{DAY_MS, Millis};

use crate::story::{about, activity, compared, day, kept, opened, pack, side, usual};

/// A healthy account, or not, with intent of so many days before and nine of ten seats used on day 20.
fn facts(health: f64, intent_at: Millis) -> Vec<Fact> {
    let profile = Profile { health_score: Some(health), ..fixtures::profile(day(0)) };
    vec![
        Fact::Profile(Arc::new(profile)),
        activity(Kind::IntentSurge, intent_at, &[("score", 80.0)]),
        activity(Kind::SeatSnapshot, day(20), &[("seats_used", 9.0), ("seats_licensed", 10.0)]),
    ]
}

/// `grow` opened on day 20 under the new pack alone: the condition, and whether it alone decided, with the sentence.
fn asked(old: &Rules, play: &str, facts: Vec<Fact>) -> (Vec<String>, u64, String) {
    let new = usual();
    let opened = [opened("a", play, day(20))];
    let ask = |backtest: &mut Backtest, before: &Rules, after: &Rules| {
        let kept = kept(backtest, 100, &[("a", facts.clone()), ("b", facts.clone())]);
        assert_eq!(kept.by_account().keys().map(|account| &**account).collect::<Vec<_>>(), ["a"]);
        backtest.explain(before, after, &kept, day(60));
        assert_eq!((backtest.conditions.explained, backtest.conditions.left_out), (1, 0));
    };
    let none = Outcomes::default();
    let mut gained = compare(about(), &side(old, &[]), &side(&new, &opened), &none);
    ask(&mut gained, old, &new);
    let mut lost = compare(about(), &side(&new, &opened), &side(old, &[]), &none);
    ask(&mut lost, &new, old);
    let rows = |backtest: &Backtest| {
        let rows = backtest.conditions.rows.iter();
        rows.map(|row| (row.failed.words(), row.alone, row.gained + row.lost)).collect::<Vec<_>>()
    };
    assert_eq!(rows(&gained), rows(&lost));
    assert!(gained.conditions.rows.iter().all(|row| (row.gained, row.lost) == (1, 0)));
    let difference = &gained.detailed.differences[0];
    let alone = gained.conditions.rows.iter().map(|row| row.alone).sum();
    (
        difference.failed.iter().map(|failed| failed.words()).collect(),
        alone,
        difference.nearest_miss.clone().unwrap(),
    )
}

#[test]
fn the_condition_that_failed_is_told_with_its_miss() {
    let gate = "profile.health_score > 60";
    let strict = pack("profile.health_score > 90", 0.8, "");
    let (failed, alone, miss) = asked(&strict, "grow", facts(85.0, day(19)));
    assert_eq!((failed, alone), (vec!["gate: profile.health_score > 90".to_owned()], 1));
    assert_eq!(miss, "blocked by profile.health_score 85, needs > 90");
    let (failed, alone, miss) = asked(&pack(gate, 0.95, ""), "grow", facts(85.0, day(19)));
    assert_eq!((failed, alone), (vec!["product: no signal within 5 days".to_owned()], 1));
    assert!(miss.contains("seats"), "{miss}");
    let (failed, alone, _) = asked(&strict, "grow", facts(85.0, day(20) - 6 * DAY_MS));
    let want = ["business: no signal within 5 days", "gate: profile.health_score > 90"];
    assert_eq!((failed, alone), (want.map(str::to_owned).to_vec(), 0));
}

#[test]
fn beyond_a_bound_the_last_accounts_are_not_asked_about() {
    let openings = ["a", "b", "c"].map(|account| opened(account, "grow", day(1)));
    let events = |account| (account, facts(85.0, day(19)));
    // Three events an account.
    for (most, asked) in [(9, 3), (8, 2), (6, 2), (5, 1), (0, 1)] {
        for order in [["a", "b", "c"], ["c", "b", "a"]] {
            let mut backtest = compared(&[], &openings);
            let kept = kept(&backtest, most, &order.map(events));
            backtest.explain(&usual(), &usual(), &kept, day(60));
            assert_eq!((backtest.conditions.explained, backtest.conditions.left_out), (asked, 3 - asked));
            for (at, one) in backtest.detailed.differences.iter().enumerate() {
                let was_asked = (at as u64) < asked;
                assert_eq!((one.failed.is_empty(), one.nearest_miss.is_none()), (!was_asked, !was_asked));
                assert!(was_asked || one.words() == "old pack: not asked");
            }
        }
    }
}

#[test]
fn to_ask_about_some_and_then_about_others_is_to_ask_about_all() {
    let openings = ["a", "b", "c"].map(|account| opened(account, "grow", day(1)));
    let health = |account: &'static str| if account == "b" { 40.0 } else { 85.0 };
    let asked = |parts: &[&[&'static str]]| {
        let mut backtest = compared(&[], &openings);
        for part in parts {
            let events: Vec<_> =
                part.iter().map(|account| (*account, facts(health(account), day(19)))).collect();
            let kept = kept(&backtest, 100, &events);
            backtest.explain(&usual(), &usual(), &kept, day(60));
        }
        backtest
    };
    let whole = asked(&[&["a", "b", "c"]]);
    assert_eq!((whole.conditions.explained, whole.conditions.left_out), (3, 0));
    assert!(whole.conditions.rows.len() > 1, "{:?}", whole.conditions);
    assert_eq!(asked(&[&["c"], &["a", "b"]]), whole);
}

#[test]
fn what_is_no_condition_has_a_name_too() {
    let (failed, _, miss) = asked(&pack("\"true\"", 0.8, ""), "only", facts(85.0, day(19)));
    assert_eq!((failed, &*miss), (vec!["the pack has no such play".to_owned()], "the pack has no such play"));
    let (failed, _, miss) = asked(&usual(), "grow", facts(85.0, day(19))[1..].to_vec());
    assert_eq!(failed, ["profile: none yet"]);
    assert!(miss.contains("no profile yet"), "{miss}");
    // Open since the day before: the cooldown.
    let mut more = facts(85.0, day(18));
    let earlier = facts(85.0, day(18)).into_iter().map(|fact| match fact {
        Fact::Activity(activity) => Fact::Activity(Arc::new(Activity { at: day(18), ..(*activity).clone() })),
        other => other,
    });
    more.extend(earlier);
    let (failed, ..) = asked(&usual(), "grow", more);
    assert_eq!(failed, ["cooldown"]);
}
