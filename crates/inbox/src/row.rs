//! What a list shows of an opportunity.

use serde::{Deserialize, Deserializer};
use springtide_core::time::{DAY_MS, Millis, parse_rfc3339};
use uuid::Uuid;

/// Where a record stands in its topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

/// An opportunity's latest revision, as far as a list shows it (SPEC section 5 says what each member is).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct Row {
    #[serde(rename = "opportunity_id")]
    pub id: Uuid,
    pub revision: u32,
    #[serde(rename = "status", deserialize_with = "withdrawn")]
    pub is_withdrawn: bool,
    #[serde(rename = "account_id")]
    pub account: Box<str>,
    pub account_name: Box<str>,
    pub segment: Box<str>,
    pub play: Box<str>,
    pub motion: Box<str>,
    #[serde(deserialize_with = "instant")]
    pub opened_at: Millis,
    #[serde(deserialize_with = "instant")]
    pub updated_at: Millis,
    /// When it was written; a replay says none.
    #[serde(default, deserialize_with = "some_instant")]
    pub emitted_at: Option<Millis>,
    #[serde(deserialize_with = "instant")]
    pub act_by: Millis,
    pub urgency: Box<str>,
    pub score: f64,
    pub route: Route,
    pub headline: Box<str>,
    /// Nothing where it was no number.
    pub yearly_value: Option<f64>,
    pub currency: Box<str>,
    /// Where all of it stands.
    #[serde(skip)]
    pub place: Place,
}

/// Who gets an opportunity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Route {
    /// The role.
    pub role: Box<str>,
    /// The profile's owner for that role.
    pub owner: Option<Box<str>>,
}

fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Millis, D::Error> {
    let text = <std::borrow::Cow<'_, str>>::deserialize(from)?;
    parse_rfc3339(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no time")))
}

fn some_instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Millis>, D::Error> {
    instant(from).map(Some)
}

fn withdrawn<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(<std::borrow::Cow<'_, str>>::deserialize(from)? == "withdrawn")
}

/// What an opportunity gains in rank as its time runs out, and loses afterwards, in points of the score.
const MOST_FOR_HASTE: f64 = 20.0;
/// From when before `act_by` on, and how long the same takes back.
const HASTE_FROM_MS: Millis = 7 * DAY_MS;

impl Row {
    /// Reads the JSON of an opportunity.
    ///
    /// # Errors
    /// What is not as it should be; members that a list does not show are not looked at.
    pub fn read(json: &str, place: Place) -> Result<Row, serde_json::Error> {
        serde_json::from_str(json).map(|row| Row { place, ..row })
    }

    /// Whether another record says the same of it.
    pub(crate) fn says_the_same(&self, other: &Row) -> bool {
        let there = Row { place: self.place, ..other.clone() };
        *self == there
    }

    /// What a list is sorted by: the score, and up to 20 points more as the last seven days before `act_by` go by. Once
    /// that has passed it falls as fast, to 20 points less: who was ready then is seldom ready still.
    ///
    /// ```
    /// # use springtide_inbox::{Place, Row};
    /// # let json = r#"{"opportunity_id":"6f1b0f3e-0000-5000-8000-000000000001","revision":1,"status":"open","account_id":"a","account_name":"A","segment":"smb","play":"p","motion":"seat","opened_at":"2026-03-02T00:00:00Z","updated_at":"2026-03-02T00:00:00Z","act_by":"2026-03-09T00:00:00Z","urgency":"high","score":70.0,"route":{"role":"sales","owner":null},"headline":"H","yearly_value":1.0,"currency":"EUR"}"#;
    /// let row = Row::read(json, Place::default()).unwrap();
    /// assert_eq!(row.rank(row.act_by - 7 * 86_400_000), 70.0);
    /// assert_eq!(row.rank(row.act_by - 7 * 86_400_000 / 2), 80.0);
    /// assert_eq!(row.rank(row.act_by), 90.0);
    /// assert_eq!(row.rank(row.act_by + 7 * 86_400_000), 70.0);
    /// assert_eq!(row.rank(row.act_by + 30 * 86_400_000), 50.0);
    /// ```
    pub fn rank(&self, now: Millis) -> f64 {
        let from_ms = (self.act_by - now).abs();
        let gained = 1.0 - from_ms as f64 / HASTE_FROM_MS as f64;
        let least = if now > self.act_by { -1.0 } else { 0.0 };
        self.score + MOST_FOR_HASTE * gained.max(least)
    }
}
