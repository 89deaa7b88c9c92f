//! What differs between two openings that belong together, and by how much.

use std::collections::BTreeMap;

use serde::Serialize;
use springtide_core::rules::Urgency;
use springtide_core::time::HOUR_MS;

use crate::figures::median;
use crate::side::{Found, Side};

/// What may differ, in the order in which it is told.
const FIELDS: [(&str, Option<&str>); 6] = [
    ("opened_at", Some("hours")),
    ("score", Some("points")),
    ("urgency", Some("steps")),
    ("route", None),
    ("evidence", None),
    ("act_by", Some("hours")),
];

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// `opened_at`, `score`, `urgency`, `route`, `evidence` or `act_by`.
    pub field: &'static str,
    /// New less old, for what can be counted.
    pub by: Option<f64>,
    /// What it is counted in: `hours`, `points` or `steps` (low, medium, high).
    pub unit: Option<&'static str>,
}

/// How many openings differ in a field, and by how much.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldRow {
    /// As [`Change::field`].
    pub field: &'static str,
    /// How many.
    pub opportunities: u64,
    /// As [`Change::unit`].
    pub unit: Option<&'static str>,
    /// The least, new less old.
    pub least: Option<f64>,
    /// The median.
    pub median: Option<f64>,
    /// The greatest.
    pub most: Option<f64>,
}

/// How often a detector joined or left the evidence of openings that both packs have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DetectorRow {
    /// Its name.
    pub detector: String,
    /// In the evidence under the new pack alone.
    pub added: u64,
    /// In the evidence under the old pack alone.
    pub removed: u64,
}

/// An opening under both packs.
#[derive(Clone, Copy)]
pub(crate) struct Both<'a> {
    pub(crate) old: (&'a Side, &'a Found),
    pub(crate) new: (&'a Side, &'a Found),
}

fn step(urgency: Urgency) -> f64 {
    Urgency::ALL.iter().position(|one| *one == urgency).unwrap_or_default() as f64
}

/// A difference of scores without what doubles add to it: scores have one decimal.
fn tenths(difference: f64) -> f64 {
    (difference * 10.0).round() / 10.0
}

impl Both<'_> {
    /// What differs.
    pub(crate) fn changes(self) -> Vec<Change> {
        let ((old_side, old), (new_side, new)) = (self.old, self.new);
        let hours = |old: i64, new: i64| (new - old) as f64 / HOUR_MS as f64;
        let differs = [
            old.opened_at != new.opened_at,
            old.score != new.score,
            old.urgency != new.urgency,
            old_side.route(old) != new_side.route(new),
            old_side.detectors(old) != new_side.detectors(new),
            old.act_by != new.act_by,
        ];
        let by = [
            Some(hours(old.opened_at, new.opened_at)),
            Some(tenths(new.score - old.score)),
            Some(step(new.urgency) - step(old.urgency)),
            None,
            None,
            Some(hours(old.act_by, new.act_by)),
        ];
        let all = FIELDS.into_iter().zip(by).zip(differs);
        all.filter(|(_, differs)| *differs)
            .map(|(((field, unit), by), _)| Change { field, by, unit })
            .collect()
    }
}

/// Adds up changes.
#[derive(Default)]
pub(crate) struct Changes {
    counts: BTreeMap<&'static str, u64>,
    by: BTreeMap<&'static str, Vec<f64>>,
    detectors: BTreeMap<String, [u64; 2]>,
}

impl Changes {
    /// Takes an opening and what differs in it.
    pub(crate) fn take(&mut self, both: Both<'_>, changes: &[Change]) {
        for change in changes {
            *self.counts.entry(change.field).or_default() += 1;
            self.by.entry(change.field).or_default().extend(change.by);
            if change.field == "evidence" {
                let old = both.old.0.detectors(both.old.1);
                let new = both.new.0.detectors(both.new.1);
                self.moved(&new, &old, 0);
                self.moved(&old, &new, 1);
            }
        }
    }

    fn moved(&mut self, here: &[&str], there: &[&str], at: usize) {
        for detector in here.iter().filter(|detector| !there.contains(detector)) {
            self.detectors.entry((*detector).to_owned()).or_default()[at] += 1;
        }
    }

    /// Fields in the order in which they are told, those that differ somewhere.
    pub(crate) fn rows(&mut self) -> Vec<FieldRow> {
        let mut rows = Vec::new();
        for (field, unit) in FIELDS {
            let Some(opportunities) = self.counts.get(field).copied() else { continue };
            let by = self.by.entry(field).or_default();
            let median = median(by);
            let (least, most) = (by.first().copied(), by.last().copied());
            rows.push(FieldRow { field, opportunities, unit, least, median, most });
        }
        rows
    }

    /// Detectors by name.
    pub(crate) fn detectors(self) -> Vec<DetectorRow> {
        let row = |(detector, [added, removed]): (String, [u64; 2])| DetectorRow { detector, added, removed };
        self.detectors.into_iter().map(row).collect()
    }
}
