//! Packs, openings and outcomes, at days of 2026.

use std::sync::Arc;

use springtide_backtest::{About, Backtest, Facts, Outcomes, Side, compare};
use springtide_core::event::{Activity, Event, Fact, Kind, Outcome, Segment, Stage, Value};
use springtide_core::meaning::identity::opportunity_id;
use springtide_core::meaning::opportunity::{EvidenceLine, Opportunity, Status};
use springtide_core::rules::{Family, Motion, Rules, Urgency};
use springtide_core::sorted::SortedMap;
use springtide_core::time::{DAY_MS, Millis, day_of_date, start_of};
use springtide_rules::{SourceFile, compile};

/// Noon of a day of 2026, the first being 0.
pub fn day(day: i64) -> Millis {
    start_of(day_of_date(2026, 1, 1).unwrap()) + day * DAY_MS + DAY_MS / 2
}

/// A pack with the plays `grow`, and whichever else is told; `grow` has this gate, and looks at seats of which so much is used.
pub fn pack(gate: &str, at_least: f64, more: &str) -> Rules {
    let text = format!(
        "detectors:
  seats: {{ family: product, event: seat_snapshot, ratio: {{ at_least: {at_least} }}, urgency: medium }}
  intent: {{ family: business, event: intent_surge, match: {{}}, urgency: high }}
plays:
  grow: {{ motion: seat, product: [seats], business: [intent], gate: {gate}, cooldown: 30d }}
{more}"
    );
    let compiled = compile(&[SourceFile { path: "rules.yaml".to_owned(), text }]);
    compiled.unwrap_or_else(|mistakes| panic!("{mistakes}")).rules
}

/// The play `only`, for a pack that has it.
pub const ONLY: &str = "  only: { motion: upsell, product: [seats], gate: \"true\", cooldown: 10d }\n";

/// The usual pack.
pub fn usual() -> Rules {
    pack("profile.health_score > 60", 0.8, ONLY)
}

/// An opportunity as both packs might have it.
pub fn opened(account: &str, play: &str, opened_at: Millis) -> Opportunity {
    Opportunity {
        id: opportunity_id(account, play, opened_at, 0),
        revision: 1,
        status: Status::Open,
        account: account.into(),
        account_name: format!("{account} Inc").into(),
        external_ids: SortedMap::default(),
        segment: Segment::Smb,
        play: play.into(),
        motion: Motion::Seat,
        convergent: true,
        rules_version: "1".into(),
        opened_at,
        named_at: opened_at,
        updated_at: opened_at,
        act_by: opened_at + 5 * DAY_MS,
        urgency: Urgency::Medium,
        score: 70.0,
        score_parts: Vec::new(),
        gate: Vec::new(),
        role: "customer_success".into(),
        owner: Some("Kim".into()),
        evidence: vec![evidence("seats")],
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
        urgency: Urgency::Medium,
        event_id: None,
        summary: String::new(),
        values: Default::default(),
    }
}

/// What a pack opened.
pub fn side(rules: &Rules, opened: &[Opportunity]) -> Side {
    let mut side = Side::new(rules);
    opened.iter().for_each(|opportunity| side.take(opportunity));
    side
}

/// An outcome that names an opportunity.
pub fn outcome(id: &str, play: &str, at: Millis, stage: Stage) -> Arc<Outcome> {
    Arc::new(Outcome {
        at,
        id: format!("{id} {at} {}", stage.name()).into(),
        opportunity: id.into(),
        play: play.into(),
        stage,
        until: None,
        amount: None,
        cost: None,
        reason: None,
        actor: None,
    })
}

/// An event with these numbers, and some text or other in all other fields.
pub fn activity(kind: Kind, at: Millis, numbers: &[(&str, f64)]) -> Fact {
    let value = |name: &str| match numbers.iter().find(|(known, _)| *known == name) {
        Some((_, number)) => Value::Number(*number),
        None => Value::Text("x".into()),
    };
    let values = kind.fields().iter().map(|field| value(field.name)).collect();
    Fact::Activity(Arc::new(Activity { at, id: kind.name().into(), kind, values }))
}

/// The events of these accounts, so many at most, as far as they are asked about.
pub fn kept(backtest: &Backtest, most: usize, accounts: &[(&str, Vec<Fact>)]) -> Facts {
    let mut kept = Facts::wanted(backtest, most);
    for (account, facts) in accounts {
        for fact in facts.iter().cloned() {
            kept.take(Event { account: (*account).into(), fact });
        }
    }
    kept
}

/// The packs are called `before` and `after`.
pub fn about() -> About {
    About { old_folder: "before".to_owned(), new_folder: "after".to_owned(), from: day(0), to: day(365) }
}

/// Compares two sides by the usual pack, without outcomes.
pub fn compared(old: &[Opportunity], new: &[Opportunity]) -> Backtest {
    compare(about(), &side(&usual(), old), &side(&usual(), new), &Outcomes::default())
}
