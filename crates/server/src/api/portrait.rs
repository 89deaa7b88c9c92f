//! What goes over the wire of one account.

use std::collections::BTreeMap;

use serde::Serialize;
use springtide_core::event::{Outcome, Profile};
use springtide_core::meaning::explain::{Condition, ConditionKind, PlayExplanation, Verdict, explain_state};
use springtide_core::meaning::gates::GateTold;
use springtide_core::meaning::portrait::{OpeningTold, Portrait, Told, Usage};
use springtide_core::rules::{Play, Rules};
use springtide_core::sorted::SortedMap;
use springtide_core::time::{Millis, format_rfc3339};
use utoipa::ToSchema;

use super::shapes::{Decision, Summary};
use crate::desk::Known;

/// An account with all that is known of it.
#[derive(Serialize, ToSchema)]
pub(super) struct AccountShape {
    pub account_id: String,
    /// Now.
    pub as_of: String,
    /// From when on all is remembered that decides; absent where nothing was forgotten.
    pub known_from: Option<String>,
    /// Oldest first, each whole from its instant on.
    pub profiles: Vec<ProfileShape>,
    /// Oldest first.
    pub signals: Vec<SignalShape>,
    /// Of seats and of each meter.
    pub usage: Vec<UsageShape>,
    /// In the rules' order.
    pub plays: Vec<PlayShape>,
    /// Each gate of the rules, and when it held.
    pub gates: Vec<GateShape>,
    /// What people did, oldest first.
    pub outcomes: Vec<OutcomeShape>,
    /// As lists have them.
    pub opportunities: Vec<Summary>,
}

/// A version of the profile.
#[derive(Serialize, ToSchema)]
pub(super) struct ProfileShape {
    pub occurred_at: String,
    pub event_id: String,
    pub name: String,
    pub domains: Vec<String>,
    pub segment: &'static str,
    pub industry: Option<String>,
    pub plan: Option<String>,
    pub signed_up_at: Option<String>,
    pub mrr: f64,
    pub currency: String,
    pub seats_licensed: Option<f64>,
    pub price_per_seat: Option<f64>,
    pub limits: BTreeMap<String, f64>,
    pub health_score: Option<f64>,
    pub first_value_at: Option<String>,
    pub renewal_at: Option<String>,
    pub last_expansion_at: Option<String>,
    pub champion: Option<&'static str>,
    pub products: Vec<String>,
    pub buyer_departments: Vec<String>,
    pub owners: BTreeMap<String, String>,
    pub external_ids: BTreeMap<String, String>,
}

/// A signal.
#[derive(Serialize, ToSchema)]
pub(super) struct SignalShape {
    pub occurred_at: String,
    /// `product`, `business` or `engagement`.
    pub family: &'static str,
    pub detector: String,
    pub urgency: &'static str,
    /// Absent for a timer.
    pub event_id: Option<String>,
    pub summary: String,
    /// What was measured.
    pub value: Option<f64>,
    /// What it was held against.
    pub against: Option<f64>,
}

/// Readings of one meter.
#[derive(Serialize, ToSchema)]
pub(super) struct UsageShape {
    /// Absent for seats.
    pub meter: Option<String>,
    /// `seats`, or the meter.
    pub unit: String,
    /// Oldest first; of days before the last, some are remembered by their last reading, at midnight.
    pub readings: Vec<ReadingShape>,
}

/// A reading.
#[derive(Serialize, ToSchema)]
pub(super) struct ReadingShape {
    pub at: String,
    pub used: f64,
    pub limit: Option<f64>,
}

/// A play as the account has it now.
#[derive(Serialize, ToSchema)]
pub(super) struct PlayShape {
    pub play: String,
    pub motion: &'static str,
    /// `opened`, `revised`, `open` or `not_open`.
    pub verdict: &'static str,
    pub opened_at: Option<String>,
    /// What would have opened it.
    pub nearest_miss: Option<String>,
    /// The first instant of the window that ends now.
    pub window_from: String,
    /// What holds it back.
    pub held_back: Vec<HoldShape>,
    /// Oldest first; what holds nothing back any more is forgotten.
    pub openings: Vec<OpeningShape>,
}

