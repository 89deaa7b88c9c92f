//! Outcome records (SPEC 2.5).

use springtide_core::event::{FieldType, Outcome, Stage};

use super::{Draft, Raw, field};
use crate::bad::BadRecord;

/// The members beside the common ones.
pub(super) const FIELDS: [&str; 8] =
    ["opportunity_id", "play", "stage", "until", "amount", "cost", "reason", "actor"];

impl Draft<'_> {
    /// The outcome, with the number of members it does not know added to `unknown`.
    pub(super) fn outcome(&mut self, unknown: &mut u32) -> Result<Outcome, BadRecord> {
        let id = field::id("event_id", std::mem::take(&mut self.event_id))?;
        let at = field::occurred_at(std::mem::take(&mut self.occurred_at))?;
        let [opportunity, play, stage, until, amount, cost, reason, actor] =
            FIELDS.map(|name| (name, self.take(name)));
        let stage = field::required(
            stage.0,
            field::one_of(stage.0, stage.1, &Stage::ALL, Stage::name)?,
            "a stage, such as qualified",
        )?;
        let until = field::time(until.0, until.1)?;
        if stage == Stage::Snoozed {
            field::required("until", until, "an RFC 3339 timestamp, since the stage is snoozed")?;
        }
        let number = |(name, raw): (&str, Raw)| field::number(name, raw, FieldType::Amount);
        let text = |(name, raw): (&str, Raw)| field::text(name, raw);
        *unknown += self.unknown(|name| FIELDS.contains(&name));
        Ok(Outcome {
            at,
            id,
            opportunity: field::id(opportunity.0, opportunity.1)?,
            play: field::required("play", text(play)?, "a string")?,
            stage,
            until,
            amount: number(amount)?,
            cost: number(cost)?,
            reason: text(reason)?,
            actor: text(actor)?,
        })
    }
}
