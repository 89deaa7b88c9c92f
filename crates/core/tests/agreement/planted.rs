//! Plants a mistake on one side and wants it found: a rule that the cases never reach could be wrong
//! unnoticed.
//!
//! The engine follows the pack, the fold a pack with one thing changed. Most changes are the smallest that can
//! be made, so finding them takes a case exactly at the bound.

use std::sync::Arc;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use springtide_core::event::{Fact, Key, Outcome, Profile};
use springtide_core::expr::{Comparison, Expr};
use springtide_core::meaning::account::{Account, Bounds};
use springtide_core::partition::Lateness;
use springtide_core::rules::{Detector, Play, Source, Span, Test};
use springtide_core::time::DAY_MS;

use crate::account::agrees;
use crate::cases::{Case, case, lateness};
use crate::packs::Pack;
use crate::partition::Bench;

/// Among how many cases a mistake must be found.
const WITHIN: usize = 40_000;

/// Whether a mistake is found; the cases are the same from run to run.
fn is_found(plant: impl Fn(&mut Pack) -> bool) -> bool {
    let mut runner = TestRunner::deterministic();
    let cases = case();
    (0..WITHIN).any(|_| {
        let case = cases.new_tree(&mut runner).unwrap().current();
        let mut planted = case.pack.clone();
        plant(&mut planted) && differs(&case, &planted)
    })
}

fn differs(case: &Case, planted: &Pack) -> bool {
    agrees(case, &case.pack.rules(), &planted.rules(), |fact| fact).is_err()
}

/// Whether a mistake in reading events is found.
fn is_misread(read: fn(Fact) -> Fact) -> bool {
    let mut runner = TestRunner::deterministic();
    let cases = case();
    (0..WITHIN).any(|_| {
        let case = cases.new_tree(&mut runner).unwrap().current();
        let rules = case.pack.rules();
        agrees(&case, &rules, &rules, read).is_err()
    })
}

fn profiles(fact: Fact, change: fn(&mut Profile)) -> Fact {
    match fact {
        Fact::Profile(mut profile) => {
            change(Arc::make_mut(&mut profile));
            Fact::Profile(profile)
        }
        other => other,
    }
}

fn outcomes(fact: Fact, change: fn(&mut Outcome)) -> Fact {
    match fact {
        Fact::Outcome(mut outcome) => {
            change(Arc::make_mut(&mut outcome));
            Fact::Outcome(outcome)
        }
        other => other,
    }
}

/// Names of ids, the other way round: ties break otherwise.
fn ids_reversed(fact: Fact) -> Fact {
    match fact {
        Fact::Activity(mut activity) => {
            let id = match &*activity.id {
                "a" => "d",
                "b" => "c",
                "c" => "b",
                _ => "a",
            };
            Arc::make_mut(&mut activity).id = id.into();
            Fact::Activity(activity)
        }
        other => other,
    }
}

/// Changes every detector that `change` applies to; false where there is none.
fn detectors(pack: &mut Pack, change: impl Fn(&mut Detector) -> bool) -> bool {
    pack.detectors.iter_mut().map(change).filter(|changed| *changed).count() > 0
}

fn tests(pack: &mut Pack, change: fn(&mut Test) -> bool) -> bool {
    detectors(pack, |detector| match &mut detector.source {
        Source::Events { test, .. } => change(test),
        Source::Timer { .. } => false,
    })
}

fn plays(pack: &mut Pack, change: fn(&mut Play) -> bool) -> bool {
    pack.plays.iter_mut().map(change).filter(|changed| *changed).count() > 0
}

/// A mistake in a detector's test where the pattern matches.
macro_rules! in_test {
    ($pattern:pat => $change:expr) => {
        |pack| {
            tests(pack, |test| {
                if let $pattern = test {
                    $change;
                    return true;
                }
                false
            })
        }
    };
}

/// A mistake in every play.
macro_rules! in_play {
    (|$play:ident| $change:expr) => {
        |pack| {
            plays(pack, |$play| {
                $change;
                true
            })
        }
    };
}

/// A table of mistakes by name, one test for each.
macro_rules! mistakes {
    ($($name:ident: $plant:expr;)*) => {
        $(#[test]
        fn $name() {
            assert!(is_found($plant), "no case among {WITHIN} reaches this");
        })*
    };
}

