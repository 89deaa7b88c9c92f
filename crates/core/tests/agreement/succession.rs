//! Rules change while events come: from the instant from which the new ones count, what stands is what a fresh fold
//! under them says, whatever went on and whatever was warmed up.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use springtide_core::meaning::succeed::{Succession, Unjustified};
use springtide_core::partition::{Backing, Deadline, Erased, Partition, succeed};
use springtide_core::rules::{Change, Rules};
use springtide_core::time::Millis;
use uuid::Uuid;

use crate::cases::{Case, changing, lateness};
use crate::events::instant;
use crate::oracle::{expected, told};
use crate::packs::Pack;
use crate::partition::Bench;

/// A pipeline under old rules, and beside it what is warmed up for the new ones.
struct Turn {
    old: Bench,
    warmed: Option<Bench>,
    change: Change,
    next: Rules,
    /// From when on the new rules are to count; an opening that is forgotten can't be taken back.
    counts_from: Millis,
}

impl Turn {
    fn new(case: &Case, next: &Pack, counts_from: Millis, bench: impl Fn(&Case) -> Bench) -> Turn {
        let old = bench(case);
        let next = next.rules();
        let change = Change::between(&old.rules, &next);
        let warmed = change.warming.as_ref().map(|warming| bench(case).under(Arc::clone(&warming.rules)));
        Turn { old, warmed, change, next, counts_from }
    }

    /// The pipeline under the new rules.
    fn taken(self, unjustified: Unjustified) -> Result<Bench, TestCaseError> {
        let Turn { mut old, mut warmed, change, next, counts_from } = self;
        let clock = old.clock();
        for bench in [Some(&mut old), warmed.as_mut()].into_iter().flatten() {
            bench.settle()?;
            bench.put_away();
        }
        let bounds = old.partition.progress().bounds().up_to_clock(clock);
        let counts_from = counts_from.max(old.partition.progress().horizon());
        let next = Arc::new(next.silent_before(counts_from));
        let by = Succession { old: &old.rules, new: &next, change: &change, unjustified, bounds, clock };
        let known = |bench: &Bench| bench.shelf.accounts();
        let accounts: BTreeSet<Box<str>> =
            known(&old).into_iter().chain(warmed.as_ref().map(known).unwrap_or_default()).collect();
        for account in accounts {
            let pieces = warmed.as_ref().map(|bench| bench.shelf.pieces(&account)).unwrap_or_default();
            let succeeded = succeed(&account, old.shelf.pieces(&account), pieces, &by);
            old.shelf.put(vec![succeeded.cut]);
            let (from, to) = succeeded.scheduled;
            for (deadline, from, to) in
                [(Deadline::Timer, from.timer, to.timer), (Deadline::Quiet, from.quiet, to.quiet)]
            {
                let Ok(()) = old.shelf.reschedule(deadline, &account, from, to);
            }
            old.changelog.take(succeeded.emitted).map_err(TestCaseError::fail)?;
        }
        Ok(old.under(next))
    }
}

impl Bench {
    /// The same store and progress, under other rules.
    fn under(mut self, rules: Arc<Rules>) -> Bench {
        let erased = self.shelf.erased().unwrap_or_else(|| Erased::new(Uuid::from_u128(3)));
        self.partition = Partition::new(Arc::clone(&rules), self.partition.progress().clone(), erased);
        self.rules = rules;
        self
    }
}

/// Runs a case with a change of rules before one of its arrivals; returns what stands after it.
fn run(case: &Case, turn: Turn, at: usize, unjustified: Unjustified) -> Result<Bench, TestCaseError> {
    let mut turn = turn;
    let (before, after) = case.arrivals.split_at(at.min(case.arrivals.len()));
    for arrival in before {
        let accepted = turn.old.record(arrival);
        if let Some(warmed) = &mut turn.warmed {
            prop_assert_eq!(warmed.record(arrival), accepted);
        }
        if arrival.settle {
            turn.old.settle()?;
        }
        if arrival.cut {
            turn.old.put_away();
        }
    }
    let mut bench = turn.taken(unjustified)?;
    for arrival in after {
        bench.record(arrival);
        if arrival.settle {
            bench.settle()?;
        }
        if arrival.cut {
            bench.put_away();
        }
    }
    bench.settle()?;
    Ok(bench)
}

fn agrees(bench: &Bench) -> Result<(), TestCaseError> {
    let since = |mut all: Vec<crate::oracle::Told>| {
        all.retain(|told| told.opened_at >= bench.rules.silent_before);
        all
    };
    let expected = expected(&bench.rules, &bench.facts, bench.clock());
    prop_assert_eq!(since(told(&bench.changelog)), since(expected));
    Ok(())
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn from_its_instant_on_a_new_pack_says_what_a_fresh_fold_says(
        (case, next) in changing(&["acme", "bolt"]), lateness in lateness(), counts_from in instant(), at in 0..50_usize,
        keep in prop::bool::ANY,
    ) {
        let turn = Turn::new(&case, &next, counts_from, |case| Bench::new(case, lateness, None));
        let unjustified = if keep { Unjustified::Keep } else { Unjustified::Withdraw };
        let bench = run(&case, turn, at, unjustified)?;
        agrees(&bench)?;
    }

    #[test]
    fn a_pack_that_follows_itself_says_nothing_new(
        (case, _) in changing(&["acme"]), lateness in lateness(), at in 0..50_usize,
    ) {
        let turn = Turn::new(&case, &case.pack, Millis::MIN, |case| Bench::new(case, lateness, None));
        prop_assert!(turn.warmed.is_none());
        let (before, _) = case.arrivals.split_at(at.min(case.arrivals.len()));
        let mut turn = turn;
        before.iter().for_each(|arrival| { turn.old.record(arrival); });
        turn.old.settle()?;
        let known = turn.old.changelog.clone();
        let bench = turn.taken(Unjustified::Withdraw)?;
        prop_assert_eq!(bench.changelog.open().collect::<Vec<_>>(), known.open().collect::<Vec<_>>());
    }
}
