//! `regulars`: enough users who were active on most of the last days.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Measure, Step, recalled};
use crate::event::{Activity, Key, Kind};
use crate::time::{Day, Millis, day_of, start_of};

/// On which days each user was active.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Regulars {
    /// Ascending days.
    users: BTreeMap<Box<str>, Vec<Day>>,
    today: Option<Today>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Today {
    day: Day,
    /// Users that are regulars as of now.
    regulars: u64,
    /// At most one signal a day.
    fired: bool,
}

impl Regulars {
    pub(super) fn step(
        &mut self,
        event: &Activity,
        key: Key,
        at_least: u64,
        active_days: usize,
        within_days: i64,
    ) -> Step {
        let Some(user) = event.key(key) else {
            return Step::Passed;
        };
        let day = day_of(event.at);
        if self.today.as_ref().is_none_or(|today| today.day != day) {
            self.forget(event.at, within_days);
            let regulars = self.users.values().filter(|days| days.len() >= active_days).count() as u64;
            self.today = Some(Today { day, regulars, fired: false });
        }
        let Some(today) = &mut self.today else {
            return Step::Passed;
        };
        let days = match self.users.get_mut(&*user) {
            Some(days) => days,
            None => self.users.entry(Box::from(&*user)).or_default(),
        };
        if days.last() == Some(&day) {
            return Step::Passed;
        }
        days.push(day);
        today.regulars += u64::from(days.len() == active_days);
        if today.fired || today.regulars < at_least {
            return Step::Noted;
        }
        today.fired = true;
        Step::Signal(Some(Measure { value: today.regulars as f64, against: at_least as f64 }))
    }

    /// Drops the days before the window that ends on the day of `from`.
    pub(super) fn forget(&mut self, from: Millis, within_days: i64) {
        let today = day_of(from);
        let oldest = today - within_days + 1;
        self.users.retain(|_, days| {
            days.drain(..days.partition_point(|day| *day < oldest));
            !days.is_empty()
        });
        if self.today.as_ref().is_some_and(|before| before.day < today) {
            self.today = None;
        }
    }

    pub(super) fn recall(&self, kind: Kind, key: Key) -> Vec<Arc<Activity>> {
        let active = self.users.iter().flat_map(|(user, days)| days.iter().map(move |day| (user, *day)));
        active.map(|(user, day)| recalled(kind, start_of(day), [(key, &**user)])).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.users.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty() && self.today.is_none()
    }

    pub(super) fn empty_from(&self, within_days: i64) -> Option<Millis> {
        let last = self.users.values().filter_map(|days| days.last()).max();
        last.map(|day| start_of(day + within_days))
    }
}
