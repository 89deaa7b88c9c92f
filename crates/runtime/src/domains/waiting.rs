//! What waits, as far as it is kept in memory: whose domain, where its row is, and since when. The record is fetched again
//! when it is routed.
//!
//! A row takes about 150 bytes, and 190 where no other waits for its domain, whatever the record has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use springtide_core::time::Millis;
use springtide_domains::{beneath, reversed};

/// A source's partition and offset.
pub(super) type Place = (i32, i64);

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its domain, the labels in reverse.
    name: Arc<str>,
    /// Its offset in the waiting topic.
    pub at: i64,
    /// When it began to wait.
    pub since: Millis,
}

/// The rows of the partitions that are ours.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// By partition, in the order in which they came.
    rows: BTreeMap<i32, BTreeMap<i64, Row>>,
    /// By domain, the labels in reverse.
    names: BTreeSet<(Arc<str>, Place)>,
}

const FIRST: Place = (i32::MIN, i64::MIN);

impl Waiting {
    /// Takes a row in; one that is there already has moved.
    pub fn add(&mut self, (partition, offset): Place, domain: &str, at: i64, since: Millis) {
        self.remove((partition, offset));
        let name: Arc<str> = reversed(domain).into();
        // One text for all rows of a domain.
        let known = self.names.range((name.clone(), FIRST)..).next().map(|(known, _)| known);
        let name = known.filter(|known| **known == name).map_or_else(|| Arc::clone(&name), Arc::clone);
        self.names.insert((Arc::clone(&name), (partition, offset)));
        self.rows.entry(partition).or_default().insert(offset, Row { name, at, since });
    }

    /// Takes a row away.
    pub fn remove(&mut self, (partition, offset): Place) {
        if let Some(row) = self.rows.get_mut(&partition).and_then(|rows| rows.remove(&offset)) {
            self.names.remove(&(row.name, (partition, offset)));
        }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.names.clear();
    }

    /// A row.
    pub fn get(&self, (partition, offset): Place) -> Option<&Row> {
        self.rows.get(&partition)?.get(&offset)
    }

    /// How many rows a partition has.
    pub fn count(&self, partition: i32) -> usize {
        self.rows.get(&partition).map_or(0, BTreeMap::len)
    }

    /// Those that wait for a domain, or one beneath it.
    pub fn of(&self, domain: &str) -> Vec<Place> {
        let name: Arc<str> = reversed(domain).into();
        let exact = self.names.range((name.clone(), FIRST)..).take_while(|(known, _)| *known == name);
        let (from, to) = beneath(domain);
        let below = self.names.range((from.into(), FIRST)..(to.into(), FIRST));
        exact.chain(below).map(|(_, place)| *place).collect()
    }

    /// The first rows of a partition that have waited since an instant or longer, so many at most.
    pub fn since(&self, partition: i32, instant: Millis, most: usize) -> Vec<Place> {
        let rows = self.rows.get(&partition).into_iter().flatten();
        let due = rows.take_while(|(_, row)| row.since <= instant).take(most);
        due.map(|(offset, _)| (partition, *offset)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_domain_and_by_age_until_they_go() {
        let mut waiting = Waiting::default();
        for (place, domain, since) in [
            ((0, 1), "acme.com", 10),
            ((0, 2), "eu.acme.com", 20),
            ((1, 1), "mail.eu.acme.com", 30),
            ((0, 3), "notacme.com", 40),
            ((0, 4), "acme.com", 50),
        ] {
            waiting.add(place, domain, 100 + place.1, since);
        }
        assert_eq!(waiting.of("acme.com"), [(0, 1), (0, 4), (0, 2), (1, 1)]);
        assert_eq!(waiting.of("eu.acme.com"), [(0, 2), (1, 1)]);
        assert_eq!(waiting.of("acme.de"), []);
        assert_eq!(waiting.since(0, 40, 2), [(0, 1), (0, 2)]);
        assert_eq!(waiting.since(0, 40, 9), [(0, 1), (0, 2), (0, 3)]);
        assert_eq!((waiting.since(1, 29, 9), waiting.since(2, 99, 9)), (vec![], vec![]));
        // It has moved, as after a copy of the topic.
        waiting.add((0, 1), "acme.com", 7, 10);
        assert_eq!((waiting.count(0), waiting.get((0, 1)).map(|row| row.at)), (4, Some(7)));
        waiting.remove((0, 1));
        waiting.remove((0, 1));
        assert_eq!((waiting.count(0), waiting.of("acme.com").len(), waiting.get((0, 1))), (3, 3, None));
        waiting.clear();
        assert_eq!((waiting.count(0), waiting.of("acme.com")), (0, vec![]));
    }
}
