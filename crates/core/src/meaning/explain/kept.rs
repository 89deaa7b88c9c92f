//! The account's history as its state has it: signals and openings whole, of the events what detectors remember.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::past::Past;
use crate::event::{Activity, Kind, Ordered};
use crate::meaning::account::Account;
use crate::meaning::converge::Opening;
use crate::meaning::detect::Watch;
use crate::meaning::profiles::Profiles;
use crate::meaning::signal::{Cause, Signal};
use crate::meaning::stream::Context;
use crate::rules::{DetectorId, Rules, Source, Test};
use crate::time::{Day, Millis};

/// What is known of the events behind a state.
#[derive(Default)]
pub(super) struct Kept {
    /// Detectors of which nothing is known as of the instant but their signals.
    pub(super) unknown: BTreeSet<DetectorId>,
    /// How many values each day had, for `spike`.
    pub(super) daily: BTreeMap<DetectorId, BTreeMap<Day, u64>>,
}

impl<'a> Past<'a> {
    /// What was known at an instant, from what is remembered now. Nothing of it may be forgotten.
    pub(super) fn of_state(rules: &'a Rules, account: &'a Account, at: Millis, clock: Millis) -> Past<'a> {
        let mut past = Past::empty(rules, account.id(), at, clock);
        past.kept = Some(Kept::default());
        let profiles = account.profiles.iter().filter(|profile| profile.at <= at).cloned();
        past.profiles = Profiles::new(profiles.collect());
        past.outcomes = account.outcomes.iter().filter(|outcome| outcome.at <= at).cloned().collect();
        for id in 0..rules.detectors.len() {
            let signals = account.timeline.within(id, Millis::MIN, at);
            signals.iter().for_each(|signal| past.timeline.push(id, signal.clone()));
        }
        past.openings = rules.plays.iter().enumerate().map(|(id, _)| openings(account, id, at)).collect();
        past.recall(account);
        past
    }

    fn recall(&mut self, account: &Account) {
        self.matching = vec![Vec::new(); self.rules.detectors.len()];
        for (id, plan) in self.rules.plan.streams.iter().enumerate() {
            let Some(stream) = account.streams.get(&id) else { continue };
            let context =
                Context { rules: self.rules, plan, account: self.account, profiles: &self.profiles };
            let log = stream.log.iter().filter(|event| event.at <= self.at).cloned();
            self.events.entry(plan.kind).or_default().extend(log);
            match stream.as_of(context, self.at) {
                Some(watches) => plan
                    .detectors
                    .iter()
                    .zip(&watches)
                    .for_each(|(detector, watch)| self.remember(*detector, plan.kind, watch)),
                None => self.kept.iter_mut().for_each(|kept| kept.unknown.extend(&plan.detectors)),
            }
        }
        for id in 0..self.rules.detectors.len() {
            let causes = self.timeline.all(id).iter().filter_map(cause);
            let causes: Vec<Arc<Activity>> = causes.map(Arc::clone).collect();
            causes
                .iter()
                .for_each(|event| self.events.entry(event.kind).or_default().push(Arc::clone(event)));
            if self.matching[id].is_empty() {
                self.matching[id] = causes;
            }
        }
        self.events.values_mut().for_each(put_in_order);
        self.match_the_rest();
    }

    fn remember(&mut self, id: DetectorId, kind: Kind, watch: &Watch) {
        let Source::Events { test, .. } = &self.rules.detectors[id].source else { return };
        self.matching[id] = watch.recall(kind, test);
        if let (Watch::Spike(spike), Some(kept)) = (watch, &mut self.kept) {
            kept.daily.insert(id, spike.daily());
        }
    }

    /// What detectors that remember no event read of those that are known.
    fn match_the_rest(&mut self) {
        let readings = self.readings();
        for (id, detector) in self.rules.detectors.iter().enumerate() {
            let Source::Events { kind, test, .. } = &detector.source else { continue };
            if !matches!(test, Test::Match | Test::First { .. } | Test::Ratio { .. }) {
                continue;
            }
            let mut known: Vec<Arc<Activity>> = self.events_of(*kind).to_vec();
            if matches!(test, Test::Ratio { .. }) {
                known.extend(readings.iter().filter(|event| event.kind == *kind).cloned());
            }
            known.retain(|event| self.matches(detector, event));
            put_in_order(&mut known);
            self.matching[id] = known;
        }
    }

    /// The readings that a `trend` remembers: the last of each day.
    fn readings(&self) -> Vec<Arc<Activity>> {
        let trends = self.rules.detectors.iter().zip(&self.matching).filter(|(detector, _)| {
            matches!(&detector.source, Source::Events { filter: None, test: Test::Trend { .. }, .. })
        });
        trends.flat_map(|(_, events)| events.iter().cloned()).collect()
    }
}

fn cause(signal: &Signal) -> Option<&Arc<Activity>> {
    match &signal.cause {
        Cause::Event(event) => Some(event),
        Cause::Timer(_) => None,
    }
}

fn put_in_order(events: &mut Vec<Arc<Activity>>) {
    events.sort_by(|a, b| a.order(b));
    events.dedup_by(|a, b| a.order(b).is_eq());
}

/// A play's openings as they stood at an instant.
fn openings(account: &Account, play: usize, at: Millis) -> Vec<Opening> {
    let all = account.plays.get(&play).map_or(&[][..], |state| &state.openings);
    let opened = all.iter().take_while(|opening| opening.opened_at <= at).cloned();
    opened
        .map(|mut opening| {
            opening.evidence.retain(|evidence| evidence.added_at <= at);
            opening
        })
        .collect()
}
