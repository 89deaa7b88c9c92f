//! What will become a record: small while it waits for its turn, text only when it is taken.

use std::collections::VecDeque;

use springtide_core::event::Topic;
use springtide_core::time::{DAY_MS, HOUR_MS, Millis, SECOND_MS};

use crate::account::Account;
use crate::random::Random;
use crate::settings::Settings;

/// A record to be. The order is that of arrival, which without disorder is that of event time.
#[derive(Debug)]
pub struct Draft {
    /// Event time.
    pub at: Millis,
    /// How much later it arrives, in milliseconds.
    pub delay: u32,
    /// The account's number.
    pub account: u32,
    /// The record's number in the account.
    pub serial: u32,
    /// What it says.
    pub what: What,
}

/// What a record says: the frequent ones as numbers, all others as the text of their members.
#[derive(Debug)]
pub enum What {
    /// `user_activity`
    Visit { user: u32 },
    /// `feature_used`
    Use { feature: u8, user: u32 },
    /// `seat_snapshot`
    Seats { used: u32, licensed: Option<u32> },
    /// `meter_reading`
    Reading { meter: u8, used: f64, limit: Option<f64> },
    /// Any other.
    Other(Topic, Box<str>),
}

impl What {
    /// The topic it belongs to.
    pub fn topic(&self) -> Topic {
        match self {
            What::Other(topic, _) => *topic,
            _ => Topic::ProductUsage,
        }
    }
}

impl Draft {
    /// When it arrives.
    pub fn arrives(&self) -> Millis {
        self.at + i64::from(self.delay)
    }
}

/// The day that is being simulated, and the drafts by the day on which they arrive, from this one on.
pub struct Today<'a> {
    /// What to generate.
    pub settings: &'a Settings,
    /// The day's first instant.
    pub start: Millis,
    /// Whether people are at home.
    pub weekend: bool,
    /// Drafts by day of arrival; the first is today.
    pub arrivals: &'a mut VecDeque<Vec<Draft>>,
}

impl Today<'_> {
    /// Whether the instant lies in this day.
    pub fn has(&self, at: Millis) -> bool {
        (self.start..self.start + DAY_MS).contains(&at)
    }

    /// Takes a record in, unless it lies before the account or after the window.
    pub fn put(&mut self, account: &mut Account, at: Millis, what: What) {
        // The serial is used up either way, so that ids do not depend on the window or on what is left out.
        account.serial = account.serial.wrapping_add(1);
        let left_out = what.topic() == Topic::OpportunityOutcomes && !self.settings.outcomes;
        if left_out || at < self.start.max(account.joins) || at >= self.settings.end() {
            return;
        }
        let mut draft = Draft { at, delay: 0, account: account.index, serial: account.serial, what };
        if self.settings.disorder {
            // A stream of its own: with and without disorder the records are the same.
            let mut random = Random::of(account.seed, u64::from(draft.serial));
            draft.delay = delay(&mut random, draft.what.topic());
        }
        let days = ((draft.arrives() - self.start) / DAY_MS) as usize;
        if self.arrivals.len() <= days {
            self.arrivals.resize_with(days + 1, Vec::new);
        }
        self.arrivals[days].push(draft);
    }
}

/// How long a record is under way, in milliseconds.
fn delay(random: &mut Random, topic: Topic) -> u32 {
    const SECOND: f64 = SECOND_MS as f64;
    const HOUR: f64 = HOUR_MS as f64;
    let table: &[(f64, f64)] = match topic {
        // Clients send in batches, and some were offline for a moment.
        Topic::ProductUsage => {
            &[(0.0, 0.0), (0.8, 5.0 * SECOND), (0.97, 60.0 * SECOND), (1.0, 900.0 * SECOND)]
        }
        // Vendors crawl, match and deliver in their own time.
        Topic::BusinessSignals => &[
            (0.0, 2.0 * HOUR),
            (0.5, 18.0 * HOUR),
            (0.8, 48.0 * HOUR),
            (0.95, 120.0 * HOUR),
            (1.0, 240.0 * HOUR),
        ],
        // People enter some of it by hand.
        Topic::EngagementSignals => &[(0.0, SECOND), (0.7, 120.0 * SECOND), (1.0, 6.0 * HOUR)],
        Topic::AccountProfiles => &[(0.0, SECOND), (0.9, 60.0 * SECOND), (1.0, HOUR)],
        Topic::OpportunityOutcomes => &[(0.0, 0.0), (1.0, 10.0 * SECOND)],
    };
    random.quantile(table) as u32
}
