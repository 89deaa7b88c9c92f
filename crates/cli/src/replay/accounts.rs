//! Account after account, each with all its events in order, on as many threads as there are cores.
//!
//! What a sorted replay makes of an account depends on nothing but its own events and the clock (SPEC 3.1), so accounts need
//! not be gone through side by side, in the order of time: one after the other takes the memory of one.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use indicatif::ProgressBar;
use springtide_core::event::{Event, Fact, order};
use springtide_core::time::Millis;

use super::shelves::{Entry, Shelved, Shelves};
use super::sorter::disk;
use super::{Sorted, Sorter};
use crate::failure::Failure;
use crate::input::{Input, Taker};

/// So much of a shelf is taken down at once; what is larger is put on shelves of its own first.
const TAKEN_DOWN_BYTES: usize = 4 * 1024 * 1024;

/// How often that is done again, should hashes meet.
const MOST_SALTS: u8 = 3;

/// So few accounts, on a shelf that is too large, are large ones.
const FEW_ACCOUNTS: usize = 4;

/// A large shelf becomes so many smaller ones at most, by one step.
const MOST_SMALLER: usize = 256;

/// How many events of a large account are sorted at once.
const RUN_EVENTS: usize = 4_096;

/// Facts of one account, in the order of SPEC 3.1.
pub trait Facts {
    /// The next one.
    fn next_fact(&mut self) -> Result<Option<Fact>, Failure>;
}

/// Is shown accounts, each once.
pub trait Visitor: Send {
    /// An account and all its facts.
    fn account(&mut self, account: &str, facts: &mut dyn Facts) -> Result<(), Failure>;
}

impl Taker for Shelves {
    fn take(&mut self, event: Event) -> Result<(), Failure> {
        Shelves::take(self, &event)
    }
}

/// Puts all events of the files on shelves.
pub fn shelve(input: &mut Input, paths: &[PathBuf]) -> Result<Shelved, Failure> {
    let empty = (0..threads()).map(|_| Shelves::new()).collect::<Result<_, _>>()?;
    Shelves::finish(input.read_on_threads(paths, empty)?)
}

/// How many threads work at once.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Shows every account to one of the visitors, each of which has a thread of its own.
pub fn visit<V: Visitor>(shelved: &Shelved, visitors: Vec<V>, bar: &ProgressBar) -> Result<Vec<V>, Failure> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = |mut visitor: V| {
        while !failed.load(Ordering::Relaxed) {
            let shelf = next.fetch_add(1, Ordering::Relaxed);
            if shelf >= shelved.shelves {
                break;
            }
            let taken = Taken { limit_bytes: TAKEN_DOWN_BYTES, told: &|events| bar.inc(events) };
            taken
                .shelf(shelved, shelf, 0, &mut visitor)
                .inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
        }
        Ok(visitor)
    };
    thread::scope(|scope| {
        let running: Vec<_> = visitors.into_iter().map(|visitor| scope.spawn(|| work(visitor))).collect();
        let joined = running.into_iter().map(|thread| match thread.join() {
            Ok(visitor) => visitor,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect()
    })
}

/// Hands over the events of some accounts, in any order: those of a few accounts at once, each account's together.
pub fn events_of<'a>(
    shelved: &Shelved,
    accounts: impl IntoIterator<Item = &'a str>,
    bar: &ProgressBar,
    few: &mut dyn FnMut(Vec<Event>),
) -> Result<(), Failure> {
    let wanted: BTreeSet<&str> = accounts.into_iter().collect();
    let shelves: BTreeSet<usize> = wanted.iter().map(|account| shelved.shelf_of(account)).collect();
    bar.set_length(shelves.len() as u64);
    for shelf in shelves {
        let mut events = Vec::new();
        shelved.read(shelf, &mut |mut chunk| {
            while let Some(entry) = Entry::cut(&mut chunk)? {
                if wanted.contains(entry.account) {
                    events.push(Event { account: entry.account.into(), fact: fact(entry.fact)? });
                }
            }
            Ok(())
        })?;
        few(events);
        bar.inc(1);
    }
    Ok(())
}

fn fact(bytes: &[u8]) -> Result<Fact, Failure> {
    postcard::from_bytes(bytes).map_err(disk)
}

/// How shelves are taken down.
#[derive(Clone, Copy)]
struct Taken<'t> {
    limit_bytes: usize,
    told: &'t dyn Fn(u64),
}

/// Where an event of a shelf lies in its bytes.
#[derive(Clone, Copy)]
struct Place {
    account: u32,
    topic: u8,
    at: Millis,
    start: u32,
    end: u32,
}

