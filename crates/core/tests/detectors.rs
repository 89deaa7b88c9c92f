//! Each detector kind by a table: events in order, and which of them are signals (SPEC 3.3).

use springtide_core::event::{Activity, Key, Kind, Value};
use springtide_core::expr::Env;
use springtide_core::meaning::detect::{Step, Watch};
use springtide_core::meaning::fixtures::profile;
use springtide_core::rules::{Source, Test};
use springtide_core::time::{DAY_MS, HOUR_MS, Millis};

/// An event in a table: day, hour, and its fields' values.
type Row<'a> = (i64, i64, &'a [Value]);

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

fn number(value: f64) -> Value {
    Value::Number(value)
}

/// Asserts which rows, by position, are signals.
fn check(kind: Kind, test: Test, rows: &[Row<'_>], want: &[usize]) {
    let mut watch = Watch::new(&test);
    let source = Source::Events { kind, filter: None, test };
    let known = profile(0);
    let mut found = Vec::new();
    for (position, (day, hour, values)) in rows.iter().enumerate() {
        let at: Millis = day * DAY_MS + hour * HOUR_MS;
        let event = Activity { at, id: format!("e{position}").into(), kind, values: values.to_vec().into() };
        let env = Env { account: "acme", event: Some(&event), profile: Some(&known), now: at };
        if let Step::Signal(_) = watch.step(&source, &event, &env) {
            found.push(position);
        }
    }
    assert_eq!(found, want, "{source:?} over {rows:?}");
}

#[test]
fn match_signals_on_every_event() {
    let post = [Value::Absent, Value::Absent];
    check(Kind::FundingRaised, Test::Match, &[(0, 0, &post), (0, 0, &post)], &[0, 1]);
}

#[test]
fn ratio_compares_with_the_own_limit_or_the_profiles() {
    let test = || Test::Ratio { at_least: 0.9 };
    let own = |used: f64, limit: f64| [number(used), number(limit)];
    let licensed = |used: f64| [number(used), Value::Absent]; // the profile has 50
    check(Kind::SeatSnapshot, test(), &[(0, 0, &own(89.0, 100.0)), (0, 1, &own(90.0, 100.0))], &[1]);
    check(Kind::SeatSnapshot, test(), &[(0, 0, &licensed(44.0)), (0, 1, &licensed(45.0))], &[1]);
    check(Kind::SeatSnapshot, test(), &[(0, 0, &own(5.0, 0.0))], &[]);
    let unknown = [text("calls"), number(5.0), Value::Absent];
    check(Kind::MeterReading, test(), &[(0, 0, &unknown)], &[]);
}

#[test]
fn distinct_counts_in_an_inclusive_trailing_window() {
    let test = |group_by| Test::Distinct { key: Key::Field(0), at_least: 2, within_ms: 2 * DAY_MS, group_by };
    let (ann, bob) = ([text("ann")], [text("bob")]);
    check(Kind::UserInvited, test(None), &[(0, 0, &ann), (0, 1, &ann), (0, 2, &bob), (0, 3, &bob)], &[2, 3]);
    check(Kind::UserInvited, test(None), &[(0, 0, &ann), (2, 0, &bob)], &[1]);
    check(Kind::UserInvited, test(None), &[(0, 0, &ann), (2, 1, &bob)], &[]);
    let post = |id: &str, department: &str| [text(id), text("Engineer"), text(department)];
    let rows: &[Row<'_>] =
        &[(0, 0, &post("1", "sales")), (0, 1, &post("2", "support")), (0, 2, &post("3", "sales"))];
    check(Kind::JobPosted, test(Some(Key::Field(2))), rows, &[2]);
}

#[test]
fn a_null_group_is_a_group_of_its_own() {
    let test =
        Test::Distinct { key: Key::EventId, at_least: 2, within_ms: DAY_MS, group_by: Some(Key::Field(1)) };
    let (by, nobody) = ([text("sso"), text("ann")], [text("sso"), Value::Absent]);
    check(Kind::FeatureUsed, test, &[(0, 0, &nobody), (0, 1, &by), (0, 2, &nobody)], &[2]);
}

#[test]
fn an_event_with_a_null_key_does_not_match() {
    let test = Test::First { key: Key::Field(1) };
    check(
        Kind::FeatureUsed,
        test,
        &[(0, 0, &[text("sso"), Value::Absent]), (0, 1, &[text("sso"), text("ann")])],
        &[1],
    );
}

#[test]
fn spike_signals_once_a_day_above_the_days_before_that_have_any() {
    let test =
        || Test::Spike { key: Key::Field(0), factor: 1.5, baseline_days: 28, min_days: 2, min_count: 3.0 };
    let (a, b, c, d) = ([text("a")], [text("b")], [text("c")], [text("d")]);
    let two_days: &[Row<'_>] = &[(0, 0, &a), (0, 1, &b), (3, 0, &a), (3, 1, &b)];
    check(
        Kind::UserActivity,
        test(),
        &[two_days, &[(5, 0, &a), (5, 1, &a), (5, 2, &b), (5, 3, &c), (5, 4, &d)]].concat(),
        &[7],
    );
    check(Kind::UserActivity, test(), &[&two_days[..2], &[(5, 0, &a), (5, 1, &b), (5, 2, &c)]].concat(), &[]);
    // 28 days before the 32nd reach back to the 4th: too few days have any.
    check(Kind::UserActivity, test(), &[two_days, &[(32, 0, &a), (32, 1, &b), (32, 2, &c)]].concat(), &[]);
}

#[test]
fn trend_wants_growth_week_over_week_from_the_last_reading_of_each_day() {
    let test = || Test::Trend { growth: 0.10, periods: 2 };
    let read = |used: f64| [text("calls"), number(used), Value::Absent];
    let (r100, r110, r121, r120) = (read(100.0), read(110.0), read(121.0), read(120.0));
    check(Kind::MeterReading, test(), &[(0, 0, &r100), (7, 0, &r110), (14, 0, &r121), (14, 1, &r121)], &[2]);
    check(Kind::MeterReading, test(), &[(0, 0, &r100), (7, 0, &r110), (14, 0, &r120), (14, 1, &r121)], &[3]);
    check(Kind::MeterReading, test(), &[(0, 0, &r100), (7, 0, &r100), (7, 5, &r110), (14, 0, &r121)], &[3]);
    check(Kind::MeterReading, test(), &[(0, 0, &r100), (8, 0, &r110), (14, 0, &r121)], &[]);
}

#[test]
fn first_signals_once_a_value() {
    let (sso, api) = ([text("sso"), Value::Absent], [text("api"), Value::Absent]);
    let test = Test::First { key: Key::Field(0) };
    check(Kind::FeatureUsed, test, &[(0, 0, &sso), (0, 1, &sso), (9, 0, &api), (99, 0, &sso)], &[0, 2]);
}

#[test]
fn regulars_counts_users_active_on_enough_of_the_last_days() {
    let test = || Test::Regulars { key: Key::Field(0), at_least: 1, active_days: 3, within_days: 4 };
    let (a, b) = ([text("a")], [text("b")]);
    check(Kind::UserActivity, test(), &[(0, 0, &a), (1, 0, &a), (3, 0, &a), (3, 1, &a)], &[2]);
    check(Kind::UserActivity, test(), &[(0, 0, &a), (1, 0, &a), (4, 0, &a)], &[]);
    check(Kind::UserActivity, test(), &[(0, 0, &a), (1, 0, &b), (2, 0, &a)], &[]);
    // Still a regular the day after, seen through another's event: the window has days 1 to 4.
    check(Kind::UserActivity, test(), &[(1, 0, &a), (2, 0, &a), (3, 0, &a), (4, 0, &b)], &[2, 3]);
}
