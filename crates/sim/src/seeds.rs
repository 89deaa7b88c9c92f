//! Many seeds, in parallel.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::bug::Bug;
use crate::stage::keep_to_a_core;
use crate::world::{Outcome, play};

/// Plays seeds, one to a thread, until one comes to what is wanted; the least that did of those that were begun.
pub fn first(
    seeds: std::ops::Range<u64>,
    threads: usize,
    bug: Option<Bug>,
    wanted: impl Fn(&Outcome) -> bool + Sync,
) -> Option<(u64, Outcome)> {
    let (next, found) = (AtomicU64::new(seeds.start), Mutex::new(None));
    let lock = || found.lock().unwrap_or_else(PoisonError::into_inner);
    let work = &|core: usize| {
        keep_to_a_core(core);
        while lock().is_none() {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= seeds.end {
                return;
            }
            let outcome = play(seed, bug);
            if wanted(&outcome) {
                let mut found = lock();
                if found.as_ref().is_none_or(|(least, _)| seed < *least) {
                    *found = Some((seed, outcome));
                }
            }
        }
    };
    thread::scope(|scope| (0..threads).for_each(|core| drop(scope.spawn(move || work(core)))));
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}