impl Taken<'_> {
    fn shelf(
        self,
        shelved: &Shelved,
        shelf: usize,
        salt: u8,
        visitor: &mut dyn Visitor,
    ) -> Result<(), Failure> {
        let bytes = shelved.bytes(shelf);
        if bytes <= self.limit_bytes {
            return self.whole(shelved, shelf, visitor);
        }
        let names = names(shelved, shelf)?;
        if names.len() <= FEW_ACCOUNTS || salt == MOST_SALTS {
            return names.iter().try_for_each(|account| self.large(shelved, shelf, account, visitor));
        }
        // Half as full as they may be, since hashes are not fair.
        let shelves = (bytes / self.limit_bytes.max(1) * 2).clamp(2, MOST_SMALLER);
        let mut smaller = Shelves::salted(salt + 1, shelves)?;
        shelved.read(shelf, &mut |mut chunk| {
            while let Some(entry) = Entry::cut(&mut chunk)? {
                smaller.put(entry)?;
            }
            Ok(())
        })?;
        let smaller = Shelves::finish(vec![smaller])?;
        (0..shelves).try_for_each(|shelf| self.shelf(&smaller, shelf, salt + 1, visitor))
    }

    /// A shelf that fits into memory: as bytes, and where each event lies.
    fn whole(self, shelved: &Shelved, shelf: usize, visitor: &mut dyn Visitor) -> Result<(), Failure> {
        let mut bytes = Vec::with_capacity(shelved.bytes(shelf));
        shelved.read(shelf, &mut |chunk| {
            bytes.extend_from_slice(chunk);
            Ok(())
        })?;
        let (names, mut places) = places(&bytes)?;
        places.sort_unstable_by_key(|place| (place.account, place.at, place.topic, place.start));
        for own in places.chunk_by(|a, b| a.account == b.account) {
            let Some(account) = own.first().and_then(|first| names.get(first.account as usize)) else {
                continue;
            };
            visitor.account(account, &mut Down { bytes: &bytes, places: own, tied: VecDeque::new() })?;
            (self.told)(own.len() as u64);
        }
        Ok(())
    }

    /// An account that is too large for that is sorted on disk.
    fn large(
        self,
        shelved: &Shelved,
        shelf: usize,
        account: &str,
        visitor: &mut dyn Visitor,
    ) -> Result<(), Failure> {
        let mut sorter = Sorter::with_run(RUN_EVENTS);
        shelved.read(shelf, &mut |mut chunk| {
            while let Some(entry) = Entry::cut(&mut chunk)? {
                if entry.account == account {
                    sorter.take(Event { account: account.into(), fact: fact(entry.fact)? })?;
                }
            }
            Ok(())
        })?;
        let events = sorter.taken;
        visitor.account(account, &mut sorter.finish()?)?;
        (self.told)(events);
        Ok(())
    }
}

/// The accounts of a shelf.
fn names(shelved: &Shelved, shelf: usize) -> Result<BTreeSet<Box<str>>, Failure> {
    let mut names: BTreeSet<Box<str>> = BTreeSet::new();
    shelved.read(shelf, &mut |mut chunk| {
        while let Some(entry) = Entry::cut(&mut chunk)? {
            if !names.contains(entry.account) {
                names.insert(entry.account.into());
            }
        }
        Ok(())
    })?;
    Ok(names)
}

/// The accounts of some bytes, and where each event lies, by the account's number.
fn places(bytes: &[u8]) -> Result<(Vec<&str>, Vec<Place>), Failure> {
    let (mut names, mut numbers, mut places) = (Vec::new(), HashMap::new(), Vec::new());
    let mut rest = bytes;
    while let Some(Entry { at, topic, account, fact }) = Entry::cut(&mut rest)? {
        let account = *numbers.entry(account).or_insert_with(|| {
            names.push(account);
            // Not more than there are bytes, of which there are few enough.
            names.len() as u32 - 1
        });
        let end = (bytes.len() - rest.len()) as u32;
        places.push(Place { account, topic, at, start: end - fact.len() as u32, end });
    }
    Ok((names, places))
}

/// One account's facts from a shelf in memory.
struct Down<'a> {
    bytes: &'a [u8],
    places: &'a [Place],
    /// Of one instant and topic, in order.
    tied: VecDeque<Fact>,
}

