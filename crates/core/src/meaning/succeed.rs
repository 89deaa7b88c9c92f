//! An account under new rules: what goes on of what is remembered, what was warmed up from history, and what readers
//! are told of the difference.
//!
//! The old account and the one that was warmed up have taken in the same events. What the old one remembers for a
//! detector that goes on is kept, since it may know of events that are not retained any more; the rest comes from
//! the warmed one. From here on the account is what the new rules make of the events; what they would have opened
//! before the instant from which they count ([`Rules::silent_before`]) is known and not told.

use std::sync::Arc;

use super::account::{Account, Bounds, PlayState, Schedule};
use super::converge::Opening;
use super::detect::Watch;
use super::opportunity::Opportunity;
use super::publish::Publisher;
use super::signal::insert_ordered;
use super::stream::{Context, Stream, test};
use crate::rules::{Change, DetectorId, Rules, StreamPlan, Warming};
use crate::time::Millis;

/// What becomes of opportunities from before the new rules count that only the old rules justify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unjustified {
    /// They stay as readers know them.
    Keep,
    /// They are withdrawn.
    Withdraw,
}

/// Old rules, new rules, and how the ones follow the others.
#[derive(Clone, Copy, Debug)]
pub struct Succession<'a> {
    /// The rules of the account.
    pub old: &'a Rules,
    /// The rules to come. They count from [`Rules::silent_before`] on.
    pub new: &'a Rules,
    /// What goes on.
    pub change: &'a Change,
    /// What becomes of what the new rules lack.
    pub unjustified: Unjustified,
    /// How far back an event may still come, for both.
    pub bounds: Bounds,
    /// The timers' clock, for both.
    pub clock: Millis,
}

impl Succession<'_> {
    fn keeps(&self, opening: &Opening) -> bool {
        self.unjustified == Unjustified::Keep && opening.opened_at < self.new.silent_before
    }

    fn warming(&self) -> Option<&Warming> {
        self.change.warming.as_ref()
    }

    /// Where a new detector is among those that were warmed up.
    fn warmed(&self, detector: DetectorId) -> Option<DetectorId> {
        self.warming()?.detectors.iter().position(|id| *id == detector)
    }
}

impl Account {
    /// The account under new rules, and the revisions to emit. Neither it nor the one that was warmed up (an empty one
    /// where nothing was) may have arrivals that are not settled.
    pub fn succeed(mut self, mut warmed: Account, by: &Succession<'_>) -> (Account, Vec<Opportunity>) {
        self.prune(by.old, &by.bounds, true);
        if let Some(warming) = by.warming() {
            warmed.prune(&warming.rules, &by.bounds, true);
        }
        let mut next = Account::new(self.id());
        next.pruned_to = self.pruned_to.max(warmed.pruned_to);
        next.schedule = self.schedule;
        next.rows = std::mem::take(&mut self.rows);
        next.profiles = self.profiles.clone();
        warmed.profiles.iter().for_each(|profile| {
            next.profiles.insert(Arc::clone(profile));
        });
        next.outcomes = self.outcomes.clone();
        for outcome in &warmed.outcomes {
            insert_ordered(&mut next.outcomes, Arc::clone(outcome));
        }
        next.take_signals(&self, &warmed, by);
        next.take_timers(&self, &warmed, by);
        next.take_streams(&mut self, &mut warmed, by);
        let mut emitted = next.take_plays(&self, &warmed, by);
        next.rows.extend(emitted.iter().map(|opportunity| opportunity.id));
        // When the next timer is due is not known yet.
        emitted.extend(next.settle(by.new, by.clock));
        next.prune(by.new, &by.bounds, true);
        (next, emitted)
    }

    /// When it last asked to be looked at.
    pub fn scheduled(&self) -> Schedule {
        self.schedule
    }

    /// Signals of detectors that go on are those that were found; from before what is remembered of them, and of other
    /// detectors, those that were warmed up.
    fn take_signals(&mut self, old: &Account, warmed: &Account, by: &Succession<'_>) {
        for (id, before) in by.change.detectors.iter().enumerate() {
            let since = before.map_or(Millis::MAX, |before| {
                by.old.plan.signals_since(&by.old.calendar, before, old.pruned_to)
            });
            let found = by.warmed(id).map_or(&[][..], |here| warmed.timeline.all(here));
            let kept = before.map_or(&[][..], |before| old.timeline.since(before, since));
            let earlier = found.iter().take_while(|signal| signal.at < since);
            earlier.chain(kept).for_each(|signal| self.timeline.push(id, signal.clone()));
        }
    }

    fn take_timers(&mut self, old: &Account, warmed: &Account, by: &Succession<'_>) {
        for id in &by.new.plan.timers {
            let done = match by.change.detectors[*id] {
                Some(before) => old.timers_done.get(&before),
                None => by.warmed(*id).and_then(|here| warmed.timers_done.get(&here)),
            };
            if let Some(done) = done {
                self.timers_done.insert(*id, done.clone());
            }
        }
    }

