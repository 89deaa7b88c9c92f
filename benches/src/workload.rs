//! The events that every contender reads: accounts by a skewed draw, 60 days, in order or out of it, by seed.
//!
//! A small share of accounts has most of the events (the account's number is the cube of an even draw), as it is with
//! customers. No two events have one time, so that no contender needs a rule for that.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use springtide_core::event::Topic;
use springtide_core::time::{DAY_MS, Millis};

use crate::random::Random;

/// 2026-06-01, midnight UTC: the first of the days.
pub const START: Millis = 1_780_272_000_000;

const DEPARTMENTS: [&str; 8] =
    ["engineering", "sales", "marketing", "finance", "support", "operations", "legal", "people"];

/// How much of it, and how disordered.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Accounts, each with one profile.
    pub accounts: u64,
    /// Usage events.
    pub usage: u64,
    /// Business events.
    pub business: u64,
    /// When the first of them happens.
    pub start: Millis,
    /// How long the time is that they are spread over, in milliseconds.
    pub span_ms: i64,
    /// How much later than its time an event may come at most, in milliseconds.
    pub disorder_ms: i64,
    /// Where the draw begins.
    pub seed: u64,
}

impl Default for Workload {
    fn default() -> Workload {
        Workload {
            accounts: 200_000,
            usage: 4_000_000,
            business: 100_000,
            start: START,
            span_ms: 60 * DAY_MS,
            disorder_ms: 0,
            seed: 7,
        }
    }
}

/// A value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// A text of a fixed set.
    Word(&'static str),
    /// A text.
    Text(String),
    /// A count.
    Count(i64),
    /// An amount.
    Amount(f64),
    /// An instant.
    Time(Millis),
    /// Texts.
    Words(Vec<&'static str>),
    /// Names by role.
    Names(Vec<(&'static str, String)>),
}

/// One event.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its topic.
    pub topic: Topic,
    /// Its account, which is its key.
    pub account: String,
    /// When it happened.
    pub at: Millis,
    /// Its other fields, `event_id` and `type` among them.
    pub fields: Vec<(&'static str, Datum)>,
}

impl Workload {
    /// The profiles, one an account.
    pub fn profiles(&self) -> impl Iterator<Item = Record> + '_ {
        (0..self.accounts).map(|number| profile(self.account(number), self.start))
    }

    /// All else, in the order of arrival.
    pub fn events(&self) -> Events<'_> {
        Events {
            workload: self,
            random: Random::new(self.seed),
            number: 0,
            business_due: 0,
            waiting: BinaryHeap::new(),
        }
    }

    fn account(&self, number: u64) -> Account {
        let mut random = Random::new(self.seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let licensed = 20 + random.below(1_000) as i64;
        let first = random.below(8) as usize;
        let second = (first + 1 + random.below(7) as usize) % 8;
        Account {
            number,
            licensed,
            used: (licensed as f64 * (0.3 + random.share() * 0.55)) as i64,
            filling: random.percent(25),
            buyers: vec![DEPARTMENTS[first], DEPARTMENTS[second]],
            random,
        }
    }
}

/// What is drawn once for an account.
struct Account {
    number: u64,
    licensed: i64,
    /// Seats in use on the first day.
    used: i64,
    /// Whether its seats fill up in the course of the days.
    filling: bool,
    buyers: Vec<&'static str>,
    random: Random,
}

fn name_of(number: u64) -> String {
    format!("account-{number:07}")
}

fn profile(mut account: Account, start: Millis) -> Record {
    let random = &mut account.random;
    let segment = ["smb", "mid_market", "enterprise"][random.below(3) as usize];
    let mut fields = vec![
        ("event_id", Datum::Text(format!("p-{}", account.number))),
        ("name", Datum::Text(format!("Customer {}", account.number))),
        ("domains", Datum::Words(vec![])),
        ("segment", Datum::Word(segment)),
        ("mrr", Datum::Amount(200.0 + random.below(20_000) as f64)),
        ("currency", Datum::Word("EUR")),
        ("seats_licensed", Datum::Count(account.licensed)),
        ("health_score", Datum::Amount(30.0 + random.below(71) as f64)),
        ("first_value_at", Datum::Time(start - (60 + random.below(540) as i64) * DAY_MS)),
        ("renewal_at", Datum::Time(start + (61 + random.below(300) as i64) * DAY_MS)),
        ("champion", Datum::Word(["none", "weak", "moderate", "strong"][random.below(4) as usize])),
        ("products", Datum::Words(vec!["base"])),
        ("buyer_departments", Datum::Words(account.buyers)),
        ("owners", Datum::Names(vec![("customer_success", format!("csm-{}", account.number % 50))])),
        ("external_ids", Datum::Names(vec![("salesforce", format!("001{:012}", account.number))])),
    ];
    if random.percent(70) {
        fields.push(("last_expansion_at", Datum::Time(start - (10 + random.below(490) as i64) * DAY_MS)));
    }
    // Spread over a day, before all else.
    let at = start - 2 * DAY_MS + (account.number % 86_400_000) as i64;
    Record { topic: Topic::AccountProfiles, account: name_of(account.number), at, fields }
}

/// The events of a [`Workload`], in the order of arrival.
pub struct Events<'w> {
    workload: &'w Workload,
    random: Random,
    number: u64,
    /// Business events are spread evenly among the others.
    business_due: u64,
    waiting: BinaryHeap<Reverse<Waiting>>,
}

struct Waiting {
    arrival: Millis,
    number: u64,
    record: Record,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Waiting) -> bool {
        self.number == other.number
    }
}
impl Eq for Waiting {}
impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Waiting) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Waiting {
    fn cmp(&self, other: &Waiting) -> std::cmp::Ordering {
        (self.arrival, self.number).cmp(&(other.arrival, other.number))
    }
}

