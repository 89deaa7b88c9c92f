//! Input beyond what a process holds: visits of ever more accounts, and one account with events by the hundred thousand.

use std::fmt::Write;
use std::time::{Duration, Instant};

use springtide_core::time::{HOUR_MS, format_rfc3339};

use crate::feed::Feed;
use crate::random::Random;
use crate::records::Record;

/// 2024-01-01; all of it is past whatever the machine's clock says.
const START: i64 = 1_704_067_200_000;
/// From visit to visit: 200,000 of them are seven weeks, in which accounts come to rest and state is pruned.
const STEP: i64 = 21_000;
/// Of so many visits all but one are an account's first.
const AGAIN: usize = 4;
/// Event of a giant from event to event: 300,000 of them are three and a half days.
const GIANT_STEP: i64 = 1_000;
/// Users of a giant.
const USERS: usize = 2_000;

/// Visits of accounts, in the order of time.
pub struct Flood {
    random: Random,
    visits: i64,
    accounts: usize,
}

impl Flood {
    /// The same for the same seed.
    pub fn new(seed: u64) -> Flood {
        Flood { random: Random::new(seed), visits: 0, accounts: 0 }
    }

    /// Accounts that were seen so far.
    pub fn accounts(&self) -> usize {
        self.accounts
    }

    /// Writes so many visits, evenly over a time; returns how many records that were.
    pub fn write(&mut self, feed: &Feed<impl Fn(&str) -> String>, visits: usize, over: Duration) -> u64 {
        let began = Instant::now();
        let mut records = 0;
        for visit in 0..visits {
            let due = over.mul_f64(visit as f64 / visits as f64);
            std::thread::sleep(due.saturating_sub(began.elapsed()));
            for record in self.visit() {
                feed.send(&record);
                records += 1;
            }
        }
        feed.flush();
        records
    }

    /// The records of one account at one time: who it is, its seats, its users, what it uses, a job posting.
    fn visit(&mut self) -> Vec<Record> {
        self.visits += 1;
        let again = self.random.below(AGAIN) == 0 && self.accounts > 0;
        let number = if again { self.random.below(self.accounts) } else { self.accounts };
        self.accounts += usize::from(!again);
        let source = Source { account: format!("account-{number}"), at: START + self.visits * STEP };
        let (id, user) = (self.visits, self.random.below(1_000_000));
        let seats = format!(r#""seats_used":{},"seats_licensed":50"#, user % 50);
        let active = format!(r#""user_id":"u{user}""#);
        let feature = format!(r#""feature":"f{}","user_id":"u{user}""#, user % 9);
        let posting = format!(r#""posting_id":"p{id}","title":"Engineer","department":"sales""#);
        let mut records = vec![
            source.event(&format!("{id}s"), "product-usage", "seat_snapshot", &seats),
            source.event(&format!("{id}u"), "product-usage", "user_activity", &active),
            source.event(&format!("{id}f"), "product-usage", "feature_used", &feature),
            source.event(&format!("{id}j"), "business-signals", "job_posted", &posting),
        ];
        if !again {
            records.extend(source.expanding(&mut self.random));
        }
        records
    }
}

/// So many events of one account in one partition, out of order by up to an hour, and after each so many of them a
/// new account with an opportunity.
pub fn giant(events: usize, small_after: usize, seed: u64) -> Vec<Record> {
    let mut random = Random::new(seed);
    let mut records = Source { account: "giant".to_owned(), at: START }.expanding(&mut random).to_vec();
    for number in 0..events {
        let at = START + HOUR_MS + number as i64 * GIANT_STEP;
        let back = i64::try_from(random.below(HOUR_MS as usize)).unwrap_or(0);
        let source = Source { account: "giant".to_owned(), at: at - back };
        let active = format!(r#""user_id":"u{}""#, random.below(USERS));
        records.push(source.event(&format!("g{number}"), "product-usage", "user_activity", &active));
        if number % small_after == small_after - 1 {
            let source = Source { account: format!("small-{}", number / small_after), at };
            records.extend(source.expanding(&mut random));
        }
    }
    records
}

/// An account at an instant.
struct Source {
    account: String,
    at: i64,
}

impl Source {
    fn event(&self, id: &str, topic: &'static str, kind: &str, fields: &str) -> Record {
        let value = format!(
            r#"{{"event_id":"{id}","account_id":"{}","occurred_at":"{}","type":"{kind}",{fields}}}"#,
            self.account,
            format_rfc3339(self.at)
        );
        Record::new(topic, &self.account, value)
    }

    /// A profile of half a kilobyte that does not compress well, and a reading that makes an opportunity.
    fn expanding(&self, random: &mut Random) -> [Record; 2] {
        let mut words = String::new();
        for _ in 0..24 {
            let _ = write!(words, "{:016x}", random.below(usize::MAX));
        }
        let (account, at) = (&self.account, format_rfc3339(self.at));
        let profile = format!(
            r#"{{"event_id":"{account}-p","account_id":"{account}","occurred_at":"{at}","name":"{account}","domains":["{words}"],"segment":"smb","mrr":1000,"currency":"USD","health_score":80,"first_value_at":"2023-01-01T00:00:00Z","buyer_departments":["sales"],"renewal_at":"2024-09-01T00:00:00Z"}}"#
        );
        let reading = r#""meter":"calls","used":85,"limit":100"#;
        [
            Record::new("account-profiles", account, profile),
            self.event(&format!("{account}-m"), "product-usage", "meter_reading", reading),
        ]
    }
}
