//! What the producers write: every record, some of them a second time, and for some accounts, once all of theirs is
//! written, that they are erased.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::random::Random;
use crate::records::Record;

/// One in so many records comes again.
const AGAIN: usize = 40;
/// Within so many records.
const SOON: usize = 400;
/// One in so many accounts is erased.
const ERASED: usize = 15;

/// Records in the order in which they are written.
pub struct Feed {
    /// All of them.
    pub records: Vec<Record>,
    /// How many come for a second time.
    pub again: usize,
    /// The accounts that are erased: each after the last of its records, so that nothing of it is left whatever comes
    /// first (SPEC 7.3).
    pub erased: BTreeSet<String>,
}

impl Feed {
    /// The same for the same records and seed.
    pub fn new(records: Vec<Record>, seed: u64) -> Feed {
        let mut random = Random::new(seed ^ 0xfeed);
        let mut left: BTreeMap<String, usize> = BTreeMap::new();
        for record in &records {
            *left.entry(account(record)).or_default() += 1;
        }
        let erased: BTreeSet<String> = left.keys().filter(|_| random.below(ERASED) == 0).cloned().collect();
        let mut feed = Feed { records: Vec::with_capacity(records.len()), again: 0, erased };
        // With where in the order they come again.
        let mut due: VecDeque<(usize, Record)> = VecDeque::new();
        for (at, record) in records.into_iter().enumerate() {
            let account = account(&record);
            let last = left.get_mut(&account).is_some_and(|left| {
                *left -= 1;
                *left == 0
            });
            let erased = feed.erased.contains(&account);
            // What is written after a tombstone begins the account anew: nothing of those comes again.
            if !erased && random.below(AGAIN) == 0 {
                due.push_back((at + random.below(SOON), record.clone()));
            }
            feed.records.push(record);
            if last && erased {
                feed.records.push(Record { value: None, ..Record::new("account-profiles", &account, "") });
            }
            while due.front().is_some_and(|(when, _)| *when <= at) {
                feed.say_again(&mut due);
            }
        }
        while !due.is_empty() {
            feed.say_again(&mut due);
        }
        feed
    }

    fn say_again(&mut self, due: &mut VecDeque<(usize, Record)>) {
        self.again += 1;
        self.records.extend(due.pop_front().map(|(_, record)| record));
    }
}

fn account(record: &Record) -> String {
    String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed() -> Feed {
        let record =
            |number: usize| Record::new("product-usage", &format!("a{}", number % 97), number.to_string());
        Feed::new((0..5_000).map(record).collect(), 1)
    }

    #[test]
    fn an_erasure_is_the_last_record_of_its_account() {
        let feed = feed();
        assert!(!feed.erased.is_empty());
        for name in &feed.erased {
            let of_it: Vec<&Record> = feed.records.iter().filter(|record| account(record) == *name).collect();
            let tombstones = of_it.iter().filter(|record| record.value.is_none()).count();
            assert!(tombstones == 1 && of_it.last().is_some_and(|last| last.value.is_none()), "{name}");
        }
    }

    #[test]
    fn every_record_comes_and_some_come_again() {
        let feed = feed();
        let values: Vec<&[u8]> = feed.records.iter().filter_map(|record| record.value.as_deref()).collect();
        let distinct: BTreeSet<&[u8]> = values.iter().copied().collect();
        assert_eq!((distinct.len(), values.len()), (5_000, 5_000 + feed.again));
        assert!(feed.again > 50);
    }
}
