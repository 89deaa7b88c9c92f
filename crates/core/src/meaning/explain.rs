//! Why did a play open, or not? Every condition as of one instant, its values, and the nearest miss.
//!
//! It asks what the fold asks (SPEC 3.4), one condition at a time and without stopping at the first that fails.
//! `past` works out the account's history up to the instant from its events, `kept` from its state; `side` looks at a play's detectors and `near` at
//! how far each is from a signal, `block` at what speaks against or holds back, `miss` puts it into a sentence, `short` finds what
//! is one condition short.

mod amounts;
mod block;
mod days;
mod kept;
mod miss;
mod near;
mod past;
mod phrase;
mod short;
mod side;
#[cfg(test)]
mod tests;

use super::account::Account;
use super::converge::Opening;
use super::opportunity::Input;
use crate::event::Fact;
use crate::rules::{DetectorId, Family, Play, Rules};
use crate::time::Millis;
use past::Past;
pub use short::NearMiss;

/// What became of a play at the instant.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It opened at this very instant.
    Opened,
    /// The instant added evidence to the latest opening.
    Revised {
        /// When that opened.
        opened_at: Millis,
        /// The detectors whose signals were added.
        added: Vec<Box<str>>,
    },
    /// It is open: the latest opening is inside the window that ends here.
    Open {
        /// When that opened.
        opened_at: Millis,
    },
    /// It did not open.
    NotOpen {
        /// The latest opening before, if there ever was one.
        last_opened_at: Option<Millis>,
    },
}

impl Verdict {
    /// A stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Opened => "opened",
            Verdict::Revised { .. } => "revised",
            Verdict::Open { .. } => "open",
            Verdict::NotOpen { .. } => "not_open",
        }
    }
}

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConditionKind {
    /// There is a profile.
    Profile,
    /// A product signal in the window.
    Product,
    /// A business signal in the window.
    Business,
    /// No signal that speaks against it.
    Unless,
    /// One condition of the gate.
    Gate,
    /// No opportunity of the play opened a short while ago.
    Cooldown,
    /// Nobody dismissed the play.
    Dismissed,
    /// Nobody snoozed the play.
    Snoozed,
    /// Nobody is at it.
    InProgress,
    /// The account has not just bought more.
    AfterExpansion,
}

impl ConditionKind {
    /// A stable name.
    pub fn name(self) -> &'static str {
        match self {
            ConditionKind::Profile => "profile",
            ConditionKind::Product => "product",
            ConditionKind::Business => "business",
            ConditionKind::Unless => "unless",
            ConditionKind::Gate => "gate",
            ConditionKind::Cooldown => "cooldown",
            ConditionKind::Dismissed => "dismissed",
            ConditionKind::Snoozed => "snoozed",
            ConditionKind::InProgress => "in_progress",
            ConditionKind::AfterExpansion => "after_expansion",
        }
    }
}

/// One of the conditions that must all hold for a play to open.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What it is about.
    pub kind: ConditionKind,
    /// Whether it held.
    pub held: bool,
    /// The condition, for a person.
    pub text: String,
    /// What was found, for a person.
    pub found: Option<String>,
    /// The value that a condition of the gate asks about.
    pub value: Input,
    /// The number that it is compared with, where it is one.
    pub needed: Option<f64>,
    /// The detectors of a side, or those that speak against the play.
    pub detectors: Vec<DetectorState>,
    /// The first instant at which it holds again, where time alone decides that.
    pub until: Option<Millis>,
    /// What was missing, where it did not hold.
    pub miss: Option<String>,
}

/// A detector as a play sees it at the instant.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorState {
    /// Its name.
    pub detector: Box<str>,
    /// What it is about.
    pub family: Family,
    /// Its signals in the window, if there are any.
    pub signals: Option<Signals>,
    /// Else the latest one before the window.
    pub before: Option<Before>,
    /// Else, too, how near the events in the window come to a signal.
    pub near: Option<Near>,
}

impl DetectorState {
    /// Whether there is neither a signal, nor one before the window, nor anything near one.
    pub fn is_silent(&self) -> bool {
        self.signals.is_none() && self.before.is_none() && self.near.as_ref().is_none_or(Near::is_far)
    }

    /// How near it is to a signal in the window, in percent: to put the nearest first.
    pub fn closeness_percent(&self) -> u8 {
        (self.closeness() * 100.0) as u8
    }

    fn closeness(&self) -> f64 {
        let near = self.near.as_ref().map_or(0.0, |near| near.closeness);
        let closest = self.before.as_ref().map_or(near, |before| before.closeness.max(near));
        if self.signals.is_some() { 1.0 } else { closest }
    }
}

/// Signals in the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Signals {
    /// The latest.
    pub latest: Millis,
    /// The earliest.
    pub since: Millis,
    /// How many.
    pub count: usize,
    /// The latest in words.
    pub summary: String,
}

