//! A partition prunes, forgets and reloads; what it says stays what the fold says of the accepted events.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::option::weighted;
use proptest::prelude::*;
use springtide_core::event::{Event, Fact};
use springtide_core::meaning::opportunity::Opportunity;
use springtide_core::partition::{Erased, Lateness, Partition, Progress, Settled, Verdict};
use springtide_core::rules::Rules;
use springtide_core::time::Millis;
use uuid::Uuid;

use crate::cases::{Arrival, Case, case, case_of, lateness};
use crate::changelog::Changelog;
use crate::events::instant;
use crate::oracle::{expected, told};
use crate::shelf::Shelf;

/// More than a case ever needs: it has three accounts at most.
const MOST_SETTLEMENTS: usize = 8;

/// A partition with its store, and what was said and accepted so far.
pub struct Bench {
    pub rules: Arc<Rules>,
    pub partition: Partition,
    pub shelf: Shelf,
    pub changelog: Changelog,
    pub facts: BTreeMap<&'static str, Vec<Fact>>,
    /// Where the timers' clock stands still; else it is the greatest event time so far.
    until: Option<Millis>,
    /// How many accounts that are due are taken in at once.
    pub due_at_most: usize,
}

impl Bench {
    pub fn new(case: &Case, lateness: Lateness, until: Option<Millis>) -> Bench {
        let rules = Arc::new(case.pack.rules());
        let mut partition =
            Partition::new(Arc::clone(&rules), Progress::new(lateness), Erased::new(Uuid::from_u128(3)));
        case.level.iter().for_each(|topic| partition.progress_mut().set_level(*topic, true));
        let (shelf, changelog, facts) = Default::default();
        Bench { rules, partition, shelf, changelog, facts, until, due_at_most: 1 }
    }

    pub fn clock(&self) -> Millis {
        self.until.or(self.partition.progress().furthest()).unwrap_or(0)
    }

    /// Takes an arrival; true where it was not late.
    pub fn record(&mut self, arrival: &Arrival) -> bool {
        let event = Event { account: arrival.account.into(), fact: arrival.fact.clone() };
        let Ok(verdict) = self.partition.record(&mut self.shelf, event);
        let accepted = matches!(verdict, Verdict::Accepted(_));
        if accepted {
            self.facts.entry(arrival.account).or_default().push(arrival.fact.clone());
        }
        if let Some((topic, level)) = arrival.level {
            self.partition.progress_mut().set_level(topic, level);
        }
        accepted
    }

    /// Settles once, which may leave accounts that are due.
    fn settle_some(&mut self) -> Result<Settled, TestCaseError> {
        let clock = self.clock();
        let Ok(settled) = self.partition.settle(&mut self.shelf, clock, self.due_at_most);
        self.changelog.take(settled.emitted.clone()).map_err(TestCaseError::fail)?;
        Ok(settled)
    }

    /// Settles until nobody is due, and returns what was emitted in an order that tells nothing of who came
    /// first.
    pub fn settle(&mut self) -> Result<Vec<Opportunity>, TestCaseError> {
        let mut emitted = Vec::new();
        for _ in 0..MOST_SETTLEMENTS {
            let settled = self.settle_some()?;
            emitted.extend(settled.emitted);
            if !settled.more_due {
                emitted.sort_by_key(|opportunity| (opportunity.id, opportunity.revision));
                return Ok(emitted);
            }
        }
        Err(TestCaseError::fail("somebody stays due"))
    }

    /// Writes what changed, and drops the accounts from memory.
    pub fn put_away(&mut self) {
        let cuts = self.partition.cut();
        self.shelf.put(cuts);
        self.shelf.put_erasures(self.partition.cut_erasures());
        self.partition.keep_within(0);
    }

    /// Whether what stands is what the fold says of the accepted events.
    pub fn agrees(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(told(&self.changelog), expected(&self.rules, &self.facts, self.clock()));
        Ok(())
    }
}

fn says_what_the_fold_says(case: &Case, mut bench: Bench) -> Result<(), TestCaseError> {
    for arrival in &case.arrivals {
        bench.record(arrival);
        if arrival.settle {
            bench.settle()?;
            bench.agrees()?;
        }
    }
    bench.settle()?;
    bench.agrees()
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn forgetting_changes_nothing(case in case(), lateness in lateness(), until in weighted(0.2, instant())) {
        says_what_the_fold_says(&case, Bench::new(&case, lateness, until))?;
    }

    #[test]
    fn accounts_that_share_a_partition_share_nothing_else(
        case in case_of(&["acme", "bolt"]), lateness in lateness(), until in weighted(0.2, instant()),
    ) {
        says_what_the_fold_says(&case, Bench::new(&case, lateness, until))?;
    }

    #[test]
    fn an_account_read_back_goes_on_as_if_it_had_stayed(
        case in case_of(&["acme", "bolt"]), lateness in lateness(), until in weighted(0.2, instant()),
    ) {
        let mut stayed = Bench { due_at_most: usize::MAX, ..Bench::new(&case, lateness, until) };
        let mut read_back = Bench::new(&case, lateness, until);
        for arrival in &case.arrivals {
            prop_assert_eq!(stayed.record(arrival), read_back.record(arrival));
            if arrival.cut {
                read_back.put_away();
            }
            if arrival.settle {
                prop_assert_eq!(stayed.settle()?, read_back.settle()?);
            }
            if arrival.cut {
                read_back.put_away();
            }
        }
        prop_assert_eq!(stayed.settle()?, read_back.settle()?);
        read_back.agrees()?;
    }

    #[test]
    fn however_few_are_due_at_once_the_end_is_the_same(
        case in case_of(&["acme", "bolt", "zeta"]), lateness in lateness(), due_at_most in 0..=2_usize,
    ) {
        let mut bench = Bench { due_at_most, ..Bench::new(&case, lateness, None) };
        for arrival in &case.arrivals {
            bench.record(arrival);
            if arrival.settle {
                bench.settle_some()?;
            }
            if arrival.cut {
                bench.put_away();
            }
        }
        bench.due_at_most = 1;
        bench.settle()?;
        bench.agrees()?;
    }
}
