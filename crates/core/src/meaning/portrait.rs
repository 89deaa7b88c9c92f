//! What is known of an account, for a person to look at (SPEC 9.1): profiles, signals, usage against limits, openings
//! with the stretches of time that they rest on, outcomes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::account::Account;
use super::converge::Opening;
use super::detect::{Measure, limit};
use super::signal::{Cause, Signal};
use super::stream::{Context, profile_at};
use super::words;
use crate::event::{Activity, Ordered, Outcome, Profile};
use crate::rules::{DetectorId, Rules, Source};
use crate::time::{Millis, day_of};

/// What is known of an account. What no event to come can touch any more is forgotten, so it begins somewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Portrait {
    /// From when on all is known that decides ([`Account::known_from`]).
    pub known_from: Option<Millis>,
    /// Profiles, oldest first.
    pub profiles: Vec<Arc<Profile>>,
    /// Signals of all detectors, oldest first.
    pub signals: Vec<Told>,
    /// What was used of what, by meter.
    pub usage: Vec<Usage>,
    /// By play, in their order, oldest first.
    pub openings: Vec<Vec<OpeningTold>>,
    /// Outcomes, oldest first.
    pub outcomes: Vec<Arc<Outcome>>,
}

/// A signal in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Its instant.
    pub at: Millis,
    /// Whose it is.
    pub detector: DetectorId,
    /// Its event; none for a timer.
    pub event_id: Option<Box<str>>,
    /// One line for a person.
    pub summary: String,
    /// What was measured.
    pub measure: Option<Measure>,
}

/// Readings of one meter, or of seats.
#[derive(Clone, Debug, PartialEq)]
pub struct Usage {
    /// The meter; none for seats.
    pub meter: Option<Box<str>>,
    /// Oldest first.
    pub readings: Vec<Reading>,
}

/// What was used at an instant; at a day's midnight where of a day only the last reading is remembered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The instant.
    pub at: Millis,
    /// How much was used.
    pub used: f64,
    /// How much was allowed, where that is known.
    pub limit: Option<f64>,
}

/// An opportunity as the account knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct OpeningTold {
    /// Its id.
    pub id: Option<Uuid>,
    /// When it opened.
    pub opened_at: Millis,
    /// When evidence was last added.
    pub last_at: Millis,
    /// The first instant of the window that ended when it opened.
    pub window_from: Millis,
    /// The last instant whose signals may still be added.
    pub window_to: Millis,
    /// By when to act.
    pub act_by: Millis,
    /// Whose signals it rests on.
    pub detectors: Vec<DetectorId>,
}

impl Account {
    /// From when on it is known what was: what only mattered before is forgotten. Nothing where all is known.
    pub fn known_from(&self) -> Option<Millis> {
        (self.pruned_to > Millis::MIN).then_some(self.pruned_to)
    }

    /// The profile as of an instant (SPEC 3.2).
    pub fn profile_at(&self, at: Millis) -> Option<Arc<Profile>> {
        profile_at(&self.profiles, at).cloned()
    }

    /// What is known of it.
    ///
    /// ```
    /// use springtide_core::meaning::{account::Account, fixtures};
    /// use springtide_core::event::Fact;
    /// use springtide_core::rules::{Calendar, Rules, Scoring};
    /// let rules = Rules::new("1", vec![], vec![], Scoring::default(), Calendar::default());
    /// let mut account = Account::new("acme");
    /// account.arrive(&rules, Fact::Profile(fixtures::profile(7).into()));
    /// account.settle(&rules, 7);
    /// let portrait = account.portrait(&rules);
    /// assert_eq!((portrait.profiles.len(), portrait.signals.len()), (1, 0));
    /// ```
    pub fn portrait(&self, rules: &Rules) -> Portrait {
        let opening = |play: usize, opening: &Opening| {
            let (calendar, play) = (&rules.calendar, &rules.plays[play]);
            OpeningTold {
                id: opening.given.map(|given| given.id),
                opened_at: opening.opened_at,
                last_at: opening.last_at,
                window_from: calendar.window_start(opening.opened_at, play.window),
                window_to: calendar.window_end(opening.opened_at, play.window),
                act_by: calendar.add(opening.opened_at, play.act_within),
                detectors: opening.evidence.iter().map(|evidence| evidence.detector).collect(),
            }
        };
        let openings = |play: usize| {
            let all = self.plays.get(&play).map_or(&[][..], |state| &state.openings);
            all.iter().map(|one| opening(play, one)).collect()
        };
        Portrait {
            known_from: self.known_from(),
            profiles: self.profiles.to_vec(),
            signals: self.signals_told(rules),
            usage: self.usage(rules),
            openings: (0..rules.plays.len()).map(openings).collect(),
            outcomes: self.outcomes.clone(),
        }
    }

    fn signals_told(&self, rules: &Rules) -> Vec<Told> {
        let told = |detector: DetectorId, signal: &Signal| Told {
            at: signal.at,
            detector,
            event_id: signal.event_id().map(Box::from),
            summary: words::summary(&rules.detectors[detector], signal),
            measure: signal.measure,
        };
        let of = |detector| self.timeline.all(detector).iter().map(move |signal| told(detector, signal));
        let mut signals: Vec<Told> = self.timeline.detectors().into_iter().flat_map(of).collect();
        signals.sort_by_key(|signal| signal.at);
        signals
    }

    /// What signals, logs and memories still have of readings.
    fn usage(&self, rules: &Rules) -> Vec<Usage> {
        let (mut exact, mut daily) = (Vec::new(), Vec::new());
        for (id, stream) in self.streams.iter() {
            let plan = &rules.plan.streams[*id];
            exact.extend(stream.log.iter().cloned());
            let context = Context { rules, plan, account: &self.id, profiles: &self.profiles };
            let watches = stream.as_of(context, Millis::MAX).unwrap_or_default();
            for (detector, watch) in plan.detectors.iter().zip(&watches) {
                if let Source::Events { kind, test, .. } = &rules.detectors[*detector].source {
                    daily.extend(watch.recall(*kind, test));
                }
            }
        }
        for detector in self.timeline.detectors() {
            exact.extend(self.timeline.all(detector).iter().filter_map(|signal| match &signal.cause {
                Cause::Event(event) => Some(Arc::clone(event)),
                Cause::Timer(_) => None,
            }));
        }
        exact.sort_by(|a, b| a.order(b));
        exact.dedup_by(|a, b| a.order(b).is_eq());
        self.readings(&exact, &daily)
    }

    /// By meter; of a day of which an event is known, what a memory has says nothing new.
    fn readings(&self, exact: &[Arc<Activity>], daily: &[Arc<Activity>]) -> Vec<Usage> {
        let mut meters: BTreeMap<Option<&str>, BTreeMap<Millis, Reading>> = BTreeMap::new();
        let day = |event: &Arc<Activity>| (event.meter().map(str::to_owned), day_of(event.at));
        let known: BTreeSet<_> = exact.iter().filter(|event| event.usage().is_some()).map(day).collect();
        for event in exact.iter().chain(daily.iter().filter(|event| !known.contains(&day(event)))) {
            let Some((used, own)) = event.usage() else { continue };
            let profile = profile_at(&self.profiles, event.at).map(|profile| &**profile);
            let reading = Reading { at: event.at, used, limit: limit(event, own, profile) };
            meters.entry(event.meter()).or_default().insert(event.at, reading);
        }
        let usage = |(meter, readings): (Option<&str>, BTreeMap<Millis, Reading>)| Usage {
            meter: meter.map(Box::from),
            readings: readings.into_values().collect(),
        };
        meters.into_iter().map(usage).collect()
    }
}
