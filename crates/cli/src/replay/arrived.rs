//! Lines in file order, as they arrived, with lateness: what `run` does with records from Kafka.

use std::ops::RangeInclusive;
use std::sync::Arc;

use springtide_core::event::{Event, Topic};
use springtide_core::partition::{Lateness, Progress, Verdict};
use springtide_core::rules::Rules;
use springtide_core::time::{HOUR_MS, Millis};

use super::{Collected, Engine};
use crate::failure::Failure;

/// Events between two settlements, as `run` has its commit interval: more of them the longer the input, since a
/// settlement may look at all that an account still holds.
const BATCH_EVENTS: RangeInclusive<u64> = 1_000..=8_000;

/// A replay in the order of arrival.
pub struct Arrived {
    /// The engine.
    pub engine: Engine,
    until: Option<Millis>,
    lateness: Lateness,
    /// By topic, how far event time had come when its last record arrived.
    arrived_at: [Option<Millis>; 5],
    clock: Millis,
    waiting: u64,
    taken: u64,
    /// Late events, by topic.
    pub late: [u64; 5],
}

impl Arrived {
    /// A replay at its beginning.
    pub fn new(
        rules: Arc<Rules>,
        lateness: Lateness,
        until: Option<Millis>,
        collected: Collected,
    ) -> Arrived {
        Arrived {
            engine: Engine::new(rules, Progress::new(lateness), collected),
            until,
            lateness,
            arrived_at: [None; 5],
            clock: Millis::MIN,
            waiting: 0,
            taken: 0,
            late: [0; 5],
        }
    }

    /// Takes the next event; false where it is late. `ahead` says of which topics a file is not read to its end.
    pub fn take(&mut self, event: Event, ahead: [bool; 5]) -> Result<bool, Failure> {
        let (topic, at) = (event.topic(), event.at());
        self.clock = self.clock.max(at);
        self.arrived_at[topic.index()] = Some(self.clock);
        self.level_silent_topics(ahead);
        let accepted = matches!(self.engine.record(event), Verdict::Accepted(_));
        self.late[topic.index()] += u64::from(!accepted);
        self.waiting += 1;
        self.taken += 1;
        if self.waiting >= (self.taken / 32).clamp(*BATCH_EVENTS.start(), *BATCH_EVENTS.end()) {
            self.settle()?;
        }
        Ok(accepted)
    }

    /// A topic with a file of its own is at its end when that is. Lines of several topics in one file have no such
    /// end, and a recording has no wall clock: event time stands for both. A topic that stays silent while the
    /// others move on by its allowed lateness and an hour is level with them.
    fn level_silent_topics(&mut self, ahead: [bool; 5]) {
        for topic in Topic::ALL {
            let patience = self.lateness.0[topic.index()].saturating_add(HOUR_MS);
            let since = *self.arrived_at[topic.index()].get_or_insert(self.clock);
            let silent = !ahead[topic.index()] && self.clock.saturating_sub(since) > patience;
            self.engine.progress_mut().set_level(topic, silent);
        }
    }

    fn settle(&mut self) -> Result<(), Failure> {
        self.waiting = 0;
        self.engine.settle(self.until.unwrap_or(self.clock))
    }

    /// Takes in what is left.
    pub fn finish(&mut self) -> Result<(), Failure> {
        if self.clock > Millis::MIN { self.settle() } else { Ok(()) }
    }
}
