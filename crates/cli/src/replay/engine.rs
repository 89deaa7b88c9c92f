//! A partition in memory, and where its revisions go.

use std::sync::Arc;

use springtide_core::event::Event;
use springtide_core::meaning::opportunity::Opportunity;
use springtide_core::partition::{Deadline, Deadlines, Erased, Partition, Progress, Seen, Verdict};
use springtide_core::rules::Rules;
use springtide_core::time::Millis;

use super::Collected;
use crate::failure::Failure;

/// What an engine takes in and brings out is told to.
pub trait Sink {
    /// An event, before the engine has it.
    fn event(&mut self, _event: &Event) {}

    /// A revision.
    fn take(&mut self, opportunity: &Opportunity) -> Result<(), Failure>;
}

/// The engine of a replay.
pub struct Engine<S = Collected> {
    partition: Partition,
    deadlines: Deadlines,
    /// What came out.
    pub collected: S,
    /// Events whose id was used a short while before with other content.
    pub id_reused: u64,
    /// Events that had been read a short while before.
    pub repeated: u64,
}

fn never<T>(result: Result<T, std::convert::Infallible>) -> T {
    match result {
        Ok(value) => value,
    }
}

impl<S: Sink> Engine<S> {
    /// An engine at the beginning.
    pub fn new(rules: Arc<Rules>, progress: Progress, collected: S) -> Engine<S> {
        let partition = Partition::new(rules, progress, Erased::default());
        Engine { partition, deadlines: Deadlines::default(), collected, id_reused: 0, repeated: 0 }
    }

    /// How far time has come.
    pub fn progress_mut(&mut self) -> &mut Progress {
        self.partition.progress_mut()
    }

    /// Takes an event for the next [`Engine::settle`].
    pub fn record(&mut self, event: Event) -> Verdict {
        self.collected.event(&event);
        let verdict = never(self.partition.record(&mut self.deadlines, event));
        self.id_reused += u64::from(verdict == Verdict::Accepted(Seen::Reused));
        self.repeated += u64::from(verdict == Verdict::Accepted(Seen::Repeated));
        verdict
    }

    /// Takes in what was recorded, with timers due by `clock`.
    pub fn settle(&mut self, clock: Millis) -> Result<(), Failure> {
        let settled = never(self.partition.settle(&mut self.deadlines, clock, usize::MAX));
        self.partition.discard_cut();
        settled.emitted.iter().try_for_each(|opportunity| self.collected.take(opportunity))
    }

    /// Lets the timers up to `clock` fire one instant after the other.
    pub fn run_timers(&mut self, clock: Millis) -> Result<(), Failure> {
        while let Some(at) = self.deadlines.first(Deadline::Timer).filter(|at| *at <= clock) {
            self.settle(at)?;
        }
        Ok(())
    }
}
