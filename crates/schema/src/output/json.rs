//! The opportunity as one line of JSON, members exactly those of SPEC section 5 and in its order.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use springtide_core::meaning::opportunity::{EvidenceLine, GateCondition, Input, Opportunity, ScorePart};
use springtide_core::sorted::SortedMap;
use springtide_core::time::{Millis, format_rfc3339};

/// An opportunity as one line of JSON, without the newline. A replay has no wall clock and so no `emitted_at`.
///
/// A number that is not finite is written as null: the line is JSON whatever a rule worked out.
pub fn opportunity_json(opportunity: &Opportunity, emitted_at: Option<Millis>) -> String {
    // Serialising fails for maps whose keys are no strings and for failing writers; there are neither here.
    serde_json::to_string(&Line::new(opportunity, emitted_at)).unwrap_or_default()
}

#[derive(Serialize)]
struct Line<'a> {
    opportunity_id: String,
    revision: u32,
    status: &'static str,
    account_id: &'a str,
    account_name: &'a str,
    external_ids: &'a SortedMap<Box<str>, Box<str>>,
    segment: &'static str,
    play: &'a str,
    motion: &'static str,
    trigger: &'static str,
    rules_version: &'a str,
    opened_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    emitted_at: Option<String>,
    act_by: String,
    urgency: &'static str,
    score: f64,
    score_parts: Vec<Part<'a>>,
    gate: Vec<Condition<'a>>,
    route: Route<'a>,
    evidence: Vec<Evidence<'a>>,
    headline: &'a str,
    brief: &'a str,
    yearly_value: f64,
    currency: &'a str,
}

impl<'a> Line<'a> {
    fn new(opportunity: &'a Opportunity, emitted_at: Option<Millis>) -> Line<'a> {
        Line {
            opportunity_id: opportunity.id.to_string(),
            revision: opportunity.revision,
            status: opportunity.status.name(),
            account_id: &opportunity.account,
            account_name: &opportunity.account_name,
            external_ids: &opportunity.external_ids,
            segment: opportunity.segment.name(),
            play: &opportunity.play,
            motion: opportunity.motion.name(),
            trigger: opportunity.trigger(),
            rules_version: &opportunity.rules_version,
            opened_at: format_rfc3339(opportunity.opened_at),
            updated_at: format_rfc3339(opportunity.updated_at),
            emitted_at: emitted_at.map(format_rfc3339),
            act_by: format_rfc3339(opportunity.act_by),
            urgency: opportunity.urgency.name(),
            score: opportunity.score,
            score_parts: opportunity.score_parts.iter().map(Part::from).collect(),
            gate: opportunity.gate.iter().map(Condition::from).collect(),
            route: Route { role: &opportunity.role, owner: opportunity.owner.as_deref() },
            evidence: opportunity.evidence.iter().map(Evidence::from).collect(),
            headline: &opportunity.headline,
            brief: &opportunity.brief,
            yearly_value: opportunity.yearly_value,
            currency: &opportunity.currency,
        }
    }
}

#[derive(Serialize)]
struct Part<'a> {
    name: &'static str,
    weight: f64,
    input: Scalar<'a>,
    points: f64,
}

impl<'a> From<&'a ScorePart> for Part<'a> {
    fn from(part: &'a ScorePart) -> Part<'a> {
        Part { name: part.name, weight: part.weight, input: Scalar(&part.input), points: part.points }
    }
}

#[derive(Serialize)]
struct Condition<'a> {
    condition: &'a str,
    value: Scalar<'a>,
    held: bool,
}

impl<'a> From<&'a GateCondition> for Condition<'a> {
    fn from(gate: &'a GateCondition) -> Condition<'a> {
        Condition { condition: &gate.condition, value: Scalar(&gate.value), held: gate.held }
    }
}

#[derive(Serialize)]
struct Route<'a> {
    role: &'a str,
    owner: Option<&'a str>,
}

#[derive(Serialize)]
struct Evidence<'a> {
    family: &'static str,
    detector: &'a str,
    occurred_at: String,
    since: String,
    urgency: &'static str,
    event_id: Option<&'a str>,
    summary: &'a str,
    values: BTreeMap<&'a str, Scalar<'a>>,
}

impl<'a> From<&'a EvidenceLine> for Evidence<'a> {
    fn from(line: &'a EvidenceLine) -> Evidence<'a> {
        Evidence {
            family: line.family.name(),
            detector: &line.detector,
            occurred_at: format_rfc3339(line.occurred_at),
            since: format_rfc3339(line.since),
            urgency: line.urgency.name(),
            event_id: line.event_id.as_deref(),
            summary: &line.summary,
            values: line.values.iter().map(|(name, value)| (&**name, Scalar(value))).collect(),
        }
    }
}

struct Scalar<'a>(&'a Input);

impl Serialize for Scalar<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Input::None => serializer.serialize_unit(),
            Input::Number(number) => serializer.serialize_f64(*number),
            Input::Text(text) => serializer.serialize_str(text),
            Input::Bool(truth) => serializer.serialize_bool(*truth),
        }
    }
}
