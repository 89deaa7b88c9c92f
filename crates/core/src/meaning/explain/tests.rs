//! The sentences, on one play: seats at 90 % with three jobs posted in a department.

use std::sync::Arc;

use super::{PlayExplanation, Verdict, explain, explain_state};
use crate::event::{Activity, Fact, Key, Kind, Outcome, Profile, ProfileField, Stage, Value};
use crate::expr::{Comparison, EventField, Expr};
use crate::meaning::account::{Account, Bounds};
use crate::meaning::fixtures;
use crate::rules::{
    Calendar, Detector, Family, Guide, Motion, Play, Route, Rules, Scoring, Source, Span, Test, Urgency,
    defaults,
};
use crate::time::{DAY_MS, HOUR_MS, Millis, parse_rfc3339, start_of};

/// Noon of a day of March 2026.
fn march(day: i64) -> Millis {
    start_of(crate::time::day_of(parse_rfc3339("2026-03-01T00:00:00Z").unwrap()) + day - 1) + 12 * HOUR_MS
}

fn detector(name: &str, family: Family, kind: Kind, filter: Option<Expr>, test: Test) -> Detector {
    Detector {
        name: name.into(),
        family,
        urgency: Urgency::Medium,
        source: Source::Events { kind, filter, test },
    }
}

fn number(field: ProfileField, op: Comparison, value: f64) -> Expr {
    Expr::Compare(op, Box::new(Expr::Profile(field)), Box::new(Expr::Number(value)))
}

fn rules() -> Rules {
    let department = Expr::Event("department".into(), EventField::Key(Key::Field(2)));
    let buyer = Expr::In(Box::new(department), Box::new(Expr::Profile(ProfileField::BuyerDepartments)));
    let distinct = Test::Distinct {
        key: Key::Field(0),
        at_least: 3,
        within_ms: 30 * DAY_MS,
        group_by: Some(Key::Field(2)),
    };
    let age = Expr::DaysSince(Box::new(Expr::Profile(ProfileField::FirstValueAt)));
    let detectors = vec![
        detector("hires", Family::Business, Kind::JobPosted, Some(buyer), distinct),
        detector("layoffs", Family::Business, Kind::LayoffAnnounced, None, Test::Match),
        detector("seats", Family::Product, Kind::SeatSnapshot, None, Test::Ratio { at_least: 0.9 }),
    ];
    let play = Play {
        name: "more-seats".into(),
        motion: Motion::Seat,
        product: vec![2],
        business: vec![0],
        boost: Vec::new(),
        unless: vec![1],
        unless_within_ms: defaults::UNLESS_WITHIN_MS,
        window: defaults::WINDOW,
        gate: Expr::And(vec![
            number(ProfileField::HealthScore, Comparison::Greater, 60.0),
            Expr::Compare(Comparison::AtLeast, Box::new(age), Box::new(Expr::Number(90.0))),
        ]),
        cooldown_ms: defaults::COOLDOWN_MS,
        dismissed_for_ms: defaults::DISMISSED_FOR_MS,
        in_progress_for_ms: defaults::IN_PROGRESS_FOR_MS,
        after_expansion_ms: defaults::AFTER_EXPANSION_MS,
        act_within: Span::BusinessDays(5),
        value: None,
        route: Route::default(),
        guide: Guide::default(),
    };
    Rules::new("test", detectors, vec![play], Scoring::default(), Calendar::default())
}

fn activity(at: Millis, id: &str, kind: Kind, values: Vec<Value>) -> Fact {
    Fact::Activity(Arc::new(Activity { at, id: id.into(), kind, values: values.into() }))
}

fn seats(day: i64, used: f64) -> Fact {
    activity(march(day), "s", Kind::SeatSnapshot, vec![Value::Number(used), Value::Number(50.0)])
}

fn job(day: i64, id: &str, department: &str) -> Fact {
    let text = |text: &str| Value::Text(text.into());
    activity(march(day), id, Kind::JobPosted, vec![text(id), text("Engineer"), text(department)])
}

fn jobs(day: i64, count: usize) -> Vec<Fact> {
    ["a", "b", "c"][..count].iter().map(|id| job(day, id, "engineering")).collect()
}

