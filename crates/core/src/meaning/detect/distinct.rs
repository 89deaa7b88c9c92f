//! `distinct`: enough distinct key values in the trailing window.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Measure, Step};
use crate::event::{Activity, Key};
use crate::time::Millis;

/// The latest time of each key value, by group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Distinct {
    groups: BTreeMap<Option<Box<str>>, Group>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Group {
    latest: HashMap<Arc<str>, Millis>,
    by_time: BTreeSet<(Millis, Arc<str>)>,
}

impl Group {
    fn note(&mut self, value: &str, at: Millis) {
        let value = match self.latest.get_key_value(value) {
            Some((known, before)) => {
                let known = Arc::clone(known);
                self.by_time.remove(&(*before, Arc::clone(&known)));
                known
            }
            None => Arc::from(value),
        };
        self.latest.insert(Arc::clone(&value), at);
        self.by_time.insert((at, value));
    }

    fn forget(&mut self, before: Millis) {
        while let Some((at, _)) = self.by_time.first()
            && *at < before
        {
            if let Some((_, value)) = self.by_time.pop_first() {
                self.latest.remove(&value);
            }
        }
    }
}

impl Distinct {
    pub(super) fn step(
        &mut self,
        event: &Activity,
        key: Key,
        at_least: u64,
        within_ms: Millis,
        group_by: Option<Key>,
    ) -> Step {
        let Some(value) = event.key(key) else {
            return Step::Passed;
        };
        let group: Option<Box<str>> = group_by.and_then(|key| event.key(key)).map(|name| Box::from(&*name));
        let group = self.groups.entry(group).or_default();
        group.note(&value, event.at);
        group.forget(event.at.saturating_sub(within_ms));
        let count = group.latest.len() as u64;
        if count < at_least {
            return Step::Noted;
        }
        Step::Signal(Some(Measure { value: count as f64, against: at_least as f64 }))
    }

    pub(super) fn forget(&mut self, before: Millis) {
        self.groups.retain(|_, group| {
            group.forget(before);
            !group.latest.is_empty()
        });
    }

    pub(super) fn len(&self) -> usize {
        self.groups.values().map(|group| group.latest.len()).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    pub(super) fn empty_from(&self, within_ms: Millis) -> Option<Millis> {
        let latest = self.groups.values().filter_map(|group| group.by_time.last()).map(|(at, _)| *at).max();
        latest.map(|at| at.saturating_add(within_ms) + 1)
    }
}

/// A group's name, and the latest time of each of its values.
type StoredGroup = (Option<Box<str>>, Vec<(Millis, Arc<str>)>);

/// What is stored: the times by group; the index follows from them.
#[derive(Serialize, Deserialize)]
struct Stored(Vec<StoredGroup>);

impl From<Distinct> for Stored {
    fn from(distinct: Distinct) -> Stored {
        Stored(
            distinct
                .groups
                .into_iter()
                .map(|(name, group)| (name, group.by_time.into_iter().collect()))
                .collect(),
        )
    }
}

impl From<Stored> for Distinct {
    fn from(stored: Stored) -> Distinct {
        let group = |times: Vec<(Millis, Arc<str>)>| Group {
            latest: times.iter().map(|(at, value)| (Arc::clone(value), *at)).collect(),
            by_time: times.into_iter().collect(),
        };
        Distinct { groups: stored.0.into_iter().map(|(name, times)| (name, group(times))).collect() }
    }
}
