//! The events of one type that some detectors share, and the detectors' memories of them.
//!
//! A stream is a base and a log. The *base* is what the detectors remember of all events before a UTC
//! midnight that no late event can reach any more. The *log* holds the events since then that could matter,
//! in the order of SPEC 3.1. An event in order steps the *head* (base and log taken together) and is done;
//! an event out of order goes to its place in the log, and the head is made anew from the base.

mod superseded;

use std::mem;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::detect::{Step, Watch};
use super::profiles::Profiles;
use super::signal::{Signal, Timeline, insert_ordered};
use crate::event::{Activity, Ordered, Profile};
use crate::expr::Env;
use crate::rules::{Detector, DetectorId, Rules, Source, StreamPlan, Test};
use crate::time::{DAY_MS, Day, Millis, day_of, start_of};

/// What a step may look at beside the event.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) rules: &'a Rules,
    pub(super) plan: &'a StreamPlan,
    pub(super) account: &'a str,
    pub(super) profiles: &'a Profiles,
}

/// The profile as of an instant: the last one not after it (SPEC 3.2).
pub fn profile_at(profiles: &[Arc<Profile>], at: Millis) -> Option<&Arc<Profile>> {
    profiles[..profiles.partition_point(|profile| profile.at <= at)].last()
}

/// The detectors' memories of one type of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    /// Memories of everything before `base_at`; one a detector, in the plan's order.
    pub(super) base: Vec<Watch>,
    /// A UTC midnight; no event before it can come any more.
    pub(super) base_at: Millis,
    /// The events since then that could matter.
    #[serde(with = "super::shared::many")]
    pub(super) log: Vec<Arc<Activity>>,
    /// Memories of base and log; made when first needed.
    #[serde(skip)]
    head: Option<Vec<Watch>>,
    /// Arrived, and not yet in the log.
    #[serde(skip)]
    pending: Vec<Arc<Activity>>,
    /// The days whose log changed, and whether the base did, since they were last asked for.
    #[serde(skip)]
    touched: Touched,
    lag: Lag,
}

/// What of a stream changed since it was last asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Touched {
    /// Some may come twice.
    pub(super) days: Vec<Day>,
    pub(super) base: bool,
}

/// A base that moved in memory alone: what is stored is an older base, with the log since then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Lag {
    /// Days of the log that would go with the move.
    days: Vec<Day>,
    /// How many events.
    events: usize,
}

impl Touched {
    fn day(&mut self, day: Day) {
        note_day(&mut self.days, day);
    }
}

fn note_day(days: &mut Vec<Day>, day: Day) {
    if days.last() != Some(&day) {
        days.push(day);
    }
}

/// How many events the base may be ahead of the one that is stored, so that it is not written, and days of the log
/// taken away, for each.
const MOST_LAG: usize = 16;
/// After how much event time a base is written all the same.
const LONGEST_LAG_MS: Millis = 7 * DAY_MS;
/// Up to how many events and memories the head is made anew when it is needed, and not held.
const SOON_MADE: usize = 8;

impl Stream {
    pub(super) fn new(rules: &Rules, plan: &StreamPlan) -> Stream {
        let base =
            plan.detectors.iter().filter_map(|id| test(&rules.detectors[*id])).map(Watch::new).collect();
        Stream::restore(base, Millis::MIN, Vec::new())
    }

    pub(super) fn restore(base: Vec<Watch>, base_at: Millis, log: Vec<Arc<Activity>>) -> Stream {
        Stream {
            base,
            base_at,
            log,
            head: None,
            pending: Vec::new(),
            touched: Touched::default(),
            lag: Lag::default(),
        }
    }

    pub(super) fn arrive(&mut self, event: Arc<Activity>) {
        self.pending.push(event);
    }

    /// Takes in what has arrived. `profiles_changed` is the earliest instant from which the profile is
    /// another than before. Calls `changed` with each detector whose signals changed, and from when on.
    pub(super) fn settle(
        &mut self,
        context: Context<'_>,
        profiles_changed: Option<Millis>,
        timeline: &mut Timeline,
        changed: &mut dyn FnMut(DetectorId, Millis),
    ) {
        let judged_anew = context.plan.reads_profile
            && profiles_changed.is_some_and(|from| self.log.last().is_some_and(|last| last.at >= from));
        if self.pending.is_empty() && !judged_anew {
            return;
        }
        let mut arrived = mem::take(&mut self.pending);
        arrived.sort_by(|a, b| a.order(b));
        arrived.dedup_by(|a, b| a.order(b).is_eq());
        let out_of_order = arrived
            .first()
            .is_some_and(|first| self.log.last().is_some_and(|last| first.order(last).is_le()));
        if judged_anew || out_of_order {
            let before = self.log.len();
            arrived.iter().for_each(|event| self.touched.day(day_of(event.at)));
            merge(&mut self.log, arrived);
            if judged_anew || self.log.len() > before {
                self.refold(context, timeline, changed);
            }
        } else {
            self.make_head(context);
            for event in arrived {
                self.step_head(context, event, timeline, changed);
            }
        }
        if self.log.len() + self.base.iter().map(Watch::len).sum::<usize>() <= SOON_MADE {
            self.head = None;
        }
    }

