//! Input without end: visits of ever more accounts, made as they are written.

use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::feed::Feed;
use crate::random::Random;
use crate::records::Record;

/// 2024-01-01, in milliseconds; all of it is past whatever the machine's clock says.
const START: i64 = 1_704_067_200_000;
/// Time goes by so much from visit to visit: 200,000 of them are seven weeks, in which accounts come to rest and
/// state is pruned.
const STEP: i64 = 21_000;
/// Of so many visits all but one are an account's first.
const AGAIN: usize = 4;

/// Visits, in the order of time.
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

    /// Writes so many visits, evenly over a time.
    pub fn write(&mut self, feed: &Feed<impl Fn(&str) -> String>, visits: usize, over: Duration) {
        let began = Instant::now();
        for visit in 0..visits {
            let due = over.mul_f64(visit as f64 / visits as f64);
            std::thread::sleep(due.saturating_sub(began.elapsed()));
            self.visit().iter().for_each(|record| feed.send(record));
        }
        feed.flush();
    }

    /// The records of one account at one time: who it is, its seats, its users, a job posting.
    fn visit(&mut self) -> Vec<Record> {
        self.visits += 1;
        let at = time(START + self.visits * STEP);
        let again = self.random.below(AGAIN) == 0 && self.accounts > 0;
        let number = if again { self.random.below(self.accounts) } else { self.accounts };
        self.accounts += usize::from(!again);
        let account = format!("account-{number}");
        let id = self.visits;
        let event = |suffix: &str, topic, kind: &str, fields: &str| {
            let value = format!(
                r#"{{"event_id":"{id}{suffix}","account_id":"{account}","occurred_at":"{at}","type":"{kind}",{fields}}}"#
            );
            Record::new(topic, &account, value)
        };
        let user = self.random.below(1_000_000);
        let mut records = vec![
            event(
                "s",
                "product-usage",
                "seat_snapshot",
                &format!(r#""seats_used":{},"seats_licensed":50"#, user % 50),
            ),
            event("u", "product-usage", "user_activity", &format!(r#""user_id":"u{user}""#)),
            event("m", "product-usage", "meter_reading", r#""meter":"calls","used":85,"limit":100"#),
            event(
                "f",
                "product-usage",
                "feature_used",
                &format!(r#""feature":"f{}","user_id":"u{user}""#, user % 9),
            ),
            event(
                "j",
                "business-signals",
                "job_posted",
                &format!(r#""posting_id":"p{id}","title":"Engineer","department":"sales""#),
            ),
        ];
        if !again {
            records.insert(0, self.profile(&account, &at));
        }
        records
    }

    /// A profile of half a kilobyte that does not compress well.
    fn profile(&mut self, account: &str, at: &str) -> Record {
        let mut words = String::new();
        for _ in 0..24 {
            let _ = write!(words, "{:016x}", self.random.below(usize::MAX));
        }
        let value = format!(
            r#"{{"event_id":"{account}-p","account_id":"{account}","occurred_at":"{at}","name":"{account}","domains":["{words}"],"segment":"smb","mrr":1000,"currency":"USD","health_score":80,"first_value_at":"2023-01-01T00:00:00Z","buyer_departments":["sales"],"renewal_at":"2024-09-01T00:00:00Z"}}"#
        );
        Record::new("account-profiles", account, value)
    }
}

/// A time of early 2024 as RFC 3339.
fn time(millis: i64) -> String {
    springtide_core::time::format_rfc3339(millis)
}
