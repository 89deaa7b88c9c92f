//! The account's history up to the instant.
//!
//! From events it is the same as [`naive::history`](crate::meaning::naive::history), one pass over the events instead of one an
//! event: a large account has hundreds of thousands. Tests hold the two against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::event::{Activity, Fact, Kind, Outcome, Profile, order};
use crate::expr::Env;
use crate::meaning::converge::{Opening, View, fold};
use crate::meaning::detect::{Step, Watch};
use crate::meaning::explain::kept::Kept;
use crate::meaning::profiles::Profiles;
use crate::meaning::signal::{Signal, Timeline};
use crate::meaning::stream::profile_at;
use crate::meaning::timer::due;
use crate::rules::{Detector, DetectorId, Play, Rules, Source, Test};
use crate::time::Millis;

/// What was known of an account at an instant.
pub(super) struct Past<'a> {
    pub(super) rules: &'a Rules,
    pub(super) account: &'a str,
    /// The instant.
    pub(super) at: Millis,
    /// The clock of the timers, not after the instant.
    pub(super) clock: Millis,
    pub(super) profiles: Profiles,
    pub(super) outcomes: Vec<Arc<Outcome>>,
    /// Events by type, in the order of SPEC 3.1.
    pub(super) events: BTreeMap<Kind, Vec<Arc<Activity>>>,
    /// The events that match, by detector.
    pub(super) matching: Vec<Vec<Arc<Activity>>>,
    /// Where this is not from all events, but from what an account's state remembers of them.
    pub(super) kept: Option<Kept>,
    pub(super) timeline: Timeline,
    /// By play.
    pub(super) openings: Vec<Vec<Opening>>,
}

impl<'a> Past<'a> {
    pub(super) fn new(
        rules: &'a Rules,
        account: &'a str,
        facts: &[Fact],
        at: Millis,
        clock: Millis,
    ) -> Past<'a> {
        let mut past = Past::empty(rules, account, at, clock);
        past.sort_out(facts);
        past.find_signals();
        past.openings = rules
            .plays
            .iter()
            .map(|play| {
                let mut openings = Vec::new();
                fold(past.view(), play, Millis::MIN, &mut openings);
                openings
            })
            .collect();
        past
    }

    pub(super) fn empty(rules: &'a Rules, account: &'a str, at: Millis, clock: Millis) -> Past<'a> {
        Past {
            rules,
            account,
            at,
            clock: clock.min(at),
            profiles: Profiles::default(),
            outcomes: Vec::new(),
            events: BTreeMap::new(),
            matching: Vec::new(),
            kept: None,
            timeline: Timeline::default(),
            openings: Vec::new(),
        }
    }

    fn sort_out(&mut self, facts: &[Fact]) {
        let mut facts: Vec<&Fact> = facts.iter().filter(|fact| fact.at() <= self.at).collect();
        facts.sort_by(|a, b| order(a, b));
        facts.dedup_by(|a, b| order(a, b).is_eq());
        for fact in facts {
            match fact {
                Fact::Activity(event) => self.events.entry(event.kind).or_default().push(Arc::clone(event)),
                Fact::Profile(profile) => self.profiles.push(Arc::clone(profile)),
                Fact::Outcome(outcome) => self.outcomes.push(Arc::clone(outcome)),
            }
        }
    }

    fn find_signals(&mut self) {
        let rules = self.rules;
        for (id, detector) in rules.detectors.iter().enumerate() {
            let (matching, signals) = match &detector.source {
                Source::Events { kind, test, .. } => self.watch(detector, *kind, test),
                Source::Timer { field, lead_ms } => {
                    (Vec::new(), due(&self.profiles, *field, *lead_ms, &BTreeSet::new(), self.clock).signals)
                }
            };
            signals.into_iter().for_each(|signal| self.timeline.push(id, signal));
            self.matching.push(matching);
        }
    }

    fn watch(&self, detector: &Detector, kind: Kind, test: &Test) -> (Vec<Arc<Activity>>, Vec<Signal>) {
        let mut watch = Watch::new(test);
        let (mut matching, mut signals) = (Vec::new(), Vec::new());
        for event in self.events_of(kind) {
            let step = watch.step(&detector.source, event, &self.env_of(event));
            if let Step::Signal(measure) = step {
                signals.push(Signal::of(Arc::clone(event), measure));
            }
            if self.matches(detector, event) {
                matching.push(Arc::clone(event));
            }
        }
        (matching, signals)
    }

    /// Whether a detector reads an event: its `where` holds, and its key is there.
    pub(super) fn matches(&self, detector: &Detector, event: &Activity) -> bool {
        let Source::Events { filter, test, .. } = &detector.source else {
            return false;
        };
        filter.as_ref().is_none_or(|filter| filter.holds(&self.env_of(event)))
            && test.key().is_none_or(|key| event.key(key).is_some())
    }

    /// What a detector's `where` sees at an event.
    pub(super) fn env_of<'b>(&'b self, event: &'b Activity) -> Env<'b> {
        let profile = profile_at(&self.profiles, event.at).map(|profile| &**profile);
        Env { account: self.account, event: Some(event), profile, now: event.at }
    }

    /// What a gate sees at the instant.
    pub(super) fn env(&self) -> Env<'_> {
        let profile = self.profile().map(|profile| &**profile);
        Env { account: self.account, event: None, profile, now: self.at }
    }

    pub(super) fn view(&self) -> View<'_> {
        View {
            rules: self.rules,
            account: self.account,
            profiles: &self.profiles,
            outcomes: &self.outcomes,
            timeline: &self.timeline,
        }
    }

    /// The profile as of the instant.
    pub(super) fn profile(&self) -> Option<&Arc<Profile>> {
        self.profiles.last()
    }

    /// The first instant of the play's window.
    pub(super) fn window_start(&self, play: &Play) -> Millis {
        self.rules.calendar.window_start(self.at, play.window)
    }

    /// All events of a type.
    pub(super) fn events_of(&self, kind: Kind) -> &[Arc<Activity>] {
        self.events.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// Whether nothing is known of a detector but its signals.
    pub(super) fn is_unknown(&self, id: DetectorId) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.unknown.contains(&id))
    }

    /// The events that a detector reads.
    pub(super) fn matching(&self, id: DetectorId) -> &[Arc<Activity>] {
        self.matching.get(id).map_or(&[], Vec::as_slice)
    }
}

/// The events at or after an instant.
pub(super) fn since(events: &[Arc<Activity>], from: Millis) -> &[Arc<Activity>] {
    &events[events.partition_point(|event| event.at < from)..]
}
