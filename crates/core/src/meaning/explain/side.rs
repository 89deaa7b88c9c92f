//! A play's two sides: which of their detectors have signals in the window, and how near the others are.

use super::near::near;
use super::past::Past;
use super::phrase::{age, reach, span};
use super::{Before, Condition, ConditionKind, DetectorState, Near, Signals};
use crate::meaning::words;
use crate::rules::{DetectorId, Play};
use crate::time::{Millis, format_date};

/// The sides that the play needs.
pub(super) fn sides(past: &Past<'_>, play: &Play) -> Vec<Condition> {
    let product = states(past, play, &play.product);
    let business = states(past, play, &play.business);
    let held = |states: &[DetectorState]| states.iter().any(|state| state.signals.is_some());
    let text = |side: &str| format!("a {side} signal within {}", span(play.window));
    let condition = |kind: ConditionKind, states: &[DetectorState], others: &[DetectorState]| Condition {
        held: held(states),
        miss: (!held(states)).then(|| missing(past, play, kind.name(), states, others)),
        detectors: states.to_vec(),
        ..Condition::held(kind, text(kind.name()))
    };
    let mut sides = Vec::new();
    if !product.is_empty() {
        sides.push(condition(ConditionKind::Product, &product, &business));
    }
    if !business.is_empty() {
        sides.push(condition(ConditionKind::Business, &business, &product));
    }
    sides
}

fn states(past: &Past<'_>, play: &Play, side: &[DetectorId]) -> Vec<DetectorState> {
    let start = past.window_start(play);
    let state = |id: DetectorId| {
        let detector = &past.rules.detectors[id];
        let signals = signals(past, id, start);
        let silent = signals.is_none();
        DetectorState {
            detector: detector.name.clone(),
            family: detector.family,
            before: if silent { before(past, play, id, start) } else { None },
            near: if silent { near(past, id, start) } else { None },
            signals,
        }
    };
    side.iter().map(|id| state(*id)).collect()
}

/// A detector's signals from an instant up to the one that is explained.
pub(super) fn signals(past: &Past<'_>, id: DetectorId, from: Millis) -> Option<Signals> {
    let found = past.timeline.within(id, from, past.at);
    let (first, last) = (found.first()?, found.last()?);
    let summary = words::summary(&past.rules.detectors[id], last);
    Some(Signals { latest: last.at, since: first.at, count: found.len(), summary })
}

fn before(past: &Past<'_>, play: &Play, id: DetectorId, start: Millis) -> Option<Before> {
    let all = past.timeline.all(id);
    let last = all[..all.partition_point(|signal| signal.at < start)].last()?;
    let age_ms = past.at - last.at;
    let reach = reach(&past.rules.calendar, past.at, play.window);
    Some(Before {
        at: last.at,
        age_ms,
        summary: words::summary(&past.rules.detectors[id], last),
        text: format!("{} ago, too old for the window of {}", age(age_ms, play.window), span(play.window)),
        closeness: reach as f64 / age_ms.max(1) as f64,
    })
}

/// What one side lacks, by the detector that came nearest.
fn missing(
    past: &Past<'_>,
    play: &Play,
    side: &str,
    states: &[DetectorState],
    others: &[DetectorState],
) -> String {
    let near = states.iter().filter_map(|state| Some((state, state.near.as_ref()?)));
    let near =
        near.filter(|(_, near)| near.closeness > 0.0).max_by(|a, b| a.1.closeness.total_cmp(&b.1.closeness));
    let old = states.iter().filter_map(|state| Some((state, state.before.as_ref()?)));
    let old = old.max_by_key(|(_, before)| before.at);
    match (near, old) {
        (Some((state, near)), old) if old.is_none_or(|(_, before)| before.closeness <= near.closeness) => {
            almost(state, near)
        }
        (_, Some((state, before))) => apart(past, play, side, state, before, others),
        _ => format!("no {side} signal within {}", span(play.window)),
    }
}

fn almost(state: &DetectorState, near: &Near) -> String {
    match &near.short {
        Some(short) => format!("{short}: {} ({})", near.text, state.detector),
        None => format!("{} ({})", near.text, state.detector),
    }
}

/// A signal that is too old: how far from the other side's, where that has any.
fn apart(
    past: &Past<'_>,
    play: &Play,
    side: &str,
    state: &DetectorState,
    before: &Before,
    others: &[DetectorState],
) -> String {
    let (window, name, here) = (span(play.window), &state.detector, format_date(before.at));
    // Where the two sides met in time earlier, it was not the distance between them that was in the way.
    let met = |at: Millis| past.rules.calendar.window_start(at, play.window) <= before.at;
    let first = others.iter().filter_map(|other| Some((other, other.signals.as_ref()?.since)));
    match first.min_by_key(|(_, since)| *since) {
        Some((other, since)) if !met(since) => {
            let (apart, there) = (age(since - before.at, play.window), format_date(since));
            format!("signals {apart} apart, window {window}: {name} on {here}, {} on {there}", other.detector)
        }
        _ => {
            let age = age(before.age_ms, play.window);
            format!("last {side} signal {age} ago, window {window}: {name} on {here}")
        }
    }
}
