//! Kafka as a worker sees it: what it asks, and nothing else. `client` asks real brokers; the simulator answers
//! itself, by seed. All that a worker decides therefore stands in `worker`, and none of it in how Kafka is spoken to.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use springtide_core::event::Topic;
use springtide_core::time::Millis;
use uuid::Uuid;

use crate::assignment::Change;
use crate::fault::RunError;
use crate::lane::Committed;
use crate::sink::{Transaction, Written};

/// Offsets by partition number and topic.
pub type Places = BTreeMap<(i32, Topic), i64>;

/// A record of a topic.
pub trait Record {
    /// The topic's name.
    fn topic(&self) -> &str;
    /// The partition.
    fn partition(&self) -> i32;
    /// The offset.
    fn offset(&self) -> i64;
    /// When it was written, as Kafka has it.
    fn written_at(&self) -> Option<Millis>;
    /// Its key.
    fn key(&self) -> Option<&[u8]>;
    /// Its value; a tombstone has none.
    fn value(&self) -> Option<&[u8]>;
    /// Its headers, in their order.
    fn headers(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)>;
}

/// Headers of a record, in their order.
pub type Headers = Vec<(String, Option<Vec<u8>>)>;

/// A record that stands by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnedRecord {
    /// The topic's name.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// When it was written, as Kafka has it.
    pub written_at: Option<Millis>,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub value: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Headers,
}

impl Record for OwnedRecord {
    fn topic(&self) -> &str {
        &self.topic
    }

    fn partition(&self) -> i32 {
        self.partition
    }

    fn offset(&self) -> i64 {
        self.offset
    }

    fn written_at(&self) -> Option<Millis> {
        self.written_at
    }

    fn key(&self) -> Option<&[u8]> {
        self.key.as_deref()
    }

    fn value(&self) -> Option<&[u8]> {
        self.value.as_deref()
    }

    fn headers(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.headers.iter().map(|(key, value)| (key.as_str(), value.as_deref()))
    }
}

/// Which end of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The first offset that is still there.
    Beginning,
    /// The offset after what is committed.
    End,
}

/// What a worker asks of Kafka: as a member of its group, as a reader, and as the writer of its transactions.
///
/// Calls that fail say whether trying again may do better ([`RunError::may_pass`]).
pub trait Kafka {
    /// A record that was read.
    type Record: Record;

    /// Hears what the group says. True where a record came by this way, out of its turn: all is to be read again from
    /// where the worker is.
    ///
    /// # Errors
    /// Where the broker says something that is no change of the assignment.
    fn hear(&mut self) -> Result<bool, RunError>;

    /// The changes of the assignment that were heard since this was last asked. Kafka waits for an answer to each:
    /// [`Kafka::read`] or [`Kafka::let_go`].
    fn changes(&mut self) -> Vec<Change>;

    /// Whether the group has given what was ours to others already.
    fn is_lost(&self) -> bool;

    /// From here on reads these partitions from these offsets (negative: from the beginning), and nothing else, nor
    /// anything that was fetched before.
    ///
    /// # Errors
    /// Where the broker's client refuses.
    fn read(&mut self, from: &[(Topic, i32, i64)]) -> Result<(), RunError>;

    /// Reads nothing any more.
    ///
    /// # Errors
    /// Where the broker's client refuses.
    fn let_go(&mut self) -> Result<(), RunError>;

    /// Waits until there are records, at most so long; returns at once where there are some.
    fn fetch(&mut self, timeout: Duration);

    /// The next of the records that were fetched.
    fn next(&mut self) -> Option<Result<Self::Record, RunError>>;

    /// Where the group has come, counting no transaction that is still open: such are waited for, or it fails.
    ///
    /// # Errors
    /// Where the broker does not say.
    fn group_offsets(&self, partitions: &[i32]) -> Result<BTreeMap<i32, Committed>, RunError>;

    /// Where the input topics' partitions begin, or end for a reader of what is committed.
    ///
    /// # Errors
    /// Where the brokers do not say.
    fn bounds(&self, partitions: &[i32], which: Side) -> Result<Places, RunError>;

