//! Erasure: what stands in the end is what the fold says of the events that no tombstone reaches, and nothing
//! of an erased account is left but a hash.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use springtide_core::event::Fact;
use springtide_core::partition::{AccountCut, Erasure, ErasureCut, Lateness, Partition, Progress};
use springtide_core::time::Millis;

use crate::cases::{Arrival, Case, case_of, lateness};
use crate::partition::Bench;

const ACCOUNTS: [&str; 2] = ["acme", "bolt"];

/// When a tombstone is read, as a share of the arrivals, of whom, and when it was written: so long after the
/// latest record of the account, or before its latest tombstone.
type Tombstone = (usize, &'static str, Millis);

fn tombstones() -> impl Strategy<Value = Vec<Tombstone>> {
    vec((0..100_usize, select(&ACCOUNTS[..]), -1..=3_i64), 0..6)
}

/// How long before it is read a record was written, in records.
fn lags() -> impl Strategy<Value = Vec<Millis>> {
    vec(select(vec![0, 0, 0, 1, 2, 9]), 1..8)
}

struct Trial {
    case: Case,
    lateness: Lateness,
    bench: Bench,
    /// Every event that was not late, with when it was written.
    facts: Vec<(&'static str, Millis, Fact)>,
    /// When the latest record that was taken in was written.
    taken: BTreeMap<&'static str, Millis>,
    erased: BTreeMap<&'static str, Millis>,
    /// A commit that the store does not have yet.
    in_flight: Option<(Vec<AccountCut>, Option<ErasureCut>)>,
}

impl Trial {
    fn new(case: Case, lateness: Lateness) -> Trial {
        let bench = Bench::new(&case, lateness, None);
        let (facts, taken, erased, in_flight) = Default::default();
        Trial { case, lateness, bench, facts, taken, erased, in_flight }
    }

    fn record(&mut self, arrival: &Arrival, written_at: Millis) -> Result<(), TestCaseError> {
        let erased = self.erased.get(arrival.account).is_some_and(|at| written_at <= *at);
        prop_assert_eq!(self.bench.partition.is_erased(arrival.account, written_at), erased);
        if !erased && self.bench.record(arrival) {
            self.facts.push((arrival.account, written_at, arrival.fact.clone()));
            let latest = self.taken.entry(arrival.account).or_insert(written_at);
            *latest = written_at.max(*latest);
        }
        Ok(())
    }

    fn erase(&mut self, account: &'static str, after: Millis) -> Result<(), TestCaseError> {
        let before = self.erased.get(account).copied();
        let latest = self.taken.get(account).copied().max(before).unwrap_or(0);
        let written_at = if after < 0 { before.unwrap_or(latest) + after.min(0) } else { latest + after };
        // Nothing that was written after a tombstone is read before it.
        let written_at = if before.is_none() { written_at.max(latest) } else { written_at };
        let Ok(Erasure { rows, repeated }) =
            self.bench.partition.erase(&mut self.bench.shelf, account, written_at);
        prop_assert_eq!(repeated, before.is_some_and(|before| written_at <= before));
        let told = if repeated { BTreeSet::new() } else { self.bench.changelog.erase(account) };
        prop_assert_eq!(rows, told);
        self.erased.insert(account, written_at.max(before.unwrap_or(written_at)));
        Ok(())
    }

    fn settle(&mut self) -> Result<(), TestCaseError> {
        self.bench.settle()?;
        self.agrees()
    }

    /// What stands is what the fold says of the events that survive.
    fn agrees(&mut self) -> Result<(), TestCaseError> {
        self.bench.facts.clear();
        for (account, written_at, fact) in &self.facts {
            if self.erased.get(account).is_none_or(|erased| written_at > erased) {
                self.bench.facts.entry(account).or_default().push(fact.clone());
            }
        }
        self.bench.agrees()
    }

    /// Cuts a commit; the next time the store has it, and memory is let go.
    fn commit(&mut self) {
        match self.in_flight.take() {
            Some((cuts, erasures)) => {
                self.bench.shelf.put(cuts);
                self.bench.shelf.put_erasures(erasures);
                self.bench.partition.keep_within(0);
            }
            None => {
                self.in_flight = Some((self.bench.partition.cut(), self.bench.partition.cut_erasures()));
            }
        }
    }

    /// Ends after a commit of all there is, and starts again from what is stored.
    fn restart(&mut self) -> Result<(), TestCaseError> {
        self.settle()?;
        if self.in_flight.is_some() {
            self.commit();
        }
        self.bench.put_away();
        let before = self.bench.partition.progress();
        let progress = Progress::restore(self.lateness, before.highest(), before.passed(), before.horizon());
        let erased = self.bench.shelf.erased().unwrap_or_default();
        prop_assert_eq!(erased.len(), self.erased.len());
        self.bench.partition = Partition::new(Arc::clone(&self.bench.rules), progress, erased);
        let levels = self.case.level.iter();
        levels.for_each(|topic| self.bench.partition.progress_mut().set_level(*topic, true));
        Ok(())
    }

    fn run(&mut self, tombstones: &[Tombstone], lags: &[Millis]) -> Result<(), TestCaseError> {
        let arrivals = self.case.arrivals.clone();
        for (position, arrival) in arrivals.iter().enumerate() {
            let lag = lags[position % lags.len()];
            self.record(arrival, position as Millis - lag)?;
            for (at, account, after) in tombstones {
                if at * arrivals.len() / 100 == position {
                    self.erase(account, *after)?;
                }
            }
            if arrival.settle && arrival.cut {
                self.restart()?;
            } else if arrival.settle {
                self.settle()?;
            } else if arrival.cut {
                self.commit();
            }
        }
        self.settle()
    }

    /// Whether nothing of an account is stored, and it is not due.
    fn is_gone(&self, account: &str) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.bench.shelf.pieces(account), []);
        prop_assert_eq!(self.bench.shelf.deadlines(account), []);
        Ok(())
    }
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn what_stands_is_what_the_fold_says_of_what_no_tombstone_reaches(
        case in case_of(&ACCOUNTS), lateness in lateness(), tombstones in tombstones(), lags in lags(),
    ) {
        Trial::new(case, lateness).run(&tombstones, &lags)?;
    }

    #[test]
    fn nothing_is_left_of_an_erased_account_but_its_hash(
        case in case_of(&ACCOUNTS), lateness in lateness(), tombstones in tombstones(), lags in lags(),
    ) {
        let mut trial = Trial::new(case, lateness);
        trial.run(&tombstones, &lags)?;
        for account in ACCOUNTS {
            trial.erase(account, 1)?;
        }
        trial.restart()?;
        prop_assert_eq!(trial.bench.changelog.ids(), 0);
        for account in ACCOUNTS {
            trial.is_gone(account)?;
            prop_assert!(trial.bench.partition.is_erased(account, trial.erased[account]));
            prop_assert!(!trial.bench.partition.is_erased(account, trial.erased[account] + 1));
        }
        trial.bench.partition.forget_erasures(Millis::MAX);
        trial.bench.put_away();
        prop_assert_eq!(trial.bench.shelf.erased().map_or(0, |erased| erased.len()), 0);
    }
}
