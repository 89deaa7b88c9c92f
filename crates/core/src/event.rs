//! One input record, decoded: the words of SPEC section 2.
//!
//! Three of the five topics carry [`Activity`] records, which share one table-driven form (`kinds`);
//! profiles and outcomes have shapes of their own. The order of facts is the order of SPEC 3.1.

mod activity;
mod canonical;
mod kinds;
mod outcome;
mod profile;

use std::cmp::Ordering;
use std::sync::Arc;

pub use activity::{Activity, Key, Value};
pub use kinds::{Field, FieldType, Kind, Topic};
pub use outcome::{Outcome, Stage};
pub use profile::{Champion, Profile, ProfileField, Segment};

use serde::{Deserialize, Serialize};

use crate::time::Millis;

/// One decoded input record of one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The account the record is about.
    pub account: Box<str>,
    /// What the record says.
    pub fact: Fact,
}

impl Event {
    /// The topic the record belongs to.
    pub fn topic(&self) -> Topic {
        self.fact.topic()
    }

    /// Event time.
    pub fn at(&self) -> Millis {
        self.fact.at()
    }
}

/// What a record says of its account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    /// A product-usage, business or engagement record.
    Activity(Arc<Activity>),
    /// The whole profile from its instant on.
    Profile(Arc<Profile>),
    /// What people did with an opportunity.
    Outcome(Arc<Outcome>),
}

impl Fact {
    /// Event time.
    pub fn at(&self) -> Millis {
        match self {
            Fact::Activity(activity) => activity.at,
            Fact::Profile(profile) => profile.at,
            Fact::Outcome(outcome) => outcome.at,
        }
    }

    /// The producer's event id.
    pub fn id(&self) -> &str {
        match self {
            Fact::Activity(activity) => &activity.id,
            Fact::Profile(profile) => &profile.id,
            Fact::Outcome(outcome) => &outcome.id,
        }
    }

    /// The topic the record belongs to.
    pub fn topic(&self) -> Topic {
        match self {
            Fact::Activity(activity) => activity.kind.topic(),
            Fact::Profile(_) => Topic::AccountProfiles,
            Fact::Outcome(_) => Topic::OpportunityOutcomes,
        }
    }

    /// Canonical JSON (RFC 8785) of the decoded record, without `account_id`, which is the same for all
    /// facts that are ever compared.
    pub fn canonical(&self) -> String {
        match self {
            Fact::Activity(activity) => activity.canonical(),
            Fact::Profile(profile) => profile.canonical(),
            Fact::Outcome(outcome) => outcome.canonical(),
        }
    }
}

/// A record with a place in the order of SPEC 3.1 among the records of its own topic and account.
///
/// The canonical JSON breaks ties of (`occurred_at`, `event_id`) only, so it is made on demand.
pub trait Ordered {
    /// Event time.
    fn at(&self) -> Millis;
    /// The producer's event id.
    fn id(&self) -> &str;
    /// Canonical JSON, without `account_id`.
    fn canonical(&self) -> String;

    /// Compares two records of one topic and account; `Equal` means that they are one event.
    fn order(&self, other: &Self) -> Ordering {
        (self.at(), self.id().as_bytes())
            .cmp(&(other.at(), other.id().as_bytes()))
            .then_with(|| self.canonical().as_bytes().cmp(other.canonical().as_bytes()))
    }
}

/// The order of SPEC 3.1 among all facts of one account.
pub fn order(a: &Fact, b: &Fact) -> Ordering {
    (a.at(), a.topic(), a.id().as_bytes())
        .cmp(&(b.at(), b.topic(), b.id().as_bytes()))
        .then_with(|| a.canonical().as_bytes().cmp(b.canonical().as_bytes()))
}
