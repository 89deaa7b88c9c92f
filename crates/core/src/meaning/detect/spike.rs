//! `spike`: the distinct key values of a UTC day reach a multiple of the average of the days before.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Measure, Step};
use crate::event::{Activity, Key};
use crate::sorted::SortedMap;
use crate::time::{Day, Millis, day_of, start_of};

/// How many values past days had, and which ones the current day has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spike {
    past: SortedMap<Day, u64>,
    today: Option<Today>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Today {
    day: Day,
    values: BTreeSet<Box<str>>,
    /// What the count must reach; `None` where too few days came before, or it was reached already.
    threshold: Option<f64>,
}

impl Spike {
    pub(super) fn step(
        &mut self,
        event: &Activity,
        key: Key,
        factor: f64,
        baseline_days: i64,
        min_days: u64,
        min_count: f64,
    ) -> Step {
        let Some(value) = event.key(key) else {
            return Step::Passed;
        };
        let day = day_of(event.at);
        if self.today.as_ref().is_none_or(|today| today.day != day) {
            self.close_day();
            let threshold = self.threshold(day, factor, baseline_days, min_days, min_count);
            self.today = Some(Today { day, values: BTreeSet::new(), threshold });
        }
        let Some(today) = &mut self.today else {
            return Step::Passed;
        };
        if today.values.contains(&*value) {
            return Step::Passed;
        }
        today.values.insert(Box::from(&*value));
        let count = today.values.len() as f64;
        match today.threshold {
            Some(threshold) if count >= threshold => {
                today.threshold = None;
                Step::Signal(Some(Measure { value: count, against: threshold }))
            }
            _ => Step::Noted,
        }
    }

    fn close_day(&mut self) {
        if let Some(today) = self.today.take() {
            self.past.insert(today.day, today.values.len() as u64);
        }
    }

    fn threshold(
        &self,
        day: Day,
        factor: f64,
        baseline_days: i64,
        min_days: u64,
        min_count: f64,
    ) -> Option<f64> {
        let before = day - baseline_days..day;
        let (mut days, mut sum) = (0_u64, 0_u64);
        for count in self.past.iter().filter(|(past, _)| before.contains(past)).map(|(_, count)| *count) {
            days += 1;
            sum += count;
        }
        (days >= min_days && days > 0).then(|| min_count.max(factor * sum as f64 / days as f64))
    }

    pub(super) fn forget(&mut self, from: Millis, baseline_days: i64) {
        let day = day_of(from);
        if self.today.as_ref().is_some_and(|today| today.day < day) {
            self.close_day();
        }
        self.past.retain(|past, _| *past >= day - baseline_days);
    }

    /// How many values each day had, the current one too.
    pub(crate) fn daily(&self) -> BTreeMap<Day, u64> {
        let today = self.today.iter().map(|today| (today.day, today.values.len() as u64));
        self.past.iter().map(|(day, count)| (*day, *count)).chain(today).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.past.len() + self.today.as_ref().map_or(0, |today| today.values.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.past.is_empty() && self.today.is_none()
    }

    pub(super) fn empty_from(&self, baseline_days: i64) -> Option<Millis> {
        let today = self.today.as_ref().map(|today| today.day);
        let last = today.or_else(|| self.past.keys().next_back().copied());
        last.map(|day| start_of(day + baseline_days + 1))
    }
}
