//! Holds `explain` against the naive fold: what opens is explained as opened with every condition held, what
//! does not has a condition that failed, and the signals it names are the ones that were there.
//!
//! The random packs and events are those of the tests in `agreement`.

#[path = "agreement/cases.rs"]
#[allow(dead_code)]
mod cases;
#[path = "agreement/events.rs"]
#[allow(dead_code)]
mod events;
#[path = "agreement/packs.rs"]
#[allow(dead_code)]
mod packs;

use std::collections::BTreeSet;

use proptest::prelude::*;
use springtide_core::event::Fact;
use springtide_core::meaning::account::{Account, Bounds};
use springtide_core::meaning::explain::{
    Condition, ConditionKind, DetectorState, PlayExplanation, Verdict, explain, explain_state,
};
use springtide_core::meaning::naive::{History, history, in_window};
use springtide_core::meaning::signal::Signal;
use springtide_core::rules::{DetectorId, Play, Rules, Span};
use springtide_core::time::{DAY_MS, Millis};

use cases::case;

/// The instants at which something can change, and their neighbours.
fn instants(rules: &Rules, facts: &[Fact], history: &History) -> BTreeSet<Millis> {
    let signals = (0..rules.detectors.len()).flat_map(|id| history.timeline.all(id)).map(|signal| signal.at);
    let spans = rules.plays.iter().flat_map(|play| {
        let window = match play.window {
            Span::Time(ms) => ms,
            Span::BusinessDays(days) => days * DAY_MS,
        };
        [window, play.cooldown_ms, play.unless_within_ms]
    });
    let spans: Vec<Millis> = spans.chain([0]).collect();
    let happened: BTreeSet<Millis> = facts.iter().map(Fact::at).chain(signals).collect();
    let ends = happened.iter().flat_map(|at| spans.iter().map(move |span| at + span));
    ends.flat_map(|at| [at - 1, at, at + 1]).collect()
}

/// What the fold says of one play at one instant.
struct Said<'a> {
    rules: &'a Rules,
    history: &'a History,
    play: usize,
    at: Millis,
}

impl Said<'_> {
    fn play(&self) -> &Play {
        &self.rules.plays[self.play]
    }

    fn verdict(&self) -> Verdict {
        let openings = &self.history.openings[self.play];
        let last = openings.iter().rfind(|opening| opening.opened_at <= self.at);
        let Some(last) = last else {
            return Verdict::NotOpen { last_opened_at: None };
        };
        let opened_at = last.opened_at;
        let now = last.evidence.iter().filter(|evidence| evidence.added_at == self.at);
        let added: Vec<Box<str>> =
            now.map(|evidence| self.rules.detectors[evidence.detector].name.clone()).collect();
        if opened_at == self.at {
            Verdict::Opened
        } else if !added.is_empty() {
            Verdict::Revised { opened_at, added }
        } else if in_window(&self.rules.calendar, opened_at, self.at, self.play().window) {
            Verdict::Open { opened_at }
        } else {
            Verdict::NotOpen { last_opened_at: Some(opened_at) }
        }
    }

    fn is_instant(&self) -> bool {
        self.history.profiles.iter().any(|profile| profile.at == self.at)
            || self.play().listed().any(|id| self.history.timeline.has_at(id, self.at))
    }

    fn signals(&self, id: DetectorId, inside: bool) -> Vec<&Signal> {
        let is_inside = |at| in_window(&self.rules.calendar, at, self.at, self.play().window);
        let past = self.history.timeline.all(id).iter().filter(|signal| signal.at <= self.at);
        past.filter(|signal| is_inside(signal.at) == inside).collect()
    }
}

fn explained(said: &Said<'_>, explanation: &PlayExplanation) -> Result<(), TestCaseError> {
    let opened = said.verdict() == Verdict::Opened;
    prop_assert_eq!(&explanation.verdict, &said.verdict());
    prop_assert_eq!(explanation.instant, said.is_instant());
    prop_assert_eq!(explanation.failed().count() == 0 && explanation.instant, opened);
    prop_assert_eq!(explanation.nearest_miss.is_none(), opened);
    one_short(said, explanation)?;
    for condition in &explanation.conditions {
        prop_assert_eq!(condition.held, condition.miss.is_none());
        prop_assert!(
            condition.until.is_none_or(|until| until > said.at && !condition.held),
            "{:?}",
            condition
        );
        let side = match condition.kind {
            ConditionKind::Product => &said.play().product,
            ConditionKind::Business => &said.play().business,
            _ => continue,
        };
        prop_assert_eq!(condition.held, side.iter().any(|id| !said.signals(*id, true).is_empty()));
        for (id, state) in side.iter().zip(&condition.detectors) {
            detector(said, *id, state)?;
        }
    }
    Ok(())
}

