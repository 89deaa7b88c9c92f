//! An opportunity as the topics have it, as far as a report looks at it.

use serde::{Deserialize, Deserializer};
use springtide_core::rules::Motion;
use springtide_core::time::{Millis, parse_rfc3339};

/// A revision of an opportunity, read from its JSON (SPEC section 5 says what each member is).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct Told {
    #[serde(rename = "opportunity_id")]
    pub id: Box<str>,
    #[serde(rename = "account_id")]
    pub account: Box<str>,
    pub revision: u32,
    #[serde(rename = "status", deserialize_with = "open")]
    pub open: bool,
    pub play: Box<str>,
    #[serde(deserialize_with = "motion")]
    pub motion: Motion,
    #[serde(deserialize_with = "instant")]
    pub opened_at: Millis,
    #[serde(deserialize_with = "instant")]
    pub act_by: Millis,
    evidence: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Line {
    detector: Box<str>,
}

impl Told {
    /// The detectors in its evidence.
    pub fn detectors(&self) -> impl Iterator<Item = &str> {
        self.evidence.iter().map(|line| &*line.detector)
    }
}

fn open<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(Box::<str>::deserialize(from)?.as_ref() == "open")
}

fn motion<'de, D: Deserializer<'de>>(from: D) -> Result<Motion, D::Error> {
    let name = Box::<str>::deserialize(from)?;
    let known = Motion::ALL.into_iter().find(|known| known.name() == &*name);
    known.ok_or_else(|| serde::de::Error::custom(format!("`{name}` is no motion")))
}

fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Millis, D::Error> {
    let text = Box::<str>::deserialize(from)?;
    parse_rfc3339(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no time")))
}
