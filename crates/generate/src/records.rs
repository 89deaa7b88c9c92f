//! The stream: one day after the other, in the order of event time or of arrival.

use std::collections::VecDeque;

use springtide_core::event::Topic;
use springtide_core::time::{DAY_MS, day_of, weekday};

use crate::account::{Account, Scene};
use crate::draft::{Draft, Today};
use crate::line::line;
use crate::random::Random;
use crate::settings::Settings;

/// The records of the settings, each as its topic and one JSON object: in the order of `occurred_at`, or with
/// `disorder` in the order of arrival.
///
/// ```
/// use springtide_generate::{Settings, Topic, generate};
/// let settings = Settings::new(1, 3, 2, 1_767_225_600_000);
/// let (topic, line) = generate(&settings).next().expect("three accounts have a first record");
/// assert_eq!(topic, Topic::AccountProfiles);
/// assert!(line.starts_with(r#"{"event_id":"e"#) && line.contains(r#""occurred_at":"2026-01-01T00:00:"#));
/// assert!(generate(&settings).eq(generate(&settings)));
/// ```
pub fn generate(settings: &Settings) -> Records {
    Records {
        settings: *settings,
        accounts: (0..settings.accounts).map(|index| Account::born(settings, index)).collect(),
        day: 0,
        arrivals: VecDeque::new(),
        ready: Vec::new(),
    }
}

/// The records of some settings; see [`generate`].
#[derive(Debug)]
pub struct Records {
    settings: Settings,
    accounts: Vec<Account>,
    /// Days simulated so far.
    day: u32,
    /// Drafts by day of arrival, from the day after the one in `ready`.
    arrivals: VecDeque<Vec<Draft>>,
    /// The rest of a day's drafts, the last to arrive in front.
    ready: Vec<Draft>,
}

impl Iterator for Records {
    type Item = (Topic, String);

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            if self.day >= self.settings.days && self.arrivals.is_empty() {
                return None;
            }
            self.advance();
        }
        self.ready.pop().map(|draft| line(self.settings.seed, &draft))
    }
}

impl Records {
    /// Simulates the next day, if there is one, and readies what arrives on it.
    fn advance(&mut self) {
        if self.day < self.settings.days {
            self.simulate();
        }
        self.day = self.day.saturating_add(1);
        self.ready = self.arrivals.pop_front().unwrap_or_default();
        // The account and its serial make the order total.
        self.ready.sort_unstable_by_key(|draft| (draft.arrives(), draft.account, draft.serial));
        self.ready.reverse();
    }

    fn simulate(&mut self) {
        let start = self.settings.first_instant() + i64::from(self.day) * DAY_MS;
        let weekend = weekday(day_of(start)) >= 5;
        let mut today = Today { settings: &self.settings, start, weekend, arrivals: &mut self.arrivals };
        for account in self.accounts.iter_mut().filter(|account| account.joins < start + DAY_MS) {
            let random = Random::of(account.seed, u64::from(self.day));
            let mut scene = Scene { account, today: &mut today, random };
            scene.lifecycle_day();
            scene.business_day();
            // Of a customer who left only the world goes on telling.
            if !scene.account.gone {
                scene.product_day();
                scene.engagement_day();
            }
        }
    }
}
