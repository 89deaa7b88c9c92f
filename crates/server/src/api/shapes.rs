//! What goes over the wire.

use serde::{Deserialize, Serialize};
use springtide_core::event::Outcome;
use springtide_core::time::{Millis, format_rfc3339};
use springtide_inbox::{Row, Standing};
use utoipa::{IntoParams, IntoResponses, ToSchema};

use super::described;

/// An opportunity in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Summary {
    pub opportunity_id: String,
    pub revision: u32,
    pub account_id: String,
    pub account_name: String,
    pub segment: String,
    pub play: String,
    pub motion: String,
    /// `low`, `medium` or `high`.
    pub urgency: String,
    /// 0 to 100.
    pub score: f64,
    /// What the list is sorted by unless asked otherwise: the score, and up to 20 more as the last seven days before
    /// `act_by` go by; after it, it falls as fast, to 20 less.
    pub rank: f64,
    pub opened_at: String,
    pub updated_at: String,
    pub act_by: String,
    /// Seconds until `act_by`; below 0 where that has passed.
    pub seconds_left: i64,
    /// Who gets it.
    pub role: String,
    pub owner: Option<String>,
    pub headline: String,
    pub yearly_value: Option<f64>,
    pub currency: String,
    /// Where people stand with it: `new`, `working`, `snoozed`, `dismissed`, `won`, `lost` or `withdrawn`.
    pub standing: &'static str,
}

impl Summary {
    pub fn new(row: &Row, standing: Standing, now: Millis) -> Summary {
        Summary {
            opportunity_id: row.id.to_string(),
            revision: row.revision,
            account_id: row.account.to_string(),
            account_name: row.account_name.to_string(),
            segment: row.segment.to_string(),
            play: row.play.to_string(),
            motion: row.motion.to_string(),
            urgency: row.urgency.to_string(),
            score: row.score,
            rank: row.rank(now),
            opened_at: format_rfc3339(row.opened_at),
            updated_at: format_rfc3339(row.updated_at),
            act_by: format_rfc3339(row.act_by),
            seconds_left: (row.act_by - now).div_euclid(1_000),
            role: row.route.role.to_string(),
            owner: row.route.owner.as_deref().map(str::to_owned),
            headline: row.headline.to_string(),
            yearly_value: row.yearly_value,
            currency: row.currency.to_string(),
            standing: standing.name(),
        }
    }
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct List {
    pub items: Vec<Summary>,
    /// How many there are on all pages.
    pub total: usize,
    /// What to ask for as `after` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// As of when it is sorted: further pages are sorted as of the same instant.
    pub as_of: String,
}

/// A message for a person to edit and send, of what the opportunity says alone.
#[derive(Serialize, ToSchema)]
pub(super) struct Draft {
    pub opportunity_id: String,
    /// Which template of the rule pack: a play's, or `default`.
    pub template: String,
    /// Empty where the template's can't be filled.
    pub subject: String,
    /// The five parts, in their order.
    pub parts: Vec<Written>,
    /// All parts, for the clipboard.
    pub text: String,
}

/// A part of a draft.
#[derive(Serialize, ToSchema)]
pub(super) struct Written {
    /// `connect`, `present`, `quantify`, `prove` or `propose`.
    pub part: &'static str,
    /// The same for a person.
    pub label: String,
    /// Its lines; empty where all were left out.
    pub text: String,
    /// What of the opportunity stands in it.
    pub facts: Vec<Fact>,
    /// Which lines of the template were left out, and what the opportunity has not.
    pub left_out: Vec<String>,
}

/// Something that the opportunity says.
#[derive(Serialize, ToSchema)]
pub(super) struct Fact {
    /// The placeholder.
    pub name: &'static str,
    /// As it stands in the text.
    pub value: String,
}

/// Which part of the past a report is about.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AskedReport {
    /// The period's first instant (RFC 3339); twelve months before its end where it is left out.
    #[param(schema_with = described::instant)]
    pub from: Option<String>,
    /// The first instant after the period (RFC 3339); the end of today, UTC, where it is left out.
    #[param(schema_with = described::instant)]
    pub to: Option<String>,
    /// Accounts of these segments alone, several with commas between.
    #[param(schema_with = described::segments)]
    pub segment: Option<String>,
}