mistakes! {
    match_only_now_and_then: in_test!(test @ Test::Match => *test = Test::First { key: Key::EventId });
    ratio_above_instead_of_from: in_test!(Test::Ratio { at_least } => *at_least += 1e-9);
    ratio_a_little_below: in_test!(Test::Ratio { at_least } => *at_least -= 0.001);
    distinct_one_more: in_test!(Test::Distinct { at_least, .. } => *at_least += 1);
    distinct_window_open: in_test!(Test::Distinct { within_ms, .. } => *within_ms -= 1);
    distinct_window_too_long: in_test!(Test::Distinct { within_ms, .. } => *within_ms += 1);
    distinct_without_groups: in_test!(Test::Distinct { group_by: group_by @ Some(_), .. } => *group_by = None);
    spike_a_little_more: in_test!(Test::Spike { factor, .. } => *factor += 1e-9);
    spike_a_day_more: in_test!(Test::Spike { baseline_days, .. } => *baseline_days += 1);
    spike_a_day_less: in_test!(Test::Spike { baseline_days, .. } => *baseline_days -= 1);
    spike_after_one_more_day: in_test!(Test::Spike { min_days, .. } => *min_days += 1);
    spike_above_the_least_count: in_test!(Test::Spike { min_count, .. } => *min_count += 1e-9);
    trend_a_little_more: in_test!(Test::Trend { growth, .. } => *growth += 1e-6);
    trend_a_little_less: in_test!(Test::Trend { growth, .. } => *growth -= 0.05);
    trend_one_week_more: in_test!(Test::Trend { periods, .. } => *periods += 1);
    first_means_every: in_test!(test @ Test::First { .. } => *test = Test::Match);
    regulars_one_more: in_test!(Test::Regulars { at_least, .. } => *at_least += 1);
    regulars_a_day_more: in_test!(Test::Regulars { active_days, .. } => *active_days += 1);
    regulars_a_longer_window: in_test!(Test::Regulars { within_days, .. } => *within_days += 1);
    regulars_a_shorter_window: in_test!(Test::Regulars { within_days, .. } => *within_days -= 1);
    before_a_day_earlier: |pack| leads(pack, DAY_MS);
    before_a_millisecond_later: |pack| leads(pack, -1);
    where_over_the_event_ignored: |pack| unfiltered(pack, false);
    where_over_the_profile_ignored: |pack| unfiltered(pack, true);
    window_open: |pack| windows(pack, |window| Span::Time(window - 1));
    window_too_long: |pack| windows(pack, |window| Span::Time(window + 1));
    business_days_one_more: |pack| business_windows(pack, |days| Span::BusinessDays(days + 1));
    business_days_as_hours: |pack| business_windows(pack, |days| Span::Time(days * DAY_MS));
    holidays_ignored: |pack| {
        pack.holidays.clear();
        true
    };
    product_side_ignored: in_play!(|play| play.product.clear());
    business_side_ignored: in_play!(|play| play.business.clear());
    boost_ignored: in_play!(|play| play.boost.clear());
    unless_ignored: in_play!(|play| play.unless.clear());
    unless_open: in_play!(|play| play.unless_within_ms -= 1);
    unless_too_long: in_play!(|play| play.unless_within_ms += 1);
    gate_ignored: in_play!(|play| play.gate = Expr::Bool(true));
    gate_compares_the_other_way: |pack| plays(pack, |play| strict(&mut play.gate));
    cooldown_closed: in_play!(|play| play.cooldown_ms += 1);
    cooldown_too_short: in_play!(|play| play.cooldown_ms -= 1);
    dismissal_closed: in_play!(|play| play.dismissed_for_ms += 1);
    dismissal_too_short: in_play!(|play| play.dismissed_for_ms -= 1);
    in_progress_closed: in_play!(|play| play.in_progress_for_ms += 1);
    in_progress_too_short: in_play!(|play| play.in_progress_for_ms -= 1);
    after_expansion_open: in_play!(|play| play.after_expansion_ms -= 1);
    after_expansion_too_long: in_play!(|play| play.after_expansion_ms += 1);
    act_by_a_day_later: in_play!(|play| {
        play.act_within = match play.act_within {
            Span::Time(ms) => Span::Time(ms + DAY_MS),
            Span::BusinessDays(days) => Span::BusinessDays(days + 1),
        }
    });
    route_over_value_ignored: in_play!(|play| play.route.over_value = None);
    route_by_segment_ignored: in_play!(|play| play.route.by_segment.clear());
}