impl Iterator for Events<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let total = self.workload.usage + self.workload.business;
        loop {
            let now = self.time(self.number);
            let ready = self.waiting.peek().is_some_and(|Reverse(first)| first.arrival <= now);
            if ready || self.number == total {
                return self.waiting.pop().map(|Reverse(first)| first.record);
            }
            let record = self.draw(now);
            let arrival = match self.workload.disorder_ms {
                0 => now,
                most => now + self.random.below(most as u64) as i64,
            };
            self.waiting.push(Reverse(Waiting { arrival, number: self.number, record }));
            self.number += 1;
        }
    }
}

impl Events<'_> {
    fn time(&self, number: u64) -> Millis {
        let total = i128::from(self.workload.usage + self.workload.business);
        let span = i128::from(self.workload.span_ms);
        self.workload.start + (i128::from(number) * span / total.max(1)) as Millis
    }

    fn draw(&mut self, at: Millis) -> Record {
        let share = self.random.share();
        let number = (self.workload.accounts as f64 * share * share * share) as u64;
        let account = self.workload.account(number.min(self.workload.accounts - 1));
        self.business_due += self.workload.business;
        let total = self.workload.usage + self.workload.business;
        let (topic, mut fields) = if self.business_due >= total {
            self.business_due -= total;
            (Topic::BusinessSignals, self.news(&account))
        } else {
            (Topic::ProductUsage, self.usage(&account, at))
        };
        fields.insert(0, ("event_id", Datum::Text(format!("e-{:08x}-{:x}", self.number, account.number))));
        Record { topic, account: name_of(account.number), at, fields }
    }

    fn usage(&mut self, account: &Account, at: Millis) -> Vec<(&'static str, Datum)> {
        let random = &mut self.random;
        let people = account.licensed as u64;
        match random.below(100) {
            0..40 => vec![
                ("type", Datum::Word("user_activity")),
                ("user_id", Datum::Text(format!("user-{}", random.below(people)))),
            ],
            40..80 => {
                let days = (at - self.workload.start) as f64 / DAY_MS as f64;
                let grown = if account.filling { days * account.licensed as f64 * 0.01 } else { 0.0 };
                let used = account.used as f64 + grown + random.share() * account.licensed as f64 * 0.04;
                vec![
                    ("type", Datum::Word("seat_snapshot")),
                    ("seats_used", Datum::Count((used as i64).min(account.licensed))),
                    ("seats_licensed", Datum::Count(account.licensed)),
                ]
            }
            80..95 => vec![
                ("type", Datum::Word("user_invited")),
                ("invitee", Datum::Text(format!("guest-{}@example.com", random.below(people)))),
            ],
            _ => vec![
                ("type", Datum::Word("meter_reading")),
                ("meter", Datum::Word("api_calls")),
                ("used", Datum::Amount(random.below(9_000) as f64 + 0.5)),
                ("limit", Datum::Amount(10_000.0)),
            ],
        }
    }

    fn news(&mut self, account: &Account) -> Vec<(&'static str, Datum)> {
        let number = self.number;
        let random = &mut self.random;
        let department = match random.percent(50) {
            true => account.buyers[random.below(2) as usize],
            false => DEPARTMENTS[random.below(8) as usize],
        };
        match random.below(100) {
            0..70 => vec![
                ("type", Datum::Word("job_posted")),
                ("posting_id", Datum::Text(format!("job-{number}"))),
                ("title", Datum::Word("Account Executive")),
                ("department", Datum::Word(department)),
            ],
            70..85 => vec![
                ("type", Datum::Word("executive_hired")),
                ("title", Datum::Word("Head of it all")),
                (
                    "seniority",
                    Datum::Word(["c_level", "vp", "director", "manager"][random.below(4) as usize]),
                ),
                ("department", Datum::Word(department)),
            ],
            85..93 => vec![
                ("type", Datum::Word("news_published")),
                ("sentiment", Datum::Word(["positive", "neutral", "negative"][random.below(3) as usize])),
                ("headline", Datum::Word("Quarter ended as expected")),
            ],
            93..97 => vec![
                ("type", Datum::Word("intent_surge")),
                ("topic", Datum::Word("analytics")),
                ("score", Datum::Amount(random.below(100) as f64)),
            ],
            _ => vec![
                ("type", Datum::Word("funding_raised")),
                ("round", Datum::Word("B")),
                ("amount_usd", Datum::Amount(20_000_000.0)),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn small(disorder_ms: i64) -> Workload {
        Workload { accounts: 500, usage: 20_000, business: 500, disorder_ms, ..Workload::default() }
    }

    #[test]
    fn disorder_moves_events_and_changes_none() {
        let hour = 3_600_000;
        let mut in_order: Vec<String> = small(0).events().map(|record| format!("{record:?}")).collect();
        let disordered: Vec<Record> = small(hour).events().collect();
        let most = disordered.iter().scan(0, |high, record| {
            *high = record.at.max(*high);
            Some(*high - record.at)
        });
        assert!(most.clone().max() > Some(hour / 2) && most.clone().all(|behind| behind <= hour));
        assert_eq!(in_order.len(), 20_500);
        in_order.sort_unstable();
        assert_eq!(disordered.len(), in_order.len());
    }

    #[test]
    fn the_mix_is_as_promised_and_no_time_comes_twice() {
        let events: Vec<Record> = small(0).events().collect();
        let share = |word: &str| {
            let is = |record: &&Record| {
                record.fields.iter().any(|(_, datum)| matches!(datum, Datum::Word(kind) if *kind == word))
            };
            let all = if word == "job_posted" { 500.0 } else { 20_000.0 };
            events.iter().filter(is).count() as f64 / all
        };
        for (word, expected) in
            [("user_activity", 0.4), ("seat_snapshot", 0.4), ("user_invited", 0.15), ("job_posted", 0.7)]
        {
            assert!((share(word) - expected).abs() < 0.05, "{word}: {}", share(word));
        }
        let times: BTreeSet<Millis> = events.iter().map(|record| record.at).collect();
        assert_eq!(times.len(), events.len());
        assert_eq!(events.iter().filter(|record| record.topic == Topic::BusinessSignals).count(), 500);
    }
}
