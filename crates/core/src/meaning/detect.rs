//! When is an event a signal? One file a detector kind (SPEC 3.3).
//!
//! A [`Watch`] is what one detector remembers of the events it has seen, in order. Stepping it with the
//! next event changes that memory and says whether the event is a signal. The memory is made of sets,
//! counts and latest times, so that what it forgets can no longer matter.
//!
//! To add a kind: a file here, a row in [`Watch`], a line in the rules crate, a table of tests.

mod distinct;
mod first;
mod regulars;
mod spike;
mod trend;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::event::{Activity, Key, Kind, Profile, Value};
use crate::expr::{Env, Expr};
use crate::rules::{Source, Test};
use crate::time::Millis;

use distinct::Distinct;
use first::First;
use regulars::Regulars;
use spike::Spike;
use trend::Trend;

/// What a detector measured, and what it was held against: used and limit, a count and its threshold,
/// this reading and the one a week before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What was found.
    pub value: f64,
    /// What it was compared with.
    pub against: f64,
}

/// What one event did to a detector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Nothing, and it never can: the event need not be kept for this detector.
    Passed,
    /// It changed the memory, or a late profile may make it count: it must be kept.
    Noted,
    /// It is a signal.
    Signal(Option<Measure>),
}

/// What one detector remembers of the events before the next one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Watch {
    /// `match` and `ratio` look at one event alone.
    Stateless,
    /// `distinct`
    Distinct(Distinct),
    /// `spike`
    Spike(Spike),
    /// `trend`
    Trend(Trend),
    /// `first`
    First(First),
    /// `regulars`
    Regulars(Regulars),
}

impl Watch {
    /// An empty memory for a detector of this kind.
    pub fn new(test: &Test) -> Watch {
        match test {
            Test::Match | Test::Ratio { .. } => Watch::Stateless,
            Test::Distinct { .. } => Watch::Distinct(Distinct::default()),
            Test::Spike { .. } => Watch::Spike(Spike::default()),
            Test::Trend { .. } => Watch::Trend(Trend::default()),
            Test::First { .. } => Watch::First(First::default()),
            Test::Regulars { .. } => Watch::Regulars(Regulars::default()),
        }
    }

    /// Takes in the next event, in the order of SPEC 3.1; `env` holds it and the profile as of it.
    pub fn step(&mut self, source: &Source, event: &Activity, env: &Env<'_>) -> Step {
        let Source::Events { filter, test, .. } = source else {
            return Step::Passed;
        };
        if let Some(filter) = filter
            && !filter.holds(env)
        {
            // Only a profile that comes late could still let it match.
            return if is_hopeless(filter, env) { Step::Passed } else { Step::Noted };
        }
        let step = self.matched(test, event, env);
        // What repeats an earlier event counts after all where a late profile takes that one away.
        let may_lose =
            filter.as_ref().is_some_and(Expr::reads_profile) && !matches!(test, Test::Ratio { .. });
        if step == Step::Passed && may_lose { Step::Noted } else { step }
    }

    fn matched(&mut self, test: &Test, event: &Activity, env: &Env<'_>) -> Step {
        match (self, test) {
            (Watch::Distinct(distinct), Test::Distinct { key, at_least, within_ms, group_by }) => {
                distinct.step(event, *key, *at_least, *within_ms, *group_by)
            }
            (Watch::Spike(spike), Test::Spike { key, factor, baseline_days, min_days, min_count }) => {
                spike.step(event, *key, *factor, *baseline_days, *min_days, *min_count)
            }
            (Watch::Trend(trend), Test::Trend { growth, periods }) => trend.step(event, *growth, *periods),
            (Watch::First(first), Test::First { key }) => first.step(event, *key),
            (Watch::Regulars(regulars), Test::Regulars { key, at_least, active_days, within_days }) => {
                regulars.step(event, *key, *at_least, *active_days as usize, *within_days)
            }
            (_, Test::Ratio { at_least }) => ratio(event, env.profile, *at_least),
            _ => Step::Signal(None),
        }
    }

    /// Drops what can't matter to an event at or after `from`.
    pub fn forget(&mut self, test: &Test, from: Millis) {
        match (self, test) {
            (Watch::Distinct(distinct), Test::Distinct { within_ms, .. }) => {
                distinct.forget(from - within_ms)
            }
            (Watch::Spike(spike), Test::Spike { baseline_days, .. }) => spike.forget(from, *baseline_days),
            (Watch::Trend(trend), Test::Trend { periods, .. }) => trend.forget(from, *periods),
            (Watch::Regulars(regulars), Test::Regulars { within_days, .. }) => {
                regulars.forget(from, *within_days)
            }
            _ => {}
        }
    }

