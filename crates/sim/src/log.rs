//! One partition of a topic: records, transactions' markers, what a reader of what is committed sees, compaction.

use std::collections::{BTreeMap, BTreeSet};

use springtide_core::time::Millis;
use springtide_runtime::kafka::Headers;

/// A transaction, by when it began among all.
pub type Serial = u64;

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Headers.
    pub headers: Headers,
    /// When it was written.
    pub written_at: Millis,
}

#[derive(Clone, Debug)]
enum Kind {
    Data { data: Data, transaction: Option<Serial> },
    Marker,
}

/// One partition of a topic.
#[derive(Clone, Debug, Default)]
pub struct Log {
    slots: BTreeMap<i64, Kind>,
    next: i64,
    /// Transactions without a marker here yet, by where they began.
    open: BTreeMap<Serial, i64>,
    aborted: BTreeSet<Serial>,
}

impl Log {
    /// Appends a record; returns its offset.
    pub fn append(&mut self, data: Data, transaction: Option<Serial>) -> i64 {
        let offset = self.put(Kind::Data { data, transaction });
        if let Some(serial) = transaction {
            self.open.entry(serial).or_insert(offset);
        }
        offset
    }

    /// Ends a transaction that wrote here.
    pub fn mark(&mut self, serial: Serial, committed: bool) {
        if self.open.remove(&serial).is_some() {
            self.put(Kind::Marker);
            if !committed {
                self.aborted.insert(serial);
            }
        }
    }

    fn put(&mut self, kind: Kind) -> i64 {
        let offset = self.next;
        self.next += 1;
        self.slots.insert(offset, kind);
        offset
    }

    /// Where it ends, what is open included.
    pub fn end(&self) -> i64 {
        self.next
    }

    /// Where it ends for a reader of what is committed.
    pub fn stable(&self) -> i64 {
        self.open.values().copied().min().unwrap_or(self.next)
    }

    /// Where it begins.
    pub fn beginning(&self) -> i64 {
        self.slots.keys().next().copied().unwrap_or(self.next)
    }

    /// What is committed, from an offset on.
    pub fn committed(&self, from: i64) -> impl Iterator<Item = (i64, &Data)> {
        let stable = self.stable().max(from);
        self.slots.range(from..stable).filter_map(|(offset, kind)| match kind {
            Kind::Data { transaction: Some(serial), .. } if self.aborted.contains(serial) => None,
            Kind::Data { data, .. } => Some((*offset, data)),
            Kind::Marker => None,
        })
    }

    /// All that was written, committed or not.
    pub fn uncommitted(&self, from: i64) -> impl Iterator<Item = (i64, &Data)> {
        self.slots.range(from..).filter_map(|(offset, kind)| match kind {
            Kind::Data { data, .. } => Some((*offset, data)),
            Kind::Marker => None,
        })
    }

    /// Forgets what a later record of its key replaced, tombstones from before an instant, and what was aborted; the last
    /// record stays.
    pub fn compact(&mut self, tombstones_before: Millis) {
        let stable = self.stable();
        let latest: BTreeMap<Vec<u8>, i64> =
            self.committed(0).filter_map(|(offset, data)| Some((data.key.clone()?, offset))).collect();
        let (aborted, last) = (&self.aborted, self.next - 1);
        self.slots.retain(|offset, kind| match kind {
            _ if *offset >= stable || *offset == last => true,
            Kind::Marker => false,
            Kind::Data { transaction: Some(serial), .. } if aborted.contains(serial) => false,
            Kind::Data { data, .. } => {
                let is_latest = data.key.as_ref().and_then(|key| latest.get(key)) == Some(offset);
                is_latest && (data.value.is_some() || data.written_at >= tombstones_before)
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(key: &str, value: Option<&str>) -> Data {
        Data { key: Some(key.into()), value: value.map(Into::into), headers: Vec::new(), written_at: 0 }
    }

    fn seen(log: &Log) -> Vec<i64> {
        log.committed(0).map(|(offset, _)| offset).collect()
    }

    #[test]
    fn a_reader_stops_before_the_first_open_transaction() {
        let mut log = Log::default();
        log.append(data("a", Some("1")), None);
        log.append(data("b", Some("2")), Some(7));
        log.append(data("c", Some("3")), None);
        assert_eq!((seen(&log), log.stable(), log.end()), (vec![0], 1, 3));
        log.mark(7, true);
        assert_eq!((seen(&log), log.stable()), (vec![0, 1, 2], 4));
    }

    #[test]
    fn what_was_aborted_is_never_read() {
        let mut log = Log::default();
        log.append(data("a", Some("1")), Some(1));
        log.mark(1, false);
        log.append(data("a", Some("2")), None);
        assert_eq!(seen(&log), [2]);
        assert_eq!(log.uncommitted(0).count(), 2);
    }

    #[test]
    fn compaction_keeps_the_latest_of_a_key_and_young_tombstones() {
        let mut log = Log::default();
        for (key, value) in
            [("a", Some("1")), ("b", Some("1")), ("a", Some("2")), ("b", None), ("c", Some("1"))]
        {
            log.append(data(key, value), None);
        }
        let mut young = log.clone();
        young.compact(0);
        assert_eq!(seen(&young), [2, 3, 4]);
        log.compact(1);
        assert_eq!(seen(&log), [2, 4]);
    }
}
