//! How far event time has come in one partition: which events are late, what can be forgotten (SPEC 3.1).

use serde::{Deserialize, Serialize};

use crate::event::Topic;
use crate::meaning::account::Bounds;
use crate::time::{DAY_MS, Millis};

/// The allowed lateness of each topic, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lateness(pub [Millis; 5]);

impl Default for Lateness {
    /// SPEC section 2: a day for usage, 14 days for the others.
    fn default() -> Self {
        Lateness([DAY_MS, 14 * DAY_MS, 14 * DAY_MS, 14 * DAY_MS, 14 * DAY_MS])
    }
}

/// Why an event is late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateReason {
    /// Older than the topic's highest seen minus its allowed lateness.
    Topic {
        /// That bound.
        bound: Millis,
    },
    /// Older than the partition's horizon.
    Horizon {
        /// The horizon.
        bound: Millis,
    },
}

/// How far event time has come in one partition.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    lateness: Lateness,
    highest: [Option<Millis>; 5],
    /// By topic, a bound that was in force: what lies before it may be forgotten, so it never goes back, whatever
    /// lateness is allowed since.
    passed: [Millis; 5],
    /// Topics read to their end and silent: level with the furthest.
    level: [bool; 5],
    horizon: Millis,
}

impl Progress {
    /// The beginning.
    pub fn new(lateness: Lateness) -> Progress {
        Progress {
            lateness,
            highest: [None; 5],
            passed: [Millis::MIN; 5],
            level: [false; 5],
            horizon: Millis::MIN,
        }
    }

    /// As far as a commit said.
    pub fn restore(
        lateness: Lateness,
        highest: [Option<Millis>; 5],
        passed: [Millis; 5],
        horizon: Millis,
    ) -> Progress {
        Progress { highest, passed, horizon, ..Progress::new(lateness) }
    }

    /// By topic, the bound before which events are late; the least instant before the first event.
    pub fn passed(&self) -> [Millis; 5] {
        Topic::ALL.map(|topic| self.bound(topic).unwrap_or(Millis::MIN))
    }

    /// The highest `occurred_at` seen by topic.
    pub fn highest(&self) -> [Option<Millis>; 5] {
        self.highest
    }

    /// The highest `occurred_at` seen of all.
    pub fn furthest(&self) -> Option<Millis> {
        self.highest.into_iter().flatten().max()
    }

    /// The partition's horizon; it never goes back.
    pub fn horizon(&self) -> Millis {
        self.horizon
    }

    /// The longest allowed lateness of the five topics, in milliseconds.
    pub fn longest_lateness(&self) -> Millis {
        self.lateness.0.into_iter().fold(0, Millis::max)
    }

    /// Says whether a topic is read to its end and has been silent long enough to hold nothing back.
    pub fn set_level(&mut self, topic: Topic, level: bool) {
        self.level[topic.index()] = level;
        self.raise_horizon();
    }

    /// Takes note of an event; returns why it is late, if it is.
    pub(super) fn advance(&mut self, topic: Topic, at: Millis) -> Option<LateReason> {
        if let Some(bound) = self.bound(topic)
            && at < bound
        {
            return Some(LateReason::Topic { bound });
        }
        if at < self.horizon {
            return Some(LateReason::Horizon { bound: self.horizon });
        }
        let highest = &mut self.highest[topic.index()];
        if highest.is_none_or(|highest| at > highest) {
            *highest = Some(at);
            self.raise_horizon();
        }
        None
    }

    /// A topic's own bound; `None` before its first event.
    fn bound(&self, topic: Topic) -> Option<Millis> {
        let highest = self.highest[topic.index()]?;
        Some(highest.saturating_sub(self.lateness.0[topic.index()]).max(self.passed[topic.index()]))
    }

