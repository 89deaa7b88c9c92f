//! When does a play open, and what does it rest on? The fold over an account's instants (SPEC 3.4).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::profiles::Profiles;
use super::signal::{Signal, Timeline};
use super::stream::profile_at;
use crate::event::{Outcome, Profile, Stage};
use crate::expr::Env;
use crate::rules::{DetectorId, Play, Rules};
use crate::time::Millis;

/// One piece of evidence: a detector's latest signal in the window, as of the instant that added it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The detector.
    pub detector: DetectorId,
    /// Its latest signal in the window.
    pub signal: Signal,
    /// The instant of its earliest there.
    pub since: Millis,
    /// The instant that added it.
    pub added_at: Millis,
}

/// What an opening was given when it was emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Its id.
    pub id: Uuid,
    /// The latest revision emitted.
    pub revision: u32,
    /// `opened_at` as of the first emission, from which the id was made.
    pub named_at: Millis,
}

/// One opening of a play.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// The instant.
    pub opened_at: Millis,
    /// The last instant that added evidence.
    pub last_at: Millis,
    /// What it rests on, in the order of the play's detectors within one instant.
    pub evidence: Vec<Evidence>,
    /// The profile as of `opened_at`: what the gate saw.
    #[serde(with = "super::shared::one")]
    pub gate_profile: Arc<Profile>,
    /// The profile as of `last_at`: what score and route see.
    #[serde(with = "super::shared::one")]
    pub profile: Arc<Profile>,
    /// What it was given when emitted; `None` for one that is new.
    pub given: Option<Given>,
}

impl Opening {
    /// Whether two openings rest on the same: what was given aside.
    pub fn says_the_same(&self, other: &Opening) -> bool {
        self.opened_at == other.opened_at
            && self.last_at == other.last_at
            && self.evidence == other.evidence
            && self.gate_profile == other.gate_profile
            && self.profile == other.profile
    }

    /// Takes back what was added at or after an instant later than its opening.
    fn truncate(&mut self, from: Millis, profiles: &Profiles) {
        self.evidence.retain(|evidence| evidence.added_at < from);
        self.last_at =
            self.evidence.iter().map(|evidence| evidence.added_at).fold(self.opened_at, Millis::max);
        if let Some(profile) = profile_at(profiles, self.last_at) {
            self.profile = Arc::clone(profile);
        }
    }
}

/// What the fold looks at: one account as it is now.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The rules.
    pub rules: &'a Rules,
    /// The account's id.
    pub account: &'a str,
    /// Profiles in the order of SPEC 3.1.
    pub profiles: &'a Profiles,
    /// Outcomes in the order of SPEC 3.1.
    pub outcomes: &'a [Arc<Outcome>],
    /// Signals of all detectors.
    pub timeline: &'a Timeline,
}

/// Goes through a play's instants at or after `from`, in order. `openings` holds the openings before it
/// and gets the ones since.
pub(super) fn fold(view: View<'_>, play: &Play, from: Millis, openings: &mut Vec<Opening>) {
    if let Some(last) = openings.last_mut()
        && last.last_at >= from
    {
        last.truncate(from, view.profiles);
    }
    for at in instants(view, play, from) {
        if let Some(current) = openings.last_mut() {
            revise(view, play, current, at);
        }
        if converges(view, play, at)
            && let Some(profile) = profile_at(view.profiles, at)
            && holding_back(view, play, openings.last(), at).is_none()
            && play.gate.holds(&Env { account: view.account, event: None, profile: Some(profile), now: at })
        {
            openings.push(open(view, play, profile, at));
        }
    }
}

/// The play's instants at or after `from`, ascending, each once.
fn instants(view: View<'_>, play: &Play, from: Millis) -> Vec<Millis> {
    let mut instants: Vec<Millis> = play
        .listed()
        .flat_map(|detector| view.timeline.since(detector, from))
        .map(|signal| signal.at)
        .collect();
    instants.extend(view.profiles.since(from).iter().map(|profile| profile.at));
    instants.sort_unstable();
    instants.dedup();
    instants
}

