//! How near the detectors that count by UTC days came: `spike`, `trend`, `regulars`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Near;
use super::amounts::summary;
use super::past::{Past, since};
use super::phrase::{short, unit};
use crate::event::{Activity, Key};
use crate::meaning::words::{counted, number, percent};
use crate::rules::{DetectorId, Source};
use crate::time::{DAY_MS, Day, Millis, day_of, format_date, start_of};

/// The days that have matching events at or after an instant.
fn days_since(past: &Past<'_>, id: DetectorId, from: Millis) -> BTreeSet<Day> {
    since(past.matching(id), from).iter().map(|event| day_of(event.at)).collect()
}

/// How many distinct values each day from one on had, and the days that have events at or after an instant.
fn daily(
    past: &Past<'_>,
    id: DetectorId,
    key: Key,
    oldest: Day,
    start: Millis,
) -> (BTreeMap<Day, u64>, BTreeSet<Day>) {
    if let Some(kept) = &past.kept {
        let counts = kept.daily.get(&id).cloned().unwrap_or_default();
        let days = counts.range(day_of(start)..).map(|(day, _)| *day).collect();
        return (counts, days);
    }
    let mut values: BTreeMap<Day, BTreeSet<String>> = BTreeMap::new();
    for event in since(past.matching(id), start_of(oldest)) {
        values.entry(day_of(event.at)).or_default().extend(event.key(key).map(|value| value.into_owned()));
    }
    let counts = values.into_iter().map(|(day, values)| (day, values.len() as u64)).collect();
    (counts, days_since(past, id, start))
}

/// The day in the window that came nearest to a spike. `(factor, baseline_days, min_days, min_count)`
pub(super) fn spike(
    past: &Past<'_>,
    id: DetectorId,
    start: Millis,
    key: Key,
    (factor, baseline_days, min_days, min_count): (f64, i64, u64, f64),
) -> Option<Near> {
    let Source::Events { kind, .. } = &past.rules.detectors[id].source else { return None };
    let (values, days) = daily(past, id, key, day_of(start).saturating_sub(baseline_days), start);
    let unit = unit(*kind, key);
    let of_day = |day: Day| {
        let baseline = values.range(day - baseline_days..day);
        let (days, sum) = baseline.fold((0_u64, 0), |(days, sum), (_, count)| (days + 1, sum + count));
        let count = values.get(&day).copied().unwrap_or_default() as f64;
        let many = format!("{} on {}", counted(count, unit.0, unit.1), format_date(start_of(day)));
        if days < min_days || days == 0 {
            let few = counted(days as f64, "day", "days");
            let text = format!("{many}, and {few} before to compare with, needs {}", min_days.max(1));
            let near = Near::amount(text, None, count, min_count);
            let share = days as f64 / min_days.max(1) as f64;
            return near.clone().at(near.closeness * share);
        }
        let average = sum as f64 / days as f64;
        let threshold = min_count.max(factor * average);
        let text = format!(
            "{many}, needs {} (at least {}, and {} × the average of {})",
            number(threshold.ceil()),
            number(min_count),
            number(factor),
            number(average)
        );
        let missing = (threshold - count).ceil();
        let short = (missing > 0.0).then(|| short(missing, unit));
        Near::amount(text, short, count, threshold)
    };
    days.into_iter().map(of_day).max_by(|a, b| a.closeness.total_cmp(&b.closeness))
}

/// The reading in the window that came nearest to growing as long as it must.
pub(super) fn trend(
    past: &Past<'_>,
    id: DetectorId,
    start: Millis,
    growth: f64,
    periods: i64,
) -> Option<Near> {
    let oldest = start_of(day_of(start) - 7 * periods);
    let mut last: BTreeMap<(Option<&str>, Day), f64> = BTreeMap::new();
    for event in since(past.matching(id), oldest) {
        if let Some((used, _)) = event.usage() {
            last.insert((event.meter(), day_of(event.at)), used);
        }
    }
    let of_event = |event: &Arc<Activity>| {
        let (mut now, _) = event.usage()?;
        for week in 0..periods {
            let day = day_of(event.at) - 7 * week;
            let before = last.get(&(event.meter(), day - 7)).copied();
            let grew = before.is_some_and(|before| before > 0.0 && now >= (1.0 + growth - 1e-9) * before);
            if !grew {
                return Some(broken_week(event, (week, periods), (now, before), growth));
            }
            now = before?;
        }
        None
    };
    let near = since(past.matching(id), start).iter().filter_map(of_event);
    near.max_by(|a, b| a.closeness.total_cmp(&b.closeness))
}

/// The week that breaks a trend.
fn broken_week(
    event: &Activity,
    (week, periods): (i64, i64),
    (now, before): (f64, Option<f64>),
    growth: f64,
) -> Near {
    let what = event.meter().unwrap_or("seats in use");
    let day = start_of(day_of(event.at) - 7 * week);
    let (date, earlier) = (format_date(day), format_date(day - 7 * DAY_MS));
    let weeks = counted(periods as f64, "week", "weeks");
    let needs = format!("needs +{} a week for {weeks}", percent(growth));
    match before {
        Some(before) if before > 0.0 => {
            let change = now / before - 1.0;
            let sign = if change < 0.0 { "" } else { "+" };
            let rise = number((change * 1000.0).floor() / 10.0);
            let text = format!(
                "{what} at {} on {date} after {} on {earlier} ({sign}{rise} %), {needs}",
                number(now),
                number(before)
            );
            let partial = (now / before / (1.0 + growth)).clamp(0.0, 1.0);
            // Of the share of this week only what goes beyond nothing gained counts for much.
            let near = Near::amount(text, None, change, growth);
            near.at((week as f64 + 0.9 * partial) / periods as f64)
        }
        Some(_) => {
            Near::far(format!("{what} at 0 on {earlier}, {needs}")).at(0.5 * week as f64 / periods as f64)
        }
        None => Near::far(format!("{what}: no reading on {earlier}, {needs}"))
            .at(0.5 * week as f64 / periods as f64),
    }
}

/// The day in the window with the most regular users. `(at_least, active_days, within_days)`
pub(super) fn regulars(
    past: &Past<'_>,
    id: DetectorId,
    start: Millis,
    key: Key,
    (at_least, active_days, within_days): (u64, u32, i64),
) -> Option<Near> {
    let mut users: BTreeMap<String, BTreeSet<Day>> = BTreeMap::new();
    let oldest = start_of(day_of(start) - within_days + 1);
    for event in since(past.matching(id), oldest) {
        if let Some(user) = event.key(key) {
            users.entry(user.into_owned()).or_default().insert(day_of(event.at));
        }
    }
    let regular = |days: &BTreeSet<Day>, day: Day| {
        days.range(day - within_days + 1..=day).count() >= active_days as usize
    };
    let count = |day: Day| users.values().filter(|days| regular(days, day)).count();
    let best = days_since(past, id, start).into_iter().max_by_key(|day| (count(*day), *day))?;
    let (count, needed) = (count(best) as f64, at_least as f64);
    let inside = since(past.matching(id), start);
    let event = inside.iter().rfind(|event| day_of(event.at) == best)?;
    let text = format!("{}, needs {at_least}", summary(past, id, event, count, needed));
    let missing = (needed - count).max(0.0);
    let short = (missing > 0.0).then(|| short(missing, ("regular user", "regular users")));
    Some(Near::amount(text, short, count, needed))
}
