//! What histories should not have, but may.

use std::sync::Arc;

use springtide_core::event::{Profile, Stage};
use springtide_core::time::{DAY_MS, Millis};
use springtide_report::{Reporter, Scope, Value, rows};

use crate::story::{Told, came, day, opened, outcome, pays, profile, report_on, the_year, told, with};

#[test]
fn nothing_at_all_is_a_report_of_nothing() {
    let report = report_on(&[], &the_year());
    assert_eq!((report.accounts, &*report.revenue, &*report.plays), (0, &[][..], &[][..]));
    let shares = rows(&report).into_iter().filter(|row| row.unit == "percent");
    assert!(shares.into_iter().all(|row| row.value.is_none()));
}

#[test]
fn a_single_account_has_figures_of_its_own() {
    let report = report_on(&[pays("acme", day(-1), 100.0), pays("acme", day(1), 100.0)], &the_year());
    let total = &report.revenue[0].total;
    assert_eq!(
        (total.nrr_percent, total.grr_percent, total.largest_three_percent),
        (Some(100.0), Some(100.0), None)
    );
    assert_eq!(report.revenue[0].expansion_share_percent, None);
}

#[test]
fn amounts_that_are_no_amounts_are_nothing() {
    let mut sale = outcome(1, day(5), Stage::ClosedWon);
    (sale.amount, sale.cost) = (Some(-5.0), Some(f64::NAN));
    let story = [
        pays("a", day(-1), -100.0),
        pays("b", day(-1), f64::NAN),
        pays("c", day(-1), f64::INFINITY),
        pays("d", day(-1), 1e308),
        pays("e", day(-1), 1e308),
        with("d", sale),
    ];
    let report = report_on(&story, &the_year());
    assert_eq!(report.revenue[0].total.accounts, 2);
    let numbers = rows(&report).into_iter().filter(|row| row.unit == "percent");
    let numbers = numbers.filter_map(|row| match row.value {
        Some(Value::Number(number)) => Some(number),
        _ => None,
    });
    assert!(numbers.into_iter().all(f64::is_finite));
    assert_eq!(report.motions.motions[0].sales[0].yearly_amount, 0.0);
    assert_eq!(report.motions.acquisition[0].expansion_cac, Some(0.0));
}

#[test]
fn of_profiles_at_one_instant_the_last_in_order_holds() {
    let with_id = |id: &str, mrr| told("acme", Profile { id: id.into(), ..profile(day(5), mrr) });
    let story = [pays("acme", day(-1), 100.0), with_id("b", 150.0), with_id("a", 900.0)];
    assert_eq!(report_on(&story, &the_year()).revenue[0].total.nrr_percent, Some(150.0));
    // With one id, the canonical JSON decides, as for the engine.
    let story = [pays("acme", day(-1), 100.0), with_id("a", 90.0), with_id("a", 110.0)];
    assert_eq!(report_on(&story, &the_year()).revenue[0].total.nrr_percent, Some(90.0));
}

#[test]
fn the_ends_of_time_are_instants_like_others() {
    let ends = [Millis::MIN + 1, -62_167_219_200_000, 253_402_300_799_999];
    let mut story = Vec::new();
    for at in ends {
        let odd =
            Profile { signed_up_at: Some(ends[1]), last_expansion_at: Some(ends[2]), ..profile(0, 10.0) };
        story.push(told("acme", Profile { at, ..odd }));
        story.push(opened("acme", 1, ends[1]));
        story.push(came("acme", 1, at, Stage::ClosedWon));
    }
    for scope in [the_year(), Scope { from: ends[1], to: ends[2], segments: Vec::new() }] {
        report_on(&story, &scope);
    }
}

#[test]
fn outcomes_before_the_first_profile_have_no_currency() {
    let mut sale = outcome(1, day(5), Stage::ClosedWon);
    (sale.amount, sale.cost) = (Some(100.0), Some(10.0));
    let story = [opened("acme", 1, day(1)), with("acme", sale), pays("acme", day(6), 10.0)];
    let report = report_on(&story, &the_year());
    assert_eq!((report.gaps.closed_without_currency, report.motions.motions[0].won), (1, 1));
    assert_eq!((&*report.motions.motions[0].sales, &*report.motions.acquisition), (&[][..], &[][..]));
}

#[test]
fn what_is_older_than_was_promised_is_left_out_and_said() {
    let mut reporter = Reporter::new([]);
    assert!(reporter.profile("acme", &Arc::new(profile(day(3), 100.0))));
    reporter.settle(day(5));
    assert!(!reporter.profile("acme", &Arc::new(profile(day(4), 1.0))));
    assert!(reporter.profile("acme", &Arc::new(profile(day(5), 150.0))));
    let report = reporter.report(&Scope { from: day(5), to: day(5) + DAY_MS, segments: Vec::new() });
    assert_eq!(report.revenue[0].total.nrr_percent, Some(150.0));
}

#[test]
fn the_highest_revision_counts_whatever_came_last() {
    let mut later = crate::story::opportunity("acme", 1, day(2));
    later.revision = 2;
    later.play = "tier-upgrade".into();
    let story = [Told::Opportunity(Box::new(later)), opened("acme", 1, day(1))];
    assert_eq!(report_on(&story, &the_year()).plays[0].play, "tier-upgrade");
}
