//! Differences as people say them.

use springtide_core::meaning::words::counted;
use springtide_core::time::{format_date, parse_rfc3339};

use crate::backtest::Source;
use crate::change::FieldRow;
use crate::difference::{Difference, Opening, What};

/// A name as people write it.
pub fn spoken(name: &str) -> String {
    name.replace('_', " ")
}

/// A number with its sign and at most one decimal.
fn signed(number: f64) -> String {
    let text = format!("{number:+.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

/// Hours, or days where there are many.
fn lasting(hours: f64) -> String {
    if hours.abs() < 48.0 {
        format!("{} hours", signed(hours))
    } else {
        format!("{} days", signed(hours / 24.0))
    }
}

fn measured(by: f64, unit: &str) -> String {
    if unit == "hours" { lasting(by) } else { format!("{} {unit}", signed(by)) }
}

/// By how much a field differs: `-2 days to +5 hours, median -3 hours`; `None` where it is nothing to count.
pub fn changed_by(row: &FieldRow) -> Option<String> {
    let (unit, least, median, most) = (row.unit?, row.least?, row.median?, row.most?);
    if least == most {
        return Some(measured(most, unit));
    }
    let [least, median, most] = [least, median, most].map(|by| measured(by, unit));
    Some(format!("{least} to {most}, median {median}"))
}

fn routed(opening: &Opening) -> String {
    let owner = opening.owner.as_ref().map_or_else(String::new, |owner| format!(" ({owner})"));
    format!("{}{owner}", spoken(&opening.role))
}

/// Detectors that joined and left.
fn moved(old: &Opening, new: &Opening) -> String {
    let apart = |here: &Opening, there: &Opening, sign: &str| -> Vec<String> {
        let gone = here.detectors.iter().filter(|detector| !there.detectors.contains(detector));
        gone.map(|detector| format!("{sign}{detector}")).collect()
    };
    [apart(new, old, "+"), apart(old, new, "-")].concat().join(" ")
}

impl Source {
    /// What a reader must know of it, where there is something: that history was longer, or that it was not all of use.
    pub fn words(&self) -> Option<String> {
        let begins = self.begins.as_deref().and_then(parse_rfc3339).map(format_date);
        let gone = self.gone.then(|| match begins {
            Some(day) => format!("begins on {day}: what was before is deleted"),
            None => "has nothing left: all of it is deleted".to_owned(),
        });
        let some = |count: u64, what: &str| {
            let records = counted(count as f64, "record", "records");
            (count > 0).then(|| format!("has {records} {what}"))
        };
        let (bad, erased) = (some(self.bad, "that can't be used"), some(self.erased, "of erased accounts"));
        let said: Vec<String> = [gone, bad, erased].into_iter().flatten().collect();
        (!said.is_empty()).then(|| format!("{} {}", self.topic, said.join("; ")))
    }
}

impl Difference {
    /// What is to be said of it: the nearest miss, or what changed.
    pub fn words(&self) -> String {
        let (Some(old), Some(new)) = (&self.old, &self.new) else {
            let pack = if self.what == What::Gained { "old" } else { "new" };
            let miss = self.nearest_miss.as_deref().unwrap_or("not asked");
            return format!("{pack} pack: {miss}");
        };
        let said = |field: &str, by: Option<f64>| match (field, by) {
            ("opened_at", Some(by)) => format!("opened {}", lasting(by)),
            ("act_by", Some(by)) => format!("act by {}", lasting(by)),
            ("score", Some(by)) => format!("score {} ({})", new.score, signed(by)),
            ("urgency", _) => format!("urgency {} → {}", old.urgency, new.urgency),
            ("route", _) => format!("route {} → {}", routed(old), routed(new)),
            _ => format!("evidence {}", moved(old, new)),
        };
        let said: Vec<String> = self.changes.iter().map(|change| said(change.field, change.by)).collect();
        said.join("; ")
    }
}