    fn make_head(&mut self, context: Context<'_>) {
        if self.head.is_none() {
            let mut head = self.base.clone();
            for event in &self.log {
                step(&mut head, context, event, &mut |_, _| {});
            }
            self.head = Some(head);
        }
    }

    /// The short path: the event is later than all that were kept.
    fn step_head(
        &mut self,
        context: Context<'_>,
        event: Arc<Activity>,
        timeline: &mut Timeline,
        changed: &mut dyn FnMut(DetectorId, Millis),
    ) {
        let Some(head) = &mut self.head else { return };
        let keep = step(head, context, &event, &mut |detector, signal| {
            changed(detector, signal.at);
            timeline.push(detector, signal);
        });
        if keep {
            self.touched.day(day_of(event.at));
            self.log.push(event);
            self.drop_superseded(context, timeline);
        }
    }

    /// Makes the head anew from the base, and the signals since with it.
    fn refold(
        &mut self,
        context: Context<'_>,
        timeline: &mut Timeline,
        changed: &mut dyn FnMut(DetectorId, Millis),
    ) {
        let mut head = self.base.clone();
        let mut found: Vec<Vec<Signal>> = vec![Vec::new(); context.plan.detectors.len()];
        let lane = |detector| context.plan.detectors.iter().position(|id| *id == detector);
        let touched = &mut self.touched;
        self.log.retain(|event| {
            let keep = step(&mut head, context, event, &mut |detector, signal| {
                if let Some(signals) = lane(detector).and_then(|lane| found.get_mut(lane)) {
                    signals.push(signal);
                }
            });
            if !keep {
                touched.day(day_of(event.at));
            }
            keep
        });
        self.head = Some(head);
        for (detector, signals) in context.plan.detectors.iter().zip(found) {
            if let Some(from) = timeline.replace_since(*detector, self.base_at, signals) {
                changed(*detector, from);
            }
        }
        self.drop_all_superseded(context, timeline);
    }

    /// Events for other detectors: their memories of all before `base_at`, and events since then, in any order. The
    /// signals since are found anew.
    pub(super) fn taken_over(
        context: Context<'_>,
        (base, base_at): (Vec<Watch>, Millis),
        events: Vec<Arc<Activity>>,
        timeline: &mut Timeline,
    ) -> Stream {
        let mut log = Vec::new();
        merge(&mut log, events);
        let mut stream = Stream::restore(base, base_at, log);
        stream.refold(context, timeline, &mut |_, _| {});
        stream
    }

    /// Moves the base forward to a UTC midnight that no late event can reach any more. It `must` be written, or only if
    /// that gains much; says whether it is. What reads the profile is always written: the log could be judged by
    /// profiles that are gone.
    pub(super) fn advance(&mut self, context: Context<'_>, to: Millis, must: bool) -> bool {
        if to <= self.base_at {
            if must {
                // It may have come here without an event to take in, and forgotten nothing.
                if self.base_at > Millis::MIN {
                    self.forget(context);
                }
                self.catch_up();
            }
            return must;
        }
        let done = self.log.partition_point(|event| event.at < to);
        if done == 0 && !must {
            // What is stored reads back as the same: between the two there is no event, and no signal.
            self.base_at = to;
            return false;
        }
        self.lag.events += done;
        for event in self.log.drain(..done) {
            note_day(&mut self.lag.days, day_of(event.at));
            step(&mut self.base, context, &event, &mut |_, _| {});
        }
        if self.log.capacity() > 64 && self.log.capacity() > 4 * self.log.len() {
            self.log.shrink_to_fit();
        }
        self.base_at = to;
        self.forget(context);
        let written = must || context.plan.reads_profile || self.lag.events >= MOST_LAG;
        if written {
            self.catch_up();
        }
        written
    }

    /// Forgets what nothing at or after the base can ask for.
    fn forget(&mut self, context: Context<'_>) {
        let to = self.base_at;
        for (watch, test) in self.base.iter_mut().zip(tests(context)) {
            watch.forget(test, to);
        }
        if self.log.is_empty() {
            // Nothing since: the head is the base, and need not be held twice.
            self.head = None;
        } else {
            let head = self.head.iter_mut().flatten();
            head.zip(tests(context)).for_each(|(watch, test)| watch.forget(test, to));
        }
    }

