//! Opportunities and what people did with them, as one: a deal.
//!
//! Outcomes name their opportunity by id. An id may depend on the order of arrival (SPEC 3.1), so a replay may have given
//! another one than the pipeline whose opportunity somebody worked on. Outcomes of an id that nobody knows therefore
//! go to the account's latest opportunity of the play that they name, as holding times do (SPEC 3.4), where one opened
//! in the 90 days before and has no outcomes of its own. Those left are deals without an opportunity.

use std::collections::BTreeMap;
use std::sync::Arc;

use springtide_core::event::{Outcome, Stage};
use springtide_core::rules::Motion;
use springtide_core::time::{DAY_MS, Millis};

/// How long after it opened an opportunity takes outcomes that name another id.
const SAME_DEAL_MS: Millis = 90 * DAY_MS;

/// What is kept of an opportunity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Opened {
    pub(crate) revision: u32,
    /// Whether it stands; else it was withdrawn.
    pub(crate) open: bool,
    pub(crate) play: Arc<str>,
    pub(crate) motion: Motion,
    pub(crate) opened_at: Millis,
    pub(crate) act_by: Millis,
    /// The detectors in its evidence.
    pub(crate) detectors: Vec<Arc<str>>,
}

/// Opportunities of an account by id, and outcomes by the id that they name, in the order of SPEC 3.1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Work {
    pub(crate) opportunities: BTreeMap<Box<str>, Opened>,
    pub(crate) outcomes: BTreeMap<Box<str>, Vec<Arc<Outcome>>>,
}

/// Where a deal stands: what its last outcome says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Untouched,
    InProgress,
    Snoozed,
    Dismissed,
    Lost,
    Won,
}

/// An opportunity, or what only outcomes know of, and what was done with it.
pub(crate) struct Deal<'a> {
    /// The play that opened it, else the one that the first outcome names.
    pub(crate) play: &'a str,
    pub(crate) opportunity: Option<&'a Opened>,
    /// Whether the outcomes name another id.
    pub(crate) by_play: bool,
    /// In order.
    pub(crate) outcomes: &'a [Arc<Outcome>],
}

impl Deal<'_> {
    pub(crate) fn standing(&self) -> Standing {
        match self.outcomes.last().map(|last| last.stage) {
            None => Standing::Untouched,
            Some(stage) if stage.in_progress() => Standing::InProgress,
            Some(Stage::Snoozed) => Standing::Snoozed,
            Some(Stage::Dismissed) => Standing::Dismissed,
            Some(Stage::ClosedLost) => Standing::Lost,
            Some(_) => Standing::Won,
        }
    }

    /// The last outcome, where it is the end of the deal: won, lost or dismissed.
    pub(crate) fn end(&self) -> Option<&Outcome> {
        let ended = matches!(self.standing(), Standing::Won | Standing::Lost | Standing::Dismissed);
        self.outcomes.last().filter(|_| ended).map(|last| &**last)
    }

    /// How many of the stages from `qualified` to `closed_won` it has come through, 0 to 5. One that reached a stage
    /// has passed those before it, whether or not an outcome said so. A sale that did not stand had been through
    /// `negotiation`.
    pub(crate) fn passed(&self) -> usize {
        let of = |outcome: &Arc<Outcome>| match outcome.stage {
            Stage::Qualified => 1,
            Stage::Discovery => 2,
            Stage::Proposal => 3,
            Stage::Negotiation | Stage::ClosedWon => 4,
            Stage::ClosedLost | Stage::Dismissed | Stage::Snoozed => 0,
        };
        match self.standing() {
            Standing::Won => 5,
            _ => self.outcomes.iter().map(of).max().unwrap_or(0),
        }
    }
}

impl Work {
    /// All deals as of an instant: what opened before it, with the outcomes before it.
    pub(crate) fn deals(&self, to: Millis) -> Vec<Deal<'_>> {
        let mut deals: Vec<Deal<'_>> = Vec::new();
        for (id, opened) in self.opportunities.iter().filter(|(_, opened)| opened.opened_at < to) {
            let outcomes = self.outcomes_before(id, to);
            deals.push(Deal { play: &opened.play, opportunity: Some(opened), by_play: false, outcomes });
        }
        let mut unknown: Vec<&[Arc<Outcome>]> = self
            .outcomes
            .keys()
            .filter(|id| self.opportunities.get(*id).is_none_or(|opened| opened.opened_at >= to))
            .map(|id| self.outcomes_before(id, to))
            .filter(|outcomes| !outcomes.is_empty())
            .collect();
        // The keys' order settles those of one instant.
        unknown.sort_by_key(|outcomes| outcomes.first().map(|first| first.at));
        for outcomes in unknown {
            place(&mut deals, outcomes);
        }
        deals
    }

    fn outcomes_before(&self, id: &str, to: Millis) -> &[Arc<Outcome>] {
        let all = self.outcomes.get(id).map(Vec::as_slice).unwrap_or_default();
        &all[..all.partition_point(|outcome| outcome.at < to)]
    }
}

/// Gives outcomes of an unknown id to the opportunity that they must mean, or to a deal of their own.
fn place<'a>(deals: &mut Vec<Deal<'a>>, outcomes: &'a [Arc<Outcome>]) {
    let Some(first) = outcomes.first() else {
        return;
    };
    let means = |opened: &Opened| {
        let age = first.at.saturating_sub(opened.opened_at);
        opened.open && *opened.play == *first.play && (0..SAME_DEAL_MS).contains(&age)
    };
    let free =
        deals.iter_mut().filter(|deal| deal.outcomes.is_empty() && deal.opportunity.is_some_and(means));
    match free.max_by_key(|deal| deal.opportunity.map(|opened| opened.opened_at)) {
        Some(deal) => (deal.outcomes, deal.by_play) = (outcomes, true),
        None => deals.push(Deal { play: &first.play, opportunity: None, by_play: false, outcomes }),
    }
}