/// The same for mistakes in reading events.
macro_rules! misreadings {
    ($($name:ident: $read:expr;)*) => {
        $(#[test]
        fn $name() {
            assert!(is_misread($read), "no case among {WITHIN} reaches this");
        })*
    };
}

misreadings! {
    ties_broken_the_other_way: ids_reversed;
    profile_a_millisecond_late: |fact| profiles(fact, |profile| profile.at += 1);
    renewal_ignored: |fact| profiles(fact, |profile| profile.renewal_at = None);
    renewal_a_millisecond_late: |fact| profiles(fact, |profile| profile.renewal_at = profile.renewal_at.map(|at| at + 1));
    expansion_ignored: |fact| profiles(fact, |profile| profile.last_expansion_at = None);
    seats_of_the_profile_ignored: |fact| profiles(fact, |profile| profile.seats_licensed = None);
    limits_of_the_profile_ignored: |fact| profiles(fact, |profile| profile.limits.clear());
    champion_ignored: |fact| profiles(fact, |profile| profile.champion = None);
    owners_ignored: |fact| profiles(fact, |profile| profile.owners.clear());
    outcome_a_millisecond_late: |fact| outcomes(fact, |outcome| outcome.at += 1);
    snooze_a_millisecond_long: |fact| outcomes(fact, |outcome| outcome.until = outcome.until.map(|at| at + 1));
    snooze_a_millisecond_short: |fact| outcomes(fact, |outcome| outcome.until = outcome.until.map(|at| at - 1));
    outcome_of_any_play: |fact| outcomes(fact, |outcome| outcome.play = "p0".into());
}

/// Whether the case shows that an account forgets too much, where it is told that time came this much further.
fn forgets_too_much(case: &Case, lateness: Lateness, ahead: i64) -> bool {
    let mut bench = Bench::new(case, lateness, None);
    let mut account = Account::new("acme");
    case.arrivals.iter().any(|arrival| {
        if bench.record(arrival) {
            account.arrive(&bench.rules, arrival.fact.clone());
        }
        let emitted = account.settle(&bench.rules, bench.clock());
        let Bounds { horizon, topics } = bench.partition.progress().bounds();
        let further = |at: i64| if at == i64::MIN { at } else { at + ahead };
        let bounds = Bounds { horizon: further(horizon), topics: topics.map(further) };
        account.prune(&bench.rules, &bounds, true);
        bench.changelog.take(emitted).is_err() || bench.agrees().is_err()
    })
}

#[test]
fn forgetting_a_day_too_soon_is_found() {
    let mut runner = TestRunner::deterministic();
    let cases = (case(), lateness());
    let mut any = |ahead, among: usize| {
        (0..among).any(|_| {
            let (case, lateness) = cases.new_tree(&mut runner).unwrap().current();
            forgets_too_much(&case, lateness, ahead)
        })
    };
    assert!(any(DAY_MS, WITHIN), "no case among {WITHIN} needs the last day");
    assert!(!any(0, 500), "what is found is not the day");
}

fn leads(pack: &mut Pack, by: i64) -> bool {
    detectors(pack, |detector| match &mut detector.source {
        Source::Timer { lead_ms, .. } => {
            *lead_ms += by;
            true
        }
        Source::Events { .. } => false,
    })
}

fn unfiltered(pack: &mut Pack, of_profile: bool) -> bool {
    detectors(pack, |detector| match &mut detector.source {
        Source::Events { filter, .. }
            if filter.as_ref().is_some_and(|filter| filter.reads_profile() == of_profile) =>
        {
            *filter = None;
            true
        }
        _ => false,
    })
}

fn windows(pack: &mut Pack, change: fn(i64) -> Span) -> bool {
    pack.plays.iter_mut().fold(false, |any, play| match play.window {
        Span::Time(ms) => {
            play.window = change(ms);
            true
        }
        Span::BusinessDays(_) => any,
    })
}

fn business_windows(pack: &mut Pack, change: fn(i64) -> Span) -> bool {
    pack.plays.iter_mut().fold(false, |any, play| match play.window {
        Span::BusinessDays(days) => {
            play.window = change(days);
            true
        }
        Span::Time(_) => any,
    })
}

/// Makes "at least" of a gate "more than", and the other way round.
fn strict(gate: &mut Expr) -> bool {
    match gate {
        Expr::Compare(op, ..) => {
            *op = match *op {
                Comparison::AtLeast => Comparison::Greater,
                Comparison::Greater => Comparison::AtLeast,
                other => other,
            };
            true
        }
        _ => false,
    }
}
