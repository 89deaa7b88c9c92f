//! `before`: a time of the profile drawing near (SPEC 3.3).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::signal::{Cause, Signal};
use crate::event::{Profile, ProfileField};
use crate::time::Millis;

/// The signals of a `before` detector, and when the next one may come.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Due {
    /// Those due by the clock, ascending.
    pub(super) signals: Vec<Signal>,
    /// The earliest instant after the clock at which there may be one more.
    pub(super) next: Option<Millis>,
}

/// Goes through the profiles in order: a value of the field signals once, at max(*p*, *f* − lead), if
/// that is before *f* and no later profile is at or before it. `done` holds the values whose signal is
/// older than the profiles at hand.
pub(super) fn due(
    profiles: &[Arc<Profile>],
    field: ProfileField,
    lead_ms: Millis,
    done: &BTreeSet<Millis>,
    clock: Millis,
) -> Due {
    let mut due = Due::default();
    let mut seen = BTreeSet::new();
    for (position, profile) in profiles.iter().enumerate() {
        let Some(time) = profile.time(field) else { continue };
        let at = profile.at.max(time.saturating_sub(lead_ms));
        let superseded = profiles.get(position + 1).is_some_and(|later| later.at <= at);
        if at >= time || superseded || done.contains(&time) || seen.contains(&time) {
            continue;
        }
        if at > clock {
            due.next = Some(due.next.map_or(at, |next| next.min(at)));
        } else {
            seen.insert(time);
            due.signals.push(Signal { at, cause: Cause::Timer(time), measure: None });
        }
    }
    due.signals.sort_by_key(|signal| signal.at);
    due
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::fixtures::profile;

    fn renewing(at: Millis, renewal_at: Millis) -> Arc<Profile> {
        Arc::new(Profile { renewal_at: Some(renewal_at), ..profile(at) })
    }

    fn signals(profiles: &[Arc<Profile>], clock: Millis) -> Vec<Millis> {
        let due = due(profiles, ProfileField::RenewalAt, 90, &BTreeSet::new(), clock);
        due.signals.iter().map(|signal| signal.at).collect()
    }

    #[test]
    fn a_time_signals_once_when_it_comes_near() {
        for (profiles, clock, want) in [
            (vec![renewing(0, 200)], 109, vec![]),
            (vec![renewing(0, 200)], 110, vec![110]),
            (vec![renewing(150, 200)], 500, vec![150]),
            (vec![renewing(200, 200)], 500, vec![]),
            (vec![renewing(0, 200), renewing(120, 200)], 500, vec![110]),
            (vec![renewing(0, 200), renewing(110, 200)], 500, vec![110]),
            (vec![renewing(0, 200), renewing(100, 300)], 500, vec![210]),
            (vec![renewing(0, 200), renewing(120, 205)], 500, vec![110, 120]),
        ] {
            assert_eq!(signals(&profiles, clock), want, "{profiles:?} at {clock}");
        }
    }
}
