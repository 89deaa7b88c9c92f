//! How good is it, and whose is it? Score, yearly value and route (SPEC 3.7, 3.10).

use super::converge::Opening;
use super::opportunity::{Input, ScorePart};
use crate::event::Champion;
use crate::expr::{Env, Val};
use crate::rules::{Play, Rules, Scoring};
use crate::time::{DAY_MS, Millis};

/// A point on a piecewise linear curve, flat beyond both ends; 0 on an empty one.
///
/// ```
/// use springtide_core::meaning::score::on_curve;
/// let curve = [(0.0, 0.0), (1000.0, 40.0), (5000.0, 80.0)];
/// assert_eq!(on_curve(&curve, 3000.0), 60.0);
/// assert_eq!(on_curve(&curve, 9000.0), 80.0);
/// ```
pub fn on_curve(curve: &[(f64, f64)], x: f64) -> f64 {
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else {
        return 0.0;
    };
    if x <= first.0 {
        return first.1;
    }
    let segment = curve.windows(2).find_map(|pair| match pair {
        [(x0, y0), (x1, y1)] if x <= *x1 => Some(y0 + (y1 - y0) * (x - x0) / (x1 - x0)),
        _ => None,
    });
    segment.unwrap_or(last.1)
}

/// Half up to one decimal, of the double plus 1e-9.
pub fn rounded(score: f64) -> f64 {
    ((score + 1e-9) * 10.0 + 0.5).floor() / 10.0
}

/// The yearly value of an opening; `None` where it can't be worked out.
pub(super) fn yearly_value(account: &str, play: &Play, opening: &Opening) -> Option<f64> {
    let value = match &play.value {
        None => Some(opening.profile.mrr * 12.0 * play.motion.share()),
        Some(value) => {
            let env = Env { account, event: None, profile: Some(&opening.profile), now: opening.last_at };
            match value.eval(&env) {
                Ok(Val::Number(value)) => Some(value),
                _ => None,
            }
        }
    };
    value.filter(|value| value.is_finite())
}

/// The four components of the score, in the order of SPEC 3.7.
pub(super) fn parts(rules: &Rules, play: &Play, opening: &Opening, yearly: Option<f64>) -> Vec<ScorePart> {
    let scoring = &rules.scoring;
    let boosts = play.boost.iter().filter(|id| opening.evidence.iter().any(|e| e.detector == **id)).count();
    let (days, timing) = timing(scoring, opening.profile.renewal_at, opening.last_at);
    let health = opening.profile.health_score;
    let (champion, relationship) = relationship(scoring, opening.profile.champion, boosts);
    let part = |name, weight, input, points| ScorePart { name, weight, input, points };
    let number = |value: Option<f64>| value.map_or(Input::None, Input::Number);
    let potential = on_curve(&scoring.potential, yearly.unwrap_or(0.0));
    vec![
        part("potential", scoring.potential_weight, number(yearly), potential),
        part("health", scoring.health_weight, number(health), health.unwrap_or(0.0)),
        part("timing", scoring.timing_weight, number(days), timing),
        part("relationship", scoring.relationship_weight, Input::Text(champion.into()), relationship),
    ]
}

/// The score of its components, rounded.
pub fn total(parts: &[ScorePart]) -> f64 {
    rounded(parts.iter().map(|part| part.weight * part.points).sum())
}

fn timing(scoring: &Scoring, renewal_at: Option<Millis>, now: Millis) -> (Option<f64>, f64) {
    let days = renewal_at.map(|at| (at - now) as f64 / DAY_MS as f64);
    match days {
        Some(days) if days >= 0.0 => (Some(days), on_curve(&scoring.timing, days)),
        other => (other, 50.0),
    }
}

fn relationship(scoring: &Scoring, champion: Option<Champion>, boosts: usize) -> (String, f64) {
    let champion = champion.unwrap_or(Champion::None);
    let points = scoring.champion[champion as usize] + scoring.per_boost * boosts as f64;
    let input = match boosts {
        0 => format!("champion {}", champion.name()),
        1 => format!("champion {}, 1 boost", champion.name()),
        _ => format!("champion {}, {boosts} boosts", champion.name()),
    };
    (input, points.min(100.0))
}

/// Who gets an opening: the role, before any override by the play's route its motion's.
pub(super) fn role(play: &Play, opening: &Opening, yearly: Option<f64>) -> Box<str> {
    let route = &play.route;
    if let Some((amount, role)) = &route.over_value
        && yearly.unwrap_or(0.0) > *amount
    {
        return role.clone();
    }
    let by_segment = route.by_segment.get(opening.profile.segment.name());
    by_segment.or(route.role.as_ref()).cloned().unwrap_or_else(|| play.motion.role().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_case_scores_83() {
        let weights = Scoring::default();
        let part = |name, weight, points| ScorePart { name, weight, input: Input::None, points };
        let parts = [
            part("potential", weights.potential_weight, 80.0),
            part("health", weights.health_weight, 85.0),
            part("timing", weights.timing_weight, 90.0),
            part("relationship", weights.relationship_weight, 75.0),
        ];
        assert_eq!(total(&parts), 83.0);
    }

    #[test]
    fn timing_follows_the_days_to_renewal() {
        let scoring = Scoring::default();
        for (renewal_in_days, want) in
            [(0, 100.0), (60, 90.0), (75, 85.0), (90, 80.0), (400, 20.0), (-1, 50.0)]
        {
            assert_eq!(timing(&scoring, Some(renewal_in_days * DAY_MS), 0).1, want, "{renewal_in_days} days");
        }
        assert_eq!(timing(&scoring, None, 0).1, 50.0);
    }
}
