//! Time to the first touch, time to expand, health around expansions.

use springtide_core::event::{Profile, Stage};
use springtide_core::time::HOUR_MS;
use springtide_report::{Pace, TimeToExpand};

use crate::story::{Told, came, day, opened, profile, report_on, the_year, told};

fn year(told: &[Told]) -> Pace {
    report_on(told, &the_year()).pace
}

#[test]
fn first_touches_are_held_against_the_date_to_act_by() {
    let story = [
        opened("a", 1, day(10)),
        came("a", 1, day(10) + 12 * HOUR_MS, Stage::Qualified),
        opened("a", 2, day(10)),
        came("a", 2, day(15), Stage::Snoozed),
        came("a", 2, day(40), Stage::Qualified),
        opened("a", 3, day(10)),
        came("a", 3, day(15) + 1, Stage::Dismissed),
        opened("a", 4, day(10)),
        opened("a", 5, day(363)),
        opened("a", 6, day(-20)),
    ];
    let touch = year(&story).first_touch;
    assert_eq!((touch.in_time, touch.late, touch.overdue, touch.waiting), (2, 1, 1, 1));
    assert_eq!(touch.in_time_percent, Some(50.0));
    assert_eq!((touch.median_hours, touch.median_hours_allowed), (Some(120.0), Some(120.0)));
}

#[test]
fn without_opportunities_nothing_is_in_time() {
    let touch = year(&[]).first_touch;
    assert_eq!((touch.in_time_percent, touch.median_hours, touch.median_hours_allowed), (None, None, None));
}

/// A profile of an account that signed up on a day, and last expanded on another.
fn seen(at: i64, mrr: f64, signed_up: i64, expanded: Option<i64>) -> Told {
    let profile = profile(day(at), mrr);
    let (signed_up_at, last_expansion_at) = (Some(day(signed_up)), expanded.map(day));
    told("acme", Profile { signed_up_at, last_expansion_at, ..profile })
}

#[test]
fn the_first_expansion_is_counted_where_it_must_be_the_first() {
    for (story, want, why) in [
        (
            vec![seen(-50, 10.0, -60, None), seen(40, 20.0, -60, None), seen(90, 30.0, -60, None)],
            Some(100.0),
            "seen",
        ),
        (vec![seen(-10, 10.0, -60, None), seen(40, 20.0, -60, None)], None, "its beginning is not known"),
        (vec![seen(-10, 10.0, -60, None), seen(40, 10.0, -60, Some(30))], Some(90.0), "told, and not before"),
        (vec![seen(-10, 10.0, -60, Some(-20)), seen(40, 20.0, -60, Some(40))], None, "one was before"),
        (
            vec![seen(-60, 10.0, -60, None), seen(-40, 20.0, -60, None), seen(40, 30.0, -60, None)],
            None,
            "last year",
        ),
        (vec![seen(-60, 0.0, -60, None), seen(-40, 20.0, -60, None)], None, "paying at all is no expansion"),
        (
            vec![seen(-60, 9.0, -60, None), seen(1, 0.0, -60, None), seen(2, 10.0, -60, None)],
            None,
            "it came back",
        ),
        (vec![seen(10, 9.0, 10, None), seen(20, 10.0, 30, None)], None, "before it signed up"),
        (vec![seen(400, 10.0, 399, None), seen(410, 20.0, 399, None)], None, "after the period"),
    ] {
        assert_eq!(year(&story).time_to_expand.median_days, want, "{why}");
    }
}

#[test]
fn times_to_expand_have_a_median_and_a_mean() {
    let mut story = Vec::new();
    for (account, days) in [("a", 30), ("b", 60), ("c", 210)] {
        let profile = |at: i64, mrr| Profile { signed_up_at: Some(day(0)), ..profile(day(at), mrr) };
        story.extend([told(account, profile(0, 10.0)), told(account, profile(days, 20.0))]);
    }
    let want = TimeToExpand { accounts: 3, median_days: Some(60.0), mean_days: Some(100.0) };
    assert_eq!(year(&story).time_to_expand, want);
}

#[test]
fn health_is_compared_before_and_90_days_after_an_expansion() {
    let seen = |account, at: i64, mrr, health| {
        told(account, Profile { health_score: health, ..profile(day(at), mrr) })
    };
    let story = [
        seen("a", -10, 100.0, Some(60.0)),
        seen("a", 9, 100.0, Some(70.0)),
        seen("a", 10, 120.0, Some(99.0)),
        seen("a", 50, 120.0, Some(80.0)),
        seen("a", 101, 120.0, Some(20.0)),
        seen("b", -10, 100.0, Some(50.0)),
        seen("b", 10, 120.0, Some(40.0)),
        // Health was not told.
        seen("c", -10, 100.0, None),
        seen("c", 10, 120.0, Some(40.0)),
        // 90 days are not over.
        seen("d", -10, 100.0, Some(50.0)),
        seen("d", 300, 120.0, Some(50.0)),
    ];
    let health = year(&story).health;
    assert_eq!((health.expansions, health.pending, health.without_score), (2, 1, 1));
    assert_eq!((health.mean_before, health.mean_after, health.change), (Some(60.0), Some(60.0), Some(0.0)));
}
