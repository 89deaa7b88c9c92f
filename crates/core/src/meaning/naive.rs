//! SPEC section 3 in code, slowly: sort everything, look at everything.
//!
//! No state, no increments, no pruning. Tests hold the engine and `explain` against it. It shares the words
//! of the engine (events, signals, openings), and none of its decisions but the ones on a single event
//! (expressions, limits) and on outcomes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::converge::{Evidence, Opening, View, holding_back};
use super::detect::{Measure, limit};
use super::profiles::Profiles;
use super::signal::{Cause, Signal, Timeline};
use crate::event::{Activity, Fact, Key, Outcome, Profile, order};
use crate::expr::Env;
use crate::rules::{Calendar, Detector, DetectorId, Play, Rules, Source, Span, Test};
use crate::time::{Day, Millis, day_of};

/// An account's whole history, worked out.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Profiles in order.
    pub profiles: Profiles,
    /// Outcomes in order.
    pub outcomes: Vec<Arc<Outcome>>,
    /// Every signal of every detector.
    pub timeline: Timeline,
    /// Every opening, by play.
    pub openings: Vec<Vec<Opening>>,
}

/// Works out an account's history from the set of its events, with timers due by `clock`.
pub fn history(rules: &Rules, account: &str, facts: &[Fact], clock: Millis) -> History {
    let mut facts: Vec<&Fact> = facts.iter().collect();
    facts.sort_by(|a, b| order(a, b));
    facts.dedup_by(|a, b| order(a, b).is_eq());
    let mut history = History::default();
    let mut activities = Vec::new();
    for fact in facts {
        match fact {
            Fact::Activity(activity) => activities.push(Arc::clone(activity)),
            Fact::Profile(profile) => history.profiles.push(Arc::clone(profile)),
            Fact::Outcome(outcome) => history.outcomes.push(Arc::clone(outcome)),
        }
    }
    for (id, detector) in rules.detectors.iter().enumerate() {
        for signal in signals(detector, account, &activities, &history.profiles, clock) {
            history.timeline.push(id, signal);
        }
    }
    history.openings = rules.plays.iter().map(|play| openings(rules, account, &history, play)).collect();
    history
}

impl History {
    /// What the play conditions look at.
    pub fn view<'a>(&'a self, rules: &'a Rules, account: &'a str) -> View<'a> {
        View { rules, account, profiles: &self.profiles, outcomes: &self.outcomes, timeline: &self.timeline }
    }

    fn profile(&self, at: Millis) -> Option<&Arc<Profile>> {
        last_profile(&self.profiles, at)
    }
}

fn last_profile(profiles: &[Arc<Profile>], at: Millis) -> Option<&Arc<Profile>> {
    profiles.iter().rfind(|profile| profile.at <= at)
}

fn signals(
    detector: &Detector,
    account: &str,
    activities: &[Arc<Activity>],
    profiles: &[Arc<Profile>],
    clock: Millis,
) -> Vec<Signal> {
    let (kind, filter, test) = match &detector.source {
        Source::Timer { field, lead_ms } => {
            let times: Vec<_> = profiles.iter().map(|profile| (profile.at, profile.time(*field))).collect();
            return timers(&times, *lead_ms, clock);
        }
        Source::Events { kind, filter, test } => (kind, filter, test),
    };
    let matching: Vec<&Arc<Activity>> = activities
        .iter()
        .filter(|event| event.kind == *kind)
        .filter(|event| {
            let profile = last_profile(profiles, event.at).map(|profile| &**profile);
            let env = Env { account, event: Some(event), profile, now: event.at };
            filter.as_ref().is_none_or(|filter| filter.holds(&env))
        })
        .filter(|event| test.key().is_none_or(|key| event.key(key).is_some()))
        .collect();
    let mut fired = BTreeSet::new();
    (0..matching.len())
        .filter_map(|at| {
            let (measure, once) = verdict(test, &matching[..=at], &matching, profiles)?;
            let first = once.is_none_or(|once| fired.insert(once));
            first.then(|| Signal::of(Arc::clone(matching[at]), measure))
        })
        .collect()
}

