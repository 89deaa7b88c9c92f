//! One account: what is remembered of it, and what its events make of that.
//!
//! Events arrive in any order ([`Account::arrive`]); [`Account::settle`] takes them in and returns what
//! changed for readers; [`Account::prune`] forgets what no event to come can touch. The state is a function
//! of the set of events and of how far was pruned, so duplicates and disorder leave no trace.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::converge::{Opening, View, fold};
use super::detect::passes_by;
use super::opportunity::Opportunity;
use super::piece::PieceKey;
use super::profiles::Profiles;
use super::publish::{Publisher, Retired};
use super::signal::{Timeline, insert_ordered};
use super::stream::{Context, Stream};
use super::timer::{Due, due};
use crate::event::{Activity, Fact, Ordered, Outcome, Profile, Stage};
use crate::rules::{DetectorId, Rules, Source};
use crate::sorted::SortedMap;
use crate::time::{DAY_MS, Millis, day_of, start_of};

/// How far back an event may still come, each bound a UTC midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// No event of any topic before it.
    pub horizon: Millis,
    /// No event of a topic before its own, which is at or after the horizon.
    pub topics: [Millis; 5],
}

impl Bounds {
    /// The midnights at or before the given bounds.
    pub fn floor(horizon: Millis, topics: [Millis; 5]) -> Bounds {
        let midnight = |at: Millis| {
            if at < Millis::MIN + DAY_MS { Millis::MIN } else { start_of(day_of(at)) }
        };
        Bounds { horizon: midnight(horizon), topics: topics.map(|at| midnight(at.max(horizon))) }
    }

    /// The same, but for what timers have yet to look at: a clock may stand behind the horizon.
    pub fn up_to_clock(self, clock: Millis) -> Bounds {
        Bounds { horizon: Bounds::floor(self.horizon.min(clock), self.topics).horizon, ..self }
    }
}

/// One play's openings, and the ids of those that are gone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct PlayState {
    pub(super) openings: Vec<Opening>,
    pub(super) retired: Retired,
}

/// What is remembered of one account.
///
/// As bytes ([`Account::to_rest`]) it is without its id, and without what has yet to be settled or written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    #[serde(skip)]
    pub(super) id: Box<str>,
    pub(super) profiles: Profiles,
    pub(super) outcomes: Vec<Arc<Outcome>>,
    pub(super) streams: SortedMap<usize, Stream>,
    pub(super) timeline: Timeline,
    /// By `before` detector: values whose signal is older than `pruned_to`.
    pub(super) timers_done: SortedMap<DetectorId, BTreeSet<Millis>>,
    pub(super) plays: SortedMap<usize, PlayState>,
    /// Ids ever emitted: the rows of the latest topic, which an erasure must find.
    pub(super) rows: BTreeSet<Uuid>,
    /// The horizon's midnight up to which this account was pruned.
    pub(super) pruned_to: Millis,
    #[serde(skip)]
    pub(super) touched: BTreeSet<PieceKey>,
    #[serde(skip)]
    arrived_profiles: Vec<Arc<Profile>>,
    #[serde(skip)]
    arrived_outcomes: Vec<Arc<Outcome>>,
    /// The earliest instant at which a timer may signal; the least where that is not known yet.
    next_timer: Option<Millis>,
    /// When the account asked to be looked at, by the timers' clock and by the horizon.
    pub(super) schedule: Schedule,
}

/// When an account asked to be looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// By the timers' clock.
    pub timer: Option<Millis>,
    /// By the horizon.
    pub quiet: Option<Millis>,
}

/// However long something is held, a quiet account is looked at again after this much event time.
const LONGEST_REST_MS: Millis = 128 * DAY_MS;

/// How far the horizon moves before a busy account is pruned to it.
const PRUNED_EVERY_MS: Millis = 7 * DAY_MS;

/// From when on something is another than before.
type Since = Option<Millis>;

fn earlier(a: Since, b: Since) -> Since {
    a.into_iter().chain(b).min()
}

