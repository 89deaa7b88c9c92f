//! How near a detector without a signal in the window came to one.

use super::Near;
use super::amounts::{distinct, first, ratio};
use super::days::{regulars, spike, trend};
use super::past::{Past, since};
use super::phrase::failing;
use crate::event::{Kind, ProfileField};
use crate::expr::Expr;
use crate::meaning::words::number;
use crate::rules::{DetectorId, Source, Test};
use crate::time::{DAY_MS, Millis, format_date};

impl Near {
    /// Words about a detector that nothing in the window brings near a signal.
    pub(super) fn far(text: impl Into<String>) -> Near {
        Near { text: text.into(), short: None, value: None, needed: None, closeness: 0.0 }
    }

    /// A value short of what it has to reach.
    pub(super) fn amount(text: String, short: Option<String>, value: f64, needed: f64) -> Near {
        let closeness = if needed > 0.0 { (value / needed).clamp(0.0, NEAREST) } else { 0.0 };
        Near { text, short, value: Some(value), needed: Some(needed), closeness }
    }

    /// The same, this near.
    pub(super) fn at(self, closeness: f64) -> Near {
        Near { closeness: closeness.clamp(0.0, NEAREST), ..self }
    }
}

/// What is not a signal is never quite as near as one.
const NEAREST: f64 = 0.99;

/// How near the events since `start` come to a signal of a detector that has none there.
pub(super) fn near(past: &Past<'_>, id: DetectorId, start: Millis) -> Option<Near> {
    if past.is_unknown(id) {
        return None;
    }
    let (kind, filter, test) = match &past.rules.detectors[id].source {
        Source::Timer { field, lead_ms } => return timer(past, *field, *lead_ms),
        Source::Events { kind, filter, test } => (*kind, filter.as_ref(), test),
    };
    let near = match test {
        Test::Match => None,
        Test::Ratio { at_least } => ratio(past, id, start, *at_least),
        Test::Distinct { key, at_least, within_ms, group_by } => {
            distinct(past, id, start, kind, (*key, *group_by), *at_least, *within_ms)
        }
        Test::Spike { key, factor, baseline_days, min_days, min_count } => {
            spike(past, id, start, *key, (*factor, *baseline_days, *min_days, *min_count))
        }
        Test::Trend { growth, periods } => trend(past, id, start, *growth, *periods),
        Test::First { key } => first(past, id, start, *key),
        Test::Regulars { key, at_least, active_days, within_days } => {
            regulars(past, id, start, *key, (*at_least, *active_days, *within_days))
        }
    };
    near.or_else(|| unmatched(past, id, start, (kind, filter), wanted(test).max(1.0)))
}

/// No event in the window matches: none of the type, or the `where` refused them.
/// `wanted` is how many must match.
fn unmatched(
    past: &Past<'_>,
    id: DetectorId,
    start: Millis,
    (kind, filter): (Kind, Option<&Expr>),
    wanted: f64,
) -> Option<Near> {
    if !since(past.matching(id), start).is_empty() {
        return None;
    }
    let events = since(past.events_of(kind), start);
    let name = kind.name();
    if past.kept.is_some() && (events.is_empty() || filter.is_none()) {
        // Such as count for nothing are not remembered.
        return Some(Near::far(format!("no {name} in the window that counts")));
    }
    let Some(filter) = filter.filter(|_| !events.is_empty()) else {
        let keyless = if events.is_empty() { "" } else { " with the field that it counts" };
        return Some(Near::far(format!("no {name}{keyless} in the window")));
    };
    let parts = filter.conditions();
    let held = |event: usize| parts.iter().filter(|part| part.holds(&past.env_of(&events[event]))).count();
    let best = (0..events.len()).max_by_key(|event| (held(*event), *event))?;
    let (event, env) = (&events[best], past.env_of(&events[best]));
    let why: Vec<String> =
        parts.iter().filter(|part| !part.holds(&env)).map(|part| failing(part, &env)).collect();
    let others = match events.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let text = format!("{name} on {}{others} does not match: {}", format_date(event.at), why.join(", "));
    // An event that came close says more than one that has little to do with the condition.
    let closeness = 0.1 + 0.5 * held(best) as f64 / parts.len().max(1) as f64;
    Some(Near::far(text).at(closeness / wanted))
}

/// How many matching events a signal takes, at least.
fn wanted(test: &Test) -> f64 {
    match test {
        Test::Distinct { at_least, .. } => *at_least as f64,
        Test::Regulars { at_least, active_days, .. } => *at_least as f64 * f64::from(*active_days),
        Test::Spike { min_count, .. } => *min_count,
        Test::Trend { periods, .. } => *periods as f64 + 1.0,
        Test::Match | Test::Ratio { .. } | Test::First { .. } => 1.0,
    }
}

fn timer(past: &Past<'_>, field: ProfileField, lead_ms: Millis) -> Option<Near> {
    let profile = past.profile()?;
    let name = field.name();
    let Some(time) = profile.time(field) else {
        return Some(Near::far(format!("the profile has no {name}")));
    };
    let (left, date) = (time - past.at, format_date(time));
    if left <= 0 {
        return Some(Near::far(format!("{name} was on {date}")));
    }
    let days = |ms: Millis| ms as f64 / DAY_MS as f64;
    if left > lead_ms {
        let text = format!(
            "{name} on {date}, {} days away, needs {} or fewer",
            number((days(left) * 10.0).ceil() / 10.0),
            number(days(lead_ms))
        );
        let near = Near::amount(text, None, days(left), days(lead_ms));
        return Some(near.at(lead_ms as f64 / left as f64));
    }
    let due = profile.at.max(time.saturating_sub(lead_ms));
    (due > past.clock).then(|| Near::far(format!("due on {}, after the timers' clock", format_date(due))))
}
