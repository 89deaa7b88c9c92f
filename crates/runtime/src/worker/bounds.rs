//! How much a worker takes on before it commits, and how long it may be away from its consumer meanwhile.
//!
//! **Memory.** What a commit writes is held until it stands, so a batch ends by what it weighs, whatever
//! `commit_records` says: by bytes taken and to be written ([`BATCH_BYTES`]), by accounts that changed ([`BATCH_ACCOUNTS`]),
//! and by accounts loaded for it, a quarter of the worker's share of `resident_mib`. One account is left out of the latter:
//! one that is larger than the rest together shall not be loaded anew for each of its records. An account that is settled
//! may come to opportunities of some kilobytes each, so a few are settled at a time ([`SETTLE_ACCOUNTS`]), and what they
//! came to is counted. So is what accounts grew by when they were settled, half of the share: whoever changed lies awake
//! until the commit, at several times what a rested account takes.
//!
//! **Time.** A member of the group that is not polled for `max.poll.interval.ms` ([`MAX_POLL_INTERVAL`] unless a person
//! says otherwise) loses its partitions. Between two polls each of these may come once:
//!
//! | what | at most | bounded by |
//! |---|---|---|
//! | settling a batch, and what is due | seconds | [`SETTLE_ACCOUNTS`], [`DUE_ACCOUNTS`], the bytes above |
//! | writing it to the store | as long as the disk stalls | the bytes above |
//! | a transaction | [`TRANSACTION`] | the sink's thread, which is given up then |
//! | where the group is, after a rebalance | [`GROUP_OFFSETS`] | one call |
//! | whether silent topics, and a goal's, are at their ends | 2 × 5 × [`TOPIC_END`] | one look a topic |
//! | where a goal lies | 2 × [`GOAL`] | two calls for all partitions |
//! | opening partitions whose state has come | 2 × [`GOAL`] | two calls for all of them |
//! | what an erasure does not cover, read again | [`ERASURE`] | one deadline; it ends the batch |
//!
//! Restoring state, asking a schema registry, getting a producer ready and checking topics are done on other threads, or
//! before the group is joined. [`LONGEST_ABSENCE`] is the sum with [`RESERVE`]; a shorter `max.poll.interval.ms` is
//! warned of.

use std::time::Duration;

use springtide_core::partition::DueAtMost;

/// Bytes of records after which a batch ends: keys and values as they were read.
pub const BATCH_BYTES: usize = 16 << 20;
/// Accounts that changed after which a batch ends: each is written with some hundred bytes, or some kilobytes.
pub const BATCH_ACCOUNTS: usize = 5_000;
/// Accounts with something to settle that are settled before the batch goes on.
pub const SETTLE_ACCOUNTS: usize = 1_000;
/// Accounts that a timer or the horizon makes due that one settlement of all of a worker's partitions takes in.
pub const DUE_ACCOUNTS: usize = 500;

/// How long a transaction may take, its retries and its abort included, until it counts as hanging.
pub const TRANSACTION: Duration = Duration::from_secs(150);
/// How long a group may take to say where it is.
pub const GROUP_OFFSETS: Duration = Duration::from_secs(5);
/// How long it may take to see that a topic is at its end.
pub const TOPIC_END: Duration = Duration::from_secs(4);
/// How long the topics may take to say where they begin or end.
pub const GOAL: Duration = Duration::from_secs(10);
/// How long what was written after an erasure's tombstone, and read before it, may take to be read again.
pub const ERASURE: Duration = Duration::from_secs(30);
/// For what is bounded by its size and not by a clock.
const RESERVE: Duration = Duration::from_secs(25);

/// The longest time between two polls.
pub const LONGEST_ABSENCE: Duration = Duration::from_secs(
    TRANSACTION.as_secs()
        + GROUP_OFFSETS.as_secs()
        + 10 * TOPIC_END.as_secs()
        + 4 * GOAL.as_secs()
        + ERASURE.as_secs()
        + RESERVE.as_secs(),
);
/// librdkafka's default, which the consumer is given by name.
pub const MAX_POLL_INTERVAL: Duration = Duration::from_secs(300);

const _: () = assert!(LONGEST_ABSENCE.as_secs() < MAX_POLL_INTERVAL.as_secs());

/// How much a batch has taken on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Records read.
    pub records: usize,
    /// Bytes of them, and of what is to be written of them.
    pub bytes: usize,
    /// Accounts that wait to be settled.
    pub waiting: usize,
    /// Accounts that were settled, again counted where they were so again.
    pub settled: usize,
    /// About how many bytes accounts grew by when they were settled.
    grown_bytes: usize,
    /// About how many bytes of accounts were loaded.
    loaded_bytes: usize,
    /// Those of the largest among them.
    largest_bytes: usize,
}

impl Load {
    /// Notes that an account was loaded.
    pub fn loaded(&mut self, bytes: usize) {
        self.loaded_bytes += bytes;
        self.largest_bytes = self.largest_bytes.max(bytes);
    }

    /// Notes that all who waited were settled, and grew by so much together.
    pub fn settled(&mut self, grown_bytes: usize) {
        self.settled += std::mem::take(&mut self.waiting);
        self.grown_bytes += grown_bytes;
    }

    /// Says that nothing more is to be taken on.
    pub fn fill(&mut self) {
        self.bytes = self.bytes.max(BATCH_BYTES);
    }

    /// Whether it is time to commit; `share_bytes` are what the worker may keep of accounts in memory.
    pub fn is_full(&self, commit_records: usize, share_bytes: usize) -> bool {
        self.records >= commit_records
            || self.bytes >= BATCH_BYTES
            || self.waiting + self.settled >= BATCH_ACCOUNTS
            || self.loaded_bytes - self.largest_bytes > share_bytes / 4
            || self.grown_bytes > share_bytes / 2
    }
}

/// What each of so many partitions takes in at once of what is due.
pub fn due(partitions: usize, share_bytes: usize) -> DueAtMost {
    let partitions = partitions.max(1);
    DueAtMost { accounts: DUE_ACCOUNTS.div_ceil(partitions), loaded_bytes: share_bytes / 8 / partitions }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_ends_by_whatever_is_reached_first() {
        let light =
            Load { records: 9, bytes: BATCH_BYTES - 1, settled: BATCH_ACCOUNTS - 1, ..Load::default() };
        assert!(!light.is_full(10, 400));
        let full = [
            Load { records: 10, ..light },
            Load { bytes: BATCH_BYTES, ..light },
            Load { waiting: 1, ..light },
            Load { loaded_bytes: 101, ..light },
            Load { grown_bytes: 201, ..light },
        ];
        for load in full {
            assert!(load.is_full(10, 400), "{load:?}");
        }
    }

    #[test]
    fn the_largest_account_alone_ends_no_batch() {
        let mut load = Load::default();
        for (bytes, full) in [(1_000, false), (60, false), (40, false), (1, true)] {
            load.loaded(bytes);
            assert_eq!(load.is_full(10, 400), full, "{load:?}");
        }
    }

    #[test]
    fn what_is_due_is_shared_between_partitions() {
        assert_eq!(due(0, 800), DueAtMost { accounts: DUE_ACCOUNTS, loaded_bytes: 100 });
        assert_eq!(due(100, 80_000), DueAtMost { accounts: 5, loaded_bytes: 100 });
        assert_eq!(due(1_000, 0).accounts, 1, "each goes on, however many there are");
    }
}