fn layoff(day: i64) -> Fact {
    activity(march(day), "l", Kind::LayoffAnnounced, vec![Value::Absent, Value::Absent])
}

fn profile(day: i64, health: Option<f64>) -> Fact {
    let buyer_departments = vec!["engineering".into()];
    let profile = Profile { buyer_departments, health_score: health, ..fixtures::profile(march(day)) };
    Fact::Profile(Arc::new(profile))
}

fn outcome(day: i64, stage: Stage, until: Option<Millis>) -> Fact {
    let (amount, cost, reason, actor) = (None, None, None, None);
    let (id, opportunity, play) = ("o".into(), "some".into(), "more-seats".into());
    Fact::Outcome(Arc::new(Outcome {
        at: march(day),
        id,
        opportunity,
        play,
        stage,
        until,
        amount,
        cost,
        reason,
        actor,
    }))
}

fn on(day: i64, parts: &[&[Fact]]) -> PlayExplanation {
    let explanations = explain(&rules(), "acme", &parts.concat(), march(day), march(day));
    explanations.into_iter().next().unwrap()
}

#[test]
fn the_nearest_miss_is_said_in_a_sentence() {
    let healthy = profile(-50, Some(85.0));
    let full = [healthy.clone(), seats(10, 46.0)];
    for (day, parts, want) in [
        (
            10,
            vec![&full[..], &jobs(9, 2)],
            "one job posting short: 2 jobs posted in engineering in 30 days, needs 3 (hires)",
        ),
        (
            10,
            vec![&full, &jobs(1, 2)],
            "one job posting short: 2 jobs posted in engineering in 30 days, needs 3 (hires)",
        ),
        (
            10,
            vec![&full, &jobs(1, 3)],
            "one job posting in the window short: 3 jobs posted in engineering in 30 days, the latest on 1 March 2026 (hires)",
        ),
        (10, vec![&full], "no business signal within 5 days"),
        (
            10,
            vec![&full, &[job(9, "a", "finance")]],
            "job_posted on 9 March 2026 does not match: event.department \"finance\", not in profile.buyer_departments [\"engineering\"] (hires)",
        ),
        (
            10,
            vec![&[healthy.clone(), seats(10, 44.0)], &jobs(9, 3)],
            "one seat short: 44 of 50 seats in use (88 %), needs 90 % (seats)",
        ),
        (
            10,
            vec![&[healthy.clone(), seats(1, 46.0)], &jobs(10, 3)],
            "signals 9 days apart, window 5 days: seats on 1 March 2026, hires on 10 March 2026",
        ),
        (
            10,
            vec![&[profile(1, Some(55.0)), seats(10, 46.0)], &jobs(9, 3)],
            "blocked by profile.health_score 55, needs > 60",
        ),
        (
            10,
            vec![&[profile(1, None), seats(10, 46.0)], &jobs(9, 3)],
            "blocked by profile.health_score absent, needs > 60",
        ),
        (
            10,
            vec![&full, &jobs(9, 3), &[layoff(2)]],
            "blocked by layoffs on 2 March 2026 (Announced layoffs), until 16 April 2026",
        ),
        (12, vec![&full, &jobs(9, 3), &[seats(12, 47.0)]], "in cooldown until 9 April 2026"),
        (10, vec![&full, &jobs(9, 3), &[outcome(8, Stage::Dismissed, None)]], "dismissed until 6 June 2026"),
        (
            10,
            vec![&full, &jobs(9, 3), &[outcome(8, Stage::Snoozed, Some(march(20)))]],
            "snoozed until 20 March 2026",
        ),
        (10, vec![&full, &jobs(9, 3), &[outcome(8, Stage::Proposal, None)]], "in progress until 6 June 2026"),
        (
            10,
            vec![&full, &jobs(9, 3), &[outcome(8, Stage::ClosedWon, None)]],
            "held back after an expansion until 6 June 2026",
        ),
        (10, vec![&[seats(10, 46.0)], &jobs(9, 3)], "no profile yet: without one no play is active"),
        (
            10,
            vec![&[profile(1, Some(55.0)), seats(10, 46.0)]],
            "2 conditions: no business signal within 5 days; blocked by profile.health_score 55, needs > 60",
        ),
        (
            11,
            vec![&full, &jobs(9, 3), &[outcome(8, Stage::Snoozed, Some(march(10) + 1))]],
            "every condition holds: it opens at the next signal or profile",
        ),
    ] {
        assert_eq!(on(day, &parts).nearest_miss.as_deref(), Some(want));
        // A state does not remember readings that were far from a signal against their own limit.
        let want = if want.contains("44 of 50") { "no product signal within 5 days" } else { want };
        assert_eq!(of_state(day, &parts).nearest_miss.as_deref(), Some(want), "of a state");
    }
}

