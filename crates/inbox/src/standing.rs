//! Where people stand with an opportunity.

use springtide_core::event::{Outcome, Stage};
use springtide_core::time::Millis;

/// Where people stand with an opportunity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nobody has done anything yet, or its rest is over.
    New,
    /// Somebody is at it.
    Working,
    /// It rests.
    Snoozed,
    /// It was not worth it.
    Dismissed,
    /// It was won.
    Won,
    /// It was lost.
    Lost,
    /// What it rested on was taken back.
    Withdrawn,
}

impl Standing {
    /// All.
    pub const ALL: [Standing; 7] = [
        Standing::New,
        Standing::Working,
        Standing::Snoozed,
        Standing::Dismissed,
        Standing::Won,
        Standing::Lost,
        Standing::Withdrawn,
    ];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Standing::New => "new",
            Standing::Working => "working",
            Standing::Snoozed => "snoozed",
            Standing::Dismissed => "dismissed",
            Standing::Won => "won",
            Standing::Lost => "lost",
            Standing::Withdrawn => "withdrawn",
        }
    }

    /// The one of a name.
    ///
    /// ```
    /// use springtide_inbox::Standing;
    /// assert_eq!(Standing::from_name("won"), Some(Standing::Won));
    /// assert_eq!(Standing::from_name("lunch"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Standing> {
        Standing::ALL.into_iter().find(|standing| standing.name() == name)
    }

    /// Where it stands at an instant, by the last thing that was done by then. What was withdrawn stays what people made
    /// of it, where they did: work on it is not lost.
    pub(crate) fn at(is_withdrawn: bool, history: &[Outcome], now: Millis) -> Standing {
        let Some(last) = history.iter().rev().find(|done| done.at <= now) else {
            return if is_withdrawn { Standing::Withdrawn } else { Standing::New };
        };
        match last.stage {
            Stage::Snoozed if last.until.is_none_or(|until| until <= now) => {
                if is_withdrawn {
                    Standing::Withdrawn
                } else {
                    Standing::New
                }
            }
            Stage::Snoozed => Standing::Snoozed,
            Stage::Dismissed => Standing::Dismissed,
            Stage::ClosedWon => Standing::Won,
            Stage::ClosedLost => Standing::Lost,
            Stage::Qualified | Stage::Discovery | Stage::Proposal | Stage::Negotiation => Standing::Working,
        }
    }
}
