//! What keeps a play from opening, by the letter of SPEC 3.4. Engine and fold share this part of the code, so
//! holding one against the other says nothing about it.

use std::sync::Arc;

use springtide_core::event::{Fact, Kind, Outcome, Stage};
use springtide_core::meaning::account::Account;
use springtide_core::rules::{Rules, Test};
use springtide_core::time::{DAY_MS, Millis};

use crate::plain;

const NOW: Millis = 1_000 * DAY_MS;

/// One play that opens at every layoff, but for cooldown and outcomes.
fn rules() -> Rules {
    plain::rules(vec![plain::detector("layoff", Kind::LayoffAnnounced, Test::Match)], plain::play(vec![0]))
}

fn layoff(at: Millis) -> Fact {
    plain::event(Kind::LayoffAnnounced, at, "a")
}

/// An outcome so many milliseconds before now.
fn outcome(stage: Stage, play: &str, ago: Millis, until: Option<Millis>) -> Outcome {
    Outcome {
        at: NOW - ago,
        id: "o".into(),
        opportunity: "some".into(),
        play: play.into(),
        stage,
        until,
        amount: None,
        cost: None,
        reason: None,
        actor: None,
    }
}

/// Whether a layoff now opens the play after these outcomes.
fn opens(outcomes: &[Outcome]) -> bool {
    let rules = rules();
    let mut account = Account::new("acme");
    account.arrive(&rules, plain::profile(0, "Acme"));
    outcomes.iter().for_each(|outcome| account.arrive(&rules, Fact::Outcome(Arc::new(outcome.clone()))));
    account.arrive(&rules, layoff(NOW));
    !account.settle(&rules, NOW).is_empty()
}

#[test]
fn one_outcome_holds_a_play_back_for_its_time() {
    let snooze_over = Some(NOW);
    let snooze_on = Some(NOW + 1);
    for (stage, play, ago, until, want) in [
        (Stage::Dismissed, "own", 60 * DAY_MS - 1, None, false),
        (Stage::Dismissed, "own", 60 * DAY_MS, None, true),
        (Stage::Dismissed, "own", 0, None, false),
        (Stage::Dismissed, "own", -1, None, true),
        (Stage::Dismissed, "other", 0, None, true),
        (Stage::Snoozed, "own", DAY_MS, snooze_on, false),
        (Stage::Snoozed, "own", DAY_MS, snooze_over, true),
        (Stage::Snoozed, "other", DAY_MS, snooze_on, true),
        (Stage::Snoozed, "own", 500 * DAY_MS, snooze_on, false),
        (Stage::Snoozed, "own", -1, snooze_on, true),
        (Stage::Qualified, "own", 70 * DAY_MS - 1, None, false),
        (Stage::Discovery, "own", 70 * DAY_MS - 1, None, false),
        (Stage::Proposal, "own", 70 * DAY_MS - 1, None, false),
        (Stage::Negotiation, "own", 0, None, false),
        (Stage::Negotiation, "own", 70 * DAY_MS, None, true),
        (Stage::Negotiation, "other", 0, None, true),
        (Stage::ClosedLost, "own", 0, None, true),
        (Stage::ClosedWon, "own", 80 * DAY_MS, None, false),
        (Stage::ClosedWon, "other", 80 * DAY_MS, None, false),
        (Stage::ClosedWon, "other", 80 * DAY_MS + 1, None, true),
        (Stage::ClosedWon, "own", -1, None, true),
    ] {
        assert_eq!(opens(&[outcome(stage, play, ago, until)]), want, "{stage:?} of {play}, {ago} ms ago");
    }
}

#[test]
fn of_several_outcomes_the_last_says_whether_somebody_is_at_it() {
    let own = |stage, ago: Millis| outcome(stage, "own", ago * DAY_MS, Some(NOW - 1));
    let other = |stage, ago: Millis| outcome(stage, "other", ago * DAY_MS, None);
    for (outcomes, want) in [
        (vec![own(Stage::Qualified, 9), own(Stage::ClosedLost, 8)], true),
        (vec![own(Stage::ClosedLost, 9), own(Stage::Qualified, 8)], false),
        (vec![own(Stage::Qualified, 9), other(Stage::ClosedLost, 8)], false),
        (vec![own(Stage::Qualified, 9), own(Stage::Snoozed, 8)], true),
        (vec![own(Stage::Dismissed, 9), own(Stage::ClosedLost, 8)], false),
        (vec![own(Stage::Dismissed, 9), own(Stage::Qualified, 80)], false),
        (vec![own(Stage::Qualified, 100), own(Stage::Proposal, 69)], false),
    ] {
        assert_eq!(opens(&outcomes), want, "{outcomes:?}");
    }
}

#[test]
fn a_cooldown_ends_at_its_bound() {
    for (apart, want) in [(30 * DAY_MS - 1, 1), (30 * DAY_MS, 2)] {
        let rules = rules();
        let mut account = Account::new("acme");
        account.arrive(&rules, plain::profile(0, "Acme"));
        account.arrive(&rules, layoff(NOW));
        account.arrive(&rules, layoff(NOW + apart));
        assert_eq!(account.settle(&rules, NOW + apart).len(), want, "{apart} ms apart");
    }
}
