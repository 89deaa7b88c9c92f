//! NRR, GRR, expansion, cohorts, shares of new MRR.

use springtide_core::event::{Profile, Segment};
use springtide_core::time::DAY_MS;
use springtide_report::{Report, Scope, months_after};

use crate::story::{Told, day, new_year, pays, profile, report_on, the_year, told};

fn year(told: &[Told]) -> Report {
    report_on(told, &the_year())
}

fn signed_up(account: &str, at: i64, signed_up_at: i64, mrr: f64) -> Told {
    told(account, Profile { signed_up_at: Some(day(signed_up_at)), ..profile(day(at), mrr) })
}

/// 1,000 at the start, +300, −50, −50.
fn golden() -> Vec<Told> {
    vec![
        pays("grows", day(-100), 400.0),
        pays("grows", day(50), 500.0),
        pays("grows", day(150), 700.0),
        pays("shrinks", day(-100), 200.0),
        pays("shrinks", day(60), 150.0),
        pays("leaves", day(-100), 50.0),
        pays("leaves", day(70), 0.0),
        pays("stays", day(-100), 350.0),
    ]
}

#[test]
fn of_1000_with_300_more_50_less_and_50_lost_nrr_is_120_and_grr_90() {
    let report = year(&golden());
    let total = &report.revenue[0].total;
    assert_eq!((total.start_mrr, total.expansion_mrr), (1_000.0, 300.0));
    assert_eq!((total.contraction_mrr, total.churned_mrr), (50.0, 50.0));
    assert_eq!((total.nrr_percent, total.grr_percent), (Some(120.0), Some(90.0)));
    assert_eq!(total.expansion_rate_percent, Some(30.0));
    assert_eq!(report.revenue[0].end_mrr, 1_200.0);
}

#[test]
fn so_it_is_of_one_account_that_goes_up_by_300_and_down_twice_by_50() {
    let story = [1_000.0, 1_300.0, 1_250.0, 1_200.0].into_iter().zip([-10, 50, 100, 150]);
    let story: Vec<Told> = story.map(|(mrr, at)| pays("acme", day(at), mrr)).collect();
    let total = &year(&story).revenue[0].total;
    assert_eq!((total.nrr_percent, total.grr_percent), (Some(120.0), Some(90.0)));
    assert_eq!((total.expansion_mrr, total.contraction_mrr), (300.0, 100.0));
}

#[test]
fn thirty_points_between_nrr_and_grr_are_warned_of() {
    let report = year(&golden());
    let all: Vec<_> = report.warnings.iter().map(|warning| (warning.by, &*warning.of)).collect();
    // There is one segment and one cohort, of which the total says all.
    assert_eq!(all, [("total", "all")]);
    let words = &report.warnings[0].words;
    assert!(words.contains("exceeds GRR (90.0 %) by 30 points: one account of 4 brings all"), "{words}");
    let mut calmer = golden();
    calmer.push(pays("also stays", day(-100), 10.0));
    assert_eq!(year(&calmer).warnings, []);
}

#[test]
fn an_account_stays_in_the_segment_that_it_had_when_the_period_began() {
    let of = |account, at, mrr, segment| told(account, Profile { segment, ..profile(day(at), mrr) });
    let report = year(&[
        of("grows", -10, 100.0, Segment::Smb),
        of("grows", 10, 300.0, Segment::MidMarket),
        of("large", -10, 1_000.0, Segment::Enterprise),
    ]);
    let rows: Vec<_> =
        report.revenue[0].segments.iter().map(|row| (row.segment, row.retention.nrr_percent)).collect();
    assert_eq!(rows, [("enterprise", Some(100.0)), ("smb", Some(300.0))]);
    let all: Vec<_> = report.warnings.iter().map(|warning| (warning.by, &*warning.of)).collect();
    assert_eq!(all, [("segment", "smb")]);
    let small = Scope { segments: vec![Segment::Smb], ..the_year() };
    let of_small = report_on(
        &[of("grows", -10, 100.0, Segment::Smb), of("large", -10, 1.0, Segment::Enterprise)],
        &small,
    );
    assert_eq!((of_small.accounts, of_small.revenue[0].total.start_mrr), (1, 100.0));
}

#[test]
fn cohorts_are_quarters_of_signing_up() {
    let unknown = Profile { signed_up_at: None, ..profile(day(-10), 100.0) };
    let story = [
        signed_up("a", -10, -10, 100.0),
        signed_up("a", 10, -10, 150.0),
        signed_up("b", -10, -200, 100.0),
        signed_up("b", 10, -200, 0.0),
        told("c", unknown),
    ];
    let cohorts = &year(&story).revenue[0].cohorts;
    let rows: Vec<_> = cohorts
        .iter()
        .map(|row| (&*row.cohort, row.retention.nrr_percent, row.retention.grr_percent))
        .collect();
    assert_eq!(
        rows,
        [
            ("2024-Q2", Some(0.0), Some(0.0)),
            ("2024-Q4", Some(150.0), Some(100.0)),
            ("unknown", Some(100.0), Some(100.0)),
        ]
    );
    assert_eq!(year(&story).warnings[0].of, "2024-Q4");
}