    fn raise_horizon(&mut self) {
        let Some(furthest) = self.furthest() else { return };
        let mut least = Millis::MAX;
        for topic in Topic::ALL {
            // A topic that has shown nothing and is not at its end holds everything back.
            let Some(allowed) = self.allows(topic, furthest) else { return };
            least = least.min(allowed);
        }
        self.horizon = self.horizon.max(least);
    }

    /// How far a topic lets the horizon come; `None` where it has shown nothing and is not at its end.
    #[inline]
    fn allows(&self, topic: Topic, furthest: Millis) -> Option<Millis> {
        let highest = if self.level[topic.index()] { Some(furthest) } else { self.highest[topic.index()] };
        Some(highest?.saturating_sub(self.lateness.0[topic.index()]))
    }

    /// The topic that holds the horizon back most, once there is an event; one that has shown nothing before all others.
    pub fn holding(&self) -> Option<Topic> {
        let furthest = self.furthest()?;
        Topic::ALL.into_iter().min_by_key(|topic| self.allows(*topic, furthest))
    }

    /// What can be forgotten.
    pub fn bounds(&self) -> Bounds {
        Bounds::floor(self.horizon, self.passed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> Millis {
        n * DAY_MS
    }

    #[test]
    fn an_event_is_late_by_its_own_topic() {
        let mut progress = Progress::new(Lateness::default());
        assert_eq!(progress.advance(Topic::ProductUsage, day(30)), None);
        assert_eq!(progress.advance(Topic::ProductUsage, day(29)), None);
        let late = progress.advance(Topic::ProductUsage, day(29) - 1);
        assert_eq!(late, Some(LateReason::Topic { bound: day(29) }));
        assert_eq!(
            progress.advance(Topic::BusinessSignals, day(2)),
            None,
            "no horizon before all topics are seen"
        );
        assert_eq!(progress.holding(), Some(Topic::EngagementSignals), "it has shown nothing");
    }

    #[test]
    fn the_horizon_is_the_least_bound_and_never_goes_back() {
        let mut progress = Progress::new(Lateness::default());
        for topic in Topic::ALL {
            progress.advance(topic, day(30));
        }
        assert_eq!(progress.horizon(), day(16));
        progress.advance(Topic::ProductUsage, day(60));
        assert_eq!(progress.horizon(), day(16), "the others hold it back");
        for topic in [Topic::EngagementSignals, Topic::AccountProfiles, Topic::OpportunityOutcomes] {
            progress.set_level(topic, true);
        }
        assert_eq!(progress.horizon(), day(16), "business news still holds it back");
        assert_eq!(progress.holding(), Some(Topic::BusinessSignals));
        progress.set_level(Topic::BusinessSignals, true);
        assert_eq!(progress.horizon(), day(46));
        progress.set_level(Topic::BusinessSignals, false);
        assert_eq!(progress.horizon(), day(46));
        let late = progress.advance(Topic::BusinessSignals, day(40));
        assert_eq!(late, Some(LateReason::Horizon { bound: day(46) }));
    }

    #[test]
    fn what_was_forgotten_stays_late_when_more_lateness_is_allowed() {
        let mut before = Progress::new(Lateness::default());
        before.advance(Topic::ProductUsage, day(30));
        let more = Lateness([7 * DAY_MS; 5]);
        let mut after = Progress::restore(more, before.highest(), before.passed(), before.horizon());
        assert_eq!(after.advance(Topic::ProductUsage, day(27)), Some(LateReason::Topic { bound: day(29) }));
        after.advance(Topic::ProductUsage, day(40));
        assert_eq!(after.advance(Topic::ProductUsage, day(34)), None, "from here on the new lateness holds");
    }

    #[test]
    fn a_silent_topic_is_level_with_the_furthest_less_its_own_lateness() {
        let mut progress = Progress::new(Lateness::default());
        progress.advance(Topic::ProductUsage, day(30));
        for topic in Topic::ALL {
            progress.set_level(topic, true);
        }
        assert_eq!(
            progress.advance(Topic::BusinessSignals, day(16)),
            None,
            "news of 14 days ago still counts"
        );
    }
}
