//! Two packs over one history, in one pass: the sorted events go to two engines, each on a thread of its own.
//!
//! Each engine sees the same events in the same order as it would alone, so which thread is ahead changes nothing.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use springtide_core::event::Event;
use springtide_core::rules::Rules;
use springtide_core::time::Millis;

use super::sorted::{Feed, follow};
use super::{Sink, Sorted, Sorter};
use crate::failure::Failure;
use crate::progress;

/// Events that are handed over at once.
const BATCH_EVENTS: usize = 4_096;

/// Batches that an engine may be behind.
const BATCHES_AHEAD: usize = 4;

type Batch = Arc<[Event]>;

/// Events as another thread hands them over.
struct HandedOver {
    batches: Receiver<Batch>,
    batch: Batch,
    at: usize,
}

impl HandedOver {
    fn of(batches: Receiver<Batch>) -> HandedOver {
        HandedOver { batches, batch: Arc::new([]), at: 0 }
    }
}

impl Feed for HandedOver {
    fn next_event(&mut self) -> Result<Option<Event>, Failure> {
        while self.at == self.batch.len() {
            let Ok(batch) = self.batches.recv() else {
                return Ok(None);
            };
            (self.batch, self.at) = (batch, 0);
        }
        self.at += 1;
        Ok(self.batch.get(self.at - 1).cloned())
    }
}

/// Sorts what the sorter took and replays it by two packs; returns what each brought out, and the events, to be read again.
pub fn replay_both<S: Sink + Send>(
    rules: [Arc<Rules>; 2],
    sorter: Sorter,
    until: Millis,
    sinks: [S; 2],
) -> Result<([S; 2], Sorted), Failure> {
    let bar = progress::steps(sorter.taken, "replaying");
    let mut sorted = sorter.finish()?;
    let collected = thread::scope(|scope| {
        let ([old_rules, new_rules], [old, new]) = (rules, sinks);
        let start = |rules: Arc<Rules>, sink: S| {
            let (sender, batches) = sync_channel(BATCHES_AHEAD);
            let work = move || {
                let mut feed = HandedOver::of(batches);
                follow(rules, &mut feed, until, sink, &mut |_| {}).map(|engine| engine.collected)
            };
            (sender, scope.spawn(work))
        };
        let ((old_sender, old), (new_sender, new)) = (start(old_rules, old), start(new_rules, new));
        let handed = hand_over(&mut sorted, [old_sender, new_sender], &mut |events| bar.inc(events));
        let joined = [old, new].map(|engine| match engine.join() {
            Ok(collected) => collected,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        let [old, new] = joined;
        handed.and_then(|()| Ok([old?, new?]))
    })?;
    bar.finish_and_clear();
    Ok((collected, sorted))
}

/// Hands all events to both. An engine that failed takes no more: it says itself why.
fn hand_over(
    sorted: &mut Sorted,
    engines: [SyncSender<Batch>; 2],
    told: &mut impl FnMut(u64),
) -> Result<(), Failure> {
    let mut batch = Vec::with_capacity(BATCH_EVENTS);
    loop {
        let next = sorted.next_event()?;
        let last = next.is_none();
        batch.extend(next);
        if batch.len() < BATCH_EVENTS && !last {
            continue;
        }
        let full: Batch = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_EVENTS)).into();
        told(full.len() as u64);
        let taken = engines.iter().all(|engine| engine.send(Arc::clone(&full)).is_ok());
        if last || !taken {
            return Ok(());
        }
    }
}