fn timers(profiles: &[(Millis, Option<Millis>)], lead_ms: Millis, clock: Millis) -> Vec<Signal> {
    let mut done = BTreeSet::new();
    let mut signals = Vec::new();
    for (position, (from, time)) in profiles.iter().enumerate() {
        let Some(time) = *time else { continue };
        let at = *from.max(&(time - lead_ms));
        let superseded = profiles[position + 1..].iter().any(|(later, _)| *later <= at);
        if at < time && !superseded && at <= clock && done.insert(time) {
            signals.push(Signal { at, cause: Cause::Timer(time), measure: None });
        }
    }
    signals.sort_by_key(|signal| signal.at);
    signals
}

/// A signal's measure, and what it happens at most once for: a day, a day and meter, a key value.
type Verdict = (Option<Measure>, Option<(Day, Box<str>)>);

/// What a verdict on one event looks at.
#[derive(Clone, Copy)]
struct Sight<'a> {
    event: &'a Arc<Activity>,
    /// The matching events up to and with it.
    seen: &'a [&'a Arc<Activity>],
    /// All matching events.
    all: &'a [&'a Arc<Activity>],
    profiles: &'a [Arc<Profile>],
}

fn measure(value: f64, against: f64) -> Option<Measure> {
    Some(Measure { value, against })
}

/// Is the last of `seen` a signal? `all` are the matching events, `seen` those up to and with it.
fn verdict(
    test: &Test,
    seen: &[&Arc<Activity>],
    all: &[&Arc<Activity>],
    profiles: &[Arc<Profile>],
) -> Option<Verdict> {
    let event = seen.last()?;
    let sight = Sight { event, seen, all, profiles };
    match test {
        Test::Match => Some((None, None)),
        Test::Ratio { at_least } => ratio(sight, *at_least),
        Test::Distinct { key, at_least, within_ms, group_by } => {
            trailing(sight, *key, *at_least, *within_ms, *group_by)
        }
        Test::Spike { key, factor, baseline_days, min_days, min_count } => {
            let threshold = spike_threshold(sight, *key, *factor, *baseline_days, *min_days, *min_count)?;
            let day = day_of(event.at);
            let count = on_day(day, seen, *key) as f64;
            (count >= threshold).then(|| (measure(count, threshold), Some((day, "".into()))))
        }
        Test::Trend { growth, periods } => trend(sight, *growth, *periods),
        Test::First { key } => Some((None, Some((0, event.key(*key)?.as_ref().into())))),
        Test::Regulars { key, at_least, active_days, within_days } => {
            regulars(sight, *key, *at_least, *active_days as usize, *within_days)
        }
    }
}

fn ratio(sight: Sight<'_>, at_least: f64) -> Option<Verdict> {
    let (used, own) = sight.event.usage()?;
    let profile = last_profile(sight.profiles, sight.event.at).map(|profile| &**profile);
    let limit = limit(sight.event, own, profile)?;
    (limit > 0.0 && used / limit >= at_least).then(|| (measure(used, limit), None))
}

fn trailing(
    sight: Sight<'_>,
    key: Key,
    at_least: u64,
    within_ms: Millis,
    group_by: Option<Key>,
) -> Option<Verdict> {
    let event = sight.event;
    let group = |event: &Activity| group_by.and_then(|by| event.key(by).map(|name| name.into_owned()));
    let near = |other: &&&Arc<Activity>| other.at >= event.at - within_ms && group(other) == group(event);
    let count = distinct(sight.seen.iter().filter(near), key);
    (count >= at_least).then(|| (measure(count as f64, at_least as f64), None))
}

fn on_day(day: Day, events: &[&Arc<Activity>], key: Key) -> u64 {
    distinct(events.iter().filter(|event| day_of(event.at) == day), key)
}

/// What the day's count must reach; `None` where too few days before it have any.
fn spike_threshold(
    sight: Sight<'_>,
    key: Key,
    factor: f64,
    baseline_days: i64,
    min_days: u64,
    min_count: f64,
) -> Option<f64> {
    let day = day_of(sight.event.at);
    let before = (day - baseline_days..day).map(|day| on_day(day, sight.all, key));
    let counts: Vec<u64> = before.filter(|count| *count > 0).collect();
    if counts.is_empty() || (counts.len() as u64) < min_days {
        return None;
    }
    Some(min_count.max(factor * counts.iter().sum::<u64>() as f64 / counts.len() as f64))
}