impl Account {
    /// An account of which nothing is known.
    pub fn new(id: &str) -> Account {
        Account {
            id: id.into(),
            profiles: Profiles::default(),
            outcomes: Vec::new(),
            streams: SortedMap::default(),
            timeline: Timeline::default(),
            timers_done: SortedMap::default(),
            plays: SortedMap::default(),
            rows: BTreeSet::new(),
            pruned_to: Millis::MIN,
            touched: BTreeSet::new(),
            arrived_profiles: Vec::new(),
            arrived_outcomes: Vec::new(),
            next_timer: Some(Millis::MIN),
            schedule: Schedule::default(),
        }
    }

    /// The account's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether an event can change anything of an account that one may know nothing of: most usage can't, and
    /// need not be shown to it. An event that no detector keeps leaves no trace, in whatever order it comes.
    pub fn is_concerned(rules: &Rules, account: &str, fact: &Fact) -> bool {
        let Fact::Activity(event) = fact else { return true };
        rules.plan.streams_of(event.kind).iter().any(|id| is_read(rules, *id, account, event))
    }

    /// Takes an event for the next [`Account::settle`]. It must not be late.
    pub fn arrive(&mut self, rules: &Rules, fact: Fact) {
        match fact {
            Fact::Profile(profile) => self.arrived_profiles.push(profile),
            Fact::Outcome(outcome) => self.arrived_outcomes.push(outcome),
            Fact::Activity(activity) => {
                let streams = rules.plan.streams_of(activity.kind).iter();
                for id in streams.filter(|id| is_read(rules, **id, &self.id, &activity)) {
                    let new = || Stream::new(rules, &rules.plan.streams[*id]);
                    self.streams.get_or_insert_with(*id, new).arrive(Arc::clone(&activity));
                }
            }
        }
    }

    /// Takes in what has arrived, with timers due by `clock`; returns the revisions to emit.
    pub fn settle(&mut self, rules: &Rules, clock: Millis) -> Vec<Opportunity> {
        self.settle_and_tell(rules, clock, &mut |_, _| ())
    }

    /// The same, and says how often each detector has signalled; signals after one that came late are found anew.
    pub fn settle_and_tell(
        &mut self,
        rules: &Rules,
        clock: Millis,
        found: &mut dyn FnMut(DetectorId, u64),
    ) -> Vec<Opportunity> {
        let profiles_changed = take_in(&mut self.arrived_profiles, |profile| self.profiles.insert(profile));
        let outcomes = &mut self.outcomes;
        let outcomes_changed =
            take_in(&mut self.arrived_outcomes, |outcome| insert_ordered(outcomes, outcome));
        if profiles_changed.is_some() {
            self.touched.insert(PieceKey::Profiles);
        }
        if outcomes_changed.is_some() {
            self.touched.insert(PieceKey::Outcomes);
        }
        let mut signals_changed: BTreeMap<DetectorId, Millis> = BTreeMap::new();
        let mut changed = |detector, from: Millis| {
            signals_changed.entry(detector).and_modify(|at| *at = from.min(*at)).or_insert(from);
        };
        for (id, stream) in self.streams.iter_mut() {
            let plan = &rules.plan.streams[*id];
            let context = Context { rules, plan, account: &self.id, profiles: &self.profiles };
            stream.settle(context, profiles_changed, &mut self.timeline, &mut changed);
        }
        if profiles_changed.is_some() || self.next_timer.is_some_and(|at| at <= clock) {
            self.run_timers(rules, clock, &mut changed);
        }
        for (id, from) in &signals_changed {
            found(*id, self.timeline.since(*id, *from).len() as u64);
        }
        let everywhere = earlier(profiles_changed, outcomes_changed);
        if everywhere.is_none() && signals_changed.is_empty() {
            return Vec::new();
        }
        let mut emitted = Vec::new();
        for (id, play) in rules.plays.iter().enumerate() {
            let own = play.listed().chain(play.unless.iter().copied());
            let from = own.filter_map(|detector| signals_changed.get(&detector).copied()).min();
            if let Some(from) = earlier(from, everywhere) {
                emitted.extend(self.refold(rules, id, from));
            }
        }
        emitted
    }

    fn run_timers(&mut self, rules: &Rules, clock: Millis, changed: &mut dyn FnMut(DetectorId, Millis)) {
        self.next_timer = None;
        for id in &rules.plan.timers {
            let Due { mut signals, next } = self.due(rules, *id, clock);
            signals.retain(|signal| signal.at >= self.pruned_to);
            if let Some(from) = self.timeline.replace_since(*id, self.pruned_to, signals) {
                changed(*id, from);
            }
            self.next_timer = earlier(self.next_timer, next);
        }
    }

