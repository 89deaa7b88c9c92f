//! What the naive fold says, in a form to compare.

use std::collections::BTreeMap;

use springtide_core::event::{Champion, Fact};
use springtide_core::meaning::account::Account;
use springtide_core::meaning::converge::Opening;
use springtide_core::meaning::naive::history;
use springtide_core::meaning::opportunity::{Input, Opportunity};
use springtide_core::meaning::piece::{Piece, PieceKey};
use springtide_core::meaning::score::{on_curve, rounded};
use springtide_core::rules::{Calendar, Play, Rules, Scoring, Span, Urgency};
use springtide_core::time::{DAY_MS, Millis, day_of, start_of};

use crate::changelog::Changelog;

/// An opening without what depends on arrival, its evidence as a set.
fn plain(mut opening: Opening) -> Opening {
    opening.given = None;
    opening.evidence.sort_by_key(|evidence| evidence.detector);
    opening
}

/// The openings of each play by the naive fold.
pub fn openings(rules: &Rules, account: &str, facts: &[Fact], clock: Millis) -> Vec<Vec<Opening>> {
    let plays = history(rules, account, facts, clock).openings;
    plays.into_iter().map(|openings| openings.into_iter().map(plain).collect()).collect()
}

/// The openings of each play that an account holds.
pub fn held(rules: &Rules, account: &Account) -> Vec<Vec<Opening>> {
    let of = |play| match account.piece(PieceKey::Play(play)) {
        Some(Piece::Play { openings, .. }) => openings.into_iter().map(plain).collect(),
        _ => Vec::new(),
    };
    (0..rules.plays.len()).map(of).collect()
}

/// Evidence: detector, occurred_at, since, event id, what was measured.
type Line = (String, Millis, Millis, Option<String>, Option<f64>);

/// An opportunity without its id, revision and words.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    account: String,
    account_name: String,
    play: String,
    pub opened_at: Millis,
    updated_at: Millis,
    act_by: Millis,
    urgency: Urgency,
    score: f64,
    yearly_value: f64,
    role: String,
    owner: Option<String>,
    evidence: Vec<Line>,
}

/// What stands in a changelog, sorted.
pub fn told(changelog: &Changelog) -> Vec<Told> {
    sorted(changelog.open().map(of_record).collect())
}

/// What should stand, sorted.
pub fn expected(rules: &Rules, facts: &BTreeMap<&'static str, Vec<Fact>>, clock: Millis) -> Vec<Told> {
    let mut all = Vec::new();
    for (account, facts) in facts {
        for (play, openings) in rules.plays.iter().zip(history(rules, account, facts, clock).openings) {
            all.extend(openings.iter().map(|opening| of_opening(rules, account, play, opening)));
        }
    }
    sorted(all)
}

fn sorted(mut all: Vec<Told>) -> Vec<Told> {
    all.sort_by(|a, b| (&a.account, &a.play, a.opened_at).cmp(&(&b.account, &b.play, b.opened_at)));
    all.iter_mut().for_each(|told| told.evidence.sort_by(|a, b| a.0.cmp(&b.0)));
    all
}

fn of_record(opportunity: &Opportunity) -> Told {
    let evidence = opportunity.evidence.iter().map(|line| {
        let measured = match line.values.get("measured") {
            Some(Input::Number(number)) => Some(*number),
            _ => None,
        };
        let event_id = line.event_id.as_deref().map(String::from);
        (line.detector.to_string(), line.occurred_at, line.since, event_id, measured)
    });
    Told {
        account: opportunity.account.to_string(),
        account_name: opportunity.account_name.to_string(),
        play: opportunity.play.to_string(),
        opened_at: opportunity.opened_at,
        updated_at: opportunity.updated_at,
        act_by: opportunity.act_by,
        urgency: opportunity.urgency,
        score: opportunity.score,
        yearly_value: opportunity.yearly_value,
        role: opportunity.role.to_string(),
        owner: opportunity.owner.as_deref().map(String::from),
        evidence: evidence.collect(),
    }
}

fn of_opening(rules: &Rules, account: &str, play: &Play, opening: &Opening) -> Told {
    let profile = &opening.profile;
    let yearly_value = profile.mrr * 12.0 * play.motion.share();
    let role = role(play, profile.segment.name(), yearly_value);
    let evidence = opening.evidence.iter().map(|evidence| {
        let name = rules.detectors[evidence.detector].name.to_string();
        let event_id = evidence.signal.event_id().map(String::from);
        (
            name,
            evidence.signal.at,
            evidence.since,
            event_id,
            evidence.signal.measure.map(|measure| measure.value),
        )
    });
    Told {
        account: account.into(),
        account_name: profile.name.to_string(),
        play: play.name.to_string(),
        opened_at: opening.opened_at,
        updated_at: opening.last_at,
        act_by: act_by(&rules.calendar, opening.opened_at, play.act_within),
        urgency: opening
            .evidence
            .iter()
            .map(|one| rules.detectors[one.detector].urgency)
            .max()
            .unwrap_or(Urgency::Low),
        score: score(&rules.scoring, play, opening, yearly_value),
        yearly_value,
        owner: profile.owners.get(role).map(|owner| owner.to_string()),
        role: role.into(),
        evidence: evidence.collect(),
    }
}

/// SPEC 3.10 by the letter.
fn role<'a>(play: &'a Play, segment: &str, yearly_value: f64) -> &'a str {
    match (&play.route.over_value, play.route.by_segment.get(segment), &play.route.role) {
        (Some((amount, role)), _, _) if yearly_value > *amount => role,
        (_, Some(role), _) | (_, None, Some(role)) => role,
        _ => play.motion.role(),
    }
}

/// SPEC 3.9 by the letter.
fn act_by(calendar: &Calendar, opened_at: Millis, within: Span) -> Millis {
    let days = match within {
        Span::Time(ms) => return opened_at + ms,
        Span::BusinessDays(days) => days,
    };
    let business = |day: &i64| calendar.is_business_day(*day);
    let start = (day_of(opened_at)..).find(business).map_or(opened_at, |day| opened_at.max(start_of(day)));
    let end = (day_of(start) + 1..).filter(business).take(days as usize).last().unwrap_or(day_of(start));
    start_of(end) + start.rem_euclid(DAY_MS)
}

/// SPEC 3.7 by the letter.
fn score(scoring: &Scoring, play: &Play, opening: &Opening, yearly_value: f64) -> f64 {
    let profile = &opening.profile;
    let timing = match profile.renewal_at {
        Some(at) if at >= opening.last_at => {
            on_curve(&scoring.timing, (at - opening.last_at) as f64 / DAY_MS as f64)
        }
        _ => 50.0,
    };
    let champion = match profile.champion {
        None | Some(Champion::None) => 0.0,
        Some(Champion::Weak) => 25.0,
        Some(Champion::Moderate) => 50.0,
        Some(Champion::Strong) => 75.0,
    };
    let boosts = opening.evidence.iter().filter(|one| play.boost.contains(&one.detector)).count();
    rounded(
        0.4 * on_curve(&scoring.potential, yearly_value)
            + 0.3 * profile.health_score.unwrap_or(0.0)
            + 0.2 * timing
            + 0.1 * (champion + 10.0 * boosts as f64).min(100.0),
    )
}
