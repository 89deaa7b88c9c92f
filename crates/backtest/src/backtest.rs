//! All that a comparison says.

use serde::Serialize;
use springtide_core::time::Millis;

use crate::change::{DetectorRow, FieldRow};
use crate::deal::Ended;
use crate::difference::Difference;
use crate::figures::instant;
use crate::tally::Row;
use crate::volume::Volume;
use crate::why::Conditions;

/// A rule pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pack {
    /// Where it is.
    pub folder: String,
    /// Its version.
    pub rules_version: String,
    /// How many plays it has.
    pub plays: u64,
}

/// Openings in detail, the first of each sort by account id.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Detailed {
    /// At most so many gained, lost and changed ones each.
    pub most: u64,
    /// How many differ, but are not among these.
    pub left_out: u64,
    /// By account id, then by when they opened.
    pub differences: Vec<Difference>,
}

/// An input topic that history was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Its name.
    pub topic: String,
    /// How many events it held.
    pub events: u64,
    /// How many records that can't be used.
    pub bad: u64,
    /// How many records of accounts that were erased later.
    pub erased: u64,
    /// The earliest `occurred_at` (RFC 3339); absent where there is no event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begins: Option<String>,
    /// Whether what stood before was deleted, by retention as a rule.
    pub gone: bool,
}

/// Two rule packs over the same history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Backtest {
    /// The old pack.
    pub old: Pack,
    /// The new one.
    pub new: Pack,
    /// The first event.
    #[serde(serialize_with = "instant")]
    pub from: Millis,
    /// The clock of the timers.
    #[serde(serialize_with = "instant")]
    pub to: Millis,
    /// The topics that were read; none where files were.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// How many accounts have an opening.
    pub accounts: u64,
    /// All deals that outcomes say the end of; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// All openings.
    pub total: Row,
    /// By play.
    pub plays: Vec<Row>,
    /// By segment.
    pub segments: Vec<Row>,
    /// By play, then segment.
    pub plays_by_segment: Vec<Row>,
    /// What differs in those that changed.
    pub changes: Vec<FieldRow>,
    /// Which detectors joined or left the evidence of those that changed.
    pub evidence: Vec<DetectorRow>,
    /// How many a week each owner gets.
    pub volume: Volume,
    /// Which conditions decide.
    pub conditions: Conditions,
    /// Openings in detail.
    pub detailed: Detailed,
}
