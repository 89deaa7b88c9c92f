//! The opportunity as readers get it (SPEC section 5).

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::event::Segment;
use crate::rules::{Family, Motion, Urgency};
use crate::sorted::SortedMap;
use crate::time::Millis;

/// Whether the opportunity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It stands.
    Open,
    /// A late event took back what it rested on.
    Withdrawn,
}

impl Status {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Withdrawn => "withdrawn",
        }
    }
}

/// What a component of the score, or a condition of the gate, was worked out from.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Nothing: absent, or it could not be worked out.
    None,
    /// A number.
    Number(f64),
    /// A text.
    Text(Box<str>),
    /// A truth value.
    Bool(bool),
}

/// One component of the score.
#[derive(Clone, Debug, PartialEq)]
pub struct ScorePart {
    /// `potential`, `health`, `timing` or `relationship`.
    pub name: &'static str,
    /// Its share in the score.
    pub weight: f64,
    /// What the points were read from: the yearly value, the health score, days to renewal, the champion
    /// and the number of boosts.
    pub input: Input,
    /// 0 to 100, unweighted.
    pub points: f64,
}

/// One condition of the gate, as it was when the opportunity opened.
#[derive(Clone, Debug, PartialEq)]
pub struct GateCondition {
    /// The condition's text.
    pub condition: String,
    /// The value of its left side, for a comparison.
    pub value: Input,
    /// Whether it held.
    pub held: bool,
}

/// A number or text that belongs to a piece of evidence, by name.
pub type Facts = BTreeMap<Box<str>, Input>;

/// One piece of evidence: a detector's latest signal in the window.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceLine {
    /// What it is about.
    pub family: Family,
    /// The detector's name.
    pub detector: Box<str>,
    /// The instant of the latest signal in the window.
    pub occurred_at: Millis,
    /// The instant of the earliest.
    pub since: Millis,
    /// How soon it wants an answer.
    pub urgency: Urgency,
    /// The event of the latest signal; none for a timer.
    pub event_id: Option<Box<str>>,
    /// One line for a person.
    pub summary: String,
    /// The event's fields and what the detector measured.
    pub values: Facts,
}

/// An expansion opportunity, one revision of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Opportunity {
    /// UUIDv5 (SPEC 3.5).
    pub id: Uuid,
    /// 1, 2, …
    pub revision: u32,
    /// Whether it stands.
    pub status: Status,
    /// The account.
    pub account: Box<str>,
    /// The profile's name.
    pub account_name: Box<str>,
    /// The profile's ids in other systems.
    pub external_ids: SortedMap<Box<str>, Box<str>>,
    /// The profile's segment.
    pub segment: Segment,
    /// The play that opened it.
    pub play: Box<str>,
    /// What the expansion is made of.
    pub motion: Motion,
    /// Whether both sides were needed: `convergent`, else `single`.
    pub convergent: bool,
    /// Which rules.
    pub rules_version: Box<str>,
    /// When it opened.
    pub opened_at: Millis,
    /// When it opened as of its first emission, from which the id was made.
    pub named_at: Millis,
    /// When evidence was last added.
    pub updated_at: Millis,
    /// By when to act.
    pub act_by: Millis,
    /// The highest of the evidence's.
    pub urgency: Urgency,
    /// 0 to 100, one decimal.
    pub score: f64,
    /// How the score came about.
    pub score_parts: Vec<ScorePart>,
    /// What the gate asked.
    pub gate: Vec<GateCondition>,
    /// Who gets it: a role.
    pub role: Box<str>,
    /// The profile's owner for that role.
    pub owner: Option<Box<str>>,
    /// What it rests on, sorted by detector within product, business, engagement.
    pub evidence: Vec<EvidenceLine>,
    /// One sentence, led by the triggering behaviour.
    pub headline: String,
    /// The written handoff, as Markdown.
    pub brief: String,
    /// What the motion is worth a year.
    pub yearly_value: f64,
    /// The profile's currency.
    pub currency: Box<str>,
}

impl Opportunity {
    /// `convergent` or `single`.
    pub fn trigger(&self) -> &'static str {
        if self.convergent { "convergent" } else { "single" }
    }
}
