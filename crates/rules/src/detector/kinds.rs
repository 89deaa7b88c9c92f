//! The kinds of detectors that read events: what each takes. A new kind is a line in [`read`] and a function.

use springtide_core::event::Kind;
use springtide_core::rules::Test;

use super::key;
use crate::form::{self, kind_keys};
use crate::mistake::Log;
use crate::read::{Fields, duration, expected, number, whole};
use crate::yaml::Entry;

/// A hundred years, as for durations.
pub(crate) const MOST_DAYS: u32 = 36_500;
/// Ten years of weeks.
pub(crate) const MOST_PERIODS: u32 = 520;

/// Reads a kind; where the event type is unknown, what does not depend on it is checked all the same.
pub(super) fn read(entry: &Entry, kind: Option<Kind>, log: &mut Log) -> Option<Test> {
    match entry.key.as_str() {
        "match" => fields(entry, log).map(|_| Test::Match),
        "ratio" => ratio(entry, kind, log),
        "distinct" => distinct(entry, kind, log),
        "spike" => spike(entry, kind, log),
        "trend" => trend(entry, kind, log),
        "first" => first(entry, kind, log),
        "regulars" => regulars(entry, kind, log),
        _ => None,
    }
}

fn fields<'n>(entry: &'n Entry, log: &mut Log) -> Option<Fields<'n>> {
    Fields::of(&entry.key, entry.place, &entry.value, &form::names(kind_keys(&entry.key)), log)
}

fn count(name: &str, fields: Fields<'_>, log: &mut Log) -> Option<u32> {
    fields.need(name, log).and_then(|node| whole(name, node, 1, u32::MAX, log))
}

fn days(name: &str, fields: Fields<'_>, log: &mut Log) -> Option<u32> {
    fields.need(name, log).and_then(|node| whole(name, node, 1, MOST_DAYS, log))
}

/// Whether events of a type say what is used.
pub(crate) fn has_usage(kind: Kind) -> bool {
    matches!(kind, Kind::SeatSnapshot | Kind::MeterReading)
}

/// `ratio` and `trend` need to know what is used.
fn need_usage(entry: &Entry, kind: Option<Kind>, log: &mut Log) {
    if let Some(kind) = kind.filter(|kind| !has_usage(*kind)) {
        let message = format!("`{}` has no usage for `{}` to read", kind.name(), entry.key);
        log.mistake(entry.place, message, "`seat_snapshot` and `meter_reading` have".to_owned());
    }
}

fn ratio(entry: &Entry, kind: Option<Kind>, log: &mut Log) -> Option<Test> {
    need_usage(entry, kind, log);
    let fields = fields(entry, log)?;
    let at_least = fields.need("at_least", log)?;
    let at_least = number("at_least", at_least, "a number above 0", |number| number > 0.0, log)?;
    Some(Test::Ratio { at_least })
}

fn distinct(entry: &Entry, kind: Option<Kind>, log: &mut Log) -> Option<Test> {
    let fields = fields(entry, log)?;
    let of = fields.need("key", log).and_then(|node| key("key", node, kind, log));
    let at_least = count("at_least", fields, log);
    let within = fields.need("within", log).and_then(|node| {
        let ms = duration("within", node, log)?;
        if ms > 0 { Some(ms) } else { expected("within", "a duration above 0", node, log) }
    });
    let group_by = match fields.get("group_by") {
        Some(node) => Some(key("group_by", node, kind, log)?),
        None => None,
    };
    Some(Test::Distinct { key: of?, at_least: u64::from(at_least?), within_ms: within?, group_by })
}

fn spike(entry: &Entry, kind: Option<Kind>, log: &mut Log) -> Option<Test> {
    let fields = fields(entry, log)?;
    let of = fields.need("key", log).and_then(|node| key("key", node, kind, log));
    let mut amount = |name| {
        let node = fields.need(name, log)?;
        number(name, node, "a number, 0 or more", |number| number >= 0.0, log)
    };
    let (factor, min_count) = (amount("factor"), amount("min_count"));
    let baseline_days = days("baseline_days", fields, log);
    let min_days = days("min_days", fields, log);
    if let (Some(min), Some(baseline), Some(entry)) = (min_days, baseline_days, fields.entry("min_days"))
        && min > baseline
    {
        log.warning(
            entry.value.place,
            format!("`min_days`: the {baseline} `baseline_days` never have {min}"),
            None,
        );
    }
    Some(Test::Spike {
        key: of?,
        factor: factor?,
        baseline_days: i64::from(baseline_days?),
        min_days: u64::from(min_days?),
        min_count: min_count?,
    })
}

fn trend(entry: &Entry, kind: Option<Kind>, log: &mut Log) -> Option<Test> {
    need_usage(entry, kind, log);
    let fields = fields(entry, log)?;
    let growth = fields.need("growth", log);
    let growth = growth.and_then(|node| number("growth", node, "a number", |_| true, log));
    let periods = fields.need("periods", log).and_then(|node| whole("periods", node, 1, MOST_PERIODS, log));
    Some(Test::Trend { growth: growth?, periods: i64::from(periods?) })
}

fn first(entry: &Entry, kind: Option<Kind>, log: &mut Log) -> Option<Test> {
    let of = fields(entry, log)?.need("key", log)?;
    Some(Test::First { key: key("key", of, kind, log)? })
}

fn regulars(entry: &Entry, kind: Option<Kind>, log: &mut Log) -> Option<Test> {
    let fields = fields(entry, log)?;
    let of = fields.need("key", log).and_then(|node| key("key", node, kind, log));
    let at_least = count("at_least", fields, log);
    let within_days = days("within_days", fields, log);
    let most = within_days.unwrap_or(MOST_DAYS);
    let active_days =
        fields.need("active_days", log).and_then(|node| whole("active_days", node, 1, most, log));
    Some(Test::Regulars {
        key: of?,
        at_least: u64::from(at_least?),
        active_days: active_days?,
        within_days: i64::from(within_days?),
    })
}
