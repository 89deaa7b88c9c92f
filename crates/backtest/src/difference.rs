//! One opening under two packs.

use serde::Serialize;
use springtide_core::time::Millis;

use crate::change::Change;
use crate::figures::instant;
use crate::side::{Found, Side};
use crate::why::Failed;

/// What became of an opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Under both, and nothing that is compared differs.
    Same,
    /// Under both, with differences.
    Changed,
    /// Under the new pack alone.
    Gained,
    /// Under the old pack alone.
    Lost,
}

impl What {
    /// A stable name.
    pub fn name(self) -> &'static str {
        match self {
            What::Same => "same",
            What::Changed => "changed",
            What::Gained => "gained",
            What::Lost => "lost",
        }
    }
}

/// An opening as a pack has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Opening {
    /// Its id in this replay.
    pub opportunity_id: String,
    /// When it opened.
    #[serde(serialize_with = "instant")]
    pub opened_at: Millis,
    /// By when to act.
    #[serde(serialize_with = "instant")]
    pub act_by: Millis,
    /// 0 to 100.
    pub score: f64,
    /// `low`, `medium` or `high`.
    pub urgency: &'static str,
    /// Who gets it: a role.
    pub role: String,
    /// The profile's owner for that role.
    pub owner: Option<String>,
    /// The detectors in its evidence, by name.
    pub detectors: Vec<String>,
}

impl Opening {
    pub(crate) fn of(side: &Side, found: &Found) -> Opening {
        let (role, owner) = side.route(found);
        Opening {
            opportunity_id: found.id.to_string(),
            opened_at: found.opened_at,
            act_by: found.act_by,
            score: found.score,
            urgency: found.urgency.name(),
            role: role.to_owned(),
            owner: owner.map(str::to_owned),
            detectors: side.detectors(found).into_iter().map(str::to_owned).collect(),
        }
    }
}

/// An opening that differs, in detail.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Changed, gained or lost.
    pub what: What,
    /// The account.
    pub account_id: String,
    /// Its name.
    pub account_name: String,
    /// The play.
    pub play: String,
    /// The account's segment.
    pub segment: &'static str,
    /// As the old pack has it.
    pub old: Option<Opening>,
    /// As the new pack has it.
    pub new: Option<Opening>,
    /// What differs, of one that changed.
    pub changes: Vec<Change>,
    /// What kept it shut under the other pack, of one gained or lost.
    pub failed: Vec<Failed>,
    /// The same in a sentence.
    pub nearest_miss: Option<String>,
}

impl Difference {
    /// When it opened, under the pack that opened it first.
    pub fn opened_at(&self) -> Millis {
        let times = self.old.iter().chain(&self.new).map(|opening| opening.opened_at);
        times.min().unwrap_or_default()
    }
}