/// A signal that is too old for the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Before {
    /// When it was.
    pub at: Millis,
    /// How long before the instant.
    pub age_ms: Millis,
    /// In words.
    pub summary: String,
    /// How old it is, and how old it may be, in words.
    pub text: String,
    /// The length of the window as a share of its age: near 1 for one that just fell out.
    closeness: f64,
}

/// How near a detector came to a signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// In words.
    pub text: String,
    /// What is missing, in few words: `one job posting short`.
    pub short: Option<String>,
    /// What was measured.
    pub value: Option<f64>,
    /// What it has to reach; for a date, the most days that it may be away.
    pub needed: Option<f64>,
    /// Between 0, nothing there, and 1, a signal: what picks the nearest of several.
    closeness: f64,
}

impl Near {
    /// Whether there is nothing in the window that comes near.
    pub fn is_far(&self) -> bool {
        self.closeness <= 0.0
    }
}

/// Why one play did or did not open.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayExplanation {
    /// The play.
    pub play: Box<str>,
    /// What became of it.
    pub verdict: Verdict,
    /// Whether something happened at the instant that lets the play open: one of its signals, or a profile.
    pub instant: bool,
    /// The profile's instant; `None` before the first.
    pub profile_at: Option<Millis>,
    /// Everything that must hold for it to open.
    pub conditions: Vec<Condition>,
    /// What would have opened it, in a sentence; `None` where it opened.
    pub nearest_miss: Option<String>,
}

impl PlayExplanation {
    /// The conditions that did not hold.
    pub fn failed(&self) -> impl Iterator<Item = &Condition> {
        self.conditions.iter().filter(|condition| !condition.held)
    }
}

/// Explains every play of an account at an instant, with timers due by `clock`. Events after the instant
/// change nothing: they were not there yet.
pub fn explain(
    rules: &Rules,
    account: &str,
    facts: &[Fact],
    at: Millis,
    clock: Millis,
) -> Vec<PlayExplanation> {
    explain_all(&Past::new(rules, account, facts, at, clock))
}

/// The same from an account's state, which knows all that decides, and of the events that made no signal what its
/// detectors remember; nothing for an instant before [`Account::known_from`].
pub fn explain_state(
    rules: &Rules,
    account: &Account,
    at: Millis,
    clock: Millis,
) -> Option<Vec<PlayExplanation>> {
    let is_known = account.known_from().is_none_or(|from| from <= at);
    is_known.then(|| explain_all(&Past::of_state(rules, account, at, clock)))
}

fn explain_all(past: &Past<'_>) -> Vec<PlayExplanation> {
    (0..past.rules.plays.len()).map(|play| explain_play(past, play)).collect()
}

fn explain_play(past: &Past<'_>, id: usize) -> PlayExplanation {
    let play = &past.rules.plays[id];
    let openings = past.openings.get(id).map_or(&[][..], Vec::as_slice);
    // What an instant opens does not hold back itself.
    let earlier = &openings[..openings.partition_point(|opening| opening.opened_at < past.at)];
    let mut conditions = vec![block::profile(past)];
    conditions.extend(side::sides(past, play));
    conditions.extend(block::unless(past, play));
    conditions.extend(block::gate(past, play));
    conditions.extend(block::holds(past, play, earlier.last()));
    let verdict = verdict(past, play, openings);
    let instant = is_instant(past, play);
    let nearest_miss = miss::sentence(&verdict, &conditions, instant);
    let profile_at = past.profile().map(|profile| profile.at);
    PlayExplanation { play: play.name.clone(), verdict, instant, profile_at, conditions, nearest_miss }
}

fn verdict(past: &Past<'_>, play: &Play, openings: &[Opening]) -> Verdict {
    let Some(latest) = openings.last() else {
        return Verdict::NotOpen { last_opened_at: None };
    };
    let opened_at = latest.opened_at;
    if opened_at == past.at {
        return Verdict::Opened;
    }
    let name = |id: DetectorId| past.rules.detectors[id].name.clone();
    let now = latest.evidence.iter().filter(|evidence| evidence.added_at == past.at);
    let added: Vec<Box<str>> = now.map(|evidence| name(evidence.detector)).collect();
    if !added.is_empty() {
        Verdict::Revised { opened_at, added }
    } else if opened_at >= past.window_start(play) {
        Verdict::Open { opened_at }
    } else {
        Verdict::NotOpen { last_opened_at: Some(opened_at) }
    }
}

fn is_instant(past: &Past<'_>, play: &Play) -> bool {
    let profile = past.profile().is_some_and(|profile| profile.at == past.at);
    profile || play.listed().any(|id| past.timeline.has_at(id, past.at))
}
