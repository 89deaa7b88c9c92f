//! State follows what the rules need, not how long an account has been there.

use std::sync::Arc;

use proptest::prelude::*;
use springtide_core::event::{Fact, Topic};
use springtide_core::time::{DAY_MS, Millis};

use crate::cases::{Arrival, Case, case, lateness};
use crate::partition::Bench;

/// Longer than a case, and whole weeks, so that weekdays stay.
const CYCLE: Millis = 98 * DAY_MS;

/// How often the history is repeated.
const CYCLES: i64 = 10;

fn later(fact: &Fact, by: Millis) -> Fact {
    match fact.clone() {
        Fact::Activity(mut activity) => {
            Arc::make_mut(&mut activity).at += by;
            Fact::Activity(activity)
        }
        Fact::Profile(mut profile) => {
            let new = Arc::make_mut(&mut profile);
            new.at += by;
            for time in [&mut new.first_value_at, &mut new.renewal_at, &mut new.last_expansion_at] {
                *time = time.map(|at| at + by);
            }
            Fact::Profile(profile)
        }
        Fact::Outcome(mut outcome) => {
            let new = Arc::make_mut(&mut outcome);
            new.at += by;
            new.until = new.until.map(|at| at + by);
            Fact::Outcome(outcome)
        }
    }
}

/// The same history over again, in order of time.
fn cycle(case: &Case, count: i64) -> Vec<Arrival> {
    let moved = |arrival: &Arrival| Arrival { fact: later(&arrival.fact, count * CYCLE), ..arrival.clone() };
    let mut arrivals: Vec<Arrival> = case.arrivals.iter().map(moved).collect();
    arrivals.sort_by_key(|arrival| arrival.fact.at());
    arrivals
}

proptest! {
    #![proptest_config(ProptestConfig { cases: crate::config().cases / 4, ..crate::config() })]

    #[test]
    fn ten_times_the_history_takes_the_same_room(case in case(), lateness in lateness()) {
        let mut bench = Bench::new(&case, lateness, None);
        Topic::ALL.into_iter().for_each(|topic| bench.partition.progress_mut().set_level(topic, true));
        let mut sizes = Vec::new();
        for count in 0..CYCLES {
            for arrival in cycle(&case, count) {
                bench.record(&Arrival { level: None, ..arrival });
                bench.settle()?;
            }
            bench.put_away();
            sizes.push(bench.shelf.bytes_but_rows());
        }
        // An account at rest is looked at now and then, so the size goes up and down; it must not rise.
        let (early, last) = (sizes[1..5].iter().max().copied().unwrap_or(0), sizes[9]);
        prop_assert!(last * 10 <= early * 13, "{:?}", sizes);
        bench.agrees()?;
    }
}
