//! How near `ratio`, `distinct` and `first` came.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::Near;
use super::past::{Past, since};
use super::phrase::{short, unit};
use crate::event::{Activity, Key, Kind};
use crate::meaning::detect::{Measure, limit};
use crate::meaning::signal::Signal;
use crate::meaning::stream::profile_at;
use crate::meaning::words::{self, percent};
use crate::rules::DetectorId;
use crate::time::{Millis, format_date};

/// An event in the words of a signal of its detector.
pub(super) fn summary(
    past: &Past<'_>,
    id: DetectorId,
    event: &Arc<Activity>,
    value: f64,
    against: f64,
) -> String {
    let signal = Signal::of(Arc::clone(event), Some(Measure { value, against }));
    words::summary(&past.rules.detectors[id], &signal)
}

/// The reading in the window that came nearest to its limit.
pub(super) fn ratio(past: &Past<'_>, id: DetectorId, start: Millis, at_least: f64) -> Option<Near> {
    let inside = since(past.matching(id), start);
    let reading = |event: &Arc<Activity>| {
        let (used, own) = event.usage()?;
        let limit = limit(event, own, profile_at(&past.profiles, event.at).map(|profile| &**profile))?;
        (limit > 0.0).then(|| (Arc::clone(event), used, limit))
    };
    let best = inside.iter().filter_map(reading).max_by(|a, b| (a.1 / a.2).total_cmp(&(b.1 / b.2)));
    let Some((event, used, limit)) = best else {
        return inside.last().map(|event| {
            let what = event.meter().unwrap_or("seats");
            Near::far(format!("no limit known for {what}"))
        });
    };
    let missing = (at_least * limit - used - 1e-9).ceil().max(1.0);
    let short = event.meter().is_none().then(|| short(missing, ("seat", "seats")));
    let text = format!("{}, needs {}", summary(past, id, &event, used, limit), percent(at_least));
    Some(Near::amount(text, short, used / limit, at_least))
}

/// The most distinct values that the trailing window of `distinct` held, at an event of the play's window or
/// now: one more may do then.
pub(super) fn distinct(
    past: &Past<'_>,
    id: DetectorId,
    start: Millis,
    kind: Kind,
    (key, group_by): (Key, Option<Key>),
    at_least: u64,
    within_ms: Millis,
) -> Option<Near> {
    let mut groups: BTreeMap<Option<String>, Trailing> = BTreeMap::new();
    let mut best: Option<(usize, Arc<Activity>)> = None;
    let mut offer = |count: usize, event: &Arc<Activity>| {
        if count > 0 && best.as_ref().is_none_or(|(most, _)| count >= *most) {
            best = Some((count, Arc::clone(event)));
        }
    };
    for event in since(past.matching(id), start.saturating_sub(within_ms)) {
        let group = group_by.and_then(|key| event.key(key)).map(|name| name.into_owned());
        let trailing = groups.entry(group).or_default();
        trailing.note(event, key, event.at.saturating_sub(within_ms));
        if event.at >= start {
            offer(trailing.counts.len(), event);
        }
    }
    for trailing in groups.values_mut() {
        trailing.forget(key, past.at.saturating_sub(within_ms));
        if let Some(event) = trailing.events.back().cloned() {
            offer(trailing.counts.len(), &event);
        }
    }
    let (count, event) = best?;
    let (count, needed) = (count as f64, at_least as f64);
    let many = summary(past, id, &event, count, needed);
    if count >= needed {
        let text = format!("{many}, the latest on {}", format_date(event.at));
        return Some(Near::amount(
            text,
            Some(format!("one {} in the window short", unit(kind, key).0)),
            count,
            needed,
        ));
    }
    Some(Near::amount(
        format!("{many}, needs {at_least}"),
        Some(short(needed - count, unit(kind, key))),
        count,
        needed,
    ))
}

/// The events of one group in the trailing window, and how many there are of each value.
#[derive(Default)]
struct Trailing {
    events: VecDeque<Arc<Activity>>,
    counts: HashMap<String, usize>,
}

impl Trailing {
    fn note(&mut self, event: &Arc<Activity>, key: Key, from: Millis) {
        if let Some(value) = event.key(key) {
            *self.counts.entry(value.into_owned()).or_default() += 1;
            self.events.push_back(Arc::clone(event));
        }
        self.forget(key, from);
    }

    fn forget(&mut self, key: Key, from: Millis) {
        while let Some(event) = self.events.pop_front_if(|event| event.at < from) {
            let value = event.key(key).unwrap_or_default();
            if let Some(count) = self.counts.get_mut(&*value) {
                *count -= 1;
                if *count == 0 {
                    self.counts.remove(&*value);
                }
            }
        }
    }
}

/// What the window has is not new.
pub(super) fn first(past: &Past<'_>, id: DetectorId, start: Millis, key: Key) -> Option<Near> {
    let matching = past.matching(id);
    let last = since(matching, start).last()?;
    let value = last.key(key)?;
    if past.kept.is_some() {
        return Some(Near::far(format!("{value} is not new")));
    }
    let known = matching.iter().find(|event| event.key(key).is_some_and(|known| known == value))?;
    let text = format!("{value} is not new: the first was on {}", format_date(known.at));
    Some(Near::far(text))
}