fn trend(sight: Sight<'_>, growth: f64, periods: i64) -> Option<Verdict> {
    let event = sight.event;
    let day = day_of(event.at);
    let last = |weeks: i64| {
        let same =
            |other: &&&Arc<Activity>| other.meter() == event.meter() && day_of(other.at) == day - 7 * weeks;
        sight.all.iter().rfind(same)?.usage().map(|(used, _)| used)
    };
    let (used, _) = event.usage()?;
    let mut now = used;
    for weeks in 1..=periods {
        let before = last(weeks)?;
        if before <= 0.0 || now < (1.0 + growth - 1e-9) * before {
            return None;
        }
        now = before;
    }
    let meter = event.meter().unwrap_or_default();
    Some((measure(used, last(1).unwrap_or_default()), Some((day, meter.into()))))
}

fn regulars(
    sight: Sight<'_>,
    key: Key,
    at_least: u64,
    active_days: usize,
    within_days: i64,
) -> Option<Verdict> {
    let day = day_of(sight.event.at);
    let mut users: BTreeMap<String, BTreeSet<Day>> = BTreeMap::new();
    for other in sight.seen.iter().filter(|other| day_of(other.at) > day - within_days) {
        users.entry(other.key(key)?.into_owned()).or_default().insert(day_of(other.at));
    }
    let regulars = users.values().filter(|days| days.len() >= active_days).count() as u64;
    let found = regulars >= at_least;
    found.then(|| (measure(regulars as f64, at_least as f64), Some((day, "".into()))))
}

fn distinct<'a>(events: impl Iterator<Item = &'a &'a Arc<Activity>>, key: Key) -> u64 {
    events.filter_map(|event| event.key(key)).collect::<BTreeSet<_>>().len() as u64
}

/// Whether `at` is inside the window that ends at `end`: SPEC 3.4 by the letter.
pub fn in_window(calendar: &Calendar, at: Millis, end: Millis, window: Span) -> bool {
    let inside = match window {
        Span::Time(ms) => end - at <= ms,
        Span::BusinessDays(days) => {
            (day_of(at) + 1..=day_of(end)).filter(|day| calendar.is_business_day(*day)).count() as i64 <= days
        }
    };
    at <= end && inside
}

fn openings(rules: &Rules, account: &str, history: &History, play: &Play) -> Vec<Opening> {
    let signals = |id: DetectorId| history.timeline.all(id);
    let mut instants: BTreeSet<Millis> = history.profiles.iter().map(|profile| profile.at).collect();
    instants.extend(play.listed().flat_map(signals).map(|signal| signal.at));
    let mut openings: Vec<Opening> = Vec::new();
    for at in instants {
        let inside = |id: DetectorId| -> Vec<&Signal> {
            signals(id)
                .iter()
                .filter(|signal| in_window(&rules.calendar, signal.at, at, play.window))
                .collect()
        };
        let evidence = |detector: DetectorId| {
            let inside = inside(detector);
            let (first, last) = (inside.first()?, inside.last()?);
            Some(Evidence { detector, signal: (*last).clone(), since: first.at, added_at: at })
        };
        let Some(profile) = history.profile(at) else {
            continue;
        };
        if let Some(current) = openings.last_mut()
            && in_window(&rules.calendar, current.opened_at, at, play.window)
        {
            let is_new = |id: &DetectorId| {
                current.evidence.iter().all(|known| known.detector != *id)
                    && signals(*id).iter().any(|signal| signal.at == at)
            };
            let added: Vec<Evidence> = play.listed().filter(is_new).filter_map(evidence).collect();
            if !added.is_empty() {
                current.evidence.extend(added);
                current.last_at = at;
                current.profile = Arc::clone(profile);
            }
        }
        let met = |side: &[DetectorId]| side.is_empty() || side.iter().any(|id| !inside(*id).is_empty());
        let against = |id: &DetectorId| {
            signals(*id).iter().any(|signal| (at - play.unless_within_ms..=at).contains(&signal.at))
        };
        let env = Env { account, event: None, profile: Some(profile), now: at };
        let active = met(&play.product) && met(&play.business) && !play.unless.iter().any(against);
        if active
            && play.gate.holds(&env)
            && holding_back(history.view(rules, account), play, openings.last(), at).is_none()
        {
            openings.push(Opening {
                opened_at: at,
                last_at: at,
                evidence: play.listed().filter_map(evidence).collect(),
                gate_profile: Arc::clone(profile),
                profile: Arc::clone(profile),
                given: None,
            });
        }
    }
    openings
}
