//! Takes from the disk what nobody may find there any more (SPEC section 7.3).
//!
//! RocksDB keeps what was deleted until it merges the files that have it, which for a quiet pipeline may be never. So a
//! thread of its own has the partitions written anew in which accounts were erased. Of partitions that others have had
//! for long it would not hear: such copies are of no use to anybody ([`Settings::stale_after_ms`]), and are forgotten whole.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use springtide_core::time::Millis;
use springtide_store::{Store, StoreError};
use uuid::Uuid;

use crate::changelog::Standby;
use crate::fault::RunError;
use crate::lease::Leases;
use crate::pipeline::wall_clock;
use crate::settings::Settings;
use crate::threads::Recurring;

/// It is not looked more often than this.
const LEAST_PAUSE: Duration = Duration::from_secs(1);

/// Starts it.
///
/// # Errors
/// Where the system gives no thread.
pub(crate) fn start(
    settings: &Settings,
    store: Arc<dyn Store>,
    leases: Leases,
    standby: Standby,
) -> Result<Recurring, RunError> {
    let (every, stale_after_ms) = (settings.scrub_interval.max(LEAST_PAUSE), settings.stale_after_ms);
    let mut scrub = Scrub { store, leases, standby, stale_after_ms, clean: BTreeMap::new() };
    Recurring::start("scrub", every, move || {
        if let Err(error) = scrub.look(wall_clock()) {
            // What is wrong with the disk ends the workers, with more words.
            tracing::warn!(%error, "what was erased may still be on the disk; trying again later");
        }
        every
    })
}

struct Scrub {
    store: Arc<dyn Store>,
    leases: Leases,
    standby: Standby,
    stale_after_ms: Millis,
    /// By partition, whose traces are gone.
    clean: BTreeMap<i32, HashSet<Uuid>>,
}

impl Scrub {
    fn look(&mut self, now: Millis) -> Result<(), StoreError> {
        for number in self.store.partitions()? {
            if self.forget_stale(number, now)? {
                continue;
            }
            let erased: HashSet<Uuid> = match self.store.erased(number)? {
                Some(erased) => erased.hashes().collect(),
                None => HashSet::new(),
            };
            let clean = self.clean.entry(number).or_default();
            if !erased.is_subset(clean) {
                self.store.scrub(number)?;
                tracing::info!(partition = number, "what was erased is gone from the disk");
            }
            *clean = erased;
        }
        Ok(())
    }

    /// Forgets a copy that nobody would go on with.
    fn forget_stale(&mut self, number: i32, now: Millis) -> Result<bool, StoreError> {
        // Nobody opens it meanwhile.
        let Some(_lease) = self.leases.acquire(number) else { return Ok(false) };
        let written_at = self.store.meta(number)?.map_or(now, |meta| meta.written_at);
        if now - written_at <= self.stale_after_ms || self.standby.copies().contains_key(&number) {
            return Ok(false);
        }
        self.store.drop_partition(number)?;
        self.store.scrub(number)?;
        self.clean.remove(&number);
        tracing::info!(partition = number, "forgot the state of a partition that others have had for long");
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use springtide_core::meaning::piece::{Piece, PieceKey};
    use springtide_core::partition::AccountCut;
    use springtide_store::{Commit, Identity, MemoryStore, PartitionCommit, PartitionMeta};

    use super::*;

    fn store_with(written_at: Millis) -> Arc<dyn Store> {
        let store = MemoryStore::new(&Identity::new("rules", "test"));
        let schedule = Piece::Schedule(springtide_core::meaning::account::Schedule::default());
        let meta = PartitionMeta { written_at, ..PartitionMeta::default() };
        let mut partition = PartitionCommit::new(3, meta);
        partition.accounts =
            vec![AccountCut { account: "acme".into(), pieces: vec![(PieceKey::Schedule, Some(schedule))] }];
        store.commit(&Commit { partitions: vec![partition] }).unwrap();
        Arc::new(store)
    }

    #[test]
    fn a_copy_is_forgotten_once_it_is_stale_and_nobody_has_it() {
        const NOW: Millis = 1_800_000_000_000;
        const STALE: Millis = 3_600_000;
        for (age, held, there) in [(STALE, false, true), (STALE + 1, true, true), (STALE + 1, false, false)] {
            let (store, leases) = (store_with(NOW - age), Leases::default());
            let lease = held.then(|| leases.acquire(3));
            let standby = Standby::default();
            let mut scrub = Scrub {
                store: Arc::clone(&store),
                leases,
                standby,
                stale_after_ms: STALE,
                clean: BTreeMap::new(),
            };
            scrub.look(NOW).unwrap();
            assert_eq!(store.meta(3).unwrap().is_some(), there, "{age} {held}");
            drop(lease);
        }
    }
}