    /// Those of the (partition, offset) places of a topic at which nothing more can be read now.
    ///
    /// # Errors
    /// Where the topic can't be read.
    fn reached(&self, topic: Topic, places: &[(i32, i64)]) -> Result<BTreeSet<i32>, RunError>;

    /// What stands of a key before an offset and was written after an instant, tombstones left out.
    ///
    /// # Errors
    /// Where it can't be read, or not by then.
    fn written_after(&self, wanted: &Stretch<'_>, deadline: Instant) -> Result<Vec<OwnedRecord>, RunError>;

    /// Begins to get ready for transactions, fencing whoever had our transactional id before.
    ///
    /// # Errors
    /// Where that can't be begun.
    fn open_transactions(&mut self) -> Result<(), RunError>;

    /// Whether transactions can be written.
    ///
    /// # Errors
    /// Where the broker would not have it.
    fn is_ready(&mut self) -> Result<bool, RunError>;

    /// Writes all of a transaction or nothing, for the group's generation that this worker knows.
    ///
    /// # Errors
    /// It was aborted then, or nobody knows.
    fn commit(&mut self, transaction: Transaction) -> Result<Written, RunError>;

    /// The clock for deadlines.
    fn now(&self) -> Instant;

    /// Milliseconds since 1970.
    fn wall_clock(&self) -> Millis;

    /// Lets a moment pass.
    fn pause(&self, time: Duration);

    /// A number that nobody can guess.
    fn random(&self) -> Uuid;

    /// Leaves the group, whatever it says from here on.
    fn leave(&mut self);
}

/// What the copying thread asks of Kafka: the changelog topic, by partitions that it names.
pub trait Copying {
    /// Whether what was copied is written on a thread of its own, while more is read.
    const WRITES_BESIDE: bool;

    /// A record that was read.
    type Record: Record;

    /// Where the group has come, as [`Kafka::group_offsets`] says.
    ///
    /// # Errors
    /// Where the broker does not say.
    fn group_offsets(&self, partitions: &[i32]) -> Result<BTreeMap<i32, Committed>, RunError>;

    /// Where a partition of the changelog ends, what open transactions have written included.
    ///
    /// # Errors
    /// Where the broker does not say.
    fn written(&self, number: i32) -> Result<i64, RunError>;

    /// Where it ends for a reader of what is committed: before the first transaction that is open.
    ///
    /// # Errors
    /// Where the broker does not say.
    fn stable(&self, number: i32) -> Result<i64, RunError>;

    /// From here on reads this partition too, from an offset or the beginning.
    ///
    /// # Errors
    /// Where the broker's client refuses.
    fn follow(&mut self, number: i32, from: Option<i64>) -> Result<(), RunError>;

    /// Reads this partition no longer.
    ///
    /// # Errors
    /// Where the broker's client refuses.
    fn unfollow(&mut self, number: i32) -> Result<(), RunError>;

    /// Whether the next record need not be waited for.
    fn has_fetched(&self) -> bool;

    /// The next record, or the end of a partition; waits at most so long for it.
    fn next(&mut self, timeout: Duration) -> Option<Result<Copied<Self::Record>, RunError>>;

    /// The clock for deadlines.
    fn now(&self) -> Instant;

    /// Milliseconds since 1970.
    fn wall_clock(&self) -> Millis;

    /// Lets a while pass; `until_news` ends early where somebody has an order.
    fn rest(&self, time: Duration, until_news: &mut dyn FnMut(Duration));
}

/// What comes of a partition of the changelog.
#[derive(Clone, Debug)]
pub enum Copied<R> {
    /// A record.
    Record(R),
    /// Nothing more is there now.
    End(i32),
    /// A record of this partition came out of its turn: it is to be read again from where its copy is.
    Astray(i32),
}

/// Records of one key in a part of a partition.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    /// The topic.
    pub topic: Topic,
    /// The partition.
    pub partition: i32,
    /// Before this offset.
    pub upto: i64,
    /// Of this key.
    pub key: &'a [u8],
    /// Written after this.
    pub after: Millis,
}