/// What holds a play back.
#[derive(Serialize, ToSchema)]
pub(super) struct HoldShape {
    /// `unless`, `cooldown`, `dismissed`, `snoozed`, `in_progress` or `after_expansion`.
    pub by: &'static str,
    pub text: String,
    pub found: Option<String>,
    /// The first instant at which it no longer does.
    pub until: Option<String>,
}

/// An opportunity as the account has it.
#[derive(Serialize, ToSchema)]
pub(super) struct OpeningShape {
    pub opportunity_id: Option<String>,
    pub opened_at: String,
    pub last_evidence_at: String,
    /// The first instant of the window that ended when it opened.
    pub window_from: String,
    /// The last instant at which evidence may still be added.
    pub window_to: String,
    pub act_by: String,
    pub detectors: Vec<String>,
}

/// A gate, and when it held, to the day: for 400 days at most.
#[derive(Serialize, ToSchema)]
pub(super) struct GateShape {
    pub gate: String,
    /// The plays behind it.
    pub plays: Vec<String>,
    /// Oldest first.
    pub held: Vec<StretchShape>,
}

/// A stretch of time, up to but without its end.
#[derive(Serialize, ToSchema)]
pub(super) struct StretchShape {
    pub from: String,
    pub to: String,
}

/// What somebody did, and with what.
#[derive(Serialize, ToSchema)]
pub(super) struct OutcomeShape {
    pub opportunity_id: String,
    pub play: String,
    #[serde(flatten)]
    pub decision: Decision,
}

impl AccountShape {
    pub fn new(known: &Known, opportunities: Vec<Summary>) -> AccountShape {
        let Known { account, rules, now, clock } = known;
        let portrait = account.portrait(rules);
        // What is remembered of now is always enough to explain it.
        let explained = explain_state(rules, account, *now, *clock).unwrap_or_default();
        let Portrait { known_from, profiles, signals, usage, openings, outcomes } = portrait;
        let plays = rules.plays.iter().zip(openings).enumerate();
        AccountShape {
            account_id: account.id().to_owned(),
            as_of: format_rfc3339(*now),
            known_from: known_from.map(format_rfc3339),
            profiles: profiles.iter().map(|one| profile(one)).collect(),
            signals: signals.into_iter().map(|one| signal(rules, one)).collect(),
            usage: usage.into_iter().map(readings).collect(),
            plays: plays
                .map(|(id, (one, openings))| play(rules, one, explained.get(id), openings, *now))
                .collect(),
            gates: account.gates(rules, *now).into_iter().map(|one| gate(rules, one)).collect(),
            outcomes: outcomes.iter().map(|one| outcome(one)).collect(),
            opportunities,
        }
    }
}

fn time(at: Option<Millis>) -> Option<String> {
    at.map(format_rfc3339)
}

fn profile(profile: &Profile) -> ProfileShape {
    let texts = |texts: &[Box<str>]| texts.iter().map(|text| text.to_string()).collect();
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let named = |names: &SortedMap<Box<str>, Box<str>>| {
        names.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    };
    ProfileShape {
        occurred_at: format_rfc3339(profile.at),
        event_id: profile.id.to_string(),
        name: profile.name.to_string(),
        domains: texts(&profile.domains),
        segment: profile.segment.name(),
        industry: text(&profile.industry),
        plan: text(&profile.plan),
        signed_up_at: time(profile.signed_up_at),
        mrr: profile.mrr,
        currency: profile.currency.to_string(),
        seats_licensed: profile.seats_licensed,
        price_per_seat: profile.price_per_seat,
        limits: profile.limits.iter().map(|(meter, limit)| (meter.to_string(), *limit)).collect(),
        health_score: profile.health_score,
        first_value_at: time(profile.first_value_at),
        renewal_at: time(profile.renewal_at),
        last_expansion_at: time(profile.last_expansion_at),
        champion: profile.champion.map(|champion| champion.name()),
        products: texts(&profile.products),
        buyer_departments: texts(&profile.buyer_departments),
        owners: named(&profile.owners),
        external_ids: named(&profile.external_ids),
    }
}

