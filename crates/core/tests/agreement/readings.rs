//! Of readings that a `trend` can't need any more nothing is kept, and nothing is missed.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use springtide_core::event::{Activity, Fact, Kind, Topic, Value};
use springtide_core::meaning::account::{Account, Bounds};
use springtide_core::meaning::opportunity::Opportunity;
use springtide_core::meaning::piece::{Piece, PieceKey};
use springtide_core::rules::{Play, Rules, Test};
use springtide_core::time::{DAY_MS, Millis};

use crate::changelog::Changelog;
use crate::oracle::{expected, told};
use crate::plain::{detector, play, profile, rules};

const HOUR_MS: Millis = DAY_MS / 24;

/// Two trends of every meter, which share a stream.
fn trends() -> Rules {
    let trend = |growth| Test::Trend { growth, periods: 1 };
    let detectors =
        [0.1, 0.2].map(|growth| detector(&format!("by {growth}"), Kind::MeterReading, trend(growth)));
    let play = Play { cooldown_ms: HOUR_MS, boost: vec![1], ..play(vec![0]) };
    rules(detectors.into(), play)
}

fn reading(at: Millis, meter: &str, used: f64) -> Fact {
    let values = [Value::Text(meter.into()), Value::Number(used), Value::Absent].into();
    Fact::Activity(Arc::new(Activity {
        at,
        id: format!("{meter}-{used}").into(),
        kind: Kind::MeterReading,
        values,
    }))
}

/// Takes in a fact, and what it means that nothing of before that day may come any more.
fn take(account: &mut Account, rules: &Rules, fact: Fact, bound: Millis) -> Vec<Opportunity> {
    account.arrive(rules, fact);
    let told = account.settle(rules, 0);
    let bounds = Bounds::floor(bound, Topic::ALL.map(|_| bound));
    account.prune(rules, &bounds, account.is_due(&bounds));
    account.reschedule(rules);
    told
}

fn logged(account: &Account, day: i64) -> usize {
    match account.piece(PieceKey::Log(0, day)) {
        Some(Piece::Log(events)) => events.len(),
        _ => 0,
    }
}

#[test]
fn a_day_of_readings_is_its_signals_and_its_last() {
    let (rules, mut account) = (trends(), Account::new("acme"));
    take(&mut account, &rules, profile(0, "Acme"), 0);
    for hour in 0..24 * 20 {
        let (at, day) = (hour * HOUR_MS, hour / 24);
        // Each week a seventh more, and each hour a little.
        let used = 100.0 * 1.15_f64.powi((day / 7) as i32) - (20 - hour % 24).max(0) as f64 / 100.0;
        for meter in ["calls", "storage"] {
            take(&mut account, &rules, reading(at + 1, meter, used), at - 2 * DAY_MS);
        }
        if day >= 10 {
            // Of each meter the first that grew so much, and the last.
            assert!(logged(&account, day) <= 4, "hour {hour}: {}", logged(&account, day));
        }
    }
    assert!(logged(&account, 19) >= 2);
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn readings_that_come_late_find_all_that_they_need(
        readings in vec((0..24_i64, 0..3_i64, select(vec!["a", "b"]), select(vec![10.0, 11.0, 12.0, 13.0]), 0..3_i64), 1..60),
    ) {
        let (rules, mut account) = (trends(), Account::new("acme"));
        let mut changelog = Changelog::default();
        let mut facts = vec![profile(0, "Acme")];
        take(&mut account, &rules, facts[0].clone(), 0);
        let at = |day: i64, hour: i64| day * DAY_MS + hour * HOUR_MS;
        let mut arrivals = readings;
        // Each comes up to two days after its time.
        arrivals.sort_by_key(|(day, hour, _, _, delay)| at(day + delay, *hour));
        let mut highest = 0;
        for (day, hour, meter, used, _) in arrivals {
            highest = highest.max(at(day, hour));
            facts.push(reading(at(day, hour), meter, used));
            let new = take(&mut account, &rules, facts[facts.len() - 1].clone(), highest - 2 * DAY_MS);
            changelog.take(new).map_err(TestCaseError::fail)?;
        }
        prop_assert_eq!(told(&changelog), expected(&rules, &BTreeMap::from([("acme", facts)]), 0));
    }
}
