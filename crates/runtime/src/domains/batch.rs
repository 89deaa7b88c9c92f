//! What one transaction of the router writes, and what holds once it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use springtide_core::time::Millis;

use super::judge::UNKNOWN;
use super::rows::{Kept, headers, key};
use super::waiting::Place;
use crate::headers::set_aside;
use crate::kafka::OwnedRecord;
use crate::metrics::Metrics;
use crate::sink::{Outgoing, Position, Transaction};

/// Records, and their bytes, after which a batch is full.
const MOST_RECORDS: usize = 2_000;
const MOST_BYTES: usize = 4 << 20;

/// What is gathered for a transaction.
#[derive(Debug, Default)]
pub(super) struct Batch {
    records: Vec<Outgoing>,
    bytes: usize,
    /// By partition of the source, the next offset to read.
    next: BTreeMap<i32, i64>,
    /// Partitions whose rows it takes away.
    touched: BTreeSet<i32>,
    /// Rows that go.
    pub gone: Vec<Place>,
    routed: u64,
    expired: u64,
    refused: BTreeMap<&'static str, u64>,
}

/// Where things are written.
pub(super) struct Places<'p> {
    pub waiting: &'p Arc<str>,
    pub dead_letter: &'p Arc<str>,
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.next.is_empty() && self.touched.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.records.len() >= MOST_RECORDS || self.bytes >= MOST_BYTES
    }

    /// A record of the source was read.
    pub fn passed(&mut self, record: &OwnedRecord) {
        self.next.insert(record.partition, record.offset + 1);
    }

    /// How far the source's partition will have been read.
    pub fn next(&self, partition: i32) -> Option<i64> {
        self.next.get(&partition).copied()
    }

    fn write(&mut self, outgoing: Outgoing) {
        self.bytes += outgoing.value.as_ref().map_or(0, Vec::len);
        self.records.push(outgoing);
    }

    pub fn route(&mut self, outgoing: Outgoing) {
        self.routed += 1;
        self.write(outgoing);
    }

    /// From here on a record waits.
    pub fn wait(&mut self, to: &Places<'_>, record: OwnedRecord, domain: String, now: Millis) {
        let mut kept = Kept { record, domain, since: now };
        let headers = headers(&kept);
        self.write(Outgoing {
            topic: Arc::clone(to.waiting),
            key: Some(key(kept.record.partition, kept.record.offset).into_bytes()),
            value: kept.record.value.take(),
            headers,
            partition: Some(kept.record.partition),
            written_at: None,
        });
    }

    /// A row goes, with what becomes of its record.
    pub fn take_away(&mut self, to: &Places<'_>, place: Place) {
        self.touched.insert(place.0);
        self.gone.push(place);
        self.write(Outgoing {
            topic: Arc::clone(to.waiting),
            key: Some(key(place.0, place.1).into_bytes()),
            value: None,
            headers: Vec::new(),
            partition: Some(place.0),
            written_at: None,
        });
    }

    pub fn refuse(&mut self, to: &Places<'_>, record: OwnedRecord, class: &'static str, message: &str) {
        if class == UNKNOWN {
            self.expired += 1;
        } else {
            *self.refused.entry(class).or_default() += 1;
        }
        let headers = set_aside(&record, class, message);
        self.write(Outgoing {
            topic: Arc::clone(to.dead_letter),
            key: record.key,
            value: record.value,
            headers,
            partition: None,
            written_at: None,
        });
    }

    /// The transaction, with the offsets of every partition that it touches; `so_far` is where the others are.
    pub fn transaction(&mut self, topic: &str, so_far: &BTreeMap<i32, i64>, now: Millis) -> Transaction {
        let mut next = self.next.clone();
        for partition in &self.touched {
            if let Some(at) = so_far.get(partition) {
                next.entry(*partition).or_insert(*at);
            }
        }
        let position =
            |(partition, next)| Position { topic: topic.to_owned(), partition, next, written_at: now };
        Transaction {
            records: std::mem::take(&mut self.records),
            state: Vec::new(),
            positions: next.into_iter().map(position).collect(),
        }
    }

    /// Counts what stands now; says how far the source was read.
    pub fn stands(self, metrics: &Metrics) -> BTreeMap<i32, i64> {
        metrics.by_domain_routed(self.routed);
        metrics.by_domain_expired(self.expired);
        self.refused.iter().for_each(|(class, records)| metrics.by_domain_refused(class, *records));
        self.next
    }
}