    fn due(&self, rules: &Rules, detector: DetectorId, clock: Millis) -> Due {
        let Source::Timer { field, lead_ms } = rules.detectors[detector].source else {
            return Due::default();
        };
        let none = BTreeSet::new();
        due(&self.profiles, field, lead_ms, self.timers_done.get(&detector).unwrap_or(&none), clock)
    }

    /// Folds a play again from an instant on, and says what that changed.
    fn refold(&mut self, rules: &Rules, id: usize, from: Millis) -> Vec<Opportunity> {
        let play = &rules.plays[id];
        let mut state = self.plays.remove(&id).unwrap_or_default();
        let cut = state.openings.partition_point(|opening| opening.opened_at < from);
        let mut old = state.openings.split_off(cut);
        // The last opening before may lose or gain evidence: compare it too.
        let open_end = state.openings.last().is_some_and(|last| {
            last.last_at >= from || from <= rules.calendar.window_end(last.opened_at, play.window)
        });
        let start = if open_end { cut - 1 } else { cut };
        old.splice(0..0, state.openings[start..].iter().cloned());
        let view = View {
            rules,
            account: &self.id,
            profiles: &self.profiles,
            outcomes: &self.outcomes,
            timeline: &self.timeline,
        };
        fold(view, play, from, &mut state.openings);
        let (kept, new) = state.openings.split_at_mut(start);
        let publisher = Publisher { rules, account: &self.id, play };
        let emitted = publisher.reconcile(kept, &old, new, &mut state.retired);
        // An opening may change and read the same: it is stored, and not emitted.
        if state.openings[start..] != old[..] {
            self.touched.insert(PieceKey::Play(id));
            let known = self.rows.len();
            self.rows.extend(emitted.iter().map(|opportunity| opportunity.id));
            if self.rows.len() > known {
                self.touched.insert(PieceKey::Rows);
            }
        }
        if state != PlayState::default() {
            self.plays.insert(id, state);
        }
        emitted
    }

    /// Forgets what no event within the bounds can touch any more: all of that where it `must`, else where there is so
    /// much of it that it is worth writing what is left.
    pub fn prune(&mut self, rules: &Rules, bounds: &Bounds, must: bool) {
        let mut pruned = must;
        for (id, stream) in self.streams.iter_mut() {
            let plan = &rules.plan.streams[*id];
            let context = Context { rules, plan, account: &self.id, profiles: &self.profiles };
            let own = bounds.topics[plan.kind.topic().index()];
            let to = if plan.reads_profile { bounds.horizon } else { own };
            pruned |= stream.advance(context, to, must);
        }
        let rested_ms = bounds.horizon.saturating_sub(self.pruned_to);
        if rested_ms > 0 && (must || rested_ms >= PRUNED_EVERY_MS) {
            self.prune_to(rules, bounds.horizon);
            pruned = true;
        }
        if pruned {
            self.drop_spent_streams(rules);
        }
    }

    /// Moves bases that are stored as they were some time ago to where signals were forgotten: what was forgotten must
    /// not be found again.
    pub(super) fn advance_streams(&mut self, rules: &Rules) {
        for (id, stream) in self.streams.iter_mut() {
            let plan = &rules.plan.streams[*id];
            let context = Context { rules, plan, account: &self.id, profiles: &self.profiles };
            stream.advance(context, self.pruned_to, false);
        }
    }

    /// Drops streams of which nothing is left, their signals included: only a stream knows from when on its
    /// signals may still change.
    fn drop_spent_streams(&mut self, rules: &Rules) {
        self.collect_touched();
        let (timeline, touched) = (&self.timeline, &mut self.touched);
        self.streams.retain(|id, stream| {
            let mut detectors = rules.plan.streams[*id].detectors.iter();
            let spent = stream.is_empty() && detectors.all(|detector| timeline.all(*detector).is_empty());
            if spent {
                stream.catch_up();
                touched.insert(PieceKey::Base(*id));
                touched.extend(stream.take_touched().days.into_iter().map(|day| PieceKey::Log(*id, day)));
            }
            !spent
        });
    }