/// What became of opportunities and revenue in a period.
#[derive(Serialize, ToSchema)]
pub(super) struct Reported {
    /// When what it is made from was read.
    pub as_of: String,
    /// As `springtide report --json` prints it; docs/report.md says what each name is.
    #[schema(value_type = Object)]
    pub report: serde_json::Value,
    /// What was not there to be read, or was not taken.
    pub left_out: LeftOut,
}

/// What was not there to be read, or was not taken.
#[derive(Serialize, ToSchema)]
pub(super) struct LeftOut {
    /// Places in the profiles' topic at which nothing stands any more: versions that compaction took, and the marks of
    /// transactions.
    pub profiles_gone: u64,
    /// The same of the outcomes' topic, of which retention takes the oldest.
    pub outcomes_gone: u64,
    /// Profiles that came later than the topic's allowed lateness.
    pub late_profiles: u64,
    /// Outcomes of accounts that were erased, or have no profile.
    pub outcomes_without_account: u64,
    /// Records that can't be used.
    pub bad: u64,
}

/// The plays.
#[derive(Serialize, ToSchema)]
pub(super) struct Plays {
    pub as_of: String,
    pub items: Vec<Play>,
}

/// A play of the rules, and how often it was right.
#[derive(Serialize, ToSchema)]
pub(super) struct Play {
    pub play: String,
    pub motion: &'static str,
    /// `convergent`: both sides are needed; else `single`.
    pub trigger: &'static str,
    /// Detectors.
    pub product: Vec<String>,
    pub business: Vec<String>,
    pub boost: Vec<String>,
    pub unless: Vec<String>,
    /// The condition on the account's profile.
    pub gate: String,
    /// `5d`, or `5bd` in business days.
    pub window: String,
    pub act_within: String,
    pub cooldown_days: f64,
    /// What became of it in the last twelve months, as in a report; null while that is not known.
    #[schema(value_type = Option<Object>)]
    pub record: Option<serde_json::Value>,
}

/// Who asks.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    /// The name that decisions have.
    pub name: String,
    /// `view`, `decide` or `admin`.
    pub role: &'static str,
}

/// What a day asks for; each list has at most ten, best first.
#[derive(Serialize, ToSchema)]
pub(super) struct Digest {
    pub as_of: String,
    pub owner: Option<String>,
    pub role: Option<String>,
    /// Of high urgency, opened or revised within the last day, with time left: worth an interruption.
    pub interrupt: Vec<Summary>,
    /// `act_by` has passed, or does so within two business days.
    pub due: Vec<Summary>,
    /// Opened within the last day, or first told of within it.
    pub fresh: Vec<Summary>,
    /// Its rest ended within the last day.
    pub back: Vec<Summary>,
    /// How many are being worked on.
    pub working: usize,
    /// How many others are new and wait.
    pub later: usize,
    /// How many each list leaves out.
    pub more: More,
    /// The same as Markdown, to paste into a mail or a chat.
    pub markdown: String,
}

/// How many each list of a digest leaves out.
#[derive(Serialize, ToSchema)]
pub(super) struct More {
    pub interrupt: usize,
    pub due: usize,
    pub fresh: usize,
    pub back: usize,
}

/// Whose digest, and of when.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AskedDigest {
    /// The owner by name.
    pub owner: Option<String>,
    /// The role.
    pub role: Option<String>,
    /// As of when (RFC 3339); now where it is left out.
    #[param(schema_with = described::instant)]
    pub at: Option<String>,
}