    /// What the detectors remember as of an instant; nothing where the base has gone beyond it.
    pub(super) fn as_of(&self, context: Context<'_>, at: Millis) -> Option<Vec<Watch>> {
        if self.base_at > at {
            return None;
        }
        let mut watches = self.base.clone();
        for event in self.log.iter().take_while(|event| event.at <= at) {
            step(&mut watches, context, event, &mut |_, _| {});
        }
        Some(watches)
    }

    /// The days of the log, as it is here or may be stored; some may come twice.
    pub(super) fn days(&self) -> impl Iterator<Item = Day> {
        self.log.iter().map(|event| day_of(event.at)).chain(self.lag.days.iter().copied())
    }

    /// Whether the base has taken in a day that is stored in the log.
    pub(super) fn is_ahead_on(&self, day: Day) -> bool {
        !self.lag.days.is_empty() && start_of(day) < self.base_at
    }

    /// Has the base written as it is now.
    pub(super) fn catch_up(&mut self) {
        let Lag { days, events: _ } = mem::take(&mut self.lag);
        self.touched.days.extend(days);
        self.touched.base = true;
    }

    pub(super) fn take_touched(&mut self) -> Touched {
        mem::take(&mut self.touched)
    }

    /// The part of the log on one day.
    pub(super) fn day(&self, day: Day) -> &[Arc<Activity>] {
        let from = self.log.partition_point(|event| event.at < start_of(day));
        let to = self.log.partition_point(|event| event.at < start_of(day + 1));
        &self.log[from..to]
    }

    /// Whether nothing is left of it.
    pub(super) fn is_empty(&self) -> bool {
        self.log.is_empty() && self.pending.is_empty() && self.base.iter().all(Watch::is_empty)
    }

    /// How many things base and head remember.
    pub(super) fn remembered(&self) -> usize {
        self.base.iter().chain(self.head.iter().flatten()).map(Watch::len).sum()
    }

    /// The instant from which nothing of it is needed but what is kept for ever; `None` where that is
    /// all there is.
    pub(super) fn quiet_from(&self, context: Context<'_>) -> Option<Millis> {
        let watches = self.head.as_ref().unwrap_or(&self.base);
        let remembered =
            watches.iter().zip(tests(context)).filter_map(|(watch, test)| watch.empty_from(test));
        let logged = self.log.last().map(|event| event.at + 1);
        let lagging = (!self.lag.days.is_empty()).then(|| self.base_at.saturating_add(LONGEST_LAG_MS));
        remembered.chain(logged).chain(lagging).max()
    }
}

pub(super) fn test(detector: &Detector) -> Option<&Test> {
    match &detector.source {
        Source::Events { test, .. } => Some(test),
        Source::Timer { .. } => None,
    }
}

fn tests(context: Context<'_>) -> impl Iterator<Item = &Test> {
    context.plan.detectors.iter().filter_map(move |id| test(&context.rules.detectors[*id]))
}

/// Steps every detector's memory with one event; returns whether the event must be kept.
fn step(
    watches: &mut [Watch],
    context: Context<'_>,
    event: &Arc<Activity>,
    signal: &mut dyn FnMut(DetectorId, Signal),
) -> bool {
    let plan = context.plan;
    let has_limit = matches!(event.usage(), Some((_, Some(_))));
    let looks = plan.filters_read_profile || (plan.reads_profile && !has_limit);
    let profile = if looks { profile_at(context.profiles, event.at) } else { None };
    let env =
        Env { account: context.account, event: Some(event), profile: profile.map(|p| &**p), now: event.at };
    let mut keep = false;
    for (watch, id) in watches.iter_mut().zip(&context.plan.detectors) {
        match watch.step(&context.rules.detectors[*id].source, event, &env) {
            Step::Passed => {}
            Step::Noted => keep = true,
            Step::Signal(measure) => {
                keep = true;
                signal(*id, Signal::of(Arc::clone(event), measure));
            }
        }
    }
    keep
}

/// Merges sorted arrivals into the sorted log, each event once.
fn merge(log: &mut Vec<Arc<Activity>>, arrived: Vec<Arc<Activity>>) {
    if arrived.len() <= 8 {
        arrived.into_iter().for_each(|event| {
            insert_ordered(log, event);
        });
        return;
    }
    log.extend(arrived);
    log.sort_by(|a, b| a.order(b));
    log.dedup_by(|a, b| a.order(b).is_eq());
}
