//! What is kept of an account's profiles: when its terms changed, and its health around that.
//!
//! Profiles are folded in the order of SPEC 3.1. One that changes nothing leaves no trace, so memory follows
//! changes of terms and not profiles.

use std::sync::Arc;

use springtide_core::event::{Profile, Segment};
use springtide_core::time::{DAY_MS, Millis};

use crate::figures::{amount, change};

/// How long after an expansion its account's health is looked at again.
pub(crate) const HEALTH_LATER_MS: Millis = 90 * DAY_MS;

/// What of a profile a report looks at over time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Terms {
    /// Monthly recurring revenue, 0 or more.
    pub(crate) mrr: f64,
    pub(crate) currency: Arc<str>,
    pub(crate) segment: Segment,
    pub(crate) signed_up_at: Option<Millis>,
    pub(crate) last_expansion_at: Option<Millis>,
}

/// Terms that hold from an instant on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) at: Millis,
    pub(crate) terms: Terms,
    /// The health score as of just before.
    pub(crate) health_before: Option<f64>,
    /// The health score as of [`HEALTH_LATER_MS`] after.
    pub(crate) health_later: Option<f64>,
}

/// An account's terms over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct History {
    changes: Vec<Change>,
    /// The last profile's instant.
    last_at: Option<Millis>,
    /// Its health score.
    health: Option<f64>,
    /// The health score as of just before that instant.
    health_before: Option<f64>,
}

impl History {
    /// Takes the next profile, in the order of SPEC 3.1. Of several at one instant the last holds, and the
    /// others were never seen.
    pub(crate) fn step(&mut self, profile: &Profile) {
        if self.last_at != Some(profile.at) {
            self.health_before = self.health;
        }
        (self.last_at, self.health) = (Some(profile.at), profile.health_score);
        self.changes.pop_if(|last| last.at == profile.at);
        let terms = self.terms(profile);
        if self.changes.last().is_none_or(|last| last.terms != terms) {
            let (at, health_before) = (profile.at, self.health_before);
            self.changes.push(Change { at, terms, health_before, health_later: None });
        }
        let near = |change: &&mut Change| profile.at.saturating_sub(change.at) <= HEALTH_LATER_MS;
        for change in self.changes.iter_mut().rev().take_while(near) {
            change.health_later = profile.health_score;
        }
    }

    fn terms(&self, profile: &Profile) -> Terms {
        let known = self.changes.last().map(|last| &last.terms.currency);
        let same = known.filter(|known| ***known == *profile.currency);
        Terms {
            mrr: amount(profile.mrr),
            currency: same.map_or_else(|| Arc::from(&*profile.currency), Arc::clone),
            segment: profile.segment,
            signed_up_at: profile.signed_up_at,
            last_expansion_at: profile.last_expansion_at,
        }
    }

    /// Whether there was no profile.
    pub(crate) fn is_empty(&self) -> bool {
        self.last_at.is_none()
    }

    /// The changes before an instant.
    pub(crate) fn before(&self, to: Millis) -> &[Change] {
        &self.changes[..self.changes.partition_point(|change| change.at < to)]
    }
}

/// The terms as of an instant, itself included (SPEC 3.2).
pub(crate) fn as_of(changes: &[Change], at: Millis) -> Option<&Terms> {
    let past = changes.partition_point(|change| change.at <= at);
    past.checked_sub(1).and_then(|last| changes.get(last)).map(|change| &change.terms)
}

/// When the customer relationship began, as the last of the profiles that say so has it.
pub(crate) fn signed_up(changes: &[Change]) -> Option<Millis> {
    changes.iter().rev().find_map(|change| change.terms.signed_up_at)
}

/// The changes by which a paying account came to pay more, in one currency.
pub(crate) fn rises(changes: &[Change]) -> impl Iterator<Item = &Change> {
    changes.windows(2).filter_map(|pair| match pair {
        [before, after] => {
            let same = before.terms.currency == after.terms.currency && before.terms.mrr > 0.0;
            (same && change(before.terms.mrr, after.terms.mrr) > 0.0).then_some(after)
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use springtide_core::meaning::fixtures::profile;

    fn at(day: i64, mrr: f64, health: f64) -> Profile {
        Profile { mrr, health_score: Some(health), ..profile(day * DAY_MS) }
    }

    fn history(profiles: &[Profile]) -> History {
        let mut history = History::default();
        profiles.iter().for_each(|profile| history.step(profile));
        history
    }

    #[test]
    fn only_changes_are_kept() {
        let kept = history(&[at(0, 10.0, 50.0), at(1, 10.0, 60.0), at(2, 20.0, 70.0), at(3, 20.0, 80.0)]);
        let changes = kept.before(Millis::MAX);
        assert_eq!(changes.iter().map(|change| change.terms.mrr).collect::<Vec<_>>(), [10.0, 20.0]);
        assert_eq!(changes[1].health_before, Some(60.0));
        assert_eq!(changes[1].health_later, Some(80.0));
    }

    #[test]
    fn of_several_at_one_instant_the_last_holds() {
        let kept = history(&[at(0, 10.0, 50.0), at(1, 99.0, 1.0), at(1, 10.0, 2.0), at(2, 11.0, 3.0)]);
        let changes = kept.before(Millis::MAX);
        assert_eq!(changes.iter().map(|change| change.terms.mrr).collect::<Vec<_>>(), [10.0, 11.0]);
        let kept = history(&[at(0, 10.0, 50.0), at(1, 10.0, 1.0), at(1, 11.0, 2.0)]);
        assert_eq!(kept.before(Millis::MAX)[1].health_before, Some(50.0));
    }

    #[test]
    fn health_is_looked_at_for_90_days() {
        let kept = history(&[at(0, 10.0, 50.0), at(1, 20.0, 60.0), at(91, 20.0, 70.0), at(92, 20.0, 80.0)]);
        assert_eq!(kept.before(Millis::MAX)[1].health_later, Some(70.0));
    }
}
