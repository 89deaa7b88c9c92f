//! Seeds: a bounded number of them; `xtask/sim` plays any number.

use std::thread;

use springtide_sim::bug::{self, Bug};
use springtide_sim::seeds::first;
use springtide_sim::stage::{hush, keep_to_a_core};
use springtide_sim::world::{Outcome, Scenario, play, run};

/// How many seeds are played; `SPRINGTIDE_SEEDS` overrides it.
const SEEDS: u64 = 40;
/// In how many seeds a mistake that something else makes good must change nothing.
const SEEDS_ABSORBED: u64 = 8;
/// Within how many seeds a planted mistake must be found.
const SEEDS_TO_FIND: u64 = 80;

/// Plays seeds on as many threads as there are cores, until one is what is looked for.
fn find(seeds: u64, bug: Option<Bug>, wanted: impl Fn(&Outcome) -> bool + Sync) -> Option<(u64, Outcome)> {
    hush();
    let threads = thread::available_parallelism().map_or(2, usize::from);
    first(1..seeds + 1, threads, bug, wanted)
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    hush();
    keep_to_a_core(0);
    for seed in [3, 10] {
        let scenario = Scenario { keep_trace: true, ..Scenario::of(seed, None) };
        let (first, second) = (run(&scenario), run(&scenario));
        assert!(first.steps > 300 && first.words.len() as u64 == first.steps, "{first:?}");
        for (one, other) in first.words.iter().zip(&second.words) {
            assert_eq!(one, other, "seed {seed}");
        }
        assert_eq!((first.trace, first.steps), (second.trace, second.steps), "seed {seed}");
    }
    assert_ne!(play(3, None).trace, play(10, None).trace, "another seed, another trace");
}

#[test]
fn nothing_is_lost_doubled_or_wrong_whatever_happens() {
    let seeds = std::env::var("SPRINGTIDE_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let failed = find(seeds, None, |outcome| outcome.fault.is_some());
    if let Some((seed, outcome)) = failed {
        panic!("seed {seed}: {}; `xtask/sim --from {seed} --seeds 1` shrinks it", outcome.fault.unwrap());
    }
}

#[test]
fn planted_mistakes_are_found() {
    for bug in bug::ALL {
        let found = find(SEEDS_TO_FIND, Some(bug), |outcome| outcome.fault.is_some());
        assert!(found.is_some(), "{bug:?} is not found in {SEEDS_TO_FIND} seeds");
    }
}

#[test]
fn the_generation_of_the_group_fences_alone() {
    for bug in bug::ABSORBED {
        let found = find(SEEDS_ABSORBED, Some(bug), |outcome| outcome.fault.is_some());
        assert!(found.is_none(), "{bug:?} changes something: {found:?}");
    }
}