fn signal(rules: &Rules, signal: Told) -> SignalShape {
    let detector = &rules.detectors[signal.detector];
    SignalShape {
        occurred_at: format_rfc3339(signal.at),
        family: detector.family.name(),
        detector: detector.name.to_string(),
        urgency: detector.urgency.name(),
        event_id: signal.event_id.map(String::from),
        summary: signal.summary,
        value: signal.measure.map(|measure| measure.value),
        against: signal.measure.map(|measure| measure.against),
    }
}

fn readings(usage: Usage) -> UsageShape {
    let meter = usage.meter.map(String::from);
    let reading = |reading: &springtide_core::meaning::portrait::Reading| ReadingShape {
        at: format_rfc3339(reading.at),
        used: reading.used,
        limit: reading.limit,
    };
    UsageShape {
        unit: meter.clone().unwrap_or_else(|| "seats".to_owned()),
        meter,
        readings: usage.readings.iter().map(reading).collect(),
    }
}

fn play(
    rules: &Rules,
    play: &Play,
    explained: Option<&PlayExplanation>,
    openings: Vec<OpeningTold>,
    now: Millis,
) -> PlayShape {
    let opened_at = explained.and_then(|one| match one.verdict {
        Verdict::Opened => Some(now),
        Verdict::Revised { opened_at, .. } | Verdict::Open { opened_at } => Some(opened_at),
        Verdict::NotOpen { last_opened_at } => last_opened_at,
    });
    let conditions = explained.map_or(&[][..], |one| &one.conditions);
    PlayShape {
        play: play.name.to_string(),
        motion: play.motion.name(),
        verdict: explained.map_or("not_open", |one| one.verdict.name()),
        opened_at: time(opened_at),
        nearest_miss: explained.and_then(|one| one.nearest_miss.clone()),
        window_from: format_rfc3339(rules.calendar.window_start(now, play.window)),
        held_back: conditions.iter().filter(|one| holds_back(one)).map(hold).collect(),
        openings: openings.into_iter().map(|one| opening(rules, one)).collect(),
    }
}

fn holds_back(condition: &Condition) -> bool {
    let is_hold = condition.kind == ConditionKind::Unless || condition.kind >= ConditionKind::Cooldown;
    is_hold && !condition.held
}

fn hold(condition: &Condition) -> HoldShape {
    HoldShape {
        by: condition.kind.name(),
        text: condition.text.clone(),
        found: condition.found.clone().or_else(|| condition.miss.clone()),
        until: time(condition.until),
    }
}

fn opening(rules: &Rules, opening: OpeningTold) -> OpeningShape {
    OpeningShape {
        opportunity_id: opening.id.map(|id| id.to_string()),
        opened_at: format_rfc3339(opening.opened_at),
        last_evidence_at: format_rfc3339(opening.last_at),
        window_from: format_rfc3339(opening.window_from),
        window_to: format_rfc3339(opening.window_to),
        act_by: format_rfc3339(opening.act_by),
        detectors: opening.detectors.iter().map(|id| rules.detectors[*id].name.to_string()).collect(),
    }
}

fn gate(rules: &Rules, gate: GateTold) -> GateShape {
    let held = gate.held.into_iter();
    GateShape {
        gate: gate.gate,
        plays: gate.plays.into_iter().map(|id| rules.plays[id].name.to_string()).collect(),
        held: held
            .map(|(from, to)| StretchShape { from: format_rfc3339(from), to: format_rfc3339(to) })
            .collect(),
    }
}

fn outcome(outcome: &Outcome) -> OutcomeShape {
    OutcomeShape {
        opportunity_id: outcome.opportunity.to_string(),
        play: outcome.play.to_string(),
        decision: Decision::from(outcome),
    }
}
