//! Nexmark bids as Springtide events: a seeded stream for the pattern query in `benches/nexmark/README.md`.
//!
//! The stream follows the facts of the Nexmark generator with its default settings: of 50 events 1 is a person, 3 are
//! auctions and 46 are bids; half of the bids go to one hot auction, three quarters come from one hot bidder; prices are
//! uniform in their logarithm. Only bids are yielded, since the query reads nothing else, but people and auctions still
//! count: they move the ids and the time on. What a bid becomes is in the README; times never repeat.

use std::collections::HashSet;
use std::fmt::Write as _;

/// One record to write: to `<prefix><topic>`, with this key and this record timestamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The topic without its prefix.
    pub topic: &'static str,
    /// The account, which is the pair of auction and bidder.
    pub key: String,
    /// `occurred_at` in milliseconds since 1970.
    pub timestamp_ms: i64,
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
    pub at_ms: i64,
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
const DAY_MS: i64 = 86_400_000;

/// The bids of a stream, in order of time; the same seed gives the same bids.
#[derive(Debug, Clone)]
pub struct Bids {
    random: SplitMix,
    start_ms: i64,
    event_gap_ms: i64,
    next: u64,
    left: u64,
}

impl Bids {
    /// `count` bids from `start_ms` on, with `event_gap_ms` between two events (10 for 100 events a second).
    pub fn new(seed: u64, start_ms: i64, event_gap_ms: i64, count: u64) -> Self {
        Self { random: SplitMix(seed), start_ms, event_gap_ms, next: 0, left: count }
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

impl Iterator for Bids {
    type Item = Bid;

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
        let price = (10_f64.powf(self.random.unit() * 6.0) * 100.0).round() as u64;
        let at_ms = self.start_ms + number as i64 * self.event_gap_ms;
        Some(Bid { number, auction, bidder, price, at_ms })
    }
}

/// The accounts' profiles, one for each pair among the bids, a day before the first of them.
///
/// Springtide asks for a profile before any play is active. They are to be written before the bids.
pub fn profiles(bids: Bids) -> impl Iterator<Item = Record> {
    let timestamp_ms = bids.start_ms - DAY_MS;
    let occurred_at = rfc3339(timestamp_ms);
    let mut seen = HashSet::new();
    bids.filter(move |bid| seen.insert((bid.auction, bid.bidder))).map(move |bid| {
        let key = account(&bid);
        let mut value = String::with_capacity(160);
        // Writing to a string cannot fail.
        let _ = write!(
            value,
            r#"{{"event_id":"p{key}","account_id":"{key}","occurred_at":"{occurred_at}","name":"{key}","segment":"smb","mrr":0,"currency":"USD"}}"#
        );
        Record { topic: "account-profiles", key, timestamp_ms, value }
    })
}

/// Each bid as a `meter_reading` of `product-usage`.
pub fn usage(bids: Bids) -> impl Iterator<Item = Record> {
    bids.map(|bid| {
        let key = account(&bid);
        let occurred_at = rfc3339(bid.at_ms);
        let mut value = String::with_capacity(160);
        let _ = write!(
            value,
            r#"{{"event_id":"b{}","account_id":"{key}","occurred_at":"{occurred_at}","type":"meter_reading","meter":"bid","used":{}}}"#,
            bid.number, bid.price
        );
        Record { topic: "product-usage", key, timestamp_ms: bid.at_ms, value }
    })
}

fn account(bid: &Bid) -> String {
    format!("{}-{}", bid.auction, bid.bidder)
}

/// UTC with milliseconds, for times after 1970.
fn rfc3339(at_ms: i64) -> String {
    let (day, ms) = (at_ms.div_euclid(DAY_MS), at_ms.rem_euclid(DAY_MS));
    let (year, month, day) = date(day);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1_000)
}

/// The date of a day since 1970-01-01, counted in years that begin in March, so that a leap day comes last.
fn date(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, of_year - (153 * from_march + 2) / 5 + 1)
}

/// The SplitMix64 generator: one word of state, and the same numbers on every machine.
#[derive(Debug, Clone)]
struct SplitMix(u64);

impl SplitMix {
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of `0..bound`; the bias for the small bounds used here is far below what is measured.
    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(bound)) >> 64) as u64
    }

    /// One of `0.0..1.0`.
    fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START_MS: i64 = 1_772_409_600_000;

    #[test]
    fn a_seed_gives_its_stream_again() {
        let stream = |seed| usage(Bids::new(seed, START_MS, 10, 500)).collect::<Vec<_>>();
        assert_eq!(stream(7), stream(7));
        assert_ne!(stream(7), stream(8));
    }

    #[test]
    fn times_rise_and_skip_what_is_no_bid() {
        let bids: Vec<_> = Bids::new(1, START_MS, 10, 46 * 3).collect();
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

    #[test]
    fn dates_are_right() {
        for (at_ms, wanted) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_123, "2000-02-29T00:00:00.123Z"),
            (1_772_409_600_000, "2026-03-02T00:00:00.000Z"),
            (1_798_761_599_999, "2026-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(rfc3339(at_ms), wanted);
        }
    }
}