    /// What it remembers, as events that would leave it the same: only what the detector reads of them is in them, and
    /// where a day alone is known they stand at its midnight. In the order of time; nothing for the kinds that remember
    /// no event that could be told again.
    pub(super) fn recall(&self, kind: Kind, test: &Test) -> Vec<Arc<Activity>> {
        let mut events = match (self, test) {
            (Watch::Distinct(distinct), Test::Distinct { key, group_by, .. }) => {
                distinct.recall(kind, *key, *group_by)
            }
            (Watch::Trend(trend), Test::Trend { .. }) => trend.recall(kind),
            (Watch::Regulars(regulars), Test::Regulars { key, .. }) => regulars.recall(kind, *key),
            _ => Vec::new(),
        };
        events.sort_by_key(|event| event.at);
        events
    }

    /// Whether it remembers nothing.
    pub fn is_empty(&self) -> bool {
        match self {
            Watch::Stateless => true,
            Watch::Distinct(distinct) => distinct.is_empty(),
            Watch::Spike(spike) => spike.is_empty(),
            Watch::Trend(trend) => trend.is_empty(),
            Watch::First(first) => first.is_empty(),
            Watch::Regulars(regulars) => regulars.is_empty(),
        }
    }

    /// How many things it remembers: keys, users, days.
    pub fn len(&self) -> usize {
        match self {
            Watch::Stateless => 0,
            Watch::Distinct(distinct) => distinct.len(),
            Watch::Spike(spike) => spike.len(),
            Watch::Trend(trend) => trend.len(),
            Watch::First(first) => first.len(),
            Watch::Regulars(regulars) => regulars.len(),
        }
    }

    /// The instant at which [`Watch::forget`] would leave nothing; `None` for what is kept for ever.
    pub fn empty_from(&self, test: &Test) -> Option<Millis> {
        match (self, test) {
            (Watch::Distinct(distinct), Test::Distinct { within_ms, .. }) => distinct.empty_from(*within_ms),
            (Watch::Spike(spike), Test::Spike { baseline_days, .. }) => spike.empty_from(*baseline_days),
            (Watch::Trend(trend), Test::Trend { periods, .. }) => trend.empty_from(*periods),
            (Watch::Regulars(regulars), Test::Regulars { within_days, .. }) => {
                regulars.empty_from(*within_days)
            }
            _ => None,
        }
    }
}

/// An event of which only these keys are known.
fn recalled<'k>(kind: Kind, at: Millis, keys: impl IntoIterator<Item = (Key, &'k str)>) -> Arc<Activity> {
    let mut values = vec![Value::Absent; kind.fields().len()];
    let mut id: Box<str> = "".into();
    for (key, text) in keys {
        match key {
            Key::EventId => id = text.into(),
            Key::Field(field) => {
                if let Some(value) = values.get_mut(field) {
                    *value = Value::Text(text.into());
                }
            }
        }
    }
    Arc::new(Activity { at, id, kind, values: values.into() })
}

/// Whether an event passes a detector by, whatever that remembers and whatever the profile says: what
/// [`Watch::step`] answers with [`Step::Passed`] without looking at either.
pub fn passes_by(source: &Source, event: &Activity, account: &str) -> bool {
    let Source::Events { filter, test, .. } = source else {
        return true;
    };
    let own = match test {
        Test::Ratio { at_least } => {
            matches!(event.usage(), None | Some((_, Some(_)))) && {
                ratio(event, None, *at_least) == Step::Passed
            }
        }
        Test::Trend { .. } => event.usage().is_none(),
        keyed => keyed.key().is_some_and(|key| event.is_without(key)),
    };
    let env = Env { account, event: Some(event), profile: None, now: event.at };
    own || filter.as_ref().is_some_and(|filter| is_hopeless(filter, &env))
}

/// Whether no profile could let an event match.
fn is_hopeless(filter: &Expr, env: &Env<'_>) -> bool {
    filter.conditions().iter().any(|part| !part.reads_profile() && !part.holds(env))
}

/// The limit that counts for a reading: the event's own where it has one, else the profile's.
pub fn limit(event: &Activity, own: Option<f64>, profile: Option<&Profile>) -> Option<f64> {
    own.or_else(|| match event.meter() {
        Some(meter) => profile?.limits.get(meter).copied(),
        None => profile?.seats_licensed,
    })
}

/// `ratio`: used ÷ limit ≥ `at_least`; no limit, or one of 0: no signal.
fn ratio(event: &Activity, profile: Option<&Profile>, at_least: f64) -> Step {
    let Some((used, own)) = event.usage() else {
        return Step::Passed;
    };
    match limit(event, own, profile) {
        Some(limit) if limit > 0.0 && used / limit >= at_least => {
            Step::Signal(Some(Measure { value: used, against: limit }))
        }
        _ if own.is_some() => Step::Passed,
        _ => Step::Noted,
    }
}