/// Adds the evidence that an instant brings to the play's latest opening.
fn revise(view: View<'_>, play: &Play, opening: &mut Opening, at: Millis) {
    let start = view.rules.calendar.window_start(at, play.window);
    if opening.opened_at < start {
        return;
    }
    let known = opening.evidence.len();
    for detector in play.listed() {
        let is_new = !opening.evidence.iter().any(|evidence| evidence.detector == detector);
        if is_new && view.timeline.has_at(detector, at) {
            opening.evidence.extend(evidence(view, detector, start, at));
        }
    }
    if opening.evidence.len() == known {
        return;
    }
    opening.last_at = at;
    if let Some(profile) = profile_at(view.profiles, at) {
        opening.profile = Arc::clone(profile);
    }
}

fn open(view: View<'_>, play: &Play, profile: &Arc<Profile>, at: Millis) -> Opening {
    let start = view.rules.calendar.window_start(at, play.window);
    Opening {
        opened_at: at,
        last_at: at,
        evidence: play.listed().filter_map(|detector| evidence(view, detector, start, at)).collect(),
        gate_profile: Arc::clone(profile),
        profile: Arc::clone(profile),
        given: None,
    }
}

fn evidence(view: View<'_>, detector: DetectorId, start: Millis, at: Millis) -> Option<Evidence> {
    let signals = view.timeline.within(detector, start, at);
    let (first, last) = (signals.first()?, signals.last()?);
    Some(Evidence { detector, signal: last.clone(), since: first.at, added_at: at })
}

/// Whether each side that the play needs has a signal in the window, and none speaks against it.
fn converges(view: View<'_>, play: &Play, at: Millis) -> bool {
    let start = view.rules.calendar.window_start(at, play.window);
    let any =
        |side: &[DetectorId], from| side.iter().any(|id| !view.timeline.within(*id, from, at).is_empty());
    [&play.product, &play.business].into_iter().all(|side| side.is_empty() || any(side, start))
        && !any(&play.unless, at.saturating_sub(play.unless_within_ms))
}

/// What keeps a play from opening although it is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBack {
    /// An opportunity of the play opened too short a while ago.
    Cooldown {
        /// When it opened.
        opened_at: Millis,
        /// When the hold ends.
        until: Millis,
    },
    /// The play was dismissed.
    Dismissed {
        /// When the hold ends.
        until: Millis,
    },
    /// The play was snoozed.
    Snoozed {
        /// When the hold ends.
        until: Millis,
    },
    /// Somebody is at it.
    InProgress {
        /// The stage it is in.
        stage: Stage,
        /// When the hold ends.
        until: Millis,
    },
    /// The account bought more a short while ago.
    AfterExpansion {
        /// The first instant after the hold.
        until: Millis,
    },
}

/// What keeps an active play from opening at an instant, if anything does.
pub fn holding_back(view: View<'_>, play: &Play, latest: Option<&Opening>, at: Millis) -> Option<HeldBack> {
    if let Some(opening) = latest
        && at - opening.opened_at < play.cooldown_ms
    {
        let opened_at = opening.opened_at;
        return Some(HeldBack::Cooldown { opened_at, until: opened_at + play.cooldown_ms });
    }
    let past = &view.outcomes[..view.outcomes.partition_point(|outcome| outcome.at <= at)];
    let own = |outcome: &&Arc<Outcome>| outcome.play == play.name;
    for outcome in past.iter() {
        let age = at - outcome.at;
        match outcome.stage {
            Stage::ClosedWon if age <= play.after_expansion_ms => {
                return Some(HeldBack::AfterExpansion { until: outcome.at + play.after_expansion_ms + 1 });
            }
            Stage::Dismissed if own(&outcome) && age < play.dismissed_for_ms => {
                return Some(HeldBack::Dismissed { until: outcome.at + play.dismissed_for_ms });
            }
            Stage::Snoozed if own(&outcome) => match outcome.until {
                Some(until) if at < until => return Some(HeldBack::Snoozed { until }),
                _ => {}
            },
            _ => {}
        }
    }
    let last = past.iter().rev().find(own)?;
    let busy = last.stage.in_progress() && at - last.at < play.in_progress_for_ms;
    busy.then_some(HeldBack::InProgress { stage: last.stage, until: last.at + play.in_progress_for_ms })
}
