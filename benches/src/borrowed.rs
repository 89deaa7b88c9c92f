//! The plainest decoding there is: every field of a record into a flat struct that borrows its texts.
//!
//! Nothing is checked beyond what reading takes, and a text with an escape in it is refused: a limit, not a decoder.

mod avro;
mod json;

use std::collections::BTreeMap;

use serde::Deserialize;
use springtide_core::event::Topic;
use springtide_core::time::Millis;

use crate::flags::Format;
use crate::load::Failure;

/// A record of `product-usage`.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are the schema's")]
pub struct Usage<'a> {
    pub event_id: &'a str,
    pub account_id: &'a str,
    #[serde(deserialize_with = "json::instant")]
    pub occurred_at: Millis,
    #[serde(rename = "type")]
    pub kind: &'a str,
    pub seats_used: Option<i64>,
    pub seats_licensed: Option<i64>,
    pub meter: Option<&'a str>,
    pub used: Option<f64>,
    pub limit: Option<f64>,
    pub user_id: Option<&'a str>,
    pub feature: Option<&'a str>,
    pub integration: Option<&'a str>,
    pub invitee: Option<&'a str>,
    pub amount: Option<f64>,
    pub gate: Option<&'a str>,
    pub milestone: Option<&'a str>,
}

/// A record of `business-signals`.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are the schema's")]
pub struct Business<'a> {
    pub event_id: &'a str,
    pub account_id: &'a str,
    #[serde(deserialize_with = "json::instant")]
    pub occurred_at: Millis,
    #[serde(rename = "type")]
    pub kind: &'a str,
    pub posting_id: Option<&'a str>,
    pub title: Option<&'a str>,
    pub department: Option<&'a str>,
    pub name: Option<&'a str>,
    pub seniority: Option<&'a str>,
    pub direction: Option<&'a str>,
    pub topic: Option<&'a str>,
    pub role: Option<&'a str>,
    pub counterpart: Option<&'a str>,
    pub round: Option<&'a str>,
    pub amount_usd: Option<f64>,
    pub location: Option<&'a str>,
    pub previous: Option<i64>,
    pub current: Option<i64>,
    pub score: Option<f64>,
    pub competitor: Option<&'a str>,
    pub sentiment: Option<&'a str>,
    pub headline: Option<&'a str>,
    pub count: Option<i64>,
    pub share: Option<f64>,
    pub technology: Option<&'a str>,
    pub change: Option<&'a str>,
    pub product: Option<&'a str>,
    pub support: Option<f64>,
    pub lift: Option<f64>,
    pub peers: Option<i64>,
    pub owners: Option<i64>,
}

/// A record of `account-profiles`.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are the schema's")]
pub struct Profile<'a> {
    pub event_id: &'a str,
    pub account_id: &'a str,
    #[serde(deserialize_with = "json::instant")]
    pub occurred_at: Millis,
    pub name: &'a str,
    #[serde(borrow)]
    pub domains: Vec<&'a str>,
    pub segment: &'a str,
    pub industry: Option<&'a str>,
    pub plan: Option<&'a str>,
    #[serde(deserialize_with = "json::perhaps")]
    pub signed_up_at: Option<Millis>,
    pub mrr: f64,
    pub currency: &'a str,
    pub seats_licensed: Option<i64>,
    pub price_per_seat: Option<f64>,
    pub limits: BTreeMap<&'a str, f64>,
    pub health_score: Option<f64>,
    #[serde(deserialize_with = "json::perhaps")]
    pub first_value_at: Option<Millis>,
    #[serde(deserialize_with = "json::perhaps")]
    pub renewal_at: Option<Millis>,
    #[serde(deserialize_with = "json::perhaps")]
    pub last_expansion_at: Option<Millis>,
    pub champion: Option<&'a str>,
    pub products: Vec<&'a str>,
    pub buyer_departments: Vec<&'a str>,
    pub owners: BTreeMap<&'a str, &'a str>,
    pub external_ids: BTreeMap<&'a str, &'a str>,
}

/// Any of them.
#[derive(Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "it lives on the stack for the length of a call")]
pub enum Record<'a> {
    /// Of `product-usage`.
    Usage(Usage<'a>),
    /// Of `business-signals`.
    Business(Business<'a>),
    /// Of `account-profiles`.
    Profile(Profile<'a>),
}

/// Decodes a record of one of the three topics that the workload has.
///
/// # Errors
/// Where it is not one.
pub fn decode(format: Format, topic: Topic, value: &[u8]) -> Result<Record<'_>, Failure> {
    match format {
        Format::Json => json::decode(topic, value),
        Format::Avro => avro::decode(topic, value).ok_or_else(|| format!("no datum of {topic:?}").into()),
    }
}

fn unread(topic: Topic) -> Failure {
    format!("the workload has nothing in {}", topic.name()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flags::avro_wire;
    use crate::wire::Wire;
    use crate::workload::Workload;

    #[test]
    fn both_formats_come_to_the_same_as_the_pipelines_decoder() {
        let workload = Workload { accounts: 50, usage: 500, business: 200, ..Workload::default() };
        for record in workload.profiles().chain(workload.events()) {
            let (json, avro) = (Wire::Json.value(&record), avro_wire(&[1, 2, 3, 4, 5]).value(&record));
            let from_json = decode(Format::Json, record.topic, &json).unwrap();
            assert_eq!(from_json, decode(Format::Avro, record.topic, &avro).unwrap());
            let (account, at) = match &from_json {
                Record::Usage(usage) => (usage.account_id, usage.occurred_at),
                Record::Business(business) => (business.account_id, business.occurred_at),
                Record::Profile(profile) => (profile.account_id, profile.occurred_at),
            };
            let event = springtide_schema::decode_json(record.topic, &json).unwrap().event;
            assert_eq!((account, at), (&*event.account, event.at()));
        }
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let workload = Workload { accounts: 1, usage: 1, business: 0, ..Workload::default() };
        let record = workload.events().next().unwrap();
        let avro = avro_wire(&[1, 2, 3, 4, 5]).value(&record);
        for length in 0..avro.len() {
            assert!(decode(Format::Avro, record.topic, &avro[..length]).is_err(), "{length}");
        }
    }
}