/// What changed. Of an opportunity whose account was erased there is nothing but its id.
#[derive(Serialize, ToSchema)]
pub(super) struct Changed {
    pub opportunity_id: String,
    /// `opened`, `revised`, `withdrawn`, `decided` or `erased`.
    pub kind: &'static str,
    /// As it stands when this is sent.
    #[serde(flatten)]
    pub stands: Option<Stands>,
    /// Who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

/// How an opportunity stands, in short.
#[derive(Serialize, ToSchema)]
pub(super) struct Stands {
    pub account_id: String,
    pub account_name: String,
    pub headline: String,
    pub urgency: String,
    pub owner: Option<String>,
    pub role: String,
    pub standing: &'static str,
}

/// An opportunity with all that is known of it.
#[derive(Serialize, ToSchema)]
pub(super) struct Whole {
    /// As it stands in the topic: evidence, gate, parts of the score, brief.
    #[schema(value_type = Object)]
    pub opportunity: serde_json::Value,
    /// As a list has it.
    pub summary: Summary,
    /// What people did, the latest last.
    pub decisions: Vec<Decision>,
}

/// The revisions of an opportunity.
#[derive(Serialize, ToSchema)]
pub(super) struct Revisions {
    /// As they stand in the topic, the latest last: those that its retention has left, the 100 latest at most.
    #[schema(value_type = Vec<Object>)]
    pub items: Vec<serde_json::Value>,
}

/// What somebody did with an opportunity.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct Decision {
    pub event_id: String,
    pub occurred_at: String,
    /// `qualified`, `discovery`, `proposal`, `negotiation`, `closed_won`, `closed_lost`, `dismissed` or `snoozed`.
    pub stage: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

impl From<&Outcome> for Decision {
    fn from(outcome: &Outcome) -> Decision {
        Decision {
            event_id: outcome.id.to_string(),
            occurred_at: format_rfc3339(outcome.at),
            stage: outcome.stage.name(),
            until: outcome.until.map(format_rfc3339),
            reason: outcome.reason.as_deref().map(str::to_owned),
            actor: outcome.actor.as_deref().map(str::to_owned),
            amount: outcome.amount,
            cost: outcome.cost,
        }
    }
}

/// A decision to be written; what it must have is said in its description.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDecision {
    pub stage: String,
    pub until: Option<String>,
    pub reason: Option<String>,
    pub amount: Option<f64>,
    pub cost: Option<f64>,
    pub after: Option<String>,
}

/// What a list may be asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// The owner by name.
    pub owner: Option<String>,
    /// The role.
    pub role: Option<String>,
    /// The account's id.
    pub account: Option<String>,
    /// The play.
    pub play: Option<String>,
    /// `low`, `medium` or `high`.
    #[param(schema_with = described::urgency)]
    pub urgency: Option<String>,
    /// Where people stand with it, several with commas between; `new,working` where it is left out.
    #[param(schema_with = described::standings)]
    pub standing: Option<String>,
    /// To be acted on before this (RFC 3339).
    #[param(schema_with = described::instant)]
    pub act_before: Option<String>,
    /// Words in the account's name or id, or in the headline.
    pub text: Option<String>,
    /// `rank`, `score`, `act_by`, `opened` or `value`.
    #[param(schema_with = described::sort)]
    pub sort: Option<String>,
    /// How many, 50 where it is left out.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// `next` of the page before.
    #[param(schema_with = described::cursor)]
    pub after: Option<String>,
}

/// Why a request is not answered.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, written by `Refusal`")]
pub(super) struct Refused {
    pub reason: String,
}

/// What whoever may not ask is told, whatever they ask for.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "described here, written by `Refusal`")]
pub(super) enum NotAdmitted {
    /// Nobody knows who asks.
    #[response(status = 401)]
    Unknown(#[to_schema] Refused),
    /// You may not.
    #[response(status = 403)]
    Forbidden(#[to_schema] Refused),
    /// Too many requests at once.
    #[response(status = 429)]
    TooMany(#[to_schema] Refused),
}