/// A near miss lacks one thing, which its sentence says.
fn one_short(said: &Said<'_>, explanation: &PlayExplanation) -> Result<(), TestCaseError> {
    let not_open = matches!(said.verdict(), Verdict::NotOpen { .. });
    let failed: Vec<&Condition> = explanation.failed().collect();
    let Some(miss) = explanation.near_miss(said.at) else {
        prop_assert!(!not_open || failed.len() > 1);
        return Ok(());
    };
    prop_assert!(not_open && failed.len() <= 1);
    prop_assert_eq!(miss.condition, failed.first().copied());
    prop_assert_eq!(miss.nearness == 1.0, failed.is_empty());
    prop_assert!((0.0..=1.0).contains(&miss.nearness), "{:?}", miss);
    if let Some(why) = miss.condition.and_then(|condition| condition.miss.as_deref()) {
        prop_assert!(explanation.nearest_miss.as_deref().is_some_and(|said| said.starts_with(why)));
    }
    Ok(())
}

fn detector(said: &Said<'_>, id: DetectorId, state: &DetectorState) -> Result<(), TestCaseError> {
    prop_assert_eq!(&state.detector, &said.rules.detectors[id].name);
    let (inside, before) = (said.signals(id, true), said.signals(id, false));
    let found = state.signals.as_ref().map(|signals| (signals.since, signals.latest, signals.count));
    prop_assert_eq!(
        found,
        inside.first().zip(inside.last()).map(|(first, last)| (first.at, last.at, inside.len()))
    );
    let silent = inside.is_empty();
    let too_old = before.last().filter(|_| silent).map(|signal| signal.at);
    prop_assert_eq!(state.before.as_ref().map(|before| before.at), too_old);
    prop_assert!(silent || state.near.is_none());
    // There is something to say of every detector that is silent, but of a date without a profile.
    let known = said.history.profiles.iter().any(|profile| profile.at <= said.at);
    prop_assert!(
        !silent || !known || state.near.is_some() || state.before.is_some(),
        "{:?} at {}",
        state,
        said.at
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::with_cases(300)
    })]

    #[test]
    fn the_explanation_says_what_the_fold_does(case in case()) {
        let (rules, facts) = (case.pack.rules(), case.facts());
        let clock = facts.iter().map(Fact::at).max().unwrap_or(0);
        let history = history(&rules, "acme", &facts, clock);
        for at in instants(&rules, &facts, &history) {
            let explanations = explain(&rules, "acme", &facts, at, clock);
            prop_assert_eq!(explanations.len(), rules.plays.len());
            for (play, explanation) in explanations.iter().enumerate() {
                let said = Said { rules: &rules, history: &history, play, at };
                explained(&said, explanation)?;
            }
        }
    }

    #[test]
    fn a_state_explains_what_the_events_do_though_much_is_forgotten(
        case in case(),
        share in 0.0..1.2_f64,
        must in any::<bool>(),
    ) {
        let (rules, facts) = (case.pack.rules(), case.facts());
        let clock = facts.iter().map(Fact::at).max().unwrap_or(0);
        let first = facts.iter().map(Fact::at).min().unwrap_or(0);
        let mut account = Account::new("acme");
        facts.iter().for_each(|fact| account.arrive(&rules, fact.clone()));
        account.settle(&rules, clock);
        let horizon = first + ((clock - first) as f64 * share) as Millis;
        let bounds = Bounds::floor(horizon, [horizon; 5]).up_to_clock(clock);
        account.prune(&rules, &bounds, must);
        let history = history(&rules, "acme", &facts, clock);
        for at in instants(&rules, &facts, &history) {
            let Some(told) = explain_state(&rules, &account, at, clock) else {
                prop_assert!(account.known_from().is_some_and(|from| at < from));
                continue;
            };
            for (told, said) in told.iter().zip(explain(&rules, "acme", &facts, at, clock)) {
                // When it opened last is forgotten once that holds nothing back.
                let verdict = match &told.verdict {
                    Verdict::NotOpen { last_opened_at: None } if matches!(said.verdict, Verdict::NotOpen { .. }) => {
                        &said.verdict
                    }
                    told => told,
                };
                prop_assert_eq!(
                    (verdict, told.instant, told.profile_at, decisive(told)),
                    (&said.verdict, said.instant, said.profile_at, decisive(&said)),
                    "{} at {}", told.play, at
                );
                prop_assert_eq!(told.nearest_miss.is_some(), said.nearest_miss.is_some());
                let missing = |one: &PlayExplanation| one.near_miss(at).map(|miss| miss.missing());
                prop_assert_eq!(missing(told), missing(&said), "{} at {}", told.play, at);
            }
        }
    }
}

/// All of an explanation but how near to a signal detectors came that have none: a state remembers less of that.
fn decisive(explanation: &PlayExplanation) -> Vec<Condition> {
    let without = |condition: &Condition| {
        let mut condition = condition.clone();
        if matches!(condition.kind, ConditionKind::Product | ConditionKind::Business) {
            condition.miss = None;
        }
        condition.detectors.iter_mut().for_each(|state| (state.before, state.near) = (None, None));
        condition
    };
    explanation.conditions.iter().map(without).collect()
}