    /// One stream after another: what each detector remembers of all before an instant that both have gone beyond, and
    /// whatever either kept of the events since.
    fn take_streams(&mut self, old: &mut Account, warmed: &mut Account, by: &Succession<'_>) {
        for (id, plan) in by.new.plan.streams.iter().enumerate() {
            let was = like(by.old, plan);
            let here = by.warming().and_then(|warming| like(&warming.rules, plan));
            let base_at = |account: &Account, id: Option<usize>| Some(account.streams.get(&id?)?.base_at);
            let Some(to) = base_at(old, was).into_iter().chain(base_at(warmed, here)).max() else { continue };
            old.advance_stream(by.old, was, to);
            if let Some(warming) = by.warming() {
                warmed.advance_stream(&warming.rules, here, to);
            }
            let watch = |id: &DetectorId| {
                let known = match by.change.detectors[*id] {
                    Some(before) => old.watch(by.old, before),
                    None => {
                        by.warming().zip(by.warmed(*id)).and_then(|(w, here)| warmed.watch(&w.rules, here))
                    }
                };
                known.or_else(|| test(&by.new.detectors[*id]).map(Watch::new))
            };
            let base = plan.detectors.iter().filter_map(watch).collect();
            let log = |account: &Account, id: Option<usize>| {
                id.and_then(|id| account.streams.get(&id)).map_or_else(Vec::new, |stream| stream.log.clone())
            };
            let log = [log(old, was), log(warmed, here)].concat();
            let context = Context { rules: by.new, plan, account: &self.id, profiles: &self.profiles };
            let stream = Stream::taken_over(context, (base, to), log, &mut self.timeline);
            self.streams.insert(id, stream);
        }
    }

    fn advance_stream(&mut self, rules: &Rules, id: Option<usize>, to: Millis) {
        let Some((id, stream)) = id.and_then(|id| Some((id, self.streams.get_mut(&id)?))) else { return };
        let plan = &rules.plan.streams[id];
        let context = Context { rules, plan, account: &self.id, profiles: &self.profiles };
        stream.advance(context, to, true);
    }

    /// What a detector remembers of all before its stream's base.
    fn watch(&self, rules: &Rules, detector: DetectorId) -> Option<Watch> {
        self.streams.iter().find_map(|(id, stream)| {
            let at = rules.plan.streams[*id].detectors.iter().position(|of| *of == detector)?;
            stream.base.get(at).cloned()
        })
    }

    /// The openings of every play, paired with what readers were told.
    fn take_plays(&mut self, old: &Account, warmed: &Account, by: &Succession<'_>) -> Vec<Opportunity> {
        let mut emitted = Vec::new();
        let none = PlayState::default();
        for (id, play) in by.new.plays.iter().enumerate() {
            let before = by.change.named[id];
            let told = before.and_then(|before| old.plays.get(&before)).unwrap_or(&none);
            let mut retired = told.retired.clone();
            let mut openings = match by.change.plays[id] {
                Some(_) => renumbered(&told.openings, |detector| by.change.detector_after(detector)),
                None => by.warmed_openings(warmed, id),
            };
            let publisher = Publisher { rules: by.new, account: &self.id, play };
            let was =
                before.map(|before| Publisher { rules: by.old, play: &by.old.plays[before], ..publisher });
            let was = was.unwrap_or(publisher);
            let remembered_from = was.remembered_from(old.pruned_to);
            let told = (was, &*told.openings, remembered_from);
            emitted.extend(publisher.take_over(told, &mut openings, &mut retired, |gone| by.keeps(gone)));
            let state = PlayState { openings, retired };
            if state != none {
                self.plays.insert(id, state);
            }
        }
        for (id, state) in old.plays.iter().filter(|(id, _)| !by.change.named.contains(&Some(**id))) {
            let was = Publisher { rules: by.old, account: &self.id, play: &by.old.plays[*id] };
            emitted.extend(was.let_go(state.openings.iter(), &mut Vec::new(), |gone| by.keeps(gone)));
        }
        emitted
    }
}

impl Succession<'_> {
    fn warmed_openings(&self, warmed: &Account, play: usize) -> Vec<Opening> {
        let Some(warming) = self.warming() else { return Vec::new() };
        let here = warming.plays.iter().position(|of| *of == play);
        let Some(state) = here.and_then(|here| warmed.plays.get(&here)) else { return Vec::new() };
        renumbered(&state.openings, |detector| warming.detectors.get(detector).copied())
    }
}

/// Openings with other numbers of their detectors, and nothing given.
fn renumbered(openings: &[Opening], number: impl Fn(DetectorId) -> Option<DetectorId>) -> Vec<Opening> {
    let mut openings = openings.to_vec();
    for opening in &mut openings {
        opening.given = None;
        opening.evidence.retain_mut(|evidence| match number(evidence.detector) {
            Some(number) => {
                evidence.detector = number;
                true
            }
            None => false,
        });
    }
    openings
}

/// The stream of some rules that has the events of another's.
fn like(rules: &Rules, plan: &StreamPlan) -> Option<usize> {
    let alike = |of: &StreamPlan| of.kind == plan.kind && of.reads_profile == plan.reads_profile;
    rules.plan.streams.iter().position(alike)
}