    fn prune_to(&mut self, rules: &Rules, horizon: Millis) {
        self.prune_timers(rules, horizon);
        for detector in self.timeline.detectors() {
            let since = rules.plan.signals_since(&rules.calendar, detector, horizon);
            self.timeline.forget(detector, since);
        }
        self.prune_plays(rules, horizon);
        let held = horizon.saturating_sub(rules.plan.outcome_ms);
        let outcomes = self.outcomes.len();
        self.outcomes.retain(|outcome| outcome.at >= held || snoozes_beyond(outcome, horizon));
        let needed = self.first_revisable(rules, horizon).map_or(horizon, |at| horizon.min(at + 1));
        self.profiles.forget_superseded(needed);
        if outcomes != self.outcomes.len() {
            self.touched.insert(PieceKey::Outcomes);
        }
        self.touched.insert(PieceKey::Profiles);
        self.pruned_to = horizon;
    }

    /// When the first opening opened that an event at or after the horizon may still change. One that loses
    /// evidence falls back on the profile as of the evidence before.
    fn first_revisable(&self, rules: &Rules, horizon: Millis) -> Option<Millis> {
        let of_play = |(id, state): (&usize, &PlayState)| {
            let reach = rules.calendar.window_start(horizon, rules.plays[*id].window);
            state.openings.iter().map(|opening| opening.opened_at).find(|at| *at >= reach)
        };
        self.plays.iter().filter_map(of_play).min()
    }

    fn prune_timers(&mut self, rules: &Rules, horizon: Millis) {
        for id in &rules.plan.timers {
            let fired = self.due(rules, *id, horizon.saturating_sub(1)).signals;
            let done = self.timers_done.get_or_insert_with(*id, BTreeSet::new);
            done.extend(fired.iter().filter_map(|signal| match signal.cause {
                super::signal::Cause::Timer(time) => Some(time),
                super::signal::Cause::Event(_) => None,
            }));
            *done = done.split_off(&(horizon.saturating_add(1)));
        }
        self.timers_done.retain(|_, done| !done.is_empty());
    }

    fn prune_plays(&mut self, rules: &Rules, horizon: Millis) {
        for (id, state) in self.plays.iter_mut() {
            let play = &rules.plays[*id];
            let before = (state.openings.len(), state.retired.len());
            let from = Publisher { rules, account: &self.id, play }.remembered_from(horizon);
            let gone = state.openings.partition_point(|opening| opening.opened_at < from);
            let given = state.openings.drain(..gone).filter_map(|opening| opening.given);
            state.retired.extend(given.map(|given| (given.named_at, given.id)));
            state.retired.retain(|(named_at, _)| *named_at >= horizon);
            if before != (state.openings.len(), state.retired.len()) {
                self.touched.insert(PieceKey::Play(*id));
            }
        }
        self.plays.retain(|_, state| *state != PlayState::default());
    }

    /// The horizon from which on pruning would leave only the latest profile, `first` keys and the ids of
    /// rows; `None` where that is all there is.
    pub fn quiet_from(&self, rules: &Rules) -> Option<Millis> {
        let streams = self.streams.iter().filter_map(|(id, stream)| {
            let plan = &rules.plan.streams[*id];
            stream.quiet_from(Context { rules, plan, account: &self.id, profiles: &self.profiles })
        });
        let signals = self.timeline.detectors().into_iter().filter_map(|id| {
            let last = self.timeline.all(id).last()?;
            Some(rules.plan.signal_spent_at(&rules.calendar, id, last.at))
        });
        let plays = self.plays.iter().flat_map(|(id, state)| {
            let play = &rules.plays[*id];
            let spent = move |opening: &Opening| {
                let window_end = rules.calendar.window_end(opening.opened_at, play.window);
                window_end.max(opening.opened_at + play.cooldown_ms) + 1
            };
            let retired = state.retired.iter().map(|(named_at, _)| *named_at + 1);
            state.openings.iter().map(spent).chain(retired)
        });
        let outcomes = self.outcomes.iter().map(|outcome| {
            let snoozed = outcome.until.filter(|_| outcome.stage == Stage::Snoozed);
            (outcome.at + rules.plan.outcome_ms).max(snoozed.unwrap_or(Millis::MIN)) + 1
        });
        let profiles = self.profiles.last_at().filter(|_| self.profiles.count() > 1).map(|last| last + 1);
        let timers = self.timers_done.values().filter_map(|done| done.last().copied());
        streams.chain(signals).chain(plays).chain(outcomes).chain(profiles).chain(timers).max()
    }

