//! Records of the changelog on their way into the store: some at a time, with the offset they came from.

use std::time::Instant;

use springtide_core::time::Millis;
use springtide_store::{Entry, Identity, PartitionMeta, Store, StoreError, StoreKey, kv};

const BATCH_BYTES: usize = 1 << 20;
const BATCH_ENTRIES: usize = 4_096;

/// One partition's copy.
pub struct Load {
    number: i32,
    /// How far the partition has come, as the changelog said last.
    meta: PartitionMeta,
    entries: Vec<Entry>,
    bytes: usize,
    /// Whose state it must be.
    identity: Identity,
    topic: String,
    /// Records copied since it began.
    pub records: u64,
    /// When it began.
    pub began: Instant,
}

impl Load {
    /// Goes on where the store's copy ended.
    pub fn begin(store: &dyn Store, number: i32, topic: &str) -> Result<Load, StoreError> {
        Ok(Load {
            number,
            meta: store.meta(number)?.unwrap_or_default(),
            entries: Vec::new(),
            bytes: 0,
            identity: store.identity()?,
            topic: format!("topic `{topic}`"),
            records: 0,
            began: Instant::now(),
        })
    }

    /// Counts anew, for a worker that takes a standby copy over.
    pub fn again(&mut self) {
        (self.records, self.began) = (0, Instant::now());
    }

    /// The next offset to read; `None` for the beginning.
    pub fn offset(&self) -> Option<i64> {
        self.meta.changelog_offset
    }

    /// When what is there was written, by the wall clock.
    pub fn written_at(&self) -> Millis {
        self.meta.written_at
    }

    /// Forgets what was copied: it is to be read from the beginning.
    pub fn start_over(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        store.drop_partition(self.number)?;
        (self.entries, self.bytes, self.meta) = (Vec::new(), 0, PartitionMeta::default());
        Ok(())
    }

    /// Takes a record.
    pub fn take(
        &mut self,
        store: &dyn Store,
        offset: i64,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        self.records += 1;
        match (StoreKey::decode(key)?, value) {
            (StoreKey::Header, Some(value)) => {
                self.identity.admits(Some(value), self.topic.as_ref())?;
            }
            (StoreKey::Meta { partition }, Some(value)) => {
                self.meta = kv::meta::decode_value(partition, value)?;
            }
            _ => {
                self.bytes += key.len() + value.map_or(0, <[u8]>::len);
                self.entries.push(Entry::restored(key.to_vec(), value.map(<[u8]>::to_vec))?);
            }
        }
        self.meta.changelog_offset = Some(offset + 1);
        if self.bytes >= BATCH_BYTES || self.entries.len() >= BATCH_ENTRIES {
            self.flush(store)?;
        }
        Ok(())
    }

    /// Writes what was taken, with how far that is.
    pub fn flush(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        if self.meta.changelog_offset.is_none() {
            return Ok(());
        }
        self.entries.push(self.meta.entry(self.number));
        store.write(&self.entries)?;
        self.entries.clear();
        self.bytes = 0;
        Ok(())
    }
}
