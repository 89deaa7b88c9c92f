//! Plays that are one condition short, and how near each is.

use super::{Condition, ConditionKind, DetectorState, PlayExplanation, Verdict};
use crate::meaning::opportunity::Input;
use crate::time::{DAY_MS, Millis};

/// What time alone will bring is half as near when it is so far away.
const HALF_AS_NEAR_MS: Millis = 30 * DAY_MS;

/// A play that is not open for want of one thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearMiss<'a> {
    /// The one condition that does not hold; nothing where all hold, and it opens at the next signal or profile.
    pub condition: Option<&'a Condition>,
    /// Where a side lacks a signal, the detector that came nearest, if any came near.
    pub detector: Option<&'a DetectorState>,
    /// From 0, nothing there, to 1, nothing missing: what is there as a share of what is needed; of a signal too old for
    /// the window that window as a share of its age; of what time alone will bring a half when that is 30 days away. A
    /// condition that knows only yes and no is at 0.
    pub nearness: f64,
}

impl NearMiss<'_> {
    /// A stable name of what is missing: that of the condition's kind, or `instant`.
    pub fn missing(&self) -> &'static str {
        self.condition.map_or("instant", |condition| condition.kind.name())
    }
}

impl PlayExplanation {
    /// What the play lacks at the instant, where it is not open and that is one thing.
    pub fn near_miss(&self, at: Millis) -> Option<NearMiss<'_>> {
        let Verdict::NotOpen { .. } = self.verdict else {
            return None;
        };
        let mut failed = self.failed();
        let Some(condition) = failed.next() else {
            // At an instant at which all held it would have opened.
            return Some(NearMiss { condition: None, detector: None, nearness: 1.0 });
        };
        if failed.next().is_some() {
            return None;
        }
        let detector = nearest(condition);
        let nearness = nearness(condition, detector, at);
        Some(NearMiss { condition: Some(condition), detector, nearness })
    }
}

fn nearest(condition: &Condition) -> Option<&DetectorState> {
    if !matches!(condition.kind, ConditionKind::Product | ConditionKind::Business) {
        return None;
    }
    let near = condition.detectors.iter().filter(|state| state.closeness() > 0.0);
    near.max_by(|a, b| a.closeness().total_cmp(&b.closeness()))
}

fn nearness(condition: &Condition, detector: Option<&DetectorState>, at: Millis) -> f64 {
    if let Some(detector) = detector {
        return detector.closeness();
    }
    if let Some(until) = condition.until {
        let left_ms = until.saturating_sub(at).max(0);
        return HALF_AS_NEAR_MS as f64 / (HALF_AS_NEAR_MS as f64 + left_ms as f64);
    }
    match (&condition.value, condition.needed) {
        (Input::Number(value), Some(needed)) => share(*value, needed),
        _ => 0.0,
    }
}

/// The smaller as a share of the larger: the value may have to rise or to fall.
fn share(value: f64, needed: f64) -> f64 {
    // Of two numbers `min` and `max` pass over what is none.
    if !value.is_finite() || !needed.is_finite() {
        return 0.0;
    }
    let (less, more) = (value.min(needed), value.max(needed));
    // What is missing is missing, be it as little as 60 to more than 60.
    if less > 0.0 { (less / more).min(0.99) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::explain::ConditionKind::Gate;

    #[test]
    fn what_is_nearer_has_the_larger_share() {
        let gate = |value: f64, needed: Option<f64>, until: Option<Millis>| {
            let value = Input::Number(value);
            let condition = Condition { held: false, value, needed, until, ..Condition::held(Gate, "some") };
            nearness(&condition, None, 0)
        };
        for (value, needed, until, want) in [
            (55.0, Some(60.0), None, 55.0 / 60.0),
            (60.0, Some(60.0), None, 0.99),
            // To fall from 8 to 4 is as far as to rise from 4 to 8.
            (8.0, Some(4.0), None, 0.5),
            (0.0, Some(60.0), None, 0.0),
            (-3.0, Some(60.0), None, 0.0),
            (f64::INFINITY, Some(60.0), None, 0.0),
            (f64::NAN, Some(60.0), None, 0.0),
            (55.0, None, None, 0.0),
            (81.0, Some(90.0), Some(30 * DAY_MS), 0.5),
            (81.0, Some(90.0), Some(0), 1.0),
        ] {
            assert!(
                (gate(value, needed, until) - want).abs() < 1e-9,
                "{value} of {needed:?} until {until:?}"
            );
        }
    }
}
