//! How often each play is right.

use std::collections::BTreeMap;

use serde::Serialize;
use springtide_core::rules::Motion;

use crate::deal::{Deal, Standing};
use crate::figures::share;
use crate::period::Scope;
use crate::suggestion::{Suggestion, Tally, suggest};

/// What became of one play's opportunities: how many opened within the period, and what the deals came to that ended
/// within it, whenever they opened. Deals of opportunities that are not known count by the play that they name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PlayRow {
    /// Its name.
    pub play: String,
    /// Its motion; absent for a play that the rules don't have.
    pub motion: Option<&'static str>,
    /// Opportunities that opened within the period and were not withdrawn.
    pub opened: u64,
    /// Ended: won.
    pub won: u64,
    /// Ended: lost.
    pub lost: u64,
    /// Ended: dismissed.
    pub dismissed: u64,
    /// Won ÷ (won + lost + dismissed) × 100; absent where none ended.
    pub precision_percent: Option<f64>,
    /// Why they were dismissed, most frequent first.
    pub dismissed_by_reason: Vec<Reason>,
    /// Why they were lost, most frequent first.
    pub lost_by_reason: Vec<Reason>,
    /// What might be tuned; absent where fewer than [`LEAST_OUTCOMES`](crate::LEAST_OUTCOMES) ended, or they say
    /// nothing clear.
    pub suggestion: Option<Suggestion>,
}

/// A reason and how often it was given.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// As the outcome has it; absent for those that give none.
    pub reason: Option<String>,
    /// How often.
    pub count: u64,
}

#[derive(Default)]
struct Play {
    motion: Option<Motion>,
    opened: u64,
    tally: Tally,
    dismissed: BTreeMap<Option<String>, u64>,
    lost: BTreeMap<Option<String>, u64>,
}

/// Counts deals by play.
#[derive(Default)]
pub(crate) struct Judge {
    plays: BTreeMap<String, Play>,
}

impl Judge {
    pub(crate) fn add(&mut self, deal: &Deal<'_>, motion: Option<Motion>, scope: &Scope) {
        let opened = deal.opportunity.is_some_and(|opened| opened.open && scope.holds(opened.opened_at));
        let end = deal.end().filter(|end| scope.holds(end.at));
        if !opened && end.is_none() {
            return;
        }
        let play = self.plays.entry(deal.play.to_owned()).or_default();
        play.motion = play.motion.or(motion);
        play.opened += u64::from(opened);
        let Some(end) = end else {
            return;
        };
        let reason =
            || end.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty()).map(str::to_owned);
        match deal.standing() {
            Standing::Won => {}
            Standing::Lost => *play.lost.entry(reason()).or_default() += 1,
            _ => *play.dismissed.entry(reason()).or_default() += 1,
        }
        play.tally.add(deal);
    }

    /// Plays by name.
    pub(crate) fn finish(self) -> Vec<PlayRow> {
        let row = |(name, play): (String, Play)| {
            let (dismissed, lost) = (by_count(play.dismissed), by_count(play.lost));
            PlayRow {
                suggestion: suggest(&name, &play.tally, &dismissed, &lost),
                play: name,
                motion: play.motion.map(Motion::name),
                opened: play.opened,
                won: play.tally.won,
                lost: play.tally.lost,
                dismissed: play.tally.dismissed,
                precision_percent: share(play.tally.won, play.tally.ended()),
                dismissed_by_reason: dismissed,
                lost_by_reason: lost,
            }
        };
        self.plays.into_iter().map(row).collect()
    }
}

fn by_count(reasons: BTreeMap<Option<String>, u64>) -> Vec<Reason> {
    let mut reasons: Vec<Reason> =
        reasons.into_iter().map(|(reason, count)| Reason { reason, count }).collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
    reasons
}
