//! `distinct`: enough distinct key values in the trailing window.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Measure, Step, recalled};
use crate::event::{Activity, Key, Kind};
use crate::time::Millis;

/// The latest time of each key value, by group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Distinct {
    /// Events without a group, which are most often all.
    alone: Group,
    groups: BTreeMap<Box<str>, Box<Group>>,
}

/// Values with their latest time, in the order of (time, value).
#[derive(Clone, Debug)]
enum Group {
    /// Looked through from end to end.
    Few(Vec<(Millis, Arc<str>)>),
    Many {
        latest: HashMap<Arc<str>, Millis>,
        by_time: BTreeSet<(Millis, Arc<str>)>,
    },
}

/// From how many values on they are indexed.
const MANY: usize = 24;

impl Default for Group {
    fn default() -> Group {
        Group::Few(Vec::new())
    }
}

impl PartialEq for Group {
    /// By what is remembered, however it is held.
    fn eq(&self, other: &Group) -> bool {
        self.len() == other.len() && self.times().eq(other.times())
    }
}

impl Group {
    /// From values in the order of (time, value), each once.
    fn of(times: Vec<(Millis, Arc<str>)>) -> Group {
        if times.len() < MANY {
            return Group::Few(times);
        }
        let latest = times.iter().map(|(at, value)| (Arc::clone(value), *at)).collect();
        Group::Many { latest, by_time: times.into_iter().collect() }
    }

    fn len(&self) -> usize {
        match self {
            Group::Few(times) => times.len(),
            Group::Many { latest, .. } => latest.len(),
        }
    }

    fn times(&self) -> Box<dyn Iterator<Item = &(Millis, Arc<str>)> + '_> {
        match self {
            Group::Few(times) => Box::new(times.iter()),
            Group::Many { by_time, .. } => Box::new(by_time.iter()),
        }
    }

    fn last_at(&self) -> Option<Millis> {
        match self {
            Group::Few(times) => times.last().map(|(at, _)| *at),
            Group::Many { by_time, .. } => by_time.last().map(|(at, _)| *at),
        }
    }

    /// Takes in a value, which is at or after all that were taken in before.
    fn note(&mut self, value: &str, at: Millis) {
        match self {
            Group::Few(times) => {
                let known = times.iter().position(|(_, known)| **known == *value);
                let value = known.map_or_else(|| Arc::from(value), |known| times.remove(known).1);
                let place = times.partition_point(|known| *known < (at, Arc::clone(&value)));
                times.insert(place, (at, value));
                if times.len() >= MANY {
                    *self = Group::of(std::mem::take(times));
                }
            }
            Group::Many { latest, by_time } => {
                let value = match latest.get_key_value(value) {
                    Some((known, before)) => {
                        let known = Arc::clone(known);
                        by_time.remove(&(*before, Arc::clone(&known)));
                        known
                    }
                    None => Arc::from(value),
                };
                latest.insert(Arc::clone(&value), at);
                by_time.insert((at, value));
            }
        }
    }

    fn forget(&mut self, before: Millis) {
        match self {
            Group::Few(times) => drop(times.drain(..times.partition_point(|(at, _)| *at < before))),
            Group::Many { latest, by_time } => {
                while by_time.first().is_some_and(|(at, _)| *at < before) {
                    if let Some((_, value)) = by_time.pop_first() {
                        latest.remove(&value);
                    }
                }
                if latest.len() < MANY / 2 {
                    *self = Group::Few(std::mem::take(by_time).into_iter().collect());
                }
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
        let group = match group_by.and_then(|key| event.key(key)) {
            None => &mut self.alone,
            Some(name) => match self.groups.get_mut(&*name) {
                Some(known) => known,
                None => self.groups.entry(Box::from(&*name)).or_default(),
            },
        };
        group.note(&value, event.at);
        group.forget(event.at.saturating_sub(within_ms));
        let count = group.len() as u64;
        if count < at_least {
            return Step::Noted;
        }
        Step::Signal(Some(Measure { value: count as f64, against: at_least as f64 }))
    }

    pub(super) fn recall(&self, kind: Kind, key: Key, group_by: Option<Key>) -> Vec<Arc<Activity>> {
        let named = self.groups.iter().map(|(name, group)| (Some(&**name), &**group));
        let of_group = |(name, group): (Option<&str>, &Group)| {
            let grouped = group_by.zip(name);
            let event = |(at, value): &(Millis, Arc<str>)| {
                recalled(kind, *at, std::iter::once((key, &**value)).chain(grouped))
            };
            group.times().map(event).collect::<Vec<_>>()
        };
        std::iter::once((None, &self.alone)).chain(named).flat_map(of_group).collect()
    }

    pub(super) fn forget(&mut self, before: Millis) {
        self.alone.forget(before);
        self.groups.retain(|_, group| {
            group.forget(before);
            group.len() > 0
        });
    }

    fn all(&self) -> impl Iterator<Item = &Group> {
        std::iter::once(&self.alone).chain(self.groups.values().map(|group| &**group))
    }

    pub(super) fn len(&self) -> usize {
        self.all().map(Group::len).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn empty_from(&self, within_ms: Millis) -> Option<Millis> {
        self.all().filter_map(Group::last_at).max().map(|at| at.saturating_add(within_ms) + 1)
    }
}

/// A group's name, and the latest time of each of its values.
type StoredGroup = (Option<Box<str>>, Vec<(Millis, Arc<str>)>);

/// What is stored: the times by group; the index follows from them.
#[derive(Serialize, Deserialize)]
struct Stored(Vec<StoredGroup>);

impl From<Distinct> for Stored {
    fn from(Distinct { alone, groups }: Distinct) -> Stored {
        let times = |group: &Group| group.times().cloned().collect();
        let alone = (alone.len() > 0).then(|| (None, times(&alone)));
        let named = groups.into_iter().map(|(name, group)| (Some(name), times(&group)));
        Stored(alone.into_iter().chain(named).collect())
    }
}

impl From<Stored> for Distinct {
    fn from(stored: Stored) -> Distinct {
        let mut distinct = Distinct::default();
        for (name, times) in stored.0 {
            match name {
                None => distinct.alone = Group::of(times),
                Some(name) => drop(distinct.groups.insert(name, Box::new(Group::of(times)))),
            }
        }
        distinct
    }
}
