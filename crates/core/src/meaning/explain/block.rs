//! What speaks against a play or holds it back: the gate, `unless`, cooldown, outcomes.

use std::sync::Arc;

use super::past::Past;
use super::phrase::{failing, found, holds_from, lasting, when};
use super::side::signals;
use super::{Condition, ConditionKind, DetectorState};
use crate::event::Outcome;
use crate::expr::Expr;
use crate::meaning::converge::{HeldBack, Opening, View, holding_back};
use crate::meaning::opportunity::Input;
use crate::meaning::publish;
use crate::rules::Play;
use crate::time::{Millis, format_date};

impl Condition {
    /// A condition that holds; what is found else is put into it.
    pub(super) fn held(kind: ConditionKind, text: impl Into<String>) -> Condition {
        Condition {
            kind,
            held: true,
            text: text.into(),
            found: None,
            value: Input::None,
            needed: None,
            detectors: Vec::new(),
            until: None,
            miss: None,
        }
    }
}

/// There is a profile.
pub(super) fn profile(past: &Past<'_>) -> Condition {
    let condition = Condition::held(ConditionKind::Profile, "the account has a profile");
    match past.profile() {
        Some(profile) => {
            Condition { found: Some(format!("as of {}", when(profile.at, past.at))), ..condition }
        }
        None => Condition { held: false, miss: Some("no profile yet".to_owned()), ..condition },
    }
}

/// No signal that speaks against it; nothing where the play lists no such detectors.
pub(super) fn unless(past: &Past<'_>, play: &Play) -> Option<Condition> {
    if play.unless.is_empty() {
        return None;
    }
    let from = past.at.saturating_sub(play.unless_within_ms);
    let detectors: Vec<DetectorState> = play
        .unless
        .iter()
        .map(|id| {
            let detector = &past.rules.detectors[*id];
            let signals = signals(past, *id, from);
            let (name, family) = (detector.name.clone(), detector.family);
            DetectorState { detector: name, family, signals, before: None, near: None }
        })
        .collect();
    let names: Vec<&str> = detectors.iter().map(|state| &*state.detector).collect();
    let text = format!("no {} within {}", names.join(" or "), lasting(play.unless_within_ms));
    let until = |latest: Millis| latest.saturating_add(play.unless_within_ms).saturating_add(1);
    let blocking = |state: &DetectorState| {
        let signals = state.signals.as_ref()?;
        let (on, until) = (when(signals.latest, past.at), when(until(signals.latest), past.at));
        Some(format!("{} on {on} ({}), until {until}", state.detector, signals.summary))
    };
    let found: Vec<String> = detectors.iter().filter_map(blocking).collect();
    let latest =
        detectors.iter().filter_map(|state| state.signals.as_ref()).map(|signals| signals.latest).max();
    let condition = Condition::held(ConditionKind::Unless, text);
    Some(Condition {
        held: found.is_empty(),
        until: latest.map(until),
        miss: (!found.is_empty()).then(|| format!("blocked by {}", found.join(" and "))),
        detectors,
        ..condition
    })
}

/// The gate, part by part.
pub(super) fn gate(past: &Past<'_>, play: &Play) -> Vec<Condition> {
    let env = past.env();
    let parts = play.gate.conditions().iter();
    parts
        .map(|part| {
            let asked = publish::condition(part, &env);
            let from = if asked.held { None } else { holds_from(part, &env) };
            let miss = || {
                let from = from.map_or_else(String::new, |from| format!(", as from {}", when(from, past.at)));
                format!("blocked by {}{from}", failing(part, &env))
            };
            Condition {
                held: asked.held,
                found: Some(found(part, &env)),
                value: asked.value,
                needed: compared_with(part),
                until: from,
                miss: (!asked.held).then(miss),
                ..Condition::held(ConditionKind::Gate, asked.condition)
            }
        })
        .collect()
}