/// The same of an account's state, of which all is forgotten that no late event can touch.
fn of_state(day: i64, parts: &[&[Fact]]) -> PlayExplanation {
    let (rules, mut account) = (rules(), Account::new("acme"));
    parts.concat().into_iter().for_each(|fact| account.arrive(&rules, fact));
    account.settle(&rules, march(day));
    let [near, far] = [march(day - 1), march(day - 14)];
    account.prune(&rules, &Bounds::floor(far, [near, far, far, far, far]), true);
    explain_state(&rules, &account, march(day), march(day)).unwrap().remove(0)
}

#[test]
fn the_verdict_follows_the_opening() {
    let facts = [vec![profile(-50, Some(85.0)), seats(10, 46.0)], jobs(9, 3)].concat();
    for (day, want) in [
        (9, Verdict::NotOpen { last_opened_at: None }),
        (10, Verdict::Opened),
        (15, Verdict::Open { opened_at: march(10) }),
        (16, Verdict::NotOpen { last_opened_at: Some(march(10)) }),
    ] {
        assert_eq!(on(day, &[&facts]).verdict, want, "{day} March");
    }
    assert_eq!(on(10, &[&facts]).nearest_miss, None);
}

#[test]
fn a_young_account_learns_from_when_on_it_is_old_enough() {
    let Fact::Profile(young) = profile(1, Some(85.0)) else {
        return;
    };
    let young = Profile { first_value_at: Some(march(1)), ..Profile::clone(&young) };
    let facts = [vec![Fact::Profile(Arc::new(young)), seats(10, 46.0)], jobs(9, 3)].concat();
    let want = "blocked by days_since(profile.first_value_at) 9, needs >= 90, as from 30 May 2026";
    assert_eq!(on(10, &[&facts]).nearest_miss.as_deref(), Some(want));
}

#[test]
fn a_gate_is_told_to_hold_from_a_profile_or_a_midnight_on() {
    let Fact::Profile(healthy) = profile(1, Some(85.0)) else {
        return;
    };
    // Old enough from noon of 4 March on, which is seen at the next midnight.
    let first_value_at = Some(march(4 - 90));
    let healthy = |day| Profile { at: march(day), first_value_at, ..Profile::clone(&healthy) };
    let facts = [Fact::Profile(healthy(1).into()), profile(8, Some(60.0)), Fact::Profile(healthy(10).into())];
    let (rules, mut account) = (rules(), Account::new("acme"));
    assert_eq!(account.gates(&rules, march(12))[0].held, [], "without a profile none holds");
    facts.into_iter().for_each(|fact| account.arrive(&rules, fact));
    account.settle(&rules, march(12));
    let told = account.gates(&rules, march(12));
    let midnight = |day: i64| march(day) - 12 * HOUR_MS;
    assert_eq!((told.len(), &*told[0].plays), (1, &[0][..]));
    assert_eq!(told[0].gate, rules.plays[0].gate.to_string());
    assert_eq!(told[0].held, [(midnight(5), march(8)), (march(10), march(12))]);
    assert_eq!(account.gates(&rules, march(0))[0].held, [], "before all");
    let late = account.gates(&rules, march(12) + 1_000 * DAY_MS);
    assert_eq!(late[0].held, [(midnight(12) + 600 * DAY_MS, march(12) + 1_000 * DAY_MS)], "of 400 days");
}
