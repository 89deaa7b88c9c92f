//! Nexmark bids as Springtide events: a seeded stream for the pattern query in `benches/nexmark/README.md`.
//!
//! The stream follows the facts of the Nexmark generator with its default settings: of 50 events 1 is a person, 3 are
//! auctions and 46 are bids; half of the bids go to one hot auction, three quarters come from one hot bidder; prices are
//! uniform in their logarithm. Only bids are yielded, since the query reads nothing else, but people and auctions still
//! count: they move the ids and the time on. What a bid becomes is in the README; times never repeat.

use std::collections::HashSet;
use std::fmt::Write as _;

use springtide_core::event::Topic;
use springtide_core::time::{DAY_MS, Millis, format_rfc3339};

use crate::random::Random;

/// One record to write, with this key and this record timestamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its topic.
    pub topic: Topic,
    /// The account, which is the pair of auction and bidder.
    pub key: String,
    /// `occurred_at` in milliseconds since 1970.
    pub timestamp_ms: Millis,
    /// The event as JSON.
    pub value: String,
}

/// One bid of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bid {
    /// The event's number in the stream, people and auctions counted too.
    pub number: u64,
    /// The auction bid on.
    pub auction: u64,
    /// Who bids.
    pub bidder: u64,
    /// The price in cents, 100 to 100,000,000.
    pub price: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: Millis,
}

const PEOPLE: u64 = 1;
const AUCTIONS: u64 = 3;
const ROUND: u64 = 50;
const FIRST_ID: u64 = 1_000;
/// A batch of so many auctions or people has one hot member.
const BATCH: u64 = 100;
const OPEN_AUCTIONS: u64 = 100;
const ACTIVE_PEOPLE: u64 = 1_000;
/// Bids may name auctions and people that come a little later.
const LEAD: u64 = 10;

/// The bids of a stream, in order of time; the same seed gives the same bids.
#[derive(Debug, Clone)]
pub struct Bids {
    random: Random,
    start_ms: Millis,
    event_gap_ms: i64,
    next: u64,
    left: u64,
}

impl Bids {
    /// `count` bids from `start_ms` on, with `event_gap_ms` between two events (10 for 100 events a second).
    pub fn new(seed: u64, start_ms: Millis, event_gap_ms: i64, count: u64) -> Self {
        Self { random: Random::new(seed), start_ms, event_gap_ms, next: 0, left: count }
    }

    fn auction(&mut self, newest: u64) -> u64 {
        let auction = if self.random.below(2) > 0 {
            newest / BATCH * BATCH
        } else {
            let oldest = newest.saturating_sub(OPEN_AUCTIONS);
            oldest + self.random.below(newest - oldest + 1 + LEAD)
        };
        FIRST_ID + auction
    }

    fn bidder(&mut self, newest: u64) -> u64 {
        let bidder = if self.random.below(4) > 0 {
            // The second of the batch.
            newest / BATCH * BATCH + 1
        } else {
            let people = newest + 1;
            let active = people.min(ACTIVE_PEOPLE);
            people - active + self.random.below(active + LEAD)
        };
        FIRST_ID + bidder
    }
}

impl ExactSizeIterator for Bids {}

impl Iterator for Bids {
    type Item = Bid;

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        (left, Some(left))
    }

    fn next(&mut self) -> Option<Bid> {
        self.left = self.left.checked_sub(1)?;
        // The first events of a round are a person and the auctions.
        if self.next % ROUND < PEOPLE + AUCTIONS {
            self.next += PEOPLE + AUCTIONS;
        }
        let number = self.next;
        self.next += 1;
        let round = number / ROUND;
        let auction = self.auction(round * AUCTIONS + AUCTIONS - 1);
        let bidder = self.bidder(round * PEOPLE + PEOPLE - 1);
        let price = (10_f64.powf(self.random.share() * 6.0) * 100.0).round() as u64;
        let at_ms = self.start_ms + number as i64 * self.event_gap_ms;
        Some(Bid { number, auction, bidder, price, at_ms })
    }
}

