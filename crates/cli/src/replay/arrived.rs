//! Lines in file order, as they arrived, with lateness: what `run` does with records from Kafka.

use std::sync::Arc;

use springtide_core::event::{Event, Topic};
use springtide_core::partition::{Lateness, Progress, Verdict};
use springtide_core::rules::Rules;
use springtide_core::time::{HOUR_MS, Millis};

use super::{Collected, Engine};
use crate::failure::Failure;

/// Events between two settlements; `run` has its commit interval for that.
const BATCH_EVENTS: u32 = 1_000;

/// A replay in the order of arrival.
pub struct Arrived {
    /// The engine.
    pub engine: Engine,
    until: Option<Millis>,
    lateness: Lateness,
    /// By topic, how far event time had come when its last record arrived.
    arrived_at: [Option<Millis>; 5],
    clock: Millis,
    waiting: u32,
    /// Late events, by topic.
    pub late: [u64; 5],
}

impl Arrived {
    /// A replay at its beginning.
    pub fn new(rules: Arc<Rules>, lateness: Lateness, until: Option<Millis>, collected: Collected) -> Arrived {
        Arrived {
            engine: Engine::new(rules, Progress::new(lateness), collected),
            until,
            lateness,
            arrived_at: [None; 5],
            clock: Millis::MIN,
            waiting: 0,
            late: [0; 5],
        }
    }

    /// Takes the next event; false where it is late.
    pub fn take(&mut self, event: Event) -> Result<bool, Failure> {
        let (topic, at) = (event.topic(), event.at());
        self.clock = self.clock.max(at);
        self.arrived_at[topic.index()] = Some(self.clock);
        self.level_silent_topics();
        let accepted = matches!(self.engine.record(event), Verdict::Accepted(_));
        self.late[topic.index()] += u64::from(!accepted);
        self.waiting += 1;
        if self.waiting == BATCH_EVENTS {
            self.settle()?;
        }
        Ok(accepted)
    }

    /// A recording has no wall clock, and its end is not known while it is read: event time stands for
    /// both. A topic that stays silent while the others move on by its allowed lateness and an hour is level.
    fn level_silent_topics(&mut self) {
        for topic in Topic::ALL {
            let patience = self.lateness.0[topic.index()].saturating_add(HOUR_MS);
            let since = *self.arrived_at[topic.index()].get_or_insert(self.clock);
            let silent = self.clock.saturating_sub(since) > patience;
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
