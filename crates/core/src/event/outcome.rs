//! What people did with an opportunity (SPEC 2.5).

use serde::{Deserialize, Serialize};

use super::Ordered;
use super::canonical::Object;
use crate::time::Millis;

/// Where an opportunity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Somebody confirmed that it is real.
    Qualified,
    /// In talks about the need.
    Discovery,
    /// An offer is out.
    Proposal,
    /// Terms are being agreed.
    Negotiation,
    /// Won.
    ClosedWon,
    /// Lost.
    ClosedLost,
    /// Not worth pursuing.
    Dismissed,
    /// Not now; see `until`.
    Snoozed,
}

impl Stage {
    /// All stages.
    pub const ALL: [Stage; 8] = [
        Stage::Qualified,
        Stage::Discovery,
        Stage::Proposal,
        Stage::Negotiation,
        Stage::ClosedWon,
        Stage::ClosedLost,
        Stage::Dismissed,
        Stage::Snoozed,
    ];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Qualified => "qualified",
            Stage::Discovery => "discovery",
            Stage::Proposal => "proposal",
            Stage::Negotiation => "negotiation",
            Stage::ClosedWon => "closed_won",
            Stage::ClosedLost => "closed_lost",
            Stage::Dismissed => "dismissed",
            Stage::Snoozed => "snoozed",
        }
    }

    /// Whether somebody is working on it.
    pub fn in_progress(self) -> bool {
        matches!(self, Stage::Qualified | Stage::Discovery | Stage::Proposal | Stage::Negotiation)
    }
}

/// An outcome event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Event time.
    pub at: Millis,
    /// The producer's event id.
    pub id: Box<str>,
    /// The opportunity it is about.
    pub opportunity: Box<str>,
    /// The play it names.
    pub play: Box<str>,
    /// The new stage.
    pub stage: Stage,
    /// End of a snooze.
    pub until: Option<Millis>,
    /// Yearly amount.
    pub amount: Option<f64>,
    /// Cost of winning it.
    pub cost: Option<f64>,
    /// Why.
    pub reason: Option<Box<str>>,
    /// Who.
    pub actor: Option<Box<str>>,
}

impl Ordered for Outcome {
    fn at(&self) -> Millis {
        self.at
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn canonical(&self) -> String {
        let mut object = Object::default();
        object
            .text("event_id", &self.id)
            .time("occurred_at", self.at)
            .text("opportunity_id", &self.opportunity)
            .text("play", &self.play)
            .text("stage", self.stage.name());
        self.until.into_iter().for_each(|at| {
            object.time("until", at);
        });
        self.amount.into_iter().for_each(|amount| {
            object.number("amount", amount);
        });
        self.cost.into_iter().for_each(|cost| {
            object.number("cost", cost);
        });
        self.reason.as_deref().into_iter().for_each(|reason| {
            object.text("reason", reason);
        });
        self.actor.as_deref().into_iter().for_each(|actor| {
            object.text("actor", actor);
        });
        object.finish()
    }
}