    /// When the account wants to be looked at next; `Some` with the times before and now where they changed.
    pub fn reschedule(&mut self, rules: &Rules) -> Option<(Schedule, Schedule)> {
        // The quiet deadline is lazy: an account that stays busy is looked at again only when it is due.
        let quiet = match self.schedule.quiet {
            Some(at) if at > self.pruned_to => Some(at),
            _ => self.quiet_from(rules).map(|at| at.min(self.rested_from() + LONGEST_REST_MS)),
        };
        let now = Schedule { timer: self.next_timer, quiet };
        let before = mem::replace(&mut self.schedule, now);
        (before != now).then(|| {
            self.touched.insert(PieceKey::Schedule);
            (before, now)
        })
    }

    /// Whether it wanted to be looked at by now, since it can shrink.
    pub fn is_due(&self, bounds: &Bounds) -> bool {
        self.schedule.quiet.is_some_and(|at| at <= bounds.horizon)
    }

    fn rested_from(&self) -> Millis {
        let seen = [self.profiles.last_at(), self.outcomes.last().map(|outcome| outcome.at)];
        let logged = self.streams.values().filter_map(|stream| stream.log.last()).map(|event| event.at);
        logged.chain(seen.into_iter().flatten()).fold(self.pruned_to, Millis::max).max(-LONGEST_REST_MS)
    }

    /// Whether nothing at all is remembered.
    pub fn is_empty(&self) -> bool {
        self.profiles.count() == 0
            && self.outcomes.is_empty()
            && self.streams.is_empty()
            && self.timeline.is_empty()
            && self.plays.is_empty()
            && self.rows.is_empty()
    }

    fn collect_touched(&mut self) {
        for (id, stream) in self.streams.iter_mut() {
            let touched = stream.take_touched();
            self.touched.extend(touched.days.into_iter().map(|day| PieceKey::Log(*id, day)));
            if touched.base {
                self.touched.insert(PieceKey::Base(*id));
            }
        }
        let signals = self.timeline.take_touched().into_iter();
        self.touched.extend(signals.map(|(detector, day)| PieceKey::Signals(detector, day)));
    }

    /// Makes it small: nobody looks at it for a while.
    pub fn rest(&mut self) {
        self.profiles.pack();
    }

    /// The pieces of state that changed since this was last asked.
    pub fn take_touched(&mut self) -> BTreeSet<PieceKey> {
        self.collect_touched();
        // A day of the log that is written without what went into the base needs the base; and a base that is written, for
        // whatever reason, has taken in days that are to go.
        for (id, stream) in self.streams.iter_mut() {
            let is_written = self.touched.contains(&PieceKey::Base(*id));
            let mut days = self.touched.iter().filter_map(|key| match key {
                PieceKey::Log(of, day) if of == id => Some(*day),
                _ => None,
            });
            if is_written || days.any(|day| stream.is_ahead_on(day)) {
                stream.catch_up();
            }
        }
        self.collect_touched();
        mem::take(&mut self.touched)
    }
}

/// Whether a stream may keep an event.
fn is_read(rules: &Rules, stream: usize, account: &str, event: &Activity) -> bool {
    let passes = |id: &DetectorId| passes_by(&rules.detectors[*id].source, event, account);
    !rules.plan.streams[stream].detectors.iter().all(passes)
}

fn snoozes_beyond(outcome: &Outcome, horizon: Millis) -> bool {
    outcome.stage == Stage::Snoozed && outcome.until.is_some_and(|until| until > horizon)
}

/// Puts arrivals in their places; returns the earliest instant that got a new one.
fn take_in<T: Ordered>(arrived: &mut Vec<Arc<T>>, mut insert: impl FnMut(Arc<T>) -> bool) -> Since {
    let mut changed = None;
    for record in mem::take(arrived) {
        let at = record.at();
        if insert(record) {
            changed = earlier(changed, Some(at));
        }
    }
    changed
}