impl Facts for Down<'_> {
    fn next_fact(&mut self) -> Result<Option<Fact>, Failure> {
        if let Some(fact) = self.tied.pop_front() {
            return Ok(Some(fact));
        }
        let Some(first) = self.places.first() else {
            return Ok(None);
        };
        let tied = self.places.partition_point(|place| (place.at, place.topic) <= (first.at, first.topic));
        let (now, later) = self.places.split_at(tied);
        self.places = later;
        let read = |place: &Place| {
            let bytes = self.bytes.get(place.start as usize..place.end as usize);
            fact(bytes.unwrap_or_default())
        };
        if let [one] = now {
            return read(one).map(Some);
        }
        let mut facts: Vec<Fact> = now.iter().map(read).collect::<Result<_, _>>()?;
        facts.sort_by(order);
        self.tied = facts.into();
        Ok(self.tied.pop_front())
    }
}

impl Facts for Sorted {
    fn next_fact(&mut self) -> Result<Option<Fact>, Failure> {
        Ok(self.next_event()?.map(|event| event.fact))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use springtide_core::event::Topic;
    use springtide_schema::decode_json;

    fn event(account: usize, at: i64, id: usize) -> Event {
        let time = springtide_core::time::format_rfc3339(at);
        let line = format!(
            r#"{{"event_id":"e{id}","account_id":"a{account}","occurred_at":"{time}","type":"user_activity","user_id":"u"}}"#
        );
        decode_json(Topic::ProductUsage, line.as_bytes()).unwrap().event
    }

    #[derive(Default)]
    struct Seen(BTreeMap<Box<str>, Vec<Fact>>);

    impl Visitor for Seen {
        fn account(&mut self, account: &str, facts: &mut dyn Facts) -> Result<(), Failure> {
            let all = std::iter::from_fn(|| facts.next_fact().unwrap());
            assert!(self.0.insert(account.into(), all.collect()).is_none(), "{account} came twice");
            Ok(())
        }
    }

    /// Two that fill shelves side by side, as two threads do.
    fn shelved(events: &[Event]) -> Shelved {
        let mut all = vec![Shelves::new().unwrap(), Shelves::new().unwrap()];
        events.iter().enumerate().for_each(|(at, event)| all[at % 2].take(event).unwrap());
        Shelves::finish(all).unwrap()
    }

    #[test]
    fn however_little_is_taken_down_each_account_comes_once_and_in_order() {
        let events: Vec<Event> = (0..4_000)
            .map(|number| event(number * number % 97, (number * 7_919 % 211) as i64, number))
            .collect();
        let mut want: BTreeMap<Box<str>, Vec<Fact>> = BTreeMap::new();
        events.iter().for_each(|event| {
            want.entry(event.account.clone()).or_default().push(event.fact.clone());
        });
        want.values_mut().for_each(|facts| facts.sort_by(order));
        let shelved = shelved(&events);
        assert_eq!((shelved.taken, shelved.span()), (4_000, Some((0, 210))));
        // All of a shelf, some of its accounts, and less than one account.
        for limit_bytes in [TAKEN_DOWN_BYTES, 3_000, 100, 0] {
            let (mut seen, told) = (Seen::default(), AtomicUsize::new(0));
            let count = |events: u64| {
                told.fetch_add(events as usize, Ordering::Relaxed);
            };
            let taken = Taken { limit_bytes, told: &count };
            (0..shelved.shelves).for_each(|shelf| taken.shelf(&shelved, shelf, 0, &mut seen).unwrap());
            assert_eq!((seen.0 == want, told.into_inner()), (true, 4_000), "{limit_bytes} bytes at once");
        }
    }

    #[test]
    fn the_events_of_some_are_all_of_theirs() {
        let events: Vec<Event> = (0..900).map(|number| event(number % 9, number as i64, number)).collect();
        let mut some: Vec<Event> = Vec::new();
        let bar = ProgressBar::hidden();
        events_of(&shelved(&events), ["a3", "a5", "nobody"], &bar, &mut |few| some.extend(few)).unwrap();
        some.sort_by_key(Event::at);
        let want = events.into_iter().filter(|event| ["a3", "a5"].contains(&&*event.account));
        assert_eq!(some, want.collect::<Vec<_>>());
    }

    #[test]
    fn why_one_fails_ends_all() {
        struct Failing;
        impl Visitor for Failing {
            fn account(&mut self, account: &str, _: &mut dyn Facts) -> Result<(), Failure> {
                Err(Failure::Other(format!("not {account}")))
            }
        }
        let shelved = shelved(&[event(1, 5, 1)]);
        let failed = visit(&shelved, vec![Failing, Failing, Failing], &ProgressBar::hidden());
        assert!(failed.is_err_and(|failure| failure.to_string() == "not a1"));
    }
}
