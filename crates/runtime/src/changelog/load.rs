//! Records of the changelog on their way into the store: many at a time, with the offset they came from.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use springtide_core::time::Millis;
use springtide_store::kv::{Sort, meta};
use springtide_store::{Bulk, Entry, Identity, PartitionMeta, Store, StoreError};

/// One partition's copy.
pub struct Load {
    number: i32,
    /// How far the partition has come, as the changelog said last.
    meta: PartitionMeta,
    /// Taken, and not on the way to the store.
    bulk: Bulk,
    /// Whether something was taken since what went to the store last.
    ahead: bool,
    /// Whether the store knows that a copy was begun.
    claimed: bool,
    /// Why a part was not written: none after it may be, since the last says how far all of them are.
    spoiled: Arc<OnceLock<StoreError>>,
    /// Parts on the way to the store.
    pub in_flight: usize,
    /// Whose state it must be.
    identity: Identity,
    topic: String,
    /// Records copied since it began.
    pub records: u64,
    /// When it began.
    pub began: Instant,
}

/// What goes to the store together.
pub struct Part {
    /// The partition.
    pub number: i32,
    /// How far it is before.
    claim: Option<Entry>,
    bulk: Bulk,
    up_to: Entry,
    spoiled: Arc<OnceLock<StoreError>>,
}

impl Part {
    /// Writes it, unless one before it was not written.
    pub fn write(self, store: &dyn Store) -> Result<(), StoreError> {
        let spoiled = Arc::clone(&self.spoiled);
        if let Some(error) = spoiled.get() {
            return Err(error.clone());
        }
        let put = catch_unwind(AssertUnwindSafe(|| self.put(store)));
        let put = put.unwrap_or_else(|_| {
            // The panic has said more.
            let (path, doing) = (PathBuf::new(), "writing what was restored");
            Err(StoreError::Failed { path, doing, cause: "it panicked".to_owned() })
        });
        put.inspect_err(|error| drop(spoiled.set(error.clone())))
    }

    fn put(mut self, store: &dyn Store) -> Result<(), StoreError> {
        if let Some(claim) = self.claim {
            store.write(&[claim])?;
        }
        store.restore(&mut self.bulk, self.up_to)
    }
}

impl Load {
    /// Goes on where the store's copy ended.
    pub fn begin(store: &dyn Store, number: i32, topic: &str, now: Instant) -> Result<Load, StoreError> {
        let meta = store.meta(number)?;
        Ok(Load {
            number,
            claimed: meta.is_some(),
            meta: meta.unwrap_or_default(),
            spoiled: Arc::default(),
            bulk: Bulk::default(),
            ahead: false,
            in_flight: 0,
            identity: store.identity()?,
            topic: format!("topic `{topic}`"),
            records: 0,
            began: now,
        })
    }

    /// Counts for a worker, which waits since then.
    pub fn again(&mut self, since: Instant) {
        (self.records, self.began) = (0, since);
    }

    /// The next offset to read; `None` for the beginning.
    pub fn offset(&self) -> Option<i64> {
        self.meta.changelog_offset
    }

    /// When what is there was written, by the wall clock.
    pub fn written_at(&self) -> Millis {
        self.meta.written_at
    }

    /// Why it can't be completed, where a part was not written.
    pub fn spoiled(&self) -> Option<StoreError> {
        self.spoiled.get().cloned()
    }

    /// How much memory is taken by what is not on the way to the store.
    pub fn size(&self) -> usize {
        self.bulk.size()
    }

    /// Forgets what was copied: it is to be read from the beginning. Nothing may be on the way to the store.
    pub fn start_over(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        store.drop_partition(self.number)?;
        self.bulk.clear();
        (self.meta, self.ahead, self.claimed) = (PartitionMeta::default(), false, false);
        Ok(())
    }

    /// Takes a record.
    pub fn take(&mut self, offset: i64, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        if self.offset().is_some_and(|next| offset < next) {
            return Ok(());
        }
        self.records += 1;
        match (Sort::within(self.number, key)?, value) {
            (Sort::Whole { header: true }, Some(value)) => {
                self.identity.admits(Some(value), self.topic.as_ref())?;
            }
            (Sort::Meta { partition }, Some(value)) => self.meta = meta::decode_value(partition, value)?,
            (Sort::State { table, .. }, value) => self.bulk.push(table, key, value),
            (Sort::Whole { .. } | Sort::Meta { .. }, _) => {}
        }
        self.meta.changelog_offset = Some(offset + 1);
        self.ahead = true;
        Ok(())
    }

    /// What was taken, for the store, with how far that is; `None` where nothing was.
    pub fn part(&mut self, now: Millis) -> Option<Part> {
        if !std::mem::take(&mut self.ahead) {
            return None;
        }
        // Before the changelog says when its state was written, the copy is as old as its making.
        if self.meta.written_at == 0 {
            self.meta.written_at = now;
        }
        let claim = PartitionMeta {
            written_at: self.meta.written_at,
            changelog_offset: Some(0),
            ..PartitionMeta::default()
        };
        Some(Part {
            number: self.number,
            // A copy that is interrupted must not be taken for nothing at all: it grows old.
            claim: (!std::mem::replace(&mut self.claimed, true)).then(|| claim.entry(self.number)),
            bulk: std::mem::take(&mut self.bulk),
            up_to: self.meta.entry(self.number),
            spoiled: Arc::clone(&self.spoiled),
        })
    }
}
