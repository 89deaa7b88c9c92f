//! The whole set, in event-time order: what SPEC section 3 computes.

use std::sync::Arc;

use springtide_core::event::{Event, Topic};
use springtide_core::partition::{Lateness, Progress};
use springtide_core::rules::Rules;
use springtide_core::time::Millis;

use super::{Engine, Sink, Sorted, Sorter};
use crate::failure::Failure;
use crate::progress;

/// Sorts what the sorter took and replays it; the clock of the timers stops at `until`.
pub fn replay_sorted<S: Sink>(
    rules: Arc<Rules>,
    sorter: Sorter,
    until: Option<Millis>,
    collected: S,
) -> Result<Engine<S>, Failure> {
    let until = until.or(sorter.latest).unwrap_or(Millis::MIN);
    let bar = progress::steps(sorter.taken, "replaying");
    let mut sorted = sorter.finish()?;
    let engine = follow(rules, &mut sorted, until, collected, &mut |taken| bar.inc(taken))?;
    bar.finish_and_clear();
    Ok(engine)
}

/// Replays events in order; `told` is told how many events went by.
fn follow<S: Sink>(
    rules: Arc<Rules>,
    events: &mut Sorted,
    until: Millis,
    collected: S,
    told: &mut impl FnMut(u64),
) -> Result<Engine<S>, Failure> {
    // Nothing can be late, and everything behind the current instant is final.
    let mut engine = Engine::new(rules, Progress::new(Lateness([0; 5])), collected);
    Topic::ALL.into_iter().for_each(|topic| engine.progress_mut().set_level(topic, true));
    let mut next = events.next_event()?;
    while let Some(first) = next {
        let at = first.at();
        engine.run_timers(until.min(at.saturating_sub(1)))?;
        engine.record(first);
        let same_instant = take_instant(&mut engine, events, at)?;
        told(same_instant.taken);
        engine.settle(until.min(at))?;
        next = same_instant.next;
    }
    engine.run_timers(until)?;
    Ok(engine)
}

struct Instant {
    taken: u64,
    next: Option<Event>,
}

/// Records the other events of an instant: a play sees them all at once.
fn take_instant<S: Sink>(
    engine: &mut Engine<S>,
    events: &mut Sorted,
    at: Millis,
) -> Result<Instant, Failure> {
    let mut taken = 1;
    loop {
        match events.next_event()? {
            Some(event) if event.at() == at => {
                engine.record(event);
                taken += 1;
            }
            next => return Ok(Instant { taken, next }),
        }
    }
}