#[test]
fn growth_after_6_and_12_months_is_of_what_accounts_first_paid() {
    let half = (months_after(day(-360), 6) - new_year()) / DAY_MS;
    let story = [
        // Free at first; grows within six months, and again.
        signed_up("a", -360, -360, 0.0),
        signed_up("a", -300, -360, 100.0),
        signed_up("a", half - 1, -360, 150.0),
        signed_up("a", half + 2, -360, 120.0),
        // Shrinks.
        signed_up("b", -350, -360, 100.0),
        signed_up("b", half - 1, -360, 10.0),
        // Its beginning is not known.
        signed_up("c", -300, -360, 100.0),
        signed_up("c", -250, -360, 900.0),
        // Too young for the 12 months.
        signed_up("d", 100, 100, 200.0),
        signed_up("d", 120, 100, 260.0),
    ];
    let cohorts = &year(&story).revenue[0].cohorts;
    let rows: Vec<_> = cohorts
        .iter()
        .map(|row| {
            let growth = [&row.after_6_months, &row.after_12_months];
            (
                &*row.cohort,
                growth.map(|growth| (growth.accounts, growth.landing_mrr, growth.expansion_percent)),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("2024-Q1", [(2, 200.0, Some(25.0)), (2, 200.0, Some(10.0))]),
            ("2025-Q2", [(1, 200.0, Some(30.0)), (0, 0.0, None)]),
        ]
    );
}

#[test]
fn new_mrr_is_shared_by_expansion_new_accounts_and_those_that_came_back() {
    let story = [
        pays("grows", day(-10), 100.0),
        pays("grows", day(10), 160.0),
        signed_up("new", 20, 20, 50.0),
        signed_up("new", 80, 20, 30.0),
        // Had left before the period.
        pays("back", day(-90), 500.0),
        pays("back", day(-40), 0.0),
        pays("back", day(40), 10.0),
        // A trial that had not paid yet.
        pays("trial", day(-20), 0.0),
        pays("trial", day(20), 100.0),
        // Came and went: it is in nothing.
        signed_up("brief", 20, 20, 70.0),
        signed_up("brief", 40, 20, 0.0),
        // Left and came back within the period: it stayed.
        pays("pause", day(-10), 100.0),
        pays("pause", day(100), 0.0),
        pays("pause", day(200), 100.0),
    ];
    let revenue = &year(&story).revenue[0];
    assert_eq!((revenue.new_mrr, revenue.new_accounts), (130.0, 2));
    assert_eq!((revenue.reactivated_mrr, revenue.reactivated_accounts), (10.0, 1));
    assert_eq!((revenue.total.expansion_mrr, revenue.total.churned_accounts), (60.0, 0));
    assert_eq!((revenue.total.accounts, revenue.total.grr_percent), (2, Some(100.0)));
    let shares =
        [revenue.expansion_share_percent, revenue.new_share_percent, revenue.reactivated_share_percent];
    assert_eq!(shares, [Some(30.0), Some(65.0), Some(5.0)]);
    assert_eq!(revenue.end_mrr, 400.0);
}

#[test]
fn who_is_first_seen_within_the_period_is_new_only_if_it_signed_up_then() {
    let nobody_knows = Profile { signed_up_at: None, ..profile(day(30), 40.0) };
    let story = [
        pays("old", day(30), 100.0),
        pays("old", day(60), 130.0),
        signed_up("new", 30, 30, 10.0),
        told("unknown", nobody_knows),
    ];
    let report = year(&story);
    let revenue = &report.revenue[0];
    assert_eq!((revenue.total.start_mrr, revenue.total.nrr_percent), (100.0, Some(130.0)));
    assert_eq!((revenue.new_mrr, revenue.new_accounts), (50.0, 2));
    assert_eq!((report.gaps.first_seen_within, report.gaps.without_sign_up), (1, 1));
}

#[test]
fn currencies_are_never_added() {
    let dollars =
        |account, at, mrr| told(account, Profile { currency: "USD".into(), ..profile(day(at), mrr) });
    let story = [
        pays("a", day(-10), 100.0),
        dollars("b", -10, 1_000.0),
        dollars("b", 10, 1_500.0),
        // It pays in dollars from now on: neither growth nor loss.
        pays("c", day(-10), 100.0),
        dollars("c", 10, 110.0),
        // Nothing has no currency.
        pays("d", day(-10), 60.0),
        dollars("d", 10, 0.0),
    ];
    let report = year(&story);
    let rows: Vec<_> = report
        .revenue
        .iter()
        .map(|revenue| {
            (&*revenue.currency, revenue.total.start_mrr, revenue.end_mrr, revenue.total.nrr_percent)
        })
        .collect();
    assert_eq!(rows, [("EUR", 160.0, 100.0, Some(62.5)), ("USD", 1_000.0, 1_500.0, Some(150.0))]);
    assert_eq!(report.gaps.currency_changed, 1);
}

#[test]
fn the_bounds_of_the_period_are_its_own_and_the_next_ones() {
    let at = |account: &str, at, mrr| pays(account, at, mrr);
    let scope = the_year();
    let story = [
        at("a", scope.from - 1, 100.0),
        at("a", scope.from, 110.0),
        at("a", scope.to - 1, 120.0),
        at("a", scope.to, 900.0),
    ];
    let total = &report_on(&story, &scope).revenue[0].total;
    assert_eq!((total.start_mrr, total.expansion_mrr), (100.0, 20.0));
}
