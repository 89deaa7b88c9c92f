//! Histories made by hand: profiles, opportunities and outcomes of accounts, at days of 2025.

use std::sync::Arc;

use springtide_core::event::{Outcome, Profile, Segment, Stage};
use springtide_core::meaning::fixtures;
use springtide_core::meaning::opportunity::{EvidenceLine, Opportunity, Status};
use springtide_core::rules::{Family, Motion, Urgency};
use springtide_core::sorted::SortedMap;
use springtide_core::time::{DAY_MS, Millis, day_of_date, start_of};
use springtide_report::{Report, Reporter, Scope};
use uuid::Uuid;

/// 1 January 2025.
pub fn new_year() -> Millis {
    start_of(day_of_date(2025, 1, 1).unwrap())
}

/// Noon of a day of 2025, the first being 0; earlier years have days below.
pub fn day(day: i64) -> Millis {
    new_year() + day * DAY_MS + DAY_MS / 2
}

/// All of 2025, all segments.
pub fn the_year() -> Scope {
    Scope { from: new_year(), to: new_year() + 365 * DAY_MS, segments: Vec::new() }
}

/// One thing that a reporter is told.
#[derive(Clone, Debug)]
pub enum Told {
    Profile(String, Arc<Profile>),
    Outcome(String, Arc<Outcome>),
    Opportunity(Box<Opportunity>),
}

/// Reports on what is told, in that order.
pub fn report_on(told: &[Told], scope: &Scope) -> Report {
    reporter(told).report(scope)
}

pub fn reporter(told: &[Told]) -> Reporter {
    let mut reporter = Reporter::new([("seat-expansion", Motion::Seat), ("tier-upgrade", Motion::Upsell)]);
    for one in told {
        match one {
            Told::Profile(account, profile) => assert!(reporter.profile(account, profile)),
            Told::Outcome(account, outcome) => reporter.outcome(account, outcome),
            Told::Opportunity(opportunity) => reporter.opportunity(opportunity),
        }
    }
    reporter
}

/// A profile of a small account that signed up long ago and pays in EUR.
pub fn profile(at: Millis, mrr: f64) -> Profile {
    Profile {
        mrr,
        currency: "EUR".into(),
        segment: Segment::Smb,
        signed_up_at: Some(day(-700)),
        health_score: None,
        ..fixtures::profile(at)
    }
}

/// Tells a profile.
pub fn pays(account: &str, at: Millis, mrr: f64) -> Told {
    told(account, profile(at, mrr))
}

/// Tells a profile.
pub fn told(account: &str, profile: Profile) -> Told {
    Told::Profile(account.to_owned(), Arc::new(profile))
}

/// The id of the opportunity of a number.
pub fn id(number: u32) -> Uuid {
    Uuid::from_u128(u128::from(number) + 1)
}

/// An opportunity of an account, which has five days to be acted on.
pub fn opportunity(account: &str, number: u32, opened_at: Millis) -> Opportunity {
    Opportunity {
        id: id(number),
        revision: 1,
        status: Status::Open,
        account: account.into(),
        account_name: account.into(),
        external_ids: SortedMap::default(),
        segment: Segment::Smb,
        play: "seat-expansion".into(),
        motion: Motion::Seat,
        convergent: true,
        rules_version: "1".into(),
        opened_at,
        named_at: opened_at,
        updated_at: opened_at,
        act_by: opened_at + 5 * DAY_MS,
        urgency: Urgency::High,
        score: 80.0,
        score_parts: Vec::new(),
        gate: Vec::new(),
        role: "customer_success".into(),
        owner: None,
        evidence: Vec::new(),
        headline: String::new(),
        brief: String::new(),
        yearly_value: 1_000.0,
        currency: "EUR".into(),
    }
}

/// A piece of evidence of a detector.
pub fn evidence(detector: &str) -> EvidenceLine {
    EvidenceLine {
        family: Family::Product,
        detector: detector.into(),
        occurred_at: 0,
        since: 0,
        urgency: Urgency::High,
        event_id: None,
        summary: String::new(),
        values: Default::default(),
    }
}

/// Tells an opportunity.
pub fn opened(account: &str, number: u32, at: Millis) -> Told {
    Told::Opportunity(Box::new(opportunity(account, number, at)))
}

/// An outcome of the opportunity of a number.
pub fn outcome(number: u32, at: Millis, stage: Stage) -> Outcome {
    Outcome {
        at,
        id: format!("o{number}-{at}-{}", stage.name()).into(),
        opportunity: id(number).to_string().into(),
        play: "seat-expansion".into(),
        stage,
        until: None,
        amount: None,
        cost: None,
        reason: None,
        actor: None,
    }
}

/// Tells an outcome.
pub fn came(account: &str, number: u32, at: Millis, stage: Stage) -> Told {
    with(account, outcome(number, at, stage))
}

/// Tells an outcome.
pub fn with(account: &str, outcome: Outcome) -> Told {
    Told::Outcome(account.to_owned(), Arc::new(outcome))
}