/// The accounts' profiles, one for each pair among the bids, a day before the first of them.
///
/// Springtide asks for a profile before any play is active. They are to be written before the bids.
pub fn profiles(bids: Bids) -> impl Iterator<Item = Record> {
    let timestamp_ms = bids.start_ms - DAY_MS;
    let occurred_at = format_rfc3339(timestamp_ms);
    let mut seen = HashSet::new();
    bids.filter(move |bid| seen.insert((bid.auction, bid.bidder))).map(move |bid| {
        let key = account(&bid);
        let mut value = String::with_capacity(160);
        // Writing to a string cannot fail.
        let _ = write!(
            value,
            r#"{{"event_id":"p{key}","account_id":"{key}","occurred_at":"{occurred_at}","name":"{key}","segment":"smb","mrr":0,"currency":"USD"}}"#
        );
        Record { topic: Topic::AccountProfiles, key, timestamp_ms, value }
    })
}

/// Each bid as a `meter_reading` of `product-usage`.
pub fn usage(bids: Bids) -> impl Iterator<Item = Record> {
    bids.map(|bid| {
        let key = account(&bid);
        let occurred_at = format_rfc3339(bid.at_ms);
        let mut value = String::with_capacity(160);
        let _ = write!(
            value,
            r#"{{"event_id":"b{}","account_id":"{key}","occurred_at":"{occurred_at}","type":"meter_reading","meter":"bid","used":{}}}"#,
            bid.number, bid.price
        );
        Record { topic: Topic::ProductUsage, key, timestamp_ms: bid.at_ms, value }
    })
}

fn account(bid: &Bid) -> String {
    format!("{}-{}", bid.auction, bid.bidder)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START_MS: Millis = 1_772_409_600_000;

    #[test]
    fn a_seed_gives_its_stream_again() {
        let stream = |seed| usage(Bids::new(seed, START_MS, 10, 500)).collect::<Vec<_>>();
        assert_eq!(stream(7), stream(7));
        assert_ne!(stream(7), stream(8));
    }

    #[test]
    fn times_rise_and_skip_what_is_no_bid() {
        let bids: Vec<_> = Bids::new(1, START_MS, 10, 46 * 3).collect();
        assert_eq!(bids.len(), Bids::new(1, START_MS, 10, 46 * 3).len());
        assert!(bids.windows(2).all(|pair| pair[0].at_ms < pair[1].at_ms));
        assert_eq!(
            bids.iter().map(|bid| bid.number).collect::<Vec<_>>(),
            (0..150).filter(|n| n % 50 >= 4).collect::<Vec<_>>()
        );
    }

    #[test]
    fn the_shares_are_nexmarks() {
        let bids: Vec<_> = Bids::new(3, START_MS, 10, 200_000).collect();
        let share = |wanted: &dyn Fn(&Bid) -> bool| {
            bids.iter().filter(|bid| wanted(bid)).count() as f64 / bids.len() as f64
        };
        let near = |value: f64, wanted: f64| (value - wanted).abs() < 0.02;
        assert!(near(share(&|bid| bid.auction % BATCH == 0), 0.5));
        assert!(near(share(&|bid| bid.bidder % BATCH == 1), 0.75));
        assert!(near(share(&|bid| bid.price <= 10_000), 1.0 / 3.0));
        assert!(near(share(&|bid| bid.price >= 1_000_000), 1.0 / 3.0));
    }

    #[test]
    fn every_pair_has_one_profile() {
        let bids = Bids::new(5, START_MS, 10, 5_000);
        let mut pairs: Vec<_> = usage(bids.clone()).map(|record| record.key).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut keys: Vec<_> = profiles(bids).map(|record| record.key).collect();
        keys.sort_unstable();
        assert_eq!(keys, pairs);
    }
}