/// The number that a condition compares something with.
fn compared_with(part: &Expr) -> Option<f64> {
    match part {
        Expr::Compare(_, _, right) => match **right {
            Expr::Number(number) => Some(number),
            _ => None,
        },
        _ => None,
    }
}

/// What an active play may be held back by, each by itself. `latest` is the opening before the instant.
pub(super) fn holds(past: &Past<'_>, play: &Play, latest: Option<&Opening>) -> Vec<Condition> {
    let mut holding: Vec<HeldBack> = Vec::new();
    // The fold stops at the first that holds; asked about one thing at a time, it tells all.
    let nothing = View { outcomes: &[], ..past.view() };
    holding.extend(holding_back(nothing, play, latest, past.at));
    let last_own = past.view().outcomes.iter().rposition(|outcome| outcome.play == play.name);
    for (position, outcome) in past.view().outcomes.iter().enumerate() {
        // Only the play's last outcome says whether somebody is at it.
        if !outcome.stage.in_progress() || last_own == Some(position) {
            let alone: &[Arc<Outcome>] = std::slice::from_ref(outcome);
            holding.extend(holding_back(View { outcomes: alone, ..past.view() }, play, None, past.at));
        }
    }
    let kinds = [
        (
            ConditionKind::Cooldown,
            format!("no opportunity of this play in the last {}", lasting(play.cooldown_ms)),
        ),
        (ConditionKind::Dismissed, format!("not dismissed in the last {}", lasting(play.dismissed_for_ms))),
        (ConditionKind::Snoozed, "not snoozed".to_owned()),
        (ConditionKind::InProgress, format!("nobody at it in the last {}", lasting(play.in_progress_for_ms))),
        (
            ConditionKind::AfterExpansion,
            format!("no expansion won in the last {}", lasting(play.after_expansion_ms)),
        ),
    ];
    let condition = |(kind, text): (ConditionKind, String)| {
        let longest = holding.iter().filter(|held| kind_of(held) == kind).max_by_key(|held| until(held));
        let condition = Condition::held(kind, text);
        let Some(held) = longest else { return condition };
        let until = until(held);
        let (found, miss) =
            (said(held, past.at), Some(format!("{} until {}", name(held), when(until, past.at))));
        Condition { held: false, found: Some(found), until: Some(until), miss, ..condition }
    };
    kinds.into_iter().map(condition).collect()
}

fn kind_of(held: &HeldBack) -> ConditionKind {
    match held {
        HeldBack::Cooldown { .. } => ConditionKind::Cooldown,
        HeldBack::Dismissed { .. } => ConditionKind::Dismissed,
        HeldBack::Snoozed { .. } => ConditionKind::Snoozed,
        HeldBack::InProgress { .. } => ConditionKind::InProgress,
        HeldBack::AfterExpansion { .. } => ConditionKind::AfterExpansion,
    }
}

fn until(held: &HeldBack) -> Millis {
    match held {
        HeldBack::Cooldown { until, .. }
        | HeldBack::Dismissed { until }
        | HeldBack::Snoozed { until }
        | HeldBack::InProgress { until, .. }
        | HeldBack::AfterExpansion { until } => *until,
    }
}

fn name(held: &HeldBack) -> &'static str {
    match held {
        HeldBack::Cooldown { .. } => "in cooldown",
        HeldBack::Dismissed { .. } => "dismissed",
        HeldBack::Snoozed { .. } => "snoozed",
        HeldBack::InProgress { .. } => "in progress",
        HeldBack::AfterExpansion { .. } => "held back after an expansion",
    }
}

fn said(held: &HeldBack, at: Millis) -> String {
    let until = when(until(held), at);
    match held {
        HeldBack::Cooldown { opened_at, .. } => {
            format!("opened on {}, cooldown until {until}", format_date(*opened_at))
        }
        HeldBack::InProgress { stage, .. } => format!("in {}, until {until}", stage.name()),
        _ => format!("{} until {until}", name(held)),
    }
}
